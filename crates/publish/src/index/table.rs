//! What is known of every file of a folder: a row for each, by folder and name, in columns.

mod build;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};
use swarmfetch_content::{Hash, ObjectId};

use super::columns::{Texts, fixed, number};
use super::patches::{Fixed, FixedColumns, Patches};
use crate::address::Address;
use crate::folder::secs_of;
use crate::headers::Facts;
use crate::links::Purpose;
use crate::scan::{Scanned, Stamp};

pub(crate) use build::TableBuf;

/// Will a change show in the stamp?
const SETTLED: u8 = 1;
/// Does a rule share the file?
const SHARED: u8 = 2;
const UTF8: u8 = 4;
/// Is there more to say than the columns hold?
const RARE: u8 = 8;
/// Do its headers keep one of its URLs from being shared?
const REMARK: u8 = 16;

/// A file of the folder.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    /// What the system said of it when it was looked at.
    pub(crate) stamp: Stamp,
    /// Will a change show in the stamp?
    pub(crate) settled: bool,
    /// What its bytes say; none for a file that no rule shares.
    pub(crate) scanned: Option<std::sync::Arc<Scanned>>,
    /// Do its headers keep one of its URLs from being shared?
    pub(crate) remark: bool,
}

impl Row {
    pub(super) fn flags(&self) -> u8 {
        let flag = |flag, is_so| if is_so { flag } else { 0 };
        let flags = flag(SETTLED, self.settled) | flag(REMARK, self.remark);
        let Some(scanned) = &self.scanned else {
            return flags;
        };
        let rare = scanned.outboard.is_some() || scanned.defect.is_some();
        flags | SHARED | flag(UTF8, scanned.facts.utf8) | flag(RARE, rare)
    }
}

/// What few files have.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Rare {
    outboard: Option<Vec<u8>>,
    defect: Option<String>,
}

/// The columns, as they stand in an index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table<'a> {
    /// Folders' names, in order; the first is empty.
    folders: Texts<'a>,
    /// The stamps of those whose lists of names are settled; else zeros.
    folder_stamps: &'a [u8],
    /// The first row of each.
    firsts: &'a [u8],
    /// Files' names in their folders, in order.
    names: Texts<'a>,
    stamps: &'a [u8],
    hashes: &'a [u8],
    flags: &'a [u8],
    /// What each names: numbers of addresses and purposes.
    links: Texts<'a>,
    addresses: Texts<'a>,
    /// What few rows have, by row.
    rare: &'a [u8],
    /// What is to stand in the columns instead.
    patches: Option<&'a Patches>,
}

/// How many columns there are.
const COLUMNS: usize = 14;

/// Which of them have values of fixed length.
pub(crate) const FIXED: FixedColumns = FixedColumns {
    folder_stamps: 2,
    stamps: 6,
    hashes: 7,
    flags: 8,
};

impl<'a> Table<'a> {
    /// None for columns that no [`TableBuf`] has.
    pub(crate) fn new(columns: &[&'a [u8]]) -> Option<Self> {
        let columns: &[&[u8]; COLUMNS] = columns.try_into().ok()?;
        let texts = |n: usize| Texts::new(columns[n], columns[n + 1]);
        let table = Self {
            folders: texts(0)?,
            folder_stamps: columns[FIXED.folder_stamps],
            firsts: columns[3],
            names: texts(4)?,
            stamps: columns[FIXED.stamps],
            hashes: columns[FIXED.hashes],
            flags: columns[FIXED.flags],
            links: texts(9)?,
            addresses: texts(11)?,
            rare: columns[13],
            patches: None,
        };
        let (folders, rows) = (table.folders.len(), table.len());
        let firsts = (0..folders).map(|folder| number(table.firsts, folder) as usize);
        let whole = table.firsts.len() == folders * 4
            && table.folder_stamps.len() == folders * Stamp::BYTES
            && table.stamps.len() == rows * Stamp::BYTES
            && table.hashes.len() == rows * 32
            && table.flags.len() == rows
            && table.links.len() == rows
            && firsts.is_sorted()
            && (0..folders).all(|folder| number(table.firsts, folder) as usize <= rows);
        whole.then_some(table)
    }

    /// The same table, but for these.
    pub(crate) fn patched(&self, patches: &'a Patches) -> Self {
        Self {
            patches: Some(patches),
            ..*self
        }
    }

    fn patch(&self, row: usize) -> Option<&'a Fixed> {
        self.patches?.rows.get(&row)
    }

