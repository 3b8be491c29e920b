//! The world: hosts and lines, origins and trackers, visitors and what becomes of them, moved by one queue of events.
//!
//! Everything that decides is the real core: each visitor's worker is a `Swarm` and a `Meet`, each tracker a
//! `Rendezvous`, each head is signed and verified, each frame carries real bytes. The world is the shell around them:
//! it does what the machines ask for, takes the time that networks and browsers take, and watches.

mod dialling;
mod fate;
mod files;
mod held;
mod links;
mod needs;
mod network;
mod obey;
mod origin;
mod tracker;
mod visit;
mod worker;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use swarmfetch_content::{SortedMap, SortedSet};
use swarmfetch_swarm::{Input, LinkId, PeerId};

use crate::Error;
use crate::bodies::{Bodies, BodyId};
use crate::habit::Habit;
use crate::random::{chance, log_even, log_normal};
use crate::scenario::Scenario;
use crate::site::Url;
use crate::slab::Slab;
use crate::small;
use crate::tally::Tally;
use crate::time::{Micros, Queue};
use crate::watch::{Violation, Watch};

pub(crate) use dialling::{Dial, DialId, Nat};
pub(crate) use files::{Belief, Chain};
pub(crate) use links::{Connection, ConnectionId, Side};
pub(crate) use network::{Direction, Host, HostId, Parcel};
pub(crate) use origin::{AMPLE_MBIT, Fetch, FetchId, Origin, Said};
pub(crate) use tracker::{Socket, SocketId};
pub(crate) use worker::{Want, Worker};

/// A visitor, in the order of coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct VisitorId(pub(crate) u32);

/// A site of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SiteIndex(pub(crate) usize);

/// Which of two worlds that are alike in all else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arm {
    /// With the swarm.
    Swarm,
    /// The same people and the same network, and the origin alone.
    Origin,
}

/// Something that happens at its moment.
#[derive(Debug)]
pub(crate) enum Event {
    /// A line has let its next item through, if nothing changed since.
    Through(HostId, Direction, u32),
    /// What a line let through has come to the other end's line.
    Reaches(Box<Parcel>),
    /// A frozen page takes what came meanwhile.
    Thaws(VisitorId),
    /// What a frozen page held back goes on its way.
    Carries(VisitorId),
    /// A machine wanted to be woken.
    Wake(VisitorId, u32, Micros),
    /// A tracker wanted to be woken.
    TrackerWake(SiteIndex, Micros),
    /// The shell has done something that takes time; void if the worker was stopped meanwhile.
    Told(VisitorId, u32, Box<Input>),
    /// An HTTP request leaves.
    Asks(FetchId),
    /// The origin has thought about a request.
    Answers(FetchId),
    /// Nobody waits for this answer any longer.
    Unanswered(FetchId),
    /// A WebSocket is open, or cannot be opened.
    Opens(SocketId),
    /// The tracker notices that a socket is closed.
    Closes(SiteIndex, SocketId),
    /// A page has made its description of a connection, or found a way to be reached.
    Described(DialId, bool),
    /// A connection comes up.
    Connects(DialId, DialId),
    /// One end notices that the other is gone.
    Gone(ConnectionId, Side),
    /// Somebody comes.
    Comes(VisitorId),
    /// Somebody does the next thing, unless they have navigated since.
    Acts(VisitorId, u32, visit::Step),
    /// A stopped worker starts again.
    Starts(VisitorId, u32),
    /// Somebody's worker is stopped, page freezes, or link breaks.
    Befalls(VisitorId, fate::Fate),
    /// A site publishes: the n-th release of its scenario.
    Releases(SiteIndex, usize),
}

