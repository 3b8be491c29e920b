//! Everything that publishing does to the disk, one step at a time. Whoever looks between two steps, or after a stop
//! at any of them, finds each file as it was or as it is to be: files are written beside their places and renamed.
//!
//! Not here: which files, and in what order ([`crate::output`], [`crate::copy`], [`crate::index`]).

#[cfg(test)]
pub(crate) mod fault;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::SystemTime;

use rayon::prelude::*;
use tempfile::NamedTempFile;

use crate::Error;

/// What the names of files begin with that are being written.
pub(crate) const BEGUN: &str = ".swarmfetch-";

/// How many letters and digits are drawn at random to follow.
pub(crate) const BEGUN_DRAWN: usize = 6;

/// How much is copied at once, in bytes.
const COPY_BYTES: usize = 256 * 1024;

/// How much one core reads of a large file before it takes another piece, in bytes.
const READ_AT_ONCE_BYTES: usize = 4 * 1024 * 1024;

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Whom the umask lets: a web server of another user.
    All,
    /// Its owner alone.
    Owner,
}

/// A new file beside its place.
#[derive(Debug)]
pub(crate) struct Begun<'a> {
    file: Option<NamedTempFile>,
    place: &'a Path,
}

impl<'a> Begun<'a> {
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn beside(place: &'a Path, readers: Readers) -> Result<Self, Error> {
        let folder = place.parent().unwrap_or(Path::new("."));
        create_folder(folder)?;
        step(Error::io("write into", folder))?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(BEGUN).rand_bytes(BEGUN_DRAWN);
        #[cfg(unix)]
        if readers == Readers::All {
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        }
        let file = builder
            .tempfile_in(folder)
            .map_err(Error::io("write into", folder))?;
        Ok(Self {
            file: Some(file),
            place,
        })
    }

    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let failed = || Error::io("write", self.place);
        let stopped = step(failed());
        let bytes = if stopped.is_ok() {
            bytes
        } else {
            &bytes[..bytes.len() / 2]
        };
        let file = self.file.as_mut().expect("placed once, at the end");
        file.write_all(bytes).map_err(failed())?;
        stopped
    }

    /// Has the disk keep it before anything else is done.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn sync(&self) -> Result<(), Error> {
        let failed = || Error::io("write", self.place);
        step(failed())?;
        let file = self.file.as_ref().expect("placed once, at the end");
        file.as_file().sync_all().map_err(failed())
    }

    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn date(&self, time: SystemTime) -> Result<(), Error> {
        let failed = || Error::io("date", self.place);
        step(failed())?;
        let file = self.file.as_ref().expect("placed once, at the end");
        file.as_file().set_modified(time).map_err(failed())
    }

    /// Puts it in the place of whatever stands there.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn place(mut self) -> Result<(), Error> {
        let failed = || Error::io("write", self.place);
        step(failed())?;
        let file = self.file.take().expect("placed once, at the end");
        file.persist(self.place)
            .map(drop)
            .map_err(|error| failed()(error.error))
    }
}

/// Whoever is stopped leaves what it began.
#[cfg(test)]
impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if let Some(file) = self.file.take().filter(|_| fault::has_stopped()) {
            let _kept = file.keep();
        }
    }
}

/// Makes a folder and those above it.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn create_folder(folder: &Path) -> Result<(), Error> {
    if folder.is_dir() {
        return Ok(());
    }
    step(Error::io("create", folder))?;
    std::fs::create_dir_all(folder).map_err(Error::io("create", folder))
}

/// Replaces a file unless it has these bytes already.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn write_if_other(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), Error> {
    let same_len = path
        .metadata()
        .is_ok_and(|metadata| metadata.len() == bytes.len() as u64);
    if same_len && std::fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let mut file = Begun::beside(path, readers)?;
    file.write(bytes)?;
    file.place()
}

