//! Frames against the vectors in `tests/vectors/wire`, against random messages, and against random bytes.

#![allow(
    clippy::unwrap_used,
    reason = "the helpers are tests too: a panic is a failed test"
)]

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use swarmfetch_content::{GroupRange, Hash, ObjectId};
use swarmfetch_wire::frame::{
    Buckets, Cancel, Data, Encoding, HashPrefix, Have, HaveNot, HeadGossip, Hello, HelloKind,
    Interest, Part, PeerId, Prefixes, Prove, Proved, Refuse, RefuseReason, Request, RequestId,
    Scale, Slice, WantList,
};
use swarmfetch_wire::limits::{
    FRAME_BYTES_MAX, HAVE_PREFIXES_MAX, INTEREST_BUCKETS_MAX, PROOF_BYTES_MAX, PROTOCOL,
    PROVE_KEYS_MAX, PROVED_BYTES_MAX, SEGMENT_BYTES_MAX, WANT_LIST_MAX, WANT_PARTS_MAX,
};
use swarmfetch_wire::{Frame, FrameError};

/// What a vector holds.
enum Vector {
    /// This frame, and encoding the frame gives the vector again.
    Frame(Frame<'static>),
    /// This frame, in a form that we read and do not write.
    ReadOnly(Frame<'static>),
    /// Something that may be skipped.
    Skipped,
    /// This defect.
    Defect(FrameError),
}

fn object() -> ObjectId {
    ObjectId {
        hash: Hash::from_bytes(core::array::from_fn(|n| n as u8)),
        len: 300_000,
    }
}

fn groups() -> GroupRange {
    GroupRange::new(3, 19).unwrap()
}

fn part() -> Part {
    Part {
        prefix: HashPrefix(0x0a0b_0c0d),
        segments: vec![1, 2],
    }
}

fn hello() -> Hello {
    Hello {
        protocol: PROTOCOL,
        site: [0x51; 16],
        version: 300,
        peer: PeerId([0xa7; 20]),
        kind: HelloKind::First,
        number: 0,
    }
}

/// Every vector by name, with what it must give.
fn expected() -> BTreeMap<&'static str, Vector> {
    use Vector::{Defect, ReadOnly, Skipped};
    let malformed = |kind| Defect(FrameError::Malformed { kind });
    let over = |kind, actual, limit| {
        Defect(FrameError::OverLimit {
            kind,
            actual,
            limit,
        })
    };
    let prefixes = || Prefixes::whole([HashPrefix(0x0102_0304), HashPrefix(0xfedc_ba98)]);
    let scale = |width, depth| Scale { width, depth };
    let base = 77 << 17;
    let frame = Vector::Frame;
    BTreeMap::from([
        ("hello", frame(Frame::Hello(hello()))),
        (
            "hello-again",
            frame(Frame::Hello(Hello {
                kind: HelloKind::Again,
                number: 300,
                ..hello()
            })),
        ),
        ("hello-kind-unknown", malformed(0x01)),
        ("hello-with-later-field", ReadOnly(Frame::Hello(hello()))),
        ("hello-cut-off", malformed(0x01)),
        (
            "have",
            frame(Frame::Have(Have {
                reset: true,
                prefixes: prefixes(),
            })),
        ),
        (
            "have-nothing",
            frame(Frame::Have(Have {
                reset: true,
                prefixes: Prefixes::whole([]),
            })),
        ),
        (
            "have-map",
            frame(Frame::Have(Have {
                reset: false,
                prefixes: Prefixes {
                    scale: scale(24, 7),
                    bucket: 77,
                    members: vec![base, base + 1, base + 5000, base + 131_071],
                },
            })),
        ),
        (
            "have-everything",
            frame(Frame::Have(Have {
                reset: true,
                prefixes: Prefixes {
                    scale: scale(12, 0),
                    bucket: 0,
                    members: (0..4096).step_by(2).collect(),
                },
            })),
        ),
        ("have-reset-of-two", malformed(0x02)),
        ("have-count-beyond-frame", malformed(0x02)),
        ("have-of-2049", malformed(0x02)),
        ("have-width-of-33", malformed(0x02)),
        ("have-depth-over-width", malformed(0x02)),
        ("have-bucket-over-depth", malformed(0x02)),
        ("have-outside-of-bucket", malformed(0x02)),
        ("have-not-padded", malformed(0x02)),
        (
            "have-with-surplus-byte",
            Defect(FrameError::Trailing {
                kind: 0x02,
                bytes: 1,
            }),
        ),
        (
            "have-not",
            frame(Frame::HaveNot(HaveNot {
                prefixes: prefixes(),
            })),
        ),
        (
            "buckets",
            frame(Frame::Buckets(Buckets {
                scale: scale(24, 7),
            })),
        ),
        ("buckets-depth-over-limit", malformed(0x04)),
        (
            "interest",
            frame(Frame::Interest(Interest {
                depth: 8,
                buckets: vec![0, 1, 255],
            })),
        ),
        (
            "interest-of-129",
            over(0x05, 129, INTEREST_BUCKETS_MAX as u64),
        ),
        (
            "request",
            frame(Frame::Request(Request {
                id: RequestId(7),
                object: object().into(),
                groups: groups().into(),
                accept_deflate: true,
            })),
        ),
        ("request-number-over-32-bits", malformed(0x10)),
        ("request-hash-cut-off", malformed(0x10)),
        (
            "slice",
            frame(Frame::Slice(Slice {
                id: RequestId(7),
                groups: groups().into(),
                encoding: Encoding::Deflate,
                encoded_bytes: 70_000,
                proof: &[9; 64],
            })),
        ),
        (
            "slice-without-proof",
            frame(Frame::Slice(Slice {
                id: RequestId(0),
                groups: GroupRange::new(0, 1).unwrap().into(),
                encoding: Encoding::Identity,
                encoded_bytes: 0,
                proof: &[],
            })),
        ),
        ("slice-encoding-unknown", malformed(0x11)),
        (
            "slice-proof-over-limit",
            over(0x11, PROOF_BYTES_MAX as u64 + 64, PROOF_BYTES_MAX as u64),
        ),
        ("slice-proof-beyond-frame", malformed(0x11)),
        (
            "data",
            frame(Frame::Data(Data {
                id: RequestId(u32::MAX),
                bytes: b"every island feeds its neighbours",
            })),
        ),
        ("data-length-beyond-frame", malformed(0x12)),
        ("cancel", frame(Frame::Cancel(Cancel { id: RequestId(7) }))),
        (
            "refuse",
            frame(Frame::Refuse(Refuse {
                id: RequestId(7),
                reason: RefuseReason::Busy,
                retry_ms: 500,
            })),
        ),
        ("refuse-reason-unknown", malformed(0x14)),
        (
            "prove",
            frame(Frame::Prove(Prove {
                number: 300,
                root: [7; 32],
                keys: vec![[1, 2, 3, 4, 5, 6, 7, 8], [9; 8]],
                with_needs: true,
            })),
        ),
        ("prove-of-33", over(0x06, 33, PROVE_KEYS_MAX as u64)),
        (
            "proved",
            frame(Frame::Proved(Proved {
                number: 300,
                partial: &[1, 0, 0],
            })),
        ),
        (
            "proved-nothing",
            frame(Frame::Proved(Proved {
                number: 0,
                partial: &[],
            })),
        ),
        (
            "proved-over-limit",
            over(0x07, 15_361, PROVED_BYTES_MAX as u64),
        ),
        ("proved-beyond-frame", malformed(0x07)),
        (
            "want-list",
            frame(Frame::WantList(WantList {
                prefixes: vec![HashPrefix(0x0102_0304), HashPrefix(0xfedc_ba98)],
                parts: vec![part()],
            })),
        ),
        ("want-list-of-129", over(0x20, 129, WANT_LIST_MAX as u64)),
        ("want-list-of-9-parts", over(0x20, 9, WANT_PARTS_MAX as u64)),
        ("have-part", frame(Frame::HavePart(part()))),
        (
            "have-part-of-513",
            over(0x21, 513, SEGMENT_BYTES_MAX as u64),
        ),
        (
            "head",
            frame(Frame::Head(HeadGossip {
                version: 301,
                head: b"head",
                record: b"record",
            })),
        ),
        ("head-over-limit", over(0x80, 2049, 2048)),
        ("kind-to-be-skipped", Skipped),
        (
            "kind-unknown",
            Defect(FrameError::UnknownKind { kind: 0x7f }),
        ),
        ("empty", Defect(FrameError::Empty)),
    ])
}

/// The bytes of every `.hex` file: digits, any white space, and comments from `#` to the end of the line.
fn vectors() -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/wire");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let hex_files = files.filter(|path| path.extension().is_some_and(|end| end == "hex"));
    hex_files
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, bytes_of(&std::fs::read_to_string(path).unwrap()))
        })
        .collect()
}

