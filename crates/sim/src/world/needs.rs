//! What a document will need, wanted from peers while the page being left can still carry it: `sw-shim/boot/needs.js` and
//! `hold.js` in this world.

use std::collections::BTreeSet;

use swarmfetch_swarm::{Input, OriginAnswer, WantId};

use super::visit::Step;
use super::{Event, Request, VisitorId, World};
use crate::bodies::BodyId;
use crate::site::Url;
use crate::time::Micros;

/// After the document has come, how long it is held back at most, in milliseconds; and how long for what the machine has
/// called late, from then: nothing where that was at once, for nobody holds it.
const NEEDS_MS: u64 = 400;
const LATE_MS: u64 = 100;

/// The files of the page that comes.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    /// Under way, and not given up.
    open: BTreeSet<Url>,
    /// The document is here, and held back.
    holds: bool,
    /// What came before its page asked.
    came: BTreeSet<BodyId>,
}

impl World {
    /// A document is wanted: so is, of whoever has links, what it will need.
    pub(super) fn want_needs(&mut self, document: Request, which: usize) {
        let id = document.visitor;
        self.forget_needs(id);
        let of = self.visitor(id);
        let linked = |worker: &super::worker::Worker| worker.swarm.peers() > 0;
        if !of.worker.as_deref().is_some_and(linked) {
            return;
        }
        let published = &self.origin(of.site).published;
        let newest = of
            .belief
            .newest
            .and_then(|version| published.edition(version));
        let edition = newest.unwrap_or(published.newest());
        let missing: Vec<_> = published
            .parts(which)
            .into_iter()
            .filter_map(|url| Some((url, edition.lookup(url)?)))
            .filter(|(_, (object, _))| {
                let body = self.bodies.find(*object);
                body.is_none_or(|body| !of.store.held.contains(&body))
            })
            .collect();
        let open = missing.iter().map(|(url, _)| *url).collect();
        self.visitor_mut(id).needs.open = open;
        for (url, (object, text)) in missing {
            let request = Request {
                url,
                document: false,
                ahead: true,
                ..document
            };
            self.want(request, object, text);
        }
    }

    /// The machine would have the origin asked, which nobody does before the page itself.
    pub(super) fn need_is_late(&mut self, request: Request, want: WantId, begun: Micros) {
        let id = request.visitor;
        let (now, number) = (self.now, self.visitor(id).page.number());
        let given_up = Event::Acts(id, number, Step::GivesUp(request.url));
        let more_ms = if begun == now { 0 } else { LATE_MS };
        self.queue.push(now.after_ms(more_ms), given_up);
        let answer = OriginAnswer::Failed;
        self.tell(id, Input::OriginOther { want, answer });
    }

    /// One came from a peer.
    pub(super) fn need_came(&mut self, request: Request, body: Option<BodyId>) {
        let needs = &mut self.visitor_mut(request.visitor).needs;
        needs.came.extend(body);
        self.need_ends(request.visitor, request.url);
    }

    /// One is not waited for any longer.
    pub(super) fn need_ends(&mut self, id: VisitorId, url: Url) {
        let needs = &mut self.visitor_mut(id).needs;
        if needs.open.remove(&url) && needs.open.is_empty() && needs.holds {
            needs.holds = false;
            self.commit_soon(id, 0);
        }
    }

    /// The document is here: it takes the tab as soon as what it needs is, too.
    pub(super) fn document_came(&mut self, id: VisitorId) {
        let needs = &mut self.visitor_mut(id).needs;
        needs.holds = !needs.open.is_empty();
        let most_ms = if needs.holds { NEEDS_MS } else { 0 };
        self.commit_soon(id, most_ms);
    }

    /// The worker that wanted them is gone, or their page asks itself.
    pub(super) fn forget_needs(&mut self, id: VisitorId) {
        let needs = &mut self.visitor_mut(id).needs;
        needs.open.clear();
        if std::mem::take(&mut needs.holds) {
            self.commit_soon(id, 0);
        }
    }

    /// Whether this came from a peer before its page asked; says so once.
    pub(super) fn take_ahead(&mut self, id: VisitorId, body: BodyId) -> bool {
        self.visitor_mut(id).needs.came.remove(&body)
    }
}
