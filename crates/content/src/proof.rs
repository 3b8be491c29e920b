//! The parents that a receiver needs for a run of groups, and their check up to the root. Made by
//! [`Outboard::proof`](crate::Outboard::proof), travels ahead of the groups, checked by `SliceVerifier`.

use crate::tree::{NodeHash, Parent, children, parent_hash};
use crate::{Error, GroupRange, ObjectId, PARENT_BYTES};

/// The parents above a run of groups, in pre-order, 64 bytes each. Bytes of an unknown sender until a
/// [`SliceVerifier`](crate::SliceVerifier) has taken them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof(Vec<u8>);

impl Proof {
    /// A proof as it came, not checked.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Proof(bytes)
    }

    /// The parents.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The parents, without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// How long the proof for these groups is, in bytes; known before it comes.
    ///
    /// # Errors
    /// [`Error::RangeOutside`] if the object has no such groups.
    pub fn expected_bytes(object: ObjectId, groups: GroupRange) -> Result<u64, Error> {
        object.check(groups)?;
        Ok(parents_above(object.all(), groups) * PARENT_BYTES as u64)
    }

    /// Checks every parent and returns the hash of each group in the range, in order. Reserves at most as much memory
    /// as the proof itself has.
    pub(crate) fn group_hashes(
        &self,
        object: ObjectId,
        groups: GroupRange,
    ) -> Result<Vec<NodeHash>, Error> {
        let expected = Proof::expected_bytes(object, groups)?;
        let actual = self.0.len() as u64;
        if actual < expected {
            return Err(Error::ProofTooShort { expected, actual });
        }
        if actual > expected {
            return Err(Error::ProofTooLong { expected, actual });
        }
        // A proof has a parent for every group but one, so its length, which is in memory, bounds the range.
        let mut walk = Walk {
            parents: &self.0,
            wanted: groups,
            found: Vec::with_capacity(self.0.len() / PARENT_BYTES + 1),
        };
        walk.node(object.all(), *object.hash.as_bytes(), true)?;
        Ok(walk.found)
    }
}

/// Checks a complete outboard: the proof of all groups.
pub(crate) fn check_outboard(object: ObjectId, parents: &[u8]) -> Result<(), Error> {
    Walk {
        parents,
        wanted: object.all(),
        found: Vec::new(),
    }
    .node(object.all(), *object.hash.as_bytes(), true)
}

/// How many parents in `subtree` have one of the `wanted` groups below them. At most two subtrees on each level are
/// met in part, so this ends after twice the depth of the tree, 100 steps.
fn parents_above(subtree: GroupRange, wanted: GroupRange) -> u64 {
    if !wanted.meets(subtree) {
        return 0;
    }
    if wanted.covers(subtree) {
        return subtree.count() - 1;
    }
    match subtree.halves() {
        Some((left, right)) => 1 + parents_above(left, wanted) + parents_above(right, wanted),
        None => 0,
    }
}

/// One pass over a proof. The depth of recursion is that of the tree, at most 50.
struct Walk<'a> {
    /// What is left of the proof.
    parents: &'a [u8],
    wanted: GroupRange,
    found: Vec<NodeHash>,
}

impl Walk<'_> {
    fn node(&mut self, subtree: GroupRange, named: NodeHash, is_root: bool) -> Result<(), Error> {
        if !self.wanted.meets(subtree) {
            return Ok(());
        }
        let Some((left, right)) = subtree.halves() else {
            self.found.push(named);
            return Ok(());
        };
        let (parent, rest): (&Parent, _) = self
            .parents
            .split_first_chunk()
            .expect("the length was checked against the count of parents");
        self.parents = rest;
        if parent_hash(parent, is_root) != named {
            return Err(Error::ParentMismatch { groups: subtree });
        }
        let (left_hash, right_hash) = children(parent);
        self.node(left, left_hash, false)?;
        self.node(right, right_hash, false)
    }
}