fn bytes_of(text: &str) -> Vec<u8> {
    let without_comments = text.lines().map(|line| line.split('#').next().unwrap());
    let digits: Vec<u32> = without_comments
        .flat_map(str::chars)
        .filter(|char| !char.is_whitespace())
        .map(|char| char.to_digit(16).unwrap())
        .collect();
    let (pairs, rest) = digits.as_chunks::<2>();
    assert!(rest.is_empty(), "half a byte");
    pairs
        .iter()
        .map(|[high, low]| (high * 16 + low) as u8)
        .collect()
}

#[test]
fn every_vector_gives_what_it_must() {
    let (vectors, expected) = (vectors(), expected());
    assert!(
        vectors
            .keys()
            .map(String::as_str)
            .eq(expected.keys().copied())
    );
    for (name, bytes) in &vectors {
        let decoded = Frame::decode(bytes);
        match &expected[name.as_str()] {
            Vector::Frame(frame) => {
                assert_eq!(decoded.unwrap().as_ref(), Some(frame), "{name}");
                assert_eq!(frame.encode(), *bytes, "{name}");
            }
            Vector::ReadOnly(frame) => {
                assert_eq!(decoded.unwrap().as_ref(), Some(frame), "{name}");
                assert_ne!(frame.encode(), *bytes, "{name}");
            }
            Vector::Skipped => assert_eq!(decoded, Ok(None), "{name}"),
            Vector::Defect(error) => assert_eq!(decoded, Err(*error), "{name}"),
        }
    }
}

