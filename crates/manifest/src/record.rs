//! The record: what one version of a site consists of. At most 256 bytes, content-addressed.
//!
//! Format: the two bytes `0x52 0x01` ("R", specification 1), then postcard of the fields in order.
//! Bytes after the last known field are ignored, so that a later publisher can append.

use serde::{Deserialize, Serialize};

use crate::{Error, ObjectRef, Version};
use swarmfetch_content::codec::Reader;
use swarmfetch_content::{Hash, decode_fields};

/// The most a record may take, in bytes: it travels with every head.
pub const RECORD_BYTES_MAX: usize = 256;

const MAGIC: [u8; 2] = [b'R', 1];

/// The content-addressed description of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version this record describes; equals the head's.
    pub version: Version,
    /// Root of the tree from URL key to entry ([`crate::tree`]).
    tree_root: [u8; 32],
    /// How many URLs the tree holds; none at all is the owner's off-switch ([`Record::is_off`]).
    pub entries: u64,
    /// The whole tree as one object, for small sites.
    pub pack: Option<ObjectRef>,
    /// Rules, header sets, budgets ([`crate::Policy`]).
    pub policy: ObjectRef,
    /// Publishing keys ([`crate::Keys`]).
    pub keys: ObjectRef,
    /// What changed since an earlier version: that version and an edit list.
    pub edits: Option<(Version, ObjectRef)>,
}

decode_fields!(Record {
    version,
    tree_root,
    entries,
    pack,
    policy,
    keys,
    edits
});

impl Record {
    /// A record without an edit list.
    #[must_use]
    pub fn new(
        version: Version,
        tree_root: Hash,
        entries: u64,
        pack: Option<ObjectRef>,
        policy: ObjectRef,
        keys: ObjectRef,
    ) -> Self {
        Self {
            version,
            tree_root: *tree_root.as_bytes(),
            entries,
            pack,
            policy,
            keys,
            edits: None,
        }
    }

    /// Root of the tree from URL key to entry.
    #[must_use]
    pub fn tree_root(&self) -> Hash {
        Hash::from_bytes(self.tree_root)
    }

    /// Has the owner switched the swarm off? A version that shares nothing at all says so: what the site had visitors keep is
    /// taken away, and its worker goes. Any other version shares the page's script at least.
    #[must_use]
    pub const fn is_off(&self) -> bool {
        self.entries == 0
    }

    /// The record's bytes; their BLAKE3 hash is what the head names.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_extend(self, MAGIC.to_vec()).expect("a record has no unsized or foreign parts")
    }

    /// Reads a record whose hash the caller has checked ([`ObjectRef::check`]).
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::UnknownSpec`], [`Error::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let body = crate::record::body(bytes, MAGIC, RECORD_BYTES_MAX, "record")?;
        let record = Reader::new(body).read();
        record.ok_or(Error::Malformed { what: "record" })
    }
}

/// The bytes after a two-byte magic, length checked.
pub(crate) fn body<'a>(
    bytes: &'a [u8],
    magic: [u8; 2],
    limit: usize,
    what: &'static str,
) -> Result<&'a [u8], Error> {
    if bytes.len() > limit {
        return Err(Error::TooLong {
            what,
            len: bytes.len() as u64,
            limit: limit as u64,
        });
    }
    match bytes {
        [kind, spec, body @ ..] if *kind == magic[0] => {
            if *spec == magic[1] {
                Ok(body)
            } else {
                Err(Error::UnknownSpec { what })
            }
        }
        _ => Err(Error::Malformed { what }),
    }
}
