//! What holds for every size, range, cut and lie, over random ones.

use std::ops::Range;

use crate::reference::{Node, Sent, honest_slice, object_of, parents, receive, verdict};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use swarmfetch_content::{
    Error, GROUP_BYTES, GroupRange, Hash, ObjectId, Outboard, OutboardBuilder, Proof,
    SliceVerifier, VerifiedBytes, verify_whole,
};

/// Up to 20 groups: five levels, in every shape of right edge.
const LEN_MAX: usize = 20 * GROUP_BYTES;

/// Bytes without a period that a group or chunk could hide in.
fn object_bytes() -> impl Strategy<Value = Vec<u8>> {
    let near_border = (0..20_usize, 0..3_usize)
        .prop_map(|(groups, off)| (groups * GROUP_BYTES + off).saturating_sub(1));
    (
        prop_oneof![0..LEN_MAX, near_border, 0..2048_usize],
        any::<u64>(),
    )
        .prop_map(|(len, seed)| {
            let mut bytes = vec![0; len];
            blake3::Hasher::new()
                .update(&seed.to_le_bytes())
                .finalize_xof()
                .fill(&mut bytes);
            bytes
        })
}

fn range_in(object: ObjectId, ends: (Index, Index)) -> GroupRange {
    let groups = object.groups() as usize;
    let (one, other) = (ends.0.index(groups) as u64, ends.1.index(groups) as u64);
    GroupRange::new(one.min(other), one.max(other) + 1).expect("start < end")
}

