//! How a version reaches those who have a page open: told to them by the tracker of `serve`, and written into its log.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use swarmfetch_manifest::SiteId;
use swarmfetch_tracker::Tracker;
use tokio::time::Instant;

/// How often it is looked, and not oftener said.
const LOOK: Duration = Duration::from_secs(1);

/// At which parts of all visitors it is said, in percent.
const SAID_AT: [u64; 3] = [50, 90, 100];

/// The newest version and who has it. Clones are the same.
#[derive(Clone)]
pub(crate) struct Adoption {
    tracker: Tracker,
    site: SiteId,
    newest: Arc<Mutex<Newest>>,
}

#[derive(Clone, Copy)]
struct Newest {
    version: u64,
    since: Instant,
    /// How many of [`SAID_AT`] have been said.
    said: usize,
}

impl Adoption {
    pub(crate) fn new(tracker: Tracker, site: SiteId) -> Self {
        let newest = Newest {
            version: 0,
            since: Instant::now(),
            // Of the first version nobody has another one.
            said: SAID_AT.len(),
        };
        Self {
            tracker,
            site,
            newest: Arc::new(Mutex::new(newest)),
        }
    }

    /// A version is there: visitors hear of it.
    pub(crate) fn published(&self, version: u64) {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let said = if newest.version == 0 { newest.said } else { 0 };
        *newest = Newest {
            version,
            since: Instant::now(),
            said,
        };
        drop(newest);
        self.tracker.publish(&self.site.0, version);
    }

    /// Says how far it has come, for as long as the server runs.
    pub(crate) async fn report(self) {
        loop {
            tokio::time::sleep(LOOK).await;
            if let Some(line) = self.look() {
                println!("{line}");
            }
        }
    }

    fn look(&self) -> Option<String> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let due = *SAID_AT.get(newest.said)?;
        let (on_it, all) = share(&self.tracker.versions(&self.site.0), newest.version);
        let percent = (on_it * 100).checked_div(all)?;
        if percent < due {
            return None;
        }
        newest.said = SAID_AT.iter().filter(|at| **at <= percent).count();
        Some(format!(
            "version {}: {on_it} of {all} visitors after {} s",
            newest.version,
            newest.since.elapsed().as_secs()
        ))
    }
}

/// How many visitors know that version, and how many there are.
pub(crate) fn share(versions: &std::collections::BTreeMap<u64, u64>, version: u64) -> (u64, u64) {
    let on_it = versions.get(&version).copied().unwrap_or(0);
    (on_it, versions.values().sum())
}
