//! What must hold in every world, checked after every event: the promises that the crates make, asked of the outside.

use swarmfetch_content::{ObjectId, VerifiedBytes};
use swarmfetch_manifest::Version;
use swarmfetch_swarm::limits::{LINK_STUCK_BYTES, LINK_WINDOW_BYTES};
use swarmfetch_swarm::{CloseReason, LinkId, WantId};
use swarmfetch_wire::Frame;
use swarmfetch_wire::limits::{CONTROL_BYTES_BURST, FRAME_BYTES_MAX};

use crate::time::Micros;
use crate::world::{VisitorId, Worker, World};

/// Something that must not be, and was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}, of visitor {visitor} at {ms} ms")]
pub struct Violation {
    /// What was wrong, in words that are the same for every world.
    pub what: String,
    /// Of whom, in the order of coming.
    pub visitor: u32,
    /// When, in milliseconds of the world.
    pub ms: u64,
}

/// Notes the first thing that is wrong.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    found: Option<Violation>,
    pub(crate) frames: Frames,
}

/// Bytes of all frames: what was sent has come, was lost, or is on its way.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Frames {
    pub(crate) sent: u64,
    pub(crate) came: u64,
    pub(crate) lost: u64,
}

/// Links and dials of one visitor at once, beyond what it tolerates: two may cross.
const LINKS_MORE: usize = 2;

/// Bytes of an uninvited flood that may come to a machine before its link is gone: the control allowance, what may come
/// before a hello, and what fills up meanwhile.
const FLOOD_BYTES_MAX: u64 =
    CONTROL_BYTES_BURST + swarmfetch_swarm::limits::EARLY_BYTES_MAX + 4 * FRAME_BYTES_MAX as u64;

/// How long a want may take whatever happens, in milliseconds: an origin that hangs, then the time for peers, then as
/// much again for a crowded line.
const WANT_MS_MAX: u64 = 120_000;

/// How long a want may take while the origin is well and the world small, in milliseconds.
const WANT_MS_MAX_WELL: u64 = 30_000;

impl Watch {
    pub(crate) fn found(&self) -> Option<&Violation> {
        self.found.as_ref()
    }

    fn note(&mut self, now: Micros, visitor: VisitorId, what: &str) {
        self.found.get_or_insert_with(|| Violation {
            what: what.to_owned(),
            visitor: visitor.0,
            ms: now.0 / 1000,
        });
    }

    pub(crate) fn adopted(
        &mut self,
        now: Micros,
        visitor: VisitorId,
        before: Option<Version>,
        adopted: Version,
    ) {
        if before.is_some_and(|before| adopted < before) {
            self.note(now, visitor, "the version fell");
        }
    }

    pub(crate) fn forged(&mut self, now: Micros, visitor: VisitorId) {
        self.note(
            now,
            visitor,
            "a head was believed that the origin never signed",
        );
    }

    pub(crate) fn fetch_goes_on(&mut self, now: Micros, visitor: VisitorId) {
        self.note(
            now,
            visitor,
            "a want ended while its origin was still being asked",
        );
    }

    pub(crate) fn nothing_to_pass_on(&mut self, now: Micros, visitor: VisitorId) {
        self.note(
            now,
            visitor,
            "the origin's answer was to be passed on, and there was none",
        );
    }

    pub(crate) fn asks_for_nobody(&mut self, now: Micros, visitor: VisitorId) {
        self.note(
            now,
            visitor,
            "the origin was asked twice, or for a want that is not open",
        );
    }

    pub(crate) fn cancels_nothing(&mut self, now: Micros, visitor: VisitorId) {
        self.note(
            now,
            visitor,
            "an origin's answer was cancelled that nobody asked for",
        );
    }

    pub(crate) fn ends_twice(&mut self, now: Micros, visitor: VisitorId) {
        self.note(now, visitor, "a want ended twice, or was never made");
    }

    pub(crate) fn unpublished(&mut self, now: Micros) {
        self.note(now, VisitorId(0), "a release could not be published");
    }
}

impl World {
    fn wrong(&mut self, visitor: VisitorId, what: &str) {
        let now = self.now;
        self.watch.note(now, visitor, what);
    }

