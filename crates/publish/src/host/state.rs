//! What `serve` keeps outside of the folder it serves: it never writes into that.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use swarmfetch_content::Hash;
use swarmfetch_manifest::SiteId;

use crate::config::KEY_FILE_NAME;
use crate::{Error, key};

/// Our folder in the user's configuration and cache folders.
pub(crate) const NAME: &str = "swarmfetch";

/// A key and a site id for trying a folder out without a configuration, the same every time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Development {
    /// The key's file.
    pub key: PathBuf,
    /// The site.
    pub site: SiteId,
}

impl Development {
    /// Those of this folder, in the user's configuration folder; drawn when there are none.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NoHome`].
    pub fn of(dir: &Path) -> Result<Self, Error> {
        let base = etcetera::choose_base_strategy().map_err(|_| Error::NoHome)?;
        let folder = base.config_dir().join(NAME).join(id(dir));
        std::fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        let key = folder.join(KEY_FILE_NAME);
        match key::create(&key) {
            Ok(_) | Err(Error::Exists { .. }) => {}
            Err(error) => return Err(error),
        }
        // The site belongs to the folder and the key: nothing else to keep.
        let public = key::read(&key)?.public();
        let seed = Hash::of(&public.0);
        let mut site = [0; 16];
        site.copy_from_slice(&seed.as_bytes()[..16]);
        Ok(Self {
            key,
            site: SiteId(site),
        })
    }
}

/// A folder for the versions that `serve` makes, of one process at a time.
#[derive(Debug)]
pub struct State {
    folder: PathBuf,
    _lock: Option<File>,
    _temporary: Option<tempfile::TempDir>,
}

impl State {
    /// That of this site and folder, in the user's cache folder. When another process uses it, or
    /// there is none, a temporary one.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn open(dir: &Path, site: SiteId) -> Result<Self, Error> {
        let base = etcetera::choose_base_strategy().ok();
        let folder = base.map(|base| {
            base.cache_dir()
                .join(NAME)
                .join(format!("{}-{site}", id(dir)))
        });
        if let Some(folder) = folder
            && let Some(lock) = lock(&folder)
        {
            return Ok(Self {
                folder,
                _lock: Some(lock),
                _temporary: None,
            });
        }
        let temporary = tempfile::Builder::new()
            .prefix("swarmfetch-")
            .tempdir()
            .map_err(Error::io("create a folder in", std::env::temp_dir()))?;
        Ok(Self {
            folder: temporary.path().to_path_buf(),
            _lock: None,
            _temporary: Some(temporary),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Opens and locks a state folder; none when that cannot be or another process has it.
fn lock(folder: &Path) -> Option<File> {
    std::fs::create_dir_all(folder).ok()?;
    let file = File::create(folder.join("lock")).ok()?;
    match file.try_lock() {
        Ok(()) => Some(file),
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => None,
    }
}

/// A folder's short name: from its path without links.
pub(crate) fn id(dir: &Path) -> String {
    let canonical = dir.canonicalize().unwrap_or_else(|_| dir.to_path_buf());
    Hash::of(canonical.as_os_str().as_encoded_bytes()).to_string()[..16].to_owned()
}
