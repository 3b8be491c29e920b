//! Parts of objects: which segments the sender would serve of one that it has not all of, or wants.

use swarmfetch_content::{decode_fields, encode_fields};

use super::HashPrefix;

/// Some segments of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The object.
    pub prefix: HashPrefix,
    /// A bit for each segment of [`REQUEST_GROUPS_MAX`](crate::limits::REQUEST_GROUPS_MAX) groups, the first one lowest in the first byte;
    /// none for what is not there. At most [`SEGMENT_BYTES_MAX`](crate::limits::SEGMENT_BYTES_MAX) bytes.
    pub segments: Vec<u8>,
}

decode_fields!(Part { prefix, segments });
encode_fields!(Part { prefix, segments });
