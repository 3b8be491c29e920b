//! What the origin promises: which URLs may be shared, and what their bytes are.
//!
//! # Goals
//! - One small mutable signed file (the [`Head`]); everything else is content-addressed below it.
//! - Nothing is parsed before its signature or hash holds ([`HeadEnvelope::verify`],
//!   [`Keys::verify`], [`Record::parse`] behind [`ObjectRef::check`], [`TreeView::graft`]).
//! - One page of fifty million is proved by about a kilobyte: see [`tree`].
//!
//! # Non-goals
//! No I/O, no clock (time is an argument), no URL parsing (URLs come as the platform serialised
//! them), no transfer of content.
//!
//! # The chain
//! ```text
//! root key (in the worker script)
//!   └─ signs keys object ── names publishing keys and their threshold
//!        └─ sign head ── site, version, expiry, hash of the record
//!             └─ record ── hash of tree root, policy, keys
//!                  └─ tree ── URL key → entry (content hash, length, headers)
//! ```
//! Each format is written down in its module: [`head`], [`keys`], [`record`], [`policy`],
//! [`entry`], [`tree`]. Test vectors stand in `tests/vectors/manifest/` at the top of the
//! repository, one folder for each format, files named by their defect.
//!
//! Units: lengths in bytes, wall time in seconds since 1970 ([`WallSecs`]).

mod base64;
pub mod entry;
pub mod error;
pub mod head;
pub mod ids;
pub mod keys;
pub mod policy;
pub mod record;
pub mod rules;
pub mod signature;
pub mod tree;
pub mod trust;

pub use entry::{Entry, OwnHeader, Patch};
pub use error::Error;
pub use head::{Head, HeadEnvelope, sign_head};
pub use ids::{KeyPrefix, ObjectRef, SiteId, UrlKey, Version, WallSecs};
pub use keys::{KeyId, Keys, PublicKey, SigningKey, TrustedRoot};
pub use policy::{HeaderSet, HedgeMode, Policy};
pub use record::Record;
pub use rules::{Query, Rule, Rules};
pub use signature::Signatures;
pub use tree::{Lookup, ShareableUrl, TreeBuilder, TreeView};
pub use trust::Trust;

#[cfg(test)]
mod tests;
