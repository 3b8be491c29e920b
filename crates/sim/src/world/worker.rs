//! A visitor's worker: the two machines, and the shell that drives them as `crates/worker` does.

use std::collections::BTreeSet;

use swarmfetch_content::{ObjectId, SortedMap};
use swarmfetch_manifest::HedgeMode;
use swarmfetch_swarm::meet::{Meet, MeetConfig, MeetInput};
use swarmfetch_swarm::{Config, Counters, Input, LinkId, Millis, Swarm, WantId};
use swarmfetch_wire::limits::FRAME_BYTES_MAX;
use swarmfetch_wire::tracker::InfoHash;

use super::origin::{FetchId, Said};
use super::{Event, Request, SocketId, VisitorId, World};
use crate::habit::Habit;
use crate::time::Micros;

/// What a machine is told.
#[derive(Debug)]
pub(crate) enum Happening {
    Swarm(Input),
    Meet(MeetInput),
}

/// A running worker. What every frame looks at comes first, and together.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Worker {
    pub(crate) wants: SortedMap<WantId, Want>,
    /// Bytes handed to each link and not on their way yet.
    pub(crate) backlog: SortedMap<LinkId, u64>,
    wake: Option<Micros>,
    /// When each machine wants to be woken, as it said after its last input.
    swarm_due: Option<Millis>,
    meet_due: Option<Millis>,
    /// What the machine's counters should say.
    pub(crate) expected: Counters,
    /// Visitors whom the machine banned.
    pub(crate) banned: BTreeSet<VisitorId>,
    pub(crate) swarm: Swarm,
    pub(super) meet: Meet,
    pub(super) socket: Option<SocketId>,
    /// A want that is being withdrawn, and whose origin is to be left alone.
    pub(super) withdrawn: Option<WantId>,
    /// What the machine was told that the store holds, and not yet that it is gone.
    pub(crate) told_held: BTreeSet<ObjectId>,
}

/// A want of the machine.
#[derive(Debug)]
pub(crate) struct Want {
    pub(crate) request: Request,
    pub(crate) object: ObjectId,
    pub(crate) begun: Micros,
    pub(crate) fetch: Option<FetchId>,
    pub(crate) asked: bool,
    /// What the origin answered, if it was not the object.
    pub(super) answer: Option<Said>,
}

/// What a worker takes to start again, in milliseconds: smallest and largest.
const START_MS: [u64; 2] = [15, 80];

impl World {
    /// A worker has control of its page from now on.
    pub(super) fn takes_control(&mut self, visitor: VisitorId) {
        let now = self.now;
        let of = self.visitor_mut(visitor);
        if !of.here {
            return;
        }
        of.controlled = Some((now, false));
        self.start_worker(visitor);
        self.now_gives(visitor);
    }

    pub(super) fn worker_starts(&mut self, visitor: VisitorId, life: u32) {
        let of = self.visitor(visitor);
        if of.here && of.life == life && of.worker.is_none() {
            self.start_worker(visitor);
        }
    }

    fn start_worker(&mut self, visitor: VisitorId) {
        let links = self.scenario.people.links;
        let of = &mut self.visitors[visitor.0 as usize];
        of.life += 1;
        let site = self.origins[of.site.0].published.id;
        let seed = of.chance.u64(..);
        let meet = MeetConfig {
            trackers: vec!["wss://origin.example/tracker".into()],
            info_hash: InfoHash::of_site(&site.0).0,
            peer_id: of.peer.0,
            links_wanted: links[0],
            links_max: links[1],
        };
        let swarm = Swarm::new(Config::new(site.0, of.peer), seed);
        let meet = Meet::new(meet, !seed);
        of.worker = Some(Box::new(Worker {
            swarm_due: swarm.next_timeout().map(|(at, _)| at),
            meet_due: meet.next_timeout().map(|(at, _)| at),
            swarm,
            meet,
            wants: SortedMap::new(),
            socket: None,
            wake: None,
            withdrawn: None,
            told_held: BTreeSet::new(),
            backlog: SortedMap::new(),
            banned: BTreeSet::new(),
            expected: Counters::default(),
        }));
        let may_upload = of.may_upload;
        let boasts = of.habit == Habit::Boasts;
        let outlived: Vec<LinkId> = of.links.keys().copied().collect();
        let again = self.waiting(visitor);
        self.tell(visitor, Input::Visitor { may_upload });
        for link in outlived {
            self.meet(visitor, MeetInput::LinkOpened { link, remote: None });
            let opened = Input::LinkOpened {
                link,
                frame_bytes_max: FRAME_BYTES_MAX,
                outlived: true,
            };
            self.tell(visitor, opened);
        }
        let mut held: Vec<ObjectId> = if boasts {
            self.bodies.all().collect()
        } else {
            let held = &self.visitor(visitor).store.held;
            held.iter().map(|id| self.bodies.body(*id).object).collect()
        };
        held.extend(self.held_beside(visitor));
        self.tell(visitor, Input::Held(held));
        if let Some(head) = self.known_head(visitor) {
            self.tell(visitor, head);
        }
        if let Some(took_ms) = self.visitor(visitor).belief.origin_ms {
            self.tell(visitor, Input::OriginTook { took_ms });
        }
        if self.visitor(visitor).page.hosts() {
            self.meet(visitor, MeetInput::HostReady);
        }
        for request in again {
            self.ask(request);
        }
    }

