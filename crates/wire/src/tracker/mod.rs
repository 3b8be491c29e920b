//! The WebTorrent tracker messages: JSON texts over a WebSocket by which strangers exchange WebRTC descriptions.
//!
//! Goals: the protocol of the reference client and server (npm `bittorrent-tracker`) verbatim, so that foreign
//! trackers serve our clients and our tracker serves foreign clients; and one extra key, `swarmfetch`, for what ours
//! add. Non-goals: rooms and pairing (the rendezvous machine), when to announce (the introductions machine).
//!
//! There is no written specification; the code of `bittorrent-tracker` 11 (`lib/server/parse-websocket.js`,
//! `lib/client/websocket-tracker.js`, `server.js`) is followed, and what `aquatic_ws` and `wt-tracker` make of it is
//! noted where it differs. In short:
//!
//! - Ids are JSON strings of 20 characters U+0000 to U+00FF, each standing for a byte.
//! - Everything but a scrape is an "announce": with offers for strangers ([`Announce`]), with an answer ([`Answer`]),
//!   or, between ours only, with candidates or a refusal ([`Signal`]).
//! - The tracker answers an announce with counts and an interval ([`Announced`]) and hands offers and answers on.
//!
//! The `swarmfetch` key holds an object with `protocol` (a number, 1) and in a [`Signal`] also `candidates` (an
//! array of candidate lines, `""` for "no more") or `refused` (true). In an announce it says that the client
//! understands the key; in a tracker's answer that the tracker does; with an offer or answer that its sender will
//! send the rest of its candidates later. An offer with `to_peer_id` is meant for that peer alone; the tracker hands
//! it on with `directed` (true) in the `swarmfetch` key. In an announce the key may hold `version`, the newest version of
//! the site that the sender knows; the tracker tells others who do not know it, in a message with `version` in the key and no
//! interval ([`News`]). Trackers that do not know these keys ignore them.
//!
//! JSON is read and written by hand: serde_json with derived types for these messages made a minimal module 23 KiB
//! larger (after wasm-opt and brotli), this reader and writer are 4 KiB of code, under 2 compressed.

mod candidate;
mod error;
mod id;
mod json;
mod marker;
mod request;
mod response;
mod sdp;
mod session;

pub use crate::frame::PeerId;
pub use candidate::Candidate;
pub use error::MessageError;
pub use id::{InfoHash, OfferId};
pub use marker::SignalKind;
pub use request::{Announce, Answer, Event, Offer, Request, Signal};
pub use response::{Announced, Failure, Introduction, News, Response, Scraped};
pub use sdp::{Description, Setup};
pub use session::{Session, SessionKind};

#[cfg(test)]
mod tests;

/// Number in the `swarmfetch` key: the meaning of its other members.
pub const PROTOCOL: u64 = 1;

/// Longest message to a tracker, in bytes: ten offers of a client with many network interfaces.
pub const REQUEST_BYTES_MAX: usize = 64 * 1024;

/// Longest message from a tracker, in bytes: one description and its envelope.
pub const RESPONSE_BYTES_MAX: usize = 16 * 1024;

/// Longest description with its JSON quoting, in bytes. A data-only description of a browser has 0.5 to 3 KiB.
pub const SESSION_BYTES_MAX: usize = 12 * 1024;

/// Offers that are read of one announce; the rest is skipped. The reference client makes 5, formerly 10.
pub const OFFERS_MAX: usize = 10;

/// Candidates of one description or [`Signal`]: a browser finds 2 to 6 UDP ones.
pub const CANDIDATES_MAX: usize = 8;

/// Swarms asked for in one scrape; the rest is skipped.
pub const SCRAPE_HASHES_MAX: usize = 64;
