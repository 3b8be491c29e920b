//! The publisher's side: a set of entries, its root, and the objects that carry it.

use std::collections::{BTreeMap, BinaryHeap};

use swarmfetch_content::Hash;

use crate::tree::codec::{Writer, leaf_size};
use crate::tree::{EMPTY, NODE_BYTES_MAX, bit, inner_hash, leaf_hash};
use crate::{Entry, Error, UrlKey};

/// A set of entries by URL key.
#[derive(Debug, Clone, Default)]
pub struct TreeBuilder {
    entries: BTreeMap<UrlKey, Vec<u8>>,
}

/// A subtree: its hash, how many bytes its entries take when fully written, and where it stands.
#[derive(Debug)]
struct Subtree {
    hash: Hash,
    depth: usize,
    /// Half-open range of the sorted entries.
    range: (usize, usize),
    /// Bytes of the fully expanded subtree with no key byte shared; an upper bound of its size.
    weight: usize,
    children: Option<Box<(Subtree, Subtree)>>,
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
        let sorted = self.sorted();
        subtree(&sorted, 0, (0, sorted.len())).hash
    }

    /// The whole tree as one partial tree.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let sorted = self.sorted();
        let root = subtree(&sorted, 0, (0, sorted.len()));
        let mut writer = Writer::new(0, &UrlKey([0; 32]));
        write(&mut writer, &sorted, &root, &BTreeMap::new());
        writer.finish()
    }

    /// The same, unless it takes more bytes than that. Makes no tree of a set that is certainly too large.
    #[must_use]
    pub fn pack_within(&self, bytes_max: usize) -> Option<Vec<u8>> {
        // Each entry stands in it as it is, with its key.
        let entries = self.entries.values();
        let least: usize = entries.map(|entry| 32 + entry.len()).sum();
        let pack = (least <= bytes_max).then(|| self.pack());
        pack.filter(|pack| pack.len() <= bytes_max)
    }

    /// The tree cut into nodes of at most 4 KiB, each with the hash it is stored under. The cut is
    /// a function of the set: unchanged parts of a site give unchanged nodes.
    #[must_use]
    pub fn nodes(&self) -> Vec<(Hash, Vec<u8>)> {
        let sorted = self.sorted();
        let root = subtree(&sorted, 0, (0, sorted.len()));
        let mut nodes = Vec::new();
        let mut todo = vec![&root];
        while let Some(top) = todo.pop() {
            let cut = cut(top);
            let key = sorted
                .get(top.range.0)
                .map_or(UrlKey([0; 32]), |(key, _)| **key);
            let mut writer = Writer::new(top.depth, &key);
            write(&mut writer, &sorted, top, &cut);
            nodes.push((top.hash, writer.finish()));
            todo.extend(cut.into_values());
        }
        nodes
    }

    /// What a peer sends to prove one key, present or absent: one path from the root.
    #[must_use]
    pub fn proof(&self, key: &UrlKey) -> Vec<u8> {
        let sorted = self.sorted();
        let root = subtree(&sorted, 0, (0, sorted.len()));
        let mut cut = BTreeMap::new();
        let mut at = &root;
        while let Some(children) = &at.children {
            let (near, far) = if bit(&key.0, at.depth) {
                (&children.1, &children.0)
            } else {
                (&children.0, &children.1)
            };
            if far.hash != EMPTY {
                cut.insert((far.depth, far.range), far);
            }
            at = near;
        }
        let mut writer = Writer::new(0, &UrlKey([0; 32]));
        write(&mut writer, &sorted, &root, &cut);
        writer.finish()
    }

    fn sorted(&self) -> Vec<(&UrlKey, &Vec<u8>)> {
        self.entries.iter().collect()
    }
}

type Sorted<'a> = [(&'a UrlKey, &'a Vec<u8>)];
type Cut<'a> = BTreeMap<(usize, (usize, usize)), &'a Subtree>;

