//! The WebSocket tracker and the STUN responder around the rendezvous machine.
//!
//! Goals: a tracker that any static host can put beside its files, on the page's own origin; nothing a client sends
//! costs more than a little. Non-goals: TLS (a reverse proxy's), pairing and quotas (`swarmfetch-rendezvous`).
//!
//! [`Tracker`] is for mounting on a site's server, [`run`] for a server of its own, [`run_stun`] for the UDP port that
//! tells browsers their public address. Everything here awaits, converts, hands to the machine and drains it; the
//! only decisions are who may connect ([`origin`]) and when a socket is dead.
//!
//! Sizes on the wire (`THREATS.md` T18, T19): request head 8 KiB within 10 s, frames 16 KiB, messages 64 KiB.

mod config;
mod http;
mod hub;
pub mod origin;
mod socket;
mod stun;

pub use config::{TRACKER_PATH, TrackerConfig};
pub use http::{Tracker, run};
pub use stun::run_stun;
pub use swarmfetch_rendezvous::Limits;
