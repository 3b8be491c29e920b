//! How peers speak: frames, messages and limits; the WebTorrent tracker messages.

pub mod bucket;
pub mod frame;
pub mod limits;
pub mod time;
pub mod tracker;

pub use bucket::Bucket;
pub use frame::{Frame, FrameError};
pub use time::Millis;
