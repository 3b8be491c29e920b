//! The introductions machine itself: what each input does.

use std::collections::VecDeque;

use swarmfetch_content::SortedMap;
use swarmfetch_wire::Bucket;
use swarmfetch_wire::tracker::{Candidate, Event, InfoHash, PeerId, Signal};

use super::dial::{Dial, Stage};
use super::limits::{
    DIALS_MAX, DIRECTED_MAX, EXPECT_MS, GOING_MS, HELLO_MS_GUESS, HOSTLESS_MS, LINKS_MAX, LIVED_MS,
    PEERS_REMEMBERED, REDIAL_MS, RETURN_MS, STRANGER_MS, STRANGERS_BURST, UNABLE_MAX,
};
use super::peers::Peers;
use super::tracker::Tracker;
use super::types::{Introduced, MeetConfig, MeetInput, MeetOutput, MeetReason};
use crate::{LinkId, Millis};

mod exchange;

/// Finds neighbours through a tracker and has a page dial them. See the [module](super) for the contract.
#[derive(Clone, Debug)]
pub struct Meet {
    info_hash: InfoHash,
    me: PeerId,
    links_wanted: usize,
    links_max: usize,
    random: fastrand::Rng,
    outputs: VecDeque<MeetOutput>,
    tracker: Tracker,
    /// A page can dial.
    host: bool,
    /// Without a page since then.
    hostless_since: Option<Millis>,
    /// When the last page went.
    left: Option<Millis>,
    /// Offers of old neighbours that came between two pages.
    kept: Vec<Kept>,
    /// When neighbours whose links closed are dialled.
    redial: Option<Millis>,
    dials: SortedMap<LinkId, Dial>,
    links: SortedMap<LinkId, Link>,
    next_link: u32,
    /// Neighbours whose links ended, to be dialled again by name.
    lost: Peers,
    /// Links that ended lately: with the page, it may turn out.
    ended: Vec<(Millis, PeerId)>,
    /// Peers met before: meeting them again tells nobody anything new.
    met: Peers,
    avoided: Peers,
    strangers: Bucket,
    /// Connections that this page could not begin, before the first that any page could.
    unable: u32,
    /// A page has made a description in this session.
    able: bool,
    /// A dial failed with both descriptions known and none ever succeeded: no use waiting for the next.
    hopeless: bool,
    /// How long links take to open, smoothed, in milliseconds.
    link_ms: Option<u64>,
    /// What was said last: until when links may open, until when one probably will, and when.
    expecting: [Millis; 3],
}

/// An offer that waits for a page.
#[derive(Clone, Debug)]
struct Kept {
    until: Millis,
    offer: Introduced,
    /// Candidates that followed it, as in signals.
    candidates: Vec<Signal>,
}

/// An open link.
#[derive(Clone, Copy, Debug)]
struct Link {
    /// Who is at the other end, as far as is known.
    peer: Option<PeerId>,
    opened: Millis,
}

impl Meet {
    /// A machine that waits for a page. Equal configurations, seeds and inputs give equal outputs.
    #[must_use]
    pub fn new(config: MeetConfig, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        Self {
            info_hash: InfoHash(config.info_hash),
            me: PeerId(config.peer_id),
            links_wanted: config.links_wanted.min(LINKS_MAX),
            links_max: config
                .links_max
                .clamp(config.links_wanted.min(LINKS_MAX), LINKS_MAX),
            // A link that outlived the worker keeps its number; from a random start the numbers hardly meet.
            next_link: random.u32(1..1 << 30),
            random,
            outputs: VecDeque::new(),
            tracker: Tracker::new(config.trackers),
            host: false,
            hostless_since: None,
            left: None,
            kept: Vec::new(),
            redial: None,
            dials: SortedMap::new(),
            links: SortedMap::new(),
            lost: Peers::new(DIALS_MAX),
            ended: Vec::new(),
            met: Peers::new(PEERS_REMEMBERED),
            avoided: Peers::new(PEERS_REMEMBERED),
            strangers: Bucket::new(STRANGERS_BURST, STRANGER_MS),
            unable: 0,
            able: false,
            hopeless: false,
            link_ms: None,
            expecting: [Millis(0); 3],
        }
    }

