//! Cancel: the asker has what it wanted from elsewhere, or nobody wants it any more.

use swarmfetch_content::{decode_fields, encode_fields};

use super::RequestId;

/// Stop answering. The sender confirms with a refusal, unless the answer was complete before it heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancel {
    /// The request.
    pub id: RequestId,
}

decode_fields!(Cancel { id });
encode_fields!(Cancel { id });
