//! What links are told unasked: what we hold, and the newest head.

use swarmfetch_content::{ObjectId, SortedMap, SortedSet};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::HeadGossip;
use swarmfetch_wire::limits::{HEAD_BYTES_MAX, RECORD_BYTES_MAX};

use super::Swarm;
use crate::limits::{HEAD_MS, HELD_MAX, LINK_WINDOW_BYTES};
use crate::{LinkId, Output};

impl Swarm {
    pub(super) fn now_held(&mut self, objects: Vec<ObjectId>) {
        self.knows_held = true;
        // In order, because at boot there may be many.
        for object in SortedSet::from(objects) {
            if self.held.len() >= HELD_MAX {
                return;
            }
            if self.held.insert(object.hash, object.len).is_none() {
                self.held_changed(object, true);
            }
        }
    }

    pub(super) fn dropped(&mut self, objects: &[ObjectId]) {
        for object in objects {
            if self.held.remove(&object.hash).is_some() {
                self.held_changed(*object, false);
            }
        }
    }

    fn held_changed(&mut self, object: ObjectId, held: bool) {
        if self.may_upload != Some(true) {
            return;
        }
        for link in self.links.values_mut() {
            link.announcer.changed(object.hash, held);
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
    }

    /// Whether it is known what may be announced. Neighbours wait for a link's first word, so it had better be true.
    pub(super) fn may_announce(&self) -> bool {
        self.may_upload
            .is_some_and(|allowed| !allowed || self.knows_held)
    }

    /// Tells each link what is due, as long as it takes it.
    pub(super) fn announce(&mut self) {
        if !self.may_announce() {
            return;
        }
        let nothing = SortedMap::new();
        let held = match self.may_upload {
            Some(true) => &self.held,
            _ => &nothing,
        };
        let mut frames: Vec<(LinkId, Vec<u8>)> = Vec::new();
        for (&id, link) in self.links.iter_mut() {
            let is_due = link.announcer.due().is_some_and(|due| due <= self.now);
            if is_due && link.outstanding_bytes < LINK_WINDOW_BYTES {
                frames.push((id, link.announcer.next_frame(self.now, held)));
            }
        }
        for (link, frame) in frames {
            self.send_bytes(link, frame);
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
        let links: Vec<LinkId> = self.links.keys().copied().collect();
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
