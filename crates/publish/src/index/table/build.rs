//! A table being made.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Fixed, RARE, Rare, RareRows, Row, Table};
use crate::address::Address;
use crate::index::columns::TextsBuf;
use crate::links::Purpose;
use crate::scan::Stamp;

/// A table being made: folder by folder in order, file by file in order.
#[derive(Debug, Default)]
pub(crate) struct TableBuf {
    folders: TextsBuf,
    folder_stamps: Vec<u8>,
    firsts: Vec<u8>,
    names: TextsBuf,
    stamps: Vec<u8>,
    hashes: Vec<u8>,
    flags: Vec<u8>,
    links: TextsBuf,
    addresses: TextsBuf,
    ids: BTreeMap<Address, u32>,
    rare: Vec<(u32, Rare)>,
    rare_bytes: Vec<u8>,
}

impl TableBuf {
    /// One that takes rows over from another.
    pub(crate) fn after(table: &Table<'_>) -> Self {
        let mut after = Self::default();
        let addresses = &table.addresses;
        after.addresses.extend(addresses, &(0..addresses.len()));
        after.stamps.reserve(table.stamps.len());
        after.hashes.reserve(table.hashes.len());
        after.flags.reserve(table.flags.len());
        after.names.bytes.reserve(table.names.bytes.len());
        after.names.ends.reserve(table.names.ends.len());
        after.links.bytes.reserve(table.links.bytes.len());
        after.links.ends.reserve(table.links.ends.len());
        after
    }

    /// Begins a folder; its stamp when its list of names is settled.
    pub(crate) fn folder(&mut self, name: &str, stamp: Option<Stamp>) {
        self.folders.push(name.as_bytes());
        let stamp = stamp.map_or([0; Stamp::BYTES], |stamp| stamp.to_bytes());
        self.folder_stamps.extend_from_slice(&stamp);
        let first = self.names.len() as u32;
        self.firsts.extend_from_slice(&first.to_le_bytes());
    }

    /// Takes rows over from the table that this is made after.
    pub(crate) fn keep(&mut self, table: &Table<'_>, rows: &Range<usize>, rare: &RareRows) {
        let here = self.names.len();
        self.names.extend(&table.names, rows);
        self.links.extend(&table.links, rows);
        let columns = [
            (&mut self.stamps, table.stamps, Stamp::BYTES),
            (&mut self.hashes, table.hashes, 32),
            (&mut self.flags, table.flags, 1),
        ];
        for (column, from, width) in columns {
            column.extend_from_slice(&from[rows.start * width..rows.end * width]);
        }
        let (from, to) = (rows.start as u32, rows.end as u32);
        for (row, rare) in rare.0.range(from..to) {
            let row = *row - from + here as u32;
            self.rare.push((row, rare.clone()));
        }
    }

    pub(crate) fn push(&mut self, short_name: &str, row: &Row) {
        let here = self.names.len() as u32;
        self.names.push(short_name.as_bytes());
        let fixed = Fixed::of(row);
        if let Some(scanned) = &row.scanned {
            if fixed.flags & RARE != 0 {
                let rare = Rare {
                    outboard: scanned.outboard.clone(),
                    defect: scanned.defect.clone(),
                };
                self.rare.push((here, rare));
            }
            for (address, purpose) in &scanned.links {
                let id = self.id(address);
                self.push_link(id, *purpose);
            }
        }
        self.links.push(&[]);
        self.stamps.extend_from_slice(&fixed.stamp);
        self.hashes.extend_from_slice(&fixed.hash);
        self.flags.push(fixed.flags);
    }

    fn id(&mut self, address: &Address) -> u32 {
        if let Some(id) = self.ids.get(address) {
            return *id;
        }
        let id = self.addresses.len() as u32;
        self.addresses.push(address.as_str().as_bytes());
        self.ids.insert(address.clone(), id);
        id
    }

    fn push_link(&mut self, id: u32, purpose: Purpose) {
        let mut value = u64::from(id) << 2 | purpose as u64;
        while value > 0x7f {
            self.links.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.links.bytes.push(value as u8);
    }

    /// Ends it.
    pub(crate) fn finish(&mut self) {
        self.rare_bytes = postcard::to_allocvec(&self.rare).expect("nothing in it is odd");
    }

    /// The table, once it is finished.
    pub(crate) fn table(&self) -> Table<'_> {
        Table {
            folders: self.folders.texts(),
            folder_stamps: &self.folder_stamps,
            firsts: &self.firsts,
            names: self.names.texts(),
            stamps: &self.stamps,
            hashes: &self.hashes,
            flags: &self.flags,
            links: self.links.texts(),
            addresses: self.addresses.texts(),
            rare: &self.rare_bytes,
            patches: None,
        }
    }
}
