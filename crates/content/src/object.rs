//! Which bytes: an object by hash and length, and runs of groups in it. Arithmetic only; no length here is believed to
//! be in memory, so every operation is total over all of `u64`.

use core::ops::Range;

use crate::{Error, GROUP_BYTES, Hash, PARENT_BYTES};

/// [`GROUP_BYTES`] as a position.
const GROUP: u64 = GROUP_BYTES as u64;

/// A content-addressed object: what its bytes hash to, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// BLAKE3 hash of the bytes.
    pub hash: Hash,
    /// Length in bytes.
    pub len: u64,
}

impl ObjectId {
    /// The id of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        ObjectId {
            hash: Hash::of(bytes),
            len: bytes.len() as u64,
        }
    }

    /// How many groups the object has: at least 1, at most 2^50.
    // A call is shorter than the arithmetic, and it stands everywhere; so it is below.
    #[inline(never)]
    pub const fn groups(&self) -> u64 {
        if self.len == 0 {
            1
        } else {
            self.len.div_ceil(GROUP)
        }
    }

    /// Every group of the object.
    pub const fn all(&self) -> GroupRange {
        GroupRange {
            start: 0,
            end: self.groups(),
        }
    }

    /// The byte positions that the groups cover, cut off at the object's end.
    #[inline(never)]
    pub const fn bytes_of(&self, groups: GroupRange) -> Range<u64> {
        self.position_of(groups.start)..self.position_of(groups.end)
    }

    /// The fewest groups that cover these bytes.
    ///
    /// # Errors
    /// [`Error::RangeOutside`] past the object's end; [`Error::RangeEmpty`] for an empty range, but for `0..0` of the
    /// empty object, which has a group too.
    pub const fn covering(&self, bytes: Range<u64>) -> Result<GroupRange, Error> {
        let Range { start, end } = bytes;
        if end > self.len || start > self.len {
            return Err(Error::RangeOutside {
                start,
                end,
                limit: self.len,
            });
        }
        if self.len == 0 {
            return Ok(self.all());
        }
        if start >= end {
            return Err(Error::RangeEmpty { start, end });
        }
        Ok(GroupRange {
            start: start / GROUP,
            end: end.div_ceil(GROUP),
        })
    }

    /// Length of this object's outboard, `64 * (groups - 1)` bytes.
    pub const fn outboard_bytes(&self) -> u64 {
        (self.groups() - 1) * PARENT_BYTES as u64
    }

    /// Checks that the groups are in the object.
    pub(crate) const fn check(&self, groups: GroupRange) -> Result<(), Error> {
        if groups.end > self.groups() {
            return Err(Error::RangeOutside {
                start: groups.start,
                end: groups.end,
                limit: self.groups(),
            });
        }
        Ok(())
    }

    /// Where a group begins, or where the object ends if that is earlier.
    const fn position_of(&self, group: u64) -> u64 {
        let position = group.saturating_mul(GROUP);
        if position < self.len {
            position
        } else {
            self.len
        }
    }
}

/// A run of groups, from `start` up to and without `end`. Never empty; whether an object has these groups is asked of
/// the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupRange {
    start: u64,
    end: u64,
}

impl GroupRange {
    /// The groups from `start` up to and without `end`.
    ///
    /// # Errors
    /// [`Error::RangeEmpty`] unless `start < end`.
    pub const fn new(start: u64, end: u64) -> Result<Self, Error> {
        if start < end {
            Ok(GroupRange { start, end })
        } else {
            Err(Error::RangeEmpty { start, end })
        }
    }

    /// Index of the first group.
    pub const fn start(&self) -> u64 {
        self.start
    }

    /// Index after the last group.
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// How many groups, at least 1.
    pub const fn count(&self) -> u64 {
        self.end - self.start
    }

    /// Whether the group is one of these.
    pub const fn contains(&self, group: u64) -> bool {
        self.start <= group && group < self.end
    }

