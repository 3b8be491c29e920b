//! Publishing from beginning to end: read the folder, make the version, write it, say what was done.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use swarmfetch_content::{Hash, ObjectId};
use swarmfetch_manifest::{TrustedRoot, WallSecs};

use crate::config::Config;
use crate::copy::copy;
use crate::delta::{Bodies, Earlier, Patched};
use crate::folder::{HEADERS_FILE, Root};
use crate::index::Index;
use crate::output::{Output, Standing};
use crate::published::Published;
use crate::release::{Change, Difference, Release};
use crate::scan::Scanner;
use crate::scripts::Scripts;
use crate::signer::Signer;
use crate::site::Site;
use crate::{Error, touched};

/// Everything that stays the same from version to version.
#[derive(Debug)]
pub struct Publisher {
    /// The owner's decisions.
    pub config: Config,
    root: Root,
    pub(crate) signer: Signer,
    pub(crate) scripts: Scripts,
    pub(crate) scanner: Arc<Scanner>,
    index: Option<Index>,
    bodies: Option<Bodies>,
    rehash: bool,
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
    /// Patches from earlier versions that stand with it.
    pub patches: Patched,
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
    /// [`Error::Io`], [`Error::Key`], [`Error::Keys`].
    pub fn open(config: Config, elsewhere: &[&Path], scripts: Scripts) -> Result<Self, Error> {
        let signer = Signer::read(&config)?;
        let secret = elsewhere.iter().copied().chain([config.key.as_path()]);
        let root = Root::open(&config.dir, secret)?;
        Ok(Self {
            config,
            root,
            signer,
            scripts,
            scanner: Arc::default(),
            index: None,
            bodies: None,
            rehash: false,
        })
    }

    /// Keeps what it learns of files in an index. Unless it is to `rehash`, it does not read files again that are as
    /// the index says, nor make anew what follows from them.
    pub fn remember(&mut self, index: Index, rehash: bool) {
        self.bodies = Some(Bodies::new(index.beside("bodies")));
        self.index = Some(index);
        self.rehash = rehash;
    }

    /// Keeps copies of what it shares in this folder, to make patches of later.
    pub(crate) fn keep_bodies(&mut self, folder: PathBuf) {
        self.bodies = Some(Bodies::new(folder));
    }

    /// Where earlier contents are looked for.
    pub(crate) fn earlier<'a>(&'a self, output: &'a Output) -> Earlier<'a> {
        Earlier {
            output,
            bodies: self.bodies.as_ref(),
        }
    }

    /// Copies files for later patches; a note where that cannot be.
    pub(crate) fn keep<'a>(
        &self,
        files: impl Iterator<Item = (&'a Path, ObjectId)>,
    ) -> Option<String> {
        let error = self.bodies.as_ref()?.keep(files).err()?;
        Some(format!(
            "{error}: the next version has no patch from this one"
        ))
    }

    /// Copies what this version has and the one before it had not.
    pub(crate) fn keep_made(&self, made: &Made) -> Option<String> {
        let is_new = self.bodies.as_ref()?.is_new();
        let before = made.previous().filter(|_| !is_new);
        let before = before.into_iter().flat_map(|it| it.urls.values());
        let before: BTreeSet<Hash> = before.map(|entry| entry.object().hash).collect();
        let site = &made.site;
        let files: BTreeSet<usize> = site.labelled.values().map(|url| url.file).collect();
        self.keep(files.into_iter().filter_map(|file| {
            let object = site.scanned[file].as_ref()?.facts.object;
            let is_new = !before.contains(&object.hash);
            is_new.then_some((site.files[file].path.as_path(), object))
        }))
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
        self.signer.root()
    }

    /// Writes a version into the folder itself, or into a complete copy of it.
    ///
    /// # Errors
    /// Whatever [`Error`] says. Then the version that was there stands untouched.
    pub fn publish(&self, out: Option<&Path>, now: WallSecs) -> Result<Summary, Error> {
        let mut summary = self.publish_site(out, now)?;
        summary.notes.extend(self.signer.note(now));
        Ok(summary)
    }

