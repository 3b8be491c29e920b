//! The tree written the slow and obvious way, to hold the fast one to: every node hashes its own bytes afresh, the
//! geometry is in bytes as the BLAKE3 paper has it, and a slice is checked by comparing it with the true one. Shares
//! no code with the crate but its public types.

use std::ops::Range;

use blake3::hazmat::{HasherExt, Mode, left_subtree_len, merge_subtrees_non_root};
use swarmfetch_content::{Error, GROUP_BYTES, GroupRange, Hash, ObjectId, Proof, SliceVerifier};

/// Around every border that the tree has: blocks, chunks, groups, powers of two of groups.
pub(crate) const SIZES: [usize; 48] = [
    0, 1, 63, 64, 65, 1023, 1024, 1025, 2047, 2048, 2049, 8191, 8192, 8193, 15360, 15361, 16383,
    16384, 16385, 17407, 17408, 17409, 32767, 32768, 32769, 49151, 49152, 49153, 65535, 65536,
    65537, 81920, 81921, 98303, 98305, 114689, 131071, 131072, 131073, 147456, 147457, 262143,
    262144, 262145, 1048575, 1048576, 1048577, 1064961,
];

/// The bytes of BLAKE3's own test vectors: byte `i` is `i mod 251`.
pub(crate) fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8).collect()
}

/// Some ranges of an object: all of them when there are few, else those at borders.
pub(crate) fn ranges(object: ObjectId) -> Vec<GroupRange> {
    let groups = object.groups();
    let mut places: Vec<u64> = (0..=groups).collect();
    if groups > 9 {
        let half = groups.next_power_of_two() / 2;
        places.retain(|&at| {
            at <= 2 || at + 2 >= groups || at.abs_diff(half) <= 1 || at == 5 || at == half / 2
        });
    }
    let pairs = places
        .iter()
        .flat_map(|&start| places.iter().map(move |&end| (start, end)));
    pairs
        .filter_map(|(start, end)| GroupRange::new(start, end).ok())
        .collect()
}

/// One node of the tree over an object's bytes.
pub(crate) struct Node<'a> {
    /// Where the node's bytes begin in the object.
    offset: usize,
    bytes: &'a [u8],
    is_root: bool,
}

/// A thing that a sender sends, in its order.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Sent {
    /// A parent and the groups below it.
    Parent(GroupRange, Vec<u8>),
    /// A group's index and its bytes.
    Group(u64, Vec<u8>),
}

impl<'a> Node<'a> {
    /// The top of the tree.
    pub(crate) fn root(bytes: &'a [u8]) -> Self {
        Node {
            offset: 0,
            bytes,
            is_root: true,
        }
    }

    /// BLAKE3's division, whether of a group or above.
    fn children(&self) -> (Node<'a>, Node<'a>) {
        let (left, right) = self
            .bytes
            .split_at(left_subtree_len(self.bytes.len() as u64) as usize);
        (
            Node {
                offset: self.offset,
                bytes: left,
                is_root: false,
            },
            Node {
                offset: self.offset + left.len(),
                bytes: right,
                is_root: false,
            },
        )
    }

    /// The chaining value, chunk by chunk.
    fn hash(&self) -> [u8; 32] {
        if self.is_root {
            return *blake3::hash(self.bytes).as_bytes();
        }
        if self.bytes.len() <= 1024 {
            let mut hasher = blake3::Hasher::new();
            hasher.set_input_offset(self.offset as u64);
            return hasher.update(self.bytes).finalize_non_root();
        }
        let (left, right) = self.children();
        merge_subtrees_non_root(&left.hash(), &right.hash(), Mode::Hash)
    }

    fn groups(&self) -> Range<u64> {
        let start = self.offset / GROUP_BYTES;
        let end = (self.offset + self.bytes.len())
            .div_ceil(GROUP_BYTES)
            .max(start + 1);
        start as u64..end as u64
    }

