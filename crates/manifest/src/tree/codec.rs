//! Partial trees as bytes, and as an arena whose hash was recomputed on the way in.

use swarmfetch_content::Hash;
use swarmfetch_content::codec::Reader;

use crate::tree::{EMPTY, bit, inner_hash, leaf_hash};
use crate::{Error, UrlKey};

/// The most a partial tree may take, in bytes: the largest pack.
pub const PARTIAL_BYTES_MAX: usize = 1024 * 1024;

const SPEC: u8 = 1;
/// An entry's length, in LEB128 of at most three bytes: it is far below 2 MiB.
const LENGTH_BITS: u32 = 21;
pub(super) const TAG_EMPTY: u8 = 0;
pub(super) const TAG_INNER: u8 = 1;
pub(super) const TAG_STUB: u8 = 2;
pub(super) const TAG_LEAF: u8 = 3;
pub(super) const TAG_TOP: u8 = 4;
pub(super) const TAG_LEFT_OUT: u8 = 5;

const MALFORMED: Error = Error::Malformed { what: "tree node" };

/// One place of a decoded partial tree.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Empty,
    /// The bit-0 child is the next place; the bit-1 child stands here.
    Inner {
        right: u32,
        hash: Hash,
        /// It begins a stored node.
        top: bool,
    },
    /// A stored node.
    Stub(Hash),
    /// Something in the middle of one.
    LeftOut(Hash),
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
        let mut subtrees = Subtrees {
            from: Reader::new(&bytes[2..]),
            end: bytes.len(),
            key: [0; 32],
            shared: depth / 8,
            places: Vec::new(),
        };
        let Subtrees { from, key, .. } = &mut subtrees;
        from.fill(&mut key[..depth / 8]);
        let root = subtrees.next(depth);
        let Subtrees { from, places, .. } = subtrees;
        // A stub alone is of the very hash that it names: whoever followed it would come back to it for ever.
        let says_nothing = matches!(places.first(), Some(Place::Stub(_) | Place::LeftOut(_)));
        if says_nothing || from.has_failed() || !from.rest().is_empty() {
            return Err(MALFORMED);
        }
        Ok(Self {
            places,
            bytes,
            root,
        })
    }
}

struct Subtrees<'a> {
    from: Reader<'a>,
    /// Where `from` ends.
    end: usize,
    /// With what all keys share.
    key: [u8; 32],
    shared: usize,
    places: Vec<Place>,
}

impl Subtrees<'_> {
    /// Reads one subtree and returns its hash. Recursion is bounded by the 256 bits of a key, and by the bytes: a reader
    /// that has failed gives empty subtrees.
    fn next(&mut self, depth: usize) -> Hash {
        let at = self.places.len();
        let tag = self.from.part::<u8>();
        match tag {
            TAG_EMPTY => {
                self.places.push(Place::Empty);
                EMPTY
            }
            TAG_INNER | TAG_TOP if depth < 256 => {
                let (right, hash, top) = (0, EMPTY, tag == TAG_TOP);
                self.places.push(Place::Inner { right, hash, top });
                let left = self.next(depth + 1);
                let right = self.places.len() as u32;
                let hash = inner_hash(&left, &self.next(depth + 1));
                self.places[at] = Place::Inner { right, hash, top };
                hash
            }
            TAG_STUB | TAG_LEFT_OUT => {
                let hash = Hash::from_bytes(self.from.part());
                self.places.push(if tag == TAG_STUB {
                    Place::Stub(hash)
                } else {
                    Place::LeftOut(hash)
                });
                hash
            }
            TAG_LEAF => self.leaf(),
            _ => self.from.fail(EMPTY),
        }
    }

    fn leaf(&mut self) -> Hash {
        let mut key = UrlKey(self.key);
        self.from.fill(&mut key.0[self.shared..]);
        let len = self.from.number(LENGTH_BITS) as usize;
        let start = self.at();
        let hash = leaf_hash(&key, self.from.take(len));
        let end = self.at();
        self.places.push(Place::Leaf { key, start, end });
        hash
    }

    /// Where it goes on.
    fn at(&self) -> u32 {
        (self.end - self.from.rest().len()) as u32
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

    /// As an inner place, of what begins a stored node.
    pub(super) fn top(&mut self) {
        self.bytes.push(TAG_TOP);
    }

    /// The hash of what is in the middle of a node, and not told.
    pub(super) fn left_out(&mut self, hash: &Hash) {
        self.bytes.push(TAG_LEFT_OUT);
        self.bytes.extend_from_slice(hash.as_bytes());
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

    /// Bytes so far.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Is this partial tree one entry? Alone of all it may be written for several depths under the same hash.
#[must_use]
pub fn is_one(bytes: &[u8]) -> bool {
    let tag = bytes.get(1).map(|depth| 2 + usize::from(*depth) / 8);
    tag.and_then(|tag| bytes.get(tag)) == Some(&TAG_LEAF)
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
