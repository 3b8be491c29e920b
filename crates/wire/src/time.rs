//! Time as the pure machines see it: an argument, never a clock.
//!
//! The shells read their clock and hand the reading in. Used by the transfer machine, the introductions machine
//! and the rendezvous machine, so that a run repeats exactly from its inputs.

/// A moment on the caller's monotonic clock, in milliseconds since an arbitrary start.
///
/// Moments of different processes, or of one worker before and after a restart, are not comparable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

impl Millis {
    /// The moment `duration_ms` milliseconds later; stops at the end of time instead of wrapping.
    #[must_use]
    // A call is shorter than the arithmetic, and it stands everywhere.
    #[inline(never)]
    pub fn after(self, duration_ms: u64) -> Self {
        Self(self.0.saturating_add(duration_ms))
    }

    /// Milliseconds from `earlier` to this moment; zero when `earlier` is not earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