fn subtree(sorted: &Sorted<'_>, depth: usize, range: (usize, usize)) -> Subtree {
    let (start, end) = range;
    let (hash, weight, children) = match end - start {
        0 => (EMPTY, 1, None),
        1 => {
            let (key, entry) = sorted[start];
            (leaf_hash(key, entry), leaf_size(0, entry.len()), None)
        }
        _ => {
            let middle = start + sorted[start..end].partition_point(|(key, _)| !bit(&key.0, depth));
            let left = subtree(sorted, depth + 1, (start, middle));
            let right = subtree(sorted, depth + 1, (middle, end));
            (
                inner_hash(&left.hash, &right.hash),
                1 + left.weight + right.weight,
                Some(Box::new((left, right))),
            )
        }
    };
    Subtree {
        hash,
        depth,
        range,
        weight,
        children,
    }
}

/// A node that stands whole in another counts its weight; one that does not counts as a hash.
const STUB_BYTES: usize = 33;
const HEADER_BYTES: usize = 2 + 32;
const WHOLE_MAX: usize = NODE_BYTES_MAX - HEADER_BYTES;

/// Which subtrees of `top` stand in nodes of their own. The heaviest is opened first, as long as
/// the node has room; what fits into one node by itself is never opened, but stands here whole if
/// there is room left for it, the lightest first.
fn cut(top: &Subtree) -> Cut<'_> {
    let mut cut = Cut::new();
    if top.weight <= WHOLE_MAX {
        return cut;
    }
    let mut heap = BinaryHeap::from([(top.weight, std::cmp::Reverse(top.range), Closed(top))]);
    let mut size = HEADER_BYTES + STUB_BYTES;
    while let Some((_, range, Closed(heaviest))) = heap.pop() {
        let children = match &heaviest.children {
            Some(children) if heaviest.weight > WHOLE_MAX => children,
            _ => {
                cut.insert((heaviest.depth, range.0), heaviest);
                continue;
            }
        };
        let grown: usize = 1 + [&children.0, &children.1].map(inline).iter().sum::<usize>();
        if size - STUB_BYTES + grown > NODE_BYTES_MAX {
            cut.insert((heaviest.depth, range.0), heaviest);
            continue;
        }
        size = size - STUB_BYTES + grown;
        for child in [&children.0, &children.1] {
            if !stays_inline(child) {
                heap.push((child.weight, std::cmp::Reverse(child.range), Closed(child)));
            }
        }
    }
    let mut lightest: Vec<&Subtree> = cut.values().copied().collect();
    lightest.sort_by_key(|subtree| (subtree.weight, subtree.range));
    for subtree in lightest {
        size = size - STUB_BYTES + subtree.weight;
        if size > NODE_BYTES_MAX {
            break;
        }
        cut.remove(&(subtree.depth, subtree.range));
    }
    cut
}

/// An entry or nothing that takes no more room than its hash would is written where it stands.
fn stays_inline(child: &Subtree) -> bool {
    child.children.is_none() && child.weight <= STUB_BYTES
}

fn inline(child: &Subtree) -> usize {
    if stays_inline(child) {
        child.weight
    } else {
        STUB_BYTES
    }
}

/// Heap items are ordered by weight and place, both before this.
struct Closed<'a>(&'a Subtree);

impl PartialEq for Closed<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Closed<'_> {}
impl PartialOrd for Closed<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Closed<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.depth.cmp(&other.0.depth)
    }
}

fn write(writer: &mut Writer, sorted: &Sorted<'_>, at: &Subtree, cut: &Cut<'_>) {
    if cut.contains_key(&(at.depth, at.range)) {
        writer.stub(&at.hash);
        return;
    }
    match &at.children {
        Some(children) => {
            writer.inner();
            write(writer, sorted, &children.0, cut);
            write(writer, sorted, &children.1, cut);
        }
        None if at.range.0 == at.range.1 => writer.empty(),
        None => {
            let (key, entry) = sorted[at.range.0];
            writer.leaf(key, entry);
        }
    }
}
