//! The gossiped head: a new version spreads from peer to peer, and each verifies it for itself.

use swarmfetch_content::{decode_fields, encode_fields};

/// A head that the receiver may not have heard of, and its record. Raw bytes: `manifest` verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadGossip<'a> {
    /// The version that the sender says it is.
    pub version: u64,
    /// The file `/.well-known/swarmfetch/head`, at most [`HEAD_BYTES_MAX`](crate::limits::HEAD_BYTES_MAX).
    pub head: &'a [u8],
    /// The record it names, at most [`RECORD_BYTES_MAX`](crate::limits::RECORD_BYTES_MAX).
    pub record: &'a [u8],
}

decode_fields!(HeadGossip<'a> { version, head, record });
encode_fields!(HeadGossip<'_> { version, head, record });