/// Cuts `range` at some places inside it.
fn cut(range: Range<usize>, cuts: &[Index]) -> Vec<Range<usize>> {
    let mut places: Vec<usize> = cuts
        .iter()
        .map(|cut| range.start + cut.index(range.len().max(1)))
        .collect();
    places.extend([range.start, range.end]);
    places.sort_unstable();
    places.windows(2).map(|ends| ends[0]..ends[1]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn pieces_of_any_size_make_the_same_outboard(bytes in object_bytes(), cuts in vec(any::<Index>(), 0..12)) {
        let mut builder = OutboardBuilder::new();
        for piece in cut(0..bytes.len(), &cuts) {
            builder.push(&bytes[piece]);
        }
        let (object, outboard) = builder.finish();
        prop_assert_eq!((object, outboard.clone()), Outboard::of(&bytes));
        prop_assert_eq!(object, object_of(&bytes));
        prop_assert_eq!(outboard.as_bytes(), parents(&Node::root(&bytes).everything()));
    }

    #[test]
    fn every_range_is_proved(bytes in object_bytes(), ends in any::<(Index, Index)>()) {
        let (object, outboard) = Outboard::of(&bytes);
        let range = range_in(object, ends);
        let honest = honest_slice(&Node::root(&bytes).everything(), range);
        let proof = outboard.proof(range).unwrap();
        prop_assert_eq!(proof.as_bytes(), parents(&honest));

        let place = object.bytes_of(range);
        let expected = &bytes[place.start as usize..place.end as usize];
        prop_assert_eq!(receive(object, range, &honest).unwrap(), expected);
        let at_once = SliceVerifier::new(object, range, &proof).unwrap().verify_rest(expected.to_vec()).unwrap();
        prop_assert_eq!((at_once.offset(), at_once.as_slice()), (place.start, expected));
        prop_assert_eq!(at_once.is_whole(), range == object.all());
    }

    #[test]
    fn a_proof_holds_that_of_every_part_and_of_nothing_else(bytes in object_bytes(), ends in any::<(Index, Index)>(), inner in any::<(Index, Index)>()) {
        let (object, outboard) = Outboard::of(&bytes);
        let (range, other) = (range_in(object, ends), range_in(object, inner));
        let proof = outboard.proof(range).unwrap();
        let narrowed = proof.narrow(object, range, other);
        if range.start() <= other.start() && other.end() <= range.end() {
            prop_assert_eq!(narrowed.unwrap(), outboard.proof(other).unwrap());
        } else {
            prop_assert!(narrowed.is_err());
        }
        let mut longer = proof.into_bytes();
        longer.push(0);
        let longer = Proof::from_bytes(longer).narrow(object, range, range);
        let is_refused = matches!(longer, Err(Error::ProofTooLong { .. }));
        prop_assert!(is_refused);
    }

    #[test]
    fn every_lie_is_judged_as_the_reference_does(
        bytes in object_bytes(),
        ends in any::<(Index, Index)>(),
        flips in vec((any::<Index>(), any::<Index>(), 0..8_u32), 1..4),
    ) {
        let object = object_of(&bytes);
        let range = range_in(object, ends);
        let honest = honest_slice(&Node::root(&bytes).everything(), range);
        let mut received = honest.clone();
        for (item, place, bit) in flips {
            let item = item.index(received.len());
            let (Sent::Parent(_, bytes) | Sent::Group(_, bytes)) = &mut received[item];
            if !bytes.is_empty() {
                let place = place.index(bytes.len());
                bytes[place] ^= 1 << bit;
            }
        }
        let judged = receive(object, range, &received);
        match verdict(&honest, &received) {
            Ok(()) => prop_assert!(judged.is_ok()),
            Err(expected) => {
                let (through, error) = judged.unwrap_err();
                prop_assert_eq!(error, expected);
                let start = object.bytes_of(range).start as usize;
                prop_assert_eq!(&through, &bytes[start..start + through.len()]);
            }
        }
    }

    #[test]
    fn what_is_cut_joins_again(bytes in object_bytes(), cuts in vec(any::<Index>(), 0..12), swap in any::<Index>()) {
        let whole = verify_whole(object_of(&bytes), bytes.clone()).unwrap();
        let mut pieces = Vec::new();
        for range in cut(0..bytes.len(), &cuts).into_iter().filter(|range| !range.is_empty()) {
            let piece = whole.slice(range.start as u64..range.end as u64).unwrap();
            prop_assert_eq!(piece.as_slice(), &bytes[range.clone()]);
            prop_assert_eq!(piece.is_whole(), range == (0..bytes.len()));
            pieces.push(piece);
        }
        if pieces.is_empty() {
            prop_assert!(bytes.is_empty());
            pieces.push(whole.clone());
        }
        prop_assert_eq!(VerifiedBytes::join(pieces.clone()), Ok(whole));

        if pieces.len() > 1 {
            let at = swap.index(pieces.len() - 1);
            pieces.swap(at, at + 1);
            let distant = matches!(VerifiedBytes::join(pieces), Err(Error::JoinOfDistantPieces { .. }));
            prop_assert!(distant);
        }
    }

    #[test]
    fn covering_is_the_fewest_groups(len in 0..u64::MAX, ends in any::<(u64, u64)>()) {
        let object = ObjectId { hash: Hash::from_bytes([0; 32]), len };
        let (start, end) = (ends.0 % (len + 1), ends.1 % (len + 1));
        let range = start.min(end)..start.max(end);
        prop_assume!(!range.is_empty());
        let groups = object.covering(range.clone()).unwrap();
        prop_assert!(groups.end() <= object.groups());
        let bytes = object.bytes_of(groups);
        prop_assert!(bytes.start <= range.start && range.end <= bytes.end);
        prop_assert!(range.start - bytes.start < GROUP_BYTES as u64 && bytes.end - range.end < GROUP_BYTES as u64);
    }

    #[test]
    fn garbage_never_passes_and_never_panics(
        len in prop_oneof![any::<u64>(), 16_385..500_000_u64],
        ends in any::<(u64, u64)>(),
        wrap in any::<bool>(),
        garbage in vec(any::<u8>(), 0..2048),
    ) {
        let object = ObjectId { hash: Hash::of(b"something else"), len };
        prop_assume!(object.groups() > 1);
        let (start, end) = if wrap { (ends.0 % object.groups(), ends.1 % object.groups() + 1) } else { ends };
        prop_assert!(Outboard::parse(object, &garbage).is_err());
        prop_assert!(verify_whole(object, garbage.clone()).is_err());
        if let Ok(range) = GroupRange::new(start, end) {
            let proof = Proof::from_bytes(garbage.clone());
            prop_assert!(SliceVerifier::new(object, range, &proof).is_err());
            if let Ok(length @ 0..=65_536) = Proof::expected_bytes(object, range) {
                let padded = garbage.into_iter().chain(std::iter::repeat(0)).take(length as usize).collect();
                let error = SliceVerifier::new(object, range, &Proof::from_bytes(padded)).unwrap_err();
                prop_assert_eq!(error, Error::ParentMismatch { groups: object.all() });
            }
        }
    }

    #[test]
    fn hexadecimal_goes_round(bytes in any::<[u8; 32]>(), place in 0..64_usize, digit in any::<char>()) {
        let hash = Hash::from_bytes(bytes);
        let text = hash.to_string();
        prop_assert_eq!(Hash::from_hex(&text), Ok(hash));
        let mut other: Vec<char> = text.chars().collect();
        other[place] = digit;
        let other: String = other.into_iter().collect();
        let read = Hash::from_hex(&other);
        let canonical = digit.is_ascii_digit() || ('a'..='f').contains(&digit);
        prop_assert_eq!(read.is_ok(), canonical);
        prop_assert!(read.is_err() || read.unwrap().to_string() == other);
    }
}
