//! The hello: the first frame of each side. Who speaks, of which site, and up to which version it knows it.
//!
//! A hello on a link that had one says that its sender lost its memory (a browser stops a worker at will, while the page
//! keeps the link): both sides forget what they asked and told, and the other says hello too.

use core::fmt;

use swarmfetch_content::{decode_fields, encode_fields};

/// A peer's name for one session, drawn at random by its shell; the tracker knows it by the same bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub [u8; 20]);

decode_fields!(PeerId { 0 });
encode_fields!(PeerId { 0 });

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The first frame of each side. A later version may append fields; whoever reads it skips what it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hello {
    /// [`PROTOCOL`](crate::limits::PROTOCOL) of the sender. Peers of different versions part here.
    pub protocol: u16,
    /// The site's id, as the owner drew it.
    pub site: [u8; 16],
    /// The newest version that the sender has verified; 0 for none. A claim, good for deciding whether to gossip.
    pub version: u64,
    /// The sender.
    pub peer: PeerId,
    /// Whether it answers a hello that began anew. Such a one is not answered.
    pub is_answer: bool,
}

decode_fields!(Hello {
    protocol,
    site,
    version,
    peer,
    is_answer
});
encode_fields!(Hello {
    protocol,
    site,
    version,
    peer,
    is_answer
});
