//! Have and have-not: which objects the sender would serve, as prefixes of their hashes, and changes of that.

use core::fmt;

use serde::{Deserialize, Serialize};
use swarmfetch_content::Hash;

use super::{FrameError, limited};
use crate::limits::HAVE_PREFIXES_MAX;

/// The first 8 bytes of an object's hash. Enough to find a holder; a chance meeting costs one refused request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HashPrefix(pub [u8; 8]);

impl HashPrefix {
    /// The prefix of `hash`.
    pub fn of(hash: &Hash) -> Self {
        let (prefix, _) = hash
            .as_bytes()
            .split_first_chunk()
            .expect("a hash has 32 bytes");
        HashPrefix(*prefix)
    }
}

impl fmt::Debug for HashPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What the sender holds and would serve. Each side sends one right after its hello, empty if need be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Have {
    /// Everything said before is void: the sender begins anew.
    pub reset: bool,
    /// At most [`HAVE_PREFIXES_MAX`]; more go in further frames.
    pub prefixes: Vec<HashPrefix>,
}

impl Have {
    pub(super) fn within_limits(self, kind: u8) -> Result<Self, FrameError> {
        limited(kind, self.prefixes.len(), HAVE_PREFIXES_MAX)?;
        Ok(self)
    }
}

/// What the sender no longer holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HaveNot {
    /// At most [`HAVE_PREFIXES_MAX`]; more go in further frames.
    pub prefixes: Vec<HashPrefix>,
}

impl HaveNot {
    pub(super) fn within_limits(self, kind: u8) -> Result<Self, FrameError> {
        limited(kind, self.prefixes.len(), HAVE_PREFIXES_MAX)?;
        Ok(self)
    }
}
