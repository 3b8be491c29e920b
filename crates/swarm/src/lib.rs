//! What a peer does: wants, picking, hedging and seeding, as a sans-IO machine.
