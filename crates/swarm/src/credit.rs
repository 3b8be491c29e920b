//! Credit in bytes that fills with time: what may come unasked, and what we send unasked. (`wire::Bucket` counts whole
//! tokens of milliseconds; this one counts bytes a second, gives refunds and can be overdrawn.)

use crate::Millis;

/// Fills at a rate up to a burst. Counts in thousandths of a byte, so that no rounding adds up.
#[derive(Debug, Clone)]
pub(crate) struct Credit {
    level: i64,
    burst: i64,
    bytes_per_s: u64,
    updated: Millis,
}

impl Credit {
    /// A full bucket.
    pub(crate) fn new(now: Millis, burst_bytes: u64, bytes_per_s: u64) -> Self {
        let burst = thousandths(burst_bytes);
        Credit {
            level: burst,
            burst,
            bytes_per_s,
            updated: now,
        }
    }

    /// Takes `bytes` if they are all there.
    pub(crate) fn take(&mut self, now: Millis, bytes: u64) -> bool {
        self.fill(now);
        let enough = self.level >= thousandths(bytes);
        if enough {
            self.level -= thousandths(bytes);
        }
        enough
    }

    /// Takes `bytes`, if need be on credit: then [`ready_at`](Self::ready_at) is later.
    pub(crate) fn overdraw(&mut self, now: Millis, bytes: u64) {
        self.fill(now);
        self.level = self.level.saturating_sub(thousandths(bytes));
    }

    /// Gives back what was taken.
    pub(crate) fn refund(&mut self, bytes: u64) {
        self.level = self
            .level
            .saturating_add(thousandths(bytes))
            .min(self.burst);
    }

    /// When the bucket holds something again, unless it is used before.
    pub(crate) fn ready_at(&self) -> Millis {
        let missing = (1 - self.level).max(0) as u64;
        self.updated.after(missing.div_ceil(self.bytes_per_s))
    }

    fn fill(&mut self, now: Millis) {
        let gained = now.since(self.updated).saturating_mul(self.bytes_per_s);
        let gained = i64::try_from(gained).unwrap_or(i64::MAX);
        self.level = self.level.saturating_add(gained).min(self.burst);
        self.updated = self.updated.max(now);
    }
}

fn thousandths(bytes: u64) -> i64 {
    i64::try_from(bytes.saturating_mul(1000)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let mut bucket = Credit::new(Millis(0), 100, 10);
        assert!(bucket.take(Millis(0), 100));
        assert!(!bucket.take(Millis(99), 1));
        assert!(bucket.take(Millis(100), 1));
        assert!(bucket.take(Millis(60_000), 100));
        assert!(!bucket.take(Millis(60_000), 1));
    }

    #[test]
    fn an_overdrawn_bucket_says_when_it_is_ready() {
        let mut bucket = Credit::new(Millis(0), 100, 10);
        bucket.overdraw(Millis(0), 150);
        let ready = bucket.ready_at();
        assert!(Millis(5000) <= ready && ready <= Millis(5001));
        bucket.overdraw(ready, 0);
        assert!(bucket.ready_at() <= ready);
    }
}
