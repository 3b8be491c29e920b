//! What of a folder is not as the index says, found with one look at each file.
//!
//! A folder whose stamp is as before has the same names in it: it is not listed again. Its files may have changed all the
//! same, so each that is shared is asked for its stamp, several at a time; nothing else is done for one that has not.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::Error;
use crate::folder::{Listed, Root};
use crate::index::table::Table;
use crate::scan::{Looker, Stamp, now_ns};

/// How many files are looked at for each time that work is shared out.
const PIECE_ROWS: usize = 1024;

/// A folder as it is now.
#[derive(Debug)]
pub(crate) struct Now {
    /// What the system says of it when its list of names is settled.
    pub(crate) stamp: Option<Stamp>,
    /// Its files in order.
    pub(crate) files: Vec<Found>,
}

/// Files of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Rows that are as they were.
    Same(Range<usize>),
    /// A file to look at, by its name in the folder; its row, if it has one.
    Other(String, Option<usize>),
}

/// What has changed.
#[derive(Debug)]
pub(crate) struct Changes {
    /// All folders by name.
    pub(crate) folders: BTreeMap<String, Now>,
    /// Rows whose files are gone, in order.
    pub(crate) gone: Vec<usize>,
    /// What was left alone, and why.
    pub(crate) left_alone: Vec<(String, String)>,
    /// Is what is to be kept of a folder or file other than it was, were it only its stamp?
    pub(crate) is_any: bool,
}

impl Changes {
    /// Compares. None where that cannot be told so: a symbolic link is in the way, or something changes meanwhile.
    ///
    /// # Errors
    /// [`Error::Io`] for a folder that cannot be listed.
    pub(crate) fn find(
        root: &Root,
        table: &Table<'_>,
        left_alone: &[(String, String)],
        tick: std::time::Duration,
    ) -> Result<Option<Self>, Error> {
        let began_ns = now_ns();
        let settled = |stamp: &Stamp| stamp.is_settled(began_ns, tick);
        let stamps = look_at_folders(root, table);
        let is_same = |folder: usize| {
            stamps[folder].is_some() && stamps[folder] == table.folder_stamp(folder)
        };
        let Some(others) = look_at_files(root, table, is_same) else {
            return Ok(None);
        };
        let mut changes = Self {
            folders: BTreeMap::new(),
            gone: Vec::new(),
            left_alone: left_alone.to_vec(),
            is_any: !others.is_empty(),
        };
        let mut listed_in: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut todo: Vec<(String, Option<Stamp>)> = Vec::new();
        let mut others = others.as_slice();
        for (folder, stamp) in stamps.iter().enumerate() {
            let name = table.folder(folder).to_owned();
            if is_same(folder) {
                let rows = table.rows(folder);
                let (here, rest) = others.split_at(others.partition_point(|row| *row < rows.end));
                others = rest;
                let now = Now {
                    stamp: *stamp,
                    files: with_others(table, &rows, here),
                };
                changes.folders.insert(name, now);
            } else if stamp.is_some() {
                todo.push((name, *stamp));
            }
        }
        while let Some((name, stamp)) = todo.pop() {
            changes.is_any = true;
            let path = root.path().join(&name);
            let stamp = match stamp {
                Some(stamp) => stamp,
                None => Stamp::of(&path.symlink_metadata().map_err(Error::io("read", &path))?),
            };
            let Some(listed) = root.list(&name)? else {
                return Ok(None);
            };
            let Some(files) = changes.compare(root, table, &name, &listed)? else {
                return Ok(None);
            };
            let new = listed.folders.iter();
            let new = new.filter(|folder| table.folder_of(folder).is_none());
            todo.extend(new.map(|folder| (folder.clone(), None)));
            changes.leave_alone(&name, listed.left_alone);
            listed_in.insert(name.clone(), listed.folders);
            let stamp = Some(stamp).filter(settled);
            changes.folders.insert(name, Now { stamp, files });
        }
        Ok(changes.without_gone_folders(table, &listed_in))
    }

    /// The files of a folder that was listed; None where something changes meanwhile.
    fn compare(
        &mut self,
        root: &Root,
        table: &Table<'_>,
        name: &str,
        listed: &Listed,
    ) -> Result<Option<Vec<Found>>, Error> {
        let path = root.path().join(name);
        let looker = Looker::open(&path).map_err(Error::io("read", &path))?;
        let folder = table.folder_of(name);
        let rows = folder.map_or(0..0, |folder| table.rows(folder));
        let mut left: BTreeSet<usize> = rows.collect();
        let mut files = Vec::new();
        for file in &listed.files {
            let row = folder.and_then(|folder| table.find_in(folder, file));
            if let Some(row) = row {
                left.remove(&row);
                match is_same(table, row, &looker) {
                    Some(true) => {
                        push_same(&mut files, row);
                        continue;
                    }
                    Some(false) => {}
                    None => return Ok(None),
                }
            }
            files.push(Found::Other(file.clone(), row));
        }
        self.gone.extend(left);
        Ok(Some(files))
    }

