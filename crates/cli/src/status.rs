//! `swarmfetch status`: what a site has published, and how many of those who have a page open know it.

use std::collections::BTreeMap;

use swarmfetch_manifest::entry::http_date;
use swarmfetch_manifest::{Head, Policy};

use crate::adoption::share;
use crate::failure::Failure;
use crate::inspect::{Chain, Source};

/// Show the current version of a site, and how many of its visitors know it
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The site's address
    site_url: String,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
}

/// What one tracker said: for each version, how many visitors know it.
type Versions = BTreeMap<u64, u64>;

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (source, _) = Source::of(&arguments.site_url)?;
    if matches!(source, Source::Folder(_)) {
        return Err(Failure::new(
            format!("{} is no address", arguments.site_url),
            "write it with https:// or http:// in front; for a folder there is `swarmfetch inspect`",
        ));
    }
    let Chain { head, policy, .. } = Chain::verify(&source)?;
    let mut versions = Versions::new();
    let mut untold = Vec::new();
    for tracker in &policy.trackers {
        match ask(&source, tracker, &head) {
            Some(told) => told
                .into_iter()
                .for_each(|(version, visitors)| *versions.entry(version).or_default() += visitors),
            None => untold.push(tracker.as_str()),
        }
    }
    if arguments.json {
        let json = serde_json::json!({
            "version": head.version.0, "published": head.published.0, "expires": head.expires.0, "visitors": versions,
        });
        println!("{json:#}");
        return Ok(());
    }
    describe(&head, &policy, &versions);
    for tracker in untold {
        println!("tracker    {tracker} does not say who knows which version");
    }
    Ok(())
}

fn describe(head: &Head, policy: &Policy, versions: &Versions) {
    println!(
        "version    {}, published {}, expires {}",
        head.version.0,
        http_date(head.published),
        http_date(head.expires)
    );
    let (on_it, all) = share(versions, head.version.0);
    match (on_it * 100).checked_div(all) {
        Some(percent) => println!(
            "visitors   {all} with a page open, {on_it} of them on this version ({percent} %)"
        ),
        None => println!("visitors   none with a page open"),
    }
    for (version, visitors) in versions.iter().rev() {
        if *version != head.version.0 {
            println!("           {visitors} on {version}");
        }
    }
    println!(
        "freshness  {} s: who has a page open asks so often",
        policy.freshness_secs
    );
}

/// None of a tracker that is another's make, or out of reach.
fn ask(source: &Source, tracker: &str, head: &Head) -> Option<Versions> {
    let query = format!("?site={}", head.site);
    let bytes = if tracker.starts_with('/') {
        source.get(&format!("{tracker}{query}"), ANSWER_BYTES_MAX)
    } else {
        // ws: as http:, wss: as https:.
        source.get_elsewhere(
            &format!("http{}{query}", tracker.strip_prefix("ws")?),
            ANSWER_BYTES_MAX,
        )
    };
    serde_json::from_slice(&bytes.ok()??).ok()
}

/// The most that is read of an answer, in bytes: thousands of versions.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;