    /// What an honest sender sends for the whole object: parents and groups, in pre-order.
    pub(crate) fn everything(&self) -> Vec<Sent> {
        let groups = self.groups();
        if self.bytes.len() <= GROUP_BYTES {
            return vec![Sent::Group(groups.start, self.bytes.to_vec())];
        }
        let (left, right) = self.children();
        let groups = GroupRange::new(groups.start, groups.end).expect("a node has groups");
        let mut sent = vec![Sent::Parent(groups, [left.hash(), right.hash()].concat())];
        sent.extend(left.everything());
        sent.extend(right.everything());
        sent
    }
}

/// What of everything is sent for a range: the groups in it, and the parents with one of them below.
pub(crate) fn honest_slice(everything: &[Sent], range: GroupRange) -> Vec<Sent> {
    let is_wanted = |sent: &&Sent| match sent {
        Sent::Parent(groups, _) => groups.start() < range.end() && range.start() < groups.end(),
        Sent::Group(group, _) => range.contains(*group),
    };
    everything.iter().filter(is_wanted).cloned().collect()
}

/// Everything sent, in one run of bytes.
pub(crate) fn interleaved(sent: &[Sent]) -> Vec<u8> {
    sent.iter()
        .flat_map(|sent| match sent {
            Sent::Parent(_, bytes) | Sent::Group(_, bytes) => bytes.clone(),
        })
        .collect()
}

/// Only the parents.
pub(crate) fn parents(sent: &[Sent]) -> Vec<u8> {
    sent.iter()
        .filter_map(|sent| match sent {
            Sent::Parent(_, bytes) => Some(bytes.clone()),
            Sent::Group(..) => None,
        })
        .flatten()
        .collect()
}

/// Only the groups.
pub(crate) fn groups(sent: &[Sent]) -> Vec<Vec<u8>> {
    sent.iter()
        .filter_map(|sent| match sent {
            Sent::Group(_, bytes) => Some(bytes.clone()),
            Sent::Parent(..) => None,
        })
        .collect()
}

/// What a checker must say of `received` where `honest` is the truth and lengths agree: the first parent that differs,
/// else the first group that does.
pub(crate) fn verdict(honest: &[Sent], received: &[Sent]) -> Result<(), Error> {
    assert_eq!(honest.len(), received.len(), "only contents may differ");
    let differing: Vec<&Sent> = honest
        .iter()
        .zip(received)
        .filter(|(honest, received)| honest != received)
        .map(|(honest, _)| honest)
        .collect();
    let parent = differing.iter().find_map(|sent| match sent {
        Sent::Parent(groups, _) => Some(Error::ParentMismatch { groups: *groups }),
        Sent::Group(..) => None,
    });
    let group = differing.iter().find_map(|sent| match sent {
        Sent::Group(group, _) => Some(Error::GroupMismatch { group: *group }),
        Sent::Parent(..) => None,
    });
    parent.or(group).map_or(Ok(()), Err)
}

/// Runs the crate over what was received, group by group, and gives back the bytes it let through.
pub(crate) fn receive(
    object: ObjectId,
    range: GroupRange,
    received: &[Sent],
) -> Result<Vec<u8>, (Vec<u8>, Error)> {
    let mut through = Vec::new();
    let mut run = || {
        let mut slice = SliceVerifier::new(object, range, &Proof::from_bytes(parents(received)))?;
        for group in groups(received) {
            let (_, len) = slice.next_group().ok_or(Error::SliceComplete)?;
            let at = slice.object().bytes_of(slice.groups()).start + through.len() as u64;
            let verified = slice.verify(group)?;
            assert_eq!(
                (verified.object(), verified.offset(), verified.len()),
                (object, at, len)
            );
            through.extend_from_slice(verified.as_slice());
        }
        assert_eq!(slice.next_group(), None);
        Ok(())
    };
    match run() {
        Ok(()) => Ok(through),
        Err(error) => Err((through, error)),
    }
}

/// The id by the slow way round.
pub(crate) fn object_of(bytes: &[u8]) -> ObjectId {
    ObjectId {
        hash: Hash::from_bytes(Node::root(bytes).hash()),
        len: bytes.len() as u64,
    }
}
