//! Patches: how to make an object from an earlier one. Made by `publish`, applied by whoever still holds the old bytes.
//! Nothing here is proved: what comes out is as untrusted as any other bytes until [`crate::verify_whole`] says otherwise.
//!
//! # Format
//! The stream of `bsdiff` in Endsley's form, without its header, as the crate of that name writes it: instructions until
//! the end, each of three numbers of 8 bytes, little-endian (the third with its sign in the highest bit), and what they
//! announce:
//!
//! | number | then |
//! |---|---|
//! | `add` | so many bytes, each added to the next of the old bytes (mostly zeros) |
//! | `copy` | so many bytes, taken as they are |
//! | `seek` | how far to go on in the old bytes before the next instruction |
//!
//! It travels compressed (raw DEFLATE, RFC 1951): browsers bring that decoder, so this one needs no entropy coder.
//!
//! # Why so
//! Deflated, in bytes, beside the whole file deflated: one line of a 60,000-byte article 147 (24,010); 30 % of a
//! 500,000-byte script replaced 73,191 (170,766); a wasm of 229,492 bytes with a byte changed in every 5,000 and 300 put in
//! 390 (75,927). Formats that only copy and insert pay for every moved address in a binary. This decoder takes 0.6 KB of the
//! worker's wasm, compressed; the crate's own 2.1 KB, as it comes with `std::io`, and it knows no declared length. It is safe,
//! and the oracle in the tests.

use crate::Error;

/// Length of the numbers of an instruction in bytes.
const INSTRUCTION_BYTES: usize = 24;

/// The most bytes that a patch has that makes so many, before it is compressed: whoever unpacks one stops there.
/// Each byte made takes one; the rest is room for instructions.
#[must_use]
pub const fn patch_bytes_max(len: u64) -> u64 {
    len.saturating_add(len / 4).saturating_add(1024)
}

/// Makes `len` bytes from old ones. Takes no more memory than that, nor more than the patch has.
///
/// # Errors
/// [`Error::NotAPatch`] for an instruction that is cut off, reaches outside of the old bytes or past `len`, and where fewer
/// bytes come out.
pub fn apply(old: &[u8], patch: &[u8], len: u64) -> Result<Vec<u8>, Error> {
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    let mut making = Making {
        made: Vec::with_capacity(len.min(patch.len())),
        place: 0,
        old,
        len,
    };
    let mut rest = patch;
    while !rest.is_empty() || making.made.len() < len {
        let at = (patch.len() - rest.len()) as u64;
        rest = making.step(rest).ok_or(Error::NotAPatch { at })?;
    }
    Ok(making.made)
}

struct Making<'a> {
    made: Vec<u8>,
    /// Where the next instruction begins in the old bytes.
    place: usize,
    old: &'a [u8],
    len: usize,
}

