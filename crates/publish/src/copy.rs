//! A complete deployable copy of the content, beside which a version is written (`--out`).

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use swarmfetch_content::{ObjectId, OutboardBuilder};
use swarmfetch_manifest::WallSecs;
use walkdir::WalkDir;

use crate::Error;
use crate::address::Address;
use crate::disk::{self, Begun, Readers};
use crate::folder::{File, HOST_FILES, OURS, Root, WELL_KNOWN, modified_secs};
use crate::output::{Output, hash_file, is_left_over};
use crate::release::Previous;
use crate::site::{Site, case_twins};

/// Brings the copy in `output` up to date. Bodies of the earlier version that change or go are put
/// under their hashes first. Returns the names in the copy that the content does not have.
///
/// # Errors
/// [`Error::Io`].
pub fn copy(
    root: &Root,
    site: &Site,
    output: &Output,
    previous: Option<&Previous>,
    now: WallSecs,
) -> Result<Vec<String>, Error> {
    refuse_twins(site, output.folder())?;
    let unlabelled = beside_the_content(root)?;
    let objects = site
        .scanned
        .iter()
        .map(|scanned| scanned.as_ref().map(|scanned| scanned.facts.object));
    let content = site.files.iter().zip(objects);
    for (file, object) in content.chain(unlabelled.iter().map(|file| (file, None))) {
        let target = output.folder().join(&file.name);
        let before = previous.and_then(|previous| previous.entry(&Address::of_file(&file.name)));
        // The time says whole seconds: a file may have been written twice in one.
        let same = before.is_none_or(|before| Some(before.object()) == object);
        if same && is_up_to_date(file, &target) {
            continue;
        }
        rescue(&file.name, &target, output, previous)?;
        copy_file(file, object, &target)?;
    }
    let names: BTreeSet<&str> = site
        .files
        .iter()
        .chain(&unlabelled)
        .map(|file| file.name.as_str())
        .collect();
    remove_gone(&names, output, previous, now)
}

/// What a host needs beside the content: its own files, and others' well-known ones.
fn beside_the_content(root: &Root) -> Result<Vec<File>, Error> {
    let ours = root.path().join(WELL_KNOWN);
    let well_known = WalkDir::new(root.path().join(".well-known")).sort_by_file_name();
    let found = well_known
        .into_iter()
        .filter_entry(|entry| entry.path() != ours)
        .flatten();
    let paths = found
        .map(walkdir::DirEntry::into_path)
        .chain(HOST_FILES.map(|name| root.path().join(name)));
    let mut files = Vec::new();
    for path in paths.filter(|path| path.is_file() && !path.is_symlink()) {
        let Some(name) = path.strip_prefix(root.path()).ok().and_then(Path::to_str) else {
            continue;
        };
        let metadata = path.metadata().map_err(Error::io("read", &path))?;
        files.push(File {
            name: name.replace(std::path::MAIN_SEPARATOR, "/"),
            len: metadata.len(),
            modified_secs: modified_secs(&metadata),
            path,
        });
    }
    Ok(files)
}

/// Length and time agree: whoever keeps both while changing the bytes deceives every tool.
fn is_up_to_date(file: &File, target: &Path) -> bool {
    target.metadata().is_ok_and(|there| {
        there.is_file() && there.len() == file.len && modified_secs(&there) == file.modified_secs
    })
}

/// Copies a file whose bytes must be those that are signed, if any are.
fn copy_file(file: &File, object: Option<ObjectId>, target: &Path) -> Result<(), Error> {
    let mut begun = Begun::beside(target, Readers::All)?;
    let mut hasher = OutboardBuilder::new();
    disk::copy(&file.path, &mut begun, |bytes| {
        if object.is_some() {
            hasher.push(bytes);
        }
    })?;
    if object.is_some_and(|object| hasher.finish().0 != object) {
        let path = file.path.clone();
        return Err(Error::Changing { path });
    }
    begun.date(UNIX_EPOCH + Duration::from_secs(file.modified_secs))?;
    begun.place()
}

/// Two files of the content must not become one.
fn refuse_twins(site: &Site, output: &Path) -> Result<(), Error> {
    match case_twins(&site.files).next() {
        Some((first, second)) if disk::ignores_case(output)? => Err(Error::CaseTwins {
            path: output.to_path_buf(),
            first: first.to_owned(),
            second: second.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Puts the body that the earlier version labelled under its hash, where visitors in the middle of
/// it can finish it.
fn rescue(
    name: &str,
    target: &Path,
    output: &Output,
    previous: Option<&Previous>,
) -> Result<(), Error> {
    let Some(entry) = previous.and_then(|previous| previous.entry(&Address::of_file(name))) else {
        return Ok(());
    };
    let object = entry.object();
    let kept = output.object(object.hash);
    if kept.exists() || !hash_file(target).is_ok_and(|found| found == object) {
        return Ok(());
    }
    // It stays in its place until another takes that: whoever asks meanwhile finds one of the two.
    disk::link_or_copy(target, &kept)
}

/// Takes away what the earlier version labelled and the content has no more; names the rest.
fn remove_gone(
    names: &BTreeSet<&str>,
    output: &Output,
    previous: Option<&Previous>,
    now: WallSecs,
) -> Result<Vec<String>, Error> {
    let now = UNIX_EPOCH + Duration::from_secs(now.0);
    let mut left = Vec::new();
    let folder = output.folder();
    let ours = folder.join(WELL_KNOWN);
    for entry in WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.path() != ours)
        .flatten()
    {
        let name = entry
            .path()
            .strip_prefix(folder)
            .ok()
            .and_then(Path::to_str)
            .unwrap_or_default();
        let name = name.replace(std::path::MAIN_SEPARATOR, "/");
        if !entry.file_type().is_file()
            || names.contains(name.as_str())
            || OURS.contains(&name.as_str())
        {
            continue;
        }
        if previous.is_some_and(|previous| previous.entry(&Address::of_file(&name)).is_some()) {
            rescue(&name, entry.path(), output, previous)?;
            disk::remove(entry.path())?;
        } else if is_left_over(entry.path(), now) {
            disk::remove(entry.path())?;
        } else {
            left.push(name);
        }
    }
    Ok(left)
}