#[test]
fn a_frame_over_64_kib_is_too_long() {
    let body = vec![0; FRAME_BYTES_MAX - 5];
    let fits = Frame::Data(Data {
        id: RequestId(0),
        bytes: &body,
    });
    let mut bytes = fits.encode();
    assert_eq!(bytes.len(), FRAME_BYTES_MAX);
    assert_eq!(Frame::decode(&bytes), Ok(Some(fits)));
    bytes.push(0);
    let bytes_len = FRAME_BYTES_MAX + 1;
    let error = FrameError::TooLong { bytes: bytes_len };
    assert_eq!(Frame::decode(&bytes), Err(error));
}

fn prefixes() -> impl Strategy<Value = Prefixes> {
    prop::collection::vec(any::<u32>().prop_map(HashPrefix), 0..=HAVE_PREFIXES_MAX)
        .prop_map(Prefixes::whole)
}

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..=max)
}

fn range() -> impl Strategy<Value = GroupRange> {
    any::<(u64, u64)>().prop_filter_map("empty", |(start, end)| GroupRange::new(start, end).ok())
}

/// That the frame comes through the wire unchanged, and that no cut-off part of it is a frame.
fn check_round_trip(frame: &Frame<'_>) -> Result<(), TestCaseError> {
    let bytes = frame.encode();
    let decoded = Frame::decode(&bytes);
    prop_assert_eq!(decoded.as_ref(), Ok(&Some(frame.clone())));
    let cut_off = &bytes[..bytes.len() - 1];
    prop_assert_ne!(Frame::decode(cut_off), decoded);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn haves_come_through(reset in any::<bool>(), prefixes in prefixes()) {
        let have_not = HaveNot { prefixes: prefixes.clone() };
        check_round_trip(&Frame::HaveNot(have_not))?;
        check_round_trip(&Frame::Have(Have { reset, prefixes }))?;
    }

    #[test]
    fn want_lists_and_parts_come_through(
        prefixes in prop::collection::vec(any::<u32>().prop_map(HashPrefix), 0..=WANT_LIST_MAX),
        segments in prop::collection::vec(any::<u8>(), 0..=SEGMENT_BYTES_MAX),
    ) {
        let part = Part { prefix: HashPrefix(7), segments };
        check_round_trip(&Frame::HavePart(part.clone()))?;
        let parts = vec![part.clone(), part];
        check_round_trip(&Frame::WantList(WantList { prefixes, parts }))?;
    }

    #[test]
    fn interests_come_through(width in 1..=32u8, depth in any::<u8>(), buckets in prop::collection::vec(any::<u32>(), 1..=INTEREST_BUCKETS_MAX)) {
        let scale = Scale { width, depth: depth % 13 % (width + 1) };
        check_round_trip(&Frame::Buckets(Buckets { scale }))?;
        check_round_trip(&Frame::Interest(Interest { depth, buckets }))?;
    }

    #[test]
    fn questions_of_the_tree_come_through(number in any::<u32>(), root in any::<[u8; 32]>(), keys in prop::collection::vec(any::<[u8; 8]>(), 0..=PROVE_KEYS_MAX), with_needs: bool, partial in prop::collection::vec(any::<u8>(), 0..2000)) {
        check_round_trip(&Frame::Prove(Prove { number, root, keys, with_needs }))?;
        check_round_trip(&Frame::Proved(Proved { number, partial: &partial }))?;
    }

    #[test]
    fn requests_come_through(id in any::<u32>(), hash in any::<[u8; 32]>(), len in any::<u64>(), groups in range(), accept_deflate in any::<bool>()) {
        let object = ObjectId { hash: Hash::from_bytes(hash), len };
        let request = Request { id: RequestId(id), object: object.into(), groups: groups.into(), accept_deflate };
        prop_assert!(request.object.is(object));
        prop_assert_eq!(request.object.hash(), object.hash);
        let there = groups.end() <= object.groups();
        prop_assert_eq!(request.groups.within(object), there.then_some(groups));
        check_round_trip(&Frame::Request(request))?;
    }

    #[test]
    fn answers_come_through(id in any::<u32>(), groups in range(), deflate in any::<bool>(), encoded_bytes in any::<u64>(), proof in bytes(PROOF_BYTES_MAX), body in bytes(40_000)) {
        let encoding = if deflate { Encoding::Deflate } else { Encoding::Identity };
        let id = RequestId(id);
        check_round_trip(&Frame::Slice(Slice { id, groups: groups.into(), encoding, encoded_bytes, proof: &proof }))?;
        check_round_trip(&Frame::Data(Data { id, bytes: &body }))?;
    }

    #[test]
    fn whatever_comes_gives_a_frame_or_an_error(bytes in bytes(300), kind in 0u8..0x20) {
        let _ = Frame::decode(&bytes);
        let named = [&[kind], &bytes[..]].concat();
        if let Ok(Some(frame)) = Frame::decode(&named) {
            // What we read, we would write no longer than it came.
            prop_assert!(frame.encode().len() <= named.len());
        }
    }

    #[test]
    fn a_flipped_bit_never_panics(at in any::<prop::sample::Index>(), bit in 0..8, nth in 0usize..vectors().len()) {
        let (_, mut bytes) = vectors().into_iter().nth(nth).unwrap();
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] ^= 1u8 << bit;
            let _ = Frame::decode(&bytes);
        }
    }
}
