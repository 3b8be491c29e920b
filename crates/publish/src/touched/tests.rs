//! A folder that changes at random, published by one who knows the version before and by one who knows nothing: what they
//! write is the same, to the byte.

mod random;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use swarmfetch_manifest::{Query, SiteId};

use super::*;
use crate::address::Address;
use crate::config::{Config, Pattern, UrlRule};
use crate::delta::tests::article;
use crate::disk::fault::{self, Fault};
use crate::key;
use crate::release::{Change, TEST_PACK_BYTES_MAX};
use crate::scripts::Scripts;
use random::body;

const SCRIPTS: Scripts = Scripts {
    worker: "w(/*SWARMFETCH-SITE*/null)",
    page: "p(/*SWARMFETCH-PAGE*/null)",
};
const START: u64 = 1_800_000_000;

/// Longer than the clock of files ticks.
const TICK: Duration = Duration::from_millis(12);

/// The same site twice: one publisher goes on from what it knows, the other has no index.
struct Twice {
    folder: tempfile::TempDir,
    config: Config,
    /// Files and when they were changed last, in seconds.
    files: BTreeMap<String, u64>,
    now: u64,
    /// When the version that is there was made.
    version: u64,
    /// How often the first went on from what it knew.
    touched: usize,
}

impl Twice {
    fn new(mirror: bool) -> Self {
        TEST_PACK_BYTES_MAX.set(64);
        let folder = tempfile::tempdir().unwrap();
        for name in ["knows", "forgets", "cache"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        key::create(&folder.path().join("key.pem")).unwrap();
        let key = folder.path().join("key.pem");
        let mut config = Config::sensible(folder.path().join("knows"), key, SiteId([3; 16]));
        config.mirror = mirror;
        config.share = ["/*", "/d/**", "/moved*/**"].map(pattern).into();
        config.private = vec![pattern("/private/**")];
        Self {
            folder,
            config,
            files: BTreeMap::new(),
            now: START,
            version: START,
            touched: 0,
        }
    }

    fn path(&self, site: &str, name: &str) -> PathBuf {
        self.folder.path().join(site).join(name)
    }

    fn put(&mut self, name: &str, bytes: &[u8]) {
        let secs = 1_700_000_000 + self.now % 1000;
        for site in ["knows", "forgets"] {
            let path = self.path(site, name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, bytes).unwrap();
            let file = std::fs::File::options().append(true).open(&path).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_secs(secs))
                .unwrap();
        }
        self.files.insert(name.to_owned(), secs);
    }

    fn remove(&mut self, name: &str) {
        self.files.remove(name);
        for site in ["knows", "forgets"] {
            std::fs::remove_file(self.path(site, name)).unwrap();
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        for site in ["knows", "forgets"] {
            let to = self.path(site, to);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::rename(self.path(site, from), to).unwrap();
        }
        let below = format!("{from}/");
        let moved: Vec<String> = self.files.keys().cloned().collect();
        for name in moved {
            let new = match name.strip_prefix(&below) {
                Some(rest) => format!("{to}/{rest}"),
                None if name == from => to.to_owned(),
                None => continue,
            };
            if let Some(secs) = self.files.remove(&name) {
                self.files.insert(new, secs);
            }
        }
    }

    fn publisher(&self, site: &str) -> Publisher {
        let mut config = self.config.clone();
        config.dir = self.folder.path().join(site);
        let mut publisher = Publisher::open(config, &[], SCRIPTS).unwrap();
        publisher.tick(Duration::ZERO);
        match site {
            "knows" => {
                let index = Index::within(&self.path("cache", ""), publisher.root()).unwrap();
                publisher.remember(index, false);
            }
            // It has no index, but what the other has beside it of earlier contents.
            "forgets" => publisher.keep_bodies(self.folder.path().join("bodies")),
            _ => {}
        }
        publisher
    }

    /// Goes on from what is known, where that can be.
    fn publish_knowing(&mut self) -> Summary {
        let publisher = self.publisher("knows");
        let cache = self.folder.path().join("cache");
        let index = Index::within(&cache, publisher.root()).unwrap();
        let output = Output::new(publisher.root().path());
        let now = WallSecs(self.now);
        let before = Before::read(&publisher, &index, &publisher.inputs(), &output);
        if let Some(before) = before
            && let Some(summary) = publish(&publisher, &index, before, now).unwrap()
        {
            self.touched += 1;
            return summary;
        }
        publisher.publish(None, now).unwrap()
    }

    /// Publishes both, and says whether the first went on from what it knew.
    fn publish(&mut self) -> bool {
        std::thread::sleep(TICK);
        self.now += 600;
        let before = self.touched;
        let mut knowing = self.publish_knowing();
        let mut forgetting = self
            .publisher("forgets")
            .publish(None, WallSecs(self.now))
            .unwrap();
        std::thread::sleep(TICK);
        self.version = knowing.version;
        (knowing.read, forgetting.read) = (0, 0);
        let json = |summary| serde_json::to_string_pretty(&summary).unwrap();
        assert_eq!(json(knowing), json(forgetting));
        self.have_written_the_same();
        self.touched > before
    }

    fn have_written_the_same(&self) {
        let (knows, forgets) = (
            written(&self.path("knows", "")),
            written(&self.path("forgets", "")),
        );
        let names = |files: &BTreeMap<String, _>| files.keys().cloned().collect::<BTreeSet<_>>();
        let (here, there) = (names(&knows), names(&forgets));
        let differ: Vec<_> = here.symmetric_difference(&there).collect();
        assert!(differ.is_empty(), "only one has {differ:?}");
        for (name, bytes) in &knows {
            assert!(forgets[name] == *bytes, "{name} differs");
        }
    }

    /// One who has never published this makes the same, but for what is kept of versions before.
    fn is_as_from_nothing(&mut self) {
        for name in self.files.keys() {
            let to = self.path("nothing", name);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(self.path("knows", name), &to).unwrap();
            let file = std::fs::File::options().append(true).open(&to).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_secs(self.files[name]))
                .unwrap();
        }
        let made = self
            .publisher("nothing")
            .publish(None, WallSecs(self.version))
            .unwrap();
        assert_eq!(made.change, Change::First);
        let (knows, nothing) = (
            written(&self.path("knows", "")),
            written(&self.path("nothing", "")),
        );
        for (name, bytes) in &nothing {
            let same = knows.get(name) == Some(bytes);
            assert!(same, "{name} differs from what is made from nothing");
        }
        std::fs::remove_dir_all(self.path("nothing", "")).unwrap();
    }
}

