//! One pass over a file: hash, outboard, encoding, and what it names. Remembered between passes.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use swarmfetch_content::OutboardBuilder;

use crate::Error;
use crate::address::Address;
use crate::folder::modified_secs;
use crate::headers::{Facts, is_css, is_html};
use crate::links::{Link, Purpose, css_links, html_links};

/// Content longer than this has a published outboard and is answered in pieces.
pub const WHOLE_BYTES_MAX: u64 = 256 * 1024;

/// The largest page or stylesheet that is read for links, in bytes; it is held in memory.
const MARKUP_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// A file written to so recently may be written to again within its clock's granularity.
const SETTLED_AFTER: Duration = Duration::from_millis(50);

/// How often a file is read again that changes while it is read.
const READS_MAX: usize = 3;

/// How much is read at once, in bytes: hashing runs at full speed from 64 KiB on.
const READ_BYTES: usize = 256 * 1024;

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
    known: Mutex<BTreeMap<PathBuf, (Stamp, Arc<Scanned>)>>,
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
            if let Some((stamp, scanned)) = self.lock().get(path)
                && *stamp == before
            {
                return Ok(Arc::clone(scanned));
            }
            let scanned = Arc::new(read(path, name).map_err(failed())?);
            let after = Stamp::of(&std::fs::metadata(path).map_err(failed())?);
            if before == after {
                if after.is_settled() {
                    self.lock()
                        .insert(path.to_path_buf(), (after, Arc::clone(&scanned)));
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
    pub fn retain(&self, paths: &std::collections::BTreeSet<&Path>) {
        self.lock().retain(|path, _| paths.contains(path.as_path()));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, (Stamp, Arc<Scanned>)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What changes when a file does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    len: u64,
    modified: Option<SystemTime>,
    /// Inode and time of the last change of it, where the system has them.
    inode: (u64, i64, i64),
}

impl Stamp {
    fn of(metadata: &std::fs::Metadata) -> Self {
        #[cfg(unix)]
        let inode = {
            use std::os::unix::fs::MetadataExt;
            (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
        };
        #[cfg(not(unix))]
        let inode = (0, 0, 0);
        Self {
            len: metadata.len(),
            modified: metadata.modified().ok(),
            inode,
        }
    }

    /// Would a change from now on show in the modification time?
    fn is_settled(&self) -> bool {
        let Some(modified) = self.modified else {
            return false;
        };
        match SystemTime::now().duration_since(modified) {
            Ok(age) => age >= SETTLED_AFTER,
            Err(ahead) => ahead.duration() >= SETTLED_AFTER,
        }
    }
}

fn read(path: &Path, name: &str) -> std::io::Result<Scanned> {
    let mut file = std::fs::File::open(path)?;
    let metadata = file.metadata()?;
    let markup = (is_html(name) || is_css(name)) && metadata.len() <= MARKUP_BYTES_MAX;
    let mut text = Vec::new();
    let mut hasher = OutboardBuilder::new();
    let mut encoding = Utf8::default();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let count = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.push(&buffer[..count]);
        encoding.push(&buffer[..count]);
        if markup {
            text.extend_from_slice(&buffer[..count]);
        }
    }
    let (object, outboard) = hasher.finish();
    let (links, defect) = match links(name, &text) {
        Ok(links) => (links, None),
        Err(defect) => (Vec::new(), Some(defect)),
    };
    Ok(Scanned {
        facts: Facts {
            object,
            modified_secs: modified_secs(&metadata),
            utf8: encoding.finish(),
        },
        outboard: (object.len > WHOLE_BYTES_MAX).then(|| outboard.as_bytes().to_vec()),
        links,
        defect,
    })
}

/// What a page or stylesheet names on its own site; nothing for anything else.
fn links(name: &str, text: &[u8]) -> Result<Vec<(Address, Purpose)>, String> {
    let here = Address::of_file(name);
    let (base, found): (Address, Vec<Link>) = if is_html(name) {
        let page = html_links(text)?;
        match page.base.map(|base| here.resolve(&base)) {
            None => (here, page.links),
            Some(Some(base)) => (base, page.links),
            // Everything relative is about another site.
            Some(None) => return Ok(Vec::new()),
        }
    } else if is_css(name) {
        (here, css_links(&String::from_utf8_lossy(text)))
    } else {
        return Ok(Vec::new());
    };
    let resolve = |link: Link| Some((base.resolve(&link.reference)?, link.purpose));
    Ok(found.into_iter().filter_map(resolve).collect())
}

/// Checks UTF-8 in pieces.
#[derive(Default)]
struct Utf8 {
    invalid: bool,
    /// The beginning of a character whose end has not come yet.
    begun: Vec<u8>,
}

impl Utf8 {
    fn push(&mut self, mut bytes: &[u8]) {
        while !self.invalid && !self.begun.is_empty() && !bytes.is_empty() {
            self.begun.push(bytes[0]);
            bytes = &bytes[1..];
            match std::str::from_utf8(&self.begun) {
                Ok(_) => self.begun.clear(),
                Err(error) => self.invalid = error.error_len().is_some(),
            }
        }
        if self.invalid {
            return;
        }
        if let Err(error) = std::str::from_utf8(bytes) {
            self.invalid = error.error_len().is_some();
            self.begun = bytes[error.valid_up_to()..].to_vec();
        }
    }

    fn finish(self) -> bool {
        !self.invalid && self.begun.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use swarmfetch_content::{ObjectId, Outboard};

    #[test]
    fn encoding_does_not_depend_on_the_pieces() {
        let text = "aé€😀z".as_bytes();
        let wrong = [&text[..4], &[0x80], text].concat();
        for size in 1..=wrong.len() {
            for (bytes, expected) in [
                (text, true),
                (&wrong[..], false),
                (&text[..text.len() - 2], false),
            ] {
                let mut check = Utf8::default();
                bytes.chunks(size).for_each(|piece| check.push(piece));
                assert_eq!(check.finish(), expected, "{size} {bytes:?}");
            }
        }
    }

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

    #[test]
    fn links_are_resolved_against_page_and_base() {
        let names = |name, text: &str| -> Vec<String> {
            let found = links(name, text.as_bytes()).unwrap();
            found
                .into_iter()
                .map(|(address, _)| address.to_string())
                .collect()
        };
        assert_eq!(names("a/b.html", "<img src=c.png>"), ["/a/c.png"]);
        assert_eq!(
            names("a/b.html", "<base href=../d/><img src=c.png>"),
            ["/d/c.png"]
        );
        assert_eq!(
            names("a/b.html", "<base href=https://x.example/><img src=c.png>"),
            Vec::<String>::new()
        );
        assert_eq!(
            names("a/b.css", "a { background: url(../c.png?1) }"),
            ["/c.png?1"]
        );
        assert_eq!(names("a/b.txt", "<img src=c.png>"), Vec::<String>::new());
    }
}