    /// Whether both have a group in common.
    pub const fn meets(&self, other: GroupRange) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether every group of `other` is one of these.
    pub(crate) const fn covers(&self, other: GroupRange) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Left and right half as BLAKE3 divides a subtree of these groups: on the left the largest power of two that
    /// leaves at least one for the right (section 2.1 of the paper). `None` for a single group.
    ///
    /// Only of subtrees, which begin at a multiple of that power; of any other range the halves mean nothing.
    pub(crate) const fn halves(&self) -> Option<(GroupRange, GroupRange)> {
        let count = self.count();
        if count == 1 {
            return None;
        }
        let middle = self.start + (1 << (count - 1).ilog2());
        Some((
            GroupRange {
                start: self.start,
                end: middle,
            },
            GroupRange {
                start: middle,
                end: self.end,
            },
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(len: u64) -> ObjectId {
        ObjectId {
            hash: Hash::from_bytes([0; 32]),
            len,
        }
    }

    fn range(start: u64, end: u64) -> GroupRange {
        GroupRange::new(start, end).unwrap()
    }

    #[test]
    fn lengths_make_groups() {
        let cases = [
            (0, 1),
            (1, 1),
            (16_384, 1),
            (16_385, 2),
            (32_768, 2),
            (32_769, 3),
            (u64::MAX, 1 << 50),
        ];
        for (len, groups) in cases {
            assert_eq!(object(len).groups(), groups, "{len}");
            assert_eq!(object(len).all(), range(0, groups), "{len}");
            assert_eq!(object(len).bytes_of(object(len).all()), 0..len);
            assert_eq!(object(len).outboard_bytes(), (groups - 1) * 64);
        }
    }

    #[test]
    fn groups_are_bytes_up_to_the_end() {
        let object = object(40_000);
        assert_eq!(object.bytes_of(range(0, 1)), 0..16_384);
        assert_eq!(object.bytes_of(range(2, 3)), 32_768..40_000);
        assert_eq!(object.bytes_of(range(1, u64::MAX)), 16_384..40_000);
        assert_eq!(
            object.bytes_of(range(u64::MAX - 1, u64::MAX)),
            40_000..40_000
        );
    }

    #[test]
    fn bytes_are_covered_by_the_groups_they_touch() {
        let cases = [
            (0..1, (0, 1)),
            (16_383..16_384, (0, 1)),
            (16_383..16_385, (0, 2)),
            (16_384..40_000, (1, 3)),
        ];
        for (bytes, (start, end)) in cases {
            assert_eq!(object(40_000).covering(bytes), Ok(range(start, end)));
        }
        assert_eq!(object(0).covering(0..0), Ok(range(0, 1)));
        assert_eq!(
            object(u64::MAX).covering(0..u64::MAX),
            Ok(range(0, 1 << 50))
        );
    }

    #[test]
    fn ranges_that_cannot_be_are_refused() {
        assert_eq!(
            GroupRange::new(3, 3),
            Err(Error::RangeEmpty { start: 3, end: 3 })
        );
        assert_eq!(
            GroupRange::new(4, 3),
            Err(Error::RangeEmpty { start: 4, end: 3 })
        );
        assert_eq!(
            object(9).covering(4..4),
            Err(Error::RangeEmpty { start: 4, end: 4 })
        );
        let backwards = Range { start: 5, end: 4 };
        assert_eq!(
            object(9).covering(backwards),
            Err(Error::RangeEmpty { start: 5, end: 4 })
        );
        for (len, bytes) in [
            (9, 0..10),
            (9, 10..11),
            (0, 0..1),
            (9, 10..10),
            (9, 0..u64::MAX),
        ] {
            let Range { start, end } = bytes;
            assert_eq!(
                object(len).covering(bytes),
                Err(Error::RangeOutside {
                    start,
                    end,
                    limit: len
                })
            );
        }
    }

    #[test]
    fn the_left_half_is_the_larger_power_of_two() {
        let cases = [
            ((0, 2), 1),
            ((0, 3), 2),
            ((0, 4), 2),
            ((0, 5), 4),
            ((8, 11), 10),
            ((0, 1 << 50), 1 << 49),
        ];
        for ((start, end), middle) in cases {
            assert_eq!(
                range(start, end).halves(),
                Some((range(start, middle), range(middle, end)))
            );
        }
        assert_eq!(range(7, 8).halves(), None);
    }
}
