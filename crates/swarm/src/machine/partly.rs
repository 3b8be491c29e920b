//! Objects that are held in part: told, and served as far as they go.

use swarmfetch_content::{GroupRange, Hash, ObjectId};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{ClaimedId, HashPrefix, Part};

use super::Swarm;
use crate::announcer::spaced;
use crate::limits::{ANNOUNCE_MS, LINK_WINDOW_BYTES, PARTLY_HELD_MAX};
use crate::peer::Link;
use crate::segments::Segments;
use crate::{LinkId, Millis};

/// What is held of an object.
#[derive(Debug)]
pub(crate) struct Partly {
    len: u64,
    segments: Segments,
}

impl Swarm {
    /// One more segment of an object is in the store.
    pub(super) fn segment_held(&mut self, object: ObjectId, segment: u64) {
        let is_known = self.partly_held.contains_key(&object.hash);
        let is_full = !is_known && self.partly_held.len() >= PARTLY_HELD_MAX;
        if is_full || self.held.contains(&object.hash) {
            return;
        }
        if !is_known {
            let segments = Segments::default();
            let len = object.len;
            self.partly_held
                .insert(object.hash, Partly { len, segments });
        }
        if let Some(partly) = self.partly_held.get_mut(&object.hash)
            && partly.len == object.len
            && partly.segments.insert(segment)
        {
            self.tell_part(object.hash);
        }
    }

    /// All of these is held now, and told as such.
    pub(super) fn wholly_held(&mut self, objects: &[ObjectId]) {
        for object in objects {
            self.partly_held.remove(&object.hash);
            for link in self.links.values_mut() {
                link.parts_due.remove(&object.hash);
            }
        }
    }

    /// Nothing of these is held any more.
    pub(super) fn gone(&mut self, objects: &[ObjectId]) {
        self.dropped(objects);
        for object in objects {
            if self.partly_held.remove(&object.hash).is_some() {
                self.tell_part(object.hash);
            }
        }
    }

    /// Links are to hear of it.
    fn tell_part(&mut self, hash: Hash) {
        for link in self.links.values_mut() {
            link.parts_due.insert(hash);
        }
    }

    /// A link is to hear of all of them.
    pub(super) fn tell_parts(&mut self, to: LinkId) {
        if let Some(link) = self.links.get_mut(&to) {
            for hash in self.partly_held.keys() {
                link.parts_due.insert(*hash);
            }
        }
    }

    /// The object of which a stranger speaks, if it is held, all of it or some.
    pub(super) fn known(&self, claimed: ClaimedId) -> Option<ObjectId> {
        let hash = claimed.hash();
        let part = || self.partly_held.get(&hash).map(|partly| partly.len);
        let len = self.held.len_of(&hash).or_else(part)?;
        let object = ObjectId { hash, len };
        claimed.is(object).then_some(object)
    }

    /// Whether these groups of a known object are held.
    pub(super) fn holds(&self, object: ObjectId, groups: GroupRange) -> bool {
        let part = self.partly_held.get(&object.hash);
        let is_covered = part.is_some_and(|partly| partly.segments.cover(groups));
        self.held.contains(&object.hash) || is_covered
    }

    /// When the next link is to hear of the next of them.
    pub(super) fn part_due(&self) -> Option<Millis> {
        let links = self.links.values().filter(|link| self.hears_parts(link));
        links.map(|link| spaced(link.parts_told, ANNOUNCE_MS)).min()
    }

    fn hears_parts(&self, link: &Link) -> bool {
        let takes = link.peer.is_some() && link.outstanding_bytes < LINK_WINDOW_BYTES;
        takes && !link.parts_due.is_empty() && self.may_upload == Some(true)
    }

    /// Tells each link of one of them, if that is due.
    pub(super) fn announce_parts(&mut self) {
        let now = self.now;
        let is_due = |link: &Link| spaced(link.parts_told, ANNOUNCE_MS) <= now;
        let due = self
            .links
            .keys_where(|_, link| self.hears_parts(link) && is_due(link));
        for id in due {
            let Some(link) = self.links.get_mut(&id) else {
                continue;
            };
            link.parts_told = Some(now);
            let Some(hash) = link.parts_due.iter().next().copied() else {
                continue;
            };
            link.parts_due.remove(&hash);
            let partly = self.partly_held.get(&hash);
            let bits = partly.map_or(&[][..], |partly| partly.segments.bits());
            let frame = Part {
                prefix: HashPrefix::of(&hash),
                segments: bits.to_vec(),
            };
            self.send(id, &Frame::HavePart(frame));
        }
    }

    /// A link says what it holds of an object.
    pub(super) fn part_heard(&mut self, from: LinkId, part: Part) {
        if let Some(link) = self.links.get_mut(&from) {
            link.holds_part(part.prefix, Segments::of(part.segments));
            self.in_vain &= link.rest.until().is_some();
            self.look_again = true;
        }
    }
}
