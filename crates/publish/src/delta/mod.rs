//! The patches of a version's entries: from what the same URL answered in the versions before, where they pay.
//!
//! An entry whose content stays keeps its patches as they are, so that the same folder gives the same version. One whose
//! content is new gets patches from the content before, and from what that had patches from. Where earlier bytes are gone
//! there is no patch: never an error. Called by [`crate::release`] for all entries, by [`crate::touched`] for those that
//! may have changed; both make the same, whatever the order.

mod bodies;
mod encode;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use swarmfetch_content::{Hash, ObjectId};
use swarmfetch_manifest::{Entry, ObjectRef, Patch};

use crate::output::Output;

pub(crate) use bodies::Bodies;

/// From so many earlier contents of a URL patches are made: a visitor who comes every few versions is served, and entries
/// stay small.
pub const PATCHES_FROM: usize = 3;

/// Smaller files come in one packet or two anyway, in bytes.
const FILE_BYTES_MIN: u64 = 1024;

/// Making a patch takes seventeen times the memory of the old file, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// How much is compared for one version, in bytes of new files: ten seconds of one core where pages were edited, a minute
/// where nothing is alike. The nearest versions come first.
const COMPARED_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// The first bytes of a content's hash.
pub(crate) type Prefix = [u8; 8];

pub(crate) fn prefix(hash: &Hash) -> Prefix {
    let mut prefix = Prefix::default();
    prefix.copy_from_slice(&hash.as_bytes()[..8]);
    prefix
}

fn is_of_size(len: u64) -> bool {
    (FILE_BYTES_MIN..=FILE_BYTES_MAX).contains(&len)
}

/// How many patches a version has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Patched {
    /// Objects.
    pub count: usize,
    /// Bytes in them.
    pub bytes: u64,
}

/// The patches that entries name: how many name each, and its length in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Uses(pub(crate) BTreeMap<Hash, (u64, u64)>);

impl Uses {
    pub(crate) fn come(&mut self, entry: &Entry) {
        for patch in &entry.patches {
            let object = patch.object.id();
            self.0.entry(object.hash).or_insert((0, object.len)).0 += 1;
        }
    }

    /// Those that nobody names any more are told.
    pub(crate) fn go(&mut self, entry: &Entry) -> Vec<Hash> {
        let hashes = entry.patches.iter().map(|patch| patch.object.hash());
        hashes
            .filter(|hash| {
                let Some((uses, _)) = self.0.get_mut(hash) else {
                    return false;
                };
                *uses -= 1;
                let is_over = *uses == 0;
                if is_over {
                    self.0.remove(hash);
                }
                is_over
            })
            .collect()
    }

    pub(crate) fn patched(&self) -> Patched {
        Patched {
            count: self.0.len(),
            bytes: self.0.values().map(|(_, len)| len).sum(),
        }
    }
}

/// An entry that is to have its patches.
pub(crate) struct Following<'a> {
    pub(crate) entry: &'a mut Entry,
    /// What the URL answered in the version before.
    pub(crate) before: Entry,
    /// The file that holds its content.
    pub(crate) path: PathBuf,
}

/// Where bytes of earlier versions are looked for.
pub(crate) struct Earlier<'a> {
    pub(crate) output: &'a Output,
    pub(crate) bodies: Option<&'a Bodies>,
}

/// A patch that may be made. In the order in which they are: by age, then by what can be told from content alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Job {
    age: usize,
    to: Hash,
    from: Prefix,
}

