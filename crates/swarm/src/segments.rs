//! Which segments of an object are held: a bit for each, as [`Part`](swarmfetch_wire::frame::Part) has them.

use swarmfetch_content::GroupRange;
use swarmfetch_wire::limits::SEGMENT_BYTES_MAX;

use crate::limits::PIECE_GROUPS;

/// Some segments of an object; a segment is as long as a piece.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Segments(Vec<u8>);

impl Segments {
    /// Those with a bit.
    pub(crate) fn of(bits: Vec<u8>) -> Self {
        Segments(bits)
    }

    /// Adds one; false if it was there, or is too far back to be told of.
    pub(crate) fn insert(&mut self, segment: u64) -> bool {
        let Ok(place) = usize::try_from(segment / 8) else {
            return false;
        };
        if place >= SEGMENT_BYTES_MAX || self.has(segment) {
            return false;
        }
        if self.0.len() <= place {
            self.0.resize(place + 1, 0);
        }
        if let Some(byte) = self.0.get_mut(place) {
            *byte |= 1 << (segment % 8);
        }
        true
    }

    /// Whether this one is among them.
    pub(crate) fn has(&self, segment: u64) -> bool {
        let byte = usize::try_from(segment / 8)
            .ok()
            .and_then(|at| self.0.get(at));
        byte.is_some_and(|byte| byte >> (segment % 8) & 1 == 1)
    }

    /// Whether all are whose groups these are.
    pub(crate) fn cover(&self, groups: GroupRange) -> bool {
        let last = groups.start() + groups.count() - 1;
        (groups.start() / PIECE_GROUPS..=last / PIECE_GROUPS).all(|segment| self.has(segment))
    }

    /// A bit for each.
    pub(crate) fn bits(&self) -> &[u8] {
        &self.0
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_there_and_nothing_else() {
        let mut segments = Segments::default();
        assert!(segments.is_empty());
        assert!(segments.insert(3) && segments.insert(17));
        assert!(!segments.insert(3), "it is there");
        let there: Vec<u64> = (0..40).filter(|segment| segments.has(*segment)).collect();
        assert_eq!(there, [3, 17]);
        assert_eq!(segments.bits(), [8, 0, 2]);
        assert_eq!(Segments::of(segments.bits().to_vec()), segments);
    }

    #[test]
    fn what_is_too_far_back_is_not_told_of() {
        let mut segments = Segments::default();
        let far = SEGMENT_BYTES_MAX as u64 * 8;
        assert!(segments.insert(far - 1));
        assert!(!segments.insert(far) && !segments.insert(u64::MAX));
    }

    #[test]
    fn groups_are_covered_by_all_their_segments() {
        let mut segments = Segments::default();
        segments.insert(1);
        let range = |start, end| GroupRange::new(start, end).unwrap();
        assert!(segments.cover(range(64, 128)) && segments.cover(range(70, 71)));
        assert!(!segments.cover(range(63, 65)) && !segments.cover(range(127, 129)));
    }
}
