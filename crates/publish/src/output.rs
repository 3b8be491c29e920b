//! Where a version is written: `/swarmfetch.js`, `/swarmfetch-sw.js` and `/.well-known/swarmfetch/`
//! below some folder, which a static host serves as they are.
//!
//! Every file is written beside its place and renamed into it, the objects first and the head last,
//! so that whoever reads the folder at any moment finds a whole version.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use swarmfetch_content::{Hash, ObjectId, OutboardBuilder};
use swarmfetch_manifest::tree::is_one;
use swarmfetch_manifest::{Error as Defect, TrustedRoot, WallSecs};

use crate::Error;
use crate::disk::{self, BEGUN, BEGUN_DRAWN, Begun, Readers, write_if_other};
use crate::folder::{PAGE_SCRIPT, WELL_KNOWN, WORKER_SCRIPT};
use crate::release::{Chain, Previous, Release, Unreadable};
use crate::scan::Stamp;
use crate::site::Site;

/// The most a head or object of an earlier version is read, in bytes; a pack is the largest.
const OBJECT_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// A file that is being written is written to more often than that.
const LEFT_OVER_AFTER: Duration = Duration::from_secs(3600);

/// A folder that versions are written into.
#[derive(Debug, Clone)]
pub struct Output {
    folder: PathBuf,
}

impl Output {
    /// Writes below this folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The head's file.
    #[must_use]
    pub fn head(&self) -> PathBuf {
        self.folder.join(WELL_KNOWN).join("head")
    }

    /// The file of an object.
    #[must_use]
    pub fn object(&self, hash: Hash) -> PathBuf {
        self.objects().join(hash.to_string())
    }

    pub(crate) fn objects(&self) -> PathBuf {
        self.folder.join(WELL_KNOWN).join("o")
    }

    /// The version that stands here. None when there is none, or none that can be read: the word
    /// with it says why.
    ///
    /// # Errors
    /// [`Error::Foreign`] when it is another site's or another key's.
    pub fn previous(
        &self,
        root: &TrustedRoot,
    ) -> Result<Result<Previous, Option<Unreadable>>, Error> {
        let Some(head) = read_bounded(&self.head()) else {
            return Ok(Err(None));
        };
        let defect = match Previous::read(head, root, |hash| read_bounded(&self.object(hash))) {
            Ok(previous) if previous.chain.head.site == root.site => return Ok(Ok(previous)),
            Ok(_) => Unreadable::Defect(Defect::OtherSite),
            Err(defect) => defect,
        };
        self.foreign(&defect).map_or(Ok(Err(Some(defect))), Err)
    }

    /// Says that what stands here is another's, if that is the defect.
    fn foreign(&self, defect: &Unreadable) -> Option<Error> {
        let by = match defect {
            Unreadable::Defect(Defect::OtherSite) => "as another site",
            Unreadable::Defect(Defect::Unsigned { .. }) => "with another key",
            _ => return None,
        };
        Some(Error::Foreign {
            path: self.head(),
            by,
        })
    }

    /// The way to the version that stands here, to go on from it without its tree.
    ///
    /// # Errors
    /// [`Error::Foreign`]; [`Error::Unrenewable`] when there is none that can be read.
    pub(crate) fn standing(&self, root: &TrustedRoot) -> Result<Chain, Error> {
        let path = self.head();
        let unrenewable = |why: String| Error::Unrenewable {
            path: path.clone(),
            why,
        };
        let head = read_bounded(&path).ok_or_else(|| unrenewable("nothing is published".into()))?;
        let defect = match Chain::read(head, root, |hash| self.read(hash)) {
            Ok(chain) if chain.head.site == root.site => return Ok(chain),
            Ok(_) => Unreadable::Defect(Defect::OtherSite),
            Err(defect) => defect,
        };
        let other = || unrenewable(defect.to_string());
        Err(self.foreign(&defect).unwrap_or_else(other))
    }

