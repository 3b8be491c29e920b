//! Versions of a small site, published one after the other: which patches they have, and that they make the bytes.

use std::io::Read;
use std::path::PathBuf;

use flate2::read::DeflateDecoder;
use swarmfetch_content::delta;
use swarmfetch_manifest::{OwnHeader, SiteId, WallSecs};

use super::*;
use crate::address::Address;
use crate::config::Config;
use crate::index::Index;
use crate::key;
use crate::publisher::{Publisher, Summary};
use crate::release::Change;
use crate::scripts::Scripts;

const SCRIPTS: Scripts = Scripts {
    worker: "w(/*SWARMFETCH-SITE*/null)",
    page: "p(/*SWARMFETCH-PAGE*/null)",
};

/// Words that compress as text does, other ones for each seed.
pub(crate) fn article(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut text = String::new();
    while text.len() < len {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        text.push_str(&format!("{:x} ", (state >> 33) % 5000 * 77_773));
    }
    text.truncate(len);
    text.into_bytes()
}

/// Bytes that have nothing in common with those of another seed.
pub(crate) fn noise(seed: u32) -> Vec<u8> {
    let piece = |n: u32| *Hash::of(&[seed.to_le_bytes(), n.to_le_bytes()].concat()).as_bytes();
    (0..1000).flat_map(piece).collect()
}

/// The article with a line of its own in it.
fn edited(n: usize) -> Vec<u8> {
    let mut text = article(60_000, 1);
    let line = format!("edited for the {n}th time");
    text.splice(30_000..30_010, line.into_bytes());
    text
}

struct Case {
    folder: tempfile::TempDir,
    mirror: bool,
    remembers: bool,
    now: u64,
}

