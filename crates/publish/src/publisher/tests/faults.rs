//! A publishing that fails or is stopped at its n-th step to the disk, for each n: whoever reads finds a whole version,
//! the old or the new one, and the next publishing ends as if nothing had been.

use std::time::Duration;

use super::*;
use crate::disk::fault::{self, Fault};
use crate::index::Index;

const FAULTS: [Fault; 2] = [Fault::Full, Fault::Stop];
const LATER: WallSecs = WallSecs(START.0 + 3 * DAY);
const URLS: [&str; 6] = [
    "/",
    "/a.bin",
    "/gone.html",
    "/new.html",
    "/same.css",
    "/swarmfetch.js",
];

/// More steps than any publishing here takes.
const STEPS_MAX: usize = 200;

type Version = Vec<Option<Hash>>;

impl Case {
    /// As a new process does it.
    fn publish_anew(&self, out: Option<&Path>, now: WallSecs) -> Result<Summary, Error> {
        let mut publisher = Publisher::open(self.publisher.config.clone(), &[], SCRIPTS)?;
        publisher.tick(Duration::ZERO);
        let cache = self.folder.path().join("cache");
        std::fs::create_dir_all(&cache).unwrap();
        let index = Index::within(&cache, publisher.root()).unwrap();
        publisher.remember(index, false);
        publisher.publish(out, now)
    }

    /// What a visitor's browser can come by: none while there is no version, else each URL's body as that version has
    /// it, whether by its URL or by its hash.
    fn version(&self, with_bodies: bool) -> Option<Version> {
        let output = Output::new(self.out());
        if !output.head().exists() {
            return None;
        }
        let mut version = Vec::new();
        for url in URLS {
            let hash = self.look_up(LATER, url);
            version.push(hash);
            let Some(hash) = hash.filter(|_| with_bodies && url != "/swarmfetch.js") else {
                continue;
            };
            let name = if url == "/" { "index.html" } else { &url[1..] };
            let found = [self.out().join(name), output.object(hash)]
                .iter()
                .any(|path| std::fs::read(path).is_ok_and(|bytes| Hash::of(&bytes) == hash));
            assert!(found, "the body of {url}");
            let stays = url != "/gone.html";
            assert!(!stays || self.out().join(name).exists(), "nothing at {url}");
        }
        Some(version)
    }

    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let names = self.tree().into_iter();
        names
            .map(|(path, (bytes, _))| (path.strip_prefix(self.out()).unwrap().to_path_buf(), bytes))
            .collect()
    }

    /// The same key and the same times of files in each case: what is published is the same then, to the byte.
    fn settle(&mut self) {
        std::fs::write(self.folder.path().join("key.pem"), KEY).unwrap();
        self.publisher = Publisher::open(self.publisher.config.clone(), &[], SCRIPTS).unwrap();
        for entry in walkdir::WalkDir::new(self.folder.path().join("site")) {
            let path = entry.unwrap().into_path();
            if path.is_file() {
                let first = Hash::of(&std::fs::read(&path).unwrap()).as_bytes()[0];
                let time =
                    std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + u64::from(first));
                let file = std::fs::OpenOptions::new()
                    .append(true)
                    .open(&path)
                    .unwrap();
                file.set_modified(time).unwrap();
            }
        }
    }

    fn change(&mut self) {
        self.put("index.html", "<p>another home");
        self.put("new.html", "new");
        self.put("a.bin", &"y".repeat(300_000));
        std::fs::remove_file(self.folder.path().join("site/gone.html")).unwrap();
        self.settle();
    }
}

/// A site that was published twice, the first time long ago.
fn published(mirror: bool) -> Case {
    let mut case = Case::new(&[
        ("index.html", "<p>home"),
        ("gone.html", "gone"),
        ("same.css", "a{}"),
    ]);
    case.publisher.config.mirror = mirror;
    case.put("a.bin", &"x".repeat(300_000));
    case.settle();
    let out = case.out();
    case.publish_anew(Some(&out), START).unwrap();
    case.put("index.html", "<p>home again");
    case.settle();
    case.publish_anew(Some(&out), WallSecs(START.0 + 60))
        .unwrap();
    case
}

/// The example of RFC 8410.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
    -----END PRIVATE KEY-----\n";

/// `make` makes a case, to be published next; the same each time.
fn every_fault(make: impl Fn() -> Case) {
    let out = |case: &Case| Some(case.out());
    let case = make();
    let old = case.version(true);
    case.publish_anew(out(&case).as_deref(), LATER).unwrap();
    let new = case.version(true);
    assert_ne!(old, new);
    let expected = case.files();
    for fault in FAULTS {
        for steps in 0.. {
            assert!(steps < STEPS_MAX, "it never ends");
            let case = make();
            let out = case.out();
            let (result, reached) =
                fault::at(fault, steps, || case.publish_anew(Some(&out), LATER));
            let place = format!("{fault:?} after {steps} steps");
            let found = case.version(true);
            assert!(found == old || found == new, "{place}: a mixture");
            if !reached {
                assert!(steps > 20, "{steps} steps are too few to be all");
                break;
            }
            if let Err(error) = result {
                assert!(
                    fault == Fault::Stop || error.remedy().starts_with("make room"),
                    "{place}: {error}"
                );
                assert_eq!(found, old, "{place}: failed, and published all the same");
            }
            case.publish_anew(Some(&out), LATER).unwrap();
            assert_eq!(case.version(true), new, "{place}: the next one");
            let left: Vec<_> = case.files().into_keys().collect();
            let names: Vec<_> = expected.keys().cloned().collect();
            assert_eq!(left, names, "{place}: what is left");
        }
    }
}

#[test]
fn a_first_version_is_there_or_is_not() {
    every_fault(|| {
        let mut case = Case::new(&[("index.html", "<p>home"), ("same.css", "a{}")]);
        case.put("a.bin", &"x".repeat(300_000));
        case.settle();
        case
    });
}

#[test]
fn another_version_is_there_or_the_one_before_it() {
    every_fault(|| {
        let mut case = published(false);
        case.change();
        case
    });
}

#[test]
fn a_mirror_has_every_body_of_the_version_that_is_there() {
    every_fault(|| {
        let mut case = published(true);
        case.change();
        case
    });
}
