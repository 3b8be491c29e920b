//! What the owner decides about a tracker.

use swarmfetch_rendezvous::Limits;

/// Where the tracker is on a site's origin.
pub const TRACKER_PATH: &str = "/.well-known/swarmfetch/tracker";

/// What the owner decides about a tracker. The default serves the origin that it is mounted on.
#[derive(Clone, Debug, Default)]
pub struct TrackerConfig {
    /// Origins served besides the own one, as `https://example.org`; `*` serves all.
    pub origins: Vec<String>,
    /// Whether the last entry of `X-Forwarded-For` is the client's address. Set it behind a reverse proxy, and only
    /// there: anyone may send that header.
    pub trust_forwarded: bool,
    /// Bounds on what clients may use.
    pub limits: Limits,
}
