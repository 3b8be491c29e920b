//! What a peer does: wants, picking, hedging and seeding, as a sans-IO machine.

pub mod link;
pub mod meet;

pub use link::LinkId;
pub use swarmfetch_wire::Millis;
