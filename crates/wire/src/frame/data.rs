//! Data: the next bytes of an answer.

use serde::{Deserialize, Serialize};

use super::RequestId;

/// The next encoded bytes of an answer, in order. Not fewer than
/// [`DATA_BYTES_MIN`](crate::limits::DATA_BYTES_MIN), but for the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Data<'a> {
    /// The request that is answered.
    pub id: RequestId,
    /// The bytes. The frame's own limit bounds them.
    #[serde(with = "serde_bytes")]
    pub bytes: &'a [u8],
}
