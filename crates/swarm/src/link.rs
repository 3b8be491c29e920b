//! The name of a link: a way to exchange frames with one peer.
//!
//! The core knows nothing else of a link: not WebRTC, not ports, not sockets.

/// One link of this peer, as the shells and the machines call it. A number is never given twice in one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u32);
