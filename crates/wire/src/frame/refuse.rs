//! Refuse: the end of a request without (all of) its bytes.

use serde::{Deserialize, Serialize};

use super::RequestId;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

/// No answer, or no more of one that had begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refuse {
    /// The request that ends.
    pub id: RequestId,
    /// Why.
    pub reason: RefuseReason,
    /// When to ask again, in milliseconds; meaningful with [`RefuseReason::Busy`], else 0.
    pub retry_ms: u32,
}
