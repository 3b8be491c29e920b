//! `swarmfetch init DIR`: a commented configuration and a key, in the current folder.

use std::io::Write;
use std::path::{Path, PathBuf};

use swarmfetch_manifest::SiteId;
use swarmfetch_publish::config::{FILE_NAME, KEY_FILE_NAME, template};
use swarmfetch_publish::{Error, key};

use crate::failure::Failure;

/// Write swarmfetch.toml and swarmfetch-key.pem into the current folder
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder to publish
    dir: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let here = Path::new(".")
        .canonicalize()
        .map_err(Error::io("find", "."))?;
    let served = arguments
        .dir
        .canonicalize()
        .map_err(Error::io("open", &arguments.dir))?;
    if !served.is_dir() {
        return Err(Failure::new(
            format!("{} is not a folder", arguments.dir.display()),
            "name the folder to publish",
        ));
    }
    if here.starts_with(&served) {
        return Err(Error::KeyInside { path: here }.into());
    }
    let Some(dir) = arguments.dir.to_str() else {
        return Err(Failure::new(
            "the folder's name is not UTF-8",
            "rename it, or link to it by another name",
        ));
    };
    let (config, key_file) = (PathBuf::from(FILE_NAME), PathBuf::from(KEY_FILE_NAME));
    for path in [&config, &key_file] {
        if path.exists() {
            return Err(Error::Exists { path: path.clone() }.into());
        }
    }
    let mut site = [0; 16];
    key::random(&mut site);
    key::create(&key_file)?;
    std::fs::File::create_new(&config)
        .and_then(|mut file| file.write_all(template(dir, SiteId(site)).as_bytes()))
        .map_err(Error::io("write", &config))?;
    println!(
        "{FILE_NAME} says what may be shared of {dir}; {KEY_FILE_NAME} signs it: keep it secret, and a copy of it safe."
    );
    println!(
        "Add <script async src=\"/swarmfetch.js\"></script> to the pages, then try `swarmfetch serve`."
    );
    Ok(())
}
