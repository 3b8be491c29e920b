//! Data: the next bytes of an answer.

use swarmfetch_content::{decode_fields, encode_fields};

use super::RequestId;

/// The next encoded bytes of an answer, in order. Not fewer than
/// [`DATA_BYTES_MIN`](crate::limits::DATA_BYTES_MIN), but for the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Data<'a> {
    /// The request that is answered.
    pub id: RequestId,
    /// The bytes. The frame's own limit bounds them.
    pub bytes: &'a [u8],
}

decode_fields!(Data<'a> { id, bytes });
encode_fields!(Data<'_> { id, bytes });