    fn flags(&self, row: usize) -> u8 {
        self.patch(row).map_or(self.flags[row], |fixed| fixed.flags)
    }

    fn hash(&self, row: usize) -> &'a [u8; 32] {
        let fixed_hash = |fixed: &'a Fixed| &fixed.hash;
        self.patch(row).map_or(fixed(self.hashes, row), fixed_hash)
    }

    /// The columns as they are written, without patches.
    pub(crate) fn columns(&self) -> [&'a [u8]; COLUMNS] {
        [
            self.folders.ends,
            self.folders.bytes,
            self.folder_stamps,
            self.firsts,
            self.names.ends,
            self.names.bytes,
            self.stamps,
            self.hashes,
            self.flags,
            self.links.ends,
            self.links.bytes,
            self.addresses.ends,
            self.addresses.bytes,
            self.rare,
        ]
    }

    /// How many files there are.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// How many folders.
    pub(crate) fn folders(&self) -> usize {
        self.folders.len()
    }

    pub(crate) fn folder(&self, folder: usize) -> &'a str {
        self.folders.text(folder)
    }

    /// The number of the folder of that name.
    pub(crate) fn folder_of(&self, name: &str) -> Option<usize> {
        search(0..self.folders(), |n| self.folder(n).cmp(name))
    }

    /// What the system said of a folder whose list of names is settled.
    pub(crate) fn folder_stamp(&self, folder: usize) -> Option<Stamp> {
        let patch = self
            .patches
            .and_then(|patches| patches.folders.get(&folder));
        let bytes = patch.unwrap_or(fixed(self.folder_stamps, folder));
        (*bytes != [0; Stamp::BYTES]).then(|| Stamp::from_bytes(bytes))
    }

    /// The rows of the files in a folder, without those in its folders.
    pub(crate) fn rows(&self, folder: usize) -> Range<usize> {
        let first = |folder| number(self.firsts, folder) as usize;
        let next = folder + 1;
        first(folder)..if next < self.folders() {
            first(next)
        } else {
            self.len()
        }
    }

    /// A file's name in its folder.
    pub(crate) fn short_name(&self, row: usize) -> &'a str {
        self.names.text(row)
    }

    /// The folder of a row.
    pub(crate) fn folder_of_row(&self, row: usize) -> usize {
        let mut folders = 0..self.folders();
        // The last that begins at or before it: those before may be empty.
        while folders.len() > 1 {
            let middle = folders.start + folders.len() / 2;
            if number(self.firsts, middle) as usize <= row {
                folders.start = middle;
            } else {
                folders.end = middle;
            }
        }
        folders.start
    }

    /// A file's name in the published folder.
    pub(crate) fn name(&self, row: usize) -> String {
        joined(self.folder(self.folder_of_row(row)), self.short_name(row))
    }

    /// The row of the file of that name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        let (folder, short) = name.rsplit_once('/').unwrap_or(("", name));
        self.find_in(self.folder_of(folder)?, short)
    }

    /// Is there a file of that name?
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Does another file differ from one of these in case only?
    pub(crate) fn has_twin_of(&self, names: &BTreeSet<String>) -> bool {
        let folded: BTreeSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
        let above = |name: &String| name.rsplit_once('/').map_or("", |(it, _)| it).to_owned();
        let folders: BTreeSet<String> = folded.iter().map(above).collect();
        (0..self.folders())
            .filter(|folder| folders.contains(&self.folder(*folder).to_lowercase()))
            .flat_map(|folder| self.rows(folder).map(move |row| (folder, row)))
            .any(|(folder, row)| {
                let name = joined(self.folder(folder), self.short_name(row));
                !names.contains(&name) && folded.contains(&name.to_lowercase())
            })
            || folded.len() < names.len()
    }

    /// The row of the file of that name in that folder.
    pub(crate) fn find_in(&self, folder: usize, short_name: &str) -> Option<usize> {
        search(self.rows(folder), |row| {
            self.short_name(row).cmp(short_name)
        })
    }

    pub(crate) fn stamp(&self, row: usize) -> Stamp {
        Stamp::from_bytes(self.stamp_bytes(row))
    }

    pub(crate) fn stamp_bytes(&self, row: usize) -> &'a [u8; Stamp::BYTES] {
        let fixed_stamp = |fixed: &'a Fixed| &fixed.stamp;
        self.patch(row).map_or(fixed(self.stamps, row), fixed_stamp)
    }

    pub(crate) fn is_settled(&self, row: usize) -> bool {
        self.flags(row) & SETTLED != 0
    }

    pub(crate) fn is_shared(&self, row: usize) -> bool {
        self.flags(row) & SHARED != 0
    }

    /// Is there more to say of it than the columns hold?
    pub(crate) fn is_rare(&self, row: usize) -> bool {
        self.flags(row) & RARE != 0
    }

    /// Is there more to say of it than that it is shared?
    pub(crate) fn is_remarkable(&self, row: usize) -> bool {
        self.flags(row) & (REMARK | RARE) != 0
    }

    pub(crate) fn has_hash(&self, row: usize, hash: &Hash) -> bool {
        self.is_shared(row) && self.hash(row) == hash.as_bytes()
    }

    /// How many addresses are written down, each at least once.
    pub(crate) fn addresses(&self) -> usize {
        self.addresses.len()
    }

    pub(crate) fn address(&self, id: u32) -> Option<Address> {
        let known = (id as usize) < self.addresses.len();
        known.then(|| Address::of_text(self.addresses.text(id as usize)))
    }

    /// What a file names, by number.
    pub(crate) fn link_ids(&self, row: usize) -> impl Iterator<Item = (u32, Purpose)> {
        let mut rest = self.links.bytes(row);
        std::iter::from_fn(move || {
            let mut value = 0_u64;
            for shift in (0..).step_by(7) {
                let (byte, after) = rest.split_first()?;
                rest = after;
                value |= u64::from(byte & 0x7f).checked_shl(shift)?;
                if byte & 0x80 == 0 {
                    break;
                }
            }
            Some((u32::try_from(value >> 2).ok()?, purpose(value & 3)))
        })
    }

    pub(crate) fn links(&self, row: usize) -> Vec<(Address, Purpose)> {
        self.link_ids(row)
            .filter_map(|(id, purpose)| Some((self.address(id)?, purpose)))
            .collect()
    }

    /// What a file's bytes say; none for one that no rule shares.
    pub(crate) fn scanned(&self, row: usize, rare: &RareRows) -> Option<Scanned> {
        if !self.is_shared(row) {
            return None;
        }
        let stamp = self.stamp(row);
        let Rare { outboard, defect } = rare.0.get(&(row as u32)).cloned().unwrap_or_default();
        Some(Scanned {
            facts: Facts {
                object: ObjectId {
                    hash: Hash::from_bytes(*self.hash(row)),
                    len: stamp.len,
                },
                modified_secs: secs_of(stamp.modified_ns),
                utf8: self.flags(row) & UTF8 != 0,
            },
            outboard,
            links: self.links(row),
            defect,
        })
    }

    /// What few files have. None when it cannot be read.
    pub(crate) fn rare(&self) -> Option<RareRows> {
        let rows: Vec<(u32, Rare)> = postcard::from_bytes(self.rare).ok()?;
        Some(RareRows(rows.into_iter().collect()))
    }
}

/// What few files have, by row.
#[derive(Debug)]
pub(crate) struct RareRows(BTreeMap<u32, Rare>);

/// A file's name, by its folder's.
pub(crate) fn joined(folder: &str, short_name: &str) -> String {
    if folder.is_empty() {
        short_name.to_owned()
    } else {
        [folder, "/", short_name].concat()
    }
}

fn purpose(number: u64) -> Purpose {
    [Purpose::Stylesheet, Purpose::Part, Purpose::Other][number.min(2) as usize]
}

/// Binary search among numbers.
fn search(range: Range<usize>, order: impl Fn(usize) -> std::cmp::Ordering) -> Option<usize> {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low + (high - low) / 2;
        match order(middle) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Equal => return Some(middle),
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}