impl Case {
    fn new(mirror: bool, remembers: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["site", "cache"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        key::create(&folder.path().join("key.pem")).unwrap();
        Self {
            folder,
            mirror,
            remembers,
            now: 1_800_000_000,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("site").join(name)
    }

    fn bodies(&self) -> PathBuf {
        self.folder.path().join("cache/bodies")
    }

    fn publisher(&self) -> Publisher {
        let key = self.folder.path().join("key.pem");
        let mut config = Config::sensible(self.path(""), key, SiteId([3; 16]));
        config.mirror = self.mirror;
        let mut publisher = Publisher::open(config, &[], SCRIPTS).unwrap();
        if self.remembers {
            let cache = self.folder.path().join("cache");
            let index = Index::within(&cache, publisher.root()).unwrap();
            publisher.remember(index, false);
        }
        publisher
    }

    fn publish(&mut self) -> Summary {
        self.now += 600;
        self.publisher().publish(None, WallSecs(self.now)).unwrap()
    }

    fn put(&mut self, bytes: &[u8]) -> Summary {
        std::fs::write(self.path("a.html"), bytes).unwrap();
        self.publish()
    }

    fn patches(&self) -> Vec<Patch> {
        let publisher = self.publisher();
        let output = Output::new(self.path(""));
        let previous = output.previous(&publisher.trusted_root()).unwrap().unwrap();
        let entry = previous.entry(&Address::of_text("/a.html"));
        entry.unwrap().patches.clone()
    }

    fn apply(&self, patch: &Patch, old: &[u8], len: usize) -> Vec<u8> {
        assert_eq!(patch.from, prefix(&Hash::of(old)));
        let output = Output::new(self.path(""));
        let packed = output.read(patch.object.hash()).expect("stored");
        assert_eq!(ObjectRef::of(&packed), patch.object);
        let mut patch = Vec::new();
        let mut decoder = DeflateDecoder::new(packed.as_slice());
        decoder.read_to_end(&mut patch).unwrap();
        assert!(patch.len() as u64 <= delta::patch_bytes_max(len as u64));
        delta::apply(old, &patch, len as u64).unwrap()
    }
}

#[test]
fn the_last_three_contents_have_patches_to_the_new_one() {
    for (mirror, remembers) in [(false, true), (true, false), (true, true)] {
        let mut case = Case::new(mirror, remembers);
        for n in 0..5 {
            let summary = case.put(&edited(n));
            let patches = case.patches();
            assert_eq!(patches.len(), n.min(PATCHES_FROM), "{mirror} {remembers}");
            assert_eq!(summary.patches.count, patches.len());
            let new = edited(n);
            for (age, patch) in patches.iter().enumerate() {
                assert!(patch.object.len() < 300, "{} bytes", patch.object.len());
                let old = edited(n - 1 - age);
                assert_eq!(case.apply(patch, &old, new.len()), new);
            }
        }
    }
}

#[test]
fn who_has_neither_a_mirror_nor_a_cache_makes_no_patches() {
    let mut case = Case::new(false, false);
    case.put(&edited(0));
    case.put(&edited(1));
    assert_eq!(case.patches(), []);
}

#[test]
fn a_site_that_stays_keeps_its_patches_and_its_version() {
    let mut case = Case::new(false, true);
    case.put(&edited(0));
    case.put(&edited(1));
    let (patches, head) = (case.patches(), Output::new(case.path("")).head());
    assert_eq!(patches.len(), 1);
    let before = std::fs::read(&head).unwrap();
    std::fs::remove_dir_all(case.folder.path().join("cache")).unwrap();
    std::fs::create_dir(case.folder.path().join("cache")).unwrap();
    case.now += 48 * 3600;
    assert_eq!(case.publish().change, Change::Unchanged);
    assert_eq!(std::fs::read(&head).unwrap(), before);
    assert_eq!(case.patches(), patches);
    let other = case.path("b.html");
    std::fs::write(other, "<p>another").unwrap();
    case.now += 48 * 3600;
    assert_eq!(case.publish().change, Change::Changed);
    assert_eq!(case.patches(), patches);
    case.apply(&patches[0], &edited(0), edited(1).len());
}

#[test]
fn a_patch_that_no_entry_names_stays_as_long_as_other_objects() {
    let mut case = Case::new(false, true);
    case.put(&edited(0));
    case.put(&edited(1));
    let patch = Output::new(case.path("")).object(case.patches()[0].object.hash());
    case.put(&noise(2));
    assert_eq!(case.patches(), []);
    assert!(patch.exists(), "for visitors of the version before");
    case.now += 25 * 3600;
    case.publish();
    assert!(!patch.exists(), "after that");
}

#[test]
fn earlier_bodies_that_are_gone_or_other_make_no_patch_and_no_error() {
    let mut case = Case::new(false, true);
    case.put(&edited(0));
    for file in std::fs::read_dir(case.bodies()).unwrap() {
        std::fs::write(file.unwrap().path(), edited(7)).unwrap();
    }
    case.put(&edited(1));
    assert_eq!(case.patches(), []);
    std::fs::remove_dir_all(case.bodies()).unwrap();
    std::fs::write(case.bodies(), "no folder").unwrap();
    let summary = case.put(&edited(2));
    assert_eq!(case.patches(), []);
    assert!(summary.notes.iter().any(|note| note.contains("no patch")));
}

#[test]
fn a_patch_that_was_taken_away_or_damaged_is_named_no_more() {
    for is_there in [false, true] {
        let mut case = Case::new(false, true);
        case.put(&edited(0));
        case.put(&edited(1));
        let patch = Output::new(case.path("")).object(case.patches()[0].object.hash());
        std::fs::remove_file(&patch).unwrap();
        if is_there {
            std::fs::write(&patch, "something else").unwrap();
        }
        case.publish();
        assert_eq!(case.patches(), []);
    }
}

#[test]
fn an_entry_without_room_for_them_has_no_patches_and_stays_publishable() {
    let folder = tempfile::tempdir().unwrap();
    let output = Output::new(folder.path());
    std::fs::create_dir_all(output.objects()).unwrap();
    let object = ObjectRef::of(b"a patch");
    std::fs::write(output.object(object.hash()), "a patch").unwrap();
    let mut before = Entry::new(ObjectId::of(&edited(1)), 0);
    let from = prefix(&Hash::of(&edited(0)));
    before.patches.push(Patch { from, object });
    for (len, count) in [(1900, 1), (2020, 0)] {
        let mut entry = Entry::new(before.object(), 0);
        entry.own_headers = vec![OwnHeader::Text("x-long".into(), "x".repeat(len - 50))];
        let mut following = [Following {
            entry: &mut entry,
            before: before.clone(),
            path: PathBuf::new(),
        }];
        let earlier = Earlier {
            output: &output,
            bodies: None,
        };
        assert_eq!(earlier.patch(&mut following).len(), count);
        assert_eq!(entry.patches.len(), count);
        entry.encode().expect("it fits");
    }
}