/// Writes bytes at places in a file that is a cache: who is stopped leaves it half changed.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn patch(
    path: &Path,
    patches: impl Iterator<Item = (usize, Vec<u8>)>,
) -> Result<(), Error> {
    let failed = || Error::io("write", path);
    let mut file = File::options().write(true).open(path).map_err(failed())?;
    for (at, bytes) in patches {
        step(failed())?;
        file.seek(SeekFrom::Start(at as u64)).map_err(failed())?;
        file.write_all(&bytes).map_err(failed())?;
    }
    Ok(())
}

/// Reads a large file with all cores: most of the time goes into making room for it.
///
/// # Errors
/// Whatever the system says.
pub(crate) fn read_at_once(path: &Path) -> std::io::Result<Vec<u8>> {
    let len = usize::try_from(path.metadata()?.len()).unwrap_or(usize::MAX);
    let mut bytes = vec![0; len];
    bytes
        .par_chunks_mut(READ_AT_ONCE_BYTES)
        .enumerate()
        .try_for_each(|(n, piece)| {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start((n * READ_AT_ONCE_BYTES) as u64))?;
            file.read_exact(piece)
        })?;
    Ok(bytes)
}

/// Copies a file, piece by piece; `look` sees each of them.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn copy(
    from: &Path,
    to: &mut Begun<'_>,
    mut look: impl FnMut(&[u8]),
) -> Result<(), Error> {
    let failed = || Error::io("read", from);
    let mut source = File::open(from).map_err(failed())?;
    let mut buffer = vec![0; COPY_BYTES];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                look(&buffer[..count]);
                to.write(&buffer[..count])?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed()(error)),
        }
    }
}

/// Gives a file a second name; a copy, where the disk knows no such thing.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn link_or_copy(from: &Path, to: &Path) -> Result<(), Error> {
    create_folder(to.parent().unwrap_or(Path::new(".")))?;
    step(Error::io("link", from))?;
    if std::fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    let mut begun = Begun::beside(to, Readers::All)?;
    copy(from, &mut begun, |_| {})?;
    begun.place()
}

/// Do two names in this folder mean one file when they differ in case only?
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn ignores_case(folder: &Path) -> Result<bool, Error> {
    #[cfg(test)]
    if let Some(ignores) = fault::ignores_case() {
        return Ok(ignores);
    }
    create_folder(folder)?;
    let probe = tempfile::Builder::new()
        .prefix(BEGUN)
        .rand_bytes(BEGUN_DRAWN)
        .tempfile_in(folder)
        .map_err(Error::io("write into", folder))?;
    let name = probe.path().file_name().and_then(|name| name.to_str());
    Ok(name.is_some_and(|name| folder.join(name.to_uppercase()).exists()))
}

/// # Errors
/// [`Error::Io`].
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    step(Error::io("move", from))?;
    std::fs::rename(from, to).map_err(Error::io("move", from))
}

/// # Errors
/// [`Error::Io`].
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    step(Error::io("remove", path))?;
    std::fs::remove_file(path).map_err(Error::io("remove", path))
}

/// # Errors
/// [`Error::Io`].
pub(crate) fn remove_if_there(path: &Path) -> Result<(), Error> {
    if path.exists() { remove(path) } else { Ok(()) }
}

/// Says when a file was last changed, if it is there.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn date(path: &Path, time: SystemTime) -> Result<(), Error> {
    let Ok(file) = std::fs::OpenOptions::new().append(true).open(path) else {
        return Ok(());
    };
    step(Error::io("date", path))?;
    file.set_modified(time).map_err(Error::io("date", path))
}

/// Comes before everything that changes the disk: where tests have it fail or end.
#[cfg_attr(
    not(test),
    expect(clippy::unnecessary_wraps, reason = "tests have it fail")
)]
fn step(failed: impl FnOnce(std::io::Error) -> Error) -> Result<(), Error> {
    #[cfg(test)]
    fault::step().map_err(failed)?;
    #[cfg(not(test))]
    let _nothing_to_report = failed;
    Ok(())
}
