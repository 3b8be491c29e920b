//! Fuzz targets: one for everything that reads bytes of strangers.
//!
//! # Goals
//! * Whatever comes from outside, nothing panics, hangs or eats memory. And more than that: a target knows the truth, and
//!   fails when a signature, a hash or a machine lets anything else through.
//! * Two ways to run the same functions. `make test` replays the corpus in `corpus/<target>` and what comes of it by
//!   flipping and cutting ([`replay()`]), on the plain compiler. `make fuzz` looks for new inputs with libFuzzer, which sees
//!   what code an input reaches.
//!
//! # Non-goals
//! Speed: no time that passes here decides a test. `make fuzz` names units that take longer than a second and fails on
//! those that take longer than ten.
//!
//! # The corpus
//! `seed-*` are made by [`seeds()`] from the vectors in `tests/vectors`; `SWARMFETCH_BLESS=1` writes them anew. The others
//! are what fuzzing found, minimised. After a longer run, this keeps what reaches code that the corpus did not:
//! `make fuzz-keep`. An input that failed stands in `target/fuzz`; fix its cause, and keep it beside the others under a
//! name that says what it is.
//!
//! # A new target
//! A function from bytes to nothing that panics when something is wrong, a line in [`TARGETS`], a seed, its folder.

mod content;
mod frames;
mod manifest;
mod replay;
mod seeds;
mod tracker;
mod transfer;
mod tree;

pub use replay::{Failure, replay};
pub use seeds::{Seed, seeds};

/// A function that is fed with anything, and panics when what it tests does something wrong.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, and its corpus's.
    pub name: &'static str,
    /// Takes one input.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: [Target; 14] = [
    target("candidate", tracker::candidate),
    target("delta", content::delta),
    target("description", tracker::description),
    target("entry", manifest::entry),
    target("frame", frames::frame),
    target("head", manifest::head),
    target("keys", manifest::keys),
    target("outboard", content::outboard),
    target("policy", manifest::policy),
    target("record", manifest::record),
    target("slice", content::slice),
    target("tracker", tracker::messages),
    target("transfer", transfer::transfer),
    target("tree", tree::tree),
];

/// A target that is wrong on purpose, to show that wrong ones are found. No corpus leads to its bug, and chance does not
/// either: only a fuzzer that sees how far an input got.
pub const PLANTED: Target = target("planted", planted);

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

impl Target {
    /// The target of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Target> {
        let known = |target: &&Target| target.name == name;
        TARGETS.iter().chain([&PLANTED]).find(known)
    }
}

fn planted(input: &[u8]) {
    let reached = input.iter().zip(b"island").take_while(|(a, b)| a == b);
    assert!(reached.count() < 6, "the planted bug");
}