impl Earlier<'_> {
    /// Gives entries their patches; what these consist of.
    pub(crate) fn patch(&self, entries: &mut [Following<'_>]) -> BTreeMap<Hash, Vec<u8>> {
        let mut objects = BTreeMap::new();
        let mut jobs: BTreeMap<Job, (PathBuf, ObjectId)> = BTreeMap::new();
        let mut nearest: BTreeMap<Prefix, Hash> = BTreeMap::new();
        for following in &mut *entries {
            let (object, before) = (following.entry.object(), &following.before);
            if before.object() == object {
                for patch in &before.patches {
                    if let Some(bytes) = self.stored(&patch.object)
                        && add(following.entry, patch.clone())
                    {
                        objects.insert(patch.object.hash(), bytes);
                    }
                }
            } else if is_of_size(object.len) {
                let old = before.object().hash;
                nearest.insert(prefix(&old), old);
                for (age, from) in sources(before, &object).into_iter().enumerate() {
                    let to = object.hash;
                    let place = (following.path.clone(), object);
                    jobs.insert(Job { age, to, from }, place);
                }
            }
        }
        let made = self.make(jobs, &nearest);
        for following in entries {
            let Following { entry, before, .. } = following;
            let object = entry.object();
            if before.object() == object {
                continue;
            }
            for from in sources(before, &object) {
                let Some(bytes) = made.get(&(object.hash, from)) else {
                    continue;
                };
                let object = ObjectRef::of(bytes);
                if add(entry, Patch { from, object }) {
                    objects.insert(object.hash(), bytes.clone());
                }
            }
        }
        objects
    }

    fn make(
        &self,
        jobs: BTreeMap<Job, (PathBuf, ObjectId)>,
        nearest: &BTreeMap<Prefix, Hash>,
    ) -> BTreeMap<(Hash, Prefix), Vec<u8>> {
        let wanted: BTreeSet<Prefix> = jobs.keys().map(|job| job.from).collect();
        let listed = self.listed(&wanted);
        let mut room = COMPARED_BYTES_MAX;
        let jobs: Vec<_> = jobs
            .into_iter()
            .map_while(|(job, place)| {
                room = room.checked_sub(place.1.len)?;
                Some((job, place))
            })
            .collect();
        let made = jobs.into_par_iter().filter_map(|(job, (path, object))| {
            let known = nearest.get(&job.from).or_else(|| listed.get(&job.from));
            let old = self.body(job.from, known)?;
            let new = read(&path).filter(|bytes| ObjectId::of(bytes) == object)?;
            Some(((job.to, job.from), encode::patch(&old, &new)?))
        });
        made.collect()
    }

    /// The content of that hash, from the copies or from a mirror's bodies.
    fn body(&self, from: Prefix, known: Option<&Hash>) -> Option<Vec<u8>> {
        let copy = self.bodies.map(|bodies| bodies.path(from));
        let stored = known.map(|hash| self.output.object(*hash));
        let mut paths = copy.into_iter().chain(stored);
        paths.find_map(|path| read(&path).filter(|bytes| prefix(&Hash::of(bytes)) == from))
    }

    /// Objects by the first bytes of their hashes. Only where no copies are kept: there may be millions.
    fn listed(&self, wanted: &BTreeSet<Prefix>) -> BTreeMap<Prefix, Hash> {
        if wanted.is_empty() || self.bodies.is_some() {
            return BTreeMap::new();
        }
        let listed = std::fs::read_dir(self.output.objects())
            .into_iter()
            .flatten();
        let hashes = listed.flatten().filter_map(|entry| {
            let hash = Hash::from_hex(entry.file_name().to_str()?).ok()?;
            wanted
                .contains(&prefix(&hash))
                .then_some((prefix(&hash), hash))
        });
        hashes.collect()
    }

    fn stored(&self, name: &ObjectRef) -> Option<Vec<u8>> {
        let bytes = self.output.read(name.hash())?;
        (ObjectRef::of(&bytes) == *name).then_some(bytes)
    }
}

/// Puts a patch into an entry, if there is room.
fn add(entry: &mut Entry, patch: Patch) -> bool {
    entry.patches.push(patch);
    let fits = entry.encode().is_ok();
    if !fits {
        entry.patches.pop();
    }
    fits
}

/// What there may be patches from, the latest first.
fn sources(before: &Entry, now: &ObjectId) -> Vec<Prefix> {
    let latest = prefix(&before.object().hash);
    let mut sources: Vec<Prefix> = Vec::new();
    for from in [latest]
        .into_iter()
        .chain(before.patches.iter().map(|it| it.from))
    {
        if from != prefix(&now.hash) && !sources.contains(&from) {
            sources.push(from);
        }
    }
    sources.truncate(PATCHES_FROM);
    sources
}

/// A file's bytes, if they are of the size that patches are for.
fn read(path: &Path) -> Option<Vec<u8>> {
    let file = std::fs::File::open(path).ok()?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).ok()?;
    is_of_size(bytes.len() as u64).then_some(bytes)
}

#[cfg(test)]
pub(crate) mod tests;
