//! Proofs of the tree: what the owner says of some URLs, from who knows it.

use swarmfetch_content::{decode_fields, encode_fields};

/// The sender wants to know what the tree of this root says of some keys. Answered by one [`Proved`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prove {
    /// A number that no other open question of the sender's has.
    pub number: u32,
    /// The tree's root.
    pub root: [u8; 32],
    /// The first eight bytes of each key, at most [`PROVE_KEYS_MAX`](crate::limits::PROVE_KEYS_MAX).
    pub keys: Vec<[u8; 8]>,
    /// Also of what documents among them need.
    pub with_needs: bool,
}

decode_fields!(Prove {
    number,
    root,
    keys,
    with_needs
});
encode_fields!(Prove {
    number,
    root,
    keys,
    with_needs
});

/// The answer to a [`Prove`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proved<'a> {
    /// The question's.
    pub number: u32,
    /// A partial tree of the root that was asked for, as far as the sender knows it, or nothing. Raw bytes: `manifest` verifies. At most
    /// [`PROVED_BYTES_MAX`](crate::limits::PROVED_BYTES_MAX).
    pub partial: &'a [u8],
}

decode_fields!(Proved<'a> { number, partial });
encode_fields!(Proved<'_> { number, partial });
