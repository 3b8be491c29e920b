//! The swarmfetch binary.
fn main() {}
