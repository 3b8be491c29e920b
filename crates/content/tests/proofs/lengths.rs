//! Lengths that are not as they should be: cut off (missing, never a lie), too long (a lie), claimed falsely, and so
//! large that believing them would be the end.

use crate::reference::{SIZES, pattern, ranges};
use swarmfetch_content::{
    Error, Fault, GROUP_BYTES, GroupRange, Hash, ObjectId, Outboard, Proof, SliceVerifier,
    verify_whole,
};

#[test]
fn a_group_cut_off_is_missing_and_a_longer_one_a_lie() {
    for size in SIZES {
        let bytes = pattern(size);
        let (object, outboard) = Outboard::of(&bytes);
        let group = object.groups() - 1;
        let range = GroupRange::new(group, group + 1).unwrap();
        let mut slice = SliceVerifier::new(object, range, &outboard.proof(range).unwrap()).unwrap();
        let (index, len) = slice.next_group().unwrap();
        let honest = bytes[object.bytes_of(range).start as usize..].to_vec();
        assert_eq!((index, len), (group, honest.len()));
        let expected = len as u64;

        if let Some(cut) = len.checked_sub(1) {
            let error = slice.verify(honest[..cut].to_vec()).unwrap_err();
            assert_eq!(
                error,
                Error::GroupTooShort {
                    group,
                    expected,
                    actual: cut as u64
                }
            );
            assert_eq!(error.fault(), Fault::Missing);
        }
        let error = slice.verify([&honest[..], &[0]].concat()).unwrap_err();
        assert_eq!(
            error,
            Error::GroupTooLong {
                group,
                expected,
                actual: expected + 1
            }
        );
        assert_eq!(error.fault(), Fault::Lied);

        // A refused group is still the next one, and nothing follows the last.
        assert_eq!(slice.verify(honest.clone()).unwrap().as_slice(), honest);
        assert_eq!(
            slice.verify(honest.clone()).unwrap_err(),
            Error::SliceComplete
        );
        assert_eq!(slice.verify_rest(honest).unwrap_err(), Error::SliceComplete);
    }
}

#[test]
fn proofs_and_outboards_cut_off_are_missing_and_longer_ones_lies() {
    for size in SIZES {
        let bytes = pattern(size);
        let (object, outboard) = Outboard::of(&bytes);
        for range in ranges(object) {
            let honest = outboard.proof(range).unwrap().into_bytes();
            let expected = honest.len() as u64;
            for cut in [1, 63, 64, 65, honest.len()]
                .into_iter()
                .filter(|&cut| 0 < cut && cut <= honest.len())
            {
                let proof = Proof::from_bytes(honest[..honest.len() - cut].to_vec());
                let error = SliceVerifier::new(object, range, &proof).unwrap_err();
                assert_eq!(
                    error,
                    Error::ProofTooShort {
                        expected,
                        actual: expected - cut as u64
                    }
                );
                assert_eq!(error.fault(), Fault::Missing);
            }
            for surplus in [1, 64] {
                let proof = Proof::from_bytes([&honest[..], &[0; 64][..surplus]].concat());
                let error = SliceVerifier::new(object, range, &proof).unwrap_err();
                assert_eq!(
                    error,
                    Error::ProofTooLong {
                        expected,
                        actual: expected + surplus as u64
                    }
                );
                assert_eq!(error.fault(), Fault::Lied);
            }
        }

        let honest = outboard.as_bytes();
        let expected = honest.len() as u64;
        if let Some(cut) = honest.len().checked_sub(1) {
            let error = Outboard::parse(object, &honest[..cut]).unwrap_err();
            assert_eq!(
                error,
                Error::OutboardTooShort {
                    expected,
                    actual: expected - 1
                }
            );
            assert_eq!(error.fault(), Fault::Missing);
        }
        let error = Outboard::parse(object, &[honest, &[0]].concat()).unwrap_err();
        assert_eq!(
            error,
            Error::OutboardTooLong {
                expected,
                actual: expected + 1
            }
        );
        assert_eq!(error.fault(), Fault::Lied);
    }
}

