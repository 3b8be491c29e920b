//! Publishing into a folder and into a copy, again and again, with a clock of our own.

mod faults;
mod renewing;
mod rotating;
mod switching_off;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use swarmfetch_content::Hash;
use swarmfetch_manifest::{HeadEnvelope, Keys, Lookup, Record, SiteId, TreeView, UrlKey};

use super::*;
use crate::disk::fault::Fault;
use crate::key;

const SCRIPTS: Scripts = Scripts {
    worker: "w(/*SWARMFETCH-SITE*/null)",
    page: "p(/*SWARMFETCH-PAGE*/null)",
};
const DAY: u64 = 24 * 3600;
const START: WallSecs = WallSecs(1_800_000_000);

/// Has something fail, and be stopped, at its n-th step to the disk, for each n up to the first that it does not reach. `once` says whether it did.
fn at_each_step(mut once: impl FnMut(Fault, usize) -> bool) {
    for fault in [Fault::Full, Fault::Stop] {
        for steps in 0.. {
            assert!(steps < 100, "it never ends");
            if !once(fault, steps) {
                break;
            }
        }
    }
}

struct Case {
    folder: tempfile::TempDir,
    publisher: Publisher,
}

impl Case {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("site");
        std::fs::create_dir(&dir).unwrap();
        let key = folder.path().join("key.pem");
        key::create(&key).unwrap();
        let config = Config::sensible(dir, key, SiteId([3; 16]));
        let publisher = Publisher::open(config, &[], SCRIPTS).unwrap();
        let case = Self { folder, publisher };
        files.iter().for_each(|(name, text)| case.put(name, text));
        case
    }

    fn put(&self, name: &str, text: &str) {
        let path = self.folder.path().join("site").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn publish(&self, now: WallSecs) -> Summary {
        self.publisher.publish(Some(&self.out()), now).unwrap()
    }

    /// Every file of the output and when it was written.
    fn tree(&self) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
        let files = walkdir::WalkDir::new(self.out())
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file());
        files
            .map(|entry| {
                let modified = entry.metadata().unwrap().modified().unwrap();
                (
                    entry.path().to_path_buf(),
                    (std::fs::read(entry.path()).unwrap(), modified),
                )
            })
            .collect()
    }

    /// Walks the chain as a visitor does, from the root key to a URL's content hash.
    fn look_up(&self, now: WallSecs, url: &str) -> Option<Hash> {
        let output = Output::new(self.out());
        let object = |hash| std::fs::read(output.object(hash)).unwrap();
        let envelope = HeadEnvelope::parse(&std::fs::read(output.head()).unwrap()).unwrap();
        let keys = Keys::verify(
            &object(envelope.keys_hint().hash()),
            &self.publisher.trusted_root(),
            now,
        )
        .unwrap();
        let head = envelope.verify(&keys, now).unwrap();
        let record = object(head.record.hash());
        head.record.check("record", &record).unwrap();
        let record = Record::parse(&record).unwrap();
        assert_eq!(record.version, head.version);
        let mut tree = TreeView::new(record.tree_root());
        loop {
            match tree.lookup(&UrlKey::of_path(url)).unwrap() {
                Lookup::Needs(node) => tree.graft(node, object(node)).unwrap(),
                Lookup::Found(url) => return Some(url.entry().object().hash),
                Lookup::Absent => return None,
            }
        }
    }
}

#[test]
fn a_visitor_finds_every_url_from_the_root_key() {
    let case = Case::new(&[
        ("index.html", "<p>home"),
        ("a.png", "png"),
        (".env", "secret"),
    ]);
    let summary = case.publish(START);
    assert_eq!(summary.change, Change::First);
    assert_eq!(
        summary.shared,
        Shared {
            urls: 3,
            files: 2,
            bytes: 10
        }
    );
    for (url, body) in [
        ("/", "<p>home"),
        ("/index.html", "<p>home"),
        ("/a.png", "png"),
    ] {
        assert_eq!(
            case.look_up(START, url),
            Some(Hash::of(body.as_bytes())),
            "{url}"
        );
    }
    let script = std::fs::read(case.out().join("swarmfetch.js")).unwrap();
    assert_eq!(
        case.look_up(START, "/swarmfetch.js"),
        Some(Hash::of(&script))
    );
    for url in ["/.env", "/b", "/swarmfetch-sw.js", "/a.png?"] {
        assert_eq!(case.look_up(START, url), None, "{url}");
    }
    assert_eq!(std::fs::read(case.out().join("a.png")).unwrap(), b"png");
    assert!(!case.out().join(".env").exists());
}

#[test]
fn an_unchanged_site_rewrites_nothing() {
    let case = Case::new(&[("index.html", "<p>home"), ("_headers", "/*\n  X-A: b\n")]);
    let first = case.publish(START);
    let before = case.tree();
    let second = case.publish(WallSecs(START.0 + DAY));
    assert_eq!(second.change, Change::Unchanged);
    assert_eq!(
        (second.version, second.expires),
        (first.version, first.expires)
    );
    assert_eq!(second.difference, Difference::default());
    assert_eq!(case.tree(), before);
}

