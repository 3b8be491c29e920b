//! A set of hash prefixes as haves carry it: which objects of one bucket there are, in 8.5 to 9.6 bits each.
//!
//! A prefix is a hash's first bits, `width` of them; the first `depth` of those name the bucket. The members of a set, but for
//! the bits of their bucket, are written as the gaps between them in ascending order, Golomb-Rice coded (Rice and Plaunt 1971):
//! hashes are spread evenly, so gaps are distributed geometrically, for which that code is within a few hundredths of a bit of
//! the best. The parameter follows from what stands before the code; every set has one form.
//!
//! ```text
//! width, depth: a byte each    bucket, count: LEB128
//! count times: (gap >> rice) zeros, a one, the gap's last `rice` bits; the first bit is a byte's highest
//! zeros up to the end of the byte
//! ```

use swarmfetch_content::codec::{Decode, Encode, Reader};
use swarmfetch_content::{Hash, encode_fields};

use crate::limits::{HAVE_DEPTH_MAX, HAVE_PREFIXES_MAX};

/// The first 32 bits of an object's hash, the first one the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HashPrefix(pub u32);

impl HashPrefix {
    /// The prefix of `hash`.
    // A call is shorter than turning the bytes round.
    #[inline(never)]
    pub fn of(hash: &Hash) -> Self {
        let (first, _) = hash
            .as_bytes()
            .split_first_chunk()
            .expect("a hash has 32 bytes");
        HashPrefix(u32::from_be_bytes(*first))
    }
}

impl Decode<'_> for HashPrefix {
    fn decode(from: &mut Reader<'_>) -> Self {
        HashPrefix(u32::from_be_bytes(from.part()))
    }
}

impl Encode for HashPrefix {
    fn encode(&self, to: &mut Vec<u8>) {
        self.0.to_be_bytes().encode(to);
    }
}

/// How much of its hashes a sender tells, and how it divides them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Bits told of each hash, 1 to 32. Of `n` objects, `n` in 2^`width` questions for what is not held meet with a false yes.
    pub width: u8,
    /// How many of these name the bucket: at most all, and at most [`HAVE_DEPTH_MAX`]. There are 2^`depth` buckets.
    pub depth: u8,
}

impl Scale {
    /// The first `width` bits of a hash.
    pub fn cut(self, prefix: HashPrefix) -> u32 {
        shift(prefix.0, 32 - self.width)
    }

    /// The bucket of such bits.
    pub fn bucket(self, member: u32) -> u32 {
        shift(member, self.within())
    }

    /// Whether there is such a bucket.
    pub fn has(self, bucket: u32) -> bool {
        shift(bucket, self.depth) == 0
    }

    /// Bits of a member behind those of its bucket.
    fn within(self) -> u8 {
        self.width - self.depth
    }
}

impl Decode<'_> for Scale {
    fn decode(from: &mut Reader<'_>) -> Self {
        let (width, depth): (u8, u8) = from.part();
        if (1..=32).contains(&width) && depth <= width.min(HAVE_DEPTH_MAX) {
            return Scale { width, depth };
        }
        from.fail(Scale { width: 1, depth: 0 })
    }
}

encode_fields!(Scale { width, depth });

/// Hash prefixes, all of one bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefixes {
    /// How long they are, and how many of their bits are the bucket's.
    pub scale: Scale,
    /// Their first [`Scale::depth`] bits.
    pub bucket: u32,
    /// Each of [`Scale::width`] bits, those of the bucket included, in ascending order and no two alike; at most
    /// [`HAVE_PREFIXES_MAX`].
    pub members: Vec<u32>,
}

impl Prefixes {
    /// These, with all 32 bits: there is one bucket.
    pub fn whole(prefixes: impl IntoIterator<Item = HashPrefix>) -> Self {
        let mut members: Vec<u32> = prefixes.into_iter().map(|prefix| prefix.0).collect();
        members.sort_unstable();
        members.dedup();
        let (width, depth, bucket) = (32, 0, 0);
        Prefixes {
            scale: Scale { width, depth },
            bucket,
            members,
        }
    }
}

impl Decode<'_> for Prefixes {
    fn decode(from: &mut Reader<'_>) -> Self {
        let (scale, bucket): (Scale, u32) = from.part();
        let count = usize::from(from.part::<u16>());
        let mut prefixes = Prefixes {
            scale,
            bucket,
            members: Vec::new(),
        };
        if !scale.has(bucket) || count > HAVE_PREFIXES_MAX {
            return from.fail(prefixes);
        }
        let (within, rice) = (scale.within(), rice(scale, count));
        let base = u64::from(bucket) << within;
        let mut bits = Bits::new(from);
        let mut next = 0;
        for _ in 0..count {
            // Ends at the latest where the bytes do: then every bit is a zero.
            while bits.take(1) == 0 && next >> within == 0 {
                next += 1 << rice;
            }
            next += bits.take(rice);
            if next >> within != 0 {
                return bits.from.fail(prefixes);
            }
            prefixes.members.push((base + next) as u32);
            next += 1;
        }
        if bits.is_padded() {
            prefixes
        } else {
            bits.from.fail(prefixes)
        }
    }
}

impl Encode for Prefixes {
    fn encode(&self, to: &mut Vec<u8>) {
        let count = self.members.len();
        self.scale.encode(to);
        self.bucket.encode(to);
        (count as u16).encode(to);
        let rice = rice(self.scale, count);
        let base = u64::from(self.bucket) << self.scale.within();
        let mut free = 0;
        let mut put = |bit: u64| {
            if free == 0 {
                to.push(0);
                free = 8;
            }
            free -= 1;
            if let Some(last) = to.last_mut() {
                *last |= (bit as u8 & 1) << free;
            }
        };
        let mut next = base;
        for member in &self.members {
            let gap = u64::from(*member).saturating_sub(next);
            (0..gap >> rice).for_each(|_| put(0));
            put(1);
            (0..rice).rev().for_each(|bit| put(gap >> bit));
            next = u64::from(*member) + 1;
        }
    }
}

/// Reads bits from bytes, the highest first.
struct Bits<'r, 'a> {
    from: &'r mut Reader<'a>,
    byte: u8,
    left: u32,
}

impl<'r, 'a> Bits<'r, 'a> {
    fn new(from: &'r mut Reader<'a>) -> Self {
        let (byte, left) = (0, 0);
        Bits { from, byte, left }
    }

    /// The next `count`.
    fn take(&mut self, count: u32) -> u64 {
        let mut number = 0;
        for _ in 0..count {
            if self.left == 0 {
                self.byte = self.from.part();
                self.left = 8;
            }
            self.left -= 1;
            number = number << 1 | u64::from(self.byte >> self.left & 1);
        }
        number
    }

    /// Whether the rest of the byte is zeros.
    fn is_padded(&self) -> bool {
        self.byte.trailing_zeros() >= self.left
    }
}

/// How many bits of a gap are written as they are: those with which the code is shortest. Another one pays where the mean gap is
/// 2^`rice` / (2 ln φ), φ the golden ratio; 31/32 is close to 2 ln φ.
fn rice(scale: Scale, count: usize) -> u32 {
    let all = 1u64 << scale.within();
    let gap = (all - all / 32) / (count as u64).max(1);
    gap.checked_ilog2().unwrap_or(0)
}

/// Without its last `bits` bits. In one place: inlined in a dozen, it was a tenth of what haves take of the worker.
#[inline(never)]
fn shift(number: u32, bits: u8) -> u32 {
    number.checked_shr(u32::from(bits)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
