//! The parents that a receiver needs for a run of groups, and their check up to the root. Cut from an outboard, or from a
//! proof of more; travels ahead of the groups, checked by `SliceVerifier`.

use core::cmp::Ordering;

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

    /// What these groups need of an outboard that nobody has checked: to check all of it for a part would cost more than
    /// the part.
    ///
    /// # Errors
    /// [`Error::OutboardTooShort`], [`Error::OutboardTooLong`]; [`Error::RangeOutside`] if the object has no such groups.
    pub fn cut(object: ObjectId, groups: GroupRange, outboard: &[u8]) -> Result<Proof, Error> {
        check_outboard_length(object, outboard)?;
        object.check(groups)?;
        Ok(Proof(narrowed(object, object.all(), outboard, groups)))
    }

    /// What `groups` need of this proof, which is one of `of`.
    ///
    /// # Errors
    /// [`Error::RangeOutside`] if these groups are not among those, or the object has no such groups;
    /// [`Error::ProofTooShort`], [`Error::ProofTooLong`].
    pub fn narrow(
        &self,
        object: ObjectId,
        of: GroupRange,
        groups: GroupRange,
    ) -> Result<Proof, Error> {
        self.check_length(object, of)?;
        if !of.covers(groups) {
            let (start, end, limit) = (groups.start(), groups.end(), of.end());
            return Err(Error::RangeOutside { start, end, limit });
        }
        Ok(Proof(narrowed(object, of, &self.0, groups)))
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
        self.check_length(object, groups)?;
        // A proof has a parent for every group but one, so its length, which is in memory, bounds the range.
        let mut walk = Walk {
            parents: &self.0,
            wanted: groups,
            found: Vec::with_capacity(self.0.len() / PARENT_BYTES + 1),
        };
        walk.node(object.all(), *object.hash.as_bytes(), true)?;
        Ok(walk.found)
    }

    fn check_length(&self, object: ObjectId, groups: GroupRange) -> Result<(), Error> {
        let expected = Proof::expected_bytes(object, groups)?;
        let actual = self.0.len() as u64;
        match actual.cmp(&expected) {
            Ordering::Less => Err(Error::ProofTooShort { expected, actual }),
            Ordering::Equal => Ok(()),
            Ordering::Greater => Err(Error::ProofTooLong { expected, actual }),
        }
    }
}

/// The parents above `wanted` groups, out of those above `of`, of which they are a part; the length was checked.
fn narrowed(object: ObjectId, of: GroupRange, mut parents: &[u8], wanted: GroupRange) -> Vec<u8> {
    let mut found = Vec::new();
    narrow(object.all(), of, &mut parents, wanted, &mut found);
    found
}

/// Passes over a subtree's parents and appends those that have a wanted group below them. Subtrees that are wanted whole,
/// or not at all, are taken or left in one step.
fn narrow(
    subtree: GroupRange,
    of: GroupRange,
    parents: &mut &[u8],
    wanted: GroupRange,
    found: &mut Vec<u8>,
) {
    let halves = subtree
        .halves()
        .filter(|_| wanted.meets(subtree) && !wanted.covers(subtree));
    let count = if halves.is_some() {
        1
    } else {
        parents_above(subtree, of)
    };
    // They are in memory, so their count fits.
    let (here, rest) = parents.split_at(count as usize * PARENT_BYTES);
    *parents = rest;
    if wanted.meets(subtree) {
        found.extend_from_slice(here);
    }
    if let Some((left, right)) = halves {
        narrow(left, of, parents, wanted, found);
        narrow(right, of, parents, wanted, found);
    }
}

/// Whether an outboard is as long as the object's.
pub(crate) fn check_outboard_length(object: ObjectId, outboard: &[u8]) -> Result<(), Error> {
    let expected = object.outboard_bytes();
    let actual = outboard.len() as u64;
    match actual.cmp(&expected) {
        Ordering::Less => Err(Error::OutboardTooShort { expected, actual }),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(Error::OutboardTooLong { expected, actual }),
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
