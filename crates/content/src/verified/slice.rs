//! A run of groups checked one by one as it arrives. Made when a proof is here; for stored bytes the proof comes from
//! the stored outboard.

use core::ops::Range;

use super::VerifiedBytes;
use crate::tree::{NodeHash, group_hash};
use crate::{Error, GROUP_BYTES, GroupRange, ObjectId, Proof};

/// Takes the groups of a range in order and lets through only true ones.
///
/// Holds 32 bytes for each group of the range, and none of the groups. A group that was refused is still the next one:
/// the state does not change on error.
#[derive(Debug, Clone)]
pub struct SliceVerifier {
    object: ObjectId,
    groups: GroupRange,
    /// What the groups must hash to, in order.
    hashes: Vec<NodeHash>,
    /// How many groups are through.
    done: usize,
}

impl SliceVerifier {
    /// Checks the whole proof up to the object's hash, before any group is looked at.
    ///
    /// # Errors
    /// [`Error::RangeOutside`] if the object has no such groups; [`Error::ProofTooShort`], [`Error::ProofTooLong`],
    /// [`Error::ParentMismatch`]. The length is checked first, so a proof costs time and memory in proportion to its
    /// own length, whatever `object.len` claims.
    pub fn new(object: ObjectId, groups: GroupRange, proof: &Proof) -> Result<Self, Error> {
        let hashes = proof.group_hashes(object, groups)?;
        Ok(SliceVerifier {
            object,
            groups,
            hashes,
            done: 0,
        })
    }

    /// The object.
    pub fn object(&self) -> ObjectId {
        self.object
    }

    /// The groups of the slice, verified or not.
    pub fn groups(&self) -> GroupRange {
        self.groups
    }

    /// Index and length in bytes of the group that [`verify`](Self::verify) takes next; `None` when all are through.
    /// Only the object's last group is shorter than [`GROUP_BYTES`].
    pub fn next_group(&self) -> Option<(u64, usize)> {
        let group = self.next_index()?;
        let bytes = self.bytes_of(group, group + 1);
        Some((group, (bytes.end - bytes.start) as usize))
    }

    /// Checks the next group and lets it through.
    ///
    /// # Errors
    /// [`Error::GroupTooShort`], [`Error::GroupTooLong`], [`Error::GroupMismatch`]; [`Error::SliceComplete`] when there
    /// is no next group.
    pub fn verify(&mut self, bytes: Vec<u8>) -> Result<VerifiedBytes, Error> {
        let group = self.next_index().ok_or(Error::SliceComplete)?;
        self.verify_up_to(group + 1, bytes)
    }

    /// Checks all groups that are left, in one buffer and without a copy.
    ///
    /// # Errors
    /// As [`verify`](Self::verify); a false group is named, a length is of all that are left.
    pub fn verify_rest(&mut self, bytes: Vec<u8>) -> Result<VerifiedBytes, Error> {
        self.next_index().ok_or(Error::SliceComplete)?;
        self.verify_up_to(self.groups.end(), bytes)
    }

    fn verify_up_to(&mut self, end: u64, bytes: Vec<u8>) -> Result<VerifiedBytes, Error> {
        let group = self.groups.start() + self.done as u64;
        let place = self.bytes_of(group, end);
        let (expected, actual) = (place.end - place.start, bytes.len() as u64);
        if actual < expected {
            return Err(Error::GroupTooShort {
                group,
                expected,
                actual,
            });
        }
        if actual > expected {
            return Err(Error::GroupTooLong {
                group,
                expected,
                actual,
            });
        }
        self.check_groups(group, &bytes)?;
        self.done += (end - group) as usize;
        Ok(VerifiedBytes::new(self.object, place.start, bytes))
    }

    /// Checks bytes of the right length, from `first` on, against their hashes.
    fn check_groups(&self, first: u64, bytes: &[u8]) -> Result<(), Error> {
        let is_root = self.object.groups() == 1;
        let named = &self.hashes[self.done..];
        if bytes.is_empty() {
            // Only the empty object has a group without bytes, and `chunks` would skip it.
            let true_hash = group_hash(first, true, bytes);
            return if named[0] == true_hash {
                Ok(())
            } else {
                Err(Error::GroupMismatch { group: first })
            };
        }
        for ((group, bytes), named) in (first..).zip(bytes.chunks(GROUP_BYTES)).zip(named) {
            if group_hash(group, is_root, bytes) != *named {
                return Err(Error::GroupMismatch { group });
            }
        }
        Ok(())
    }

    fn next_index(&self) -> Option<u64> {
        (self.done < self.hashes.len()).then(|| self.groups.start() + self.done as u64)
    }

    fn bytes_of(&self, start: u64, end: u64) -> Range<u64> {
        let groups = GroupRange::new(start, end).expect("callers pass at least one group");
        self.object.bytes_of(groups)
    }
}