fn pattern(glob: &str) -> Pattern {
    Pattern {
        glob: glob.to_owned(),
        origin: None,
    }
}

/// All that was written into a folder beside the content.
fn written(site: &Path) -> BTreeMap<String, Vec<u8>> {
    let ours = walkdir::WalkDir::new(site.join(".well-known")).into_iter();
    let scripts = ["swarmfetch.js", "swarmfetch-sw.js"].map(|name| site.join(name));
    let paths = ours.map(|entry| entry.unwrap().into_path()).chain(scripts);
    paths
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path
                .strip_prefix(site)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect()
}

/// A site of some pages that need each other's parts.
fn small(mirror: bool) -> Twice {
    let mut site = Twice::new(mirror);
    for (name, links) in [
        ("index.html", &[21, 8, 12, 11][..]),
        ("a.html", &[8, 13]),
        ("d/index.html", &[8, 14]),
        ("d/a.html", &[18, 11]),
        ("s.css", &[10, 13]),
        ("d/t.css", &[14]),
        ("i.png", &[]),
        ("d/j.png", &[]),
        ("x.js", &[]),
        ("private/p.html", &[]),
        ("large.bin", &[]),
    ] {
        site.put(name, &body(name, links, 3));
    }
    site.put("n/n.txt", b"n");
    site.put("broken.html", b"<p>");
    site.publish();
    site
}

impl Twice {
    fn needs(&self, url: &str) -> Vec<swarmfetch_manifest::UrlKey> {
        let publisher = self.publisher("knows");
        let output = Output::new(publisher.root().path());
        let previous = output.previous(&publisher.trusted_root()).unwrap().unwrap();
        let keys = previous.urls.keys();
        let needs = &previous.entry(&Address::of_text(url)).unwrap().needs;
        let key = |prefix| keys.clone().find(|key| key.prefix() == prefix);
        needs.iter().map(|prefix| *key(*prefix).unwrap()).collect()
    }
}

#[test]
fn what_has_changed_is_made_of_what_is_known() {
    let mut site = small(false);
    assert!(site.publish(), "nothing");
    let other = body("a.html", &[8, 13], 40);
    site.put("a.html", &other);
    assert!(site.publish(), "a page");
    site.now += 1;
    site.put("a.html", &other);
    assert!(site.publish(), "only the time of a page");
    site.put("a.html", &body("a.html", &[1, 6, 16], 40));
    assert!(site.publish(), "its links");
    site.put("d/new.html", b"<p>");
    assert!(site.publish(), "another page");
    site.rename("d/new.html", "d/newer.html");
    assert!(site.publish(), "another name");
    site.rename("d", "moved-d");
    assert!(site.publish(), "another name of a folder");
    site.remove("moved-d/newer.html");
    assert!(site.publish(), "one page less");
    site.put("private/q.html", b"<p>");
    assert!(site.publish(), "a page that is not shared");
    site.put(".hidden", b"h");
    assert!(site.publish(), "a file that is left alone");
    site.put("large.bin", &[1; 400_000]);
    assert!(site.publish(), "a long file");
    site.is_as_from_nothing();
}

