//! Where a version is written: `/swarmfetch.js`, `/swarmfetch-sw.js` and `/.well-known/swarmfetch/`
//! below some folder, which a static host serves as they are.
//!
//! Every file is written beside its place and renamed into it, the objects first and the head last,
//! so that whoever reads the folder at any moment finds a whole version.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use swarmfetch_content::{Hash, ObjectId};
use swarmfetch_manifest::{Error as Defect, TrustedRoot, WallSecs};

use crate::Error;
use crate::folder::{PAGE_SCRIPT, WELL_KNOWN, WORKER_SCRIPT};
use crate::release::{Previous, Release, Unreadable};
use crate::site::Site;

/// The most a head or object of an earlier version is read, in bytes; a pack is the largest.
const OBJECT_BYTES_MAX: u64 = 2 * 1024 * 1024;

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

    fn objects(&self) -> PathBuf {
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
        let by = match Previous::read(head, root, |hash| read_bounded(&self.object(hash))) {
            Ok(previous) if previous.head.site == root.site => return Ok(Ok(previous)),
            Ok(_) | Err(Unreadable::Defect(Defect::OtherSite)) => "as another site",
            Err(Unreadable::Defect(Defect::Unsigned { .. })) => "with another key",
            Err(defect) => return Ok(Err(Some(defect))),
        };
        Err(Error::Foreign {
            path: self.head(),
            by,
        })
    }

    /// Writes a version. What it replaces stays for `keep`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(
        &self,
        site: &Site,
        release: &Release,
        previous: Option<&Previous>,
        mirror: bool,
        keep: Duration,
        now: WallSecs,
    ) -> Result<(), Error> {
        let objects = self.objects();
        std::fs::create_dir_all(&objects).map_err(Error::io("create", &objects))?;
        for (hash, bytes) in &release.objects {
            write_if_other(&self.object(*hash), bytes)?;
        }
        if mirror {
            self.mirror(site)?;
        }
        self.retire(site, release, previous, mirror, keep, now)?;
        write_if_other(&self.folder.join(WORKER_SCRIPT), &release.scripts.worker)?;
        write_if_other(&self.folder.join(PAGE_SCRIPT), &release.scripts.page)?;
        write_if_other(&self.head(), &release.head)
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
        let folder = self.objects();
        std::fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        copy_verified(file, &target, object).map(drop)
    }

    /// Objects of the earlier version that are in this one no more begin their last `keep`; those
    /// whose time is over go.
    fn retire(
        &self,
        site: &Site,
        release: &Release,
        previous: Option<&Previous>,
        mirror: bool,
        keep: Duration,
        now: WallSecs,
    ) -> Result<(), Error> {
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
        let now = UNIX_EPOCH + Duration::from_secs(now.0);
        for hash in &replaced {
            let path = self.object(*hash);
            if let Ok(file) = std::fs::OpenOptions::new().append(true).open(&path) {
                file.set_modified(now).map_err(Error::io("date", &path))?;
            }
        }
        let current: BTreeSet<String> = current.iter().map(Hash::to_string).collect();
        let folder = self.objects();
        for entry in std::fs::read_dir(&folder).map_err(Error::io("list", &folder))? {
            let entry = entry.map_err(Error::io("list", &folder))?;
            let of_us = entry
                .file_name()
                .to_str()
                .is_some_and(|name| Hash::from_hex(name).is_ok());
            let listed = entry
                .file_name()
                .to_str()
                .is_some_and(|name| current.contains(name));
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            if of_us && !listed && modified.is_ok_and(|since| is_over(since, keep, now)) {
                std::fs::remove_file(entry.path()).map_err(Error::io("remove", entry.path()))?;
            }
        }
        Ok(())
    }
}

fn is_over(since: SystemTime, keep: Duration, now: SystemTime) -> bool {
    now.duration_since(since).is_ok_and(|age| age > keep)
}

/// Copies a file into place if its bytes are those; says whether they were.
///
/// # Errors
/// [`Error::Io`].
pub fn copy_verified(from: &Path, to: &Path, object: ObjectId) -> Result<bool, Error> {
    let folder = to.parent().unwrap_or(Path::new("."));
    let mut source = std::fs::File::open(from).map_err(Error::io("read", from))?;
    let mut copy = beside(to)?;
    std::io::copy(&mut source, copy.as_file_mut()).map_err(Error::io("copy", from))?;
    if hash_file(copy.path()).map_err(Error::io("read", copy.path()))? != object {
        return Ok(false);
    }
    copy.persist(to)
        .map_err(|error| Error::io("write", folder)(error.error))?;
    Ok(true)
}

/// The name of a file's bytes.
///
/// # Errors
/// Whatever reading says.
pub fn hash_file(path: &Path) -> std::io::Result<ObjectId> {
    struct Hashing(swarmfetch_content::OutboardBuilder);
    impl Write for Hashing {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.push(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut hashing = Hashing(swarmfetch_content::OutboardBuilder::new());
    std::io::copy(&mut std::fs::File::open(path)?, &mut hashing)?;
    Ok(hashing.0.finish().0)
}

/// Replaces a file unless it has these bytes already.
pub(crate) fn write_if_other(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let same_len = path
        .metadata()
        .is_ok_and(|metadata| metadata.len() == bytes.len() as u64);
    if same_len && std::fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let mut file = beside(path)?;
    file.write_all(bytes).map_err(Error::io("write", path))?;
    file.persist(path)
        .map_err(|error| Error::io("write", path)(error.error))?;
    Ok(())
}

/// A new file in the same folder, readable by the web server as the umask allows.
pub(crate) fn beside(path: &Path) -> Result<tempfile::NamedTempFile, Error> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".swarmfetch-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    builder
        .tempfile_in(folder)
        .map_err(Error::io("write into", folder))
}

fn read_bounded(path: &Path) -> Option<Vec<u8>> {
    let small = path
        .metadata()
        .is_ok_and(|metadata| metadata.len() <= OBJECT_BYTES_MAX);
    small.then(|| std::fs::read(path).ok()).flatten()
}
