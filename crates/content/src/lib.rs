//! How bytes prove themselves: BLAKE3 groups, proofs, and the only maker of [`VerifiedBytes`].
//!
//! # Goals
//! * A receiver that knows an [`ObjectId`] checks any run of groups as it arrives, group by group, against the one
//!   32-byte hash, and learns from an error which place was wrong.
//! * "Missing" is never the same error as "lied": a link that broke off is asked again, a liar is banned.
//! * [`VerifiedBytes`] come out of verification and from nowhere else, so that whoever takes them needs no check.
//! * Lengths and ranges from strangers cost nothing: nothing is reserved for bytes that are not there.
//!
//! # Non-goals
//! No I/O, no framing, no compression, no idea of URLs. No choice of group size: one format, one size.
//!
//! # The tree
//! BLAKE3 is a binary tree over chunks of [`CHUNK_BYTES`] (section 2.1 of the BLAKE3 paper: the left subtree is the
//! largest power of two of chunks that leaves at least one for the right). We cut that tree at *groups* of
//! [`GROUP_BYTES`]: a group is a complete subtree, the unit of verification, and the leaf of what follows. So the root
//! is the ordinary BLAKE3 hash of the bytes, and an object of `n` groups has `n - 1` *parents* above its groups.
//! The empty object has one group of no bytes.
//!
//! # Formats
//! A **parent** is 64 bytes: the chaining value of its left child, then that of its right child, 32 bytes each.
//!
//! An **outboard** ([`Outboard::as_bytes`]) is every parent, in pre-order (a parent, all of its left subtree, all of its
//! right subtree). No header and no length: hash and length are the [`ObjectId`]'s.
//!
//! | object | groups | outboard |
//! |---|---|---|
//! | up to 16 KiB | 1 | 0 bytes |
//! | 256 KiB | 16 | 960 bytes |
//! | 1 MiB | 64 | 4,032 bytes |
//! | 100 MiB | 6,400 | 409,536 bytes |
//! | `len` | `n = max(1, ceil(len / 16384))` | `64 * (n - 1)` bytes, 0.4 % of the object |
//!
//! A **proof** ([`Proof::as_bytes`]) is the same order, but only the parents that have a group of the asked range below
//! them. For one group that is at most the depth of the tree, `64 * ceil(log2 n)` bytes; for all groups it is the
//! outboard. Proof and groups interleaved in pre-order are, byte for byte, the slice that `bao-tree` encodes with a
//! block size of 16 KiB (its 8-byte length header aside); the tests hold us to that.
//!
//! # What is proved
//! A verified group is the one and only group at its place in the object with that hash. The length of the object is
//! proved once its *last* group is; a proof alone cannot tell `len` from another length of equally many groups. Lengths
//! come from the signed tree, and whole objects include their last group, so neither can be played on.
//!
//! # Units
//! `u64` for positions in an object, in bytes where a name or doc does not say groups; `usize` for what is in memory.
//!
//! # Example
//! ```
//! use swarmfetch_content::{GroupRange, Outboard, SliceVerifier};
//!
//! let bytes = vec![7u8; 40_000];
//! let (object, outboard) = Outboard::of(&bytes);
//!
//! // The sender proves groups 1 and 2 of 3 ...
//! let range = GroupRange::new(1, 3)?;
//! let proof = outboard.proof(range)?;
//!
//! // ... and the receiver, who knows only `object`, checks them as they come.
//! let mut slice = SliceVerifier::new(object, range, &proof)?;
//! let first = slice.verify(bytes[16_384..32_768].to_vec())?;
//! let second = slice.verify(bytes[32_768..].to_vec())?;
//! assert_eq!((first.offset(), second.offset()), (16_384, 32_768));
//! assert_eq!(slice.next_group(), None);
//! # Ok::<(), swarmfetch_content::Error>(())
//! ```

pub mod codec;
pub mod delta;
mod error;
mod hash;
mod object;
mod outboard;
mod proof;
mod sorted;
pub mod text;
mod tree;
mod verified;

pub use error::{Error, Fault};
pub use hash::Hash;
pub use object::{GroupRange, ObjectId};
pub use outboard::{Outboard, OutboardBuilder};
pub use proof::Proof;
pub use sorted::{SortedMap, SortedSet};
pub use verified::{SliceVerifier, VerifiedBytes, verify_and_prove, verify_whole};

/// Length of a BLAKE3 chunk in bytes, the leaf of the hash's own tree.
pub const CHUNK_BYTES: usize = 1024;

/// Length of a group in bytes, the unit of verification: 16 chunks. Smaller groups would make proofs larger than 0.4 %,
/// larger ones let a liar waste more before it is caught.
pub const GROUP_BYTES: usize = 16 * CHUNK_BYTES;

/// Length of a parent in bytes: two chaining values of 32 bytes.
pub const PARENT_BYTES: usize = 64;