    /// Takes what happened at `now`; then call [`Meet::poll`] until `None`.
    pub fn handle(&mut self, now: Millis, input: MeetInput) {
        match input {
            MeetInput::HostReady => self.host_ready(now),
            MeetInput::HostGone => self.host_gone(now),
            MeetInput::SocketOpened => {
                if self.tracker.opened() {
                    self.count(now, Event::Started);
                }
            }
            MeetInput::Heard(heard) => {
                if self.tracker.is_open() {
                    self.hear(now, heard);
                }
            }
            MeetInput::SocketClosed => self.socket_lost(now),
            MeetInput::Local { link, kind, sdp } => self.local(now, link, kind, &sdp),
            MeetInput::LocalCandidate { link, candidate } => {
                // A candidate that is not UDP is of no use to the other end.
                let line = candidate.filter(|line| !line.is_empty());
                let is_last = line.is_none();
                let candidate = line.and_then(|line| Candidate::parse(&line).ok());
                if let Some(dial) = self.dials.get_mut(&link)
                    && (is_last || candidate.is_some())
                {
                    dial.gather(now, candidate);
                }
            }
            MeetInput::LinkOpened { link, remote } => {
                self.link_opened(now, link, remote.map(PeerId))
            }
            MeetInput::LinkClosed { link } => self.link_closed(now, link),
            MeetInput::Avoid { link } => {
                let dialled = self.dials.get(&link).and_then(|dial| dial.peer);
                if let Some(peer) = self.peer_of(link).or(dialled) {
                    self.avoided.insert(peer);
                    self.met.remove(peer);
                    self.lost.remove(peer);
                }
            }
            MeetInput::Stop => self.stop(),
            MeetInput::Timeout => self.timeout(now),
        }
        self.send_ready(now);
        self.expect(now);
    }

    /// The next thing to do, until `None`.
    pub fn poll(&mut self) -> Option<MeetOutput> {
        self.outputs.pop_front()
    }

    /// When to hand in [`MeetInput::Timeout`], and why. Any input may change it.
    #[must_use]
    pub fn next_timeout(&self) -> Option<(Millis, MeetReason)> {
        // Without a page there is nothing to reconnect for.
        let mut next = self.tracker.next_timeout(self.host);
        let mut earlier = |at: Millis, reason| {
            if next.is_none_or(|next| (at, reason) < next) {
                next = Some((at, reason));
            }
        };
        if let Some(since) = self.hostless_since {
            earlier(since.after(HOSTLESS_MS), MeetReason::Hostless);
        }
        if let Some(at) = self.redial {
            earlier(at, MeetReason::Redial);
        }
        for dial in self.dials.values() {
            earlier(dial.deadline, MeetReason::DialExpired);
            if let Some(at) = dial.send_at().filter(|_| self.tracker.is_open()) {
                earlier(at, MeetReason::Flush);
            }
        }
        next
    }

    /// The swarm, and this peer's name in it.
    #[must_use]
    pub fn names(&self) -> (InfoHash, PeerId) {
        (self.info_hash, self.me)
    }

    /// Whether this machine is having this link made.
    #[must_use]
    pub fn is_dialling(&self, link: LinkId) -> bool {
        self.dials.contains_key(&link)
    }

    /// Whether a tracker is being asked for the first time: it is not known yet whether anyone is there.
    #[must_use]
    pub fn is_seeking(&self) -> bool {
        self.host && self.tracker.seeking_until().is_some()
    }

    /// Who is at the other end of an open link, as far as is known.
    #[must_use]
    pub fn remote(&self, link: LinkId) -> Option<[u8; 20]> {
        self.peer_of(link).map(|peer| peer.0)
    }

    fn host_ready(&mut self, now: Millis) {
        if self.host {
            return;
        }
        self.host = true;
        self.hostless_since = None;
        self.tracker.encouraged();
        if self.tracker.is_open() {
            self.answer_kept(now);
            self.dial_lost(now);
            self.count(now, Event::Update);
        } else {
            self.connect(now);
        }
    }

