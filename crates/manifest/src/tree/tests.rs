//! The tree against a plain map, in any order of insertion and however it is cut.

mod edits;

use std::collections::BTreeMap;

use proptest::prelude::*;
use swarmfetch_content::{Hash, ObjectId};

use super::{EMPTY, INNER, LEAF, Lookup, NODE_BYTES_MAX, ShareableUrl, TreeBuilder, TreeView};
use crate::ids::KeyPrefix;
use crate::{Entry, UrlKey};

#[test]
fn the_keys_are_those_of_their_contexts() {
    let key = blake3::hazmat::hash_derive_key_context;
    assert_eq!(LEAF, key("swarmfetch 2026-11 tree leaf"));
    assert_eq!(INNER, key("swarmfetch 2026-11 tree inner"));
}

fn entry(n: u64) -> Entry {
    let mut entry = Entry::new(
        ObjectId {
            hash: Hash::of(&n.to_le_bytes()),
            len: n,
        },
        (n % 7) as u16,
    );
    entry.needs = (0..n % 5)
        .map(|i| KeyPrefix((n + i).to_le_bytes()))
        .collect();
    entry
}

fn key(n: u64) -> UrlKey {
    UrlKey::of_path(&format!("/{n}.html"))
}

fn site(entries: u64) -> TreeBuilder {
    let mut builder = TreeBuilder::new();
    for n in 0..entries {
        builder.insert(key(n), &entry(n)).expect("distinct");
    }
    builder
}

/// Looks a key up, grafting nodes from `store` as a visitor fetches them; counts the fetches.
fn resolve(view: &mut TreeView, store: &BTreeMap<Hash, Vec<u8>>, key: &UrlKey) -> (Lookup, usize) {
    let mut fetched = 0;
    loop {
        match view.lookup(key).expect("well-formed") {
            Lookup::Needs(hash) => {
                fetched += 1;
                view.graft(hash, store[&hash].clone())
                    .expect("matches its name");
            }
            found => return (found, fetched),
        }
    }
}