    /// The browser stops a worker, and starts it again for whoever waits.
    pub(super) fn stop_worker(&mut self, visitor: VisitorId) {
        self.note(visitor, || "its worker is stopped".into());
        self.close_socket(visitor);
        let at = &mut self.visitors[visitor.0 as usize];
        let Some(worker) = at.worker.take() else {
            return;
        };
        // Void for whatever the old one was waiting for.
        at.life += 1;
        let (life, ms) = (at.life, at.chance.u64(START_MS[0]..=START_MS[1]));
        for dial in std::mem::take(&mut at.dials).into_values() {
            self.dials.remove(&dial);
        }
        for want in worker.wants.values() {
            if let Some(fetch) = want.fetch {
                self.cancel_fetch(fetch);
            }
            if !want.request.ahead {
                self.wait_again(want.request);
            }
        }
        self.settle(visitor, &worker);
        self.forget_needs(visitor);
        self.queue
            .push(self.now.after_ms(ms), Event::Starts(visitor, life));
    }

    /// A worker ends with its visitor's browser.
    pub(super) fn end_worker(&mut self, visitor: VisitorId) {
        self.close_socket(visitor);
        if let Some(worker) = self.visitor_mut(visitor).worker.take() {
            self.settle(visitor, &worker);
        }
    }

    /// Adds up what a worker has done.
    fn settle(&mut self, visitor: VisitorId, worker: &Worker) {
        let counters = *worker.swarm.counters();
        self.visitor_mut(visitor).uploaded += counters.bytes_uploaded;
        self.tally.settle(&counters);
        self.check_counters(visitor, worker);
    }

    /// Tells the transfer machine, if there is one.
    pub(super) fn tell(&mut self, visitor: VisitorId, input: Input) {
        self.feed(visitor, Happening::Swarm(input));
    }

    /// Tells the introductions machine, if there is one.
    pub(super) fn meet(&mut self, visitor: VisitorId, input: MeetInput) {
        self.feed(visitor, Happening::Meet(input));
    }

    fn feed(&mut self, visitor: VisitorId, happening: Happening) {
        self.inbox.push_back((visitor, happening));
        if std::mem::replace(&mut self.draining, true) {
            return;
        }
        while let Some((visitor, happening)) = self.inbox.pop_front() {
            self.handle(visitor, happening);
        }
        self.draining = false;
    }

    fn handle(&mut self, visitor: VisitorId, happening: Happening) {
        let now = self.now.millis();
        let Some(worker) = &mut self.visitors[visitor.0 as usize].worker else {
            return;
        };
        // The other machine is as it was: it wants nothing done, and to be woken when it wanted to be.
        match happening {
            Happening::Swarm(input) => {
                worker.note(&input);
                // Misuse says that an input came for a want or link that has ended meanwhile.
                let _ended = worker.swarm.handle(now, input);
                worker.swarm_due = worker.swarm.next_timeout().map(|(at, _)| at);
                while let Some(output) = self.output(visitor, |worker| worker.swarm.poll()) {
                    self.obey(visitor, output);
                }
            }
            Happening::Meet(input) => {
                worker.meet.handle(now, input);
                worker.meet_due = worker.meet.next_timeout().map(|(at, _)| at);
                while let Some(output) = self.output(visitor, |worker| worker.meet.poll()) {
                    self.introduce(visitor, output);
                }
            }
        }
        self.check_worker(visitor);
        self.sleep(visitor);
    }

    /// What a machine of the worker wants done next.
    fn output<T>(
        &mut self,
        visitor: VisitorId,
        next: impl Fn(&mut Worker) -> Option<T>,
    ) -> Option<T> {
        let worker = self.visitor_mut(visitor).worker.as_mut();
        worker.and_then(|worker| next(worker))
    }

