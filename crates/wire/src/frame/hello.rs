//! The hello: the first frame of each side. Who speaks, of which site, and up to which version it knows it.
//!
//! A browser stops a worker at will, while the page keeps the link. Whoever begins anew on such a link says
//! [`HelloKind::Again`], and takes no notice of anything until the other answers just this hello: what comes before was
//! said to somebody who is gone. The other forgets what it asked and told, too, when it hears of it.

use core::fmt;

use swarmfetch_content::codec::{Decode, Encode, Reader};
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
    /// What it is said for.
    pub kind: HelloKind,
    /// [`HelloKind::Again`]: drawn by the sender, another each time it begins anew. [`HelloKind::Answer`]: that of the
    /// hello which it answers. Else 0.
    pub number: u32,
}

/// What a hello is said for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HelloKind {
    /// The link is new to its sender.
    First,
    /// It answers a hello that began anew. It is not answered itself.
    Answer,
    /// Its sender lost its memory, and asks for an answer.
    Again,
}

impl Decode<'_> for HelloKind {
    fn decode(from: &mut Reader<'_>) -> Self {
        match from.part::<u32>() {
            0 => HelloKind::First,
            1 => HelloKind::Answer,
            2 => HelloKind::Again,
            _ => from.fail(HelloKind::First),
        }
    }
}

impl Encode for HelloKind {
    fn encode(&self, to: &mut Vec<u8>) {
        (*self as u32).encode(to);
    }
}

decode_fields!(Hello {
    protocol,
    site,
    version,
    peer,
    kind,
    number
});
encode_fields!(Hello {
    protocol,
    site,
    version,
    peer,
    kind,
    number
});
