//! One version of the site as this visitor knows it: everything below a verified head.

use std::cell::RefCell;

use swarmfetch_content::Hash;
use swarmfetch_manifest::tree::NODE_BYTES_MAX;
use swarmfetch_manifest::{
    Error, Head, HeadEnvelope, Keys, Lookup, Policy, Record, ShareableUrl, TreeView, UrlKey,
    WallSecs,
};

use crate::platform;
use crate::saved::SavedEdition;
use crate::store::Store;

/// How long one node may take to come from the origin, in milliseconds: a page waits for it.
const NODE_MS: u32 = 1500;

/// Nodes on one path: a site that needs more is not one that this release can publish.
const PATH_NODES_MAX: usize = 16;

/// Tree parts held in memory before they are all let go, at most 4 KiB each but for one pack.
const PARTS_MAX: usize = 4096;

/// One version: its signed bytes and what they say.
pub(crate) struct Edition {
    pub(crate) bytes: SavedEdition,
    pub(crate) head: Head,
    pub(crate) record: Record,
    pub(crate) policy: Policy,
    tree: RefCell<TreeView>,
}

impl Edition {
    /// From signed bytes: verifies the chain head → record → policy.
    pub(crate) fn open(bytes: SavedEdition, keys: &Keys, now: WallSecs) -> Result<Self, Error> {
        let head = HeadEnvelope::parse(&bytes.head)?.verify(keys, now)?;
        head.record.check("record", &bytes.record)?;
        let record = Record::parse(&bytes.record)?;
        if record.version != head.version {
            return Err(Error::Disagree {
                what: "head and record",
            });
        }
        record.policy.check("policy", &bytes.policy)?;
        let policy = Policy::parse(&bytes.policy)?;
        let tree = RefCell::new(TreeView::new(record.tree_root()));
        Ok(Self {
            bytes,
            head,
            record,
            policy,
            tree,
        })
    }

    pub(crate) fn is_alive(&self, now: WallSecs) -> bool {
        self.head.expires >= now
    }

    /// The whole tree of a small site.
    pub(crate) fn graft_pack(&self, pack: Vec<u8>) -> bool {
        let root = self.record.tree_root();
        self.tree.borrow_mut().graft(root, pack).is_ok()
    }

    /// The key that a URL of this site has under the policy's rules; none: not nominated.
    pub(crate) fn key(&self, path: &str, query: Option<&str>) -> Option<UrlKey> {
        use swarmfetch_manifest::Query;
        let rule = self.policy.rules.nominate(None, path, query)?;
        Some(match query {
            Some(query) if rule.query == Query::Exact => {
                UrlKey::of_path(&format!("{path}?{query}"))
            }
            _ => UrlKey::of_path(path),
        })
    }

    /// What is known at once; `None` when a node is needed first.
    pub(crate) fn known(&self, key: &UrlKey) -> Option<Result<Box<ShareableUrl>, NotLabelled>> {
        match self.tree.borrow().lookup(key) {
            Ok(Lookup::Found(url)) => Some(Ok(url)),
            Ok(Lookup::Absent) | Err(_) => Some(Err(NotLabelled)),
            Ok(Lookup::Needs(_)) => None,
        }
    }

    /// Looks a URL up, fetching nodes as needed: from the store, else from the origin.
    pub(crate) async fn lookup(
        &self,
        store: &Store,
        objects: &str,
        key: &UrlKey,
    ) -> Option<Box<ShareableUrl>> {
        for _ in 0..PATH_NODES_MAX {
            let found = self.tree.borrow().lookup(key);
            match found {
                Ok(Lookup::Found(url)) => return Some(url),
                Ok(Lookup::Needs(hash)) => self.fetch(store, objects, hash).await?,
                Ok(Lookup::Absent) | Err(_) => return None,
            }
        }
        None
    }

    /// What a document will need, as far as the tree is known.
    #[expect(
        clippy::vec_box,
        reason = "lookups give boxes; taking them out would only copy"
    )]
    pub(crate) fn needs(&self, url: &ShareableUrl) -> Vec<Box<ShareableUrl>> {
        let tree = self.tree.borrow();
        let needs = url.entry().needs.iter();
        needs
            .filter_map(|prefix| match tree.lookup_prefix(prefix) {
                Ok(Lookup::Found(url)) => Some(url),
                _ => None,
            })
            .collect()
    }

    async fn fetch(&self, store: &Store, objects: &str, hash: Hash) -> Option<()> {
        let key = format!("n/{hash}");
        if let Some(bytes) = store.file(&key).await
            && self.graft(hash, bytes)
        {
            return Some(());
        }
        let bytes =
            platform::get(&format!("{objects}{hash}"), NODE_BYTES_MAX as u64, NODE_MS).await?;
        if !self.graft(hash, bytes.clone()) {
            return None;
        }
        store.write_file(&key, &bytes).await;
        Some(())
    }

    fn graft(&self, hash: Hash, bytes: Vec<u8>) -> bool {
        let mut tree = self.tree.borrow_mut();
        if tree.parts() >= PARTS_MAX {
            *tree = TreeView::new(self.record.tree_root());
        }
        tree.graft(hash, bytes).is_ok()
    }
}

/// Proved not to be labelled.
pub(crate) struct NotLabelled;
