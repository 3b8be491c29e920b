//! Publishing from beginning to end: read the folder, make the version, write it, say what was done.

use std::path::Path;
use std::sync::Arc;

use swarmfetch_manifest::{SigningKey, TrustedRoot, WallSecs};

use crate::config::Config;
use crate::copy::copy;
use crate::folder::Root;
use crate::index::Index;
use crate::output::Output;
use crate::release::{Change, Difference, Release};
use crate::scan::Scanner;
use crate::scripts::Scripts;
use crate::site::Site;
use crate::{Error, key};

/// Everything that stays the same from version to version.
#[derive(Debug)]
pub struct Publisher {
    /// The owner's decisions.
    pub config: Config,
    root: Root,
    key: SigningKey,
    scripts: Scripts,
    scanner: Arc<Scanner>,
    index: Option<Index>,
}

/// What one publishing did.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Summary {
    /// The version's number.
    pub version: u64,
    /// What happened to the number.
    pub change: Change,
    /// How the URLs differ from the earlier version's.
    pub difference: Difference,
    /// Seconds since 1970 at which the head runs out.
    pub expires: u64,
    /// What visitors may share.
    pub shared: Shared,
    /// Files that were read; the others were known to be as they were.
    pub read: usize,
    /// What they may not, and why, ordered by name.
    pub unshared: Vec<Unshared>,
    /// What the owner may want to know.
    pub notes: Vec<String>,
}

/// How much is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Shared {
    /// Labelled URLs.
    pub urls: usize,
    /// Files behind them.
    pub files: usize,
    /// Bytes in these files.
    pub bytes: u64,
}

/// Something that is not shared.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unshared {
    /// Its name in the folder, or its URL.
    pub name: String,
    /// Why.
    pub reason: String,
}

impl Publisher {
    /// Reads the key and opens the folder; `elsewhere` are files and folders that may stand inside
    /// of it and are no content: the configuration, the output.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Key`].
    pub fn open(config: Config, elsewhere: &[&Path], scripts: Scripts) -> Result<Self, Error> {
        let key = key::read(&config.key)?;
        let secret = elsewhere.iter().copied().chain([config.key.as_path()]);
        let root = Root::open(&config.dir, secret)?;
        Ok(Self {
            config,
            root,
            key,
            scripts,
            scanner: Arc::default(),
            index: None,
        })
    }

    /// Keeps what it learns of files in an index. Unless it is to `rehash`, it does not read files again that are as
    /// the index says.
    pub fn remember(&mut self, index: Index, rehash: bool) {
        if !rehash {
            index.tell(&self.root, &self.scanner);
        }
        self.index = Some(index);
    }

    /// Believes the system's clock to tick so seldom.
    #[cfg(test)]
    pub(crate) fn tick(&mut self, tick: std::time::Duration) {
        self.scanner = Arc::new(Scanner::with_tick(tick));
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// What this publisher learned of its files.
    #[must_use]
    pub fn scanner(&self) -> Arc<Scanner> {
        Arc::clone(&self.scanner)
    }

    /// What visitors' workers will trust.
    #[must_use]
    pub fn trusted_root(&self) -> TrustedRoot {
        TrustedRoot {
            site: self.config.site,
            key: self.key.public(),
        }
    }

    /// Writes a version into the folder itself, or into a complete copy of it.
    ///
    /// # Errors
    /// Whatever [`Error`] says. Then the version that was there stands untouched.
    pub fn publish(&self, out: Option<&Path>, now: WallSecs) -> Result<Summary, Error> {
        let made = self.make(&Output::new(out.unwrap_or(self.root.path())), now)?;
        let mut summary = made.summary();
        // Before anything else: who is stopped while writing need not read all again.
        summary.notes.extend(self.write_index(&made.site, out));
        if out.is_some() {
            let left = copy(&self.root, &made.site, &made.output, made.previous(), now)?;
            summary.notes.extend(
                left.into_iter()
                    .map(|name| format!("{name} is in the output but not in the content")),
            );
        }
        made.write(&self.config, now)?;
        Ok(summary)
    }

    /// Returns why it could not: the next publishing takes longer then, and nothing else.
    fn write_index(&self, site: &Site, out: Option<&Path>) -> Option<String> {
        let index = self.index.as_ref()?;
        let out = out.and_then(|out| out.canonicalize().ok());
        if out.is_some_and(|out| index.path().starts_with(out)) {
            return None;
        }
        let error = index.write(&self.root, site).err()?;
        Some(format!("{error}: all files will be read again"))
    }

    /// Makes the version that follows the one in `output`.
    ///
    /// # Errors
    /// Whatever [`Error`] says.
    pub fn make(&self, output: &Output, now: WallSecs) -> Result<Made, Error> {
        let mut site = Site::read(&self.root, &self.config, &self.scanner)?;
        let previous = output.previous(&self.trusted_root())?;
        if let Err(Some(defect)) = &previous {
            site.notes.push(format!(
                "the earlier version cannot be read ({defect}): compared with nothing"
            ));
        }
        let previous = previous.ok();
        let release = Release::make(
            &site,
            &self.config,
            &self.key,
            &self.scripts,
            previous.as_ref(),
            now,
        )?;
        Ok(Made {
            output: output.clone(),
            site,
            release,
            previous,
        })
    }
}

/// A version that is ready to be written.
#[derive(Debug)]
pub struct Made {
    /// Where to.
    pub output: Output,
    /// What it was made of.
    pub site: Site,
    /// The version.
    pub release: Release,
    previous: Option<crate::release::Previous>,
}

impl Made {
    /// The version it follows.
    #[must_use]
    pub fn previous(&self) -> Option<&crate::release::Previous> {
        self.previous.as_ref()
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, config: &Config, now: WallSecs) -> Result<(), Error> {
        self.output.write(
            &self.site,
            &self.release,
            self.previous(),
            config.mirror,
            config.keep,
            now,
        )
    }

    /// What it is.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let files: std::collections::BTreeSet<usize> =
            self.site.labelled.values().map(|url| url.file).collect();
        let unshared = self.site.unshared.iter().map(|(name, reason)| Unshared {
            name: name.clone(),
            reason: reason.clone(),
        });
        Summary {
            version: self.release.version.0,
            change: self.release.change,
            difference: self.release.difference,
            expires: self.release.expires.0,
            shared: Shared {
                urls: self.site.labelled.len(),
                files: files.len(),
                bytes: files.iter().map(|file| self.site.files[*file].len).sum(),
            },
            read: self.site.read,
            unshared: unshared.collect(),
            notes: self.site.notes.clone(),
        }
    }
}

/// The time by this machine's clock.
#[must_use]
pub fn now() -> WallSecs {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    WallSecs(since.map_or(0, |since| since.as_secs()))
}

#[cfg(test)]
mod tests;
