//! The way to the trackers: which one, whether the socket is open, when to announce, when to try again.

use swarmfetch_wire::tracker::Announced;

use super::limits::{
    EXPECT_MS, INTERVAL_SECS, LOOK_MS, RECONNECT_SPREAD_MS, RETRY_MS, RETRY_MS_MAX, TRACKER_MS,
    TRACKERS_MAX,
};
use super::types::MeetReason;
use crate::Millis;

/// How things stand with the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Socket {
    Closed,
    /// Closed, and opened again at that moment.
    Waiting(Millis),
    /// Being opened, given up at that moment.
    Opening(Millis),
    Open,
}

/// The way to the trackers.
#[derive(Clone, Debug)]
pub(super) struct Tracker {
    urls: Vec<String>,
    current: usize,
    socket: Socket,
    /// Tries since a tracker last answered.
    failures: u32,
    /// The tracker's answer is due then.
    reply_due: Option<Millis>,
    /// Announce by then to stay known.
    announce_at: Option<Millis>,
    /// Announce then to find more links.
    look_at: Option<Millis>,
    /// Fruitless rounds of looking.
    rounds: u32,
    /// The next answer's counts are wanted for making offers.
    counting: bool,
    /// A tracker has answered on this socket; whether it understands our key.
    ours: Option<bool>,
    /// Others in the swarm, by the last count.
    others: u64,
}

impl Tracker {
    /// Not connected.
    pub(super) fn new(mut urls: Vec<String>) -> Self {
        urls.truncate(TRACKERS_MAX);
        Self {
            urls,
            current: 0,
            socket: Socket::Closed,
            failures: 0,
            reply_due: None,
            announce_at: None,
            look_at: None,
            rounds: 0,
            counting: false,
            ours: None,
            others: 0,
        }
    }

    /// The address to connect to now, if there is one and nothing speaks against it.
    pub(super) fn connect(&mut self, now: Millis) -> Option<String> {
        let idle = match self.socket {
            Socket::Closed => true,
            Socket::Waiting(at) => at <= now,
            Socket::Opening(_) | Socket::Open => false,
        };
        let url = self.urls.get(self.current).filter(|_| idle)?;
        self.socket = Socket::Opening(now.after(TRACKER_MS));
        Some(url.clone())
    }

    /// The socket opened; false when it was not awaited.
    pub(super) fn opened(&mut self) -> bool {
        let awaited = matches!(self.socket, Socket::Opening(_));
        if awaited {
            self.socket = Socket::Open;
        }
        awaited
    }

    /// The socket is gone, or is to be given up. Tries the next tracker soon where there is one, and then waits
    /// longer each time; `random` spreads those who lost the same tracker.
    pub(super) fn lost(&mut self, now: Millis, random: u64) {
        let tried_all = self.failures as usize + 1 >= self.urls.len();
        let wait_ms = if self.ours.is_some() {
            1 + random % RECONNECT_SPREAD_MS
        } else if tried_all {
            let longest = RETRY_MS
                .saturating_mul(1 << self.failures.min(10))
                .min(RETRY_MS_MAX);
            longest / 2 + random % longest
        } else {
            random % 1_000
        };
        if self.ours.is_none() {
            self.failures = self.failures.saturating_add(1);
            self.current = (self.current + 1) % self.urls.len().max(1);
        }
        self.close();
        self.socket = Socket::Waiting(now.after(wait_ms));
    }

    /// Forgets the socket without wanting another.
    pub(super) fn close(&mut self) {
        self.socket = Socket::Closed;
        (self.reply_due, self.announce_at, self.look_at, self.ours) = (None, None, None, None);
        self.counting = false;
    }

    /// An announce was sent. `counting`: its answer's counts are wanted for making offers.
    pub(super) fn announced(&mut self, now: Millis, counting: bool) {
        self.reply_due.get_or_insert(now.after(TRACKER_MS));
        // Set anew by the answer; without one the socket is given up.
        self.announce_at = None;
        self.counting |= counting;
        if counting {
            self.look_at = None;
        }
    }

