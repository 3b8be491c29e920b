//! A publisher that comes again and again, with an index; what it reads is counted, not timed.

use std::time::Duration;

use super::*;
use crate::config::Config;
use crate::key;
use crate::output::Output;
use crate::publisher::{Publisher, Summary};
use crate::scripts::Scripts;
use swarmfetch_manifest::{SiteId, WallSecs};

const SCRIPTS: Scripts = Scripts {
    worker: "w(/*SWARMFETCH-SITE*/null)",
    page: "p(/*SWARMFETCH-PAGE*/null)",
};
const FILES: usize = 4;

struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("site/a")).unwrap();
        std::fs::create_dir(folder.path().join("cache")).unwrap();
        key::create(&folder.path().join("key.pem")).unwrap();
        let case = Self { folder };
        let page = "<p>é<img src='a/b.css?1'>".as_bytes();
        case.put("index.html", page);
        case.put("a/b.css", b"a { background: url(c.bin) }");
        case.put("a/c.bin", &[7; 300_000]);
        case.put("a/latin.txt", b"\xe9");
        case
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.site().join(name), bytes).unwrap();
    }

    fn site(&self) -> PathBuf {
        self.folder.path().join("site")
    }

    fn index(&self) -> PathBuf {
        self.folder.path().join("cache/index")
    }

    /// Publishes as a new process does, which believes the system's clock to tick so seldom.
    fn publish_at(&self, tick: Duration, rehash: bool) -> Summary {
        let key = self.folder.path().join("key.pem");
        let config = Config::sensible(self.site(), key, SiteId([3; 16]));
        let mut publisher = Publisher::open(config, &[], SCRIPTS).unwrap();
        publisher.tick(tick);
        let index = Index::within(&self.folder.path().join("cache"), publisher.root()).unwrap();
        publisher.remember(index, rehash);
        publisher.publish(None, WallSecs(1_800_000_000)).unwrap()
    }

    fn publish(&self) -> Summary {
        self.publish_at(Duration::ZERO, false)
    }

    fn head(&self) -> Vec<u8> {
        std::fs::read(Output::new(self.site()).head()).unwrap()
    }

    /// What a publisher without an index makes of the folder is what stands there.
    fn is_true(&self) {
        let head = self.head();
        let summary = self.publish_at(Duration::ZERO, true);
        assert_eq!(summary.read, FILES);
        assert_eq!(self.head(), head, "the index said something else");
    }
}

#[test]
fn what_is_unchanged_is_not_read_again() {
    let case = Case::new();
    assert_eq!(case.publish().read, FILES);
    let head = case.head();
    assert_eq!(case.publish().read, 0);
    assert_eq!(case.head(), head);
    case.put("index.html", b"<p>other");
    assert_eq!(case.publish().read, 1);
    assert_ne!(case.head(), head);
    case.is_true();
}

#[test]
fn all_is_read_again_when_asked_for() {
    let case = Case::new();
    case.publish();
    assert_eq!(case.publish_at(Duration::ZERO, true).read, FILES);
    assert_eq!(case.publish().read, 0, "and remembered");
}

/// Git's "racy" rule.
#[test]
fn what_changed_about_when_it_was_read_is_read_again() {
    let case = Case::new();
    let hour = Duration::from_secs(3600);
    for round in ["first", "second", "third"] {
        assert_eq!(case.publish_at(hour, false).read, FILES, "{round}");
    }
}

#[cfg(unix)]
#[test]
fn a_change_shows_although_length_and_time_are_kept() {
    let case = Case::new();
    case.publish();
    let path = case.site().join("a/latin.txt");
    let modified = path.metadata().unwrap().modified().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    case.put("a/latin.txt", b"\xe8");
    let file = std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap();
    file.set_modified(modified).unwrap();
    assert_eq!(case.publish().read, 1);
    case.is_true();
}

#[test]
fn an_index_that_is_damaged_or_anothers_is_as_none() {
    let case = Case::new();
    case.publish();
    // The first one changed the folder: it wrote its scripts there.
    case.publish();
    let good = std::fs::read(case.index()).unwrap();
    let start = HEADER.len();
    let mut bad: Vec<(String, Vec<u8>)> = Vec::new();
    for place in [
        0,
        start - 2,
        start,
        start + 31,
        start + 32,
        start + 90,
        good.len() - 1,
    ] {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        bad.push((format!("another bit at {place}"), bytes));
    }
    for len in [0, 1, start, start + 32, good.len() - 1] {
        bad.push((format!("{len} bytes"), good[..len].to_vec()));
    }
    let of_another = [b"swarmfetch index 0\n", &good[start..]].concat();
    bad.push(("another build's".into(), of_another));
    let of_nothing = [HEADER.as_bytes(), b"xyz", Hash::of(b"xyz").as_bytes()].concat();
    bad.push(("something else, whole".into(), of_nothing));
    for (name, bytes) in bad {
        std::fs::write(case.index(), bytes).unwrap();
        let summary = case.publish();
        assert_eq!(summary.read, FILES, "{name}");
        assert_eq!(std::fs::read(case.index()).unwrap(), good, "{name}: mended");
    }
    std::fs::rename(case.site(), case.folder.path().join("moved")).unwrap();
    std::fs::create_dir(case.site()).unwrap();
    for name in ["index.html", "a"] {
        let moved = case.folder.path().join("moved").join(name);
        std::fs::rename(moved, case.site().join(name)).unwrap();
    }
    let other = Root::open(&case.folder.path().join("moved"), []).unwrap();
    assert!(Read::of(good, &other).is_none(), "of another folder");
}

#[test]
fn an_index_that_cannot_be_written_is_a_note() {
    let case = Case::new();
    std::fs::create_dir(case.index()).unwrap();
    let summary = case.publish();
    let told = |note: &String| note.contains("will be read again");
    assert!(summary.notes.iter().any(told), "{:?}", summary.notes);
    assert!(!case.head().is_empty());
}

#[test]
fn no_index_stands_in_what_is_published() {
    let case = Case::new();
    let root = Root::open(&case.site(), []).unwrap();
    assert!(Index::within(&case.site(), &root).is_none());
    assert!(Index::within(&case.site().join("a"), &root).is_none());
    assert!(Index::within(&case.folder.path().join("cache"), &root).is_some());
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt;
    let case = Case::new();
    case.publish();
    let mode = case.index().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
}
