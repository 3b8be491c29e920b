//! Partial trees as bytes, and as an arena whose hash was recomputed on the way in.

use swarmfetch_content::Hash;

use crate::tree::{EMPTY, bit, inner_hash, leaf_hash};
use crate::{Error, UrlKey};

/// The most a partial tree may take, in bytes: the largest pack.
pub const PARTIAL_BYTES_MAX: usize = 1024 * 1024;

const SPEC: u8 = 1;
pub(super) const TAG_EMPTY: u8 = 0;
pub(super) const TAG_INNER: u8 = 1;
pub(super) const TAG_STUB: u8 = 2;
pub(super) const TAG_LEAF: u8 = 3;

const MALFORMED: Error = Error::Malformed { what: "tree node" };

/// One place of a decoded partial tree.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Empty,
    /// The bit-0 child is the next place; the bit-1 child stands here.
    Inner {
        right: u32,
    },
    Stub(Hash),
    Leaf {
        key: UrlKey,
        start: u32,
        end: u32,
    },
}

/// A decoded partial tree: pre-order places, and the bytes its entries stand in.
#[derive(Debug, Clone)]
pub(super) struct Partial {
    pub(super) places: Vec<Place>,
    pub(super) bytes: Vec<u8>,
    pub(super) root: Hash,
}

impl Partial {
    /// Decodes and recomputes the root's hash.
    pub(super) fn decode(bytes: Vec<u8>) -> Result<Self, Error> {
        if bytes.len() > PARTIAL_BYTES_MAX {
            return Err(Error::TooLong {
                what: "tree node",
                len: bytes.len() as u64,
                limit: PARTIAL_BYTES_MAX as u64,
            });
        }
        let [spec, depth, ..] = bytes[..] else {
            return Err(MALFORMED);
        };
        if spec != SPEC {
            return Err(Error::UnknownSpec { what: "tree node" });
        }
        let depth = usize::from(depth);
        let shared = bytes.get(2..2 + depth / 8).ok_or(MALFORMED)?.to_vec();
        let mut reader = Reader {
            at: 2 + shared.len(),
            bytes: &bytes,
            shared,
            places: Vec::new(),
        };
        let root = reader.subtree(depth)?;
        if reader.at != bytes.len() {
            return Err(MALFORMED);
        }
        let places = reader.places;
        Ok(Self {
            places,
            bytes,
            root,
        })
    }
}

struct Reader<'a> {
    at: usize,
    bytes: &'a [u8],
    shared: Vec<u8>,
    places: Vec<Place>,
}

impl Reader<'_> {
    /// Reads one subtree and returns its hash. Recursion is bounded by the 256 bits of a key.
    fn subtree(&mut self, depth: usize) -> Result<Hash, Error> {
        let at = self.places.len();
        match self.take(1)?[0] {
            TAG_EMPTY => {
                self.places.push(Place::Empty);
                Ok(EMPTY)
            }
            TAG_INNER if depth < 256 => {
                self.places.push(Place::Inner { right: 0 });
                let left = self.subtree(depth + 1)?;
                let right_at = self.places.len() as u32;
                self.places[at] = Place::Inner { right: right_at };
                let right = self.subtree(depth + 1)?;
                Ok(inner_hash(&left, &right))
            }
            TAG_STUB => {
                let mut hash = [0; 32];
                hash.copy_from_slice(self.take(32)?);
                let hash = Hash::from_bytes(hash);
                self.places.push(Place::Stub(hash));
                Ok(hash)
            }
            TAG_LEAF => self.leaf(),
            _ => Err(MALFORMED),
        }
    }

    fn leaf(&mut self) -> Result<Hash, Error> {
        let mut key = [0; 32];
        let shared = self.shared.len();
        key[..shared].copy_from_slice(&self.shared);
        key[shared..].copy_from_slice(self.take(32 - shared)?);
        let key = UrlKey(key);
        let len = self.length()?;
        let start = self.at;
        let hash = leaf_hash(&key, self.take(len)?);
        self.places.push(Place::Leaf {
            key,
            start: start as u32,
            end: self.at as u32,
        });
        Ok(hash)
    }

    /// LEB128 of at most three bytes: an entry is far below 2 MiB.
    fn length(&mut self) -> Result<usize, Error> {
        let mut length = 0;
        for shift in [0, 7, 14] {
            let byte = self.take(1)?[0];
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(length);
            }
        }
        Err(MALFORMED)
    }

    fn take(&mut self, len: usize) -> Result<&[u8], Error> {
        let taken = self.bytes.get(self.at..self.at + len).ok_or(MALFORMED)?;
        self.at += len;
        Ok(taken)
    }
}

/// Writes a partial tree.
pub(super) struct Writer {
    bytes: Vec<u8>,
    shared: usize,
}

impl Writer {
    /// For entries that agree with `key` in their first `depth` (at most 255) bits.
    pub(super) fn new(depth: usize, key: &UrlKey) -> Self {
        let shared = depth / 8;
        let mut bytes = vec![SPEC, depth as u8];
        bytes.extend_from_slice(&key.0[..shared]);
        Self { bytes, shared }
    }

    pub(super) fn empty(&mut self) {
        self.bytes.push(TAG_EMPTY);
    }

    pub(super) fn inner(&mut self) {
        self.bytes.push(TAG_INNER);
    }

    pub(super) fn stub(&mut self, hash: &Hash) {
        self.bytes.push(TAG_STUB);
        self.bytes.extend_from_slice(hash.as_bytes());
    }

    pub(super) fn leaf(&mut self, key: &UrlKey, entry: &[u8]) {
        self.bytes.push(TAG_LEAF);
        self.bytes.extend_from_slice(&key.0[self.shared..]);
        let mut len = entry.len();
        while len > 0x7f {
            self.bytes.push(len as u8 & 0x7f | 0x80);
            len >>= 7;
        }
        self.bytes.push(len as u8);
        self.bytes.extend_from_slice(entry);
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Bytes of a leaf at a shared prefix of `shared` bytes.
pub(super) fn leaf_size(shared: usize, entry: usize) -> usize {
    1 + 32 - shared
        + if entry > 0x3fff {
            3
        } else if entry > 0x7f {
            2
        } else {
            1
        }
        + entry
}

/// Which child of an inner place at `depth` a key belongs to.
pub(super) fn goes_right(key: &[u8], depth: usize) -> bool {
    bit(key, depth)
}