    /// Puts another head in the place of the one that stands here.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn replace_head(&self, head: &[u8]) -> Result<(), Error> {
        write_if_other(&self.head(), head, Readers::All)
    }

    /// The way to the version that stands here, if that can be gone and it is of this site.
    pub(crate) fn chain(&self, root: &TrustedRoot) -> Option<Chain> {
        let head = read_bounded(&self.head())?;
        let chain = Chain::read(head, root, |hash| self.read(hash)).ok()?;
        (chain.head.site == root.site).then_some(chain)
    }

    /// An object's bytes.
    pub(crate) fn read(&self, hash: Hash) -> Option<Vec<u8>> {
        read_bounded(&self.object(hash))
    }

    /// The folders that versions are written into: that of the scripts, that of the head, that of the objects.
    fn folders(&self) -> [PathBuf; 3] {
        [
            self.folder.clone(),
            self.folder.join(WELL_KNOWN),
            self.objects(),
        ]
    }

    /// What the system says of the folders that versions are written into.
    pub(crate) fn stamps(&self) -> Option<[Stamp; 3]> {
        let stamp = |folder: PathBuf| folder.metadata().ok().map(|it| Stamp::of(&it));
        let [root, well_known, objects] = self.folders().map(stamp);
        Some([root?, well_known?, objects?])
    }

    /// Writes a version of which `known` tells the one before it; `bodies` are those of a mirror that that did not have.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn write_touched(
        &self,
        release: &Release,
        known: &mut Standing,
        leaving: &Leaving,
        bodies: &[(PathBuf, ObjectId)],
        keep: Duration,
        now: WallSecs,
    ) -> Result<(), Error> {
        for (folder, stamp) in self.folders().into_iter().zip(&known.folders) {
            let is_same = folder
                .metadata()
                .is_ok_and(|metadata| Stamp::of(&metadata) == *stamp);
            if !is_same {
                known.is_swept &= sweep(&folder, now)?;
            }
        }
        for (hash, bytes) in &release.objects {
            write_if_other(&self.object(*hash), bytes, Readers::All)?;
            known.retired.remove(hash);
        }
        for (path, object) in bodies {
            self.store_body(path, *object)?;
            known.retired.remove(&object.hash);
        }
        for hash in &leaving.abandoned {
            let metadata = self.object(*hash).metadata();
            if let Ok(modified) = metadata.and_then(|metadata| metadata.modified()) {
                known.retired.insert(*hash, secs(modified));
            }
        }
        for hash in &leaving.replaced {
            let path = self.object(*hash);
            if path.exists() {
                disk::date(&path, at(now))?;
                known.retired.insert(*hash, now);
            }
        }
        let over = |since: WallSecs| now.0.saturating_sub(since.0) > keep.as_secs();
        for (hash, _) in known.retired.extract_if(.., |_, since| over(*since)) {
            disk::remove_if_there(&self.object(hash))?;
        }
        self.write_head(release)
    }

    /// Writes the scripts, and what makes the version the current one.
    fn write_head(&self, release: &Release) -> Result<(), Error> {
        for (name, bytes) in [
            (WORKER_SCRIPT, &release.scripts.worker),
            (PAGE_SCRIPT, &release.scripts.page),
        ] {
            write_if_other(&self.folder.join(name), bytes, Readers::All)?;
        }
        write_if_other(&self.head(), &release.head, Readers::All)
    }

    /// Writes a version. What it replaces stays for `keep`. Tells what else stands there then.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn write(
        &self,
        site: &Site,
        release: &Release,
        previous: Option<&Previous>,
        mirror: bool,
        keep: Duration,
        now: WallSecs,
    ) -> Result<Standing, Error> {
        disk::create_folder(&self.objects())?;
        let mut is_swept = true;
        for folder in self.folders() {
            is_swept &= sweep(&folder, now)?;
        }
        for (hash, bytes) in &release.objects {
            // Read and verified just now; only what is one entry may be written in more than one way.
            if previous.is_some_and(|previous| previous.nodes.contains(hash)) && !is_one(bytes) {
                continue;
            }
            write_if_other(&self.object(*hash), bytes, Readers::All)?;
        }
        if mirror {
            self.mirror(site)?;
        }
        let retired = self.retire(site, release, previous, mirror, keep, now)?;
        self.write_head(release)?;
        Ok(Standing {
            retired,
            is_swept,
            folders: self.stamps().unwrap_or_default(),
        })
    }

    /// Every shared body under its hash.
    fn mirror(&self, site: &Site) -> Result<(), Error> {
        for (file, scanned) in site.files.iter().zip(&site.scanned) {
            if let Some(scanned) = scanned {
                self.store_body(&file.path, scanned.facts.object)?;
            }
        }
        Ok(())
    }

    /// Stores a copy of a file under its hash. A file that has changed since is left out.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn store_body(&self, file: &Path, object: ObjectId) -> Result<(), Error> {
        let target = self.object(object.hash);
        if target
            .metadata()
            .is_ok_and(|metadata| metadata.len() == object.len)
        {
            return Ok(());
        }
        copy_verified(file, &target, object).map(drop)
    }

    /// Objects of the earlier version that are in this one no more begin their last `keep`; those
    /// whose time is over go. The others are told.
    fn retire(
        &self,
        site: &Site,
        release: &Release,
        previous: Option<&Previous>,
        mirror: bool,
        keep: Duration,
        now: WallSecs,
    ) -> Result<BTreeMap<Hash, WallSecs>, Error> {
        let bodies = || {
            site.scanned
                .iter()
                .flatten()
                .map(|scanned| scanned.facts.object.hash)
        };
        let mut current: BTreeSet<Hash> = release.objects.keys().copied().collect();
        let mut replaced = previous.map(Previous::objects).unwrap_or_default();
        replaced.retain(|hash| !current.contains(hash));
        for hash in bodies() {
            replaced.remove(&hash);
        }
        if mirror {
            current.extend(bodies());
        }
        let now = at(now);
        for hash in &replaced {
            disk::date(&self.object(*hash), now)?;
        }
        let mut retired = BTreeMap::new();
        let folder = self.objects();
        for entry in std::fs::read_dir(&folder).map_err(Error::io("list", &folder))? {
            let entry = entry.map_err(Error::io("list", &folder))?;
            let name = entry.file_name();
            let name = name.to_str().and_then(|name| Hash::from_hex(name).ok());
            let Some(hash) = name.filter(|hash| !current.contains(hash)) else {
                continue;
            };
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            let Ok(since) = modified else { continue };
            if is_over(since, keep, now) {
                disk::remove(&entry.path())?;
            } else {
                retired.insert(hash, secs(since));
            }
        }
        Ok(retired)
    }
}

