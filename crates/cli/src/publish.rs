//! `swarmfetch publish`: label, hash, sign, write.

use std::path::{Path, PathBuf};

use swarmfetch_publish::Error;
use swarmfetch_publish::config::Config;
use swarmfetch_publish::index::Index;
use swarmfetch_publish::output::Output;
use swarmfetch_publish::publisher::{Publisher, now};
use swarmfetch_publish::renewal::renew;
use swarmfetch_publish::scripts::Scripts;

use crate::choice::chosen;
use crate::failure::Failure;
use crate::report;

const DAY_SECS: u64 = 86_400;

/// Sign what may be shared of a folder and write it beside the content
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder to publish [default: the configuration's]
    dir: Option<PathBuf>,
    /// The configuration [default: swarmfetch.toml in the current folder]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write a complete deployable copy here instead
    #[arg(long, value_name = "OUT")]
    out: Option<PathBuf>,
    /// Read all files again, also those whose length and times are as before
    #[arg(long)]
    rehash: bool,
    /// Only sign the version that stands there for another while, and read nothing of the content
    #[arg(long, conflicts_with = "rehash")]
    renew: bool,
    /// Say what was done as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let chosen = chosen(arguments.dir.as_deref(), arguments.config.as_deref())?;
    if arguments.renew {
        return renewed(arguments, &chosen.config);
    }
    if let Some(out) = &arguments.out {
        check_output(out)?;
    }
    let mut elsewhere = vec![chosen.file.as_path()];
    elsewhere.extend(arguments.out.as_deref());
    let mut publisher = Publisher::open(chosen.config.clone(), &elsewhere, Scripts::embedded()?)?;
    if let Some(index) = Index::of(publisher.root()) {
        publisher.remember(index, arguments.rehash);
    }
    // In its own place a copy is no copy.
    let out = arguments
        .out
        .as_deref()
        .filter(|out| out.canonicalize().ok().as_deref() != Some(publisher.root().path()));
    let summary = publisher.publish(out, now())?;
    if arguments.json {
        let json =
            serde_json::to_string_pretty(&summary).expect("a summary has no maps with odd keys");
        println!("{json}");
        return Ok(());
    }
    println!("{}", report::headline(&summary));
    for line in report::details(&summary) {
        println!("{line}");
    }
    Ok(())
}

fn renewed(arguments: &Arguments, config: &Config) -> Result<(), Failure> {
    let renewal = renew(config, arguments.out.as_deref(), now())?;
    if arguments.json {
        let json = serde_json::to_string_pretty(&renewal).expect("two numbers");
        println!("{json}");
    } else {
        let days = config.expires.as_secs() / DAY_SECS;
        println!(
            "version {}: signed again, for {days} days from now",
            renewal.version
        );
    }
    Ok(())
}

/// An output is a new or empty folder, or one that was an output before: nothing else is written into.
pub(crate) fn check_output(out: &Path) -> Result<(), Failure> {
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