    fn host_gone(&mut self, now: Millis) {
        if !self.host {
            return;
        }
        self.host = false;
        self.redial = None;
        // A page that goes ends what it has not begun; the next one may be able.
        self.unable = 0;
        self.left = Some(now);
        self.hostless_since = self.tracker.is_up().then_some(now);
        // A page that goes closes its connections first, and those ends may have been reported before this.
        self.ended.retain(|(at, _)| now.since(*at) < GOING_MS);
        let mut gone = std::mem::take(&mut self.ended);
        gone.extend(
            self.dials
                .values()
                .filter_map(|dial| Some((now, dial.peer?))),
        );
        gone.extend(
            self.links
                .values()
                .filter_map(|link| Some((now, link.peer?))),
        );
        for (_, peer) in gone {
            if !self.avoided.contains(peer) {
                self.lost.insert(peer);
            }
        }
        self.refuse_unanswered();
        self.dials.clear();
        self.links.clear();
    }

    fn stop(&mut self) {
        for link in self.dials.keys().chain(self.links.keys()) {
            self.outputs
                .push_back(MeetOutput::CloseLink { link: *link });
        }
        self.dials.clear();
        self.links.clear();
        self.lost.clear();
        self.kept.clear();
        self.ended.clear();
        self.host = false;
        self.leave();
    }

    /// Says goodbye to the tracker.
    fn leave(&mut self) {
        self.hostless_since = None;
        if self.tracker.is_open() {
            self.announce(Event::Stopped, Vec::new());
        }
        if self.tracker.is_up() {
            self.outputs.push_back(MeetOutput::Disconnect);
        }
        self.tracker.close();
    }

    fn connect(&mut self, now: Millis) {
        if self.host
            && let Some(url) = self.tracker.connect(now)
        {
            self.outputs.push_back(MeetOutput::Connect { url });
        }
    }

    fn socket_lost(&mut self, now: Millis) {
        if !self.tracker.is_up() {
            return;
        }
        // What the tracker has not passed on by now it never will.
        let unfinished = |dial: &Dial| dial.stage != Stage::Connecting;
        self.close_dials(now, unfinished);
        if self.host {
            self.tracker.lost(now, self.random.u64(..));
        } else {
            self.tracker.close();
        }
    }

    fn timeout(&mut self, now: Millis) {
        if self.tracker.is_silent(now) {
            self.outputs.push_back(MeetOutput::Disconnect);
            self.socket_lost(now);
        }
        if self
            .hostless_since
            .is_some_and(|since| since.after(HOSTLESS_MS) <= now)
        {
            self.leave();
        }
        self.close_dials(now, |dial| dial.deadline <= now);
        if self.redial.take_if(|at| *at <= now).is_some() {
            self.dial_lost(now);
        }
        if self.tracker.is_due(now) {
            self.count(now, Event::Update);
        }
        self.connect(now);
    }

    fn link_opened(&mut self, now: Millis, link: LinkId, remote: Option<PeerId>) {
        let dial = self.dials.remove(&link);
        if dial.is_none() && self.links.len() >= LINKS_MAX {
            self.outputs.push_back(MeetOutput::CloseLink { link });
            return;
        }
        // The first is the one that is waited for.
        if let Some(dial) = dial.as_ref().filter(|_| self.links.is_empty()) {
            let took_ms = now.since(dial.began);
            let smoothed = self.link_ms.map_or(took_ms, |old| (3 * old + took_ms) / 4);
            self.link_ms = Some(smoothed);
        }
        // An adopted link's number must not be given again.
        self.next_link = self.next_link.max(link.0.saturating_add(1));
        // The tracker's word comes first: what a peer says of itself is only a claim.
        let peer = dial.and_then(|dial| dial.peer).or(self.peer_of(link));
        let peer = peer.or(remote);
        let opened = self.links.get(&link).map_or(now, |link| link.opened);
        self.links.insert(link, Link { peer, opened });
        if let Some(peer) = peer {
            self.met.insert(peer);
            self.lost.remove(peer);
        }
        self.able = true;
        self.hopeless = false;
        if self.links.len() >= self.links_wanted {
            self.tracker.content();
        }
    }

    fn link_closed(&mut self, now: Millis, link: LinkId) {
        if let Some(ended) = self.links.remove(&link) {
            let Link { peer, opened } = *ended;
            let peer = peer.filter(|peer| !self.avoided.contains(*peer));
            if let Some(peer) = peer {
                if self.ended.len() == DIALS_MAX {
                    self.ended.remove(0);
                }
                self.ended.push((now, peer));
            }
            // A link that ended at once (another protocol, say) would only do so again.
            if now.since(opened) >= LIVED_MS {
                if let Some(peer) = peer {
                    self.lost.insert(peer);
                    self.redial = Some(now.after(REDIAL_MS));
                }
                self.tracker.encouraged();
                self.tracker.look_within(now, RETURN_MS);
            } else {
                self.tracker.look_later(now);
            }
        } else if let Some(dial) = self.dials.remove(&link) {
            self.failed(now, &dial);
        }
    }

