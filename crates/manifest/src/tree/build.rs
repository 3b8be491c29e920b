//! The publisher's side: a set of entries, its root, and the objects that carry it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use swarmfetch_content::Hash;

use crate::tree::subtree::{AllOpen, Node, Shape, Subtree};
use crate::tree::{EMPTY, bit};
use crate::{Entry, Error, UrlKey};

/// A set of entries by URL key.
#[derive(Debug, Clone, Default)]
pub struct TreeBuilder {
    entries: BTreeMap<UrlKey, Vec<u8>>,
}

impl TreeBuilder {
    /// The empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// [`Error::DuplicateKey`] when the key is taken by another entry, [`Error::TooLong`].
    pub fn insert(&mut self, key: UrlKey, entry: &Entry) -> Result<(), Error> {
        let bytes = entry.encode()?;
        match self.entries.insert(key, bytes.clone()) {
            Some(old) if old != bytes => Err(Error::DuplicateKey),
            _ => Ok(()),
        }
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Is the set empty?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The root's hash: depends on the set alone.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.tree().hash
    }

    /// The whole tree as one partial tree.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        self.tree().node(&[0; 32], 0).bytes
    }

    /// The same, unless it takes more bytes than that. Makes no tree of a set that is certainly too large.
    #[must_use]
    pub fn pack_within(&self, bytes_max: usize) -> Option<Vec<u8>> {
        let pack = (self.pack_bytes_min() <= bytes_max).then(|| self.pack());
        pack.filter(|pack| pack.len() <= bytes_max)
    }

    /// No pack of this set has fewer bytes: each entry stands in it as it is, with its key.
    #[must_use]
    pub fn pack_bytes_min(&self) -> usize {
        let entries = self.entries.values();
        entries.map(|entry| pack_bytes_of(entry)).sum()
    }

    /// The tree cut into nodes of at most 4 KiB, each with the hash it is stored under. The cut is
    /// a function of the set: unchanged parts of a site give unchanged nodes.
    #[must_use]
    pub fn nodes(&self) -> Vec<(Hash, Vec<u8>)> {
        let nodes = self.cut().into_iter();
        nodes.map(|node| (node.hash, node.bytes)).collect()
    }

    /// The same, with what [`edit`](crate::tree::edit()) must know of each.
    #[must_use]
    pub fn cut(&self) -> Vec<Node> {
        self.tree()
            .nodes(&mut AllOpen, |_| {})
            .expect("nothing is closed")
    }

    /// What a peer sends to prove one key, present or absent: one path from the root.
    #[must_use]
    pub fn proof(&self, key: &UrlKey) -> Vec<u8> {
        let mut tree = self.tree();
        let (mut at, mut depth) = (&mut tree, 0);
        while let Shape::Inner(children) = &mut at.shape {
            let [left, right] = &mut **children;
            let (near, far) = if bit(&key.0, depth) {
                (right, left)
            } else {
                (left, right)
            };
            far.apart = far.hash != EMPTY;
            (at, depth) = (near, depth + 1);
        }
        tree.node(&[0; 32], 0).bytes
    }

    fn tree(&self) -> Subtree<'_> {
        let entries = self.entries.iter();
        let mut sorted: Vec<_> = entries
            .map(|(key, entry)| (*key, Cow::Borrowed(entry.as_slice())))
            .collect();
        Subtree::of(&mut sorted, 0)
    }
}

/// The bytes of a pack that an entry takes at least.
#[must_use]
pub fn pack_bytes_of(entry: &[u8]) -> usize {
    32 + entry.len()
}
