//! When a link is left alone, and for how long.

use crate::Millis;
use crate::limits::{REST_MS_MAX, REST_MS_MIN};

/// The rest that a link has earned: short for one that gave something before or at least says no, long for one that
/// only ever promised.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    until: Option<Millis>,
    /// How long the next rest of a link that shows life is, in milliseconds.
    next_ms: u64,
    /// It gave a whole answer once.
    proven: bool,
}

impl Rest {
    pub(crate) fn new() -> Self {
        Rest {
            until: None,
            next_ms: REST_MS_MIN,
            proven: false,
        }
    }

    /// Until when it is left alone.
    pub(crate) fn until(&self) -> Option<Millis> {
        self.until
    }

    /// It let a deadline pass. Says whether it ever gave a whole answer.
    pub(crate) fn was_late(&mut self, now: Millis) -> bool {
        let rest_ms = if self.proven {
            self.next_ms
        } else {
            REST_MS_MAX
        };
        self.next_ms = (2 * self.next_ms).min(REST_MS_MAX);
        self.not_before(now.after(rest_ms));
        self.proven
    }

    /// It asked for a rest, or earned one otherwise.
    pub(crate) fn not_before(&mut self, until: Millis) {
        self.until = self.until.max(Some(until));
    }

    /// It answered, even if the answer is of no use any more.
    pub(crate) fn showed_life(&mut self, now: Millis) {
        self.until = self.until.map(|until| until.min(now.after(self.next_ms)));
    }

    /// It gave a whole answer.
    pub(crate) fn proved_itself(&mut self) {
        *self = Rest {
            proven: true,
            ..Rest::new()
        };
    }

    /// Ends a rest whose time is over; says whether there was one.
    pub(crate) fn ends(&mut self, now: Millis) -> bool {
        self.until.take_if(|until| *until <= now).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_000);

    #[test]
    fn a_link_that_never_gave_anything_rests_longest() {
        let mut rest = Rest::new();
        rest.was_late(NOW);
        assert_eq!(rest.until(), Some(NOW.after(REST_MS_MAX)));
        rest.showed_life(NOW);
        assert_eq!(rest.until(), Some(NOW.after(2 * REST_MS_MIN)));
        assert!(!rest.ends(NOW));
        assert!(rest.ends(NOW.after(2 * REST_MS_MIN)));
        assert_eq!(rest.until(), None);
    }

    #[test]
    fn rests_double_until_the_link_proves_itself() {
        let mut rest = Rest::new();
        rest.proved_itself();
        for rest_ms in [5_000, 10_000, 20_000, 40_000, 60_000, 60_000] {
            rest.was_late(NOW);
            assert_eq!(rest.until(), Some(NOW.after(rest_ms)));
            assert!(rest.ends(NOW.after(rest_ms)));
        }
        rest.proved_itself();
        rest.was_late(NOW);
        assert_eq!(rest.until(), Some(NOW.after(REST_MS_MIN)));
    }
}
