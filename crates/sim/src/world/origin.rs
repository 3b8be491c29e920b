//! Origins and the HTTP requests to them.

use swarmfetch_content::ObjectId;
use swarmfetch_manifest::HedgeMode;
use swarmfetch_rendezvous::{Limits, Rendezvous};
use swarmfetch_swarm::{Input, OriginAnswer, WantId};

use super::files::File;
use super::network::{HostId, Load, Parcel, weight_on_stream};
use super::{Event, Request, SiteIndex, VisitorId, World};
use crate::Error;
use crate::bodies::{Bodies, BodyId};
use crate::pipe::FlowId;
use crate::scenario::{self, Mood, Trouble};
use crate::site::{Edition, Published};
use crate::slab::Key;
use crate::time::Micros;

/// An HTTP request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FetchId(Key);

/// A site's origin, with its tracker.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) host: HostId,
    pub(crate) published: Published,
    pub(crate) start: scenario::Start,
    pub(super) mode: HedgeMode,
    pub(super) rendezvous: Rendezvous,
    pub(super) wake: Option<Micros>,
    /// Its line carries what a small world asks of it.
    is_ample: bool,
    trouble: Vec<Trouble>,
    pub(super) releases: Vec<scenario::Release>,
}

/// An HTTP request under way.
#[derive(Debug)]
pub(crate) struct Fetch {
    visitor: VisitorId,
    purpose: Purpose,
    /// What the answer will be.
    answer: Said,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A page, not through a worker, or because the worker's machine did nothing for it.
    Page(Request),
    /// A worker's machine.
    Want {
        life: u32,
        want: WantId,
        request: Request,
        object: ObjectId,
    },
    /// A worker, for what the site publishes about itself.
    File(File),
}

/// What an origin answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// This body, or a file of this length.
    Body(Option<BodyId>, u64),
    /// That it is in trouble.
    Trouble,
    /// That there is no such thing.
    No,
    /// Nothing.
    Nothing,
}

/// The line of an origin that is never too busy for a small world.
pub(crate) const AMPLE_MBIT: f64 = 20.0;

/// What the origin takes to think, in milliseconds.
const THINK_MS: u64 = 2;

/// How long a browser waits for an answer that does not come, in milliseconds.
const PATIENCE_MS: u64 = 30_000;

/// Bytes of a request, and of an answer's headers.
const HEADERS: u64 = 450;

/// Bytes of a body that follow each other before others have their turn: a few round trips' worth.
const BODY_PART: u64 = 64 * 1024;

impl Origin {
    pub(super) fn new(
        spec: &scenario::Site,
        host: HostId,
        seed: u64,
        bodies: &mut Bodies,
    ) -> Result<Self, Error> {
        Ok(Origin {
            host,
            published: Published::new(spec, seed, bodies)?,
            start: spec.start,
            mode: spec.mode,
            rendezvous: Rendezvous::new(Limits::default(), seed ^ 1),
            wake: None,
            is_ample: spec.origin_mbit >= AMPLE_MBIT,
            trouble: spec.trouble.clone(),
            releases: spec.release.clone(),
        })
    }

    /// What it does now instead of answering.
    pub(super) fn mood(&self, now: Micros) -> Option<Mood> {
        let seconds = now.seconds();
        let now = |trouble: &&Trouble| {
            (trouble.from_s..trouble.from_s + trouble.for_s).contains(&seconds)
        };
        self.trouble.iter().find(now).map(|trouble| trouble.mood)
    }

    /// The version that it serves now.
    pub(super) fn served(&self, now: Micros) -> &Edition {
        match (self.mood(now), self.published.editions.first()) {
            (Some(Mood::Ages), Some(first)) => first,
            _ => self.published.newest(),
        }
    }

    /// Whether it answered as it should at all times between these two.
    pub(crate) fn was_well(&self, from: Micros, to: Micros) -> bool {
        let had_passed = |trouble: &Trouble| {
            to.seconds() < trouble.from_s || from.seconds() > trouble.from_s + trouble.for_s
        };
        self.is_ample && self.trouble.iter().all(had_passed)
    }
}

impl World {
    /// Sends an HTTP request; its answer comes to `fetched`.
    pub(super) fn fetch(&mut self, visitor: VisitorId, purpose: Purpose) -> FetchId {
        let (number, answer) = (self.number(), Said::Nothing);
        let fetch = Fetch {
            visitor,
            purpose,
            answer,
        };
        let id = FetchId(self.fetches.insert(number, fetch));
        // The first request opens the connection: TCP and TLS 1.3. Later ones share it.
        let (now, trip) = (self.now, self.round_trip(visitor));
        let of = self.visitor_mut(visitor);
        of.fetches.insert(id);
        let ready = *of.origin_ready.get_or_insert(now.after(Micros(2 * trip.0)));
        self.queue.push(ready.max(now), Event::Asks(id));
        self.queue
            .push_timeout(now.after_ms(PATIENCE_MS), Event::Unanswered(id));
        id
    }

    pub(super) fn send_request(&mut self, id: FetchId) {
        let Some(fetch) = self.fetches.get(id.0) else {
            return;
        };
        let visitor = self.visitor(fetch.visitor);
        let parcel = Parcel {
            from: visitor.host,
            to: self.origin(visitor.site).host,
            flow: FlowId(id.0.number() << 1),
            bytes: weight_on_stream(HEADERS),
            load: Load::Request(id),
        };
        self.send(parcel);
    }

