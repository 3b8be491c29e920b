//! Nodes, packs and proofs of the tree, against a slow reference that is written after the format's description.
//!
//! Nobody finds bytes of a given hash by chance. So a part is grafted under the hash that the reference computes of it, and
//! [`STAND_IN`] in it is replaced with the hash of the part that follows, so that trees of several parts come about.

use swarmfetch_content::Hash;
use swarmfetch_content::codec::Reader;
use swarmfetch_manifest::{Entry, Lookup, TreeView, UrlKey};

/// Stands for the hash of the next part.
pub(crate) const STAND_IN: [u8; 32] = [0xee; 32];

/// Parts of one input that are looked at.
const PARTS_MAX: usize = 8;

/// Keys that are looked up in one input.
const LOOKUPS_MAX: usize = 64;

/// What the reference reads of a part.
struct Reference<'a> {
    rest: &'a [u8],
    /// The bytes of key that all leaves share.
    shared: &'a [u8],
    leaves: Vec<Leaf<'a>>,
}

struct Leaf<'a> {
    key: [u8; 32],
    entry: &'a [u8],
    /// Whether it stands where its key leads, from the part's root on.
    in_place: bool,
}

impl<'a> Reference<'a> {
    /// The depth of a part, its leaves and its hash; none if it is not one.
    fn read(part: &'a [u8]) -> Option<(usize, Vec<Leaf<'a>>, Hash)> {
        let [1, depth, rest @ ..] = part else {
            return None;
        };
        let depth = usize::from(*depth);
        let (shared, rest) = rest.split_at_checked(depth / 8)?;
        let leaves = Vec::new();
        let mut reference = Self {
            rest,
            shared,
            leaves,
        };
        let hash = reference.subtree(depth, &mut Vec::new(), depth)?;
        let is_all = reference.rest.is_empty();
        let names_itself = rest.first() == Some(&2);
        (is_all && !names_itself).then(|| (depth, reference.leaves, Hash::from_bytes(hash)))
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// `way`: the bits that led here, from bit `from` of the key on.
    fn subtree(&mut self, from: usize, way: &mut Vec<bool>, depth: usize) -> Option<[u8; 32]> {
        match self.take(1)? {
            [0] => Some([0; 32]),
            [1] if depth < 256 => {
                let mut children = [[0; 32]; 2];
                for (child, bit) in children.iter_mut().zip([false, true]) {
                    way.push(bit);
                    *child = self.subtree(from, way, depth + 1)?;
                    way.pop();
                }
                let context = "swarmfetch 2026-11 tree inner";
                Some(blake3::derive_key(context, &children.concat()))
            }
            [2] => self.take(32)?.try_into().ok(),
            [3] => {
                let own = self.take(32 - self.shared.len())?;
                let key: [u8; 32] = [self.shared, own].concat().try_into().ok()?;
                let len = self.length()?;
                let entry = self.take(len)?;
                let bit = |at: usize| key[at / 8] & 0x80 >> (at % 8) != 0;
                let in_place = (from..).zip(&*way).all(|(at, went)| bit(at) == *went);
                let context = "swarmfetch 2026-11 tree leaf";
                let hash = blake3::derive_key(context, &[&key[..], entry].concat());
                self.leaves.push(Leaf {
                    key,
                    entry,
                    in_place,
                });
                Some(hash)
            }
            _ => None,
        }
    }

    fn length(&mut self) -> Option<usize> {
        let mut length = 0;
        for place in 0..3 {
            let byte = usize::from(self.take(1)?[0]);
            length += (byte % 128) << (7 * place);
            if byte < 128 {
                return Some(length);
            }
        }
        None
    }
}

/// Parts, each with its length before it, the last perhaps without.
fn parts(input: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = Reader::new(input);
    let mut parts = Vec::new();
    while parts.len() < PARTS_MAX && !reader.rest().is_empty() {
        let rest = reader.rest();
        match reader.read::<&[u8]>() {
            Some(part) => parts.push(part.to_vec()),
            None => {
                parts.push(rest.to_vec());
                break;
            }
        }
    }
    let mut next = None;
    for part in parts.iter_mut().rev() {
        if let Some(hash) = next {
            replace(part, &STAND_IN, Hash::as_bytes(&hash));
        }
        next = Reference::read(part).map(|(_, _, hash)| hash);
    }
    parts
}

fn replace(bytes: &mut [u8], from: &[u8; 32], to: &[u8; 32]) {
    let mut at = 0;
    while let Some(window) = bytes.get_mut(at..at + 32) {
        if window == from {
            window.copy_from_slice(to);
            at += 32;
        } else {
            at += 1;
        }
    }
}

/// The parts of a tree; the first has its root.
pub(crate) fn tree(input: &[u8]) {
    let parts = parts(input);
    let read: Vec<_> = parts.iter().map(|part| Reference::read(part)).collect();
    let root = match read.first() {
        Some(Some((.., hash))) => *hash,
        _ => Hash::of(b"no root"),
    };
    let mut view = TreeView::new(root);
    for (part, reference) in parts.iter().zip(&read) {
        let claimed = Hash::of(b"something else");
        assert!(view.graft(claimed, part.clone()).is_err(), "forged");
        let hash = reference.as_ref().map_or(root, |(.., hash)| *hash);
        let grafted = view.graft(hash, part.clone());
        assert_eq!(grafted.is_ok(), reference.is_some(), "{grafted:?}");
    }
    let first = read.first().and_then(Option::as_ref);
    let of_the_root = first.filter(|(depth, ..)| *depth == 0);
    for leaf in of_the_root
        .iter()
        .flat_map(|(_, leaves, _)| leaves)
        .take(LOOKUPS_MAX)
    {
        let found = look(&view, &UrlKey(leaf.key));
        if leaf.in_place {
            match (found, Entry::parse(leaf.entry)) {
                (Some(Lookup::Found(url)), Ok(entry)) => assert_eq!(*url.entry(), entry),
                (None, Err(_)) => {}
                (found, entry) => panic!("{found:?}, but {entry:?} is there"),
            }
        }
    }
    let leaves = read.iter().flatten().flat_map(|(_, leaves, _)| leaves);
    for leaf in leaves.take(LOOKUPS_MAX) {
        look(&view, &UrlKey(leaf.key));
    }
    look(&view, &UrlKey::of_path("/index.html"));
    assert!(view.missing().iter().all(|hash| *hash != hash_of_nothing()));
    let listed = view.urls().map(|urls| urls.len());
    assert!(listed.is_err() || listed.is_ok_and(|urls| urls <= input.len()));
}

/// Looks a key up in both ways, and checks that nothing else is found. None: what stands there cannot be read.
fn look(view: &TreeView, key: &UrlKey) -> Option<Lookup> {
    let found = view.lookup(key).ok();
    if let Some(Lookup::Found(url)) = &found {
        assert_eq!(url.key(), *key);
    }
    if let Ok(Lookup::Found(url)) = view.lookup_prefix(&key.prefix()) {
        assert_eq!(url.key().prefix(), key.prefix());
    }
    found
}

fn hash_of_nothing() -> Hash {
    Hash::from_bytes([0; 32])
}
