//! A token bucket: so many at once, then one per period. Used by the introductions and the rendezvous machine.

use crate::Millis;

/// Tokens that come back with time. One word of state: the moment at which all taken tokens are paid for (the
/// generic cell rate algorithm of ITU-T I.371).
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    burst: u64,
    token_ms: u64,
    paid: Millis,
}

impl Bucket {
    /// A full bucket of `burst` tokens, each of which takes `token_ms` milliseconds to come back.
    #[must_use]
    pub fn new(burst: u64, token_ms: u64) -> Self {
        Self {
            burst,
            token_ms,
            paid: Millis(0),
        }
    }

    /// Takes a token; false when there is none, and then nothing changes.
    pub fn take(&mut self, now: Millis) -> bool {
        self.take_many(now, 1)
    }

    /// Takes `tokens`, or none of them.
    pub fn take_many(&mut self, now: Millis, tokens: u64) -> bool {
        let there = self.has(now, tokens);
        if there {
            self.paid = self.paid_with(now, tokens);
        }
        there
    }

    /// Whether there are so many tokens.
    #[must_use]
    pub fn has(&self, now: Millis, tokens: u64) -> bool {
        let debt_ms = self.paid_with(now, tokens).since(now);
        debt_ms <= self.burst.saturating_mul(self.token_ms)
    }

    /// Whether all tokens are back: the bucket may then be forgotten and a new one made in its place.
    #[must_use]
    pub fn is_full(&self, now: Millis) -> bool {
        self.paid <= now
    }

    fn paid_with(&self, now: Millis, tokens: u64) -> Millis {
        self.paid
            .max(now)
            .after(self.token_ms.saturating_mul(tokens))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn gives_a_burst_and_then_one_per_period() {
        let mut bucket = Bucket::new(3, 100);
        let given = (0..1_000)
            .filter(|ms| bucket.take(Millis(5_000 + ms)))
            .count();
        assert_eq!(given, 3 + 9);
        assert!(!bucket.is_full(Millis(6_000)));
        assert!(bucket.is_full(Millis(6_300)));
    }

    #[test]
    fn takes_all_or_nothing() {
        let mut bucket = Bucket::new(3, 100);
        assert!(!bucket.take_many(Millis(0), 4));
        assert!(bucket.take_many(Millis(0), 3));
        assert!(!bucket.take(Millis(99)));
        assert!(bucket.take(Millis(100)));
    }

    proptest! {
        #[test]
        fn never_gives_more_than_burst_plus_rate(steps in prop::collection::vec(0u64..50, 1..200)) {
            let mut bucket = Bucket::new(5, 20);
            let mut now = Millis(0);
            let mut given = 0;
            for step in steps {
                now = now.after(step);
                given += u64::from(bucket.take(now));
                prop_assert!(given <= 5 + now.0 / 20);
            }
        }
    }
}
