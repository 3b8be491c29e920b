//! Have and have-not: which objects the sender would serve, and changes of that.

use swarmfetch_content::{decode_fields, encode_fields};

use super::Prefixes;

/// What the sender holds and would serve: the map of a bucket, when its [`Scale`](super::Scale) is the sender's; else, with a
/// depth of 0, what came to buckets whose map was told. Whoever holds little tells all of it right after its hello, be it
/// nothing; others say [`Buckets`](super::Buckets).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Have {
    /// Everything said before is void: the sender begins anew, on this scale.
    pub reset: bool,
    /// What it holds; of what was not told yet, nothing.
    pub prefixes: Prefixes,
}

decode_fields!(Have { reset, prefixes });
encode_fields!(Have { reset, prefixes });

/// What the sender no longer holds, of buckets whose map was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HaveNot {
    /// What went.
    pub prefixes: Prefixes,
}

decode_fields!(HaveNot { prefixes });
encode_fields!(HaveNot { prefixes });
