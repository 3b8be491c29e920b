//! How peers speak: frames, messages and limits; the WebTorrent tracker messages.

pub mod time;

pub use time::Millis;
