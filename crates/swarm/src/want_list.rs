//! What neighbours are told that we wait for while the origin is busy.

use swarmfetch_content::{Hash, SortedMap};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{self, HashPrefix, Part, PeerId};
use swarmfetch_wire::limits::{WANT_LIST_MAX, WANT_PARTS_MAX};

use crate::Millis;
use crate::limits::WANT_LIST_STAY_MS;
use crate::segments::Segments;

/// Our want-list.
#[derive(Debug, Default)]
pub(crate) struct WantList {
    /// Until when what came already stays, so that it is announced before it goes.
    entries: SortedMap<HashPrefix, Option<Millis>>,
    /// What is or was wanted of objects that come part by part, and until when it stays.
    parts: SortedMap<HashPrefix, (Segments, Option<Millis>)>,
    /// Counts changes; 0: there never was one.
    edition: u64,
}

impl WantList {
    /// It is waited for. What there is no room for is not told.
    pub(crate) fn add(&mut self, prefix: HashPrefix) {
        let is_new = !self.entries.contains_key(&prefix);
        if is_new && self.entries.len() >= WANT_LIST_MAX {
            return;
        }
        self.entries.insert(prefix, None);
        self.edition += u64::from(is_new);
    }

    /// These segments of it are waited for, too. Those that came stay as long as others are.
    pub(crate) fn add_part(&mut self, prefix: HashPrefix, segments: impl Iterator<Item = u64>) {
        if !self.parts.contains_key(&prefix) {
            if self.parts.len() >= WANT_PARTS_MAX {
                return;
            }
            self.parts.insert(prefix, (Segments::default(), None));
        }
        if let Some((known, until)) = self.parts.get_mut(&prefix) {
            *until = None;
            for segment in segments {
                self.edition += u64::from(known.insert(segment));
            }
        }
    }

    /// It came, or nobody wants it any more.
    pub(crate) fn ended(&mut self, prefix: HashPrefix, now: Millis) {
        let entry = self.entries.get_mut(&prefix);
        let part = self.parts.get_mut(&prefix).map(|(_, until)| until);
        for until in entry.into_iter().chain(part) {
            *until = Some(now.after(WANT_LIST_STAY_MS));
        }
    }

    /// When the next entry goes.
    pub(crate) fn due(&self) -> Option<Millis> {
        let parts = self.parts.values().map(|(_, until)| until);
        self.entries
            .values()
            .chain(parts)
            .filter_map(|until| *until)
            .min()
    }

    /// Lets go of what stayed long enough.
    pub(crate) fn expire(&mut self, now: Millis) {
        let before = self.entries.len() + self.parts.len();
        let stays = |until: Option<Millis>| until.is_none_or(|until| until > now);
        self.entries.retain(|_, until| stays(*until));
        self.parts.retain(|_, (_, until)| stays(*until));
        self.edition += u64::from(self.entries.len() + self.parts.len() < before);
    }

    /// Which list it is.
    pub(crate) fn edition(&self) -> u64 {
        self.edition
    }

    /// The frame that tells of it.
    pub(crate) fn frame(&self) -> Vec<u8> {
        let prefixes = self.entries.all_keys();
        let mut parts = Vec::new();
        for (prefix, (segments, _)) in &self.parts {
            let (prefix, segments) = (*prefix, segments.bits().to_vec());
            parts.push(Part { prefix, segments });
        }
        Frame::WantList(frame::WantList { prefixes, parts }).encode()
    }
}

/// How much it is this peer's to have a piece of the object from the origin, of all who want it: the same for whoever asks (rendezvous
/// hashing: D. Thaler, C. Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", 1998).
pub(crate) fn weight(prefix: HashPrefix, piece: u64, peer: PeerId) -> Hash {
    let of = [&prefix.0.to_be_bytes()[..], &piece.to_be_bytes(), &peer.0];
    Hash::of(&of.concat())
}
