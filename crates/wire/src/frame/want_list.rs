//! Want-list: what the sender waits for, so that several who want the same of a busy origin need not each have it from there (as Bitswap's want-lists tell of blocks).

use swarmfetch_content::{decode_fields, encode_fields};

use super::{HashPrefix, Part};

/// What the sender wants, and cannot soon have from its origin. Replaces what it said before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantList {
    /// At most [`WANT_LIST_MAX`](crate::limits::WANT_LIST_MAX).
    pub prefixes: Vec<HashPrefix>,
    /// What it wants of long objects that come part by part; of at most [`WANT_PARTS_MAX`](crate::limits::WANT_PARTS_MAX).
    pub parts: Vec<Part>,
}

decode_fields!(WantList { prefixes, parts });
encode_fields!(WantList { prefixes, parts });
