//! What was learned of a folder's files, kept from one publishing to the next: files that the system says are
//! unchanged are not read again.
//!
//! A cache and nothing else: whatever is wrong with it, it is as if it were not there. It stands in the user's cache
//! folder, never in what is published. As in Git's index, files that changed about when they were read are not in it:
//! their times would not show another change ("Racy Git", in Git's technical documentation).
//!
//! # Format
//! The line `swarmfetch index` and the name of the code that wrote it; 32 bytes, the BLAKE3 hash of what follows; the
//! folder and the files, as postcard writes them.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};
use swarmfetch_content::{Hash, ObjectId};

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
    links: Vec<(Address, Purpose)>,
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
                links: row.links,
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
        let bytes = encode(root, site);
        if bytes.len() > INDEX_BYTES_MAX || self.read().is_some_and(|old| old == bytes) {
            return Ok(());
        }
        // It names files that nobody else may know of.
        let mut file = Begun::beside(&self.path, Readers::Owner)?;
        file.write(&bytes)?;
        file.place()
    }
}

fn encode(root: &Root, site: &Site) -> Vec<u8> {
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
            links: scanned.links.clone(),
            defect: scanned.defect.as_deref(),
        })
    });
    let content = Content {
        folder: root.path().as_os_str().as_encoded_bytes(),
        rows: rows.collect(),
    };
    let body = postcard::to_allocvec(&content).expect("memory takes any length");
    let hash = Hash::of(&body);
    [HEADER.as_bytes(), hash.as_bytes(), &body].concat()
}

/// The files in an index. None for one that is damaged, of another build or about another folder.
fn rows<'a>(bytes: &'a [u8], root: &Root) -> Option<Vec<Row<'a>>> {
    let (hash, body) = bytes
        .strip_prefix(HEADER.as_bytes())?
        .split_first_chunk::<32>()?;
    if Hash::of(body).as_bytes() != hash {
        return None;
    }
    let content: Content<'_> = postcard::from_bytes(body).ok()?;
    let here = content.folder == root.path().as_os_str().as_encoded_bytes();
    here.then_some(content.rows)
}

#[cfg(test)]
mod tests;
