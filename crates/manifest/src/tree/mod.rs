//! The tree: a hash-addressed, canonical radix tree from URL key to entry.
//!
//! # The binary tree
//! Keys are 256 bits, read from the most significant bit of the first byte. The hash of a set of
//! entries, all of which agree in their first `depth` bits:
//!
//! | set | hash |
//! |---|---|
//! | empty | 32 zero bytes |
//! | one entry | `leaf(key ‖ entry bytes)` |
//! | more | `inner(hash of those with bit 0 ‖ hash of those with bit 1)` |
//!
//! `leaf` and `inner` are BLAKE3 in key-derivation mode with the contexts
//! `"swarmfetch 2026-11 tree leaf"` and `"swarmfetch 2026-11 tree inner"`, so that no object's hash
//! can pass for a node's. The root depends on the set of entries alone: neither on the order of
//! edits nor on how the tree is cut into nodes. This is a compact sparse Merkle tree (as in Diem's
//! "Jellyfish Merkle Tree", 2021), with a node for pages instead of nibbles.
//!
//! # One encoding: the partial tree
//! A *node* as stored, a *pack* of a whole small site and a *proof* from a peer are one format,
//! a partial tree: version byte `0x01`, depth (1 byte), the `depth / 8` bytes of key that its
//! entries share, then in pre-order:
//!
//! | tag | what follows |
//! |---|---|
//! | 0 | nothing: an empty set |
//! | 1 | the partial trees of bit 0 and bit 1 |
//! | 2 | the 32-byte hash of a subtree that stands elsewhere as a node of its own; not at the root, where it would name itself |
//! | 3 | the key without the shared bytes, the entry's length (LEB128), the entry |
//! | 4 | as 1, of what also stands elsewhere as a node of its own: in proofs, which go on through nodes |
//! | 5 | the 32-byte hash of what is left out, and stands in the node that the last tag 4 above begins, or the root |
//!
//! It proves itself: its recomputed hash is the name it was asked for by. The depth only says how
//! much of each key the head has; which bit a place divides by follows from the way down to it, so
//! a depth that somebody changed misleads nobody. So membership and
//! non-membership are both proved by a path: about `log2(n)` hashes and one entry, 1 KiB for fifty
//! million URLs. A stored node has at most 4 KiB, which holds some 120 hashes or 40 entries: four
//! levels for fifty million.

mod build;
mod codec;
mod edit;
mod prove;
mod subtree;
mod view;

#[cfg(test)]
mod tests;

pub use build::{TreeBuilder, pack_bytes_of};
pub use codec::{PARTIAL_BYTES_MAX, is_one};
pub use edit::{Edited, Nodes, edit};
pub use subtree::{Extent, Node};
pub use view::{Lookup, ShareableUrl, TreeView};

use blake3::hazmat::{ContextKey, HasherExt};
use swarmfetch_content::Hash;

use crate::UrlKey;

/// The most a stored node takes, in bytes.
pub const NODE_BYTES_MAX: usize = 4096;

/// The hash of the empty set.
pub const EMPTY: Hash = Hash::from_bytes([0; 32]);

/// BLAKE3's context key of `"swarmfetch 2026-11 tree leaf"`: written down, because a key derived for each node doubled the
/// time that a tree takes.
const LEAF: ContextKey = [
    0x70, 0x21, 0x6d, 0xfc, 0x90, 0xdd, 0xa3, 0xea, 0x03, 0xd8, 0x5d, 0x90, 0xcc, 0x7a, 0xc4, 0xa7,
    0x86, 0x6e, 0x16, 0x05, 0x1e, 0xe4, 0x6b, 0x5f, 0xa4, 0xd1, 0x3e, 0x41, 0xa2, 0x68, 0x7e, 0xbf,
];

/// That of `"swarmfetch 2026-11 tree inner"`.
const INNER: ContextKey = [
    0x04, 0x8c, 0x13, 0x39, 0x12, 0x01, 0xa8, 0xd2, 0x55, 0xaf, 0xaa, 0xe6, 0x8b, 0x95, 0x0d, 0xb2,
    0xa3, 0x3f, 0x5d, 0x43, 0xb7, 0x1e, 0x6b, 0x3b, 0xa0, 0x56, 0xd8, 0xd7, 0x34, 0xd2, 0x9f, 0xa6,
];

/// `leaf(key ‖ entry bytes)`.
pub(crate) fn leaf_hash(key: &UrlKey, entry: &[u8]) -> Hash {
    keyed(&LEAF, &key.0, entry)
}

/// `inner(left ‖ right)`.
pub(crate) fn inner_hash(left: &Hash, right: &Hash) -> Hash {
    keyed(&INNER, left.as_bytes(), right.as_bytes())
}

fn keyed(key: &ContextKey, first: &[u8], second: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new_from_context_key(key);
    hasher.update(first);
    hasher.update(second);
    Hash::from_bytes(*hasher.finalize().as_bytes())
}

/// Bit `depth` of a key, most significant first.
pub(crate) fn bit(key: &[u8], depth: usize) -> bool {
    key[depth / 8] >> (7 - depth % 8) & 1 == 1
}
