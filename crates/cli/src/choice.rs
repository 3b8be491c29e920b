//! Which folder and which configuration a command works with.

use std::path::{Path, PathBuf};

use swarmfetch_publish::Error;
use swarmfetch_publish::config::{Config, FILE_NAME};
use swarmfetch_publish::output::Output;

use crate::failure::Failure;

/// A configuration and the file it was read from.
pub(crate) struct Chosen {
    pub(crate) config: Config,
    pub(crate) file: PathBuf,
}

/// The configuration named, else the one in this folder. A folder named beside a named
/// configuration takes the place of the configuration's own; a configuration that merely lies in
/// this folder is not applied to another folder than its own.
pub(crate) fn choose(dir: Option<&Path>, file: Option<&Path>) -> Result<Option<Chosen>, Failure> {
    if let Some(file) = file {
        let mut config = Config::read(file)?;
        if let Some(dir) = dir {
            config.dir = dir.to_path_buf();
        }
        return Ok(Some(Chosen {
            config,
            file: file.to_path_buf(),
        }));
    }
    let file = PathBuf::from(FILE_NAME);
    if !file.exists() {
        return Ok(None);
    }
    let config = Config::read(&file)?;
    let is_its_own = |dir: &Path| {
        let canonical = |path: &Path| path.canonicalize().ok();
        canonical(dir).is_some() && canonical(dir) == canonical(&config.dir)
    };
    if dir.is_none_or(is_its_own) {
        return Ok(Some(Chosen { config, file }));
    }
    Ok(None)
}

/// The same; an error where there is none.
pub(crate) fn chosen(dir: Option<&Path>, file: Option<&Path>) -> Result<Chosen, Failure> {
    choose(dir, file)?.ok_or_else(|| {
        let here = if Path::new(FILE_NAME).exists() {
            "is about another folder"
        } else {
            "is not here"
        };
        Failure::new(
            format!("{FILE_NAME} {here}"),
            "run `swarmfetch init DIR` first, or name one with --config",
        )
    })
}

/// What a version is made of, and where it is written to.
#[derive(clap::Args)]
pub(crate) struct Target {
    /// The folder to publish [default: the configuration's]
    dir: Option<PathBuf>,
    /// The configuration [default: swarmfetch.toml in the current folder]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A complete deployable copy, to be written instead
    #[arg(long, value_name = "OUT")]
    pub(crate) out: Option<PathBuf>,
}

impl Target {
    pub(crate) fn chosen(&self) -> Result<Chosen, Failure> {
        chosen(self.dir.as_deref(), self.config.as_deref())
    }

    /// An output is a new or empty folder, or one that was an output before: nothing else is written into.
    pub(crate) fn check_output(&self) -> Result<(), Failure> {
        let Some(out) = &self.out else {
            return Ok(());
        };
        std::fs::create_dir_all(out).map_err(Error::io("create", out))?;
        let mut entries = std::fs::read_dir(out).map_err(Error::io("list", out))?;
        if entries.next().is_some() && !Output::new(out).head().exists() {
            return Err(Failure::new(
                format!("{} holds something else", out.display()),
                "name an empty folder, or one that swarmfetch has published into",
            ));
        }
        Ok(())
    }
}
