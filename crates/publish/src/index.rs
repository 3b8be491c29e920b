//! What was learned of a folder's files, kept from one publishing to the next: files that the system says are
//! unchanged are not read again.
//!
//! A cache and nothing else: whatever is wrong with it, it is as if it were not there. It stands in the user's cache
//! folder, never in what is published. As in Git's index, files that changed about when they were read are read again:
//! their times would not show another change ("Racy Git", in Git's technical documentation).
//!
//! # Format
//! The line `swarmfetch index` and the name of the code that wrote it; the folder, and the length and hash of each
//! column, as postcard writes them, behind the length of that and before its hash; the columns ([`table`]).

pub(crate) mod columns;
pub(crate) mod patches;
pub(crate) mod table;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use swarmfetch_content::{Hash, OutboardBuilder};

use crate::Error;
use crate::disk::{self, Begun, Readers};
use crate::folder::Root;
use crate::host::{NAME, id};
use crate::scan::Scanner;
use crate::site::Site;
use patches::Patches;
use table::{Row, Table, TableBuf, joined};

const HEADER: &str = concat!("swarmfetch index ", env!("SWARMFETCH_PUBLISH_CODE"), "\n");

/// A larger index is neither read nor written, in bytes: it is in memory while it is. About ten million pages.
const INDEX_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// The index of one folder.
#[derive(Debug, Clone)]
pub struct Index {
    path: PathBuf,
}

/// What stands before the columns.
#[derive(Serialize, Deserialize)]
struct Head<'a> {
    /// The folder's path.
    folder: &'a [u8],
    /// Each column's length in bytes and its hash.
    columns: Vec<(u64, [u8; 32])>,
}

/// An index as it was read: whole, of this build and about this folder.
#[derive(Debug)]
pub(crate) struct Read {
    bytes: Vec<u8>,
    /// Where each column stands.
    columns: Vec<Range<usize>>,
    /// The hash of each.
    hashes: Vec<[u8; 32]>,
    /// Names all that is in it.
    pub(crate) name: Hash,
}

