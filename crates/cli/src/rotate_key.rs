//! `swarmfetch rotate-key`: another publishing key.

use std::path::PathBuf;

use swarmfetch_publish::config::KEYS_FILE_NAME;
use swarmfetch_publish::publisher::now;
use swarmfetch_publish::rotation::{Rotation, rotate};

use crate::choice::chosen;
use crate::failure::Failure;

/// Draw another publishing key, and have the root key name it: the last one signs nothing more
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The configuration [default: swarmfetch.toml in the current folder]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The root key; at the first rotation, where it goes [default: swarmfetch-root.pem beside the publishing key]
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
    /// Say what was done as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let config = chosen(None, arguments.config.as_deref())?.config;
    let rotation = rotate(&config, arguments.root.as_deref(), now())?;
    if arguments.json {
        let json = serde_json::to_string_pretty(&rotation).expect("nothing in it is odd");
        println!("{json}");
        return Ok(());
    }
    let Rotation { number, root, .. } = &rotation;
    let (key, root) = (config.key.display(), root.display());
    println!("{key} is a new publishing key, named in list {number} ({KEYS_FILE_NAME}).");
    if rotation.parted {
        println!(
            "The key that was there is the site's root key: {root}. Publishing does without it; keep it, and a copy, where no server is."
        );
    }
    println!("Now publish: until then visitors believe the last key.");
    Ok(())
}