    fn publish_site(&self, out: Option<&Path>, now: WallSecs) -> Result<Summary, Error> {
        let output = Output::new(out.unwrap_or(self.root.path()));
        let inputs = self.inputs();
        if let Some(index) = self.index.as_ref().filter(|_| !self.rehash) {
            // A copy is compared with the folder file by file.
            let before = match out {
                None => touched::Before::read(self, index, &inputs, &output),
                Some(_) => None,
            };
            if let Some(before) = before
                && let Some(summary) = touched::publish(self, index, before, now)?
            {
                return Ok(summary);
            }
            index.tell(&self.root, &self.scanner);
        }
        let made = self.make(&output, now)?;
        let mut summary = made.summary();
        // Before anything else: who is stopped while writing need not read all again.
        let written = self.write_index(&made.site, out);
        if let Some(Err(error)) = &written {
            summary.notes.push(note_on_the_index(error));
        }
        // No copies where the index had no place: they would stand in the output.
        let has_place = self.index.is_none() || written.is_some();
        if out.is_some() {
            let left = copy(&self.root, &made.site, &made.output, made.previous(), now)?;
            summary.notes.extend(
                left.into_iter()
                    .map(|name| format!("{name} is in the output but not in the content")),
            );
        }
        let standing = made.write(&self.config, now)?;
        if let (None, Some(index), Some(Ok(Some(name)))) = (out, &self.index, written) {
            let published = made.published(inputs, name, &standing);
            // The next publishing takes longer without it, and nothing else.
            let _unwritten = published.map(|published| published.write(index));
        }
        if has_place {
            summary.notes.extend(self.keep_made(&made));
        }
        Ok(summary)
    }

    /// Names everything that a version depends on, but for the files that are shared.
    pub(crate) fn inputs(&self) -> Hash {
        let (root, headers) = (self.root.path(), self.root.path().join(HEADERS_FILE));
        let secret = self.root.secret();
        let parts = [
            format!("{:?} {root:?} {secret:?}", self.config).into_bytes(),
            self.signer.identity(),
            self.scripts.worker.into(),
            self.scripts.page.into(),
            std::fs::read(headers).unwrap_or_default(),
        ];
        let hashes = parts.iter().map(|part| *Hash::of(part).as_bytes());
        Hash::of(&hashes.collect::<Vec<_>>().concat())
    }

    /// The index's name, unless it has no place; or why it could not be written.
    fn write_index(&self, site: &Site, out: Option<&Path>) -> Option<Result<Option<Hash>, Error>> {
        let index = self.index.as_ref()?;
        let out = out.and_then(|out| out.canonicalize().ok());
        if out.is_some_and(|out| index.path().starts_with(out)) {
            return None;
        }
        Some(index.write(&self.root, site))
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
            &self.signer,
            &self.scripts,
            previous.as_ref(),
            &self.earlier(output),
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
    pub(crate) fn write(&self, config: &Config, now: WallSecs) -> Result<Standing, Error> {
        self.output.write(
            &self.site,
            &self.release,
            self.previous(),
            config.mirror,
            config.keep,
            now,
        )
    }

    /// What is to be known of it when the next one is made. None where that would be made anew in any case.
    fn published(&self, inputs: Hash, index: Hash, standing: &Standing) -> Option<Published> {
        if self.site.linked || !standing.is_swept {
            return None;
        }
        let mut published = Published {
            inputs: *inputs.as_bytes(),
            index: *index.as_bytes(),
            record: *self.release.record.hash().as_bytes(),
            folders: standing.folders,
            tally: self.site.tally.clone(),
            others: self.site.others.clone(),
            left_alone: self.site.left_alone.clone(),
            twins: self.site.twins.clone(),
            pack_bytes_min: self.release.pack_bytes_min as u64,
            ..Published::default()
        };
        published.set_extents(&self.release.extents);
        published.set_patches(&self.release.patches);
        published.set_retired(&standing.retired);
        Some(published)
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
            patches: self.release.patches.patched(),
            read: self.site.read,
            unshared: unshared.collect(),
            notes: self.site.notes.clone(),
        }
    }
}

/// It could not be written: the next publishing takes longer then, and nothing else.
pub(crate) fn note_on_the_index(error: &Error) -> String {
    format!("{error}: all files will be read again")
}

/// The time by this machine's clock.
#[must_use]
pub fn now() -> WallSecs {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    WallSecs(since.map_or(0, |since| since.as_secs()))
}

#[cfg(test)]
mod tests;
