//! What the system says of a file that changes when the file does.

use std::fs::Metadata;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Length, times and place of a file. Times are in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    /// In bytes.
    pub(crate) len: u64,
    /// When its bytes were changed: whoever copies files can set it.
    pub(crate) modified_ns: Option<i64>,
    /// When anything about it was changed, which nobody can set; zero where the system does not say.
    pub(crate) changed_ns: i64,
    /// Its place on the disk, likewise.
    pub(crate) inode: u64,
}

impl Stamp {
    /// As so many bytes a stamp is kept.
    pub(crate) const BYTES: usize = 32;

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let parts = [
            self.len.to_le_bytes(),
            self.modified_ns.unwrap_or(i64::MIN).to_le_bytes(),
            self.changed_ns.to_le_bytes(),
            self.inode.to_le_bytes(),
        ];
        let mut bytes = [0; Self::BYTES];
        bytes.as_chunks_mut().0.copy_from_slice(&parts);
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let part = |n: usize| bytes.as_chunks().0[n];
        Self {
            len: u64::from_le_bytes(part(0)),
            modified_ns: Some(i64::from_le_bytes(part(1))).filter(|ns| *ns != i64::MIN),
            changed_ns: i64::from_le_bytes(part(2)),
            inode: u64::from_le_bytes(part(3)),
        }
    }

    pub(crate) fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let (inode, changed_ns) = {
            use std::os::unix::fs::MetadataExt;
            let nanos = metadata
                .ctime()
                .saturating_mul(1_000_000_000)
                .saturating_add(metadata.ctime_nsec());
            (metadata.ino(), nanos)
        };
        #[cfg(not(unix))]
        let (inode, changed_ns) = (0, 0);
        Self {
            len: metadata.len(),
            modified_ns: metadata.modified().ok().and_then(nanos),
            changed_ns,
            inode,
        }
    }

    /// Would a change from `now_ns` on show in the stamp, where clocks tick so seldom?
    pub(crate) fn is_settled(&self, now_ns: i64, tick: Duration) -> bool {
        let tick = i64::try_from(tick.as_nanos()).unwrap_or(i64::MAX);
        match (self.changed_ns, self.modified_ns) {
            (0, None) => false,
            // A time ahead of the clock was set by somebody: a change would set it back.
            (0, Some(modified)) => now_ns.saturating_sub(modified).saturating_abs() >= tick,
            (changed, _) => now_ns.saturating_sub(changed) >= tick,
        }
    }
}

/// This machine's clock, in nanoseconds since 1970.
pub(crate) fn now_ns() -> i64 {
    nanos(SystemTime::now()).unwrap_or(0)
}

fn nanos(time: SystemTime) -> Option<i64> {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).ok(),
        Err(before) => i64::try_from(before.duration().as_nanos())
            .ok()
            .map(|nanos| -nanos),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_secs(2);
    const SEC: i64 = 1_000_000_000;

    #[test]
    fn what_changed_within_a_tick_may_change_unseen() {
        let stamp = |modified_ns, changed_ns| Stamp {
            len: 1,
            modified_ns,
            changed_ns,
            inode: 1,
        };
        let now = 100 * SEC;
        for (name, stamp, settled) in [
            ("old", stamp(Some(50 * SEC), 50 * SEC), true),
            ("new", stamp(Some(99 * SEC), 99 * SEC), false),
            ("a tick ago", stamp(Some(98 * SEC), 98 * SEC), true),
            (
                "copied just now with its old time",
                stamp(Some(50 * SEC), 99 * SEC),
                false,
            ),
            (
                "dated ahead long ago",
                stamp(Some(900 * SEC), 50 * SEC),
                true,
            ),
            (
                "changed ahead of the clock",
                stamp(Some(50 * SEC), 101 * SEC),
                false,
            ),
            (
                "without a time of change, old",
                stamp(Some(50 * SEC), 0),
                true,
            ),
            ("without one, new", stamp(Some(99 * SEC), 0), false),
            ("without one, ahead", stamp(Some(900 * SEC), 0), true),
            ("without any time", stamp(None, 0), false),
        ] {
            assert_eq!(stamp.is_settled(now, TICK), settled, "{name}");
        }
    }
}
