//! What one client, one address and the whole tracker may use. Every number has its unit and reason.

/// Bounds of a tracker. The defaults suit one site on a small machine; `THREATS.md` T14 and T18 say why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Connections at once. Each costs about 12 KB of memory in the shell.
    pub connections: usize,
    /// Connections at once from one address: a school or a provider's address translation.
    pub connections_per_address: usize,
    /// New connections that one address may open at once, and milliseconds for one more.
    pub connects_per_address: (u64, u64),
    /// Messages (one per 4 KiB) that one connection may send at once, and milliseconds for one more. A foreign client
    /// announces each of its torrents when it comes.
    pub messages_per_connection: (u64, u64),
    /// The same for all connections of one address.
    pub messages_per_address: (u64, u64),
    /// Strangers that one connection may meet at once, and milliseconds for one more: at most 100 in 10 minutes (T14).
    pub strangers_per_connection: (u64, u64),
    /// The same for all connections of one address.
    pub strangers_per_address: (u64, u64),
    /// Offers to known peers that one connection may make at once, and milliseconds for one more. A reader who clicks
    /// dials all neighbours again on every page.
    pub directed_per_connection: (u64, u64),
    /// News of a version that one connection may have told to all of a room at once, and milliseconds for one more: what one says
    /// there goes to thousands.
    pub news_per_connection: (u64, u64),
    /// The same for a room, whoever says it: a publisher seldom has two in so short a time.
    pub news_per_room: (u64, u64),
    /// Rooms that one connection may be in.
    pub rooms_per_connection: usize,
    /// Rooms at once.
    pub rooms: usize,
    /// Introductions under way in one room. The oldest are not missed: each lives for `introduction_ms`.
    pub introductions_per_room: usize,
    /// Signals that each end of an introduction may send.
    pub signals_per_introduction: u8,
    /// What clients are told to announce at, in seconds. As `aquatic_ws`.
    pub interval_secs: u64,
    /// A peer that has not announced for this long is forgotten. As `aquatic_ws`: one and a half intervals.
    pub peer_ms: u64,
    /// An offer must be answered, and signals end, within this long. As `aquatic_ws`.
    pub introduction_ms: u64,
    /// A connection on which nothing came for this long is closed. As `aquatic_ws`.
    pub idle_ms: u64,
    /// A new connection must announce within this long.
    pub first_message_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 50_000,
            connections_per_address: 1_000,
            connects_per_address: (300, 50),
            messages_per_connection: (200, 50),
            messages_per_address: (2_000, 5),
            strangers_per_connection: (10, 6_667),
            strangers_per_address: (200, 300),
            directed_per_connection: (200, 250),
            news_per_connection: (2, 60_000),
            news_per_room: (2, 5_000),
            rooms_per_connection: 64,
            rooms: 50_000,
            introductions_per_room: 100_000,
            signals_per_introduction: 16,
            interval_secs: 120,
            peer_ms: 180_000,
            introduction_ms: 120_000,
            idle_ms: 180_000,
            first_message_ms: 30_000,
        }
    }
}
