//! What a link is told of what we hold: once all of it, then the changes, no faster than the other end takes.

use swarmfetch_content::{Hash, SortedMap};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{HashPrefix, Have, HaveNot};
use swarmfetch_wire::limits::HAVE_PREFIXES_MAX;

use crate::Millis;
use crate::credit::Credit;
use crate::limits::{ANNOUNCE_BYTES_BURST, ANNOUNCE_BYTES_PER_S, ANNOUNCE_MS};

/// Changes kept for one link, over which it is told everything anew.
const CHANGES_MAX: usize = 4096;

/// How far the first telling is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cursor {
    /// Not begun: the next frame voids what was said before.
    Start,
    /// Told up to this hash.
    After(Hash),
    /// All told; changes follow.
    Done,
}

/// One link's view of the held objects.
#[derive(Debug)]
pub(crate) struct Announcer {
    cursor: Cursor,
    /// What changed since it was told: whether the object is held now.
    changes: SortedMap<HashPrefix, bool>,
    credit: Credit,
    last: Option<Millis>,
}

impl Announcer {
    pub(crate) fn new(now: Millis) -> Self {
        Announcer {
            cursor: Cursor::Start,
            changes: SortedMap::new(),
            credit: Credit::new(now, ANNOUNCE_BYTES_BURST, ANNOUNCE_BYTES_PER_S),
            last: None,
        }
    }

    /// Tell everything anew.
    pub(crate) fn restart(&mut self) {
        self.cursor = Cursor::Start;
        self.changes.clear();
    }

    /// An object came or went.
    pub(crate) fn changed(&mut self, hash: Hash, held: bool) {
        let told = match self.cursor {
            Cursor::Start => false,
            Cursor::After(last) => hash <= last,
            Cursor::Done => true,
        };
        if told {
            self.changes.insert(HashPrefix::of(&hash), held);
        }
        if self.changes.len() > CHANGES_MAX {
            self.restart();
        }
    }

    /// When the next frame may go; `None` when there is none.
    pub(crate) fn due(&self) -> Option<Millis> {
        if self.cursor == Cursor::Done && self.changes.is_empty() {
            return None;
        }
        let spaced = self.last.map_or(Millis(0), |last| last.after(ANNOUNCE_MS));
        Some(spaced.max(self.credit.ready_at()))
    }

    /// The next frame, to be asked for when it is due.
    pub(crate) fn next_frame(&mut self, now: Millis, held: &SortedMap<Hash, u64>) -> Vec<u8> {
        let frame = match self.cursor {
            Cursor::Start => self.tell_on(true, held.iter()),
            Cursor::After(last) => self.tell_on(false, held.after(&last)),
            Cursor::Done => self.tell_changes(),
        }
        .encode();
        self.credit.overdraw(now, frame.len() as u64);
        self.last = Some(now);
        frame
    }

    fn tell_on<'a>(
        &mut self,
        reset: bool,
        untold: impl Iterator<Item = (&'a Hash, &'a u64)>,
    ) -> Frame<'static> {
        let mut hashes = untold.map(|(hash, _)| *hash);
        let told: Vec<Hash> = hashes.by_ref().take(HAVE_PREFIXES_MAX).collect();
        self.cursor = match (told.last(), hashes.next()) {
            (Some(last), Some(_)) => Cursor::After(*last),
            _ => Cursor::Done,
        };
        Frame::Have(Have {
            reset,
            prefixes: told.iter().map(HashPrefix::of).collect(),
        })
    }

    /// The changes of one kind; those of the other go in the next frame.
    fn tell_changes(&mut self) -> Frame<'static> {
        let held = self.changes.values().next().copied().unwrap_or(true);
        let prefixes: Vec<HashPrefix> = self
            .changes
            .iter()
            .filter(|(_, now)| **now == held)
            .map(|(prefix, _)| *prefix)
            .take(HAVE_PREFIXES_MAX)
            .collect();
        for prefix in &prefixes {
            self.changes.remove(prefix);
        }
        if held {
            Frame::Have(Have {
                reset: false,
                prefixes,
            })
        } else {
            Frame::HaveNot(HaveNot { prefixes })
        }
    }
}
