//! An earlier version, as it is read from where it was written.

use std::collections::{BTreeMap, BTreeSet};

use swarmfetch_content::Hash;
use swarmfetch_manifest::{
    Entry, Error as Defect, Head, Keys, ObjectRef, Record, TreeBuilder, TreeView, TrustedRoot,
    UrlKey, WallSecs,
};

use crate::address::Address;

/// The way from the root key to an earlier version's record.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Its verified head.
    pub head: Head,
    /// The head's file.
    pub head_file: Vec<u8>,
    /// Its record.
    pub record: Record,
    /// Its keys object.
    pub keys: Keys,
    /// The keys object's bytes.
    pub keys_bytes: Vec<u8>,
}

/// What the output holds of an earlier version.
#[derive(Debug, Clone)]
pub struct Previous {
    /// The way to it.
    pub chain: Chain,
    /// Every URL it labelled.
    pub urls: BTreeMap<UrlKey, Entry>,
    /// The tree's nodes, read and verified; none of a site that came as one pack.
    pub nodes: BTreeSet<Hash>,
}

/// Why an earlier version cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// Something it names is not there.
    #[error("missing: {what}")]
    Missing {
        /// What.
        what: &'static str,
    },
    /// Something is there that it is not.
    #[error(transparent)]
    Defect(#[from] Defect),
}

impl Chain {
    /// Reads the way to an earlier version: `head_file` is its head, `object` finds what it names.
    ///
    /// # Errors
    /// The first defect found; nothing is believed that the root key does not vouch for. Expired
    /// heads and keys are read too: the publisher only wants to know where it was.
    pub fn read(
        head_file: Vec<u8>,
        root: &TrustedRoot,
        object: impl Fn(Hash) -> Option<Vec<u8>>,
    ) -> Result<Self, Unreadable> {
        let ever = WallSecs(0);
        let envelope = swarmfetch_manifest::HeadEnvelope::parse(&head_file)?;
        let keys_bytes = fetch(&object, envelope.keys_hint(), "keys")?;
        let keys = Keys::verify(&keys_bytes, root, ever)?;
        let head = envelope.verify(&keys, ever)?;
        let record = Record::parse(&fetch(&object, head.record, "record")?)?;
        Ok(Self {
            head,
            head_file,
            record,
            keys,
            keys_bytes,
        })
    }
}

impl Chain {
    /// The objects that are on the way, and the tree's pack.
    pub(crate) fn objects(&self) -> impl Iterator<Item = Hash> {
        let record = &self.record;
        [self.head.record, record.policy, record.keys]
            .into_iter()
            .chain(record.pack)
            .map(|object| object.hash())
    }
}

fn fetch(
    object: impl Fn(Hash) -> Option<Vec<u8>>,
    name: ObjectRef,
    what: &'static str,
) -> Result<Vec<u8>, Unreadable> {
    let bytes = object(name.hash()).ok_or(Unreadable::Missing { what })?;
    name.check(what, &bytes)?;
    Ok(bytes)
}

impl Previous {
    /// Reads an earlier version, all of it.
    ///
    /// # Errors
    /// As [`Chain::read`].
    pub fn read(
        head_file: Vec<u8>,
        root: &TrustedRoot,
        object: impl Fn(Hash) -> Option<Vec<u8>>,
    ) -> Result<Self, Unreadable> {
        let chain = Chain::read(head_file, root, &object)?;
        let record = &chain.record;
        let mut tree = TreeView::new(record.tree_root());
        if let Some(pack) = record.pack {
            tree.graft(record.tree_root(), fetch(&object, pack, "tree pack")?)?;
        }
        // Level by level: to ask what is missing is to look at all that is there.
        let mut nodes = BTreeSet::new();
        loop {
            let level = tree.missing();
            if level.is_empty() {
                break;
            }
            for node in level {
                let what = "tree nodes";
                tree.graft(node, object(node).ok_or(Unreadable::Missing { what })?)?;
                nodes.insert(node);
            }
        }
        let urls = tree
            .urls()?
            .into_iter()
            .map(|url| (url.key(), url.entry().clone()))
            .collect();
        Ok(Self { chain, urls, nodes })
    }

    /// Every object that the earlier version consists of, content included.
    #[must_use]
    pub fn objects(&self) -> BTreeSet<Hash> {
        let mut objects: BTreeSet<Hash> = self.chain.objects().collect();
        for entry in self.urls.values() {
            objects.insert(entry.object().hash);
            objects.extend(entry.outboard());
            objects.extend(entry.patches.iter().map(|patch| patch.object.hash()));
        }
        if self.nodes.is_empty() {
            let mut tree = TreeBuilder::new();
            for (key, entry) in &self.urls {
                // Entries that were read fit, and each key comes once.
                let _inserted = tree.insert(*key, entry);
            }
            objects.extend(tree.nodes().into_iter().map(|(hash, _)| hash));
        } else {
            objects.extend(&self.nodes);
        }
        objects
    }

    /// What the earlier version answered for a URL.
    #[must_use]
    pub fn entry(&self, address: &Address) -> Option<&Entry> {
        self.urls.get(&UrlKey::of_path(address.as_str()))
    }
}