    /// To a page go true bytes of what it asked for.
    pub(crate) fn check_delivered(
        &mut self,
        visitor: VisitorId,
        want: &crate::world::Want,
        bytes: &VerifiedBytes,
    ) {
        if bytes.object() != want.object {
            self.wrong(visitor, "another object was delivered than was wanted");
        } else if !self.bodies.are_true(bytes) {
            self.wrong(visitor, "false bytes were delivered");
        }
    }

    /// To the store go true bytes of the site's objects.
    pub(crate) fn check_stored(&mut self, visitor: VisitorId, bytes: &VerifiedBytes) {
        if !self.bodies.are_true(bytes) {
            self.wrong(visitor, "false bytes were stored");
        }
    }

    /// For peers only what is held is read, and only where the visitor allows it.
    pub(crate) fn check_read(&mut self, visitor: VisitorId, object: ObjectId) {
        let of = self.visitor(visitor);
        let held = of
            .worker
            .as_ref()
            .is_some_and(|worker| worker.told_held.contains(&object));
        if !of.may_upload {
            self.wrong(
                visitor,
                "something was read for a peer against the visitor's will",
            );
        } else if !held {
            self.wrong(visitor, "something was read for a peer that is not held");
        }
    }

    /// What a machine puts on a link.
    pub(crate) fn check_sent(&mut self, visitor: VisitorId, link: LinkId, frame: &[u8]) {
        let bytes = frame.len() as u64;
        let of = self.visitor(visitor);
        let may_upload = of.may_upload;
        let peer = of
            .links
            .get(&link)
            .and_then(|(id, side)| self.end_at(*id, side.other()));
        let banned = peer.is_some_and(|peer| {
            of.worker
                .as_ref()
                .is_some_and(|worker| worker.banned.contains(&peer))
        });
        self.note(visitor, || {
            format!(
                "to {}: {}",
                peer.map_or("nobody".into(), |peer| peer.0.to_string()),
                in_words(frame)
            )
        });
        let Some(worker) = &mut self.visitors[visitor.0 as usize].worker else {
            return;
        };
        let backlog = worker.backlog.or_default(link);
        let before = *backlog;
        *backlog += bytes;
        worker.expected.wire_bytes_out += bytes;
        let decoded = Frame::decode(frame);
        let wrong = match decoded {
            Err(_) | Ok(None) => Some("a frame was sent that is none"),
            Ok(Some(Frame::Slice(_) | Frame::Data(_))) if !may_upload => {
                Some("something was given to a peer against the visitor's will")
            }
            Ok(Some(Frame::Have(have))) if !may_upload && !have.prefixes.members.is_empty() => {
                Some("something was offered to a peer against the visitor's will")
            }
            Ok(Some(Frame::Buckets(_))) if !may_upload => {
                Some("something was offered to a peer against the visitor's will")
            }
            Ok(Some(Frame::Data(_))) if before >= LINK_WINDOW_BYTES + FRAME_BYTES_MAX as u64 => {
                Some("a link was sent more than it takes")
            }
            Ok(Some(Frame::Request(_))) if banned => Some("a banned peer was asked again"),
            Ok(Some(_)) if before > LINK_STUCK_BYTES => Some("a stuck link was sent more"),
            Ok(Some(_)) => None,
        };
        if let Some(what) = wrong {
            self.wrong(visitor, what);
        }
    }

    /// Who never lies is never banned; who is banned stays so.
    pub(crate) fn check_closed(&mut self, visitor: VisitorId, link: LinkId, reason: CloseReason) {
        if !reason.bans() {
            return;
        }
        let of = self.visitor(visitor);
        let peer = of
            .links
            .get(&link)
            .and_then(|(id, side)| self.end_at(*id, side.other()));
        let Some(peer) = peer else {
            return;
        };
        self.note(visitor, || format!("bans {}: {reason:?}", peer.0));
        if !self.visitor(peer).habit.may_be_banned() {
            self.wrong(visitor, &format!("an honest peer was banned: {reason:?}"));
        } else if let Some(worker) = &mut self.visitors[visitor.0 as usize].worker {
            worker.banned.insert(peer);
        }
    }

    fn end_at(
        &self,
        id: crate::world::ConnectionId,
        side: crate::world::Side,
    ) -> Option<VisitorId> {
        self.whose_end(id, side)
    }