/// Objects that are no more of the current version.
#[derive(Debug, Default)]
pub(crate) struct Leaving {
    /// Those of the one before it.
    pub(crate) replaced: BTreeSet<Hash>,
    /// Those that were there although it did not name them: of files without a URL.
    pub(crate) abandoned: BTreeSet<Hash>,
}

/// What stands in the folders that versions are written into, beside the current one.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    /// Objects of versions before it, and since when they are no more of the current one.
    pub(crate) retired: BTreeMap<Hash, WallSecs>,
    /// Is nothing left of a publishing that was stopped?
    pub(crate) is_swept: bool,
    /// What the system says of the folders.
    pub(crate) folders: [Stamp; 3],
}

/// Takes away what a publishing began that was stopped. Is nothing left of that? Who began it may still be there.
fn sweep(folder: &Path, now: WallSecs) -> Result<bool, Error> {
    let mut is_swept = true;
    for entry in std::fs::read_dir(folder).map_err(Error::io("list", folder))? {
        let entry = entry.map_err(Error::io("list", folder))?;
        let begun = entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(BEGUN.as_bytes());
        if begun && is_left_over(&entry.path(), at(now)) {
            disk::remove(&entry.path())?;
        } else {
            is_swept &= !begun;
        }
    }
    Ok(is_swept)
}

/// Whole seconds, not before that time.
fn secs(time: SystemTime) -> WallSecs {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    WallSecs(since.as_secs() + u64::from(since.subsec_nanos() > 0))
}

fn at(time: WallSecs) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(time.0)
}

/// Is this a file that somebody began to write and will not go on with?
pub(crate) fn is_left_over(path: &Path, now: SystemTime) -> bool {
    let drawn = path
        .file_name()
        .and_then(|name| name.to_str()?.strip_prefix(BEGUN));
    let named = drawn.is_some_and(|drawn| {
        drawn.len() == BEGUN_DRAWN && drawn.bytes().all(|c| c.is_ascii_alphanumeric())
    });
    let modified = path
        .symlink_metadata()
        .ok()
        .filter(std::fs::Metadata::is_file)
        .and_then(|metadata| metadata.modified().ok());
    named && modified.is_some_and(|since| is_over(since, LEFT_OVER_AFTER, now))
}

fn is_over(since: SystemTime, keep: Duration, now: SystemTime) -> bool {
    now.duration_since(since).is_ok_and(|age| age > keep)
}

/// Copies a file into place if its bytes are those; says whether they were.
///
/// # Errors
/// [`Error::Io`].
pub fn copy_verified(from: &Path, to: &Path, object: ObjectId) -> Result<bool, Error> {
    let mut begun = Begun::beside(to, Readers::All)?;
    let mut hasher = OutboardBuilder::new();
    disk::copy(from, &mut begun, |bytes| hasher.push(bytes))?;
    if hasher.finish().0 != object {
        return Ok(false);
    }
    begun.place()?;
    Ok(true)
}

/// The name of a file's bytes.
///
/// # Errors
/// Whatever reading says.
pub fn hash_file(path: &Path) -> std::io::Result<ObjectId> {
    struct Hashing(OutboardBuilder);
    impl Write for Hashing {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.push(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut hashing = Hashing(OutboardBuilder::new());
    std::io::copy(&mut std::fs::File::open(path)?, &mut hashing)?;
    Ok(hashing.0.finish().0)
}

fn read_bounded(path: &Path) -> Option<Vec<u8>> {
    let small = path
        .metadata()
        .is_ok_and(|metadata| metadata.len() <= OBJECT_BYTES_MAX);
    small.then(|| std::fs::read(path).ok()).flatten()
}
