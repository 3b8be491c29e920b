use std::collections::BTreeSet;

use proptest::prelude::*;
use swarmfetch_content::codec::{Encode, Reader};

use super::*;

fn encoded(prefixes: &Prefixes) -> Vec<u8> {
    let mut bytes = Vec::new();
    prefixes.encode(&mut bytes);
    bytes
}

fn decoded(bytes: &[u8]) -> Option<(Prefixes, usize)> {
    let mut from = Reader::new(bytes);
    let prefixes = from.read()?;
    Some((prefixes, from.rest().len()))
}

fn set(width: u8, depth: u8, bucket: u32, members: &[u32]) -> Prefixes {
    Prefixes {
        scale: Scale { width, depth },
        bucket,
        members: members.to_vec(),
    }
}

/// Sets of any scale, evenly spread or crowded.
fn sets() -> impl Strategy<Value = Prefixes> {
    let drawn = prop::collection::vec(any::<u32>(), 0..200);
    (1..=32u8, 0..=HAVE_DEPTH_MAX, any::<u32>(), drawn, 0..32u8).prop_map(
        |(width, depth, bucket, drawn, crowded)| {
            let scale = Scale {
                width,
                depth: depth.min(width),
            };
            let bucket = shift(bucket, 32 - scale.depth);
            let within = scale.within();
            let base = u64::from(bucket) << within;
            let low = |drawn: &u32| u64::from(shift(*drawn, crowded.max(32 - within)));
            let members: BTreeSet<u32> = drawn.iter().map(|it| (base + low(it)) as u32).collect();
            Prefixes {
                scale,
                bucket,
                members: members.into_iter().collect(),
            }
        },
    )
}

#[test]
fn a_prefix_is_the_first_bits_of_a_hash() {
    let hash = Hash::from_bytes(core::array::from_fn(|n| 0x81 + n as u8));
    let prefix = HashPrefix::of(&hash);
    assert_eq!(prefix, HashPrefix(0x8182_8384));
    let scale = |width, depth| Scale { width, depth };
    assert_eq!(scale(32, 0).cut(prefix), 0x8182_8384);
    assert_eq!(scale(12, 0).cut(prefix), 0x818);
    for (width, depth, bucket) in [(32, 0, 0), (32, 4, 8), (12, 4, 8), (12, 12, 0x818)] {
        let scale = scale(width, depth);
        assert_eq!(scale.bucket(scale.cut(prefix)), bucket, "{scale:?}");
        assert!(scale.has(bucket) && !scale.has(1 << depth), "{scale:?}");
    }
}

#[test]
fn the_extremes_come_through() {
    let every: Vec<u32> = (0x400..0x800).collect();
    for prefixes in [
        set(32, 0, 0, &[]),
        set(32, 0, 0, &[0, 1, u32::MAX - 1, u32::MAX]),
        set(32, 12, 0xfff, &[0xfff0_0000, u32::MAX]),
        set(1, 0, 0, &[0, 1]),
        set(1, 1, 1, &[1]),
        set(12, 12, 0xabc, &[0xabc]),
        // Everything is claimed: a bit each.
        set(11, 1, 1, &every),
    ] {
        let bytes = encoded(&prefixes);
        assert_eq!(decoded(&bytes), Some((prefixes, 0)));
    }
    assert_eq!(encoded(&set(11, 1, 1, &every)).len(), 5 + 1024 / 8);
}

#[test]
fn what_is_no_set_is_refused() {
    // Two of twelve bits in bucket 5 of 16: gaps of 3 and 200, each with six bits as they are.
    let good = [12, 4, 5, 2, 0b1000_0110, 0b0010_0100, 0];
    let there = decoded(&good).map(|(prefixes, rest)| (prefixes.members, rest));
    assert_eq!(there, Some((vec![0x503, 0x5cc], 0)));
    for (at, byte, what) in [
        (0, 0, "no bits"),
        (0, 33, "more bits than 32"),
        (1, 13, "a depth over the limit"),
        (0, 3, "more bits of the bucket than of the prefix"),
        (2, 16, "a bucket that there is not"),
        (3, 3, "fewer members than said"),
        (4, 0, "a member outside of the bucket"),
        (6, 1, "a one behind the end"),
    ] {
        let mut bad = good;
        bad[at] = byte;
        assert_eq!(decoded(&bad), None, "{what}");
    }
    assert_eq!(decoded(&good[..6]), None, "cut off");
    // As many as the prefix's bits allow, and more than a set may have.
    let many = [&[32, 0, 0, 0x81, 0x10][..], &[0xff; 9000]].concat();
    assert_eq!(decoded(&many), None, "2049 members");
    let most = [&[32, 0, 0, 0x80, 0x10][..], &[0; 9000]].concat();
    assert_eq!(decoded(&most), None, "no member in thousands of bytes");
}

proptest! {
    #[test]
    fn a_set_comes_through(prefixes in sets()) {
        let bytes = encoded(&prefixes);
        prop_assert_eq!(decoded(&bytes), Some((prefixes, 0)));
    }

    #[test]
    fn a_set_has_one_form(bytes in prop::collection::vec(any::<u8>(), 0..60), width in 1..=32u8, depth in 0..4u8, count in 0..9u8) {
        // Small numbers, of which LEB128 too has one form only.
        let bytes = [&[width, depth, 0, count][..], &bytes].concat();
        if let Some((prefixes, rest)) = decoded(&bytes) {
            prop_assert_eq!(encoded(&prefixes), &bytes[..bytes.len() - rest]);
            prop_assert!(prefixes.members.is_sorted_by(|one, next| one < next));
            let of = |member: &u32| prefixes.scale.bucket(*member);
            prop_assert!(prefixes.members.iter().all(|member| of(member) == prefixes.bucket));
        }
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        if let Some((prefixes, rest)) = decoded(&bytes) {
            prop_assert!(prefixes.members.len() <= 8 * (bytes.len() - rest));
        }
    }
}
