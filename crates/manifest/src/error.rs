//! Why something the origin is said to have promised is not believed.

use core::fmt;

/// A fact about bytes that were not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// More bytes than the format allows.
    TooLong {
        /// Which format.
        what: &'static str,
        /// Length found, in bytes.
        len: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The bytes are not of the format at all.
    Malformed {
        /// Which format, and the part of it that failed.
        what: &'static str,
    },
    /// A format of a later specification than this code knows.
    UnknownSpec {
        /// Which format.
        what: &'static str,
    },
    /// The bytes do not hash to the name they were asked for by.
    HashMismatch {
        /// Which format.
        what: &'static str,
    },
    /// Fewer valid signatures by known keys than the threshold.
    Unsigned {
        /// Valid signatures by distinct known keys.
        valid: usize,
        /// How many were needed.
        needed: usize,
    },
    /// It is not known yet whether there are enough: see [`Signatures`](crate::Signatures).
    Unchecked,
    /// A head, keys object or record of another site.
    OtherSite,
    /// The head or keys object ran out.
    Expired {
        /// When it ran out.
        expired: u64,
        /// The time it was checked at.
        now: u64,
    },
    /// A version below one that was already accepted.
    Rollback {
        /// The version offered.
        offered: u64,
        /// The lowest acceptable one.
        floor: u64,
    },
    /// Head and record, or record and keys, name different things.
    Disagree {
        /// What differs.
        what: &'static str,
    },
    /// Two URLs of one site with the same key, or one URL twice.
    DuplicateKey,
    /// A value that the format cannot carry.
    Unencodable {
        /// What it is.
        what: &'static str,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { what, len, limit } => {
                write!(f, "{what}: {len} bytes, at most {limit}")
            }
            Self::Malformed { what } => write!(f, "{what}: malformed"),
            Self::UnknownSpec { what } => write!(f, "{what}: of a later specification"),
            Self::HashMismatch { what } => write!(f, "{what}: bytes do not match their hash"),
            Self::Unsigned { valid, needed } => {
                write!(f, "{valid} valid signatures, {needed} needed")
            }
            Self::Unchecked => f.write_str("the signatures are still being checked"),
            Self::OtherSite => f.write_str("belongs to another site"),
            Self::Expired { expired, now } => write!(f, "expired at {expired}, now {now}"),
            Self::Rollback { offered, floor } => {
                write!(f, "version {offered} is below {floor}")
            }
            Self::Disagree { what } => write!(f, "{what} disagree"),
            Self::DuplicateKey => f.write_str("the same URL key twice"),
            Self::Unencodable { what } => write!(f, "{what}: cannot be encoded"),
        }
    }
}

impl core::error::Error for Error {}