/// One visitor: a person, a browser, and its line. What every frame looks at comes first, and together.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Visitor {
    pub(crate) worker: Option<Box<Worker>>,
    /// Workers so far; 0: the page is not under a worker's control yet.
    pub(crate) life: u32,
    pub(crate) host: HostId,
    frozen_until: Micros,
    /// Open links, and connections being made, of its page.
    pub(crate) links: SortedMap<LinkId, (ConnectionId, Side)>,
    dials: SortedMap<LinkId, DialId>,
    pub(crate) here: bool,
    pub(crate) habit: Habit,
    pub(crate) may_upload: bool,
    pub(crate) nat: Nat,
    /// Frames that its frozen page has not sent.
    held_back: VecDeque<(LinkId, Vec<u8>)>,
    /// What came to it meanwhile.
    held_in: VecDeque<network::Load>,
    pub(crate) site: SiteIndex,
    vanishes: bool,
    /// Draws what this person does: the same in both arms.
    rng: fastrand::Rng,
    /// Draws what befalls it, and how it lies.
    pub(crate) chance: fastrand::Rng,
    leaves: Micros,
    /// The peer id, which outlives the worker.
    pub(crate) peer: PeerId,
    pub(crate) belief: Belief,
    chain: Option<Chain>,
    /// The page in its tab.
    page: visit::Page,
    needs: needs::Needs,
    pub(crate) store: Store,
    /// When the connection to the origin is up, once it was asked for.
    origin_ready: Option<Micros>,
    /// Its HTTP requests under way.
    fetches: SortedSet<FetchId>,
    /// When the worker took control, and whether a link was open since.
    controlled: Option<(Micros, bool)>,
    uploaded: u64,
}

/// What a visitor's browser keeps: Cache Storage, and before that the HTTP cache.
#[derive(Debug, Default)]
pub(crate) struct Store {
    order: VecDeque<BodyId>,
    pub(crate) held: BTreeSet<BodyId>,
}

/// What a page asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) visitor: VisitorId,
    pub(crate) url: Url,
    /// The page that asks; a document is asked for by the page that comes.
    pub(crate) page: u32,
    pub(crate) document: bool,
    /// Nobody asked yet: a document will need it.
    pub(crate) ahead: bool,
}

/// A world in one of its two arms.
pub(crate) struct World {
    pub(crate) now: Micros,
    queue: Queue<Event>,
    pub(crate) scenario: Scenario,
    arm: Arm,
    pub(crate) bodies: Bodies,
    origins: Vec<Origin>,
    hosts: Vec<Host>,
    pub(crate) visitors: Vec<Visitor>,
    connections: Slab<Connection>,
    dials: BTreeMap<DialId, Dial>,
    fetches: Slab<Fetch>,
    sockets: BTreeMap<SocketId, Socket>,
    /// What machines are to be told before anything else happens.
    inbox: VecDeque<(VisitorId, worker::Happening)>,
    draining: bool,
    /// Numbers given so far, of all kinds of things.
    numbers: u64,
    /// How many people hold a body and could give it.
    holders: BTreeMap<BodyId, u32>,
    here: usize,
    events: u64,
    /// Mixes everything that happens: equal for equal runs.
    digest: u64,
    /// The last things that happened, in words, where somebody wants to know.
    trace: Option<VecDeque<String>>,
    pub(crate) watch: Watch,
    pub(crate) tally: Tally,
}

/// Lines of a trace that are kept: the last half minute of a small world.
const TRACE_LINES: usize = 5_000;

/// Bytes a second of a line of so many Mbit/s.
fn bytes_per_s(mbit: f64) -> u64 {
    (mbit * 125_000.0) as u64
}

impl World {
    /// A world before anybody has come.
    ///
    /// # Errors
    /// [`Error::Publish`] if its sites cannot be published.
    pub(crate) fn new(scenario: &Scenario, seed: u64, arm: Arm) -> Result<Self, Error> {
        let mut world = World {
            now: Micros(0),
            queue: Queue::new(),
            scenario: scenario.clone(),
            arm,
            bodies: Bodies::default(),
            origins: Vec::new(),
            hosts: Vec::new(),
            visitors: Vec::with_capacity(scenario.visitors()),
            connections: Slab::new(),
            dials: BTreeMap::new(),
            fetches: Slab::new(),
            sockets: BTreeMap::new(),
            inbox: VecDeque::new(),
            draining: false,
            numbers: 0,
            holders: BTreeMap::new(),
            here: 0,
            events: 0,
            digest: seed,
            trace: None,
            watch: Watch::default(),
            tally: Tally::new(scenario.minutes),
        };
        let mut rng = fastrand::Rng::with_seed(seed);
        for spec in &scenario.site {
            world.add_site(spec, rng.u64(..))?;
        }
        Ok(world)
    }

