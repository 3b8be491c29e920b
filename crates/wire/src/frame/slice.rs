//! The slice: the head of an answer, with the proof. It travels outside of the compressed stream, so that a receiver
//! checks it before it inflates anything.

use serde::{Deserialize, Serialize};

use super::{ClaimedGroups, FrameError, RequestId, limited};
use crate::limits::PROOF_BYTES_MAX;

/// How the bytes of an answer are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// As they are.
    Identity,
    /// DEFLATE without a wrapper (RFC 1951), all groups of the answer in one stream. Shorter than the bytes as they
    /// are, else the sender takes those.
    Deflate,
}

/// The beginning of an answer; its bytes follow in [`Data`](super::Data) frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice<'a> {
    /// The request that is answered.
    pub id: RequestId,
    /// The groups of the answer: those of the request.
    pub groups: ClaimedGroups,
    /// How the bytes are encoded.
    pub encoding: Encoding,
    /// How many encoded bytes follow.
    pub encoded_bytes: u64,
    /// The parents of the groups (`content::Proof`), at most [`PROOF_BYTES_MAX`] bytes.
    #[serde(with = "serde_bytes")]
    pub proof: &'a [u8],
}

impl Slice<'_> {
    pub(super) fn within_limits(self, kind: u8) -> Result<Self, FrameError> {
        limited(kind, self.proof.len(), PROOF_BYTES_MAX)?;
        Ok(self)
    }
}
