//! One pass over a file: hash, outboard, encoding, and what it names. Remembered between passes.

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
use stamp::{Stamp, now_ns};

/// Content longer than this has a published outboard and is answered in pieces.
pub const WHOLE_BYTES_MAX: u64 = 256 * 1024;

/// A file written to so recently may be written to again within its clock's granularity.
const SETTLED_AFTER: Duration = Duration::from_millis(50);

/// How often a file is read again that changes while it is read.
const READS_MAX: usize = 3;

/// What a file's bytes say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// Hash, length, modification, encoding.
    pub facts: Facts,
    /// The outboard, for content longer than [`WHOLE_BYTES_MAX`].
    pub outboard: Option<Vec<u8>>,
    /// URLs of the same site that a page or stylesheet names, in document order.
    pub links: Vec<(Address, Purpose)>,
    /// The parser's word on a page that it gave up on.
    pub defect: Option<String>,
}

/// What was learned of files, kept as long as they stay as they are.
#[derive(Debug, Default)]
pub struct Scanner {
    /// By path, as text: paths are compared part by part, which takes longer.
    known: Mutex<BTreeMap<OsString, (Stamp, Arc<Scanned>)>>,
}

impl Scanner {
    /// Reads a file, unless it is known and unchanged. `name` is its name in the folder.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn scan(&self, path: &Path, name: &str) -> Result<Arc<Scanned>, Error> {
        let failed = || Error::io("read", path);
        for attempt in 1.. {
            let before = Stamp::of(&std::fs::metadata(path).map_err(failed())?);
            if let Some((stamp, scanned)) = self.lock().get(path.as_os_str())
                && *stamp == before
            {
                return Ok(Arc::clone(scanned));
            }
            let scanned = Arc::new(read::read(path, name).map_err(failed())?);
            let after = Stamp::of(&std::fs::metadata(path).map_err(failed())?);
            if before == after {
                if after.is_settled(now_ns(), SETTLED_AFTER) {
                    self.lock()
                        .insert(path.as_os_str().to_owned(), (after, Arc::clone(&scanned)));
                }
                return Ok(scanned);
            }
            if attempt == READS_MAX {
                return Ok(scanned);
            }
        }
        unreachable!("the loop ends by returning")
    }

    /// Forgets files that are not in this list.
    pub fn retain(&self, paths: &BTreeSet<&OsStr>) {
        self.lock()
            .retain(|path, _| paths.contains(path.as_os_str()));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<OsString, (Stamp, Arc<Scanned>)>> {
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
