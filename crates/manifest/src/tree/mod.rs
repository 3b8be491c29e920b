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
//! | 2 | the 32-byte hash of a subtree that stands elsewhere |
//! | 3 | the key without the shared bytes, the entry's length (LEB128), the entry |
//!
//! It proves itself: its recomputed hash is the name it was asked for by. The depth only says how
//! much of each key the head has; which bit a place divides by follows from the way down to it, so
//! a depth that somebody changed misleads nobody. So membership and
//! non-membership are both proved by a path: about `log2(n)` hashes and one entry, 1 KiB for fifty
//! million URLs. A stored node has at most 4 KiB, which holds some 120 hashes or 40 entries: four
//! levels for fifty million.

mod build;
mod codec;
mod view;

#[cfg(test)]
mod tests;

pub use build::TreeBuilder;
pub use codec::PARTIAL_BYTES_MAX;
pub use view::{Lookup, ShareableUrl, TreeView};

use swarmfetch_content::Hash;

use crate::UrlKey;

/// The most a stored node takes, in bytes.
pub const NODE_BYTES_MAX: usize = 4096;

/// The hash of the empty set.
pub const EMPTY: Hash = Hash::from_bytes([0; 32]);

/// `leaf(key ‖ entry bytes)`.
pub(crate) fn leaf_hash(key: &UrlKey, entry: &[u8]) -> Hash {
    derive("swarmfetch 2026-11 tree leaf", &key.0, entry)
}

/// `inner(left ‖ right)`.
pub(crate) fn inner_hash(left: &Hash, right: &Hash) -> Hash {
    derive(
        "swarmfetch 2026-11 tree inner",
        left.as_bytes(),
        right.as_bytes(),
    )
}

fn derive(context: &str, first: &[u8], second: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new_derive_key(context);
    hasher.update(first);
    hasher.update(second);
    Hash::from_bytes(*hasher.finalize().as_bytes())
}

/// Bit `depth` of a key, most significant first.
pub(crate) fn bit(key: &[u8], depth: usize) -> bool {
    key[depth / 8] >> (7 - depth % 8) & 1 == 1
}