/// A page that is long enough for patches, and has a line of its own.
fn page(links: &[usize], line: &str) -> Vec<u8> {
    let text = String::from_utf8(article(20_000, 1)).unwrap();
    let head = String::from_utf8(body("a.html", links, 3)).unwrap();
    format!("{head}{}{line}{}", &text[..9000], &text[9000..]).into_bytes()
}

#[test]
fn what_has_changed_has_the_patches_that_it_has_where_all_is_made_anew() {
    for mirror in [false, true] {
        let mut site = small(mirror);
        let patches = |site: &Twice| {
            let publisher = site.publisher("knows");
            let output = Output::new(publisher.root().path());
            let previous = output.previous(&publisher.trusted_root()).unwrap().unwrap();
            let count = |path: &str| {
                let entry = previous.entry(&Address::of_text(path));
                entry.map_or(0, |entry| entry.patches.len())
            };
            ["/a.html", "/d/", "/d/a.html"].map(count)
        };
        for name in ["a.html", "d/index.html", "d/a.html"] {
            site.put(name, &page(&[10, 18], name));
        }
        site.publish();
        for (n, line) in ["first", "other", "third", "forth"].iter().enumerate() {
            site.put("a.html", &page(&[10, 18], line));
            assert!(site.publish(), "an edit");
            assert_eq!(patches(&site), [(n + 1).min(3), 0, 0]);
        }
        for name in ["d/index.html", "d/a.html"] {
            site.put(name, &page(&[10, 18], "both alike"));
        }
        assert!(site.publish(), "two files of the same bytes");
        site.put("missing.js", b"1");
        assert!(site.publish(), "what pages need has come");
        assert_eq!(
            patches(&site),
            [3, 1, 1],
            "pages that stay keep their patches"
        );
        site.put("d/a.html", b"<p>short");
        site.now += 48 * 3600;
        assert!(site.publish(), "one names a patch no more, the other does");
        site.put("i.png", b"other");
        site.now += 48 * 3600;
        assert!(site.publish(), "it stays all the same");
        assert_eq!(patches(&site), [3, 1, 0]);
        site.put("a.html", &page(&[10, 18], "other"));
        assert!(site.publish(), "what was there before");
        site.remove("d/index.html");
        assert!(site.publish(), "a page goes with its patches");
        site.now += 48 * 3600;
        assert!(site.publish(), "and they do, after a while");
    }
}

#[test]
fn what_pages_need_follows_what_they_name() {
    let mut site = small(false);
    let key = swarmfetch_manifest::UrlKey::of_path;
    assert_eq!(site.needs("/d/a.html"), [key("/d/u.css")][..0]);
    site.put("missing.js", b"1");
    assert!(site.publish(), "what a page needs has come");
    assert_eq!(site.needs("/d/a.html"), [key("/missing.js")]);
    site.put("d/u.css", &body("d/u.css", &[17], 0));
    assert!(site.publish(), "a stylesheet with a part");
    assert_eq!(
        site.needs("/d/a.html"),
        ["/missing.js", "/d/u.css", "/x.js"].map(key)
    );
    site.put("d/u.css", b"@import 'v.css';");
    site.put("d/v.css", &body("d/v.css", &[14], 0));
    assert!(site.publish(), "that imports another");
    let four = ["/missing.js", "/d/u.css", "/d/v.css", "/d/j.png"].map(key);
    assert_eq!(site.needs("/d/a.html"), four);
    site.put("d/v.css", &body("d/v.css", &[17], 0));
    assert!(site.publish(), "which then needs something else");
    let other = ["/missing.js", "/d/u.css", "/d/v.css", "/x.js"].map(key);
    assert_eq!(site.needs("/d/a.html"), other);
    site.remove("missing.js");
    assert!(site.publish(), "and what it needed is gone");
    assert_eq!(site.needs("/d/a.html"), other[1..]);
    site.is_as_from_nothing();
}

#[test]
fn all_is_made_anew_where_more_than_files_has_changed() {
    let mut site = small(false);
    site.put("_headers", b"/d/*\n  X-A: b\n");
    assert!(!site.publish(), "the owner's headers");
    assert!(site.publish());
    site.config.rules = vec![UrlRule {
        glob: "/a.*".into(),
        query: Some(Query::Ignore),
        mode: None,
    }];
    assert!(!site.publish(), "the rules");
    assert!(site.publish());
    site.config.expires = Duration::from_secs(999_999);
    assert!(!site.publish(), "the configuration");
    assert!(site.publish());
    site.put("film.webm", b"the first of its kind");
    assert!(!site.publish(), "another set of headers");
    assert!(site.publish());
    site.put("A.html", b"a twin");
    assert!(!site.publish(), "names that differ in case only");
    assert!(site.publish());
    #[cfg(unix)]
    {
        for folder in ["knows", "forgets"] {
            std::os::unix::fs::symlink("a.html", site.path(folder, "link.html")).unwrap();
        }
        assert!(!site.publish(), "a symbolic link");
        assert!(!site.publish(), "as long as it is there");
    }
}

