//! Bytes that have proved themselves. This file and the one below it hold the only ways to make [`VerifiedBytes`];
//! pages, caches and peers are given nothing else.

mod slice;

use core::cmp::Ordering;
use core::fmt;
use core::ops::Range;
use std::sync::Arc;

pub use slice::SliceVerifier;

use crate::{Error, Hash, ObjectId, Outboard};

/// Bytes that stand at `offset` in `object`, checked against its hash.
///
/// There is no way to make them but verification ([`verify_whole`], [`verify_and_prove`], [`SliceVerifier`]) and cutting and joining what is
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
///
/// Clones and slices share the memory of what they are of, and keep it.
#[derive(Clone)]
pub struct VerifiedBytes {
    object: ObjectId,
    offset: u64,
    /// These bytes are the ones in `place` of it.
    bytes: Arc<Vec<u8>>,
    place: Range<usize>,
}

/// Checks all bytes of an object in one pass, without an outboard.
///
/// # Errors
/// [`Error::TooShort`], [`Error::TooLong`], [`Error::HashMismatch`].
pub fn verify_whole(object: ObjectId, bytes: Vec<u8>) -> Result<VerifiedBytes, Error> {
    check_length(object, &bytes)?;
    if Hash::of(&bytes) != object.hash {
        return Err(Error::HashMismatch);
    }
    Ok(VerifiedBytes::new(object, 0, bytes))
}

/// The same, and all parents of the object, in one pass: for who holds it and is asked for parts.
///
/// # Errors
/// As [`verify_whole`].
pub fn verify_and_prove(
    object: ObjectId,
    bytes: Vec<u8>,
) -> Result<(VerifiedBytes, Outboard), Error> {
    check_length(object, &bytes)?;
    let (found, outboard) = Outboard::of(&bytes);
    if found != object {
        return Err(Error::HashMismatch);
    }
    Ok((VerifiedBytes::new(object, 0, bytes), outboard))
}

fn check_length(object: ObjectId, bytes: &[u8]) -> Result<(), Error> {
    let (expected, actual) = (object.len, bytes.len() as u64);
    match actual.cmp(&expected) {
        Ordering::Less => Err(Error::TooShort { expected, actual }),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(Error::TooLong { expected, actual }),
    }
}

impl VerifiedBytes {
    fn new(object: ObjectId, offset: u64, bytes: Vec<u8>) -> Self {
        let place = 0..bytes.len();
        let bytes = Arc::new(bytes);
        VerifiedBytes {
            object,
            offset,
            bytes,
            place,
        }
    }

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
        self.offset + self.len() as u64
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.place.len()
    }

    /// Whether there are none, as in the empty object.
    pub fn is_empty(&self) -> bool {
        self.place.is_empty()
    }

    /// Whether they are the whole object.
    pub fn is_whole(&self) -> bool {
        self.len() as u64 == self.object.len
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[self.place.clone()]
    }

    /// The bytes, without a copy if nobody shares them. What is done with them from here on is not verified.
    pub fn into_vec(self) -> Vec<u8> {
        if self.place.len() < self.bytes.len() {
            return self.as_slice().to_vec();
        }
        Arc::unwrap_or_clone(self.bytes)
    }

    /// Whether these are those, known without a look at them: the same place of the same memory, of the same object.
    pub fn shares(&self, other: &VerifiedBytes) -> bool {
        Arc::ptr_eq(&self.bytes, &other.bytes)
            && self.place == other.place
            && (self.object, self.offset) == (other.object, other.offset)
    }

    /// Some of these bytes, without a copy; the range counts from the object's first byte, as in an HTTP range.
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
        let from = self.place.start + (start - self.offset) as usize;
        Ok(VerifiedBytes {
            object: self.object,
            offset: start,
            bytes: Arc::clone(&self.bytes),
            place: from..from + (end - start) as usize,
        })
    }

    /// One piece from adjacent ones of the same object, in order.
    ///
    /// # Errors
    /// [`Error::NothingToJoin`], [`Error::JoinOfDifferentObjects`], [`Error::JoinOfDistantPieces`].
    pub fn join(pieces: Vec<VerifiedBytes>) -> Result<VerifiedBytes, Error> {
        let first = pieces.first().ok_or(Error::NothingToJoin)?;
        let (object, offset) = (first.object, first.offset);
        if pieces.len() == 1 {
            return Ok(first.clone());
        }
        let mut joined = Vec::with_capacity(pieces.iter().map(VerifiedBytes::len).sum());
        for piece in pieces {
            if piece.object != object {
                return Err(Error::JoinOfDifferentObjects);
            }
            let expected = offset + joined.len() as u64;
            if piece.offset != expected {
                return Err(Error::JoinOfDistantPieces {
                    expected,
                    actual: piece.offset,
                });
            }
            joined.extend_from_slice(piece.as_slice());
        }
        Ok(VerifiedBytes::new(object, offset, joined))
    }
}

