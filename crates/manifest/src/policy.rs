//! Policy: everything the owner decided that is not a URL's content.
//!
//! Format: the two bytes `0x50 0x01` ("P", specification 1), then postcard of [`Policy`], at most
//! 64 KiB. Bytes after the last known field are ignored. The record names it by hash.

use serde::{Deserialize, Serialize};
use swarmfetch_content::codec::{Decode, Reader};
use swarmfetch_content::decode_fields;

use crate::record::body;
use crate::rules::RULES_MAX;
use crate::{Error, Rules};

/// The most a policy may take, in bytes: 256 rules and hundreds of header sets fit.
pub const POLICY_BYTES_MAX: usize = 64 * 1024;

const MAGIC: [u8; 2] = [b'P', 1];

/// How far a visitor waits for peers before the origin is asked as well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HedgeMode {
    /// Never slower than the origin: the deadline follows measured round trips.
    #[default]
    Speed,
    /// A bounded wait to spare the origin.
    Savings,
}

impl Decode<'_> for HedgeMode {
    fn decode(from: &mut Reader<'_>) -> Self {
        match from.part::<u32>() {
            0 => Self::Speed,
            1 => Self::Savings,
            _ => from.fail(Self::Speed),
        }
    }
}

/// Response headers that many URLs share, in the order they are sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HeaderSet(pub Vec<(String, String)>);

decode_fields!(HeaderSet { 0 });

/// What one visitor gives and keeps at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budgets {
    /// Bytes sent to other visitors in a day.
    pub upload_bytes_per_day: u64,
    /// Bytes kept in Cache Storage.
    pub cache_bytes: u64,
}

decode_fields!(Budgets {
    upload_bytes_per_day,
    cache_bytes
});

impl Default for Budgets {
    fn default() -> Self {
        Self {
            upload_bytes_per_day: 200_000_000,
            cache_bytes: 500_000_000,
        }
    }
}

/// The owner's decisions for one version of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What is shared; the same text is baked into the worker script.
    pub rules: Rules,
    /// Header sets that entries name by index.
    pub header_sets: Vec<HeaderSet>,
    /// Seconds between two head requests of one visitor.
    pub freshness_secs: u32,
    /// WebSocket trackers: absolute `ws(s):` URLs, or paths on the page's own origin.
    pub trackers: Vec<String>,
    /// ICE servers of the owner's choice: a `stun:` URL, or a `turn:` URL with user name and credential behind it, a space before each.
    pub ice: Vec<String>,
    /// UDP port of a STUN responder on the page's own host; none without one.
    pub stun_port: Option<u16>,
    /// Base URLs of untrusted HTTP hosts that serve objects.
    pub mirrors: Vec<String>,
    /// Do objects of content stand under `o/` at the origin?
    pub mirror: bool,
    /// Visitors' budgets.
    pub budgets: Budgets,
}

decode_fields!(Policy {
    rules,
    header_sets,
    freshness_secs,
    trackers,
    ice,
    stun_port,
    mirrors,
    mirror,
    budgets
});

impl Policy {
    /// The policy's bytes; the record names their hash.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let bytes = postcard::to_extend(self, MAGIC.to_vec())
            .map_err(|_| Error::Unencodable { what: "policy" })?;
        body(&bytes, MAGIC, POLICY_BYTES_MAX, "policy")?;
        Ok(bytes)
    }

    /// Reads a policy whose hash the caller has checked ([`crate::ObjectRef::check`]).
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::UnknownSpec`], [`Error::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let body = body(bytes, MAGIC, POLICY_BYTES_MAX, "policy")?;
        let policy: Option<Self> = Reader::new(body).read();
        let policy = policy.ok_or(Error::Malformed { what: "policy" })?;
        if policy.rules.share.len() > RULES_MAX || policy.rules.private.len() > RULES_MAX {
            return Err(Error::Malformed {
                what: "policy: more than 256 rules",
            });
        }
        Ok(policy)
    }
}
