//! A piece: the unit of asking, at most 64 groups of one object, and what is here of them.

use swarmfetch_content::{GROUP_BYTES, GroupRange, ObjectId, SortedMap, VerifiedBytes};
use swarmfetch_wire::frame::RequestId;

use crate::LinkId;
use crate::limits::PIECE_GROUPS;

/// Groups of one piece as bits, the piece's first group lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Mask(u64);

impl Mask {
    /// `count` groups from `first` on, counted in the piece; at most [`PIECE_GROUPS`] in all.
    fn run(first: u64, count: u64) -> Self {
        let ones = u64::MAX >> (PIECE_GROUPS - count.clamp(1, PIECE_GROUPS));
        Mask(ones << first)
    }

    fn without(self, other: Mask) -> Self {
        Mask(self.0 & !other.0)
    }

    fn meets(self, other: Mask) -> bool {
        self.0 & other.0 != 0
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn len(self) -> u64 {
        u64::from(self.0.count_ones())
    }

    /// First and count of the first run.
    fn first_run(self) -> Option<(u64, u64)> {
        if self.is_empty() {
            return None;
        }
        let first = self.0.trailing_zeros();
        Some((
            u64::from(first),
            u64::from((self.0 >> first).trailing_ones()),
        ))
    }
}

/// Bytes of these groups of an object.
pub(crate) fn len_of(object: ObjectId, groups: GroupRange) -> u64 {
    let range = object.bytes_of(groups);
    range.end - range.start
}

/// Someone who was asked for groups of a piece.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) link: LinkId,
    pub(crate) request: RequestId,
    mask: Mask,
    /// It let a deadline pass: others may be asked for the same.
    late: bool,
}

/// A run of at most [`PIECE_GROUPS`] groups of an object on its way.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    object: ObjectId,
    groups: GroupRange,
    missing: Mask,
    /// What is here, by first group; spans do not overlap.
    here: SortedMap<u64, VerifiedBytes>,
    asked: Vec<Asked>,
}

impl Piece {
    /// The pieces of an object, in order.
    pub(crate) fn of(object: ObjectId) -> Vec<Piece> {
        let end = object.groups();
        (0..end.div_ceil(PIECE_GROUPS))
            .map(|index| {
                let start = index * PIECE_GROUPS;
                let groups = GroupRange::new(start, end.min(start + PIECE_GROUPS))
                    .expect("a piece begins before the object's end");
                Piece {
                    object,
                    groups,
                    missing: Mask::run(0, groups.count()),
                    here: SortedMap::new(),
                    asked: Vec::new(),
                }
            })
            .collect()
    }

    /// Which of the object's pieces it is.
    pub(crate) fn index(&self) -> u64 {
        self.groups.start() / PIECE_GROUPS
    }

    /// Which groups it is of.
    pub(crate) fn groups(&self) -> GroupRange {
        self.groups
    }

    /// Whether every group is here.
    pub(crate) fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// Whether any group is here.
    pub(crate) fn has_begun(&self) -> bool {
        !self.here.is_empty()
    }

    /// The first run of groups that is neither here nor asked of anyone who is in time.
    pub(crate) fn unasked(&self) -> Option<GroupRange> {
        self.unasked_of(self.groups)
    }

    /// The same, of these groups.
    pub(crate) fn unasked_of(&self, groups: GroupRange) -> Option<GroupRange> {
        let wanted = self.common(groups)?;
        let covered = self
            .asked
            .iter()
            .filter(|asked| !asked.late)
            .fold(Mask::default(), |sum, asked| Mask(sum.0 | asked.mask.0));
        let missing = Mask(self.missing.0 & self.mask_of(wanted).0);
        let (first, count) = missing.without(covered).first_run()?;
        let start = self.groups.start() + first;
        GroupRange::new(start, start + count).ok()
    }

    /// Notes that a link was asked for groups of this piece.
    pub(crate) fn ask(&mut self, link: LinkId, request: RequestId, groups: GroupRange) {
        self.asked.push(Asked {
            link,
            request,
            mask: self.mask_of(groups),
            late: false,
        });
    }

    /// Those who were asked and are not late.
    pub(crate) fn asked_in_time(&self) -> impl Iterator<Item = (LinkId, RequestId)> {
        let in_time = self.asked.iter().filter(|asked| !asked.late);
        in_time.map(|asked| (asked.link, asked.request))
    }

    /// Whether the link was asked for groups of this piece and is late with them.
    pub(crate) fn waits_in_vain_for(&self, link: LinkId) -> bool {
        self.asked
            .iter()
            .any(|asked| asked.link == link && asked.late)
    }

    /// Notes that the answer is late.
    pub(crate) fn late(&mut self, link: LinkId, request: RequestId) {
        for asked in &mut self.asked {
            asked.late |= asked.link == link && asked.request == request;
        }
    }

    /// Notes that no (more) answer comes.
    pub(crate) fn ended(&mut self, link: LinkId, request: RequestId) {
        self.asked
            .retain(|asked| asked.link != link || asked.request != request);
    }