impl Read {
    pub(crate) fn table(&self) -> Option<Table<'_>> {
        let columns = self.columns.iter();
        let columns: Vec<&[u8]> = columns.map(|place| &self.bytes[place.clone()]).collect();
        Table::new(&columns)
    }

    fn of(bytes: Vec<u8>, root: &Root) -> Option<Self> {
        let rest = bytes.strip_prefix(HEADER.as_bytes())?;
        let (len, rest) = rest.split_first_chunk()?;
        let (head, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        let (name, rest) = rest.split_first_chunk::<32>()?;
        let name = Hash::from_bytes(*name);
        if Hash::of(head) != name {
            return None;
        }
        let head: Head<'_> = postcard::from_bytes(head).ok()?;
        if head.folder != root.path().as_os_str().as_encoded_bytes() {
            return None;
        }
        let mut at = bytes.len() - rest.len();
        let mut columns = Vec::new();
        for (len, _) in &head.columns {
            let end = at.checked_add(usize::try_from(*len).ok()?)?;
            columns.push(at..end);
            at = end;
        }
        let hashes = head.columns.par_iter().zip(&columns);
        let whole = at == bytes.len()
            && hashes
                .into_par_iter()
                .all(|((_, hash), place)| Hash::of(&bytes[place.clone()]).as_bytes() == hash);
        let hashes = head.columns.iter().map(|(_, hash)| *hash).collect();
        whole.then_some(Self {
            columns,
            hashes,
            name,
            bytes,
        })
    }
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

    /// A file in the same folder.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.path.with_file_name(name)
    }

    /// Has the scanner believe what stands here; says of how many files.
    pub(crate) fn tell(&self, root: &Root, scanner: &Scanner) -> usize {
        let read = self.read(root);
        let Some(table) = read.as_ref().and_then(Read::table) else {
            return 0;
        };
        let Some(rare) = table.rare() else { return 0 };
        let mut count = 0;
        for folder in 0..table.folders() {
            for row in table.rows(folder) {
                let name = joined(table.folder(folder), table.short_name(row));
                if table.is_settled(row)
                    && let Some(scanned) = table.scanned(row, &rare)
                {
                    scanner.believe(&root.path().join(name), table.stamp(row), scanned);
                    count += 1;
                }
            }
        }
        count
    }

    /// What stands here. None for what is damaged, of another build or about another folder.
    pub(crate) fn read(&self, root: &Root) -> Option<Read> {
        let len = self.path.metadata().ok()?.len();
        let small = usize::try_from(len).is_ok_and(|len| len <= INDEX_BYTES_MAX);
        let bytes = small
            .then(|| disk::read_at_once(&self.path).ok())
            .flatten()?;
        Read::of(bytes, root)
    }

    /// Changes what was read in its place: who is stopped there leaves an index that is as none. Gives its new name.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn patch(&self, root: &Root, read: &Read, patches: &Patches) -> Result<Hash, Error> {
        let by_column = patches.by_column(&table::FIXED);
        let columns = (0..read.columns.len()).into_par_iter().map(|n| {
            let column = &read.bytes[read.columns[n].clone()];
            let hash = match by_column.get(&n) {
                Some(patches) => hash_patched(column, patches),
                None => read.hashes[n],
            };
            (column.len() as u64, hash)
        });
        let head = head(root, columns.collect());
        let name = Hash::of(&head);
        let head = (
            HEADER.len() + 4,
            [head.as_slice(), name.as_bytes()].concat(),
        );
        let patches = by_column.iter().flat_map(|(n, patches)| {
            let start = read.columns[*n].start;
            patches
                .iter()
                .map(move |(at, bytes)| (start + at, bytes.to_vec()))
        });
        disk::patch(&self.path, [head].into_iter().chain(patches))?;
        Ok(name)
    }

    /// Writes what was learned of a folder, unless that stands here already; gives its name. None when it is too large.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn write(&self, root: &Root, site: &Site) -> Result<Option<Hash>, Error> {
        self.write_table(root, &of_site(site).table(), true)
    }

    /// The same of a table.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn write_table(
        &self,
        root: &Root,
        table: &Table<'_>,
        may_stand_here: bool,
    ) -> Result<Option<Hash>, Error> {
        let columns = table.columns();
        let hashed = columns
            .par_iter()
            .map(|column| (column.len() as u64, *Hash::of(column).as_bytes()));
        let head = head(root, hashed.collect());
        let name = Hash::of(&head);
        let len: usize = columns.iter().map(|column| column.len()).sum();
        if len + head.len() > INDEX_BYTES_MAX {
            return Ok(None);
        }
        if may_stand_here && self.read(root).is_some_and(|old| old.name == name) {
            return Ok(Some(name));
        }
        // It names files that nobody else may know of.
        let mut file = Begun::beside(&self.path, Readers::Owner)?;
        let len = (head.len() as u32).to_le_bytes();
        file.write(&[HEADER.as_bytes(), &len, &head, name.as_bytes()].concat())?;
        for column in columns {
            file.write(column)?;
        }
        file.place()?;
        Ok(Some(name))
    }
}

fn head(root: &Root, columns: Vec<(u64, [u8; 32])>) -> Vec<u8> {
    let folder = root.path().as_os_str().as_encoded_bytes();
    postcard::to_allocvec(&Head { folder, columns }).expect("nothing in it is odd")
}

/// The hash of a column in which other bytes are to stand at some places.
fn hash_patched(column: &[u8], patches: &[(usize, &[u8])]) -> [u8; 32] {
    let mut hasher = OutboardBuilder::new();
    let mut from = 0;
    for (at, bytes) in patches {
        hasher.push(&column[from..*at]);
        hasher.push(bytes);
        from = at + bytes.len();
    }
    hasher.push(&column[from..]);
    *hasher.finish().0.hash.as_bytes()
}

fn of_site(site: &Site) -> TableBuf {
    let mut folders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for name in site.folders.keys() {
        folders.insert(name, Vec::new());
    }
    for (n, file) in site.files.iter().enumerate() {
        let folder = file.name.rsplit_once('/').map_or("", |(folder, _)| folder);
        folders.entry(folder).or_default().push(n);
    }
    let mut table = TableBuf::default();
    for (folder, files) in folders {
        table.folder(folder, site.folders.get(folder).copied().flatten());
        for n in files {
            let name = &site.files[n].name;
            let row = Row {
                stamp: site.stamps[n].0,
                settled: site.stamps[n].1,
                scanned: site.scanned[n].clone(),
                remark: site.remarks.contains(&n),
            };
            table.push(name.rsplit('/').next().unwrap_or(name), &row);
        }
    }
    table.finish();
    table
}

#[cfg(test)]
mod tests;
