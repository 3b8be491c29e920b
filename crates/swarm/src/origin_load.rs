//! How busy the origin is with what we asked it for.

use crate::Millis;
use crate::limits::{STRAIN_MS_MIN, STRAIN_WINDOW_MS};
use crate::pace::ms_at;

/// What came of late of all that the origin is asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct OriginLoad {
    /// Wants that it is asked for.
    open: usize,
    /// The stretch of time being measured, and how many bytes came in it; from the first byte on.
    window: Option<(Millis, u64)>,
    /// What came in the last whole stretch, in bytes a second.
    rate: Option<u64>,
    /// It came no faster than in the stretch before: a connection that still grows says nothing of the origin.
    steady: bool,
}

impl OriginLoad {
    /// It is asked for one more.
    pub(crate) fn begins(&mut self) {
        self.open += 1;
    }

    /// It is asked for one less.
    pub(crate) fn ends(&mut self) {
        debug_assert!(self.open > 0, "it was not asked");
        self.open = self.open.saturating_sub(1);
        if self.open == 0 {
            *self = OriginLoad::default();
        }
    }

    /// How many wants it is asked for.
    pub(crate) fn open(&self) -> usize {
        self.open
    }

    /// Bytes came. True when a stretch of time was over.
    pub(crate) fn came(&mut self, now: Millis, bytes: u64) -> bool {
        let (since, sum) = self.window.get_or_insert((now, 0));
        let lasted_ms = now.since(*since);
        if lasted_ms < STRAIN_WINDOW_MS {
            *sum += bytes;
            return false;
        }
        let rate = (*sum + bytes) * 1000 / lasted_ms;
        self.steady = self.rate.is_some_and(|before| rate < before + before / 4);
        self.rate = Some(rate);
        self.window = Some((now, 0));
        true
    }

    /// How long so many bytes more will take, in milliseconds, where that is too long for one who has somebody to share them with.
    /// `others`: some say that they are.
    pub(crate) fn strain_ms(&self, bytes: u64, others: bool) -> Option<u64> {
        let rate = self.rate.filter(|_| self.steady || others)?;
        let ms = ms_at(rate, bytes);
        (ms >= STRAIN_MS_MIN).then_some(ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many bytes each tenth of a second, for that long.
    fn flow(load: &mut OriginLoad, from: u64, until: u64, bytes: impl Fn(u64) -> u64) {
        for ms in (from..until).step_by(100) {
            load.came(Millis(ms), bytes(ms));
        }
    }

    #[test]
    fn who_gets_little_for_long_is_strained() {
        let mut load = OriginLoad::default();
        load.begins();
        flow(&mut load, 0, 500, |_| 10_000);
        assert_eq!(
            load.strain_ms(5_000_000, false),
            None,
            "one stretch is not enough"
        );
        assert!(
            load.strain_ms(5_000_000, true).is_some(),
            "for one who hears of others it is"
        );
        flow(&mut load, 500, 1000, |_| 10_000);
        let ms = load.strain_ms(5_000_000, false).unwrap();
        assert!((45_000..=55_000).contains(&ms), "{ms}");
        assert_eq!(load.strain_ms(200_000, false), None, "little is soon here");
    }

    #[test]
    fn a_connection_that_grows_is_none_of_the_origins_doing() {
        let mut load = OriginLoad::default();
        load.begins();
        flow(&mut load, 0, 2000, |ms| 1_000 << (ms / 400));
        assert_eq!(load.strain_ms(5_000_000, false), None);
    }

    #[test]
    fn what_was_measured_is_of_no_use_after_a_rest() {
        let mut load = OriginLoad::default();
        load.begins();
        load.begins();
        flow(&mut load, 0, 1000, |_| 10_000);
        load.ends();
        assert!(load.strain_ms(5_000_000, false).is_some());
        load.ends();
        load.begins();
        assert_eq!(load.strain_ms(5_000_000, false), None);
    }
}