    pub(crate) fn check_flood(&mut self, visitor: VisitorId, flooded: u64) {
        if self.visitor(visitor).worker.is_some() && flooded > FLOOD_BYTES_MAX {
            self.wrong(visitor, "a flood was taken in");
        }
    }

    /// A want ends, in time.
    pub(crate) fn check_age(&mut self, visitor: VisitorId, want: WantId) {
        let of = self.visitor(visitor);
        let Some(open) = of
            .worker
            .as_ref()
            .and_then(|worker| worker.wants.get(&want))
        else {
            return;
        };
        let age_ms = self.now.since(open.begun).0 / 1000;
        let well = self.is_small() && self.origin_was_well(of.site, open.begun);
        if age_ms > WANT_MS_MAX || (well && age_ms > WANT_MS_MAX_WELL) {
            self.wrong(visitor, "a want took too long");
        }
    }

    /// The machines and the shell agree, and nothing grows past its bound.
    pub(crate) fn check_worker(&mut self, visitor: VisitorId) {
        let of = self.visitor(visitor);
        let Some(worker) = &of.worker else {
            return;
        };
        let most = self.scenario.people.links[1] + LINKS_MORE;
        let wrong = if worker.swarm.wants_open() != worker.wants.len() {
            Some("the machine has other wants open than the shell")
        } else if of.links.len() + self.dials_of(visitor) > most.max(12) {
            Some("there are more links than the visitor tolerates")
        } else {
            None
        };
        if let Some(what) = wrong {
            self.wrong(visitor, what);
        }
    }

    /// After its moment came, a machine wants to be woken later, not now.
    pub(crate) fn check_rest(&mut self, visitor: VisitorId, swarm: bool, meet: bool) {
        let now = self.now.millis();
        let Some(worker) = &self.visitor(visitor).worker else {
            return;
        };
        let due = worker.due().map(|at| at.is_some_and(|at| at <= now));
        if (swarm && due[0]) || (meet && due[1]) {
            self.wrong(visitor, "a machine does not rest");
        }
    }

    /// A machine has counted what it did.
    pub(crate) fn check_counters(&mut self, visitor: VisitorId, worker: &Worker) {
        let (counted, expected) = (worker.swarm.counters(), &worker.expected);
        let right = counted.bytes_from_peers == expected.bytes_from_peers
            && counted.bytes_from_origin == expected.bytes_from_origin
            && counted.wire_bytes_out == expected.wire_bytes_out
            && counted.wire_bytes_in == expected.wire_bytes_in;
        if !right {
            self.wrong(visitor, "a machine counted other bytes than there were");
        }
        let gives = self.visitor(visitor).may_upload;
        if !gives && counted.bytes_uploaded > 0 {
            self.wrong(visitor, "bytes were given against the visitor's will");
        }
    }

    /// Nothing is left when everybody has gone.
    pub(crate) fn check_end(&mut self) {
        let frames = self.watch.frames;
        if frames.sent != frames.came + frames.lost {
            self.wrong(VisitorId(0), "frames have neither come nor been lost");
        }
        if self.is_anything_left() {
            self.wrong(
                VisitorId(0),
                "a connection, a request or a visitor is left when all is over",
            );
        }
    }
}

/// A frame without its bytes.
fn in_words(frame: &[u8]) -> String {
    match Frame::decode(frame) {
        Ok(Some(Frame::Slice(slice))) => {
            let (id, bytes) = (slice.id.0, slice.encoded_bytes);
            format!(
                "slice {id} of {bytes} bytes, {:?}, {:?}",
                slice.groups, slice.encoding
            )
        }
        Ok(Some(Frame::Data(data))) => format!("data {} of {} bytes", data.id.0, data.bytes.len()),
        Ok(Some(Frame::Have(have))) => format!(
            "have {}{}",
            have.prefixes.members.len(),
            if have.reset { ", anew" } else { "" }
        ),
        Ok(Some(Frame::HaveNot(have))) => format!("have not {}", have.prefixes.members.len()),
        Ok(Some(Frame::Head(head))) => format!("head {}", head.version),
        Ok(Some(Frame::Request(request))) => {
            format!("request {} {:?}", request.id.0, request.groups)
        }
        Ok(Some(Frame::Hello(hello))) => format!("hello {:?}", hello.kind),
        other => format!("{other:?}"),
    }
}
