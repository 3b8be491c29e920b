//! How fast a link is, and how patient to be with it.

use std::cmp::Ordering;

use crate::Millis;
use crate::limits::{
    BACKLOG_MS, FIRST_BYTE_MS_MAX, FIRST_BYTE_MS_MIN, FIRST_BYTE_MS_START, HEDGE_DOUBTFUL_MS,
    HEDGE_MS_MIN, HEDGE_WARY_MS, LINK_ASKED_BYTES_MAX, LINK_ASKED_BYTES_MIN,
    LINK_ASKED_BYTES_START,
};

/// First-byte time assumed of a link that was never asked, in milliseconds: good enough to be tried.
const FIRST_BYTE_MS_GUESS: u64 = 100;

/// Rate assumed of a link that never gave much, in bytes a second: a slow home's upload.
const BYTES_PER_S_GUESS: u64 = 1024 * 1024;

/// Bytes over which a rate is measured: fewer tell of latency, not of rate.
const RATE_SAMPLE_BYTES: u64 = 64 * 1024;

/// Least variation granted to a link that never varied, in milliseconds: a timer's and a busy tab's grain.
const VARIATION_MS_MIN: u64 = 50;

/// Estimates of one link, from what it did.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pace {
    /// Smoothed first-byte time and its variation, in milliseconds (RFC 6298, section 2).
    first_byte: Option<(u64, u64)>,
    bytes_per_s: Option<u64>,
    /// The sample being taken: since when, and how many bytes.
    sample: Option<(Millis, u64)>,
    /// How much may be asked for at once, in bytes; nothing: nobody knows yet.
    window_bytes: Option<u64>,
}

impl Pace {
    /// A first byte came `waited_ms` after it was asked for.
    pub(crate) fn first_byte(&mut self, waited_ms: u64) {
        self.first_byte = Some(match self.first_byte {
            None => (waited_ms, waited_ms / 2),
            Some((smoothed, variation)) => (
                (7 * smoothed + waited_ms) / 8,
                (3 * variation + smoothed.abs_diff(waited_ms)) / 4,
            ),
        });
    }

    /// Bytes came while the link had work to do without a break.
    pub(crate) fn received(&mut self, now: Millis, bytes: u64) {
        let (_, sum) = self.sample.get_or_insert((now, 0));
        *sum += bytes;
        if *sum >= RATE_SAMPLE_BYTES {
            self.conclude(now);
        }
    }

    /// Learns from what came so far, however little that is.
    pub(crate) fn conclude(&mut self, now: Millis) {
        if let Some((since, sum)) = self.sample.replace((now, 0)) {
            let rate = sum * 1000 / now.since(since).max(1);
            self.bytes_per_s = Some(self.bytes_per_s.map_or(rate, |old| (3 * old + rate) / 4));
        }
    }

    /// The link has nothing to do: time that passes now says nothing about its rate.
    pub(crate) fn idle(&mut self) {
        self.sample = None;
    }

    /// How much may be asked for and not yet here, in bytes.
    pub(crate) fn window_bytes(&self) -> u64 {
        self.window_bytes.unwrap_or(LINK_ASKED_BYTES_START)
    }

    /// How much one request is for, in bytes: a third of that, so that two are under way when one is over. Of a link that
    /// brings all we ask for at once, no less than there is.
    pub(crate) fn request_bytes(&self) -> u64 {
        match self.window_bytes() {
            LINK_ASKED_BYTES_MAX.. => u64::MAX,
            window => window / 3,
        }
    }

    /// A whole answer of so many `bytes` came, `took_ms` after it was asked for; with it and what had been asked for before it,
    /// `queued_bytes` were to come. The window follows what the line carries while requests wait as long as they may beside
    /// the way there and back (as TCP Vegas does): it shrinks before the line drops what comes, and few requests tell nothing
    /// of how many there could be. A window of answers takes it there, and at most to double or half.
    pub(crate) fn answered(&mut self, took_ms: u64, bytes: u64, queued_bytes: u64) {
        let way_ms = self.first_byte.map_or(0, |(smoothed, _)| smoothed);
        let waited_ms = took_ms.saturating_sub(way_ms).max(1);
        let window = self.window_bytes();
        let fits = (queued_bytes * BACKLOG_MS / waited_ms).clamp(window / 2, window * 2);
        let step = |far: u64| far * bytes.min(window) / window;
        let tells = queued_bytes >= window / 2 || waited_ms > BACKLOG_MS;
        let next = match fits.cmp(&window) {
            Ordering::Less if tells => window - step(window - fits),
            Ordering::Greater if tells => window + step(fits - window),
            _ => window,
        };
        self.window_bytes = Some(next.clamp(LINK_ASKED_BYTES_MIN, LINK_ASKED_BYTES_MAX));
    }

