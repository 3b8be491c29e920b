//! What people do: come, read, click on, play, leave.

use swarmfetch_manifest::Version;
use swarmfetch_swarm::meet::MeetInput;

use super::fate::Fate;
use super::files::File;
use super::origin::{Purpose, Said};
use super::{Arm, Event, Nat, Request, SiteIndex, VisitorId, World};
use crate::random::{chance, log_normal};
use crate::scenario::Start;
use crate::site::Url;
use crate::tally::From;
use crate::time::Micros;

/// The page in a visitor's tab.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Pages so far, this one included.
    number: u32,
    /// When it was navigated to, or its scene began.
    begun: Micros,
    /// Files that it still waits for.
    left: usize,
    /// It is there to make connections.
    hosts: bool,
    /// Its worker was in control when it was navigated to.
    controlled: bool,
    /// The version that it keeps.
    version: Option<Version>,
    /// The page that the visitor has clicked on, and when.
    next: Option<(usize, Micros)>,
    /// Scenes that were begun.
    scenes: usize,
    /// Asked for while the worker was starting.
    waiting: Vec<Request>,
}

impl Page {
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn hosts(&self) -> bool {
        self.hosts
    }
}

/// The next thing that somebody, or the browser, does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// A stored file reaches the page.
    Stored(Request, u64, From),
    /// The document that was clicked on takes the tab.
    Commit,
    /// Something that it will need is not waited for any longer.
    GivesUp(Url),
    /// The new page has said hello to the worker.
    Hosts,
    /// All files are here.
    Loaded,
    /// The visitor has looked long enough.
    Next,
    /// The visitor closes the tab.
    Leave,
}

/// From the first byte of an answer to the page's commit, and from there to its hello, in milliseconds.
const COMMIT_MS: u64 = 15;
const HELLO_MS: u64 = 60;

/// What a cache takes to answer, in milliseconds.
const STORED_MS: u64 = 1;

impl World {
    pub(super) fn comes(&mut self, id: VisitorId) {
        let (now, arm) = (self.now, self.arm);
        let of = self.visitor_mut(id);
        of.here = true;
        let leaves = of.leaves;
        self.here += 1;
        self.tally.here(now, self.here);
        self.queue.push(leaves, Event::Acts(id, 0, Step::Leave));
        let people = self.scenario.people.clone();
        let returns = chance(&mut self.visitor_mut(id).rng, people.returning);
        if returns {
            self.remember(id, people.returning_pages);
            if arm == Arm::Swarm {
                self.is_back(id);
            }
        }
        for fate in [Fate::WorkerStops, Fate::Freezes, Fate::LinkBreaks] {
            self.await_fate(id, fate);
        }
        self.click(id);
    }

    /// The visitor goes to a page.
    fn click(&mut self, id: VisitorId) {
        let now = self.now;
        let of = &mut self.visitors[id.0 as usize];
        let page = self.origins[of.site.0].published.draw_page(&mut of.rng);
        of.page.next = Some((page, now));
        let number = of.page.number + 1;
        let url = self.origins[of.site.0].published.document(page);
        if self.visitor(id).life > 0 {
            self.refresh(id);
        }
        self.ask(Request {
            visitor: id,
            url,
            page: number,
            document: true,
            ahead: false,
        });
    }

    pub(super) fn acts(&mut self, id: VisitorId, page: u32, step: Step) {
        let of = self.visitor(id);
        let current = page == of.page.number || page == 0;
        if !of.here || !(current || matches!(step, Step::Stored(request, ..) if request.document)) {
            return;
        }
        match step {
            Step::Stored(request, bytes, from) => self.arrived(request, from, bytes, self.now),
            Step::Commit => self.commits(id),
            Step::GivesUp(url) => self.need_ends(id, url),
            Step::Hosts => {
                self.visitor_mut(id).page.hosts = true;
                self.meet(id, MeetInput::HostReady);
            }
            Step::Loaded => self.loaded(id),
            Step::Next => self.next(id),
            Step::Leave => self.leave(id),
        }
    }

