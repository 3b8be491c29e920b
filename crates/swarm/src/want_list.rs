//! What neighbours are told that we wait for while the origin is busy.

use swarmfetch_content::{Hash, SortedMap};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{self, HashPrefix, PeerId};
use swarmfetch_wire::limits::WANT_LIST_MAX;

use crate::Millis;
use crate::limits::WANT_LIST_STAY_MS;

/// Our want-list.
#[derive(Debug, Default)]
pub(crate) struct WantList {
    /// Until when what came already stays, so that it is announced before it goes.
    entries: SortedMap<HashPrefix, Option<Millis>>,
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

    /// It came, or nobody wants it any more.
    pub(crate) fn ended(&mut self, prefix: HashPrefix, now: Millis) {
        if let Some(until) = self.entries.get_mut(&prefix) {
            *until = Some(now.after(WANT_LIST_STAY_MS));
        }
    }

    /// When the next entry goes.
    pub(crate) fn due(&self) -> Option<Millis> {
        self.entries.values().filter_map(|until| *until).min()
    }

    /// Lets go of what stayed long enough.
    pub(crate) fn expire(&mut self, now: Millis) {
        let before = self.entries.len();
        self.entries
            .retain(|_, until| until.is_none_or(|until| until > now));
        self.edition += u64::from(self.entries.len() < before);
    }

    /// Which list it is.
    pub(crate) fn edition(&self) -> u64 {
        self.edition
    }

    /// The frame that tells of it.
    pub(crate) fn frame(&self) -> Vec<u8> {
        let prefixes = self.entries.keys().copied().collect();
        Frame::WantList(frame::WantList { prefixes }).encode()
    }
}

/// How much it is this peer's to have the object from the origin, of all who want it: the same for whoever asks (rendezvous hashing:
/// D. Thaler, C. Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", 1998).
pub(crate) fn weight(prefix: HashPrefix, peer: PeerId) -> Hash {
    Hash::of(&[&prefix.0.to_be_bytes()[..], &peer.0[..]].concat())
}