    /// Closes the dials that `over` names, because they failed.
    fn close_dials(&mut self, now: Millis, over: impl Fn(&Dial) -> bool) {
        while let Some(link) = find(&self.dials, &over) {
            if let Some(dial) = self.dials.remove(&link) {
                self.outputs.push_back(MeetOutput::CloseLink { link });
                let unanswered = dial.stage == Stage::Offered && dial.deadline <= now;
                if unanswered && (1..DIRECTED_MAX).contains(&dial.directed) {
                    self.offer(now, dial.peer, dial.directed + 1);
                } else {
                    self.failed(now, &dial);
                }
            }
        }
    }

    fn failed(&mut self, now: Millis, dial: &Dial) {
        match dial.stage {
            Stage::Asked if !self.able => self.unable += 1,
            Stage::Connecting if self.met.is_empty() => self.hopeless = true,
            _ => {}
        }
        self.tracker.look_later(now);
    }

    fn close(&mut self, link: LinkId) {
        self.dials.remove(&link);
        self.links.remove(&link);
        self.outputs.push_back(MeetOutput::CloseLink { link });
    }

    /// The link, or the dial, to a peer.
    fn links_to(&self, peer: PeerId) -> Option<LinkId> {
        let linked = find(&self.links, |link| link.peer == Some(peer));
        linked.or_else(|| find(&self.dials, |dial| dial.peer == Some(peer)))
    }

    fn peer_of(&self, link: LinkId) -> Option<PeerId> {
        self.links.get(&link).and_then(|link| link.peer)
    }

    fn is_unable(&self) -> bool {
        self.unable >= UNABLE_MAX
    }

    /// Says until when links may be expected, when that changed.
    fn expect(&mut self, now: Millis) {
        let mut until = self.tracker.seeking_until().filter(|_| self.host);
        // When something that will probably make a link begins or began.
        let mut begins: Option<(Millis, Millis)> = None;
        let mut hope = |at: Millis| {
            if at.after(EXPECT_MS) > now {
                let (first, last) = begins.unwrap_or((at, at));
                begins = Some((first.min(at), last.max(at)));
            }
        };
        for dial in self.dials.values() {
            until = until.max(Some(dial.deadline));
            hope(dial.began);
        }
        // Between two pages: the next one dials the neighbours of the last.
        if let Some(left) = self.left.filter(|_| !self.lost.is_empty()) {
            hope(left.after(HELLO_MS_GUESS));
        }
        // Nobody is linked, others are there: they will be dialled soon.
        if self.host
            && self.links.is_empty()
            && let Some(at) = self.tracker.looks_at()
            && now.after(EXPECT_MS) >= at
        {
            hope(at);
        }
        let hoped = begins.map(|(_, last)| last.after(EXPECT_MS));
        // Before one ever opened nobody can say, and who is behind the wrong NAT would only wait.
        let known = begins.zip(self.link_ms);
        let estimate = known.map(|((first, _), link_ms)| first.after(link_ms));
        let probably = hoped.filter(|_| known.is_some());
        let coming = |at: Option<Millis>| {
            at.filter(|at| *at > now && !self.hopeless)
                .unwrap_or(Millis(0))
        };
        let [until, probably] = [until.max(hoped), probably].map(coming);
        let estimate = estimate.filter(|_| probably > now).unwrap_or(Millis(0));
        let expecting = [until, probably, estimate];
        if expecting != self.expecting {
            let over = until == Millis(0) && self.expecting[0] <= now;
            self.expecting = expecting;
            if !over {
                self.outputs.push_back(MeetOutput::Expecting {
                    until,
                    probably,
                    estimate,
                });
            }
        }
    }
}

/// The first link whose thing is so.
fn find<T>(things: &SortedMap<LinkId, T>, is: impl Fn(&T) -> bool) -> Option<LinkId> {
    things
        .iter()
        .find(|(_, thing)| is(thing))
        .map(|(link, _)| *link)
}
