//! One version of the site as this visitor knows it: everything below a verified head.

use swarmfetch_content::text::{push_decimal, push_hex};
use swarmfetch_content::{Hash, ObjectId};
use swarmfetch_manifest::entry::{OwnHeader, etag};
use swarmfetch_manifest::{
    Head, HedgeMode, KeyPrefix, Lookup, Policy, Query, Record, Rule, ShareableUrl, TreeView,
    UrlKey, WallSecs,
};

use crate::text::name;

/// Tree parts held in memory before they are all let go, at most 4 KiB each but for one pack.
const PARTS_MAX: usize = 4096;

/// Longest content that is answered by us, in bytes: its outboard, a 256th of it, is in memory.
const OBJECT_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// One version: what its signed bytes say.
pub(crate) struct Edition {
    pub(crate) head: Head,
    pub(crate) record: Record,
    pub(crate) policy: Policy,
    tree: TreeView,
}

impl Edition {
    pub(crate) fn new(head: Head, record: Record, policy: Policy) -> Self {
        let tree = TreeView::new(record.tree_root());
        Self {
            head,
            record,
            policy,
            tree,
        }
    }

    pub(crate) fn expires(&self) -> WallSecs {
        self.head.expires
    }

    /// The root of its tree.
    pub(crate) fn root(&self) -> Hash {
        self.record.tree_root()
    }

    pub(crate) fn graft(&mut self, hash: &Hash, bytes: Vec<u8>) -> bool {
        if self.tree.parts() >= PARTS_MAX {
            self.tree = TreeView::new(self.root());
        }
        self.tree.graft(*hash, bytes).is_ok()
    }

    /// What it knows of these keys, for somebody else: see [`TreeView::prove`].
    pub(crate) fn prove(&self, keys: &[[u8; 8]], with_needs: bool, bytes_max: usize) -> Vec<u8> {
        let prefixes: Vec<KeyPrefix> = keys.iter().copied().map(KeyPrefix).collect();
        let proof = self.tree.prove(&prefixes, with_needs, bytes_max);
        proof.unwrap_or_default()
    }

    /// All of its tree that is known, if that is not too much.
    pub(crate) fn known(&self, bytes_max: usize) -> Option<Vec<u8>> {
        self.tree.known(bytes_max)
    }

    /// Adds the keys of which the tree has yet to be asked, each with the node that is needed first: a URL's, or those that its document needs.
    pub(crate) fn push_unknown(
        &self,
        path: &str,
        query: Option<&str>,
        with_needs: bool,
        to: &mut Vec<([u8; 8], Hash)>,
    ) {
        let Some(rule) = self.policy.rules.nominate(None, path, query) else {
            return;
        };
        let key = key(rule, path, query);
        match self.tree.lookup(&key) {
            Ok(Lookup::Needs(node)) => to.push((key.prefix().0, node)),
            Ok(Lookup::Found(url)) if with_needs => {
                for prefix in &url.entry().needs {
                    if let Ok(Lookup::Needs(node)) = self.tree.lookup_prefix(prefix) {
                        to.push((prefix.0, node));
                    }
                }
            }
            _ => {}
        }
    }

    /// What this version says of a URL, in lines; nothing when it does not label it.
    ///
    /// - A node of the tree is needed first: one line, its hash.
    /// - Else the object's name; a digit: 1 when its content compresses, 2 more when the owner would rather have the visitor wait than
    ///   give it himself; behind it, for each patch that makes the content of an earlier one, a space, the first 16 digits of that one's hash, and
    ///   the patch's name; the hash of its outboard, or nothing; a line `name: value` for each signed header, where a number is that of
    ///   `last-modified` in seconds since 1970, whose form the browser knows; an empty line; and, if asked for, a line for each
    ///   object that the document will need: `0` or `1` and its name.
    pub(crate) fn lookup(&self, path: &str, query: Option<&str>, needs: bool) -> Option<String> {
        let rule = self.policy.rules.nominate(None, path, query)?;
        let url = match self.tree.lookup(&key(rule, path, query)) {
            Ok(Lookup::Found(url)) => url,
            Ok(Lookup::Needs(hash)) => return Some(hash.to_hex()),
            Ok(Lookup::Absent) | Err(_) => return None,
        };
        let (object, compressible) = content(&url);
        if object.len > OBJECT_BYTES_MAX {
            return None;
        }
        let mut lines = name(object);
        lines.push('\n');
        let savings = rule.mode == HedgeMode::Savings;
        push_decimal(
            &mut lines,
            u64::from(compressible) + 2 * u64::from(savings),
            1,
        );
        let entry = url.entry();
        for patch in &entry.patches {
            lines.push(' ');
            push_hex(&mut lines, &patch.from);
            lines.push_str(&name(patch.object.id()));
        }
        lines.push('\n');
        if let Some(outboard) = entry.outboard() {
            lines.push_str(&outboard.to_hex());
        }
        let set = self.policy.header_sets.get(usize::from(entry.header_set));
        for (name, value) in set.map(|set| set.0.as_slice()).unwrap_or_default() {
            push_header(&mut lines, name, value);
        }
        for header in &entry.own_headers {
            match header {
                OwnHeader::EtagOfHash { weak } => {
                    push_header(&mut lines, "etag", &etag(&object.hash, *weak));
                }
                OwnHeader::LastModified(at) => {
                    lines.push('\n');
                    push_decimal(&mut lines, at.0, 1);
                }
                OwnHeader::Text(name, value) => push_header(&mut lines, name, value),
            }
        }
        lines.push('\n');
        for prefix in entry.needs.iter().filter(|_| needs) {
            if let Ok(Lookup::Found(need)) = self.tree.lookup_prefix(prefix) {
                let (object, compressible) = content(&need);
                lines.push_str(if compressible { "\n1" } else { "\n0" });
                lines.push_str(&name(object));
            }
        }
        Some(lines)
    }
}

/// The key that a URL of this site has under the rule that nominates it.
fn key(rule: &Rule, path: &str, query: Option<&str>) -> UrlKey {
    let Some(query) = query.filter(|_| rule.query == Query::Exact) else {
        return UrlKey::of_path(path);
    };
    let mut url = path.to_owned();
    url.push('?');
    url.push_str(query);
    UrlKey::of_path(&url)
}

fn content(url: &ShareableUrl) -> (ObjectId, bool) {
    (url.entry().object(), url.entry().compressible())
}

fn push_header(lines: &mut String, name: &str, value: &str) {
    lines.push('\n');
    lines.push_str(name);
    lines.push_str(": ");
    lines.push_str(value);
}
