//! The slice: the head of an answer, with the proof. It travels outside of the compressed stream, so that a receiver
//! checks it before it inflates anything.

use swarmfetch_content::codec::{Decode, Encode, Reader};
use swarmfetch_content::{decode_fields, encode_fields};

use super::{ClaimedGroups, RequestId};

/// How the bytes of an answer are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As they are.
    Identity,
    /// DEFLATE without a wrapper (RFC 1951), all groups of the answer in one stream. Shorter than the bytes as they
    /// are, else the sender takes those.
    Deflate,
}

impl Decode<'_> for Encoding {
    fn decode(from: &mut Reader<'_>) -> Self {
        match from.part::<u32>() {
            0 => Encoding::Identity,
            1 => Encoding::Deflate,
            _ => from.fail(Encoding::Identity),
        }
    }
}

impl Encode for Encoding {
    fn encode(&self, to: &mut Vec<u8>) {
        (*self as u32).encode(to);
    }
}

/// The beginning of an answer; its bytes follow in [`Data`](super::Data) frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice<'a> {
    /// The request that is answered.
    pub id: RequestId,
    /// The groups of the answer: those of the request.
    pub groups: ClaimedGroups,
    /// How the bytes are encoded.
    pub encoding: Encoding,
    /// How many encoded bytes follow.
    pub encoded_bytes: u64,
    /// The parents of the groups (`content::Proof`), at most [`PROOF_BYTES_MAX`](crate::limits::PROOF_BYTES_MAX) bytes.
    pub proof: &'a [u8],
}

decode_fields!(Slice<'a> { id, groups, encoding, encoded_bytes, proof });
encode_fields!(Slice<'_> { id, groups, encoding, encoded_bytes, proof });
