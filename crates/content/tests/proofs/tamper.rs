//! Liars of every kind: one bit at every class of place, exchanged and replayed parts. Each is named by its place, and
//! nothing false comes through. False lengths are in `lengths.rs`.

use crate::reference::{Node, SIZES, Sent, honest_slice, object_of, pattern, receive, verdict};
use swarmfetch_content::{
    Error, Fault, GROUP_BYTES, GroupRange, Outboard, SliceVerifier, verify_whole,
};

/// First and last byte, the middle, both sides of every border of chunks, and of the halves of a parent.
fn places(len: usize) -> Vec<usize> {
    let mut places: Vec<usize> = [0, 1, 31, 32, len / 2]
        .into_iter()
        .filter(|&at| at < len)
        .collect();
    places.extend((0..len).filter(|at| at % 1024 == 0 || at % 1024 == 1023));
    places.extend(len.checked_sub(1));
    places
}

fn content(sent: &mut Sent) -> &mut Vec<u8> {
    match sent {
        Sent::Parent(_, bytes) | Sent::Group(_, bytes) => bytes,
    }
}

#[test]
fn one_flipped_bit_anywhere_is_found_and_named() {
    let mut flips = 0;
    for size in [1, 1024, 1025, 16384, 16385, 32769, 49153, 81921, 147457] {
        let bytes = pattern(size);
        let object = object_of(&bytes);
        let all = object.all();
        let last = GroupRange::new(all.end() - 1, all.end()).unwrap();
        let first = GroupRange::new(0, 1).unwrap();
        let everything = Node::root(&bytes).everything();
        for range in [all, first, last] {
            let honest = honest_slice(&everything, range);
            for item in 0..honest.len() {
                for place in places(content(&mut honest.clone()[item]).len()) {
                    let bit = 1 << (place % 8);
                    let mut received = honest.clone();
                    content(&mut received[item])[place] ^= bit;
                    let expected = verdict(&honest, &received).unwrap_err();
                    assert_eq!(expected.fault(), Fault::Lied);

                    let (through, error) = receive(object, range, &received).unwrap_err();
                    assert_eq!(error, expected, "{size} {range:?} item {item} byte {place}");
                    let start = object.bytes_of(range).start as usize;
                    assert_eq!(
                        through,
                        bytes[start..start + through.len()],
                        "false bytes came through"
                    );
                    flips += 1;
                }
            }
        }
    }
    assert!(flips > 1_000, "only {flips} places were tried");
}

#[test]
fn a_flipped_outboard_names_the_parent() {
    for size in SIZES {
        let bytes = pattern(size);
        let (object, outboard) = Outboard::of(&bytes);
        let honest = Node::root(&bytes).everything();
        let above = honest.iter().filter_map(|sent| match sent {
            Sent::Parent(groups, _) => Some(*groups),
            Sent::Group(..) => None,
        });
        for (index, groups) in above.enumerate() {
            for place in [0, 31, 32, 63] {
                let mut flipped = outboard.as_bytes().to_vec();
                flipped[index * 64 + place] ^= 0x80;
                assert_eq!(
                    Outboard::parse(object, &flipped),
                    Err(Error::ParentMismatch { groups }),
                    "{size}"
                );
            }
        }
    }
}

#[test]
fn groups_exchanged_or_replayed_are_found() {
    // Equal groups: only their places tell them apart.
    let bytes = vec![7; 4 * GROUP_BYTES];
    let (object, outboard) = Outboard::of(&bytes);
    let of = |group| {
        outboard
            .proof(GroupRange::new(group, group + 1).unwrap())
            .unwrap()
    };
    assert_eq!(of(0), of(1), "siblings have the same parents above them");
    for (asked, sent, subtree) in [
        (0, 2, (0, 2)),
        (1, 3, (0, 2)),
        (2, 0, (2, 4)),
        (3, 1, (2, 4)),
    ] {
        let range = GroupRange::new(asked, asked + 1).unwrap();
        let groups = GroupRange::new(subtree.0, subtree.1).unwrap();
        let error = SliceVerifier::new(object, range, &of(sent)).unwrap_err();
        assert_eq!(
            error,
            Error::ParentMismatch { groups },
            "the proof of {sent} passed for {asked}"
        );
    }

    let bytes = pattern(4 * GROUP_BYTES);
    let (object, outboard) = Outboard::of(&bytes);
    let mut slice =
        SliceVerifier::new(object, object.all(), &outboard.proof(object.all()).unwrap()).unwrap();
    let first = bytes[..GROUP_BYTES].to_vec();
    slice.verify(first.clone()).unwrap();
    assert_eq!(
        slice.verify(first).unwrap_err(),
        Error::GroupMismatch { group: 1 }
    );
}

#[test]
fn a_run_of_groups_names_the_false_one() {
    let bytes = pattern(5 * GROUP_BYTES + 17);
    let (object, outboard) = Outboard::of(&bytes);
    let range = GroupRange::new(1, 6).unwrap();
    let slice = SliceVerifier::new(object, range, &outboard.proof(range).unwrap()).unwrap();
    let honest = bytes[GROUP_BYTES..].to_vec();
    for group in 1..6 {
        let mut flipped = honest.clone();
        flipped[(group - 1) * GROUP_BYTES] ^= 1;
        let error = slice.clone().verify_rest(flipped).unwrap_err();
        assert_eq!(
            error,
            Error::GroupMismatch {
                group: group as u64
            }
        );
    }
    let mut slice = slice;
    slice.verify(honest[..GROUP_BYTES].to_vec()).unwrap();
    let expected = honest.len() as u64 - GROUP_BYTES as u64;
    let error = slice
        .verify_rest(honest[GROUP_BYTES + 1..].to_vec())
        .unwrap_err();
    assert_eq!(
        error,
        Error::GroupTooShort {
            group: 2,
            expected,
            actual: expected - 1
        }
    );
    let rest = slice.verify_rest(honest[GROUP_BYTES..].to_vec()).unwrap();
    assert_eq!(
        (rest.offset(), rest.as_slice()),
        (2 * GROUP_BYTES as u64, &honest[GROUP_BYTES..])
    );
    assert_eq!(slice.next_group(), None);
}

#[test]
fn whole_objects_that_are_not_theirs_are_refused() {
    for size in SIZES.into_iter().filter(|&size| size <= 147_457) {
        let bytes = pattern(size);
        let object = object_of(&bytes);
        let (expected, longer) = (object.len, object.len + 1);
        if let Some((_, cut)) = bytes.split_last() {
            let error = verify_whole(object, cut.to_vec()).unwrap_err();
            assert_eq!(
                error,
                Error::TooShort {
                    expected,
                    actual: expected - 1
                }
            );
            assert_eq!(error.fault(), Fault::Missing);
        }
        for place in places(size) {
            let mut flipped = bytes.clone();
            flipped[place] ^= 4;
            assert_eq!(
                verify_whole(object, flipped),
                Err(Error::HashMismatch),
                "{size} byte {place}"
            );
        }
        let error = verify_whole(object, [&bytes[..], &[0]].concat()).unwrap_err();
        assert_eq!(
            error,
            Error::TooLong {
                expected,
                actual: longer
            }
        );
        assert_eq!(error.fault(), Fault::Lied);
    }
}
