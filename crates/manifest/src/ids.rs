//! Names and sizes shared by the formats of this crate.

use core::fmt;

use serde::{Deserialize, Serialize};
use swarmfetch_content::text::{hex_into, push_hex};
use swarmfetch_content::{Hash, ObjectId, decode_fields};

use crate::Error;

/// Seconds since 1970-01-01 UTC, by somebody's wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WallSecs(pub u64);

decode_fields!(WallSecs { 0 });

/// A site's random name, drawn once by `swarmfetch init`; it outlives host names and keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SiteId(pub [u8; 16]);

decode_fields!(SiteId { 0 });

impl SiteId {
    /// Reads 32 lower-case hex digits.
    ///
    /// # Errors
    /// [`Error::Malformed`] for anything else.
    pub fn from_hex(text: &str) -> Result<Self, Error> {
        let mut id = [0; 16];
        hex_into(text, &mut id).ok_or(Error::Malformed { what: "site id" })?;
        Ok(Self(id))
    }
}

impl fmt::Display for SiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for SiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

/// The number of a published version of a site: only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version(pub u64);

decode_fields!(Version { 0 });

/// The name of a URL inside a site's tree.
///
/// BLAKE3 of path and query as the WHATWG URL standard serialises them, for the site itself: the
/// same behind another port, host name or scheme. For other origins of the owner: of the full URL.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UrlKey(pub [u8; 32]);

impl UrlKey {
    /// The key of a URL of the site itself; `path_and_query` begins with `/`.
    #[must_use]
    pub fn of_path(path_and_query: &str) -> Self {
        Self(*Hash::of(path_and_query.as_bytes()).as_bytes())
    }

    /// The key of a URL of another origin of the owner, without its fragment.
    #[must_use]
    pub fn of_url(url: &str) -> Self {
        Self(*Hash::of(url.as_bytes()).as_bytes())
    }

    /// The first eight bytes: how entries name what a document will need.
    #[must_use]
    pub fn prefix(&self) -> KeyPrefix {
        let mut prefix = [0; 8];
        prefix.copy_from_slice(&self.0[..8]);
        KeyPrefix(prefix)
    }
}

impl fmt::Debug for UrlKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

/// The first eight bytes of a [`UrlKey`]: a hint, never a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyPrefix(pub [u8; 8]);

decode_fields!(KeyPrefix { 0 });

/// Names an object and its length, so that every length is known before reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectRef {
    hash: [u8; 32],
    len: u64,
}

decode_fields!(ObjectRef { hash, len });

impl ObjectRef {
    /// Names these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            hash: *Hash::of(bytes).as_bytes(),
            len: bytes.len() as u64,
        }
    }

    /// The same in `content`'s words.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        ObjectId {
            hash: Hash::from_bytes(self.hash),
            len: self.len,
        }
    }

    /// The object's BLAKE3 hash.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::from_bytes(self.hash)
    }

    /// The object's length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Is it the empty object?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Do these bytes have this name?
    ///
    /// # Errors
    /// [`Error::HashMismatch`], naming `what` was expected.
    pub fn check(&self, what: &'static str, bytes: &[u8]) -> Result<(), Error> {
        if *self == Self::of(bytes) {
            Ok(())
        } else {
            Err(Error::HashMismatch { what })
        }
    }
}

impl From<ObjectId> for ObjectRef {
    fn from(id: ObjectId) -> Self {
        Self {
            hash: *id.hash.as_bytes(),
            len: id.len,
        }
    }
}

pub(crate) fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let mut text = String::new();
    push_hex(&mut text, bytes);
    f.write_str(&text)
}
