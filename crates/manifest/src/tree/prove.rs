//! What is known of a tree, told to others: paths to some keys, or all of it; and two such pieces put together.

use crate::ids::KeyPrefix;
use crate::tree::codec::{Partial, Place, Writer, goes_right};
use crate::tree::{Lookup, TreeView, leaf_hash};
use crate::{Error, UrlKey};

/// Bits of a key prefix: further down a path is not known.
const PREFIX_BITS: usize = 64;

/// Bits of a key: no honest tree is deeper.
const KEY_BITS: usize = 256;

impl TreeView {
    /// Proves what stands at these prefixes, as far as is known: one partial tree from the root, or nothing. Some may be left out: where the way to
    /// them is not known, and once there are `bytes_max` bytes; what was begun is ended, in 6 KiB at most. With the entries that are found come those that they need,
    /// if `with_needs`.
    ///
    /// # Errors
    /// As [`TreeView::lookup`].
    pub fn prove(
        &self,
        prefixes: &[KeyPrefix],
        with_needs: bool,
        bytes_max: usize,
    ) -> Result<Vec<u8>, Error> {
        let mut wanted = prefixes.to_vec();
        for prefix in prefixes.iter().filter(|_| with_needs) {
            if let Lookup::Found(url) = self.lookup_prefix(prefix)? {
                wanted.extend(&url.entry().needs);
            }
        }
        // In the order of the tree.
        wanted.sort_unstable();
        Ok(self.written(Some(&wanted), bytes_max))
    }

    /// Everything that is known, as one partial tree; nothing when that takes more than `bytes_max` bytes.
    #[must_use]
    pub fn known(&self, bytes_max: usize) -> Option<Vec<u8>> {
        let known = self.written(None, usize::MAX);
        (!known.is_empty() && known.len() <= bytes_max).then_some(known)
    }

    /// The paths to these, or all there are.
    fn written(&self, wanted: Option<&[KeyPrefix]>, bytes_max: usize) -> Vec<u8> {
        let root = self.parts.get(&self.root);
        let Some(root) = root.filter(|_| wanted.is_none_or(|wanted| !wanted.is_empty())) else {
            return Vec::new();
        };
        let writer = Writer::new(0, &UrlKey([0; 32]));
        let mut paths = Paths {
            view: self,
            writer,
            bytes_max,
        };
        paths.write((root, 0), 0, false, wanted);
        paths.writer.finish()
    }
}

/// Writes paths into one partial tree.
struct Paths<'a> {
    view: &'a TreeView,
    writer: Writer,
    bytes_max: usize,
}

impl Paths<'_> {
    /// What stands at this place, at this depth, where these are wanted; `top`: what is no root begins a stored node.
    fn write(
        &mut self,
        (part, at): (&Partial, usize),
        depth: usize,
        top: bool,
        wanted: Option<&[KeyPrefix]>,
    ) {
        let is_full = self.writer.len() >= self.bytes_max;
        let is_wanted = wanted.is_none_or(|wanted| !wanted.is_empty());
        let goes_on = is_wanted && !is_full && depth < KEY_BITS;
        match part.places[at] {
            Place::Empty => self.writer.empty(),
            Place::Stub(hash) => match self.view.parts.get(&hash).filter(|_| goes_on) {
                Some(part) => self.write((part, 0), depth, true, wanted),
                None => self.writer.stub(&hash),
            },
            Place::LeftOut(hash) => self.writer.left_out(&hash),
            Place::Inner {
                right,
                hash,
                top: its,
            } if goes_on => {
                // Of a node that is held as a part of its own, more is known there.
                let own = self.view.parts.get(&hash).filter(|_| its && at > 0);
                if let Some(own) = own {
                    return self.write((own, 0), depth, true, wanted);
                }
                if its || top {
                    self.writer.top();
                } else {
                    self.writer.inner();
                }
                let [left, far] = match wanted {
                    Some(wanted) if depth < PREFIX_BITS => {
                        let goes_left = |prefix: &KeyPrefix| !goes_right(&prefix.0, depth);
                        let (left, far) = wanted.split_at(wanted.partition_point(goes_left));
                        [Some(left), Some(far)]
                    }
                    other => [other; 2],
                };
                self.write((part, at + 1), depth + 1, false, left);
                self.write((part, right as usize), depth + 1, false, far);
            }
            Place::Inner {
                hash, top: true, ..
            } => self.writer.stub(&hash),
            Place::Inner { hash, .. } => self.writer.left_out(&hash),
            Place::Leaf { key, start, end } => {
                let entry = &part.bytes[start as usize..end as usize];
                if goes_on {
                    self.writer.leaf(&key, entry);
                } else {
                    self.writer.left_out(&leaf_hash(&key, entry));
                }
            }
        }
    }
}

impl Partial {
    /// What two of one hash know together.
    pub(super) fn union(&self, other: &Partial) -> Partial {
        let mut union = Partial {
            places: Vec::with_capacity(self.places.len() + other.places.len()),
            bytes: Vec::new(),
            root: self.root,
        };
        union.add(self, 0, Some((other, 0)));
        union
    }

    /// Adds what stands at a place of `one`, and at one of `other` that has the same hash.
    fn add(&mut self, one: &Partial, at: usize, other: Option<(&Partial, usize)>) {
        let beside = other.map(|(other, at)| (other, at, other.places[at]));
        match (one.places[at], beside) {
            (Place::LeftOut(_), Some((other, at, _))) => self.add(other, at, None),
            (Place::Stub(_), Some((other, at, Place::Inner { .. } | Place::Leaf { .. }))) => {
                let place = self.places.len();
                self.add(other, at, None);
                if let Place::Inner { top, .. } = &mut self.places[place] {
                    *top = true;
                }
            }
            (Place::Inner { right, hash, top }, beside) => {
                // Whatever the other has there, it is this, or the name of it.
                let [left, far] = match beside {
                    Some((other, at, Place::Inner { right, .. })) => {
                        [Some((other, at + 1)), Some((other, right as usize))]
                    }
                    _ => [None; 2],
                };
                let top = match beside {
                    Some((_, _, Place::Inner { top: its, .. })) => top || its,
                    Some((_, _, Place::Stub(_))) => true,
                    _ => top,
                };
                let place = self.places.len();
                self.places.push(Place::Inner {
                    right: 0,
                    hash,
                    top,
                });
                self.add(one, at + 1, left);
                let right_at = self.places.len() as u32;
                self.places[place] = Place::Inner {
                    right: right_at,
                    hash,
                    top,
                };
                self.add(one, right as usize, far);
            }
            (Place::Leaf { key, start, end }, _) => {
                let entry = &one.bytes[start as usize..end as usize];
                let start = self.bytes.len() as u32;
                self.bytes.extend_from_slice(entry);
                let end = self.bytes.len() as u32;
                self.places.push(Place::Leaf { key, start, end });
            }
            (place, _) => self.places.push(place),
        }
    }
}
