//! The numbers of the introductions machine, each with its unit and reason.

/// Descriptions of strangers in flight at once (`THREATS.md`, loads).
pub(super) const INTRODUCTIONS_MAX: usize = 4;

/// Connections being made at once, those to old neighbours included: as many offers as fit one announce.
pub(super) const DIALS_MAX: usize = 10;

/// Links that outlived the worker and are adopted at most.
pub(super) const LINKS_MAX: usize = 64;

/// First-time introductions that may come in a burst (T14: an address told to, or learnt by, a stranger).
pub(super) const STRANGERS_BURST: u64 = 10;

/// Milliseconds for one more first-time introduction: 10 a minute (T14).
pub(super) const STRANGER_MS: u64 = 6_000;

/// Peers remembered as met, so that meeting them again is free; and peers never to be met again.
pub(super) const PEERS_REMEMBERED: usize = 64;

/// Trackers tried in turn.
pub(super) const TRACKERS_MAX: usize = 4;

/// A socket must open within this many milliseconds, and a tracker answer an announce.
pub(super) const TRACKER_MS: u64 = 10_000;

/// After losing a socket that worked, the next try is spread over this many milliseconds: a tracker that restarts has
/// lost everyone at once (F12).
pub(super) const RECONNECT_SPREAD_MS: u64 = 30_000;

/// The wait after the first failed try in milliseconds; doubles with each.
pub(super) const RETRY_MS: u64 = 5_000;

/// The longest wait between tries in milliseconds.
pub(super) const RETRY_MS_MAX: u64 = 600_000;

/// Shortest and longest announce interval in seconds that a tracker is believed.
pub(super) const INTERVAL_SECS: (u64, u64) = (10, 600);

/// The first pause before looking for more links in milliseconds; doubles with each fruitless round.
pub(super) const LOOK_MS: u64 = 2_000;

/// A neighbour whose link closed is probably navigating and will dial again: it is not replaced for this long, in
/// milliseconds.
pub(super) const RETURN_MS: u64 = 4_000;

/// And it is dialled at once, in milliseconds after its link closed, so that the offer is there before its next page: what closes with this end's own page is known
/// as that by then.
pub(super) const REDIAL_MS: u64 = 30;

/// An offer that came between two pages is kept for so many milliseconds: its maker waits for the answer as long.
pub(super) const KEPT_MS: u64 = 8_000;

/// A link that lasted so long, in milliseconds, was worth having: its peer is dialled again.
pub(super) const LIVED_MS: u64 = 2_000;

/// Links that ended so many milliseconds before their page was known to be gone ended because of it.
pub(super) const GOING_MS: u64 = 5_000;

/// After this long without a page the swarm is left, in milliseconds: a navigation takes less.
pub(super) const HOSTLESS_MS: u64 = 15_000;

/// The page must make its description within this many milliseconds.
pub(super) const LOCAL_MS: u64 = 5_000;

/// An offer must be answered within this many milliseconds.
pub(super) const ANSWER_MS: u64 = 10_000;

/// An offer to an old neighbour is made once more after this many milliseconds without an answer, twice as long for
/// each time: its worker was stopped over it, and the next one knows nothing of it.
pub(super) const ANSWER_AGAIN_MS: u64 = 1_500;

/// How often an offer to an old neighbour is made at most.
pub(super) const DIRECTED_MAX: u8 = 3;

/// A connection must open this many milliseconds after both descriptions are known: ICE with a slow relay.
pub(super) const CONNECT_MS: u64 = 15_000;

/// A dial counts as about to succeed for this long, in milliseconds: most that open at all have by then.
pub(super) const EXPECT_MS: u64 = 3_000;

/// What the next page takes to say hello after the last one went, in milliseconds.
pub(super) const HELLO_MS_GUESS: u64 = 100;

/// A description waits this many milliseconds for its first candidates and for other offers to travel with; later
/// candidates wait as long for each other.
pub(super) const SETTLE_MS: u64 = 20;

/// Where candidates cannot follow, a description waits for all of them, at most this many milliseconds: STUN answers
/// within a few round trips or not at all.
pub(super) const GATHER_MS: u64 = 1_500;

/// Candidates taken for one connection, from either end.
pub(super) const CANDIDATES_MAX: usize = 16;

/// Connections that the page could not even begin, before it is taken as unable (F13: WebRTC blocked by policy or
/// extension).
pub(super) const UNABLE_MAX: u32 = 3;