impl Making<'_> {
    /// Follows the first instruction; what stands behind it. None where it is none.
    fn step<'a>(&mut self, patch: &'a [u8]) -> Option<&'a [u8]> {
        let (numbers, rest) = patch.split_at_checked(INSTRUCTION_BYTES)?;
        let number = |n: usize| {
            let bytes = numbers.get(8 * n..8 * n + 8)?;
            Some(u64::from_le_bytes(bytes.try_into().ok()?))
        };
        let (add, rest) = rest.split_at_checked(usize::try_from(number(0)?).ok()?)?;
        let (copy, rest) = rest.split_at_checked(usize::try_from(number(1)?).ok()?)?;
        // Both are parts of the patch: their sum is no more than there can be in memory.
        if add.len() + copy.len() > self.len - self.made.len() {
            return None;
        }
        let end = self.place.checked_add(add.len())?;
        let old = self.old.get(self.place..end)?;
        let sums = add.iter().zip(old).map(|(a, b)| a.wrapping_add(*b));
        self.made.extend(sums);
        self.made.extend_from_slice(copy);
        let seek = number(2)?;
        let far = usize::try_from(seek & (u64::MAX >> 1)).ok()?;
        self.place = if seek >> 63 == 0 {
            end.checked_add(far)?
        } else {
            end.checked_sub(far)?
        };
        Some(rest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn instruction(add: &[u8], copy: &[u8], seek: i64) -> Vec<u8> {
        let sign = u64::from(seek < 0) << 63;
        let mut bytes = Vec::new();
        for number in [
            add.len() as u64,
            copy.len() as u64,
            seek.unsigned_abs() | sign,
        ] {
            bytes.extend(number.to_le_bytes());
        }
        [&bytes, add, copy].concat()
    }

    fn patch(old: &[u8], new: &[u8]) -> Vec<u8> {
        let mut patch = Vec::new();
        bsdiff::diff(old, new, &mut patch).expect("memory takes all");
        patch
    }

    #[test]
    fn what_a_patch_says_is_made_of_the_old_bytes() {
        let patch = [
            instruction(&[0, 0, 1], b"X", -3),
            instruction(&[0, 255], b"", 2),
            instruction(&[0], b"", 0),
        ]
        .concat();
        assert_eq!(apply(b"abcdef", &patch, 7), Ok(b"abdXaae".to_vec()));
        assert_eq!(apply(b"abcdef", b"", 0), Ok(Vec::new()));
    }

    #[test]
    fn a_patch_makes_the_declared_length_or_nothing() {
        let patch = instruction(b"", b"0123456789", 0);
        assert!(apply(b"", &patch, 10).is_ok());
        for len in [0, 9, 11, u64::MAX] {
            let at = if len < 10 { 0 } else { patch.len() as u64 };
            assert_eq!(apply(b"", &patch, len), Err(Error::NotAPatch { at }));
        }
    }

    #[test]
    fn old_bytes_that_are_not_there_are_not_read() {
        for (patch, at) in [
            (instruction(&[0; 4], b"", 0), 0),
            (
                [instruction(b"", b"", 2), instruction(&[0; 2], b"", 0)].concat(),
                24,
            ),
            (instruction(b"", b"1", -1), 0),
            (instruction(b"", b"1", i64::MIN + 1), 0),
        ] {
            assert_eq!(apply(b"abc", &patch, 4), Err(Error::NotAPatch { at }));
        }
        let far = instruction(b"", b"", i64::MAX).repeat(3);
        assert!(apply(b"abc", &[far, instruction(&[0], b"", 0)].concat(), 1).is_err());
    }

    #[test]
    fn a_patch_that_is_cut_off_makes_nothing() {
        let (old, new) = (
            b"the same, and some".repeat(9),
            b"the same, or some".repeat(9),
        );
        let patch = patch(&old, &new);
        for end in 0..patch.len() {
            assert!(
                apply(&old, &patch[..end], new.len() as u64).is_err(),
                "{end}"
            );
        }
        assert_eq!(apply(&old, &patch, new.len() as u64), Ok(new));
    }

    #[test]
    fn numbers_that_announce_more_than_comes_take_no_memory() {
        let mut patch = instruction(b"", b"", 0);
        for place in [7, 15] {
            patch[place] = 0x7f;
            assert!(apply(b"", &patch, u64::MAX).is_err());
            patch[place] = 0;
        }
    }

    proptest! {
        #[test]
        fn a_patch_makes_the_new_bytes(
            old in proptest::collection::vec(0u8..4, 0..400),
            edits in proptest::collection::vec((any::<u16>(), 0usize..9, proptest::collection::vec(any::<u8>(), 0..9)), 0..9),
        ) {
            let mut new = old.clone();
            for (place, gone, come) in edits {
                let start = usize::from(place) % (new.len() + 1);
                let end = (start + gone).min(new.len());
                new.splice(start..end, come);
            }
            let patch = patch(&old, &new);
            prop_assert_eq!(apply(&old, &patch, new.len() as u64), Ok(new));
        }

        #[test]
        fn what_is_made_of_any_patch_is_what_the_other_decoder_makes(
            old in proptest::collection::vec(any::<u8>(), 0..40),
            steps in proptest::collection::vec((0u8..20, 0u8..20, -30i64..30), 0..5),
            len in 0u64..90,
        ) {
            let steps = steps.iter().map(|(add, copy, seek)| {
                instruction(&vec![1; usize::from(*add)], &vec![2; usize::from(*copy)], *seek)
            });
            let patch = steps.collect::<Vec<_>>().concat();
            let mut theirs = Vec::new();
            let is_one = bsdiff::patch(&old, &mut patch.as_slice(), &mut theirs).is_ok();
            match apply(&old, &patch, len) {
                Ok(made) => prop_assert_eq!(made, theirs),
                Err(_) => prop_assert!(!is_one || theirs.len() as u64 != len),
            }
        }
    }
}
