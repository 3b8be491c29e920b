//! Publishing a site: walking, labelling, hashing, signing, writing; and serving it as a static host.
//!
//! # Goals
//! - What may be shared is exactly what the owner's rules name, and what is not has a reason.
//! - What `serve` sends and what `publish` signs are one function ([`headers`]), so that a response
//!   rebuilt from the signed headers equals a plain fetch.
//! - The same input and key give the same files; an unchanged site rewrites nothing.
//!
//! # Non-goals
//! No formats of its own: those are `manifest`'s and `content`'s. No policy of the swarm.
//!
//! # The way of a file
//! ```text
//! folder ──► labels ──► scan ───────► site ──────────► release ──────► output
//! walk       rules      hash, links   URLs, headers,   tree, policy,   files,
//!                                     needs, reasons   record, head    head last
//! ```
//! [`publisher`] goes it from beginning to end; [`host`] serves the folder beside it and goes it
//! again whenever the folder changes.
//!
//! Units: lengths in bytes, times in whole seconds since 1970.

#![expect(
    clippy::disallowed_methods,
    reason = "a shell: clocks are read here and handed down as arguments"
)]

pub mod address;
mod changes;
pub mod config;
pub mod copy;
pub mod delta;
pub mod disabling;
mod disk;
pub mod error;
pub mod folder;
pub mod headers;
pub mod host;
pub mod ice;
pub mod index;
pub mod key;
pub mod labels;
pub mod links;
mod needs;
pub mod output;
mod published;
pub mod publisher;
pub mod release;
pub mod renewal;
pub mod rotation;
pub mod scan;
pub mod scripts;
mod signer;
pub mod site;
mod tally;
mod touched;

pub use error::Error;
