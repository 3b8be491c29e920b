//! The crate from outside: against `bao-tree`, a slow reference, random input, liars, and the written-down vectors.
//! One binary, because each would link the same things again.

mod lengths;
mod oracle;
mod properties;
mod reference;
mod tamper;
mod vectors;
