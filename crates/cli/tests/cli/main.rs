//! The real binary, as a user runs it. One test program for all commands: each links half of Rust.

mod init;
mod inspect;
mod publish;
mod serve;
mod tracker;
mod workbench;
