//! What links tell each other of what they hold, and of the newest head.

use swarmfetch_content::{ObjectId, SortedSet};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{Buckets, Have, HeadGossip};
use swarmfetch_wire::limits::{HEAD_BYTES_MAX, RECORD_BYTES_MAX};

use super::Swarm;
use crate::held::Held;
use crate::limits::{HEAD_MS, HELD_MAX, LINK_WINDOW_BYTES, RESTART_BYTES};
use crate::{CloseReason, LinkId, Output, Violation};

impl Swarm {
    pub(super) fn now_held(&mut self, objects: Vec<ObjectId>) {
        self.knows_held = true;
        // In order, because at boot there may be many.
        for object in SortedSet::from(objects) {
            if self.held.len() >= HELD_MAX {
                return;
            }
            if self.held.insert(object) {
                self.held_changed(object);
            }
        }
    }

    pub(super) fn dropped(&mut self, objects: &[ObjectId]) {
        for object in objects {
            if self.held.remove(&object.hash) {
                self.held_changed(*object);
            }
        }
    }

    fn held_changed(&mut self, object: ObjectId) {
        if self.may_upload != Some(true) {
            return;
        }
        for link in self.links.values_mut() {
            link.announcer.changed(&object.hash, self.held.len());
        }
    }

    pub(super) fn visitor(&mut self, allows: bool) {
        self.visitor_allows = Some(allows);
        self.decide_upload();
    }

    pub(super) fn upload_budget(&mut self, bytes: u64) {
        self.upload_bytes_left = bytes;
        self.decide_upload();
    }

    /// So many bytes of an answer go out.
    pub(super) fn spend(&mut self, bytes: u64) {
        self.upload_bytes_left = self.upload_bytes_left.saturating_sub(bytes);
        if self.upload_bytes_left == 0 {
            self.decide_upload();
        }
    }

    /// What the visitor allows, as long as the budget lasts.
    fn decide_upload(&mut self) {
        let Some(allows) = self.visitor_allows else {
            return;
        };
        let may_upload = allows && self.upload_bytes_left > 0;
        if self.may_upload == Some(may_upload) {
            return;
        }
        self.may_upload = Some(may_upload);
        for link in self.links.values_mut() {
            link.announcer.restart();
        }
        if !may_upload {
            self.refuse_all();
        }
        let links = self.links.all_keys();
        for link in links {
            self.tell_parts(link);
        }
    }

    /// Whether it is known what may be announced. Neighbours wait for a link's first word, so it had better be true.
    pub(super) fn may_announce(&self) -> bool {
        self.may_upload
            .is_some_and(|allowed| !allowed || self.knows_held)
    }

    /// Tells each link what is due, as long as it takes it; and what it is to tell.
    pub(super) fn announce(&mut self) {
        let may_announce = self.may_announce();
        let nothing = Held::default();
        let held = match self.may_upload {
            Some(true) => &self.held,
            _ => &nothing,
        };
        let mut frames: Vec<(LinkId, Vec<u8>)> = Vec::new();
        for (&id, link) in self.links.iter_mut() {
            if let Some(interest) = link.haves.take_interest() {
                frames.push((id, Frame::Interest(interest).encode()));
            }
            let mut room = LINK_WINDOW_BYTES.saturating_sub(link.outstanding_bytes);
            while may_announce
                && room > 0
                && link.announcer.due().is_some_and(|due| due <= self.now)
            {
                let frame = link.announcer.next_frame(self.now, held);
                room = room.saturating_sub(frame.len() as u64);
                frames.push((id, frame));
            }
        }
        for (link, frame) in frames {
            self.send_bytes(link, frame);
        }
    }

    /// A link says what it holds.
    pub(super) fn heard_have(&mut self, from: LinkId, have: &Have) {
        if let Some(link) = self.links.get_mut(&from) {
            link.haves.have(self.now, have);
            self.heard_word(from, have.reset);
        }
    }

    /// A link holds much: it tells what it is asked for.
    pub(super) fn heard_buckets(&mut self, from: LinkId, buckets: Buckets) {
        if let Some(link) = self.links.get_mut(&from) {
            link.haves.begin(self.now, buckets.scale);
            self.heard_word(from, true);
        }
    }

    /// Somebody turned up who may be asked. `anew`: what it had said is void, and may be asked for once more.
    fn heard_word(&mut self, from: LinkId, anew: bool) {
        if let Some(link) = self.links.get_mut(&from) {
            if anew && !link.control.take(self.now, RESTART_BYTES) {
                return self.close(from, CloseReason::Violation(Violation::OverControlCredit));
            }
            link.settling = None;
            self.in_vain &= link.rest.until().is_some();
            self.look_again = true;
        }
    }

    pub(super) fn head_seen(&mut self, version: u64, head: &[u8], record: &[u8]) {
        let known = self.head.as_ref().map_or(0, |(version, _)| *version);
        let fits = head.len() <= HEAD_BYTES_MAX && record.len() <= RECORD_BYTES_MAX;
        if version <= known || !fits {
            return;
        }
        let frame = Frame::Head(HeadGossip {
            version,
            head,
            record,
        })
        .encode();
        self.head = Some((version, frame));
        let links = self.links.all_keys();
        for link in links {
            self.tell_head(link);
        }
    }

    /// Tells a link of our head, if it said hello and knows only older ones.
    pub(super) fn tell_head(&mut self, to: LinkId) {
        let (Some((version, frame)), Some(link)) = (&self.head, self.links.get_mut(&to)) else {
            return;
        };
        if link.peer.is_none() || link.version >= *version {
            return;
        }
        link.version = *version;
        let frame = frame.clone();
        self.send_bytes(to, frame);
    }

    pub(super) fn head_heard(&mut self, from: LinkId, gossip: &HeadGossip<'_>) {
        let known = self.head.as_ref().map_or(0, |(version, _)| *version);
        let Some(link) = self.links.get_mut(&from) else {
            return;
        };
        link.version = link.version.max(gossip.version);
        let too_soon = |last: crate::Millis| self.now < last.after(HEAD_MS);
        if gossip.version <= known || link.head_heard.is_some_and(too_soon) {
            return;
        }
        link.head_heard = Some(self.now);
        self.outputs.push_back(Output::HeadHeard {
            link: from,
            version: gossip.version,
            head: gossip.head.to_vec(),
            record: gossip.record.to_vec(),
        });
    }
}