    /// The document takes the tab: the old page and its links are gone.
    fn commits(&mut self, id: VisitorId) {
        let Some((which, begun)) = self.visitor_mut(id).page.next.take() else {
            return;
        };
        let old = self.visitor(id).page.number;
        let waiting = std::mem::take(&mut self.visitor_mut(id).page.waiting);
        self.withdraw(id, |request| request.page == old || request.ahead);
        self.forget_needs(id);
        self.meet(id, MeetInput::HostGone);
        self.close_all(id, false);
        let of = self.visitor_mut(id);
        let controlled = of.life > 0;
        of.page = Page {
            number: old + 1,
            begun,
            left: 0,
            // Whoever takes control of it finds it there.
            hosts: !controlled,
            controlled,
            version: of.belief.newest,
            next: None,
            scenes: of.page.scenes,
            waiting: waiting
                .into_iter()
                .filter(|request| request.page == old + 1)
                .collect(),
        };
        let site = of.site;
        if controlled {
            let at = self.now.after_ms(HELLO_MS);
            self.queue.push(at, Event::Acts(id, old + 1, Step::Hosts));
        } else if old == 0 && self.arm == Arm::Swarm {
            self.fetch(id, Purpose::File(File::PageScript));
        }
        let parts = self.origin(site).published.parts(which);
        self.load(id, parts);
    }

    /// The page asks for files, all at once.
    fn load(&mut self, id: VisitorId, urls: Vec<crate::site::Url>) {
        let of = &mut self.visitor_mut(id).page;
        of.left += urls.len();
        let page = of.number;
        if urls.is_empty() {
            self.queue
                .push(self.now, Event::Acts(id, page, Step::Loaded));
        }
        for url in urls {
            self.ask(Request {
                visitor: id,
                url,
                page,
                document: false,
                ahead: false,
            });
        }
    }

    fn loaded(&mut self, id: VisitorId) {
        let now = self.now;
        let think = self.scenario.people.think_s;
        let of = self.visitor_mut(id);
        let (took, number) = (now.since(of.page.begun), of.page.number);
        let (first, controlled) = (number == 1 && of.page.scenes == 0, of.page.controlled);
        let think = log_normal(&mut of.rng, think[0], think[1]);
        let (installs, site) = (of.life == 0 && first, of.site);
        self.tally.page(took, first && !controlled);
        if installs && self.arm == Arm::Swarm && self.origin(site).start == Start::Load {
            self.install(id);
        }
        let next = now.after(Micros::of_seconds(think));
        self.queue.push(next, Event::Acts(id, number, Step::Next));
    }

    /// `/swarmfetch.js` runs.
    pub(super) fn page_script_came(&mut self, id: VisitorId) {
        if self.origin(self.visitor(id).site).start == Start::Early {
            self.install(id);
        }
    }

    fn next(&mut self, id: VisitorId) {
        let now = self.now;
        let of = self.visitor(id);
        let published = &self.origin(of.site).published;
        let scene = of.page.scenes;
        if scene < published.scenes() {
            let urls = published.scene(scene);
            let page = &mut self.visitor_mut(id).page;
            page.scenes += 1;
            page.begun = now;
            page.controlled = true;
            self.load(id, urls);
        } else if published.pages() > 1 {
            self.click(id);
        }
    }

    /// The tab is closed.
    fn leave(&mut self, id: VisitorId) {
        let silently = self.visitor(id).vanishes;
        if self.gives(id) {
            self.count_held(id, false);
        }
        self.withdraw(id, |_| true);
        self.end_worker(id);
        self.close_all(id, silently);
        self.cancel_fetches(id);
        let host = self.visitor(id).host;
        self.switch_off(host);
        let of = self.visitor_mut(id);
        of.here = false;
        // What was under way for it is void.
        of.life += 1;
        // Nobody asks for any of it again, and there may be many more who leave.
        of.store = super::Store::default();
        of.page = Page::default();
        of.needs = super::needs::Needs::default();
        (of.links, of.dials, of.fetches) = Default::default();
        of.chain = None;
        let (uploaded, controlled, gives) = (of.uploaded, of.controlled.is_some(), of.may_upload);
        self.here -= 1;
        let (now, here) = (self.now, self.here);
        self.tally.here(now, here);
        if controlled {
            self.tally.left(uploaded, gives);
        }
    }

