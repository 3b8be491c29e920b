//! What was learned of a folder's files, kept from one publishing to the next: files that the system says are
//! unchanged are not read again.
//!
//! A cache and nothing else: whatever is wrong with it, it is as if it were not there. It stands in the user's cache
//! folder, never in what is published. As in Git's index, files that changed about when they were read are not in it:
//! their times would not show another change ("Racy Git", in Git's technical documentation).
//!
//! # Format
//! The line `swarmfetch index` and the name of the code that wrote it; the folder and the files, as postcard writes
//! them; 32 bytes, the BLAKE3 hash of those.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};
use swarmfetch_content::{Hash, ObjectId, OutboardBuilder};

use crate::Error;
use crate::address::Address;
use crate::disk::{Begun, Readers};
use crate::folder::Root;
use crate::headers::Facts;
use crate::host::{NAME, id};
use crate::links::Purpose;
use crate::scan::{Scanned, Scanner, Stamp};
use crate::site::Site;

const HEADER: &str = concat!("swarmfetch index ", env!("SWARMFETCH_PUBLISH_CODE"), "\n");

/// A larger index is neither read nor written, in bytes: it is in memory while it is. About five million pages.
const INDEX_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// How much of it is written at once, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// The index of one folder.
#[derive(Debug, Clone)]
pub struct Index {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Content<'a> {
    /// The folder's path.
    folder: &'a [u8],
    #[serde(borrow)]
    rows: Vec<Row<'a>>,
}

/// A file. Its length is the stamp's.
#[derive(Serialize, Deserialize)]
struct Row<'a> {
    name: &'a str,
    stamp: Stamp,
    hash: [u8; 32],
    modified_secs: u64,
    utf8: bool,
    outboard: Option<&'a [u8]>,
    links: Cow<'a, [(Address, Purpose)]>,
    defect: Option<&'a str>,
}

impl Index {
    /// The one in the user's cache folder. None when there is no such folder, or when it is inside of the published one.
    #[must_use]
    pub fn of(root: &Root) -> Option<Self> {
        let cache = etcetera::choose_base_strategy().ok()?.cache_dir();
        let folder = cache.join(NAME).join(id(root.path()));
        std::fs::create_dir_all(&folder).ok()?;
        Self::within(&folder, root)
    }

    /// One in this folder, unless that is inside of the published one.
    #[must_use]
    pub fn within(folder: &Path, root: &Root) -> Option<Self> {
        let folder = folder.canonicalize().ok()?;
        (!folder.starts_with(root.path())).then(|| Self {
            path: folder.join("index"),
        })
    }

    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Has the scanner believe what stands here; says of how many files.
    pub(crate) fn tell(&self, root: &Root, scanner: &Scanner) -> usize {
        let Some(bytes) = self.read() else { return 0 };
        let Some(rows) = rows(&bytes, root) else {
            return 0;
        };
        let count = rows.len();
        for row in rows {
            let object = ObjectId {
                hash: Hash::from_bytes(row.hash),
                len: row.stamp.len,
            };
            let scanned = Scanned {
                facts: Facts {
                    object,
                    modified_secs: row.modified_secs,
                    utf8: row.utf8,
                },
                outboard: row.outboard.map(<[u8]>::to_vec),
                links: row.links.into_owned(),
                defect: row.defect.map(str::to_owned),
            };
            scanner.believe(&root.path().join(row.name), row.stamp, scanned);
        }
        count
    }

    fn read(&self) -> Option<Vec<u8>> {
        let len = self.path.metadata().ok()?.len();
        let small = usize::try_from(len).is_ok_and(|len| len <= INDEX_BYTES_MAX);
        small.then(|| std::fs::read(&self.path).ok()).flatten()
    }

