//! `swarmfetch publish`: label, hash, sign, write.

use swarmfetch_publish::config::Config;
use swarmfetch_publish::index::Index;
use swarmfetch_publish::publisher::{Publisher, now};
use swarmfetch_publish::renewal::renew;
use swarmfetch_publish::scripts::Scripts;

use crate::choice::Target;
use crate::failure::Failure;
use crate::report;

const DAY_SECS: u64 = 86_400;

/// Sign what may be shared of a folder and write it beside the content
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: Target,
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
    let chosen = arguments.target.chosen()?;
    if arguments.renew {
        return renewed(arguments, &chosen.config);
    }
    arguments.target.check_output()?;
    let mut elsewhere = vec![chosen.file.as_path()];
    elsewhere.extend(arguments.target.out.as_deref());
    let mut publisher = Publisher::open(chosen.config.clone(), &elsewhere, Scripts::embedded()?)?;
    if let Some(index) = Index::of(publisher.root()) {
        publisher.remember(index, arguments.rehash);
    }
    // In its own place a copy is no copy.
    let out = arguments
        .target
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
    let renewal = renew(config, arguments.target.out.as_deref(), now())?;
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
