//! Copies of the bodies that a live folder shares: when a file is changed in its place, the old body
//! is gone from the folder, and a visitor in the middle of it could not finish.

use std::collections::BTreeSet;
use std::path::PathBuf;

use swarmfetch_content::Hash;

use crate::Error;
use crate::disk;
use crate::output::{Output, copy_verified};
use crate::release::Previous;
use crate::site::Site;

/// The most bytes of copies, smallest files first: pages change, films do not.
const COPIES_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// A folder of copies, by hash.
#[derive(Debug)]
pub(super) struct Bodies {
    folder: PathBuf,
}

impl Bodies {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Puts the bodies that `site` replaces among the output's objects.
    pub(super) fn hand_over(
        &self,
        previous: &Previous,
        site: &Site,
        output: &Output,
    ) -> Result<(), Error> {
        let current = hashes(site);
        for hash in previous.objects().difference(&current) {
            let copy = self.folder.join(hash.to_string());
            let kept = output.object(*hash);
            if copy.exists() {
                disk::rename(&copy, &kept)?;
            }
        }
        Ok(())
    }

    /// Copies what `site` shares; forgets the rest.
    pub(super) fn keep(&self, site: &Site) -> Result<(), Error> {
        disk::create_folder(&self.folder)?;
        let mut shared: Vec<_> = site
            .files
            .iter()
            .zip(&site.scanned)
            .filter_map(|(file, scanned)| Some((file, scanned.as_ref()?)))
            .collect();
        shared.sort_by_key(|(_, scanned)| scanned.facts.object.len);
        let mut room = COPIES_BYTES_MAX;
        let mut kept = BTreeSet::new();
        for (file, scanned) in shared {
            let object = scanned.facts.object;
            let copy = self.folder.join(object.hash.to_string());
            if kept.contains(&object.hash) {
                continue;
            }
            if object.len > room {
                break;
            }
            // A file that has changed meanwhile is copied after the next version.
            if copy.exists() || copy_verified(&file.path, &copy, object)? {
                room -= object.len;
                kept.insert(object.hash);
            }
        }
        self.forget_all_but(&kept)
    }

    fn forget_all_but(&self, kept: &BTreeSet<Hash>) -> Result<(), Error> {
        for entry in std::fs::read_dir(&self.folder)
            .map_err(Error::io("list", &self.folder))?
            .flatten()
        {
            let hash = entry
                .file_name()
                .to_str()
                .and_then(|name| Hash::from_hex(name).ok());
            if hash.is_none_or(|hash| !kept.contains(&hash)) {
                disk::remove(&entry.path())?;
            }
        }
        Ok(())
    }
}

fn hashes(site: &Site) -> BTreeSet<Hash> {
    site.scanned
        .iter()
        .flatten()
        .map(|scanned| scanned.facts.object.hash)
        .collect()
}
