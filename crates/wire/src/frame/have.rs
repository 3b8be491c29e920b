//! Have and have-not: which objects the sender would serve, as prefixes of their hashes, and changes of that.

use core::fmt;

use swarmfetch_content::{Hash, decode_fields, encode_fields};

/// The first 8 bytes of an object's hash. Enough to find a holder; a chance meeting costs one refused request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HashPrefix(pub [u8; 8]);

decode_fields!(HashPrefix { 0 });
encode_fields!(HashPrefix { 0 });

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Have {
    /// Everything said before is void: the sender begins anew.
    pub reset: bool,
    /// At most [`HAVE_PREFIXES_MAX`](crate::limits::HAVE_PREFIXES_MAX); more go in further frames.
    pub prefixes: Vec<HashPrefix>,
}

decode_fields!(Have { reset, prefixes });
encode_fields!(Have { reset, prefixes });

/// What the sender no longer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HaveNot {
    /// At most [`HAVE_PREFIXES_MAX`](crate::limits::HAVE_PREFIXES_MAX); more go in further frames.
    pub prefixes: Vec<HashPrefix>,
}

decode_fields!(HaveNot { prefixes });
encode_fields!(HaveNot { prefixes });
