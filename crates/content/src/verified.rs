//! Bytes that have proved themselves. This file and the one below it hold the only ways to make [`VerifiedBytes`];
//! pages, caches and peers are given nothing else.

mod slice;

use core::fmt;
use core::ops::Range;

pub use slice::SliceVerifier;

use crate::{Error, Hash, ObjectId};

/// Bytes that stand at `offset` in `object`, checked against its hash.
///
/// There is no way to make them but verification ([`verify_whole`], [`SliceVerifier`]) and cutting and joining what is
/// verified already:
///
/// ```compile_fail,E0451
/// use swarmfetch_content::{ObjectId, VerifiedBytes};
///
/// let bytes = b"not what the hash says".to_vec();
/// let object = ObjectId::of(b"what the hash says");
/// let forged = VerifiedBytes { object, offset: 0, bytes };
/// ```
///
/// ```compile_fail,E0616
/// # let object = swarmfetch_content::ObjectId::of(b"true");
/// let mut verified = swarmfetch_content::verify_whole(object, b"true".to_vec())?;
/// verified.bytes = b"false".to_vec();
/// # Ok::<(), swarmfetch_content::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedBytes {
    object: ObjectId,
    offset: u64,
    bytes: Vec<u8>,
}

/// Checks all bytes of an object in one pass, without an outboard.
///
/// # Errors
/// [`Error::TooShort`], [`Error::TooLong`], [`Error::HashMismatch`].
pub fn verify_whole(object: ObjectId, bytes: Vec<u8>) -> Result<VerifiedBytes, Error> {
    let (expected, actual) = (object.len, bytes.len() as u64);
    if actual < expected {
        return Err(Error::TooShort { expected, actual });
    }
    if actual > expected {
        return Err(Error::TooLong { expected, actual });
    }
    if Hash::of(&bytes) != object.hash {
        return Err(Error::HashMismatch);
    }
    Ok(VerifiedBytes {
        object,
        offset: 0,
        bytes,
    })
}

impl VerifiedBytes {
    /// The object that the bytes are of.
    pub fn object(&self) -> ObjectId {
        self.object
    }

    /// Where in the object they begin, in bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Where in the object they end.
    pub fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none, as in the empty object.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether they are the whole object.
    pub fn is_whole(&self) -> bool {
        self.bytes.len() as u64 == self.object.len
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, without a copy. What is done with them from here on is not verified.
    pub fn into_vec(self) -> Vec<u8> {
        self.bytes
    }

    /// A copy of some of these bytes; the range counts from the object's first byte, as in an HTTP range.
    ///
    /// # Errors
    /// [`Error::RangeOutside`] for what is not among these bytes; [`Error::RangeEmpty`] for a range without bytes.
    pub fn slice(&self, range: Range<u64>) -> Result<VerifiedBytes, Error> {
        let Range { start, end } = range;
        if start < self.offset || end > self.end() {
            return Err(Error::RangeOutside {
                start,
                end,
                limit: self.end(),
            });
        }
        if start >= end {
            return Err(Error::RangeEmpty { start, end });
        }
        let from = (start - self.offset) as usize;
        let to = (end - self.offset) as usize;
        Ok(VerifiedBytes {
            object: self.object,
            offset: start,
            bytes: self.bytes[from..to].to_vec(),
        })
    }

    /// One piece from adjacent ones of the same object, in order.
    ///
    /// # Errors
    /// [`Error::NothingToJoin`], [`Error::JoinOfDifferentObjects`], [`Error::JoinOfDistantPieces`].
    pub fn join(pieces: Vec<VerifiedBytes>) -> Result<VerifiedBytes, Error> {
        let total = pieces.iter().map(VerifiedBytes::len).sum::<usize>();
        let mut pieces = pieces.into_iter();
        let mut joined = pieces.next().ok_or(Error::NothingToJoin)?;
        joined.bytes.reserve_exact(total - joined.bytes.len());
        for piece in pieces {
            if piece.object != joined.object {
                return Err(Error::JoinOfDifferentObjects);
            }
            if piece.offset != joined.end() {
                return Err(Error::JoinOfDistantPieces {
                    expected: joined.end(),
                    actual: piece.offset,
                });
            }
            joined.bytes.extend_from_slice(&piece.bytes);
        }
        Ok(joined)
    }
}

/// The place and not the bytes: they may be a visitor's page, and long.
impl fmt::Debug for VerifiedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "VerifiedBytes({}..{} of {} in {})",
            self.offset,
            self.end(),
            self.object.len,
            self.object.hash
        )
    }
}