#[test]
fn what_is_known_is_as_nothing_where_it_is_damaged_or_anothers() {
    let mut site = small(false);
    site.publish();
    let path = site.path("cache", "published");
    let good = std::fs::read(&path).unwrap();
    let (middle, end) = (good.len() / 2, good.len() - 1);
    for place in [0, 30, 60, 100, middle, end] {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert!(!site.publish(), "another bit at {place}");
        assert!(site.publish());
    }
    for len in [0, 30, middle, end] {
        std::fs::write(&path, &good[..len]).unwrap();
        assert!(!site.publish(), "{len} bytes");
    }
    let old = std::fs::read(&path).unwrap();
    site.put("a.html", b"<p>other");
    assert!(site.publish());
    std::fs::write(&path, old).unwrap();
    assert!(!site.publish(), "of the version before");
    std::fs::remove_file(&path).unwrap();
    assert!(!site.publish(), "not there");
}

#[test]
fn objects_that_were_taken_away_or_damaged_are_mended() {
    let mut site = small(false);
    let objects = |site: &Twice| -> Vec<PathBuf> {
        let folder = site.path("knows", ".well-known/swarmfetch/o");
        let paths = std::fs::read_dir(folder).unwrap();
        paths.map(|entry| entry.unwrap().path()).collect()
    };
    let count = objects(&site).len();
    assert!(count > 4, "nodes, and not one piece");
    for n in 0..count {
        std::fs::remove_file(&objects(&site)[n]).unwrap();
        std::thread::sleep(TICK);
        site.now += 600;
        site.version = site.publish_knowing().version;
        site.is_as_from_nothing();
    }
    for path in objects(&site) {
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[1..]).unwrap();
    }
    site.put("a.html", b"<p>other");
    site.now += 600;
    site.version = site.publish_knowing().version;
    site.is_as_from_nothing();
}

#[test]
fn a_mirror_keeps_the_body_of_a_file_without_a_url_as_long_as_one_who_knows_nothing() {
    let mut site = Twice::new(true);
    site.put("index.html", b"<p>");
    site.put("a.html", b"<p>of one visitor");
    site.put("b.html", b"<p>");
    site.put("_headers", b"/a.html\n  Set-Cookie: a=b\n");
    site.publish();
    site.remove("a.html");
    assert!(site.publish());
    site.now += 25 * 3600;
    assert!(site.publish());
}

/// Every step to the disk fails or is the last: whoever reads finds the old or the new version, and the next publishing
/// ends as if nothing had been.
#[test]
fn a_version_made_of_changes_is_there_or_the_one_before_it() {
    for (fault, mirror) in [
        (Fault::Full, false),
        (Fault::Stop, false),
        (Fault::Full, true),
        (Fault::Stop, true),
    ] {
        for steps in 0.. {
            assert!(steps < 200, "it never ends");
            let mut site = small(mirror);
            site.publish();
            site.put("a.html", &body("a.html", &[1, 6, 16], 40));
            site.put("large.bin", &[1; 400_000]);
            site.put("d/new.html", b"<p>");
            site.remove("d/j.png");
            std::thread::sleep(TICK);
            let old = site.record();
            let publisher = site.publisher("knows");
            let index = Index::within(&site.path("cache", ""), publisher.root()).unwrap();
            let output = Output::new(publisher.root().path());
            site.now += 600;
            let now = WallSecs(site.now);
            let before = Before::read(&publisher, &index, &publisher.inputs(), &output).unwrap();
            let (result, reached) =
                fault::at(fault, steps, || publish(&publisher, &index, before, now));
            let found = site.record();
            let place = format!("{fault:?} after {steps} steps");
            if reached && result.is_err() {
                assert_eq!(found, old, "{place}: failed, and published all the same");
            }
            std::thread::sleep(TICK);
            site.publish_knowing();
            site.publisher("forgets").publish(None, now).unwrap();
            site.have_written_the_same();
            if !reached {
                assert!(steps > 10, "{steps} steps are too few to be all");
                assert_eq!(found, site.record());
                break;
            }
            assert!(found == old || found == site.record(), "{place}: a mixture");
        }
    }
}

impl Twice {
    /// The hash of the record of the version that is there; all of it can be read.
    fn record(&self) -> Hash {
        let publisher = self.publisher("knows");
        let output = Output::new(publisher.root().path());
        let previous = output.previous(&publisher.trusted_root()).unwrap();
        previous.expect("all of it").chain.head.record.hash()
    }
}
