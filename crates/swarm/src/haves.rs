//! What one link says that it holds, bucket by bucket, and which buckets it is still to tell.

use swarmfetch_content::{SortedMap, SortedSet};
use swarmfetch_wire::frame::{HashPrefix, Have, Interest, Prefixes, Scale};
use swarmfetch_wire::limits::{HAVE_PREFIXES_MAX, INTEREST_BUCKETS_MAX};

use crate::Millis;
use crate::limits::{LINK_HAVES_MAX, SETTLE_MS};

/// A neighbour's have-maps.
#[derive(Debug)]
pub(crate) struct Haves {
    scale: Scale,
    /// What there is of each bucket that was told.
    told: SortedMap<u32, SortedSet<u32>>,
    /// Buckets that it was asked for and has not told, at most [`INTEREST_BUCKETS_MAX`].
    awaited: SortedSet<u32>,
    /// Those of them that the question is still to be sent for.
    unsent: Vec<u32>,
    /// When it was asked for the first of them, or told one after that.
    since: Millis,
    /// How much longer it is waited for in all before it gives a whole answer, in milliseconds.
    patience_ms: u64,
}

impl Haves {
    /// Nothing is told, nor could be asked for.
    pub(crate) fn new() -> Self {
        Haves {
            scale: Scale {
                width: 32,
                depth: 0,
            },
            told: SortedMap::new(),
            awaited: SortedSet::new(),
            unsent: Vec::new(),
            since: Millis(0),
            patience_ms: SETTLE_MS,
        }
    }

    /// Whatever was told is void; what comes is of this scale.
    pub(crate) fn begin(&mut self, now: Millis, scale: Scale) {
        self.waited(now);
        *self = Haves {
            scale,
            patience_ms: self.patience_ms,
            ..Self::new()
        };
    }

    /// Whether it says that it holds this: up to one time in a hundred it does so of what it does not hold.
    pub(crate) fn holds(&self, prefix: HashPrefix) -> bool {
        let member = self.scale.cut(prefix);
        let bucket = self.told.get(&self.scale.bucket(member));
        bucket.is_some_and(|bucket| bucket.contains(&member))
    }

    /// It says that it holds these.
    pub(crate) fn have(&mut self, now: Millis, have: &Have) {
        let Prefixes {
            scale,
            bucket,
            members,
        } = &have.prefixes;
        if have.reset {
            self.begin(now, *scale);
        }
        if scale.width != self.scale.width {
            return;
        }
        if *scale == self.scale {
            self.told.or_default(*bucket);
            self.waited(now);
            self.awaited.remove(bucket);
        }
        let known: usize = self.told.values().map(SortedSet::len).sum();
        for member in members.iter().take(LINK_HAVES_MAX.saturating_sub(known)) {
            if let Some(bucket) = self.told.get_mut(&self.scale.bucket(*member))
                && bucket.len() < HAVE_PREFIXES_MAX
            {
                bucket.insert(*member);
            }
        }
    }

    /// It holds these no longer.
    pub(crate) fn have_not(&mut self, prefixes: &Prefixes) {
        if prefixes.scale.width == self.scale.width {
            for member in &prefixes.members {
                self.forget(*member);
            }
        }
    }

    /// It does not hold this, whatever it said.
    pub(crate) fn lacks(&mut self, prefix: HashPrefix) {
        self.forget(self.scale.cut(prefix));
    }

    fn forget(&mut self, member: u32) {
        if let Some(bucket) = self.told.get_mut(&self.scale.bucket(member)) {
            bucket.remove(&member);
        }
    }

    /// Something of this bucket is wanted: it is to be told, if it is not.
    pub(crate) fn want(&mut self, now: Millis, prefix: HashPrefix) {
        let bucket = self.bucket_of(prefix);
        let known = self.scale.depth == 0 || self.told.contains_key(&bucket);
        if known || self.awaited.len() >= INTEREST_BUCKETS_MAX || !self.awaited.insert(bucket) {
            return;
        }
        if self.awaited.len() == 1 {
            self.since = now;
        }
        self.unsent.push(bucket);
    }

    /// What to ask it for.
    pub(crate) fn take_interest(&mut self) -> Option<Interest> {
        let buckets = std::mem::take(&mut self.unsent);
        let depth = self.scale.depth;
        (!buckets.is_empty()).then_some(Interest { depth, buckets })
    }

    /// Until when it is waited for to say whether it holds this, if it was asked.
    pub(crate) fn due(&self, prefix: HashPrefix) -> Option<Millis> {
        let awaited = self.awaited.contains(&self.bucket_of(prefix));
        awaited.then_some(self.since.after(self.patience_ms))
    }

    /// It gave a whole answer: to wait for it is not in vain.
    pub(crate) fn proved_itself(&mut self) {
        self.patience_ms = SETTLE_MS;
    }

    fn waited(&mut self, now: Millis) {
        if !self.awaited.is_empty() {
            let waited_ms = now.since(self.since);
            self.patience_ms = self.patience_ms.saturating_sub(waited_ms);
            self.since = now;
        }
    }

    /// Whether this is a map that it was asked for.
    pub(crate) fn awaits(&self, have: &Have) -> bool {
        let Prefixes { scale, bucket, .. } = &have.prefixes;
        !have.reset && *scale == self.scale && self.awaited.contains(bucket)
    }

    fn bucket_of(&self, prefix: HashPrefix) -> u32 {
        self.scale.bucket(self.scale.cut(prefix))
    }
}

#[cfg(test)]
mod tests;
