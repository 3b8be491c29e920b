//! What survives the worker: one small entry of Cache Storage.
//!
//! Format: a version byte `0x01`, then postcard of [`Saved`]; fields are only ever appended, so that
//! the release before can read it. The page can write here too, so heads, keys, records and policies
//! stand in it as the signed bytes and prove themselves again at load; pins and counters are the only
//! plain values: a lie in them costs the liar's own site a wrong statistic or a pass-through.

use swarmfetch_content::codec::{Encode, Reader};
use swarmfetch_content::{decode_fields, encode_fields};

/// The most the entry may take, in bytes: sixteen editions with policies of the largest size.
const SAVED_BYTES_MAX: usize = 2 * 1024 * 1024;

const SPEC: u8 = 1;

#[derive(Debug, Default)]
pub(crate) struct Saved {
    /// The keys object.
    pub(crate) keys: Vec<u8>,
    /// Editions that are current or that a page still uses.
    pub(crate) editions: Vec<SavedEdition>,
    /// Wall seconds of the last head request.
    pub(crate) checked: u64,
    /// Which version a client started with; none: it is passed through.
    pub(crate) pins: Vec<(String, Option<u64>)>,
    /// Sums since the install.
    pub(crate) tally: Tally,
    /// The visitor said no.
    pub(crate) opted_out: bool,
    /// The name that this visitor goes by among its peers, and the wall second at which it was drawn.
    pub(crate) peer: Vec<u8>,
    pub(crate) peer_drawn: u64,
}

decode_fields!(Saved {
    keys,
    editions,
    checked,
    pins,
    tally,
    opted_out,
    peer,
    peer_drawn
});
encode_fields!(Saved {
    keys,
    editions,
    checked,
    pins,
    tally,
    opted_out,
    peer,
    peer_drawn
});

#[derive(Debug, Default)]
pub(crate) struct SavedEdition {
    pub(crate) head: Vec<u8>,
    pub(crate) record: Vec<u8>,
    pub(crate) policy: Vec<u8>,
}

decode_fields!(SavedEdition {
    head,
    record,
    policy
});
encode_fields!(SavedEdition {
    head,
    record,
    policy
});

/// Bytes (decoded, delivered to pages) and requests by where they came from; see `stats()`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) cache: Count,
    pub(crate) peers: Count,
    pub(crate) mirrors: Count,
    pub(crate) origin: Count,
    /// Requests under a share rule that were passed through.
    pub(crate) passed: u64,
    /// Decoded body bytes served to peers.
    pub(crate) uploaded: u64,
    /// Answers of peers that were false.
    pub(crate) rejected: u64,
    /// Bytes that crossed links, both ways.
    pub(crate) wire: u64,
}

decode_fields!(Tally {
    cache,
    peers,
    mirrors,
    origin,
    passed,
    uploaded,
    rejected,
    wire
});
encode_fields!(Tally {
    cache,
    peers,
    mirrors,
    origin,
    passed,
    uploaded,
    rejected,
    wire
});

/// One source's sums.
#[derive(Debug, Clone, Default)]
pub(crate) struct Count {
    pub(crate) bytes: u64,
    pub(crate) requests: u64,
}

decode_fields!(Count { bytes, requests });
encode_fields!(Count { bytes, requests });

impl Count {
    pub(crate) fn add(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.requests += 1;
    }
}

impl Saved {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![SPEC];
        Encode::encode(self, &mut bytes);
        bytes
    }

    /// Nothing for what is not ours or of a later release.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [SPEC, rest @ ..] if rest.len() <= SAVED_BYTES_MAX => Reader::new(rest).read(),
            _ => None,
        }
    }
}
