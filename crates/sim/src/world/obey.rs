//! What the machines of a worker want done, and the shell doing it: `crates/worker/src/machines.rs` in this world.

use swarmfetch_swarm::meet::{MeetInput, MeetOutput};
use swarmfetch_swarm::{Input, Output, Source, WantId};

use super::origin::{Purpose, Said};
use super::worker::Want;
use super::{Event, VisitorId, World};
use crate::tally::From;

/// What a read from Cache Storage takes, in milliseconds, and a write, and what a compression or inflation takes.
const STORE_MS: u64 = 1;
const CODING_MS: u64 = 2;

impl World {
    pub(super) fn obey(&mut self, visitor: VisitorId, output: Output) {
        match output {
            Output::Deliver {
                want,
                bytes,
                source,
            } => {
                let Some(ended) = self.ends(visitor, want) else {
                    return;
                };
                self.check_delivered(visitor, &ended, &bytes);
                let from = match source {
                    Source::Peers => From::Peers,
                    Source::Origin => From::Origin,
                };
                if let Some(worker) = &mut self.visitor_mut(visitor).worker {
                    let len = bytes.len() as u64;
                    match source {
                        Source::Peers => worker.expected.bytes_from_peers += len,
                        Source::Origin => worker.expected.bytes_from_origin += len,
                    }
                }
                if ended.request.ahead {
                    let body = self.bodies.find(ended.object);
                    return self.need_came(ended.request, body);
                }
                self.arrived(ended.request, from, bytes.len() as u64, ended.begun);
            }
            Output::DeliverOrigin { want } => {
                let Some(ended) = self.ends(visitor, want) else {
                    return;
                };
                if ended.request.ahead {
                    return self.need_ends(visitor, ended.request.url);
                }
                match ended.answer {
                    None => self.watch.nothing_to_pass_on(self.now, visitor),
                    Some(Said::Body(..) | Said::No) => {
                        self.arrived(ended.request, From::Passed, 0, ended.begun)
                    }
                    Some(_) => self.missed(ended.request),
                }
            }
            Output::Fail { want, .. } => {
                if let Some(ended) = self.ends(visitor, want) {
                    if ended.request.ahead {
                        return self.need_ends(visitor, ended.request.url);
                    }
                    self.fetch(visitor, Purpose::Page(ended.request));
                }
            }
            Output::FetchOrigin { want } => self.ask_origin(visitor, want),
            Output::CancelOrigin { want } => {
                let Some(worker) = &mut self.visitor_mut(visitor).worker else {
                    return;
                };
                let open = worker.wants.get_mut(&want);
                let fetch = open.and_then(|open| {
                    // It may be asked again later.
                    open.asked = false;
                    open.fetch.take()
                });
                match fetch {
                    Some(fetch) => self.cancel_fetch(fetch),
                    None if worker.withdrawn == Some(want) => worker.withdrawn = None,
                    None => self.watch.cancels_nothing(self.now, visitor),
                }
            }
            Output::Met { link, peer } => {
                let remote = Some(peer.0);
                self.meet(visitor, MeetInput::LinkOpened { link, remote });
            }
            Output::Send { link, frame } => {
                self.check_sent(visitor, link, &frame);
                self.carry(visitor, link, frame);
            }
            Output::Close { link, reason } => {
                self.check_closed(visitor, link, reason);
                if reason.bans() {
                    self.meet(visitor, MeetInput::Avoid { link });
                }
                self.close_link(visitor, link);
                self.meet(visitor, MeetInput::LinkClosed { link });
            }
            Output::StoreRead {
                ticket,
                object,
                groups,
            } => {
                self.check_read(visitor, object);
                let held = self
                    .bodies
                    .find(object)
                    .filter(|id| self.visitor(visitor).store.held.contains(id));
                let found = held.and_then(|id| self.bodies.part(id, groups));
                self.later(visitor, STORE_MS, Input::StoreRead { ticket, found });
            }
            Output::StoreWrite { bytes } => {
                self.check_stored(visitor, &bytes);
                if let Some(id) = self.bodies.find(bytes.object()) {
                    self.keep(visitor, id);
                    self.later(visitor, STORE_MS, Input::Held(vec![bytes.object()]));
                }
            }
            Output::Compress { ticket, bytes } => {
                let bytes = Some(self.bodies.compress(&bytes));
                self.later(visitor, CODING_MS, Input::Compressed { ticket, bytes });
            }
            Output::Decompress {
                ticket,
                bytes,
                decoded_bytes,
            } => {
                let inflated = self.bodies.inflate(&bytes, decoded_bytes);
                self.later(visitor, CODING_MS, Input::Decompressed { ticket, inflated });
            }
            // Visitors of a world know the whole tree.
            Output::Prove { .. } | Output::Proved { .. } => {}
            Output::HeadHeard {
                link, head, record, ..
            } => self.head_heard(visitor, link, &head, &record),
        }
    }

    pub(super) fn introduce(&mut self, visitor: VisitorId, output: MeetOutput) {
        match output {
            MeetOutput::Connect { .. } => self.open_socket(visitor),
            MeetOutput::Disconnect => self.close_socket(visitor),
            MeetOutput::Say(said) => {
                let names = self
                    .visitor(visitor)
                    .worker
                    .as_ref()
                    .map(|worker| worker.meet.names());
                if let Some(names) = names {
                    self.say(visitor, said.to_text(names));
                }
            }
            MeetOutput::Open { link, role } => self.open(visitor, link, role),
            MeetOutput::Remote { link, sdp } => self.remote(visitor, link, &sdp),
            // Whether two can reach each other is not decided by what they say of it.
            MeetOutput::Candidate { .. } => {}
            MeetOutput::CloseLink { link } => {
                self.close_link(visitor, link);
                self.tell(visitor, Input::LinkClosed { link });
            }
            MeetOutput::Expecting {
                until,
                probably,
                estimate,
            } => {
                let expecting = Input::Expecting {
                    until,
                    probably,
                    estimate,
                };
                self.tell(visitor, expecting);
            }
        }
    }

    /// A want's origin is to be asked, as the page asked.
    fn ask_origin(&mut self, visitor: VisitorId, want: WantId) {
        let life = self.visitor(visitor).life;
        let Some(open) = self.open_want(visitor, want).filter(|open| !open.asked) else {
            self.watch.asks_for_nobody(self.now, visitor);
            return;
        };
        open.asked = true;
        let (request, object, begun) = (open.request, open.object, open.begun);
        if request.ahead {
            return self.need_is_late(request, want, begun);
        }
        let purpose = Purpose::Want {
            life,
            want,
            request,
            object,
        };
        let fetch = self.fetch(visitor, purpose);
        if let Some(open) = self.open_want(visitor, want) {
            open.fetch = Some(fetch);
        }
    }

    fn later(&mut self, visitor: VisitorId, ms: u64, input: Input) {
        let life = self.visitor(visitor).life;
        self.queue.push(
            self.now.after_ms(ms),
            Event::Told(visitor, life, Box::new(input)),
        );
    }

    /// A want has its last word.
    fn ends(&mut self, visitor: VisitorId, want: WantId) -> Option<Box<Want>> {
        self.check_age(visitor, want);
        let ended = self
            .visitor_mut(visitor)
            .worker
            .as_mut()?
            .wants
            .remove(&want);
        match &ended {
            None => self.watch.ends_twice(self.now, visitor),
            Some(ended) if ended.fetch.is_some() => self.watch.fetch_goes_on(self.now, visitor),
            Some(_) => {}
        }
        self.mix(4, want.0);
        ended
    }
}
