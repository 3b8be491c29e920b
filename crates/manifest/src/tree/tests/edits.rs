//! A tree that is edited against one that is built of what it has then.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use swarmfetch_content::Hash;

use crate::tree::{EMPTY, Edited, Extent, Node, Nodes, TreeBuilder, edit};
use crate::{Entry, Error, UrlKey};

/// Nodes that are stored, and how many of them were read.
#[derive(Default)]
struct Store {
    nodes: BTreeMap<Hash, Node>,
    read: std::cell::Cell<usize>,
}

impl Nodes for Store {
    fn bytes(&self, hash: Hash) -> Option<Vec<u8>> {
        self.read.set(self.read.get() + 1);
        self.nodes.get(&hash).map(|node| node.bytes.clone())
    }

    fn extent(&self, hash: Hash) -> Option<Extent> {
        self.nodes.get(&hash).map(|node| node.extent)
    }
}

fn entry(n: u64) -> Entry {
    super::entry(n % 1000)
}

fn built(entries: &BTreeMap<UrlKey, u64>) -> (Hash, BTreeMap<Hash, Node>) {
    let mut builder = TreeBuilder::new();
    for (key, n) in entries {
        builder.insert(*key, &entry(*n)).expect("distinct");
    }
    let nodes = builder.cut().into_iter();
    let nodes = nodes.map(|node| (node.hash, node)).collect();
    (builder.root(), nodes)
}

/// Edits a tree and compares it with one that is built anew.
fn check(before: &BTreeMap<UrlKey, u64>, edits: &BTreeMap<UrlKey, Option<u64>>) -> (Edited, usize) {
    let (root, nodes) = built(before);
    let store = Store {
        nodes,
        ..Store::default()
    };
    let mut after = before.clone();
    for (key, n) in edits {
        match n {
            Some(n) => after.insert(*key, *n),
            None => after.remove(key),
        };
    }
    let written = edits.iter().map(|(key, n)| {
        let bytes = n.map(|n| entry(n).encode().expect("small"));
        (*key, bytes)
    });
    let edited = edit(root, &written.collect(), &store).expect("all is there");
    let (root, expected) = built(&after);
    assert_eq!(edited.root, root);
    let mut left = store.nodes.clone();
    left.retain(|hash, _| !edited.gone.contains(hash));
    for node in &edited.new {
        left.insert(node.hash, node.clone());
    }
    // Of nothing, the builder says that it is nothing.
    left.remove(&EMPTY);
    assert!(
        left.keys()
            .eq(expected.keys().filter(|hash| **hash != EMPTY))
    );
    for (hash, node) in &left {
        assert_eq!(node, &expected[hash], "{hash}");
    }
    let replaced = before.iter().filter(|(key, _)| edits.contains_key(key));
    let replaced = replaced.map(|(key, n)| (*key, entry(*n).encode().expect("small")));
    assert_eq!(edited.before, replaced.collect());
    (edited, store.read.get())
}

fn site(entries: u64) -> BTreeMap<UrlKey, u64> {
    (0..entries).map(|n| (super::key(n), n)).collect()
}

#[test]
fn only_the_way_to_what_changes_is_read_and_written() {
    let before = site(20_000);
    let edits = (0..20).map(|n| (super::key(n * 900), Some(n + 1)));
    let (edited, read) = check(&before, &edits.collect());
    assert!(edited.new.len() <= 20 * 4, "{} new nodes", edited.new.len());
    assert!(read <= 2 * edited.new.len(), "{read} were read");
}

#[test]
fn an_edit_that_changes_nothing_makes_nothing() {
    let before = site(3000);
    let (edited, _) = check(&before, &BTreeMap::from([(super::key(7), Some(7))]));
    assert!(edited.new.is_empty() && edited.gone.is_empty());
    let (edited, read) = check(&before, &BTreeMap::new());
    assert!(edited.new.is_empty() && edited.gone.is_empty());
    assert_eq!(read, 0);
}

#[test]
fn a_tree_grows_from_nothing_and_shrinks_to_nothing() {
    let all = site(500);
    let edits = all.iter().map(|(key, n)| (*key, Some(*n))).collect();
    check(&BTreeMap::new(), &edits);
    check(&all, &all.keys().map(|key| (*key, None)).collect());
}

#[test]
fn a_node_that_is_another_or_not_there_is_an_error() {
    let (root, nodes) = built(&site(3000));
    let edits = BTreeMap::from([(super::key(7), None)]);
    let good = Store {
        nodes,
        ..Store::default()
    };
    assert!(edit(root, &edits, &good).is_ok());
    let on_the_way = edit(root, &edits, &good).expect("good").gone;
    let other = Err(Error::HashMismatch { what: "tree node" });
    for hash in on_the_way {
        let mut store = Store {
            nodes: good.nodes.clone(),
            ..Store::default()
        };
        store.nodes.remove(&hash);
        assert_eq!(edit(root, &edits, &store).map(drop), other, "gone");
        let mut node = good.nodes[&hash].clone();
        node.extent.weight += 1;
        store.nodes.insert(hash, node.clone());
        assert_eq!(edit(root, &edits, &store).map(drop), other, "weighed wrong");
        node.extent.weight -= 1;
        *node.bytes.last_mut().expect("long") ^= 1;
        store.nodes.insert(hash, node);
        assert!(edit(root, &edits, &store).is_err(), "damaged");
    }
}

/// Keys that are spread as hashes are, and some that agree in many bits.
fn keys() -> impl Strategy<Value = UrlKey> {
    let spread = (0u64..4000).prop_map(super::key);
    let close = (0u8..3, 0usize..256, any::<bool>()).prop_map(|(first, bit, more)| {
        let mut key = [0; 32];
        key[0] = first << 6;
        key[bit / 8] |= 0x80 >> (bit % 8);
        key[31] |= u8::from(more);
        UrlKey(key)
    });
    prop_oneof![6 => spread, 1 => close]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn an_edited_tree_is_the_one_that_is_built_of_its_entries(
        before in prop::collection::btree_map(keys(), 0u64..1000, 0..800),
        edits in prop::collection::btree_map(keys(), prop::option::of(0u64..1000), 0..60),
        removed in prop::collection::btree_set(0usize..800, 0..600),
        few in any::<bool>(),
    ) {
        let mut edits = edits;
        let gone: BTreeSet<usize> = if few { removed.into_iter().take(10).collect() } else { removed };
        for (place, key) in before.keys().enumerate() {
            if gone.contains(&place) {
                edits.entry(*key).or_insert(None);
            }
        }
        check(&before, &edits);
    }
}
