//! Introductions: how a peer finds neighbours through a tracker and has a page dial them.
//!
//! Goals: few offers (none is made before the tracker has said how many others there are), a quick way back to the
//! last neighbours after a navigation, trackers of any make. Non-goals: opening connections (the page does), the
//! meaning of what a link carries (the transfer machine), sockets and clocks (the shell).
//!
//! The contract is that of the crate: one [`MeetInput`] to `handle`, then `poll` until `None`, then sleep until
//! `next_timeout`. The shell passes on what it is told and reports what happened:
//!
//! | output | the shell | reports |
//! |---|---|---|
//! | `Connect` | opens a WebSocket | `SocketOpened`, then `Heard`…, at last `SocketClosed` |
//! | `Open` | has the page make a connection in that role | `Local`, `LocalCandidate`…, `LinkOpened` or `LinkClosed` |
//! | `Remote`, `Candidate` | hands them to the page | |
//! | `CloseLink` | has the page close it | nothing more of that link |
//!
//! What a stranger sends never reaches the page as it came: a description is parsed into its few meaningful
//! parts ([`swarmfetch_wire::tracker::Description`]) and a fresh one is written from them.

mod dial;
mod limits;
mod machine;
mod peers;
mod spoken;
mod tracker;
mod types;

pub use machine::Meet;
pub use types::{
    Heard, Introduced, MeetConfig, MeetInput, MeetOutput, MeetReason, Offered, Role, Said, SdpKind,
};

#[cfg(test)]
mod tests;