    /// The tracker answered; whether its counts were wanted.
    pub(super) fn replied(&mut self, now: Millis, reply: &Announced) -> bool {
        let (shortest, longest) = INTERVAL_SECS;
        let interval_ms = reply.interval_secs.clamp(shortest, longest) * 1_000;
        self.announce_at = Some(now.after(interval_ms));
        self.others = reply
            .complete
            .saturating_add(reply.incomplete)
            .saturating_sub(1);
        self.ours = Some(reply.ours);
        self.failures = 0;
        self.reply_due = None;
        std::mem::take(&mut self.counting)
    }

    /// The tracker said that it will not; it is asked again after a while.
    pub(super) fn refused(&mut self, now: Millis) {
        self.reply_due = None;
        self.counting = false;
        self.announce_at = Some(now.after(INTERVAL_SECS.1 * 100));
    }

    /// Looks for more links after a pause that grows with each round.
    pub(super) fn look_later(&mut self, now: Millis) {
        self.look_within(now, LOOK_MS.saturating_mul(1 << self.rounds.min(8)));
    }

    /// Looks for more links in so many milliseconds, unless that is planned for earlier.
    pub(super) fn look_within(&mut self, now: Millis, wait_ms: u64) {
        let at = now.after(wait_ms);
        self.look_at = Some(self.look_at.map_or(at, |planned| planned.min(at)));
    }

    /// A round of offers was made.
    pub(super) fn looked(&mut self) {
        self.rounds = self.rounds.saturating_add(1);
    }

    /// Looking was worth it, or things are new: pauses are short again.
    pub(super) fn encouraged(&mut self) {
        self.rounds = 0;
    }

    /// No more links are wanted.
    pub(super) fn content(&mut self) {
        self.look_at = None;
    }

    /// The socket is open.
    pub(super) fn is_open(&self) -> bool {
        self.socket == Socket::Open
    }

    /// The socket is open or being opened.
    pub(super) fn is_up(&self) -> bool {
        matches!(self.socket, Socket::Open | Socket::Opening(_))
    }

    /// The tracker understands our key, as far as is known.
    pub(super) fn is_ours(&self) -> bool {
        self.ours == Some(true)
    }

    /// A first try, or a first count, is under way, and will be done by then if the tracker is near.
    pub(super) fn seeking_until(&self) -> Option<Millis> {
        let seeking = matches!(self.socket, Socket::Opening(_)) || self.counting;
        let silent = self.silent_at().filter(|_| self.failures == 0 && seeking)?;
        Some(Millis(silent.0.saturating_sub(TRACKER_MS - EXPECT_MS)))
    }

    /// Others in the swarm, by the last count.
    pub(super) fn others(&self) -> usize {
        usize::try_from(self.others).unwrap_or(usize::MAX)
    }

    /// When more links will be looked for, if others are known to be there.
    pub(super) fn looks_at(&self) -> Option<Millis> {
        self.look_at.filter(|_| self.is_open() && self.others() > 0)
    }

    /// The tracker let the time for its answer, or for opening the socket, pass.
    pub(super) fn is_silent(&self, now: Millis) -> bool {
        self.silent_at().is_some_and(|at| at <= now)
    }

    /// It is time to announce.
    pub(super) fn is_due(&self, now: Millis) -> bool {
        self.is_open() && self.due_at().is_some_and(|at| at <= now)
    }

    /// The next moment at which something must be done, and what. `host`: there is a page to reconnect for.
    pub(super) fn next_timeout(&self, host: bool) -> Option<(Millis, MeetReason)> {
        match self.socket {
            Socket::Waiting(at) if host => Some((at, MeetReason::Reconnect)),
            Socket::Closed | Socket::Waiting(_) => None,
            Socket::Opening(until) => Some((until, MeetReason::TrackerSilent)),
            Socket::Open => {
                let silent = self.reply_due.map(|at| (at, MeetReason::TrackerSilent));
                let due = self.due_at().map(|at| (at, MeetReason::Announce));
                earlier(silent, due)
            }
        }
    }

    fn silent_at(&self) -> Option<Millis> {
        match self.socket {
            Socket::Opening(until) => Some(until),
            Socket::Open => self.reply_due,
            _ => None,
        }
    }

    fn due_at(&self) -> Option<Millis> {
        earlier(self.announce_at, self.look_at)
    }
}

/// The smaller of the two that are there.
fn earlier<T: Ord + Copy>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        _ => one.or(other),
    }
}
