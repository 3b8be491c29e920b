//! How peers speak: frames, messages and limits; the WebTorrent tracker messages.
//!
//! Goals: one message, one file; what comes from outside gives a value or a typed error, never a panic, and costs no
//! more memory than it is long. Non-goals: whether a message was welcome, and what to do about it: `swarm` and
//! `rendezvous` decide. No sockets, no clocks, no signatures.
//!
//! * [`frame`]: what peers say to each other on a link. [`limits`]: what both ends count on.
//! * [`tracker`]: what peers and trackers say to each other.
//! * [`time`] and [`bucket`]: time as an argument, and allowances counted in it.

pub mod bucket;
pub mod frame;
pub mod limits;
pub mod time;
pub mod tracker;

pub use bucket::Bucket;
pub use frame::{Frame, FrameError};
pub use time::Millis;