    /// Has the worker woken when the first of its machines wants to be.
    fn sleep(&mut self, visitor: VisitorId) {
        let now = self.now;
        let of = &mut self.visitors[visitor.0 as usize];
        let life = of.life;
        let Some(worker) = &mut of.worker else {
            return;
        };
        let Some(next) = worker.due().into_iter().flatten().min() else {
            return;
        };
        let at = Micros::at(next).max(now);
        if worker.wake.is_none_or(|wake| at < wake) {
            worker.wake = Some(at);
            self.queue.push(at, Event::Wake(visitor, life, at));
        }
    }

    pub(super) fn wake(&mut self, visitor: VisitorId, life: u32, at: Micros) {
        let now = self.now.millis();
        let of = &mut self.visitors[visitor.0 as usize];
        if of.life != life {
            return;
        }
        let Some(worker) = &mut of.worker else {
            return;
        };
        if worker.wake != Some(at) {
            return;
        }
        worker.wake = None;
        let [swarm, meet] = worker.due().map(|at| at.is_some_and(|at| at <= now));
        if swarm {
            self.tell(visitor, Input::Timeout);
        }
        if meet {
            self.meet(visitor, MeetInput::Timeout);
        }
        self.check_rest(visitor, swarm, meet);
        self.sleep(visitor);
    }

    /// What left a link's buffer.
    pub(super) fn drained(&mut self, visitor: VisitorId, link: LinkId, bytes: u64) {
        let worker = self.visitor_mut(visitor).worker.as_mut();
        if let Some(backlog) = worker.and_then(|worker| worker.backlog.get_mut(&link)) {
            *backlog = backlog.saturating_sub(bytes);
        }
    }

    pub(super) fn forget_link(&mut self, visitor: VisitorId, link: LinkId) {
        if let Some(worker) = &mut self.visitor_mut(visitor).worker {
            worker.backlog.remove(&link);
        }
    }

    /// The machine wants something that is not stored.
    pub(super) fn want(&mut self, request: Request, object: ObjectId, text: bool) {
        let want = WantId(self.number());
        let begun = self.now;
        let mode = self.origin(self.visitor(request.visitor).site).mode;
        let Some(worker) = &mut self.visitor_mut(request.visitor).worker else {
            return;
        };
        worker.wants.insert(
            want,
            Want {
                request,
                object,
                begun,
                fetch: None,
                asked: false,
                answer: None,
            },
        );
        let input = Input::Want {
            want,
            object,
            compressible: text,
            urgent: !request.ahead,
            savings: mode == HedgeMode::Savings,
        };
        self.tell(request.visitor, input);
    }

    /// Some are not wanted any more: their page goes.
    pub(super) fn withdraw(&mut self, visitor: VisitorId, goes: impl Fn(&Request) -> bool) {
        let Some(worker) = &mut self.visitor_mut(visitor).worker else {
            return;
        };
        let of_page = worker.wants.iter().filter(|(_, want)| goes(&want.request));
        let gone: Vec<WantId> = of_page.map(|(want, _)| *want).collect();
        for want in gone {
            self.check_age(visitor, want);
            let worker = self.visitor_mut(visitor).worker.as_mut();
            let fetch = worker.and_then(|worker| {
                let fetch = worker.wants.remove(&want)?.fetch;
                worker.withdrawn = fetch.map(|_| want);
                fetch
            });
            if let Some(fetch) = fetch {
                self.cancel_fetch(fetch);
            }
            self.tell(visitor, Input::Unwant { want });
            let worker = self.visitor_mut(visitor).worker.as_mut();
            if worker.and_then(|worker| worker.withdrawn.take()).is_some() {
                self.watch.fetch_goes_on(self.now, visitor);
            }
        }
    }

    pub(super) fn origin_answered(&mut self, visitor: VisitorId, want: WantId, said: Said) {
        let worker = self.visitor_mut(visitor).worker.as_mut();
        if let Some(want) = worker.and_then(|worker| worker.wants.get_mut(&want)) {
            want.fetch = None;
            want.answer = Some(said);
        }
    }

    /// A want that is open.
    pub(super) fn open_want(&mut self, visitor: VisitorId, want: WantId) -> Option<&mut Want> {
        let worker = self.visitor_mut(visitor).worker.as_mut()?;
        worker.wants.get_mut(&want)
    }
}

impl Worker {
    /// What the world must remember of an input.
    fn note(&mut self, input: &Input) {
        match input {
            Input::LinkFrame { frame, .. } => self.expected.wire_bytes_in += frame.len() as u64,
            Input::Held(held) => self.told_held.extend(held),
            Input::Dropped(dropped) => {
                for object in dropped {
                    self.told_held.remove(object);
                }
            }
            _ => {}
        }
    }

    /// When the two machines want to be woken.
    pub(crate) fn due(&self) -> [Option<Millis>; 2] {
        [self.swarm_due, self.meet_due]
    }
}