impl PartialEq for VerifiedBytes {
    fn eq(&self, other: &Self) -> bool {
        (self.object, self.offset) == (other.object, other.offset)
            && self.as_slice() == other.as_slice()
    }
}

impl Eq for VerifiedBytes {}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: &[u8]) -> VerifiedBytes {
        verify_whole(ObjectId::of(bytes), bytes.to_vec()).unwrap()
    }

    #[test]
    fn the_empty_object_is_whole() {
        let empty = whole(&[]);
        assert!(empty.is_whole() && empty.is_empty());
        assert_eq!((empty.len(), empty.offset(), empty.end()), (0, 0, 0));
        assert_eq!(
            empty.slice(0..0),
            Err(Error::RangeEmpty { start: 0, end: 0 })
        );
        assert_eq!(VerifiedBytes::join(vec![empty.clone()]), Ok(empty));
    }

    #[test]
    fn slices_keep_their_place_in_the_object() {
        let middle = whole(b"0123456789").slice(2..8).unwrap();
        assert_eq!(
            (middle.as_slice(), middle.offset(), middle.end()),
            (&b"234567"[..], 2, 8)
        );
        assert!(!middle.is_whole());
        let inner = middle.slice(3..5).unwrap();
        assert_eq!(
            (inner.as_slice(), inner.offset(), inner.object()),
            (&b"34"[..], 3, middle.object())
        );
        for (start, end) in [(1, 3), (7, 9), (0, u64::MAX)] {
            assert_eq!(
                middle.slice(start..end),
                Err(Error::RangeOutside {
                    start,
                    end,
                    limit: 8
                })
            );
        }
        let backwards = Range { start: 5, end: 4 };
        assert_eq!(
            middle.slice(backwards),
            Err(Error::RangeEmpty { start: 5, end: 4 })
        );
    }

    #[test]
    fn clones_and_slices_share_memory_and_equal_bytes_elsewhere_do_not() {
        let (one, other) = (whole(b"0123456789"), whole(b"0123456789"));
        assert!(one.shares(&one.clone()) && !one.shares(&other));
        let middle = one.slice(2..8).unwrap();
        assert!(middle.shares(&one.slice(2..8).unwrap()) && !middle.shares(&one));
        assert_eq!(middle, other.slice(2..8).unwrap());
        assert_eq!(middle.into_vec(), b"234567");
        assert_eq!(one.clone().into_vec(), one.into_vec());
        assert_eq!(other.into_vec(), b"0123456789");
    }

    #[test]
    fn only_neighbours_of_one_object_join() {
        let (object, other) = (whole(b"0123456789"), whole(b"012345678x"));
        let [left, right] = [object.slice(0..5).unwrap(), object.slice(5..10).unwrap()];
        assert_eq!(
            VerifiedBytes::join(vec![left.clone(), right.clone()]),
            Ok(object.clone())
        );
        assert_eq!(VerifiedBytes::join(Vec::new()), Err(Error::NothingToJoin));
        assert_eq!(
            VerifiedBytes::join(vec![left.clone(), other.slice(5..10).unwrap()]),
            Err(Error::JoinOfDifferentObjects)
        );
        for (pieces, actual) in [
            (vec![left.clone(), left.clone()], 0),
            (vec![left.clone(), object.slice(6..10).unwrap()], 6),
            (vec![left.clone(), object.slice(4..10).unwrap()], 4),
        ] {
            assert_eq!(
                VerifiedBytes::join(pieces),
                Err(Error::JoinOfDistantPieces {
                    expected: 5,
                    actual
                })
            );
        }
    }

    #[test]
    fn what_is_printed_is_the_place_and_not_the_bytes() {
        let secret = whole(b"secret");
        let expected = format!("VerifiedBytes(1..3 of 6 in {})", secret.object().hash);
        assert_eq!(format!("{:?}", secret.slice(1..3).unwrap()), expected);
    }
}