    fn add_site(&mut self, spec: &crate::scenario::Site, seed: u64) -> Result<(), Error> {
        let index = SiteIndex(self.origins.len());
        let mut rng = fastrand::Rng::with_seed(seed);
        let host = self.add_host(
            bytes_per_s(spec.origin_mbit),
            bytes_per_s(spec.origin_mbit),
            spec.origin_latency_ms,
        );
        let origin = Origin::new(spec, host, rng.u64(..), &mut self.bodies)?;
        self.origins.push(origin);
        for (number, release) in spec.release.iter().enumerate() {
            let at = Micros::of_seconds(release.at_s);
            self.queue.push(at, Event::Releases(index, number));
        }
        let seconds = self.scenario.minutes * 60.0;
        let mut arrivals: Vec<f64> = (0..spec.visitors.count)
            .map(|_| {
                let rush = chance(&mut rng, spec.visitors.rush);
                rng.f64() * if rush { seconds / 10.0 } else { seconds }
            })
            .collect();
        arrivals.sort_by(f64::total_cmp);
        for at in arrivals {
            self.add_visitor(index, Micros::of_seconds(at), rng.u64(..));
        }
        Ok(())
    }

    fn add_host(&mut self, up: u64, down: u64, latency_ms: f64) -> HostId {
        let id = HostId(u32::try_from(self.hosts.len()).expect("scenarios are limited"));
        self.hosts
            .push(Host::new(up, down, Micros((latency_ms * 1000.0) as u64)));
        id
    }

    fn add_visitor(&mut self, site: SiteIndex, comes: Micros, seed: u64) {
        let mut rng = fastrand::Rng::with_seed(seed);
        let (network, people) = (self.scenario.network.clone(), self.scenario.people.clone());
        let habit = Habit::draw(&mut rng, &self.scenario.faults);
        let up = match habit {
            Habit::Drips => 2_000,
            _ => bytes_per_s(log_even(&mut rng, network.uplink_mbit)),
        };
        let down = bytes_per_s(log_even(&mut rng, network.downlink_mbit));
        let latency_ms = log_even(&mut rng, network.latency_ms);
        let host = self.add_host(up, down, latency_ms);
        let stay = log_normal(&mut rng, people.stay_s[0], people.stay_s[1]);
        let mut peer = [0; 20];
        rng.fill(&mut peer);
        let id = VisitorId(u32::try_from(self.visitors.len()).expect("scenarios are limited"));
        let root = self.origins[site.0].published.root;
        let visitor = Visitor {
            site,
            host,
            nat: Nat::draw(&mut rng, &network),
            habit,
            // Who is not honest has something to offer.
            may_upload: habit != Habit::Honest || !chance(&mut rng, people.not_seeding),
            vanishes: chance(&mut rng, people.vanish),
            chance: fastrand::Rng::with_seed(rng.u64(..)),
            rng,
            leaves: comes.after(Micros::of_seconds(stay)),
            here: false,
            peer: PeerId(peer),
            life: 0,
            worker: None,
            belief: Belief::new(root),
            chain: None,
            page: visit::Page::default(),
            needs: needs::Needs::default(),
            links: SortedMap::new(),
            dials: SortedMap::new(),
            frozen_until: Micros(0),
            held_back: VecDeque::new(),
            held_in: VecDeque::new(),
            store: Store::default(),
            origin_ready: None,
            fetches: SortedSet::new(),
            controlled: None,
            uploaded: 0,
        };
        self.visitors.push(visitor);
        self.queue.push(comes, Event::Comes(id));
    }

    /// Lets the world run until nothing is left to happen, or until something is wrong.
    pub(crate) fn run(&mut self) {
        while self.watch.found().is_none()
            && let Some((at, event)) = self.queue.pop()
        {
            debug_assert!(at >= self.now, "time runs backwards");
            self.now = at;
            self.events += 1;
            self.happen(event);
        }
        if self.watch.found().is_none() {
            self.check_end();
        }
    }

    /// What was found to be wrong.
    pub(crate) fn violation(&self) -> Option<&Violation> {
        self.watch.found()
    }

    /// A number that two runs share only if they were alike in everything.
    pub(crate) fn digest(&self) -> u64 {
        self.digest
    }