    /// Notes what was left alone of what stands in a folder.
    fn leave_alone(&mut self, folder: &str, left_alone: Vec<(String, &'static str)>) {
        self.left_alone
            .retain(|(name, _)| folder_of(name) != folder);
        let left_alone = left_alone.into_iter();
        self.left_alone
            .extend(left_alone.map(|(name, why)| (name, why.to_owned())));
    }

    /// Takes folders away that are not there. None where one is gone of which its folder says nothing.
    fn without_gone_folders(
        mut self,
        table: &Table<'_>,
        listed_in: &BTreeMap<String, Vec<String>>,
    ) -> Option<Self> {
        let mut gone = BTreeSet::new();
        // A folder's name comes before those of the folders in it.
        for folder in 1..table.folders() {
            let name = table.folder(folder);
            let above = folder_of(name);
            let is_listed = listed_in
                .get(above)
                .map(|listed| listed.iter().any(|listed| listed == name));
            let is_gone = gone.contains(above) || is_listed == Some(false);
            if is_gone {
                gone.insert(name);
                self.folders.remove(name);
                self.left_alone.retain(|(left, _)| folder_of(left) != name);
                self.gone.extend(table.rows(folder));
            } else if !self.folders.contains_key(name) {
                return None;
            }
        }
        self.gone.sort_unstable();
        self.gone.dedup();
        // New ones in folders that are gone are gone with them.
        let known = |name: &str| name.is_empty() || self.folders.contains_key(folder_of(name));
        self.folders.keys().all(|name| known(name)).then_some(self)
    }
}

/// The folder that something stands in.
fn folder_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What the system says of each folder that is there.
fn look_at_folders(root: &Root, table: &Table<'_>) -> Vec<Option<Stamp>> {
    let look = |folder: usize| {
        let metadata = root.path().join(table.folder(folder)).symlink_metadata();
        let metadata = metadata.ok().filter(std::fs::Metadata::is_dir);
        metadata.map(|metadata| Stamp::of(&metadata))
    };
    (0..table.folders()).into_par_iter().map(look).collect()
}

/// The rows, in order, of files in these folders that are not as they were. None where one is gone.
fn look_at_files(
    root: &Root,
    table: &Table<'_>,
    look_into: impl Fn(usize) -> bool,
) -> Option<Vec<usize>> {
    let mut pieces: Vec<(usize, Range<usize>)> = Vec::new();
    for folder in (0..table.folders()).filter(|folder| look_into(*folder)) {
        let mut rows = table.rows(folder);
        while !rows.is_empty() {
            let end = rows.end.min(rows.start + PIECE_ROWS);
            pieces.push((folder, rows.start..end));
            rows.start = end;
        }
    }
    let next = AtomicUsize::new(0);
    let found = rayon::broadcast(|_| {
        let mut others = Vec::new();
        while let Some((folder, rows)) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
            let looker = Looker::open(&root.path().join(table.folder(*folder))).ok()?;
            for row in rows.clone() {
                if !is_same(table, row, &looker)? {
                    others.push(row);
                }
            }
        }
        Some(others)
    });
    let mut all: Vec<usize> = found
        .into_iter()
        .collect::<Option<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect();
    all.sort_unstable();
    Some(all)
}

/// Is a file as it was, as far as that matters? None where there is none.
fn is_same(table: &Table<'_>, row: usize, looker: &Looker) -> Option<bool> {
    if !table.is_shared(row) {
        return Some(true);
    }
    let stamp = looker.stamp(table.short_name(row))?;
    Some(table.is_settled(row) && stamp.to_bytes() == *table.stamp_bytes(row))
}

/// The files of a folder in which these rows are not as they were.
fn with_others(table: &Table<'_>, rows: &Range<usize>, others: &[usize]) -> Vec<Found> {
    let mut files = Vec::new();
    let mut from = rows.start;
    for row in others {
        if from < *row {
            files.push(Found::Same(from..*row));
        }
        let name = table.short_name(*row).to_owned();
        files.push(Found::Other(name, Some(*row)));
        from = row + 1;
    }
    if from < rows.end {
        files.push(Found::Same(from..rows.end));
    }
    files
}

fn push_same(files: &mut Vec<Found>, row: usize) {
    match files.last_mut() {
        Some(Found::Same(rows)) if rows.end == row => rows.end = row + 1,
        _ => files.push(Found::Same(row..row + 1)),
    }
}