    /// Writes what was learned of a folder, unless that stands here already.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn write(&self, root: &Root, site: &Site) -> Result<(), Error> {
        let content = Content::of(root, site);
        let mut hash = Sink::new(None);
        content.write(&mut hash)?;
        let len = hash.len;
        if len > INDEX_BYTES_MAX || self.ends_with(len, &hash.finish()) {
            return Ok(());
        }
        // It names files that nobody else may know of.
        let mut file = Begun::beside(&self.path, Readers::Owner)?;
        file.write(HEADER.as_bytes())?;
        let mut sink = Sink::new(Some(&mut file));
        content.write(&mut sink)?;
        let hash = sink.finish();
        file.write(&hash)?;
        file.place()
    }

    /// Does a whole index of so many bytes stand here, with this hash?
    fn ends_with(&self, len: usize, hash: &[u8; 32]) -> bool {
        self.read().is_some_and(|old| {
            old.len() == HEADER.len() + len + hash.len()
                && old.starts_with(HEADER.as_bytes())
                && old.ends_with(hash)
                && Hash::of(&old[HEADER.len()..HEADER.len() + len]).as_bytes() == hash
        })
    }
}

impl<'a> Content<'a> {
    fn of(root: &'a Root, site: &'a Site) -> Self {
        let files = site.files.iter().zip(&site.scanned).zip(&site.lasting);
        let rows = files.filter_map(|((file, scanned), stamp)| {
            let (scanned, stamp) = (scanned.as_ref()?, (*stamp)?);
            Some(Row {
                name: &file.name,
                stamp,
                hash: *scanned.facts.object.hash.as_bytes(),
                modified_secs: scanned.facts.modified_secs,
                utf8: scanned.facts.utf8,
                outboard: scanned.outboard.as_deref(),
                links: Cow::Borrowed(&scanned.links),
                defect: scanned.defect.as_deref(),
            })
        });
        Self {
            folder: root.path().as_os_str().as_encoded_bytes(),
            rows: rows.collect(),
        }
    }

    fn write(&self, sink: &mut Sink<'_, '_>) -> Result<(), Error> {
        postcard::to_extend(self, &mut *sink).expect("a sink takes everything");
        sink.flush();
        sink.failed.take().map_or(Ok(()), Err)
    }
}

/// Hashes what is written into it, and writes it on where there is a file: piece by piece, an index may be large.
struct Sink<'a, 'b> {
    file: Option<&'a mut Begun<'b>>,
    hasher: OutboardBuilder,
    piece: Vec<u8>,
    len: usize,
    failed: Option<Error>,
}

impl<'a, 'b> Sink<'a, 'b> {
    fn new(file: Option<&'a mut Begun<'b>>) -> Self {
        Self {
            file,
            hasher: OutboardBuilder::new(),
            piece: Vec::with_capacity(PIECE_BYTES),
            len: 0,
            failed: None,
        }
    }

    fn flush(&mut self) {
        self.len += self.piece.len();
        self.hasher.push(&self.piece);
        if let Some(file) = &mut self.file
            && self.failed.is_none()
        {
            self.failed = file.write(&self.piece).err();
        }
        self.piece.clear();
    }

    fn finish(self) -> [u8; 32] {
        *self.hasher.finish().0.hash.as_bytes()
    }
}

impl Extend<u8> for &mut Sink<'_, '_> {
    fn extend<T: IntoIterator<Item = u8>>(&mut self, bytes: T) {
        self.piece.extend(bytes);
        if self.piece.len() >= PIECE_BYTES {
            self.flush();
        }
    }
}

/// The files in an index. None for one that is damaged, of another build or about another folder.
fn rows<'a>(bytes: &'a [u8], root: &Root) -> Option<Vec<Row<'a>>> {
    let (body, hash) = bytes
        .strip_prefix(HEADER.as_bytes())?
        .split_last_chunk::<32>()?;
    if Hash::of(body).as_bytes() != hash {
        return None;
    }
    let content: Content<'_> = postcard::from_bytes(body).ok()?;
    let here = content.folder == root.path().as_os_str().as_encoded_bytes();
    here.then_some(content.rows)
}

#[cfg(test)]
mod tests;
