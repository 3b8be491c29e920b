//! Our formats against `bao-tree` and against the slow reference, at every size where an off-by-one could hide.

use crate::reference::{
    Node, SIZES, honest_slice, interleaved, object_of, parents, pattern, ranges, receive,
};
use bao_tree::io::outboard::PreOrderMemOutboard;
use bao_tree::io::sync::encode_ranges_validated;
use bao_tree::{BlockSize, ChunkNum, ChunkRanges};
use swarmfetch_content::{GROUP_BYTES, GroupRange, Outboard, OutboardBuilder, Proof, verify_whole};

/// 2^4 chunks of 1 KiB.
const BLOCK: BlockSize = BlockSize::from_chunk_log(4);

fn bao_slice(bytes: &[u8], outboard: &PreOrderMemOutboard, range: GroupRange) -> Vec<u8> {
    let chunks = ChunkRanges::from(ChunkNum(range.start() * 16)..ChunkNum(range.end() * 16));
    let mut encoded = Vec::new();
    encode_ranges_validated(bytes, outboard, &chunks, &mut encoded).expect("all is in memory");
    encoded
}

#[test]
fn ids_and_outboards_are_bao_trees() {
    for size in SIZES {
        let bytes = pattern(size);
        let bao = PreOrderMemOutboard::create(&bytes, BLOCK);
        let (object, outboard) = Outboard::of(&bytes);
        assert_eq!(object.hash.as_bytes(), bao.root.as_bytes(), "{size}");
        assert_eq!(object.len, size as u64);
        assert_eq!(outboard.as_bytes(), bao.data, "{size}");
        assert_eq!(
            outboard.as_bytes().len() as u64,
            object.outboard_bytes(),
            "{size}"
        );

        let with_header = [&object.len.to_le_bytes()[..], outboard.as_bytes()].concat();
        assert_eq!(with_header, bao.into_inner_with_prefix(), "{size}");
    }
}

#[test]
fn ids_and_outboards_are_the_references() {
    for size in SIZES {
        let bytes = pattern(size);
        let (object, outboard) = Outboard::of(&bytes);
        assert_eq!(object, object_of(&bytes), "{size}");
        let honest = Node::root(&bytes).everything();
        assert_eq!(outboard.as_bytes(), parents(&honest), "{size}");
        assert_eq!(
            Outboard::parse(object, outboard.as_bytes()),
            Ok(outboard),
            "{size}"
        );
    }
}

#[test]
fn proofs_and_groups_interleaved_are_bao_trees_slices() {
    for size in SIZES {
        let bytes = pattern(size);
        let bao = PreOrderMemOutboard::create(&bytes, BLOCK);
        let (object, outboard) = Outboard::of(&bytes);
        let everything = Node::root(&bytes).everything();
        for range in ranges(object) {
            let honest = honest_slice(&everything, range);
            assert_eq!(
                interleaved(&honest),
                bao_slice(&bytes, &bao, range),
                "{size} {range:?}"
            );

            let proof = outboard.proof(range).unwrap();
            assert_eq!(proof.as_bytes(), parents(&honest), "{size} {range:?}");
            assert_eq!(
                Proof::expected_bytes(object, range),
                Ok(proof.as_bytes().len() as u64),
                "{size} {range:?}"
            );
        }
    }
}

#[test]
fn honest_slices_come_through_whole() {
    for size in SIZES {
        let bytes = pattern(size);
        let object = object_of(&bytes);
        let everything = Node::root(&bytes).everything();
        for range in ranges(object) {
            let honest = honest_slice(&everything, range);
            let place = object.bytes_of(range);
            let expected = &bytes[place.start as usize..place.end as usize];
            assert_eq!(
                receive(object, range, &honest).as_deref(),
                Ok(expected),
                "{size} {range:?}"
            );
        }
        assert_eq!(
            verify_whole(object, bytes.clone()).unwrap().as_slice(),
            bytes,
            "{size}"
        );
    }
}

#[test]
fn pieces_pushed_at_borders_make_the_same_outboard() {
    for size in SIZES {
        let bytes = pattern(size);
        for piece in [
            1,
            1023,
            1024,
            GROUP_BYTES - 1,
            GROUP_BYTES,
            GROUP_BYTES + 1,
            3 * GROUP_BYTES,
        ] {
            if size / piece > 100_000 {
                continue;
            }
            let mut builder = OutboardBuilder::new();
            bytes.chunks(piece).for_each(|piece| builder.push(piece));
            builder.push(&[]);
            assert_eq!(builder.finish(), Outboard::of(&bytes), "{size} by {piece}");
        }
    }
}
