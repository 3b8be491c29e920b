//! What the machine is told once, when it is made.

use swarmfetch_wire::frame::PeerId;

use crate::limits;

/// What the machine is told once. Everything else comes as an [`Input`](crate::Input).
#[derive(Debug, Clone)]
pub struct Config {
    /// The site's id: links of another site are closed.
    pub site: [u8; 16],
    /// This peer's name for the session, drawn at random by the shell; the same bytes as for the tracker.
    pub peer: PeerId,
    /// Whether the shell can answer [`Output::Decompress`](crate::Output::Decompress). If not, peers are asked for
    /// uncompressed bytes.
    pub can_inflate: bool,
    /// How long a want stays open for peers after its origin failed, in milliseconds since the want.
    pub give_up_ms: u64,
    /// Longest object that is fetched from peers as a whole, in bytes: it is assembled in memory. Of longer ones parts are; all of them comes from
    /// the origin.
    pub object_bytes_max: u64,
}

impl Config {
    /// The defaults for a peer of a site.
    pub fn new(site: [u8; 16], peer: PeerId) -> Self {
        Config {
            site,
            peer,
            can_inflate: true,
            give_up_ms: limits::GIVE_UP_MS,
            object_bytes_max: limits::OBJECT_BYTES_MAX,
        }
    }
}