#[test]
fn the_same_input_gives_the_same_tree_elsewhere() {
    let case = Case::new(&[("index.html", "<p>home"), ("a/b.css", "a{}")]);
    case.publish(START);
    let first: Vec<_> = case.tree().into_values().map(|(bytes, _)| bytes).collect();
    std::fs::remove_dir_all(case.out()).unwrap();
    case.publish(START);
    let second: Vec<_> = case.tree().into_values().map(|(bytes, _)| bytes).collect();
    assert_eq!(first, second);
}

#[test]
fn a_change_grows_the_version_and_leaves_the_scripts() {
    let case = Case::new(&[("index.html", "<p>home"), ("b.html", "b"), ("c.html", "c")]);
    let first = case.publish(START);
    let scripts = case.tree();
    case.put("index.html", "<p>longer home");
    case.put("d.html", "d");
    std::fs::remove_file(case.folder.path().join("site/c.html")).unwrap();
    let second = case.publish(START);
    assert_eq!(second.change, Change::Changed);
    assert_eq!(second.version, first.version + 1, "even within one second");
    assert_eq!(
        second.difference,
        Difference {
            new: 1,
            changed: 2,
            gone: 1
        }
    );
    for script in ["swarmfetch.js", "swarmfetch-sw.js"] {
        let path = case.out().join(script);
        assert_eq!(case.tree()[&path], scripts[&path], "{script}");
    }
    assert_eq!(case.look_up(START, "/c.html"), None);
    assert!(!case.out().join("c.html").exists());
}

#[test]
fn a_head_about_to_run_out_is_signed_again() {
    let case = Case::new(&[("index.html", "<p>home")]);
    let first = case.publish(START);
    let later = WallSecs(START.0 + 16 * DAY);
    let second = case.publish(later);
    assert_eq!(second.change, Change::Renewed);
    assert_eq!(second.version, first.version);
    assert_eq!(second.expires, later.0 + 30 * DAY);
    assert!(case.look_up(WallSecs(START.0 + 40 * DAY), "/").is_some());
}

#[test]
fn replaced_bodies_and_nodes_stay_for_a_while() {
    let case = Case::new(&[("index.html", "one"), ("gone.html", "gone")]);
    case.publish(START);
    let output = Output::new(case.out());
    let objects = || {
        std::fs::read_dir(case.out().join(".well-known/swarmfetch/o"))
            .unwrap()
            .count()
    };
    let metadata = objects();
    let body = |text: &str| output.object(Hash::of(text.as_bytes()));
    assert!(
        !body("one").exists(),
        "current bodies stand under their URL only"
    );

    case.put("index.html", "two!");
    std::fs::remove_file(case.folder.path().join("site/gone.html")).unwrap();
    case.publish(WallSecs(START.0 + 5 * DAY));
    assert_eq!(std::fs::read(body("one")).unwrap(), b"one");
    assert_eq!(std::fs::read(body("gone")).unwrap(), b"gone");
    assert!(!body("two!").exists());

    case.put("index.html", "three!!");
    case.publish(WallSecs(START.0 + 5 * DAY + 3600));
    assert!(body("one").exists());
    assert!(body("two!").exists());

    case.publish(WallSecs(START.0 + 6 * DAY + 1800));
    assert!(!body("one").exists(), "its day is over");
    assert!(body("two!").exists(), "its day is not");
    case.publish(WallSecs(START.0 + 7 * DAY + 3601));
    assert!(!body("two!").exists());
    assert!(objects() <= metadata, "old nodes and records went as well");
}

#[test]
fn with_mirror_every_body_stands_under_its_hash() {
    let mut case = Case::new(&[("index.html", "one"), ("b.html", "two")]);
    case.publisher.config.mirror = true;
    case.publish(START);
    let output = Output::new(case.out());
    for text in ["one", "two"] {
        assert_eq!(
            std::fs::read(output.object(Hash::of(text.as_bytes()))).unwrap(),
            text.as_bytes()
        );
    }
}

#[test]
fn an_output_of_another_key_or_site_is_left_alone() {
    let case = Case::new(&[("index.html", "one")]);
    case.publish(START);
    let before = case.tree();
    let other = |config: Config| {
        Publisher::open(config, &[], SCRIPTS)
            .unwrap()
            .publish(Some(&case.out()), START)
    };
    let mut another_site = case.publisher.config.clone();
    another_site.site = SiteId([4; 16]);
    assert!(matches!(other(another_site), Err(Error::Foreign { .. })));
    let mut another_key = case.publisher.config.clone();
    another_key.key = case.folder.path().join("other.pem");
    key::create(&another_key.key).unwrap();
    assert!(matches!(other(another_key), Err(Error::Foreign { .. })));
    assert_eq!(case.tree(), before);
}

#[test]
fn a_damaged_output_is_written_anew() {
    let case = Case::new(&[("index.html", "one")]);
    case.publish(START);
    std::fs::remove_dir_all(case.out().join(".well-known/swarmfetch/o")).unwrap();
    let summary = case.publish(WallSecs(START.0 + 60));
    let told = |note: &String| note.contains("cannot be read (missing: keys)");
    assert!(summary.notes.iter().any(told), "{:?}", summary.notes);
    assert!(case.look_up(START, "/").is_some());
}

