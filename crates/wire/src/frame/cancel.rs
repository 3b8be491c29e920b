//! Cancel: the asker has what it wanted from elsewhere, or nobody wants it any more.

use serde::{Deserialize, Serialize};

use super::RequestId;

/// Stop answering. The sender confirms with a refusal, unless the answer was complete before it heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// The request.
    pub id: RequestId,
}
