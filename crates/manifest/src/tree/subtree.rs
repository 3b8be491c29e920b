//! A tree in memory, as its publisher has it: built of entries, or opened from stored nodes where it must be; and how it is cut into nodes.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use swarmfetch_content::Hash;

use crate::tree::codec::{Writer, leaf_size};
use crate::tree::{EMPTY, NODE_BYTES_MAX, bit, inner_hash, leaf_hash};
use crate::{Error, UrlKey};

/// A node as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub hash: Hash,
    /// The partial tree.
    pub bytes: Vec<u8>,
    /// How much is below it.
    pub extent: Extent,
}

/// What must be known of a subtree to decide where it stands, without looking into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Bytes of all of it in one partial tree with no key byte shared; an upper bound of its size.
    pub weight: u64,
    /// Is one of its two halves empty?
    pub one_sided: bool,
}

/// A set of entries that agree in their first bits.
#[derive(Debug)]
pub(super) struct Subtree<'a> {
    pub(super) hash: Hash,
    weight: usize,
    pub(super) shape: Shape<'a>,
    /// Does it stand in a node of its own?
    pub(super) apart: bool,
    /// Is that node, to the byte, stored already?
    pub(super) stored: bool,
}

#[derive(Debug)]
pub(super) enum Shape<'a> {
    Empty,
    Leaf {
        key: UrlKey,
        entry: Cow<'a, [u8]>,
    },
    Inner(Box<[Subtree<'a>; 2]>),
    /// In a stored node that was not looked into.
    Closed {
        one_sided: bool,
    },
}

/// A node that stands whole in another counts its weight; one that does not counts as a hash.
const STUB_BYTES: usize = 33;
const HEADER_BYTES: usize = 2 + 32;
const WHOLE_MAX: usize = NODE_BYTES_MAX - HEADER_BYTES;

/// Gives a closed subtree the shape that it has in its node; leaves others alone.
pub(super) trait Open<'a> {
    /// # Errors
    /// Why that node cannot be read.
    fn open(&mut self, closed: &mut Subtree<'a>) -> Result<(), Error>;
}

/// For trees in which nothing is closed.
pub(super) struct AllOpen;

impl<'a> Open<'a> for AllOpen {
    fn open(&mut self, _open: &mut Subtree<'a>) -> Result<(), Error> {
        Ok(())
    }
}

impl<'a> Subtree<'a> {
    pub(super) fn empty() -> Self {
        Self::new(EMPTY, 1, Shape::Empty)
    }

    pub(super) fn leaf(key: UrlKey, entry: Cow<'a, [u8]>) -> Self {
        let (hash, weight) = (leaf_hash(&key, &entry), leaf_size(0, entry.len()));
        Self::new(hash, weight, Shape::Leaf { key, entry })
    }

    pub(super) fn inner(children: [Self; 2]) -> Self {
        let [left, right] = &children;
        let hash = inner_hash(&left.hash, &right.hash);
        let weight = 1 + left.weight + right.weight;
        Self::new(hash, weight, Shape::Inner(Box::new(children)))
    }

    /// What stands in a node of that name.
    pub(super) fn closed(hash: Hash, extent: Extent) -> Self {
        let Extent { weight, one_sided } = extent;
        Self {
            apart: true,
            stored: true,
            ..Self::new(hash, weight as usize, Shape::Closed { one_sided })
        }
    }

    fn new(hash: Hash, weight: usize, shape: Shape<'a>) -> Self {
        Self {
            hash,
            weight,
            shape,
            apart: false,
            stored: false,
        }
    }

    /// The subtree of these entries, which are in order and agree in their first `depth` bits. Takes the entries out.
    pub(super) fn of(sorted: &mut [(UrlKey, Cow<'a, [u8]>)], depth: usize) -> Self {
        match sorted {
            [] => Self::empty(),
            [(key, entry)] => Self::leaf(*key, std::mem::take(entry)),
            _ => {
                let middle = sorted.partition_point(|(key, _)| !bit(&key.0, depth));
                let (left, right) = sorted.split_at_mut(middle);
                Self::inner([Self::of(left, depth + 1), Self::of(right, depth + 1)])
            }
        }
    }

    fn one_sided(&self) -> bool {
        match &self.shape {
            Shape::Inner(children) => children.iter().any(|child| child.hash == EMPTY),
            Shape::Closed { one_sided } => *one_sided,
            Shape::Empty | Shape::Leaf { .. } => false,
        }
    }

    pub(super) fn extent(&self) -> Extent {
        Extent {
            weight: self.weight as u64,
            one_sided: self.one_sided(),
        }
    }

    /// An entry or nothing that takes no more room than its hash would is written where it stands.
    fn stays_inline(&self) -> bool {
        matches!(self.shape, Shape::Empty | Shape::Leaf { .. }) && self.weight <= STUB_BYTES
    }

    fn inline(&self) -> usize {
        if self.stays_inline() {
            self.weight
        } else {
            STUB_BYTES
        }
    }

    /// Is there more than one entry in it, and more than one node holds?
    fn can_be_divided(&self) -> bool {
        self.weight > WHOLE_MAX && matches!(self.shape, Shape::Inner(_) | Shape::Closed { .. })
    }

    /// The bytes more that its node has when it is divided there. Known without opening it.
    fn grows_by(&self) -> usize {
        match &self.shape {
            Shape::Inner(children) => 1 + children.iter().map(Self::inline).sum::<usize>(),
            _ if self.one_sided() => 1 + STUB_BYTES + 1,
            _ => 1 + 2 * STUB_BYTES,
        }
    }

    /// Decides which subtrees below this one, which stands in a node of its own, do so too. The heaviest is divided first,
    /// as long as the node has room; what fits into one node by itself is never divided, but stands here whole if there is room
    /// left for it, the lightest first.
    ///
    /// # Errors
    /// Those of opening what is closed and stands here now.
    pub(super) fn cut(&mut self, open: &mut impl Open<'a>) -> Result<(), Error> {
        if self.weight <= WHOLE_MAX {
            return self.keep_together(open);
        }
        let mut size = HEADER_BYTES + STUB_BYTES;
        let mut whole = Vec::new();
        let mut heap = BinaryHeap::from([Part {
            place: [0; 32],
            depth: 0,
            subtree: self,
        }]);
        while let Some(Part {
            place,
            depth,
            subtree,
        }) = heap.pop()
        {
            let size_divided = size - STUB_BYTES + subtree.grows_by();
            if !subtree.can_be_divided() || size_divided > NODE_BYTES_MAX {
                subtree.apart = true;
                whole.push((subtree.weight, place, subtree));
                continue;
            }
            size = size_divided;
            open.open(subtree)?;
            subtree.apart = false;
            for (side, child) in subtree.children()?.iter_mut().enumerate() {
                child.apart = false;
                if !child.stays_inline() {
                    heap.push(Part {
                        place: half(place, depth, side),
                        depth: depth + 1,
                        subtree: child,
                    });
                }
            }
        }
        whole.sort_by_key(|(weight, place, _)| (*weight, *place));
        for (weight, _, subtree) in whole {
            size = size - STUB_BYTES + weight;
            if size > NODE_BYTES_MAX {
                break;
            }
            subtree.keep_together(open)?;
            subtree.apart = false;
        }
        self.apart = true;
        Ok(())
    }

    fn keep_together(&mut self, open: &mut impl Open<'a>) -> Result<(), Error> {
        open.open(self)?;
        if let Shape::Inner(children) = &mut self.shape {
            for child in children.iter_mut() {
                child.keep_together(open)?;
                child.apart = false;
            }
        }
        Ok(())
    }

    fn children(&mut self) -> Result<&mut [Self; 2], Error> {
        match &mut self.shape {
            Shape::Inner(children) => Ok(children),
            _ => Err(Error::Malformed { what: "tree node" }),
        }
    }

    /// The node in which this stands, at that depth and place, with what stands apart as hashes.
    pub(super) fn node(&self, place: &[u8; 32], depth: usize) -> Node {
        let mut writer = Writer::new(depth, &UrlKey(*place));
        self.write(&mut writer);
        Node {
            hash: self.hash,
            bytes: writer.finish(),
            extent: self.extent(),
        }
    }

    fn write(&self, writer: &mut Writer) {
        match &self.shape {
            Shape::Empty => writer.empty(),
            Shape::Leaf { key, entry } => writer.leaf(key, entry),
            Shape::Inner(children) => {
                writer.inner();
                for child in children.iter() {
                    if child.apart {
                        writer.stub(&child.hash);
                    } else {
                        child.write(writer);
                    }
                }
            }
            Shape::Closed { .. } => unreachable!("closed subtrees stand apart"),
        }
    }

    /// Cuts all of it into nodes: gives those that are not stored yet, and tells of each that is.
    ///
    /// # Errors
    /// Those of [`Subtree::cut`].
    pub(super) fn nodes(
        &mut self,
        open: &mut impl Open<'a>,
        mut is_stored: impl FnMut(Hash),
    ) -> Result<Vec<Node>, Error> {
        let mut nodes = Vec::new();
        let mut todo = vec![(self, [0; 32], 0)];
        while let Some((top, place, depth)) = todo.pop() {
            if top.stored {
                top.each_stored(&mut is_stored);
                continue;
            }
            top.cut(open)?;
            nodes.push(top.node(&place, depth));
            top.apart_below(place, depth, &mut todo);
        }
        Ok(nodes)
    }

    fn each_stored(&self, tell: &mut impl FnMut(Hash)) {
        if self.stored {
            tell(self.hash);
        }
        if let Shape::Inner(children) = &self.shape {
            children.iter().for_each(|child| child.each_stored(tell));
        }
    }

    fn apart_below<'t>(
        &'t mut self,
        place: [u8; 32],
        depth: usize,
        found: &mut Vec<(&'t mut Self, [u8; 32], usize)>,
    ) {
        if let Shape::Inner(children) = &mut self.shape {
            for (side, child) in children.iter_mut().enumerate() {
                let place = half(place, depth, side);
                if child.apart {
                    found.push((child, place, depth + 1));
                } else {
                    child.apart_below(place, depth + 1, found);
                }
            }
        }
    }
}

/// Where a half of the subtree at that place begins.
fn half(mut place: [u8; 32], depth: usize, side: usize) -> [u8; 32] {
    if side == 1 {
        place[depth / 8] |= 0x80 >> (depth % 8);
    }
    place
}

/// A subtree that may be divided next: the heaviest, of equal ones the first.
struct Part<'t, 'a> {
    /// The bits that lead to it from where the cut began.
    place: [u8; 32],
    depth: usize,
    subtree: &'t mut Subtree<'a>,
}

impl Part<'_, '_> {
    fn rank(&self) -> (usize, Reverse<[u8; 32]>) {
        (self.subtree.weight, Reverse(self.place))
    }
}

impl PartialEq for Part<'_, '_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Part<'_, '_> {}
impl PartialOrd for Part<'_, '_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Part<'_, '_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}
