//! Refuse: the end of a request without (all of) its bytes.

use swarmfetch_content::codec::{Decode, Encode, Reader};
use swarmfetch_content::{decode_fields, encode_fields};

use super::RequestId;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefuseReason {
    /// The sender does not hold the object (any more), or will not say.
    NotHeld,
    /// The visitor's settings do not allow to upload now.
    NotAllowed,
    /// Too much to do: ask again after the time given.
    Busy,
    /// As the asker wished.
    Cancelled,
}

impl Decode<'_> for RefuseReason {
    fn decode(from: &mut Reader<'_>) -> Self {
        match from.part::<u32>() {
            0 => RefuseReason::NotHeld,
            1 => RefuseReason::NotAllowed,
            2 => RefuseReason::Busy,
            3 => RefuseReason::Cancelled,
            _ => from.fail(RefuseReason::NotHeld),
        }
    }
}

impl Encode for RefuseReason {
    fn encode(&self, to: &mut Vec<u8>) {
        (*self as u32).encode(to);
    }
}

/// No answer, or no more of one that had begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refuse {
    /// The request that ends.
    pub id: RequestId,
    /// Why.
    pub reason: RefuseReason,
    /// When to ask again, in milliseconds; meaningful with [`RefuseReason::Busy`], else 0.
    pub retry_ms: u32,
}

decode_fields!(Refuse {
    id,
    reason,
    retry_ms
});
encode_fields!(Refuse {
    id,
    reason,
    retry_ms
});
