//! The hash of a group and of a parent, over BLAKE3's `hazmat` module. Its rules, kept here and nowhere else: an inner
//! subtree is never empty, begins at its own offset, and is never finalised as a root; the one node above all is.

use blake3::hazmat::{
    ChainingValue, HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root,
};

use crate::{GROUP_BYTES, Hash, PARENT_BYTES};

/// What a node is called by the one above it: a chaining value inside the tree, the object's hash at its top.
pub(crate) type NodeHash = ChainingValue;

/// Two chaining values: the left child's, the right child's.
pub(crate) type Parent = [u8; PARENT_BYTES];

/// A hasher for the bytes of one group.
pub(crate) fn group_hasher(group: u64) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new();
    hasher.set_input_offset(group * GROUP_BYTES as u64);
    hasher
}

/// The hash of a group that has bytes, as its parent or (`is_root`: it is the only group) the object names it.
pub(crate) fn group_hash(group: u64, is_root: bool, bytes: &[u8]) -> NodeHash {
    if is_root {
        return *Hash::of(bytes).as_bytes();
    }
    let mut hasher = group_hasher(group);
    hasher.update(bytes);
    hasher.finalize_non_root()
}

/// The hash of a parent, as the parent above it or (`is_root`) the object names it.
pub(crate) fn parent_hash(parent: &Parent, is_root: bool) -> NodeHash {
    let (left, right) = children(parent);
    if is_root {
        *merge_subtrees_root(&left, &right, Mode::Hash).as_bytes()
    } else {
        merge_subtrees_non_root(&left, &right, Mode::Hash)
    }
}

/// The two hashes that a parent holds.
pub(crate) fn children(parent: &Parent) -> (NodeHash, NodeHash) {
    let (left, right) = parent.split_at(PARENT_BYTES / 2);
    (
        left.try_into().expect("half a parent is 32 bytes"),
        right.try_into().expect("half a parent is 32 bytes"),
    )
}