    /// How long this link may take for its first or next byte, in milliseconds; `wary`: others took advantage of that.
    pub(crate) fn patience_ms(&self, wary: bool) -> u64 {
        match self.first_byte {
            None if wary => FIRST_BYTE_MS_MIN,
            None => FIRST_BYTE_MS_START,
            Some((smoothed, variation)) => (smoothed + (4 * variation).max(VARIATION_MS_MIN))
                .clamp(FIRST_BYTE_MS_MIN, FIRST_BYTE_MS_MAX),
        }
    }

    /// How long to wait for this link's first byte before the origin is asked beside it, in milliseconds: its own time and four
    /// times its variation; for one that was never asked, the time that the origin would take. `wary`: others took advantage
    /// of that; `doubtful`: the last of them.
    pub(crate) fn hedge_after_ms(&self, origin_ms: u64, wary: bool, doubtful: bool) -> u64 {
        let usual_ms = self
            .first_byte
            .map_or(origin_ms, |(smoothed, variation)| smoothed + 4 * variation);
        let least_ms = match self.first_byte {
            _ if doubtful => return HEDGE_DOUBTFUL_MS,
            None if wary => HEDGE_WARY_MS,
            _ => HEDGE_MS_MIN,
        };
        usual_ms.clamp(least_ms, self.patience_ms(wary))
    }

    /// Whether it is known how long this much work takes.
    pub(crate) fn is_known(&self, work_bytes: u64) -> bool {
        let rate_matters = work_bytes >= RATE_SAMPLE_BYTES;
        self.first_byte.is_some() && (self.bytes_per_s.is_some() || !rate_matters)
    }

    /// Whether a link with this much work would be done in time, in milliseconds from now, as far as that is known.
    pub(crate) fn keeps_up(&self, work_bytes: u64, tolerated_ms: u64) -> bool {
        !self.is_known(work_bytes) || self.done_in_ms(work_bytes) <= tolerated_ms
    }

    /// When a link with this much work would be done, in milliseconds from now.
    pub(crate) fn done_in_ms(&self, work_bytes: u64) -> u64 {
        let first = self
            .first_byte
            .map_or(FIRST_BYTE_MS_GUESS, |(smoothed, _)| smoothed);
        let rate = self.bytes_per_s.unwrap_or(BYTES_PER_S_GUESS);
        first + ms_at(rate, work_bytes)
    }
}

/// How long so many bytes take at a rate, in milliseconds.
// Called: each product with its limit is long where numbers have 64 bits.
#[inline(never)]
pub(crate) fn ms_at(bytes_per_s: u64, bytes: u64) -> u64 {
    bytes.saturating_mul(1000) / bytes_per_s.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_starts_named_and_stays_within_its_bounds() {
        let mut pace = Pace::default();
        assert_eq!(pace.patience_ms(false), FIRST_BYTE_MS_START);
        assert_eq!(pace.patience_ms(true), FIRST_BYTE_MS_MIN);
        for _ in 0..20 {
            pace.first_byte(1);
        }
        assert_eq!(pace.patience_ms(false), FIRST_BYTE_MS_MIN);
        for _ in 0..20 {
            pace.first_byte(60_000);
        }
        assert_eq!(pace.patience_ms(false), FIRST_BYTE_MS_MAX);
    }

    #[test]
    fn the_window_is_what_the_line_carries_while_requests_may_wait() {
        for bytes_per_ms in [100, 2_000, 50_000] {
            let mut pace = Pace::default();
            pace.first_byte(40);
            for _ in 0..200 {
                let asked = pace.window_bytes();
                // All that was asked for before it, and it.
                pace.answered(40 + asked / bytes_per_ms, 64 * 1024, asked);
            }
            let fits =
                (bytes_per_ms * BACKLOG_MS).clamp(LINK_ASKED_BYTES_MIN, LINK_ASKED_BYTES_MAX);
            let window = pace.window_bytes();
            assert!(
                (fits / 2..=fits * 11 / 10).contains(&window),
                "{window} of {fits}"
            );
        }
    }

    #[test]
    fn few_requests_tell_nothing_of_how_many_there_could_be() {
        let mut pace = Pace::default();
        for _ in 0..100 {
            pace.answered(10, 20_000, 20_000);
        }
        assert_eq!(pace.window_bytes(), LINK_ASKED_BYTES_START);
    }

    #[test]
    fn a_link_that_proved_slow_is_expected_to_be_slow() {
        let mut slow = Pace::default();
        slow.received(Millis(0), 1024);
        for second in 1..20 {
            slow.received(Millis(1000 * second), 64 * 1024);
        }
        let ms = slow.done_in_ms(1024 * 1024);
        assert!((14_000..18_000).contains(&ms), "{ms}");
    }
}
