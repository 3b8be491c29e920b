//! The vectors: each file's name, sense, defect, and the outcome as the format has it.

use std::collections::BTreeMap;

use super::{Vector, range};
use swarmfetch_content::{Error, GROUP_BYTES, Hash};

/// Every file by its name: what it is, or its defect.
pub(super) fn cases() -> BTreeMap<&'static str, Vector> {
    const GROUP: u64 = GROUP_BYTES as u64;
    let three = || Vector::slice(40_000, range(0, 3), "");
    let about = |text: &str| {
        let text = text.to_owned();
        move |mut vector: Vector| {
            vector.about = text;
            vector
        }
    };
    BTreeMap::from([
        ("outboard-of-empty", Vector::outboard(0, "The empty object has one group and no parent.")),
        ("outboard-of-one-group", Vector::outboard(16_384, "A full group, the last size without a parent.")),
        ("outboard-of-two-groups", Vector::outboard(16_385, "The first size with a parent.")),
        ("outboard-of-three-groups", Vector::outboard(40_000, "The left half is the larger: the last group is the root's child.")),
        ("outboard-of-five-groups", Vector::outboard(70_000, "Four groups on the left, one on the right.")),
        ("outboard-of-seven-groups", Vector::outboard(7 * GROUP_BYTES, "Four and three, in pre-order; every group full.")),
        (
            "outboard-parent-flipped",
            Vector::outboard(70_000, "One bit of the hash of groups 2 to 3 is flipped: the parent that holds it is wrong.")
                .but(|vector| vector.parents[64 + 32] ^= 1, Error::ParentMismatch { groups: range(0, 4) }),
        ),
        (
            "outboard-in-post-order",
            Vector::outboard(40_000, "Children before parents.")
                .but(|vector| vector.parents.rotate_left(64), Error::ParentMismatch { groups: range(0, 3) }),
        ),
        (
            "outboard-cut-off",
            Vector::outboard(40_000, "The last byte is missing.").but(
                |vector| vector.parents.truncate(127),
                Error::OutboardTooShort { expected: 128, actual: 127 },
            ),
        ),
        (
            "outboard-with-length-header",
            Vector::outboard(40_000, "The object's length stands in front, as the bao format has it.").but(
                |vector| drop(vector.parents.splice(0..0, 40_000_u64.to_le_bytes())),
                Error::OutboardTooLong { expected: 128, actual: 136 },
            ),
        ),
        (
            "outboard-length-max",
            Vector::outboard(40_000, "The length is a lie that must cost nothing.").but(
                |vector| vector.object.len = u64::MAX,
                Error::OutboardTooShort { expected: ((1 << 50) - 1) * 64, actual: 128 },
            ),
        ),
        ("slice-of-empty", Vector::slice(0, range(0, 1), "One group of no bytes.")),
        ("slice-of-one-byte", Vector::slice(1, range(0, 1), "One group, no proof.")),
        ("slice-of-one-group", Vector::slice(16_384, range(0, 1), "One full group, no proof.")),
        ("slice-all-of-two", Vector::slice(16_385, range(0, 2), "The second group has one byte.")),
        ("slice-all-of-three", about("The proof of all groups is the outboard.")(three())),
        ("slice-first-of-three", Vector::slice(40_000, range(0, 1), "Root, then the left half.")),
        ("slice-last-of-three", Vector::slice(40_000, range(2, 3), "The last group needs the root alone.")),
        ("slice-middle-of-five", Vector::slice(70_000, range(1, 3), "Across the halves of the left half.")),
        ("slice-one-of-64", Vector::slice(1_048_576, range(37, 38), "Six levels.")),
        (
            "slice-first-byte-flipped",
            about("The first bit of the object.")(
                three().but(|vector| vector.flip = Some(0), Error::GroupMismatch { group: 0 }),
            ),
        ),
        (
            "slice-group-border-flipped",
            about("The first byte of group 1.")(
                three().but(|vector| vector.flip = Some(16_384), Error::GroupMismatch { group: 1 }),
            ),
        ),
        (
            "slice-last-byte-flipped",
            about("The last byte of the object.")(
                three().but(|vector| vector.flip = Some(39_999), Error::GroupMismatch { group: 2 }),
            ),
        ),
        (
            "slice-root-parent-flipped",
            about("The last bit of the root's right child.")(
                three().but(|vector| vector.parents[63] ^= 0x80, Error::ParentMismatch { groups: range(0, 3) }),
            ),
        ),
        (
            "slice-inner-parent-flipped",
            about("The first bit of the parent of groups 0 and 1.")(
                three().but(|vector| vector.parents[64] ^= 1, Error::ParentMismatch { groups: range(0, 2) }),
            ),
        ),
        (
            "slice-hash-flipped",
            about("The receiver wants another object.")(three().but(
                |vector| vector.object.hash = Hash::of(b"another"),
                Error::ParentMismatch { groups: range(0, 3) },
            )),
        ),
        (
            "slice-proof-cut-off",
            about("The last byte of the proof is missing.")(three().but(
                |vector| vector.parents.truncate(127),
                Error::ProofTooShort { expected: 128, actual: 127 },
            )),
        ),
        (
            "slice-proof-with-surplus-parent",
            about("A proof of all groups where the last alone was asked for.")(
                Vector::slice(40_000, range(2, 3), "").but(
                    |vector| vector.parents = three().parents,
                    Error::ProofTooLong { expected: 64, actual: 128 },
                ),
            ),
        ),
        (
            "slice-proof-of-other-groups",
            about("The proof is true, and of group 2 of 4; group 0 was asked for.")(
                Vector::slice(65_536, range(0, 1), "").but(
                    |vector| vector.parents = Vector::slice(65_536, range(2, 3), "").parents,
                    Error::ParentMismatch { groups: range(0, 2) },
                ),
            ),
        ),
        (
            "slice-group-cut-off",
            about("The last byte of the last group is missing.")(three().but(
                |vector| vector.received = Some(39_999),
                Error::GroupTooShort { group: 2, expected: 40_000 - 2 * GROUP, actual: 39_999 - 2 * GROUP },
            )),
        ),
        (
            "slice-group-with-surplus-byte",
            about("A byte follows the object's last.")(three().but(
                |vector| vector.received = Some(40_001),
                Error::GroupTooLong { group: 2, expected: 40_000 - 2 * GROUP, actual: 40_001 - 2 * GROUP },
            )),
        ),
        (
            "slice-length-one-more",
            about("A false length of as many groups is found in the last group, padded with a zero.")(
                three().but(|vector| vector.object.len += 1, Error::GroupMismatch { group: 2 }),
            ),
        ),
        (
            "slice-length-one-less",
            about("A false length of as many groups is found in the last group, cut short.")(
                three().but(|vector| vector.object.len -= 1, Error::GroupMismatch { group: 2 }),
            ),
        ),
        (
            "slice-length-one-group-more",
            about("Another number of groups is another tree.")(three().but(
                |vector| {
                    vector.object.len += GROUP;
                    vector.parents.extend([0; 64]);
                    vector.groups = Some(range(0, 4));
                },
                Error::ParentMismatch { groups: range(2, 4) },
            )),
        ),
        (
            "slice-length-max",
            about("The length is a lie that must cost nothing.")(three().but(
                |vector| vector.object.len = u64::MAX,
                Error::ProofTooShort { expected: 64 * 51, actual: 128 },
            )),
        ),
        (
            "slice-groups-outside",
            about("Group 3 of an object that has 0, 1 and 2.")(three().but(
                |vector| vector.groups = Some(range(2, 4)),
                Error::RangeOutside { start: 2, end: 4, limit: 3 },
            )),
        ),
    ])
}
