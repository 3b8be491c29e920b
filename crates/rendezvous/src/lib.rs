//! Who meets whom: the tracker's rooms, pairing and limits, as a pure machine.
//!
//! Goals: serve any WebTorrent client as `bittorrent-tracker` does and ours a little better (candidates that follow
//! their description, offers for one peer); keep each client's share bounded whatever it sends; make no stranger
//! known to more than a few others a minute. Non-goals: sockets, TLS, origins (the tracker's shell), what is in a
//! description (never looked into), anything that outlives a connection.
//!
//! # The contract
//! [`Rendezvous::handle`] with one [`Input`], then [`Rendezvous::poll`] until `None`, then sleep until
//! [`Rendezvous::next_timeout`]. It reads no clock and draws no random numbers of its own: equal seeds and inputs
//! give equal outputs. After an [`Output::Close`] the connection is forgotten; a later `Closed` of it does nothing.
//!
//! ```
//! use std::net::{IpAddr, Ipv4Addr};
//! use swarmfetch_rendezvous::{ConnectionId, Input, Limits, Output, Rendezvous};
//! use swarmfetch_wire::Millis;
//!
//! let mut rendezvous = Rendezvous::new(Limits::default(), 7);
//! let connection = ConnectionId(1);
//! let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
//! rendezvous.handle(Millis(0), Input::Connected { connection, address });
//! let text = r#"{"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"bbbbbbbbbbbbbbbbbbbb"}"#;
//! rendezvous.handle(Millis(1), Input::Message { connection, text });
//! assert!(matches!(rendezvous.poll(), Some(Output::Send { text, .. }) if text.contains(r#""incomplete":1"#)));
//! ```
//!
//! # Units
//! Durations are milliseconds unless a name says otherwise.

mod address;
mod connection;
mod limits;
mod machine;
mod room;

pub use limits::Limits;
pub use machine::{CloseReason, ConnectionId, Input, Output, Rendezvous};