#[test]
fn nodes_fit_and_prove_every_url_and_its_absence() {
    for size in [0, 1, 2, 3, 40, 60, 500, 3000] {
        let builder = site(size);
        let store: BTreeMap<_, _> = builder.nodes().into_iter().collect();
        assert!(
            store.values().all(|node| node.len() <= NODE_BYTES_MAX),
            "{size}"
        );
        for n in 0..size + 20 {
            let mut view = TreeView::new(builder.root());
            let (found, fetched) = resolve(&mut view, &store, &key(n));
            assert!(fetched <= 4, "{fetched} fetches of {size}");
            match found {
                Lookup::Found(url) if n < size => assert_eq!(*url.entry(), entry(n)),
                Lookup::Absent if n >= size => {}
                other => panic!("{n} of {size}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_proof_is_a_path_and_fits_one_answer() {
    let builder = site(20_000);
    for n in [0, 7, 19_999, 20_000, 30_000] {
        let proof = builder.proof(&key(n));
        assert!(proof.len() <= 1024, "{}", proof.len());
        let mut view = TreeView::new(builder.root());
        view.graft(builder.root(), proof).expect("proves itself");
        match view.lookup(&key(n)).expect("well-formed") {
            Lookup::Found(url) => assert_eq!((n < 20_000, url.entry()), (true, &entry(n))),
            Lookup::Absent => assert!(n >= 20_000),
            Lookup::Needs(hash) => panic!("incomplete at {hash}"),
        }
    }
}

#[test]
fn hints_of_eight_bytes_find_their_url() {
    let builder = site(300);
    let mut view = TreeView::new(builder.root());
    view.graft(builder.root(), builder.pack()).expect("whole");
    for n in 0..300 {
        let Lookup::Found(url) = view.lookup_prefix(&key(n).prefix()).expect("fine") else {
            panic!("{n} not found");
        };
        assert_eq!(url.key(), key(n));
    }
    let stranger = key(9_999).prefix();
    assert_eq!(view.lookup_prefix(&stranger), Ok(Lookup::Absent));
}

#[test]
fn a_whole_tree_is_listed_once_nothing_is_missing() {
    for size in [0, 1, 500] {
        let builder = site(size);
        let store: BTreeMap<_, _> = builder.nodes().into_iter().collect();
        let mut view = TreeView::new(builder.root());
        while let Some(node) = view.missing().first().copied() {
            assert!(view.urls().expect("well-formed").len() < size as usize);
            view.graft(node, store[&node].clone()).expect("matches");
        }
        let mut urls = view.urls().expect("well-formed");
        urls.sort_by_key(ShareableUrl::key);
        let mut expected: Vec<_> = (0..size).map(|n| (key(n), entry(n))).collect();
        expected.sort_by_key(|(key, _)| *key);
        let found: Vec<_> = urls
            .iter()
            .map(|url| (url.key(), url.entry().clone()))
            .collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_pack_is_had_within_its_length_and_not_one_byte_below() {
    for size in [0, 1, 2, 40, 500] {
        let builder = site(size);
        let pack = builder.pack();
        assert_eq!(
            builder.pack_within(pack.len()),
            Some(pack.clone()),
            "{size}"
        );
        assert_eq!(builder.pack_within(pack.len() - 1), None, "{size}");
        assert_eq!(builder.pack_within(0), None, "{size}");
    }
}

#[test]
fn an_edit_touches_one_path() {
    let before: BTreeMap<_, _> = site(20_000).nodes().into_iter().collect();
    let mut edited = TreeBuilder::new();
    for n in 0..20_000 {
        let value = if n == 4711 { 3 } else { n };
        edited.insert(key(n), &entry(value)).expect("distinct");
    }
    let new = edited
        .nodes()
        .into_iter()
        .filter(|(hash, _)| !before.contains_key(hash));
    assert!(new.count() <= 4);
}

#[test]
fn keys_that_agree_in_255_bits_are_told_apart() {
    let (mut low, mut high) = ([0xff; 32], [0xff; 32]);
    low[31] = 0xfe;
    high[31] = 0xff;
    let mut builder = TreeBuilder::new();
    builder.insert(UrlKey(low), &entry(1)).expect("new");
    builder.insert(UrlKey(high), &entry(2)).expect("new");
    let mut view = TreeView::new(builder.root());
    view.graft(builder.root(), builder.pack()).expect("whole");
    let Ok(Lookup::Found(url)) = view.lookup(&UrlKey(high)) else {
        panic!("not found");
    };
    assert_eq!(*url.entry(), entry(2));
}

#[test]
fn one_key_for_two_entries_is_refused() {
    let mut builder = site(3);
    assert_eq!(builder.insert(key(1), &entry(1)), Ok(()));
    assert_eq!(
        builder.insert(key(1), &entry(2)),
        Err(crate::Error::DuplicateKey)
    );
}

#[test]
fn the_empty_site_has_the_empty_root() {
    assert_eq!(TreeBuilder::new().root(), EMPTY);
    assert_eq!(TreeView::new(EMPTY).lookup(&key(1)), Ok(Lookup::Absent));
}

/// What anyone can make of any node's name. A look-up that followed it would never end.
#[test]
fn a_stub_alone_is_no_part() {
    let root = site(30).root();
    let stub = [&[1, 0, 2], &root.as_bytes()[..]].concat();
    let mut view = TreeView::new(root);
    let malformed = crate::Error::Malformed { what: "tree node" };
    assert_eq!(view.graft(root, stub), Err(malformed));
    assert_eq!(view.lookup(&key(1)), Ok(Lookup::Needs(root)));
}

proptest! {
    #[test]
    fn the_root_depends_on_the_set_alone(mut numbers in prop::collection::vec(0u64..5000, 0..300)) {
        let build = |numbers: &[u64]| {
            let mut builder = TreeBuilder::new();
            for n in numbers {
                builder.insert(key(*n), &entry(*n)).expect("same key, same entry");
            }
            (builder.root(), builder.pack(), builder.nodes())
        };
        let forwards = build(&numbers);
        numbers.reverse();
        prop_assert_eq!(forwards, build(&numbers));
    }

    #[test]
    fn another_bit_anywhere_is_refused_or_changes_nothing(at in 0usize..4000, bit in 0u8..8) {
        let builder = site(30);
        let mut pack = builder.pack();
        let at = at % pack.len();
        pack[at] ^= 1 << bit;
        let mut view = TreeView::new(builder.root());
        if view.graft(builder.root(), pack).is_ok() {
            prop_assert_eq!((at, bit < 3), (1, true), "only a depth of the same bytes says the same");
            for n in 0..30 {
                let Ok(Lookup::Found(url)) = view.lookup(&key(n)) else {
                    return Err(TestCaseError::fail("not found"));
                };
                prop_assert_eq!(url.entry(), &entry(n));
            }
            prop_assert_eq!(view.lookup(&key(31)), Ok(Lookup::Absent));
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400), depth in 0u8..20) {
        let root = Hash::of(b"nobody's");
        let _ = TreeView::new(root).graft(root, bytes.clone());
        bytes.splice(0..0, [1, depth]);
        let _ = TreeView::new(root).graft(root, bytes);
    }
}

/// A view that has seen the nodes on the ways to these.
fn seen(builder: &TreeBuilder, numbers: &[u64]) -> TreeView {
    let store: BTreeMap<_, _> = builder.nodes().into_iter().collect();
    let mut view = TreeView::new(builder.root());
    for n in numbers {
        resolve(&mut view, &store, &key(*n));
    }
    view
}

#[test]
fn proofs_of_one_visitor_are_put_together_by_another_and_passed_on() {
    let builder = site(5_000);
    let giver = seen(&builder, &[3, 70, 4_999, 6_000, 7_000]);
    let mut taker = TreeView::new(builder.root());
    for numbers in [&[3, 6_000][..], &[70], &[4_999, 7_000]] {
        let prefixes: Vec<KeyPrefix> = numbers.iter().map(|n| key(*n).prefix()).collect();
        let proof = giver.prove(&prefixes, false, 10_000).expect("well-formed");
        assert!(proof.len() <= 1_100 * numbers.len(), "{}", proof.len());
        taker.graft(builder.root(), proof).expect("proves itself");
    }
    let passed_on = taker.known(100_000).expect("a few paths");
    let mut third = TreeView::new(builder.root());
    third
        .graft(builder.root(), passed_on)
        .expect("proves itself");
    for view in [&taker, &third] {
        for n in [3, 70, 4_999] {
            let found = view.lookup(&key(n)).expect("well-formed");
            assert!(matches!(found, Lookup::Found(url) if *url.entry() == entry(n)));
        }
        for n in [6_000, 7_000] {
            assert_eq!(view.lookup(&key(n)).expect("well-formed"), Lookup::Absent);
        }
        // Nobody told of these: what is needed is a node that is published.
        let store: BTreeMap<_, _> = builder.nodes().into_iter().collect();
        for n in 1_000..1_200 {
            let mut view = view.clone();
            let (found, fetched) = resolve(&mut view, &store, &key(n));
            assert!(matches!(found, Lookup::Found(url) if *url.entry() == entry(n)));
            assert!((1..=4).contains(&fetched), "{fetched}");
        }
    }
    assert_eq!(third.known(100), None);
    assert_eq!(TreeView::new(builder.root()).known(100_000), None);
}

#[test]
fn what_a_document_needs_is_proved_with_it() {
    let mut builder = site(800);
    let mut page = entry(0);
    page.needs = vec![key(5).prefix(), key(6).prefix()];
    builder.insert(key(10_000), &page).expect("distinct");
    let giver = seen(&builder, &[10_000, 5, 6]);
    for with_needs in [true, false] {
        let proof = giver.prove(&[key(10_000).prefix()], with_needs, 10_000);
        let mut taker = TreeView::new(builder.root());
        let proof = proof.expect("well-formed");
        taker.graft(builder.root(), proof).expect("proves itself");
        for n in [5, 6] {
            let found = taker.lookup(&key(n)).expect("well-formed");
            assert_eq!(matches!(found, Lookup::Found(_)), with_needs);
        }
    }
}

#[test]
fn nothing_is_proved_where_nothing_is_known_or_asked_for() {
    let builder = site(100);
    let prefix = key(1).prefix();
    let nothing = TreeView::new(builder.root()).prove(&[prefix], true, 10_000);
    assert_eq!(nothing, Ok(Vec::new()));
    assert_eq!(
        seen(&builder, &[1]).prove(&[], true, 10_000),
        Ok(Vec::new())
    );
}

proptest! {
    #[test]
    fn proofs_are_true_whatever_is_known(size in 1u64..400, known in prop::collection::vec(0u64..500, 0..12), asked in prop::collection::vec(0u64..500, 1..40), bytes_max in 1usize..12_000, with_needs: bool) {
        let builder = site(size);
        let giver = seen(&builder, &known);
        let prefixes: Vec<KeyPrefix> = asked.iter().map(|n| key(*n).prefix()).collect();
        let proof = giver.prove(&prefixes, with_needs, bytes_max).expect("well-formed");
        prop_assert!(proof.len() <= bytes_max + 6 * 1024);
        prop_assume!(!proof.is_empty());
        let mut taker = TreeView::new(builder.root());
        // A page's node that the taker had before.
        if let Some(node) = builder.nodes().first() {
            taker.graft(node.0, node.1.clone()).expect("matches its name");
        }
        taker.graft(builder.root(), proof.clone()).expect("proves itself");
        let store: BTreeMap<_, _> = builder.nodes().into_iter().collect();
        for n in 0..size + 3 {
            let (found, _) = resolve(&mut taker.clone(), &store, &key(n));
            prop_assert_eq!(matches!(found, Lookup::Found(_)), n < size);
        }
        for n in asked {
            let theirs = giver.lookup(&key(n)).expect("well-formed");
            match taker.lookup(&key(n)).expect("well-formed") {
                Lookup::Needs(_) => prop_assert!(matches!(theirs, Lookup::Needs(_)) || proof.len() > bytes_max),
                Lookup::Found(url) => prop_assert!(n < size && *url.entry() == entry(n)),
                Lookup::Absent => prop_assert!(n >= size),
            }
        }
    }
}
