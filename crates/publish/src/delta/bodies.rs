//! What shared files held in earlier versions: a folder of copies beside the [`crate::index`], named by their hashes' first
//! bytes. A cache: what is not there, or is something else, makes no patch, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use swarmfetch_content::{Hash, ObjectId};

use super::{Prefix, is_of_size};
use crate::Error;
use crate::disk;
use crate::output::copy_verified;

/// The most bytes of copies that stay; the oldest go first.
const BODIES_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The most copies: each is a file, and the folder is listed when one is put in.
const BODIES_MAX: usize = 20_000;

/// A folder of copies.
#[derive(Debug)]
pub(crate) struct Bodies {
    folder: PathBuf,
}

impl Bodies {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Is nothing kept yet?
    pub(crate) fn is_new(&self) -> bool {
        !self.folder.exists()
    }

    pub(super) fn path(&self, from: Prefix) -> PathBuf {
        self.folder.join(name(from))
    }

    /// Copies these files, smallest first, as far as there is room; the oldest make it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn keep<'a>(
        &self,
        files: impl Iterator<Item = (&'a Path, ObjectId)>,
    ) -> Result<(), Error> {
        let files = files.filter(|(_, object)| is_of_size(object.len));
        let files: BTreeMap<(u64, Hash), &Path> = files
            .map(|(path, object)| ((object.len, object.hash), path))
            .collect();
        if files.is_empty() {
            return Ok(());
        }
        disk::create_folder(&self.folder)?;
        let mut room = BODIES_BYTES_MAX;
        let mut kept = BTreeSet::new();
        for ((len, hash), path) in files.into_iter().take(BODIES_MAX) {
            let Some(rest) = room.checked_sub(len) else {
                break;
            };
            room = rest;
            let copy = self.path(super::prefix(&hash));
            let is_there = copy.metadata().is_ok_and(|it| it.len() == len);
            // A file that has changed meanwhile is copied after the next version.
            if is_there || copy_verified(path, &copy, ObjectId { hash, len })? {
                kept.insert(copy);
            }
        }
        self.forget(&kept)
    }

    /// Takes the oldest away where they are too many; those that were just kept stay.
    fn forget(&self, kept: &BTreeSet<PathBuf>) -> Result<(), Error> {
        let listed = std::fs::read_dir(&self.folder).map_err(Error::io("list", &self.folder))?;
        let mut found = Vec::new();
        for entry in listed.flatten() {
            if let Ok(metadata) = entry.metadata() {
                let path = entry.path();
                found.push((
                    kept.contains(&path),
                    metadata.modified().ok(),
                    path,
                    metadata.len(),
                ));
            }
        }
        found.sort();
        let mut bytes: u64 = found.iter().map(|(.., len)| len).sum();
        let mut count = found.len();
        for (.., path, len) in found {
            if bytes <= BODIES_BYTES_MAX && count <= BODIES_MAX {
                break;
            }
            disk::remove_if_there(&path)?;
            bytes -= len;
            count -= 1;
        }
        Ok(())
    }
}

fn name(from: Prefix) -> String {
    let mut name = String::new();
    swarmfetch_content::text::push_hex(&mut name, &from);
    name
}
