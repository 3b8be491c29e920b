//! One pass over a file: hash, outboard, encoding, and what it names. Remembered between passes.

mod looker;
mod read;
mod stamp;
mod utf8;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::Error;
use crate::address::Address;
use crate::headers::Facts;
use crate::links::Purpose;
pub(crate) use looker::Looker;
pub(crate) use stamp::{Stamp, now_ns};

/// Content longer than this has a published outboard and is answered in pieces.
pub const WHOLE_BYTES_MAX: u64 = 256 * 1024;

/// A file written to so recently may be written to again within its clock's granularity.
const SETTLED_AFTER: Duration = Duration::from_millis(50);

/// The same for who cannot know how long ago it was: the slowest clocks in use, FAT's, tick every other second.
const TICK: Duration = Duration::from_secs(2);

/// How often a file is read again that changes while it is read.
const READS_MAX: usize = 3;

/// What a file's bytes say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// Hash, length, modification, encoding.
    pub facts: Facts,
    /// The outboard, for content longer than [`WHOLE_BYTES_MAX`].
    pub outboard: Option<Vec<u8>>,
    /// URLs of the same site that a page or stylesheet needs, and other names of files than their own, in document order.
    pub links: Vec<(Address, Purpose)>,
    /// The parser's word on a page that it gave up on.
    pub defect: Option<String>,
}

/// What was learned of files, kept as long as they stay as they are.
#[derive(Debug)]
pub struct Scanner {
    /// By path, as text: paths are compared part by part, which takes longer.
    known: Mutex<BTreeMap<OsString, Known>>,
    /// How far apart two changes are that show in a file's times, at worst.
    tick: Duration,
    /// What somebody else does to each file after it was read, in tests.
    #[cfg(test)]
    pub(crate) meanwhile: Option<fn(&Path)>,
}

impl Default for Scanner {
    fn default() -> Self {
        Self::with_tick(TICK)
    }
}

#[derive(Debug, Clone)]
struct Known {
    stamp: Stamp,
    lasts: bool,
    scanned: Arc<Scanned>,
}

/// A file as it was found.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(crate) scanned: Arc<Scanned>,
    /// What the system says of the file.
    pub(crate) stamp: Stamp,
    /// Will another change show in that? Not of what was changed just now.
    pub(crate) lasts: bool,
    /// Was it read, or known?
    pub(crate) read: bool,
    /// Did it stay as it was while it was read?
    pub(crate) steady: bool,
}

impl Scanner {
    /// Believes the system's clock to tick so seldom.
    pub(crate) fn with_tick(tick: Duration) -> Self {
        Self {
            known: Mutex::default(),
            tick,
            #[cfg(test)]
            meanwhile: None,
        }
    }

    /// Reads a file, unless it is known and unchanged. `name` is its name in the folder.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn scan(&self, path: &Path, name: &str) -> Result<Arc<Scanned>, Error> {
        self.look(path, name).map(|look| look.scanned)
    }

    /// The same, and how it was found.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn look(&self, path: &Path, name: &str) -> Result<Look, Error> {
        let failed = || Error::io("read", path);
        for attempt in 1.. {
            let before = Stamp::of(&std::fs::metadata(path).map_err(failed())?);
            if let Some(known) = self.lock().get(path.as_os_str())
                && known.stamp == before
            {
                return Ok(Look {
                    scanned: Arc::clone(&known.scanned),
                    stamp: before,
                    lasts: known.lasts,
                    read: false,
                    steady: true,
                });
            }
            let scanned = Arc::new(read::read(path, name).map_err(failed())?);
            #[cfg(test)]
            self.meanwhile.iter().for_each(|meanwhile| meanwhile(path));
            let after = Stamp::of(&std::fs::metadata(path).map_err(failed())?);
            let steady = before == after && after.len == scanned.facts.object.len;
            if !steady && attempt < READS_MAX {
                continue;
            }
            let now = now_ns();
            let lasts = steady && after.is_settled(now, self.tick);
            if steady && after.is_settled(now, SETTLED_AFTER) {
                self.learn(path, after, lasts, &scanned);
            }
            return Ok(Look {
                scanned,
                stamp: after,
                lasts,
                read: true,
                steady,
            });
        }
        unreachable!("the loop ends by returning")
    }

    /// How far apart two changes are that show in a file's times, at worst.
    pub(crate) fn tick(&self) -> Duration {
        self.tick
    }

    /// Takes somebody's word for what is in a file, as long as the system says this of it.
    pub(crate) fn believe(&self, path: &Path, stamp: Stamp, scanned: Scanned) {
        self.learn(path, stamp, true, &Arc::new(scanned));
    }

    fn learn(&self, path: &Path, stamp: Stamp, lasts: bool, scanned: &Arc<Scanned>) {
        let known = Known {
            stamp,
            lasts,
            scanned: Arc::clone(scanned),
        };
        self.lock().insert(path.as_os_str().to_owned(), known);
    }

    /// Forgets files that are not in this list.
    pub fn retain(&self, paths: &BTreeSet<&OsStr>) {
        self.lock()
            .retain(|path, _| paths.contains(path.as_os_str()));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<OsString, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use swarmfetch_content::{ObjectId, Outboard};

    #[test]
    fn a_file_is_read_once_until_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        let long = vec![1; 300_000];
        std::fs::write(&path, &long).unwrap();
        std::thread::sleep(SETTLED_AFTER * 2);
        let scanner = Scanner::default();
        let first = scanner.scan(&path, "a.bin").unwrap();
        assert_eq!(first.facts.object, ObjectId::of(&long));
        assert_eq!(
            first.outboard.as_deref(),
            Some(Outboard::of(&long).1.as_bytes())
        );
        assert!(Arc::ptr_eq(&first, &scanner.scan(&path, "a.bin").unwrap()));
        std::fs::write(&path, b"other").unwrap();
        let second = scanner.scan(&path, "a.bin").unwrap();
        assert_eq!(second.facts.object, ObjectId::of(b"other"));
        assert_eq!(second.outboard, None);
    }
}
