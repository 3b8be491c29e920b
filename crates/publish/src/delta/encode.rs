//! One patch: how to make a file's bytes from earlier ones, and whether that is worth it.
//! The format is [`swarmfetch_content::delta`]'s, as raw DEFLATE (RFC 1951).

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use swarmfetch_content::delta::patch_bytes_max;

/// A patch that saves less is not worth another object, in bytes.
const SAVED_BYTES_MIN: usize = 512;

/// Old bytes are looked at in pieces of so many ...
const PIECE_BYTES: usize = 64 * 1024;

/// ... and one that shrinks to less than one in so many is the same over and over: finding the longest match in a run takes
/// time with the square of its length, seconds for a megabyte of zeros.
const SAME_PART: usize = 100;

/// The patch as it travels; none where it does not pay: it takes at most half of what the whole takes compressed.
pub(super) fn patch(old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    let whole = deflated(new)?.len();
    if whole <= SAVED_BYTES_MIN || old.chunks_exact(PIECE_BYTES).any(is_the_same) {
        return None;
    }
    let mut patch = Vec::new();
    bsdiff::diff(old, new, &mut patch).ok()?;
    if patch.len() as u64 > patch_bytes_max(new.len() as u64) {
        return None;
    }
    let packed = deflated(&patch)?;
    let pays = packed.len() + SAVED_BYTES_MIN <= whole && 2 * packed.len() <= whole;
    pays.then_some(packed)
}

fn is_the_same(piece: &[u8]) -> bool {
    deflated(piece).is_none_or(|packed| packed.len() * SAME_PART < piece.len())
}

fn deflated(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::DeflateDecoder;
    use swarmfetch_content::delta;

    use super::super::tests::{article, noise};
    use super::*;

    #[test]
    fn a_line_of_a_long_article_costs_a_few_hundred_bytes() {
        let old = article(60_000, 1);
        let mut new = old.clone();
        new.splice(30_000..30_040, *b"one line, of another length");
        let packed = patch(&old, &new).expect("it pays");
        assert!(packed.len() < 300, "{} bytes", packed.len());
        let mut patch = Vec::new();
        DeflateDecoder::new(packed.as_slice())
            .read_to_end(&mut patch)
            .unwrap();
        assert_eq!(delta::apply(&old, &patch, new.len() as u64), Ok(new));
    }

    #[test]
    fn what_has_little_in_common_or_is_short_has_no_patch() {
        assert_eq!(patch(&noise(1), &noise(2)), None);
        let short = article(500, 1);
        assert_eq!(patch(&short, &short[1..]), None);
    }

    #[test]
    fn bytes_that_are_the_same_over_and_over_are_left_alone() {
        let (zeros, other) = (vec![0; 1 << 20], article(1 << 19, 1));
        let old = [other.as_slice(), &zeros[..1 << 19]].concat();
        let mut new = old.clone();
        new[100] ^= 1;
        assert_eq!(patch(&old, &new), None);
    }
}
