//! All parents of one object: made while hashing, kept beside the object, cut into proofs for whoever asks.

use blake3::Hasher;
use blake3::hazmat::HasherExt;

use crate::proof::{check_outboard, check_outboard_length};
use crate::tree::{NodeHash, Parent, group_hasher, parent_hash};
use crate::{Error, GROUP_BYTES, GroupRange, Hash, ObjectId, PARENT_BYTES, Proof};

/// Every parent of an object, in pre-order, 64 bytes each; all of them right. The crate header has the format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outboard {
    object: ObjectId,
    parents: Vec<u8>,
}

impl Outboard {
    /// Hashes `bytes` once for both their id and their outboard.
    pub fn of(bytes: &[u8]) -> (ObjectId, Outboard) {
        let mut builder = OutboardBuilder::new();
        builder.push(bytes);
        builder.finish()
    }

    /// An outboard from storage or the network. Checks every parent up to the object's hash.
    ///
    /// # Errors
    /// [`Error::OutboardTooShort`], [`Error::OutboardTooLong`], [`Error::ParentMismatch`]. The length is checked first,
    /// against bytes that are there: a false `object.len` costs nothing.
    pub fn parse(object: ObjectId, bytes: &[u8]) -> Result<Outboard, Error> {
        check_outboard_length(object, bytes)?;
        check_outboard(object, bytes)?;
        Ok(Outboard {
            object,
            parents: bytes.to_vec(),
        })
    }

    /// The object whose parents these are.
    pub fn object(&self) -> ObjectId {
        self.object
    }

    /// The parents, `64 * (groups - 1)` bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.parents
    }

    /// The parents that someone who knows only the object's id needs to check these groups.
    ///
    /// # Errors
    /// [`Error::RangeOutside`] if the object has no such groups.
    pub fn proof(&self, groups: GroupRange) -> Result<Proof, Error> {
        Proof::cut(self.object, groups, &self.parents)
    }
}

/// Makes an [`Outboard`] from bytes that come in pieces of any size. Holds 32 bytes a group, none of the bytes.
#[derive(Debug, Clone)]
pub struct OutboardBuilder {
    /// Hashes of the groups before the current one.
    groups: Vec<NodeHash>,
    /// The current group. A full one stays here until more bytes come: only then is it known not to be the root.
    current: Hasher,
    /// Bytes in the current group, at most [`GROUP_BYTES`].
    filled: usize,
}

impl Default for OutboardBuilder {
    fn default() -> Self {
        OutboardBuilder {
            groups: Vec::new(),
            current: group_hasher(0),
            filled: 0,
        }
    }
}

impl OutboardBuilder {
    /// A builder that has seen no bytes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the object.
    pub fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.filled == GROUP_BYTES {
                self.groups.push(self.current.finalize_non_root());
                self.current = group_hasher(self.groups.len() as u64);
                self.filled = 0;
            }
            let (now, later) = bytes.split_at(bytes.len().min(GROUP_BYTES - self.filled));
            self.current.update(now);
            self.filled += now.len();
            bytes = later;
        }
    }

    /// The id and outboard of everything that was pushed.
    pub fn finish(mut self) -> (ObjectId, Outboard) {
        let len = self.groups.len() as u64 * GROUP_BYTES as u64 + self.filled as u64;
        let (hash, parents) = if self.groups.is_empty() {
            (*self.current.finalize().as_bytes(), Vec::new())
        } else {
            self.groups.push(self.current.finalize_non_root());
            let mut parents = Vec::with_capacity((self.groups.len() - 1) * PARENT_BYTES);
            (merge(&self.groups, true, &mut parents), parents)
        };
        let object = ObjectId {
            hash: Hash::from_bytes(hash),
            len,
        };
        (object, Outboard { object, parents })
    }
}

/// Appends the parents of a subtree in pre-order and returns its hash. A parent's place comes before its children, its
/// value after them. The depth of recursion is that of the tree.
fn merge(groups: &[NodeHash], is_root: bool, parents: &mut Vec<u8>) -> NodeHash {
    if let [only] = groups {
        return *only;
    }
    let place = parents.len();
    parents.extend_from_slice(&[0; PARENT_BYTES]);
    let (left, right) = groups.split_at(1 << (groups.len() - 1).ilog2());
    let mut parent: Parent = [0; PARENT_BYTES];
    parent[..PARENT_BYTES / 2].copy_from_slice(&merge(left, false, parents));
    parent[PARENT_BYTES / 2..].copy_from_slice(&merge(right, false, parents));
    parents[place..place + PARENT_BYTES].copy_from_slice(&parent);
    parent_hash(&parent, is_root)
}
