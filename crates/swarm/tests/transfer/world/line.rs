//! An origin whose line is shared by all who ask it for something.

use std::collections::BTreeMap;

use swarmfetch_content::verify_whole;
use swarmfetch_swarm::{Input, Millis, WantId};

use super::{PeerIndex, World};

/// How often the line is shared anew, in milliseconds.
const TICK_MS: u64 = 20;

/// What is on its way from the origin.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) bytes_per_ms: u64,
    /// What it sent in all, in bytes.
    pub(crate) sent: u64,
    /// How much at once is on its way to each visitor, at most.
    pub(crate) most: BTreeMap<PeerIndex, usize>,
    left: BTreeMap<(PeerIndex, WantId), u64>,
    next: Millis,
}

impl Default for Line {
    fn default() -> Self {
        Line {
            bytes_per_ms: 1_250,
            sent: 0,
            most: BTreeMap::new(),
            left: BTreeMap::new(),
            next: Millis(0),
        }
    }
}

impl Line {
    /// When the line has given something again.
    pub(super) fn due(&self) -> Option<Millis> {
        (!self.left.is_empty()).then_some(self.next)
    }

    pub(super) fn begins(&mut self, now: Millis, peer: PeerIndex, want: WantId, bytes: u64) {
        if self.left.is_empty() {
            self.next = now.after(TICK_MS);
        }
        self.left.insert((peer, want), bytes);
        let open = self.left.keys().filter(|(to, _)| *to == peer).count();
        let most = self.most.entry(peer).or_default();
        *most = open.max(*most);
    }

    pub(super) fn stops(&mut self, peer: PeerIndex, want: WantId) {
        self.left.remove(&(peer, want));
    }

    /// For whom something is on its way.
    pub(crate) fn open(&self, peer: PeerIndex) -> usize {
        self.left.keys().filter(|(to, _)| *to == peer).count()
    }
}

impl World {
    /// Each who waits for the line has an equal share of what it carried.
    pub(super) fn line_gives(&mut self, at: Millis) -> bool {
        self.now = self.now.max(at);
        self.line.next = at.after(TICK_MS);
        let share = TICK_MS * self.line.bytes_per_ms / self.line.left.len() as u64;
        let open: Vec<(PeerIndex, WantId)> = self.line.left.keys().copied().collect();
        for (peer, want) in open {
            let Some(left) = self.line.left.get_mut(&(peer, want)) else {
                continue;
            };
            let bytes = share.min(*left);
            *left -= bytes;
            self.line.sent += bytes;
            if *left > 0 {
                self.tell(peer, Input::OriginCame { want, bytes });
                continue;
            }
            self.line.left.remove(&(peer, want));
            let (object, groups) = self.peers[peer].wants[&want];
            let whole = verify_whole(object, self.objects[&object].clone()).unwrap();
            let range = object.bytes_of(groups.unwrap_or(object.all()));
            let bytes = whole.slice(range).unwrap();
            self.tell(peer, Input::OriginVerified { want, bytes });
        }
        true
    }
}
