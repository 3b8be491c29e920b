//! Machines wired back to back over an in-memory network with a virtual clock. What a user would notice is asserted:
//! who answered, when, and what it cost the origin. The world is in `world.rs`; the cases stand by theme.

#![allow(
    clippy::unwrap_used,
    reason = "the helpers are tests too: a panic is a failed test"
)]

mod busy;
mod expecting;
mod fetching;
mod frames;
mod hostile;
mod lies;
mod lying;
mod maps;
mod ordeal;
mod parts;
mod proving;
mod restarts;
mod savings;
mod seeding;
mod swarms;
mod waiting;
mod world;