    pub(super) fn request_comes(&mut self, id: FetchId) {
        self.queue
            .push(self.now.after_ms(THINK_MS), Event::Answers(id));
    }

    pub(super) fn answer(&mut self, id: FetchId) {
        let Some(Fetch {
            visitor, purpose, ..
        }) = self.fetches.get(id.0)
        else {
            return;
        };
        let (visitor, purpose) = (*visitor, *purpose);
        let site = self.visitor(visitor).site;
        let origin = self.origin(site);
        let said = match origin.mood(self.now) {
            Some(Mood::Hangs) => return,
            Some(Mood::Refuses) => {
                // A reset is all that comes back.
                let later = self.now.after(Micros(self.round_trip(visitor).0 / 2));
                self.queue.push(later, Event::Unanswered(id));
                return;
            }
            Some(Mood::Fails) => Said::Trouble,
            Some(Mood::Denies) => Said::No,
            None | Some(Mood::Ages) => self.right_answer(purpose, site),
        };
        let mut left = match said {
            Said::Body(Some(body), _) => self.bodies.bytes_from_origin(body),
            Said::Body(None, bytes) => bytes,
            _ => 0,
        };
        let (from, to) = (self.origin(site).host, self.visitor(visitor).host);
        if let Some(fetch) = self.fetches.get_mut(id.0) {
            fetch.answer = said;
        }
        let mut first = HEADERS;
        loop {
            let bytes = left.min(BODY_PART);
            left -= bytes;
            let parcel = Parcel {
                from,
                to,
                flow: FlowId(id.0.number() << 1 | 1),
                bytes: weight_on_stream(bytes + std::mem::take(&mut first)),
                load: Load::Body {
                    fetch: id,
                    bytes,
                    last: left == 0,
                },
            };
            self.send(parcel);
            if left == 0 {
                return;
            }
        }
    }

    fn right_answer(&self, purpose: Purpose, site: SiteIndex) -> Said {
        let served = self.origin(site).served(self.now);
        match purpose {
            Purpose::Page(request) | Purpose::Want { request, .. } => {
                match served.body(request.url) {
                    Some(body) => Said::Body(Some(body), 0),
                    None => Said::No,
                }
            }
            Purpose::File(file) => Said::Body(None, file.bytes(served)),
        }
    }

    /// Some of an answer has left the origin.
    pub(super) fn origin_sent(&mut self, id: FetchId, bytes: u64) {
        let (now, file) = (
            self.now,
            self.fetches
                .get(id.0)
                .map(|fetch| matches!(fetch.purpose, Purpose::File(_))),
        );
        self.tally.origin_sent(now, bytes, file == Some(true));
    }

    pub(super) fn body_comes(&mut self, id: FetchId, bytes: u64, last: bool) {
        let Some(fetch) = self.fetches.get(id.0) else {
            return;
        };
        let (said, visitor) = (fetch.answer, fetch.visitor);
        if last {
            return self.fetched(id, said);
        }
        if let Purpose::Want { life, want, .. } = fetch.purpose
            && self.visitor(visitor).life == life
        {
            self.tell(visitor, Input::OriginCame { want, bytes });
        }
    }

    /// Nobody wants the answer any more.
    pub(super) fn cancel_fetch(&mut self, id: FetchId) {
        if let Some(fetch) = self.end_fetch(id) {
            let site = self.visitor(fetch.visitor).site;
            let host = self.origin(site).host;
            self.stop_sending(host, FlowId(id.0.number() << 1 | 1));
        }
    }

    /// All of a visitor's requests end with its browser's.
    pub(super) fn cancel_fetches(&mut self, visitor: VisitorId) {
        let fetches = self.visitor(visitor).fetches.clone();
        for id in fetches {
            self.cancel_fetch(id);
        }
    }

    fn end_fetch(&mut self, id: FetchId) -> Option<Fetch> {
        let fetch = self.fetches.remove(id.0)?;
        self.visitor_mut(fetch.visitor).fetches.remove(&id);
        Some(fetch)
    }

    /// An answer is there, whole; or nothing ever will be.
    pub(super) fn fetched(&mut self, id: FetchId, said: Said) {
        let Some(fetch) = self.end_fetch(id) else {
            return;
        };
        self.mix(3, id.0.number());
        let visitor = fetch.visitor;
        match fetch.purpose {
            Purpose::Page(request) => self.page_fetched(request, said),
            Purpose::File(file) => self.file_fetched(visitor, file, said),
            Purpose::Want {
                life, want, object, ..
            } => {
                if self.visitor(visitor).life != life {
                    return;
                }
                let input = match said {
                    Said::Body(Some(body), _) if self.bodies.body(body).object == object => {
                        let bytes = self.bodies.whole(body);
                        Input::OriginVerified { want, bytes }
                    }
                    Said::Body(..) | Said::No => Input::OriginOther {
                        want,
                        answer: OriginAnswer::Final,
                    },
                    Said::Trouble | Said::Nothing => Input::OriginOther {
                        want,
                        answer: OriginAnswer::Failed,
                    },
                };
                self.origin_answered(visitor, want, said);
                self.tell(visitor, input);
            }
        }
    }
}
