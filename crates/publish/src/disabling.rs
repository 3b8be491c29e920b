//! Switching a site's swarm off: a version that shares nothing ([`Record::is_off`]), and scripts that take away what is left of it.
//!
//! Whoever has a page open sees the head within the freshness period, all others at their next visit, or get the worker script, which takes
//! itself away. Both must stay where they are: browsers keep a worker whose script is not there.

use std::path::Path;
use std::time::Duration;

#[cfg(doc)]
use swarmfetch_manifest::Record;
use swarmfetch_manifest::{Rules, WallSecs};

use crate::Error;
use crate::config::Config;
use crate::output::Output;
use crate::release::{Change, Contents, Release, YEAR_SECS};
use crate::scripts::{Scripts, SiteData};
use crate::signer::Signer;
use crate::site::Site;

/// A site whose swarm was switched off.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Disabled {
    /// The number of the version that says so.
    pub version: u64,
    /// What happened to the number.
    pub change: Change,
    /// Seconds since 1970 until which that is believed.
    pub expires: u64,
}

/// Writes it into the folder, or into the copy `out`; with `scripts`, the retired ones. The content is not touched.
///
/// # Errors
/// [`Error::Foreign`], [`Error::Key`], [`Error::Io`]. Then the version that was there stands untouched.
pub fn disable(
    config: &Config,
    scripts: &Scripts,
    out: Option<&Path>,
    now: WallSecs,
) -> Result<Disabled, Error> {
    let signer = Signer::read(config)?;
    let output = Output::new(out.unwrap_or(&config.dir));
    let root = signer.root();
    // Without an earlier version to be read here the number comes from the clock, as ever.
    let previous = output.previous(&root)?.ok();
    let scripts = scripts.retired_of_site(&SiteData {
        site: config.site,
        root: root.key,
        rules: &Rules::default(),
        start: config.start,
    })?;
    // Nobody is to renew it.
    let lasting = Config {
        expires: Duration::from_secs(YEAR_SECS),
        ..config.clone()
    };
    let contents = Contents::nothing(scripts, previous.as_ref());
    let chain = previous.as_ref().map(|previous| &previous.chain);
    let release = Release::sign(contents, &lasting, &signer, chain, now)?;
    let nothing = Site::default();
    output.write(
        &nothing,
        &release,
        previous.as_ref(),
        false,
        config.keep,
        now,
    )?;
    Ok(Disabled {
        version: release.version.0,
        change: release.change,
        expires: release.expires.0,
    })
}
