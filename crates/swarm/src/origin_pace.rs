//! How fast the origin is, judging by what it gave: what peers are measured against.

use crate::limits::{
    ORIGIN_BYTES_PER_S_GUESS, ORIGIN_MS_GUESS, TOLERANCE_MS, TOLERATED_BYTES_PER_S,
    TOLERATED_MS_MIN,
};
use crate::pace::ms_at;

/// Bodies of at most this many bytes tell of the origin's latency, longer ones of its rate.
const LATENCY_BYTES_MAX: u64 = 32 * 1024;

/// Estimates of the origin, by whole answers.
#[derive(Debug, Clone, Default)]
pub(crate) struct OriginPace {
    /// Smoothed time of a short answer, in milliseconds.
    answer_ms: Option<u64>,
    bytes_per_s: Option<u64>,
}

impl OriginPace {
    /// It gave a body of so many bytes after so many milliseconds.
    pub(crate) fn gave(&mut self, bytes: u64, took_ms: u64) {
        let smooth = |old: Option<u64>, new| Some(old.map_or(new, |old| (3 * old + new) / 4));
        if bytes <= LATENCY_BYTES_MAX {
            self.answer_ms = smooth(self.answer_ms, took_ms);
        } else {
            let body_ms = took_ms.saturating_sub(self.answer_ms.unwrap_or(took_ms / 2));
            self.bytes_per_s = smooth(self.bytes_per_s, bytes * 1000 / body_ms.max(1));
        }
    }

    /// The time of a short answer, in milliseconds, once one was measured.
    pub(crate) fn answer_ms(&self) -> Option<u64> {
        self.answer_ms
    }

    /// How long it will probably take for a body of so many bytes, in milliseconds.
    pub(crate) fn answers_in_ms(&self, bytes: u64) -> u64 {
        let rate = self.bytes_per_s.unwrap_or(ORIGIN_BYTES_PER_S_GUESS);
        let body_ms = ms_at(rate, bytes);
        self.answer_ms.unwrap_or(ORIGIN_MS_GUESS) + body_ms
    }

    /// How long peers may take for such a body and still count as no slower, in milliseconds.
    pub(crate) fn tolerated_ms(&self, bytes: u64) -> u64 {
        let origin_ms = self.answers_in_ms(bytes);
        let as_fast_ms = (origin_ms + origin_ms / 20 + TOLERANCE_MS).max(TOLERATED_MS_MIN);
        as_fast_ms + ms_at(TOLERATED_BYTES_PER_S, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_guessed_until_it_was_measured() {
        let mut origin = OriginPace::default();
        assert_eq!(origin.answers_in_ms(0), ORIGIN_MS_GUESS);
        for _ in 0..20 {
            origin.gave(1000, 60);
        }
        assert!((60..=61).contains(&origin.answers_in_ms(1000)));
        assert_eq!(origin.tolerated_ms(1000), TOLERATED_MS_MIN);
    }

    #[test]
    fn of_a_slow_origin_peers_may_be_as_slow() {
        let mut origin = OriginPace::default();
        for _ in 0..20 {
            origin.gave(1000, 900);
            origin.gave(1_000_000, 900 + 4_000);
        }
        let ms = origin.answers_in_ms(500_000);
        assert!((2_850..=2_950).contains(&ms), "{ms}");
        let tolerated = origin.tolerated_ms(500_000);
        assert!((3_000..3_300).contains(&tolerated), "{tolerated}");
    }
}
