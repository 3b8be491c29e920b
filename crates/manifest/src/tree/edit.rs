//! Another version of a tree of which only the nodes are looked at that lie on the way to what changes.
//!
//! The result is what [`TreeBuilder`](crate::TreeBuilder) makes of the whole set, node by node: how a tree is cut depends on
//! the weights of its subtrees alone, and those are told by [`Nodes::extent`].

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use swarmfetch_content::Hash;

use crate::tree::codec::{Partial, Place};
use crate::tree::subtree::{Extent, Node, Open, Shape, Subtree};
use crate::tree::{EMPTY, bit};
use crate::{Error, UrlKey};

/// The nodes of a version that stand somewhere.
pub trait Nodes {
    /// A node's bytes. None when it is not there.
    fn bytes(&self, hash: Hash) -> Option<Vec<u8>>;

    /// What a node's publisher knew of it. None for what is no node of the version.
    fn extent(&self, hash: Hash) -> Option<Extent>;
}

/// What came of an edit.
#[derive(Debug)]
pub struct Edited {
    /// The root's hash.
    pub root: Hash,
    /// Nodes that did not stand there.
    pub new: Vec<Node>,
    /// Nodes that are of the version before, and not of this one.
    pub gone: BTreeSet<Hash>,
    /// The entries that stood at the keys that were edited.
    pub before: BTreeMap<UrlKey, Vec<u8>>,
}

/// Puts entries at keys, or nothing, in the tree of that root.
///
/// # Errors
/// [`Error::HashMismatch`] where a node is not there or another, and what reading one may say.
pub fn edit(
    root: Hash,
    edits: &BTreeMap<UrlKey, Option<Vec<u8>>>,
    nodes: &impl Nodes,
) -> Result<Edited, Error> {
    let mut editor = Editor {
        nodes,
        opened: BTreeSet::new(),
        before: BTreeMap::new(),
    };
    let sorted: Edits<'_> = edits
        .iter()
        .map(|(key, entry)| (*key, entry.as_deref()))
        .collect();
    let tree = editor.stub(root)?;
    let mut tree = editor.apply(tree, 0, &sorted)?;
    let root = tree.hash;
    let mut kept = BTreeSet::new();
    let new = tree.nodes(&mut editor, |hash| {
        kept.insert(hash);
    })?;
    kept.extend(new.iter().map(|node| node.hash));
    Ok(Edited {
        root,
        new,
        gone: editor.opened.difference(&kept).copied().collect(),
        before: editor.before,
    })
}

type Edits<'a> = Vec<(UrlKey, Option<&'a [u8]>)>;

struct Editor<'n, N> {
    nodes: &'n N,
    opened: BTreeSet<Hash>,
    before: BTreeMap<UrlKey, Vec<u8>>,
}

impl<N: Nodes> Editor<'_, N> {
    fn stub<'a>(&self, hash: Hash) -> Result<Subtree<'a>, Error> {
        if hash == EMPTY {
            return Ok(Subtree::empty());
        }
        let extent = self.nodes.extent(hash).ok_or(OTHER)?;
        Ok(Subtree::closed(hash, extent))
    }

    /// The subtree with these edits, all of which are about keys below it.
    fn apply<'a>(
        &mut self,
        mut tree: Subtree<'a>,
        depth: usize,
        edits: &[(UrlKey, Option<&'a [u8]>)],
    ) -> Result<Subtree<'a>, Error> {
        if edits.is_empty() {
            return Ok(tree);
        }
        self.open(&mut tree)?;
        let (hash, stored) = (tree.hash, tree.stored);
        let mut edited = match tree.shape {
            Shape::Inner(children) => {
                let [left, right] = *children;
                let middle = edits.partition_point(|(key, _)| !bit(&key.0, depth));
                let left = self.apply(left, depth + 1, &edits[..middle])?;
                let right = self.apply(right, depth + 1, &edits[middle..])?;
                self.join(left, right)?
            }
            Shape::Leaf { key, entry } => self.replace(Some((key, entry)), depth, edits),
            Shape::Empty | Shape::Closed { .. } => self.replace(None, depth, edits),
        };
        if edited.hash == hash {
            edited.stored = stored;
        }
        Ok(edited)
    }

    /// Where there was one entry at most, those of the edits and that one.
    fn replace<'a>(
        &mut self,
        there: Option<(UrlKey, Cow<'a, [u8]>)>,
        depth: usize,
        edits: &[(UrlKey, Option<&'a [u8]>)],
    ) -> Subtree<'a> {
        let mut entries: Vec<(UrlKey, Cow<'a, [u8]>)> = edits
            .iter()
            .filter_map(|(key, entry)| Some((*key, Cow::Borrowed((*entry)?))))
            .collect();
        if let Some((key, entry)) = there {
            if edits.iter().any(|(edited, _)| *edited == key) {
                self.before.insert(key, entry.into_owned());
            } else {
                let place = entries.partition_point(|(other, _)| *other < key);
                entries.insert(place, (key, entry));
            }
        }
        Subtree::of(&mut entries, depth)
    }

    /// Two halves as one; a single entry stands where nothing stands beside it.
    fn join<'a>(
        &mut self,
        mut left: Subtree<'a>,
        mut right: Subtree<'a>,
    ) -> Result<Subtree<'a>, Error> {
        let alone = match (left.hash == EMPTY, right.hash == EMPTY) {
            (true, true) => return Ok(left),
            (false, false) => return Ok(Subtree::inner([left, right])),
            (true, false) => &mut right,
            (false, true) => &mut left,
        };
        self.open(alone)?;
        if let Shape::Leaf { key, entry } = &mut alone.shape {
            return Ok(Subtree::leaf(*key, std::mem::take(entry)));
        }
        Ok(Subtree::inner([left, right]))
    }
}

const OTHER: Error = Error::HashMismatch { what: "tree node" };

impl<'a, N: Nodes> Open<'a> for Editor<'_, N> {
    fn open(&mut self, closed: &mut Subtree<'a>) -> Result<(), Error> {
        if !matches!(closed.shape, Shape::Closed { .. }) {
            return Ok(());
        }
        let part = Partial::decode(self.nodes.bytes(closed.hash).ok_or(OTHER)?)?;
        let open = self.shape(&part, 0)?;
        if part.root != closed.hash || open.extent() != closed.extent() {
            return Err(OTHER);
        }
        self.opened.insert(closed.hash);
        closed.shape = open.shape;
        Ok(())
    }
}

impl<N: Nodes> Editor<'_, N> {
    fn shape<'a>(&self, part: &Partial, at: usize) -> Result<Subtree<'a>, Error> {
        Ok(match part.places[at] {
            Place::Empty => Subtree::empty(),
            Place::Stub(hash) => self.stub(hash)?,
            // Of proofs only: no stored node has it.
            Place::LeftOut(_) => return Err(OTHER),
            Place::Leaf { key, start, end } => {
                let entry = part.bytes[start as usize..end as usize].to_vec();
                Subtree::leaf(key, Cow::Owned(entry))
            }
            Place::Inner { right, .. } => {
                Subtree::inner([self.shape(part, at + 1)?, self.shape(part, right as usize)?])
            }
        })
    }
}
