//! Rows of a table of which only that differs which has a fixed length: what most edits of files change.

use std::collections::BTreeMap;

use super::table::Row;
use crate::scan::Stamp;

/// What differs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Patches {
    /// By row.
    pub(crate) rows: BTreeMap<usize, Fixed>,
    /// Stamps by folder; zeros where the list of names is not settled.
    pub(crate) folders: BTreeMap<usize, [u8; Stamp::BYTES]>,
}

/// The parts of a row that have a fixed length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fixed {
    pub(crate) stamp: [u8; Stamp::BYTES],
    pub(crate) hash: [u8; 32],
    pub(crate) flags: u8,
}

impl Fixed {
    pub(crate) fn of(row: &Row) -> Self {
        let object = row.scanned.as_ref().map(|scanned| scanned.facts.object);
        Self {
            stamp: row.stamp.to_bytes(),
            hash: object.map_or([0; 32], |object| *object.hash.as_bytes()),
            flags: row.flags(),
        }
    }
}

impl Patches {
    /// The bytes that differ, in order: those of each column with their places in it, by the column's number.
    pub(crate) fn by_column(&self, numbers: &FixedColumns) -> BTreeMap<usize, Vec<(usize, &[u8])>> {
        let mut columns: BTreeMap<usize, Vec<(usize, &[u8])>> = BTreeMap::new();
        let mut push = |column: usize, n: usize, bytes| {
            let bytes: &[u8] = bytes;
            let place = (n * bytes.len(), bytes);
            columns.entry(column).or_default().push(place);
        };
        for (folder, stamp) in &self.folders {
            push(numbers.folder_stamps, *folder, stamp);
        }
        for (row, fixed) in &self.rows {
            push(numbers.stamps, *row, &fixed.stamp);
            push(numbers.hashes, *row, &fixed.hash);
            push(numbers.flags, *row, std::slice::from_ref(&fixed.flags));
        }
        columns
    }
}

/// The numbers of the columns whose values have a fixed length.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FixedColumns {
    pub(crate) folder_stamps: usize,
    pub(crate) stamps: usize,
    pub(crate) hashes: usize,
    pub(crate) flags: usize,
}
