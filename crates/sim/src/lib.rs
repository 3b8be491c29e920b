//! Seeded worlds of visitors, networks, liars and dying workers around the real core.
//!
//! # Goals
//! * A second opinion on the core, in crowds and distances that a test machine does not have: the same `swarm`,
//!   `wire`, `manifest`, `content` and `rendezvous` that visitors run, none of it copied or replaced.
//! * Repeatable: a world is its scenario and its seed; two runs agree in everything ([`Outcome::digest`]).
//! * Sharp: what must hold is checked after every event, and a failure names the world that shows it.
//!
//! # Non-goals
//! Packets, congestion control, TLS, rendering. Lines share their rate evenly between all that flows through them, links
//! are reliable and in order, as data channels are. What browsers do is in `tests/browser` and `tests/lab`.
//!
//! # What is where
//! A [`Scenario`] says what a world is made of, [`simulate`] lets it run, with the swarm and without, and a
//! [`Report`] says what came of it. [`small`] worlds are drawn from a seed alone, with every fault there is:
//! they look for what is wrong with the core.
//!
//! ```
//! use swarmfetch_sim::{Scenario, simulate};
//!
//! let scenario = Scenario::parse("minutes = 2\n[[site]]\nvisitors = { count = 20 }")?;
//! let report = simulate(&scenario, 7)?;
//! assert_eq!(report.visitors, 20);
//! assert!(report.pages > 20);
//! # Ok::<(), swarmfetch_sim::Error>(())
//! ```
//!
//! # Units
//! Scenarios say theirs. Inside, times are microseconds, lengths bytes, rates bytes a second.

mod bodies;
pub mod error;
mod habit;
mod pipe;
mod random;
pub mod report;
pub mod run;
pub mod scenario;
mod site;
mod slab;
pub mod small;
mod tally;
mod time;
mod watch;
mod world;

pub use error::Error;
pub use report::Report;
pub use run::{Outcome, play, simulate, trace};
pub use scenario::Scenario;
pub use watch::Violation;
pub use world::Arm;