/// The sender knows the true object and answers a false length as cleverly as the tree lets it: with the true parents
/// and the true bytes, cut or padded to what is asked.
#[test]
fn a_false_length_never_proves_its_last_group() {
    let sizes: Vec<usize> = SIZES.into_iter().filter(|&size| size <= 147_457).collect();
    let mut proofs_taken = 0;
    for &size in &sizes {
        let bytes = pattern(size);
        let (object, outboard) = Outboard::of(&bytes);
        for &claimed_size in sizes.iter().filter(|&&claimed| claimed != size) {
            let claimed = ObjectId {
                hash: object.hash,
                len: claimed_size as u64,
            };
            let mut padded = bytes.clone();
            padded.resize(claimed_size.max(size), 0);
            let all = claimed.all();
            for range in [
                all,
                GroupRange::new(0, 1).unwrap(),
                GroupRange::new(all.end() - 1, all.end()).unwrap(),
            ] {
                let mut proof = outboard
                    .proof(range)
                    .map_or(outboard.as_bytes().to_vec(), Proof::into_bytes);
                proof.resize(Proof::expected_bytes(claimed, range).unwrap() as usize, 0);
                let Ok(slice) = SliceVerifier::new(claimed, range, &Proof::from_bytes(proof))
                else {
                    continue;
                };
                proofs_taken += 1;
                only_true_groups_pass(slice, &bytes, &padded);
            }
        }
    }
    assert!(
        proofs_taken > 100,
        "only {proofs_taken} lies came as far as their groups"
    );
}

fn only_true_groups_pass(mut slice: SliceVerifier, bytes: &[u8], padded: &[u8]) {
    let claimed = slice.object();
    while let Some((group, len)) = slice.next_group() {
        let start = group as usize * GROUP_BYTES;
        match slice.verify(padded[start..start + len].to_vec()) {
            Ok(verified) => {
                assert_ne!(
                    verified.end(),
                    claimed.len,
                    "{} passed for {claimed:?}",
                    bytes.len()
                );
                assert_eq!(verified.as_slice(), &bytes[start..start + len]);
            }
            Err(error) => return assert_eq!(error, Error::GroupMismatch { group }),
        }
    }
}

/// Nothing is reserved for what is not there: with these lengths it would abort.
#[test]
fn lengths_of_strangers_cost_nothing() {
    let hash = Hash::of(b"whatever");
    for len in [
        u64::MAX,
        u64::MAX - 1,
        1 << 63,
        (1 << 63) + 1,
        u64::from(u32::MAX),
        1 << 32,
        u64::MAX - 16_384,
    ] {
        let object = ObjectId { hash, len };
        let groups = object.groups();
        assert_eq!(object.bytes_of(object.all()), 0..len);

        let expected = object.outboard_bytes();
        assert_eq!(expected, (groups - 1) * 64);
        assert_eq!(
            Outboard::parse(object, &[0; 63]),
            Err(Error::OutboardTooShort {
                expected,
                actual: 63
            })
        );
        assert_eq!(
            verify_whole(object, vec![0]),
            Err(Error::TooShort {
                expected: len,
                actual: 1
            })
        );

        let depth = u64::from(groups.next_power_of_two().ilog2());
        for (start, end) in [
            (0, 1),
            (groups - 1, groups),
            (0, groups),
            (1, groups),
            (0, groups - 1),
            (5, groups / 2),
        ] {
            let range = GroupRange::new(start, end).unwrap();
            let expected = Proof::expected_bytes(object, range).unwrap();
            if range.count() == 1 {
                assert!(
                    expected <= 64 * depth,
                    "{expected} bytes to prove one group"
                );
            }
            let error =
                SliceVerifier::new(object, range, &Proof::from_bytes(vec![0; 63])).unwrap_err();
            assert_eq!(
                error,
                Error::ProofTooShort {
                    expected,
                    actual: 63
                }
            );
        }
        for (start, end) in [
            (groups, groups + 1),
            (0, groups + 1),
            (0, u64::MAX),
            (u64::MAX - 1, u64::MAX),
        ] {
            let range = GroupRange::new(start, end).unwrap();
            let error =
                SliceVerifier::new(object, range, &Proof::from_bytes(Vec::new())).unwrap_err();
            assert_eq!(
                error,
                Error::RangeOutside {
                    start,
                    end,
                    limit: groups
                }
            );
            assert_eq!(error.fault(), Fault::Asked);
            assert!(object.bytes_of(range).end <= len);
        }
        // A proof of the right length for one group is checked from the top, whatever lies beyond it.
        let last = GroupRange::new(groups - 1, groups).unwrap();
        let length = Proof::expected_bytes(object, last).unwrap() as usize;
        let error =
            SliceVerifier::new(object, last, &Proof::from_bytes(vec![0; length])).unwrap_err();
        assert_eq!(
            error,
            Error::ParentMismatch {
                groups: object.all()
            }
        );
    }
}