    pub(crate) fn events(&self) -> u64 {
        self.events
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Through(host, direction, reckoning) => self.through(host, direction, reckoning),
            Event::Reaches(parcel) => self.reaches(parcel),
            Event::Thaws(visitor) => self.thaws(visitor),
            Event::Carries(visitor) => self.carry_on(visitor),
            Event::Wake(visitor, life, at) => self.wake(visitor, life, at),
            Event::TrackerWake(site, at) => self.wake_tracker(site, at),
            Event::Told(visitor, life, input) => {
                if self.visitor(visitor).life == life {
                    self.tell(visitor, *input);
                }
            }
            Event::Asks(fetch) => self.send_request(fetch),
            Event::Answers(fetch) => self.answer(fetch),
            Event::Unanswered(fetch) => self.fetched(fetch, Said::Nothing),
            Event::Opens(socket) => self.socket_opens(socket),
            Event::Closes(site, socket) => self.socket_closes(site, socket),
            Event::Described(dial, candidates) => self.described(dial, candidates),
            Event::Connects(one, other) => self.connects(one, other),
            Event::Gone(connection, side) => self.gone(connection, side),
            Event::Comes(visitor) => self.comes(visitor),
            Event::Acts(visitor, page, step) => self.acts(visitor, page, step),
            Event::Starts(visitor, life) => self.worker_starts(visitor, life),
            Event::Befalls(visitor, fate) => self.befalls(visitor, fate),
            Event::Releases(site, number) => self.releases(site, number),
        }
    }

    pub(crate) fn visitor(&self, id: VisitorId) -> &Visitor {
        &self.visitors[id.0 as usize]
    }

    fn visitor_mut(&mut self, id: VisitorId) -> &mut Visitor {
        &mut self.visitors[id.0 as usize]
    }

    fn origin(&self, site: SiteIndex) -> &Origin {
        &self.origins[site.0]
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// From now on what happens is noted in words.
    pub(crate) fn keep_trace(&mut self) {
        self.trace = Some(VecDeque::new());
    }

    /// What happened last, a line each.
    pub(crate) fn into_trace(self) -> impl Iterator<Item = String> {
        self.trace.into_iter().flatten()
    }

    /// Notes something of a visitor in words, if anybody wants to know.
    pub(crate) fn note(&mut self, visitor: VisitorId, words: impl FnOnce() -> String) {
        let ms = self.now.0 as f64 / 1000.0;
        if let Some(trace) = &mut self.trace {
            if trace.len() >= TRACE_LINES {
                trace.pop_front();
            }
            trace.push_back(format!("{ms:10.3} visitor {}: {}", visitor.0, words()));
        }
    }

    /// Mixes a fact into the digest (the finaliser of SplitMix64).
    fn mix(&mut self, kind: u64, fact: u64) {
        let mut mixed = self.digest.rotate_left(5) ^ (self.now.0 << 20) ^ (kind << 56) ^ fact;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        self.digest = mixed ^ (mixed >> 31);
    }

    /// A round trip between a visitor and its origin, in microseconds.
    fn round_trip(&self, visitor: VisitorId) -> Micros {
        let (visitor, site) = (self.visitor(visitor), self.visitor(visitor).site);
        let one_way = self
            .host(visitor.host)
            .latency
            .after(self.host(self.origin(site).host).latency);
        Micros(2 * one_way.0)
    }

    fn host(&self, id: HostId) -> &Host {
        &self.hosts[id.0 as usize]
    }

    /// Who is at an end of a connection.
    pub(crate) fn whose_end(&self, id: ConnectionId, side: Side) -> Option<VisitorId> {
        self.end_of(id, side).map(|(visitor, _)| visitor)
    }

    /// Connections that a visitor's page is making.
    pub(crate) fn dials_of(&self, id: VisitorId) -> usize {
        self.visitor(id).dials.len()
    }

    /// Whether lines and origins have little to do: times mean something then.
    pub(crate) fn is_small(&self) -> bool {
        self.visitors.len() <= small::VISITORS_MAX
    }

    /// Whether an origin answered as it should from then on.
    pub(crate) fn origin_was_well(&self, site: SiteIndex, from: Micros) -> bool {
        self.origin(site).was_well(from, self.now)
    }

    /// Whether something is left that should have ended with the last visitor.
    pub(crate) fn is_anything_left(&self) -> bool {
        self.here > 0
            || !(self.connections.is_empty() && self.dials.is_empty() && self.fetches.is_empty())
            || !(self.sockets.is_empty() && self.holders.is_empty())
    }

    /// Whether others could have bodies from this visitor.
    fn gives(&self, id: VisitorId) -> bool {
        let visitor = self.visitor(id);
        visitor.here
            && visitor.life > 0
            && visitor.may_upload
            && visitor.nat != Nat::Blocked
            && visitor.habit == Habit::Honest
    }
}
