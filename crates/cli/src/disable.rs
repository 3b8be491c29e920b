//! `swarmfetch disable`: switch a site's swarm off.

use swarmfetch_publish::disabling::disable;
use swarmfetch_publish::publisher::now;
use swarmfetch_publish::release::Change;
use swarmfetch_publish::scripts::Scripts;

use crate::choice::Target;
use crate::failure::Failure;

/// Switch the swarm off: visitors' workers take themselves away and leave nothing behind
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Say what was done as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let config = arguments.target.chosen()?.config;
    arguments.target.check_output()?;
    let disabled = disable(
        &config,
        &Scripts::retired()?,
        arguments.target.out.as_deref(),
        now(),
    )?;
    if arguments.json {
        let json = serde_json::to_string_pretty(&disabled).expect("two numbers and a word");
        println!("{json}");
        return Ok(());
    }
    let said = match disabled.change {
        Change::Unchanged => "switched off, as it was",
        _ => "switched off",
    };
    println!(
        "version {}: {said}. Pages that are open see it within {}, others at their next visit; then their workers are gone.",
        disabled.version,
        humantime::format_duration(config.freshness)
    );
    println!(
        "Leave /swarmfetch.js, /swarmfetch-sw.js and /.well-known/swarmfetch/ where they are: a browser keeps a worker whose script is missing. `swarmfetch publish` switches the swarm on again."
    );
    Ok(())
}