    /// Takes groups that came, and says how many bytes were here before.
    pub(crate) fn insert(&mut self, bytes: VerifiedBytes) -> u64 {
        let start = bytes.offset() / GROUP_BYTES as u64;
        let count = (bytes.len() as u64).div_ceil(GROUP_BYTES as u64).max(1);
        let Ok(groups) = GroupRange::new(start, start + count) else {
            return 0;
        };
        let came = self.mask_of(groups);
        let new = Mask(came.0 & self.missing.0);
        self.missing = self.missing.without(came);
        if new == came {
            self.here.insert(start, bytes);
            return 0;
        }
        let mut rest = new;
        while let Some((first, count)) = rest.first_run() {
            rest = rest.without(Mask::run(first, count));
            let start = self.groups.start() + first;
            let place = GroupRange::new(start, start + count)
                .map(|groups| self.object.bytes_of(groups))
                .and_then(|range| bytes.slice(range));
            if let Ok(span) = place {
                self.here.insert(start, span);
            }
        }
        came.without(new).len() * GROUP_BYTES as u64
    }

    /// Whether some of these groups are of this piece.
    pub(crate) fn is_part_of(&self, groups: GroupRange) -> bool {
        self.groups.meets(groups)
    }

    /// Lets go of what is here; who was asked for more of it still is.
    pub(crate) fn forget(&mut self) {
        self.here.clear();
        self.missing = Mask::run(0, self.groups.count());
    }

    /// What of these groups belongs to this piece.
    fn common(&self, groups: GroupRange) -> Option<GroupRange> {
        let start = groups.start().max(self.groups.start());
        GroupRange::new(start, groups.end().min(self.groups.end())).ok()
    }

    /// What of these groups belongs to this piece, in order, if all of it is here.
    pub(crate) fn part(&self, groups: GroupRange) -> Option<Vec<VerifiedBytes>> {
        let groups = self.common(groups)?;
        if self.missing.meets(self.mask_of(groups)) {
            return None;
        }
        let wanted = self.object.bytes_of(groups);
        let mut spans = Vec::new();
        for span in self.here.values() {
            let range = wanted.start.max(span.offset())..wanted.end.min(span.end());
            if range.start < range.end {
                spans.push(span.slice(range).ok()?);
            }
        }
        Some(spans)
    }

    /// Those who were asked for nothing but what is here now; they are forgotten here.
    pub(crate) fn take_needless(&mut self) -> Vec<Asked> {
        let missing = self.missing;
        let (needed, needless) = self
            .asked
            .iter()
            .partition(|asked| asked.mask.meets(missing));
        self.asked = needed;
        needless
    }

    /// Everyone who was asked; they are forgotten here.
    pub(crate) fn take_asked(&mut self) -> Vec<Asked> {
        std::mem::take(&mut self.asked)
    }

    /// What is here, in order.
    pub(crate) fn into_spans(self) -> impl Iterator<Item = VerifiedBytes> {
        self.here.into_values()
    }

    fn mask_of(&self, groups: GroupRange) -> Mask {
        Mask::run(
            groups.start().saturating_sub(self.groups.start()),
            groups.count(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use swarmfetch_content::verify_whole;

    fn whole(bytes: usize) -> VerifiedBytes {
        let bytes: Vec<u8> = (0..bytes).map(|i| (i / 7) as u8).collect();
        verify_whole(ObjectId::of(&bytes), bytes).unwrap()
    }

    fn range(start: u64, end: u64) -> GroupRange {
        GroupRange::new(start, end).unwrap()
    }

    #[test]
    fn an_object_is_cut_into_pieces_of_a_mebibyte() {
        for (bytes, pieces) in [
            (0, 1),
            (1, 1),
            (1 << 20, 1),
            ((1 << 20) + 1, 2),
            (3 << 20, 3),
        ] {
            let object = ObjectId {
                len: bytes,
                ..whole(1).object()
            };
            assert_eq!(Piece::of(object).len(), pieces, "{bytes} bytes");
        }
    }

    #[test]
    fn what_is_late_may_be_asked_of_another_and_what_is_here_may_not() {
        let bytes = whole(5 * GROUP_BYTES + 3);
        let [mut piece] = Piece::of(bytes.object()).try_into().unwrap();
        assert_eq!(piece.unasked(), Some(range(0, 6)));
        piece.ask(LinkId(1), RequestId(0), range(0, 6));
        assert_eq!(piece.unasked(), None);

        piece.insert(bytes.slice(0..2 * GROUP_BYTES as u64).unwrap());
        piece.late(LinkId(1), RequestId(0));
        assert!(piece.waits_in_vain_for(LinkId(1)));
        assert_eq!(piece.unasked(), Some(range(2, 6)));

        piece.ask(LinkId(2), RequestId(0), range(2, 6));
        assert_eq!(piece.unasked(), None);
        assert!(piece.take_needless().is_empty());
        let twice = piece.insert(bytes.clone());
        assert_eq!(twice, 2 * GROUP_BYTES as u64);
        assert!(piece.is_complete());
        assert_eq!(piece.take_needless().len(), 2);
        let joined = VerifiedBytes::join(piece.into_spans().collect()).unwrap();
        assert_eq!(joined, bytes);
    }

    #[test]
    fn the_empty_object_has_one_group_that_must_come() {
        let bytes = whole(0);
        let [mut piece] = Piece::of(bytes.object()).try_into().unwrap();
        assert_eq!(piece.unasked(), Some(range(0, 1)));
        piece.insert(bytes);
        assert!(piece.is_complete());
    }

    #[test]
    fn a_full_piece_is_one_run() {
        let object = ObjectId {
            len: 2 << 20,
            ..whole(1).object()
        };
        let pieces = Piece::of(object);
        assert_eq!(pieces[0].unasked(), Some(range(0, 64)));
        assert_eq!(pieces[1].unasked(), Some(range(64, 128)));
    }
}
