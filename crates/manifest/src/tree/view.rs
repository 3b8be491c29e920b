//! The reader's side: a tree that grows as verified parts of it arrive.

use swarmfetch_content::{Hash, SortedMap};

use crate::ids::KeyPrefix;
use crate::tree::EMPTY;
use crate::tree::codec::{PARTIAL_BYTES_MAX, Partial, Place, goes_right};
use crate::{Entry, Error, UrlKey};

/// A URL that the owner's signature labels: only a verified tree makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareableUrl {
    key: UrlKey,
    entry: Entry,
}

impl ShareableUrl {
    /// Its name in the tree.
    #[must_use]
    pub fn key(&self) -> UrlKey {
        self.key
    }

    /// What it answers.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.entry
    }
}

/// What the tree says of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// It is labelled.
    Found(Box<ShareableUrl>),
    /// It is proved not to be labelled.
    Absent,
    /// The node of this hash is needed first; hand it to [`TreeView::graft`] and ask again.
    Needs(Hash),
}

/// The parts of one version's tree that are known so far.
#[derive(Debug, Clone)]
pub struct TreeView {
    pub(super) root: Hash,
    pub(super) parts: SortedMap<Hash, Partial>,
}

impl TreeView {
    /// Nothing known but the root, from a verified record.
    #[must_use]
    pub fn new(root: Hash) -> Self {
        Self {
            root,
            parts: SortedMap::new(),
        }
    }

    /// The root's hash.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root
    }

    /// How many parts are held: nodes, packs and proofs.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// Adds a node, a pack or a proof that was asked for by this hash, to what was known of it before as long as that is not too much.
    ///
    /// # Errors
    /// [`Error::HashMismatch`] when it is another tree's, or a defect of the encoding.
    pub fn graft(&mut self, hash: Hash, bytes: Vec<u8>) -> Result<(), Error> {
        let part = Partial::decode(bytes)?;
        if part.root != hash {
            return Err(Error::HashMismatch { what: "tree node" });
        }
        let before = self.parts.remove(&hash);
        let union = before.map(|before| before.union(&part));
        let kept = union.filter(|union| union.bytes.len() <= PARTIAL_BYTES_MAX);
        self.parts.insert(hash, kept.unwrap_or(part));
        Ok(())
    }

    /// Is this key labelled?
    ///
    /// # Errors
    /// [`Error::Malformed`] when the owner signed an entry that cannot be read.
    pub fn lookup(&self, key: &UrlKey) -> Result<Lookup, Error> {
        match self.find(&key.0)? {
            Lookup::Found(url) if url.key != *key => Ok(Lookup::Absent),
            found => Ok(found),
        }
    }

    /// What stands at a key's first eight bytes; a hint's way to its URL.
    ///
    /// # Errors
    /// As [`TreeView::lookup`].
    pub fn lookup_prefix(&self, prefix: &KeyPrefix) -> Result<Lookup, Error> {
        match self.find(&prefix.0)? {
            Lookup::Found(url) if url.key.prefix() != *prefix => Ok(Lookup::Absent),
            found => Ok(found),
        }
    }

    /// The hashes of parts that are named but not held. Empty once the whole tree is known.
    #[must_use]
    pub fn missing(&self) -> Vec<Hash> {
        let stubs = self.places().filter_map(|(_, place)| match place {
            Place::Stub(hash) => Some(*hash),
            _ => None,
        });
        core::iter::once(self.root)
            .chain(stubs)
            .filter(|hash| *hash != EMPTY && !self.parts.contains_key(hash))
            .collect()
    }

    /// Every labelled URL in the parts that are held.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the owner signed an entry that cannot be read.
    pub fn urls(&self) -> Result<Vec<ShareableUrl>, Error> {
        let leaves = self.places().filter_map(|(part, place)| match place {
            Place::Leaf { key, start, end } => {
                Some((*key, &part.bytes[*start as usize..*end as usize]))
            }
            _ => None,
        });
        leaves
            .map(|(key, bytes)| Entry::parse(bytes).map(|entry| ShareableUrl { key, entry }))
            .collect()
    }

    fn places(&self) -> impl Iterator<Item = (&Partial, &Place)> {
        self.parts
            .values()
            .flat_map(|part| part.places.iter().map(move |place| (part, place)))
    }

    /// Follows the bits of `key` to whatever leaf or gap they lead to.
    fn find(&self, key: &[u8]) -> Result<Lookup, Error> {
        let (mut want, mut depth) = (self.root, 0);
        // The stored node that the way is in: what is left out of a proof stands there.
        let mut node;
        loop {
            if want == EMPTY {
                return Ok(Lookup::Absent);
            }
            let Some(part) = self.parts.get(&want) else {
                return Ok(Lookup::Needs(want));
            };
            node = want;
            let mut at = 0;
            loop {
                match part.places[at] {
                    Place::Empty => return Ok(Lookup::Absent),
                    Place::Leaf { key, start, end } => {
                        let entry = Entry::parse(&part.bytes[start as usize..end as usize])?;
                        return Ok(Lookup::Found(Box::new(ShareableUrl { key, entry })));
                    }
                    Place::Stub(hash) => {
                        want = hash;
                        break;
                    }
                    Place::LeftOut(_) => return Ok(Lookup::Needs(node)),
                    Place::Inner { hash, top, .. }
                        if top && at > 0 && self.parts.contains_key(&hash) =>
                    {
                        want = hash;
                        break;
                    }
                    Place::Inner { right, hash, top } => {
                        if top {
                            node = hash;
                        }
                        if depth >= key.len() * 8 {
                            return Ok(Lookup::Absent);
                        }
                        at = if goes_right(key, depth) {
                            right as usize
                        } else {
                            at + 1
                        };
                        depth += 1;
                    }
                }
            }
        }
    }
}