#[test]
fn large_content_has_an_outboard() {
    let case = Case::new(&[]);
    let long = "x".repeat(300_000);
    case.put("a.bin", &long);
    case.publish(START);
    let (object, outboard) = swarmfetch_content::Outboard::of(long.as_bytes());
    let stored =
        std::fs::read(Output::new(case.out()).object(Hash::of(outboard.as_bytes()))).unwrap();
    assert_eq!(
        swarmfetch_content::Outboard::parse(object, &stored).unwrap(),
        outboard
    );
}

#[test]
fn what_visitors_would_not_read_is_not_published() {
    let mut case = Case::new(&[("index.html", "one")]);
    let pattern = |n: usize| crate::config::Pattern {
        glob: format!("/{n}"),
        origin: None,
    };
    case.publisher.config.private = (0..300).map(pattern).collect();
    let result = case.publisher.publish(Some(&case.out()), START);
    assert!(matches!(result, Err(Error::Manifest { .. })), "{result:?}");
    assert!(!case.out().join(".well-known/swarmfetch/head").exists());
}

#[test]
fn publishing_in_place_does_not_share_its_own_files() {
    let case = Case::new(&[("index.html", "one")]);
    let first = case.publisher.publish(None, START).unwrap();
    let second = case
        .publisher
        .publish(None, WallSecs(START.0 + 60))
        .unwrap();
    assert_eq!(second.change, Change::Unchanged);
    assert_eq!(first.shared, second.shared);
}

#[test]
fn renewal_waits_for_half_of_a_life() {
    let mut case = Case::new(&[("index.html", "one")]);
    case.publish(START);
    case.publisher.config.expires = Duration::from_secs(DAY);
    let shorter = case.publish(WallSecs(START.0 + 60));
    assert_eq!(
        shorter.change,
        Change::Renewed,
        "the owner shortened its life"
    );
}

#[test]
fn files_that_the_output_cannot_tell_apart_are_refused() {
    let case = Case::new(&[("a.png", "one"), ("A.png", "two")]);
    let publish = |ignored| {
        crate::disk::fault::with_case_ignored(ignored, || {
            case.publisher.publish(Some(&case.out()), START)
        })
    };
    // Where this test's own disk ignores case there is but one of them.
    if case.folder.path().join("site").read_dir().unwrap().count() == 2 {
        let result = publish(true);
        assert!(matches!(result, Err(Error::CaseTwins { .. })), "{result:?}");
        assert!(!case.out().exists(), "nothing was written");
    }
    assert!(publish(false).is_ok());
}

#[test]
fn a_copy_follows_a_file_that_changes_within_a_second() {
    let case = Case::new(&[("a.txt", "one")]);
    let date = || {
        let path = case.folder.path().join("site/a.txt");
        let file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_000))
            .unwrap();
    };
    date();
    case.publish(START);
    std::thread::sleep(Duration::from_millis(20));
    case.put("a.txt", "two");
    date();
    case.publish(START);
    assert_eq!(case.look_up(START, "/a.txt"), Some(Hash::of(b"two")));
    assert_eq!(std::fs::read(case.out().join("a.txt")).unwrap(), b"two");
}

/// More URLs than fit into a pack.
#[test]
fn a_site_of_many_pages_keeps_its_nodes_and_has_damaged_ones_mended() {
    let case = Case::new(&[]);
    for n in 0..2500 {
        case.put(&format!("{n}.txt"), &n.to_string());
    }
    let objects = || -> Vec<PathBuf> {
        let paths = case.tree().into_keys();
        paths
            .filter(|path| path.parent().is_some_and(|folder| folder.ends_with("o")))
            .collect()
    };
    case.publish(START);
    let first = objects();
    case.put("7.txt", "another seven");
    let second = case.publish(WallSecs(START.0 + 60));
    assert_eq!(second.difference.changed, 1);
    // A path of nodes, the record, and the body that was replaced.
    let new = objects().len() - first.len();
    assert!((3..=6).contains(&new), "{new} of {}", first.len());
    let hash = |text: &str| Some(Hash::of(text.as_bytes()));
    assert_eq!(case.look_up(START, "/7.txt"), hash("another seven"));
    assert_eq!(case.look_up(START, "/8.txt"), hash("8"));

    for (n, path) in objects().iter().enumerate().step_by(7) {
        // The last record goes with the list of keys that made it readable.
        let Ok(bytes) = std::fs::read(path) else {
            continue;
        };
        if n % 2 == 0 {
            std::fs::remove_file(path).unwrap();
        } else {
            std::fs::write(path, &bytes[1..]).unwrap();
        }
        case.publish(WallSecs(START.0 + 120 + n as u64));
        for page in (8..2500).step_by(40) {
            let found = case.look_up(START, &format!("/{page}.txt"));
            assert_eq!(found, hash(&page.to_string()), "without {}", path.display());
        }
    }
}
