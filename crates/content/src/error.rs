//! Everything that can be wrong with bytes, each with its place. Callers act on [`Error::fault`]; the variants say
//! the rest. Not here: what to do about it (ban, re-ask), which is `swarm`'s.

use core::fmt;

use crate::GroupRange;

/// Why bytes, a proof, an outboard or a request for one was not accepted.
///
/// Lengths are in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The whole object was expected and fewer bytes came.
    TooShort {
        /// The object's length.
        expected: u64,
        /// What came.
        actual: u64,
    },
    /// The proof ends before the last parent that the range needs.
    ProofTooShort {
        /// Length of the proof for this range.
        expected: u64,
        /// What came.
        actual: u64,
    },
    /// The outboard ends before the object's last parent.
    OutboardTooShort {
        /// Length of this object's outboard.
        expected: u64,
        /// What came.
        actual: u64,
    },
    /// The group's bytes are cut off.
    GroupTooShort {
        /// Index of the group.
        group: u64,
        /// The group's length; for a run of groups checked together, the run's.
        expected: u64,
        /// What came.
        actual: u64,
    },

    /// The whole object was expected and more bytes came.
    TooLong {
        /// The object's length.
        expected: u64,
        /// What came.
        actual: u64,
    },
    /// The proof goes on after the last parent that the range needs.
    ProofTooLong {
        /// Length of the proof for this range.
        expected: u64,
        /// What came.
        actual: u64,
    },
    /// The outboard goes on after the object's last parent.
    OutboardTooLong {
        /// Length of this object's outboard.
        expected: u64,
        /// What came.
        actual: u64,
    },
    /// More bytes than the group has.
    GroupTooLong {
        /// Index of the group.
        group: u64,
        /// The group's length; for a run of groups checked together, the run's.
        expected: u64,
        /// What came.
        actual: u64,
    },
    /// A parent's hash is not the one that the parent above it, or the object's hash, names.
    ParentMismatch {
        /// The groups below the parent.
        groups: GroupRange,
    },
    /// A group's hash is not the one that its parent names.
    GroupMismatch {
        /// Index of the group.
        group: u64,
    },
    /// The bytes have the object's length and another hash.
    HashMismatch,

    /// The patch has an instruction that cannot be followed, or makes another length than was declared.
    NotAPatch {
        /// Where in it.
        at: u64,
    },

    /// A range without a group or a byte in it was asked for.
    RangeEmpty {
        /// First of the range.
        start: u64,
        /// One past its last.
        end: u64,
    },
    /// The range reaches past the end of what it was asked of. In groups or bytes, as it was asked in.
    RangeOutside {
        /// First of the range.
        start: u64,
        /// One past its last.
        end: u64,
        /// One past the last that there is.
        limit: u64,
    },
    /// Every group of the slice has been verified already.
    SliceComplete,
    /// Nothing was given to join.
    NothingToJoin,
    /// The pieces to join are of different objects.
    JoinOfDifferentObjects,
    /// The pieces to join leave a gap, overlap, or are out of order.
    JoinOfDistantPieces {
        /// Where the next piece should have begun.
        expected: u64,
        /// Where it begins.
        actual: u64,
    },
    /// The text is not 64 lower-case hexadecimal digits.
    NotAHash,
}

/// Whose fault an [`Error`] is, and so what helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Bytes are not there (yet). Every byte that came may be true: ask again.
    Missing,
    /// Bytes are there that no honest sender sends. Asking the same sender again is no use.
    Lied,
    /// We asked for what cannot be, or in a wrong order. The sender has nothing to do with it.
    Asked,
}

impl Error {
    /// Whose fault this is. No variant is both missing and lied.
    pub const fn fault(&self) -> Fault {
        match self {
            Error::TooShort { .. }
            | Error::ProofTooShort { .. }
            | Error::OutboardTooShort { .. }
            | Error::GroupTooShort { .. } => Fault::Missing,
            Error::TooLong { .. }
            | Error::ProofTooLong { .. }
            | Error::OutboardTooLong { .. }
            | Error::GroupTooLong { .. }
            | Error::ParentMismatch { .. }
            | Error::GroupMismatch { .. }
            | Error::HashMismatch
            | Error::NotAPatch { .. } => Fault::Lied,
            Error::RangeEmpty { .. }
            | Error::RangeOutside { .. }
            | Error::SliceComplete
            | Error::NothingToJoin
            | Error::JoinOfDifferentObjects
            | Error::JoinOfDistantPieces { .. }
            | Error::NotAHash => Fault::Asked,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Error::TooShort { expected, actual } => {
                write!(f, "object cut off: {actual} of {expected} bytes")
            }
            Error::ProofTooShort { expected, actual } => {
                write!(f, "proof cut off: {actual} of {expected} bytes")
            }
            Error::OutboardTooShort { expected, actual } => {
                write!(f, "outboard cut off: {actual} of {expected} bytes")
            }
            Error::GroupTooShort {
                group,
                expected,
                actual,
            } => {
                write!(f, "group {group} cut off: {actual} of {expected} bytes")
            }
            Error::TooLong { expected, actual } => {
                write!(f, "object too long: {actual} bytes for {expected}")
            }
            Error::ProofTooLong { expected, actual } => {
                write!(f, "proof too long: {actual} bytes for {expected}")
            }
            Error::OutboardTooLong { expected, actual } => {
                write!(f, "outboard too long: {actual} bytes for {expected}")
            }
            Error::GroupTooLong {
                group,
                expected,
                actual,
            } => {
                write!(f, "group {group} too long: {actual} bytes for {expected}")
            }
            Error::ParentMismatch { groups } => {
                write!(
                    f,
                    "wrong parent above groups {} to {}",
                    groups.start(),
                    groups.end() - 1
                )
            }
            Error::GroupMismatch { group } => write!(f, "wrong bytes in group {group}"),
            Error::HashMismatch => write!(f, "the bytes have another hash"),
            Error::NotAPatch { at } => write!(f, "no patch from byte {at} on"),
            Error::RangeEmpty { start, end } => write!(f, "empty range {start}..{end}"),
            Error::RangeOutside { start, end, limit } => {
                write!(f, "range {start}..{end} reaches past {limit}")
            }
            Error::SliceComplete => write!(f, "every group of the slice is verified already"),
            Error::NothingToJoin => write!(f, "no pieces to join"),
            Error::JoinOfDifferentObjects => write!(f, "pieces of different objects"),
            Error::JoinOfDistantPieces { expected, actual } => {
                write!(
                    f,
                    "piece begins at byte {actual}, the one before it ends at {expected}"
                )
            }
            Error::NotAHash => write!(f, "not 64 lower-case hexadecimal digits"),
        }
    }
}

impl core::error::Error for Error {}
