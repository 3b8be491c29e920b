//! What has changed, looked at; and the table of the files as they are then.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;

use super::relabel::Relabelled;
use crate::Error;
use crate::address::Address;
use crate::changes::{Changes, Found};
use crate::index::patches::{Fixed, Patches};
use crate::index::table::{RareRows, Row, Table, TableBuf, joined};
use crate::labels::{Labels, Verdict};
use crate::publisher::Publisher;
use crate::scan::{Scanned, Stamp};

/// More files than one in so many are looked at one by one only where all are.
const TOUCHED_PART: usize = 8;

/// So many are never too many.
const TOUCHED_FEW: usize = 1000;

/// A file that was looked at.
#[derive(Debug)]
pub(super) struct Touched {
    /// Its name in the published folder.
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// What was known of its bytes; none for one that was not there or not shared.
    pub(super) before: Option<Arc<Scanned>>,
    /// What is.
    pub(super) after: Option<Arc<Scanned>>,
    /// Was it read?
    pub(super) read: bool,
}

/// What came of looking at files.
pub(super) struct Looked {
    pub(super) touched: Vec<Touched>,
    /// A row for each file that is there and was looked at, in the order in which they were found.
    rows: Vec<Row>,
}

impl Looked {
    /// Looks at each file that is not as it was. None where they are many.
    pub(super) fn at(
        publisher: &Publisher,
        table: &Table<'_>,
        rare: &RareRows,
        changes: &Changes,
        labels: &Labels,
    ) -> Result<Option<Self>, Error> {
        let found = changes.folders.iter().flat_map(|(folder, now)| {
            let others = now.files.iter().filter_map(|found| match found {
                Found::Other(name, row) => Some((joined(folder, name), *row)),
                Found::Same(_) => None,
            });
            others.collect::<Vec<_>>()
        });
        let found: Vec<(String, Option<usize>)> = found.collect();
        let count = found.len() + changes.gone.len();
        if count > TOUCHED_FEW.max(table.len() / TOUCHED_PART) {
            return Ok(None);
        }
        let known = |row: usize| table.scanned(row, rare).map(Arc::new);
        let looked: Vec<Result<(Touched, Row), Error>> = found
            .into_par_iter()
            .map(|(name, row)| {
                let path = publisher.root().path().join(&name);
                let mut touched = Touched {
                    before: row.and_then(known),
                    after: None,
                    read: false,
                    path,
                    name,
                };
                let mut row = Row::default();
                if labels.verdict(&Address::of_file(&touched.name))? == Verdict::Shared {
                    let look = publisher.scanner.look(&touched.path, &touched.name)?;
                    if !look.steady {
                        let path = touched.path;
                        return Err(Error::Changing { path });
                    }
                    (row.stamp, row.settled) = (look.stamp, look.lasts);
                    row.scanned = Some(Arc::clone(&look.scanned));
                    (touched.after, touched.read) = (Some(look.scanned), look.read);
                }
                Ok((touched, row))
            })
            .collect();
        // The same error each time, whichever thread was first.
        let looked = looked.into_iter().collect::<Result<Vec<_>, _>>()?;
        let (mut touched, rows): (Vec<Touched>, Vec<Row>) = looked.into_iter().unzip();
        touched.extend(changes.gone.iter().map(|row| {
            let name = table.name(*row);
            Touched {
                path: publisher.root().path().join(&name),
                before: known(*row),
                after: None,
                read: false,
                name,
            }
        }));
        Ok(Some(Self { touched, rows }))
    }
}

/// The table of the files as they are now.
pub(super) enum After {
    /// What it was, but for what has a fixed length.
    Patched(Patches),
    /// Made anew.
    Anew(Box<TableBuf>),
}

impl After {
    /// None where all must be looked at.
    pub(super) fn of(
        table: &Table<'_>,
        rare: &RareRows,
        changes: &Changes,
        looked: &Looked,
        relabelled: &Relabelled,
    ) -> Option<Self> {
        let gone = &changes.gone;
        let is_known = |file: &Touched| table.has(&file.name);
        if gone.is_empty() && looked.touched.iter().all(is_known) {
            let patches = patches(table, changes, looked, relabelled).map(Self::Patched);
            let anew = || {
                Self::Anew(Box::new(rows_after(
                    table, rare, changes, looked, relabelled,
                )))
            };
            return Some(patches.unwrap_or_else(anew));
        }
        let after = rows_after(table, rare, changes, looked, relabelled);
        let twins = twins_change(table, &after.table(), gone, &looked.touched);
        (!twins).then(|| Self::Anew(Box::new(after)))
    }

    /// The table, by what it was.
    pub(super) fn table<'a>(&'a self, before: &Table<'a>) -> Table<'a> {
        match self {
            Self::Patched(patches) => before.patched(patches),
            Self::Anew(table) => table.table(),
        }
    }
}

/// Rows taken over from before, and those of what was looked at.
fn rows_after(
    table: &Table<'_>,
    rare: &RareRows,
    changes: &Changes,
    looked: &Looked,
    relabelled: &Relabelled,
) -> TableBuf {
    let mut after = TableBuf::after(table);
    let mut rows = looked.rows.iter();
    for (folder, now) in &changes.folders {
        after.folder(folder, now.stamp);
        for found in &now.files {
            match found {
                Found::Same(rows) => after.keep(table, rows, rare),
                Found::Other(name, _) => {
                    if let Some(row) = rows.next() {
                        let remark = relabelled.is_remarkable(&joined(folder, name));
                        let row = Row {
                            remark,
                            ..row.clone()
                        };
                        after.push(name, &row);
                    }
                }
            }
        }
    }
    after.finish();
    after
}

/// Does a file that came or went differ from another in case only?
fn twins_change(
    before: &Table<'_>,
    after: &Table<'_>,
    gone: &[usize],
    touched: &[Touched],
) -> bool {
    let came = touched.iter().filter(|file| !before.has(&file.name));
    let came: BTreeSet<String> = came.map(|file| file.name.clone()).collect();
    let gone: BTreeSet<String> = gone.iter().map(|row| before.name(*row)).collect();
    [(before, gone), (after, came)]
        .iter()
        .any(|(table, names)| table.has_twin_of(names))
}

/// What differs, where that is in places of fixed length alone.
fn patches(
    table: &Table<'_>,
    changes: &Changes,
    looked: &Looked,
    relabelled: &Relabelled,
) -> Option<Patches> {
    let mut patches = Patches::default();
    if changes.folders.len() != table.folders() {
        return None;
    }
    for (folder, (name, now)) in changes.folders.iter().enumerate() {
        if table.folder(folder) != name {
            return None;
        }
        if now.stamp != table.folder_stamp(folder) {
            let stamp = now.stamp.map(Stamp::to_bytes).unwrap_or_default();
            patches.folders.insert(folder, stamp);
        }
    }
    for (file, row) in looked.touched.iter().zip(&looked.rows) {
        let place = table.find(&file.name)?;
        let links = |side: &Option<Arc<Scanned>>| side.as_ref().map(|it| it.links.clone());
        let fixed = Fixed::of(&Row {
            remark: relabelled.is_remarkable(&file.name),
            ..row.clone()
        });
        let said = row.scanned.as_ref();
        let rare = said.is_some_and(|it| it.outboard.is_some() || it.defect.is_some());
        if rare || table.is_rare(place) || links(&file.before) != links(&file.after) {
            return None;
        }
        patches.rows.insert(place, fixed);
    }
    Some(patches)
}