    /// A page asks its browser for something.
    pub(super) fn ask(&mut self, request: Request) {
        let id = request.visitor;
        let of = self.visitor(id);
        if of.life > 0 && of.worker.is_none() {
            self.wait_again(request);
            return;
        }
        let published = &self.origin(of.site).published;
        let version = if request.document {
            of.belief.newest
        } else {
            of.page.version.or(of.belief.newest)
        };
        let edition = version
            .and_then(|version| published.edition(version))
            .unwrap_or(published.newest());
        let found = match &of.worker {
            Some(_) => edition.lookup(request.url),
            None => published.newest().body(request.url).map(|body| {
                let body = self.bodies.body(body);
                (body.object, body.text)
            }),
        };
        let Some((object, text)) = found else {
            self.fetch(id, Purpose::Page(request));
            return;
        };
        let body = self.bodies.find(object);
        if let Some(body) = body.filter(|body| of.store.held.contains(body)) {
            let from = if self.take_ahead(id, body) {
                self.tally.wanted(object.len, true);
                From::Peers
            } else {
                From::Cache
            };
            let step = Step::Stored(request, object.len, from);
            self.queue.push(
                self.now.after_ms(STORED_MS),
                Event::Acts(id, request.page, step),
            );
        } else if of.worker.is_some() {
            let held = |body| self.holders.get(&body).is_some_and(|holders| *holders > 0);
            let reachable = of.nat != Nat::Blocked && body.is_some_and(held);
            self.tally.wanted(object.len, reachable);
            self.want(request, object, text);
        } else {
            self.fetch(id, Purpose::Page(request));
        }
        if request.document
            && let Some((which, _)) = self.visitor(id).page.next
        {
            self.want_needs(request, which);
        }
    }

    /// A request's worker was stopped: the browser asks the next one.
    pub(super) fn wait_again(&mut self, request: Request) {
        self.visitor_mut(request.visitor).page.waiting.push(request);
    }

    pub(super) fn waiting(&mut self, id: VisitorId) -> Vec<Request> {
        std::mem::take(&mut self.visitor_mut(id).page.waiting)
    }

    /// A request that went past the machine is answered.
    pub(super) fn page_fetched(&mut self, request: Request, said: Said) {
        match said {
            Said::Body(Some(body), _) => {
                let before = self.visitor(request.visitor).life == 0;
                let from = if before { From::Before } else { From::Passed };
                let bytes = self.bodies.body(body).object.len;
                if before {
                    self.keep(request.visitor, body);
                }
                self.arrived(request, from, bytes, self.now);
            }
            _ => self.missed(request),
        }
    }

    /// The document that is here takes the tab, in so many milliseconds at the latest.
    pub(super) fn commit_soon(&mut self, id: VisitorId, ms: u64) {
        let number = self.visitor(id).page.number;
        let at = self.now.after_ms(COMMIT_MS + ms);
        self.queue.push(at, Event::Acts(id, number, Step::Commit));
    }

    /// A page has got what it asked for.
    pub(super) fn arrived(&mut self, request: Request, from: From, bytes: u64, begun: Micros) {
        let now = self.now;
        self.tally.request(now, from, bytes, now.since(begun));
        self.done(request);
    }

    /// A page has got an error for what it asked for.
    pub(super) fn missed(&mut self, request: Request) {
        self.tally.missed();
        self.done(request);
    }

    fn done(&mut self, request: Request) {
        let now = self.now;
        let page = &mut self.visitor_mut(request.visitor).page;
        if request.document && request.page == page.number + 1 {
            self.document_came(request.visitor);
        } else if request.page == page.number && !request.document && page.left > 0 {
            page.left -= 1;
            if page.left == 0 {
                self.queue.push(
                    now,
                    Event::Acts(request.visitor, request.page, Step::Loaded),
                );
            }
        }
    }

    pub(super) fn first_link(&mut self, id: VisitorId) {
        let now = self.now;
        let of = self.visitor_mut(id);
        if let Some((since, linked @ false)) = &mut of.controlled {
            *linked = true;
            let took = now.since(*since);
            self.tally.first_link(took);
        }
    }

    pub(super) fn releases(&mut self, site: SiteIndex, number: usize) {
        let now = self.now;
        let origin = &mut self.origins[site.0];
        if let Some(release) = origin.releases.get(number).copied()
            && origin
                .published
                .release(now, release.changed, &mut self.bodies)
                .is_err()
        {
            self.watch.unpublished(now);
        }
    }

    /// Whoever was here before starts with a worker, what it believes, and what it holds.
    fn is_back(&mut self, id: VisitorId) {
        let now = self.now;
        let at = &mut self.visitors[id.0 as usize];
        let published = &self.origins[at.site.0].published;
        if at.belief.knows(published.newest(), now) {
            self.takes_control(id);
        }
    }
}
