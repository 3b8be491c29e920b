//! The real binary, as a user runs it. One test program for all commands: each links half of Rust.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(
    clippy::disallowed_methods,
    reason = "real servers are waited for by a real clock"
)]

mod disable;
mod init;
mod inspect;
mod publish;
mod rotate_key;
mod serve;
mod simulate;
mod status;
mod tracker;
mod workbench;
