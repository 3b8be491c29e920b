//! A world of a few peers: a network with latency and rate, an origin, stores, and a clock that only events move.
//!
//! A shell in miniature: it does what the crate's contract asks of a shell, and checks what the contract promises (a
//! want ends once, delivered bytes are the object, frames are within limits, a timeout is never due twice).

mod line;
mod obey;
mod wants;

use std::collections::{BTreeMap, BTreeSet};

use swarmfetch_content::{GROUP_BYTES, GroupRange, Hash, ObjectId};
use swarmfetch_swarm::limits::PIECE_GROUPS;
use swarmfetch_swarm::{CloseReason, Config, Input, LinkId, Millis, PeerId, Swarm, WantId};
use swarmfetch_wire::Frame;
use swarmfetch_wire::limits::FRAME_BYTES_MAX;

use crate::lies::Liar;

/// How long the shell takes for a read or a compression, in milliseconds.
const JOB_MS: u64 = 1;

/// Length of a segment, in bytes.
const SEGMENT_BYTES: u64 = PIECE_GROUPS * GROUP_BYTES as u64;

/// Index of a peer in its world.
pub(crate) type PeerIndex = usize;

/// What the origin does when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OriginMood {
    /// Gives the object, after so many milliseconds.
    Good(u64),
    /// Fails (network error, 5xx) after so many.
    Down(u64),
    /// Says something else (404) after so many.
    Other(u64),
    /// Gives the object over the one line of its origin, which all share who ask for something.
    Shared,
    /// Never answers.
    Hangs,
}

/// What happens to the frames of one direction of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// They arrive as they are.
    Honest,
    /// They stay in the sender: nothing arrives, nothing drains.
    Stalled,
    /// In data frames the bit at this position of the body is flipped.
    FlipsData(usize),
    /// In slice frames a bit of the proof is flipped.
    FlipsProof,
    /// Data frames are sent twice.
    Repeats,
    /// Requests are swallowed: the peer claims to have and never answers.
    SwallowsRequests,
    /// Interests are swallowed: the peer holds much and never tells what.
    SwallowsInterest,
}

/// How a want ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Peers,
    Origin,
    OriginsOwn,
    Failed,
}

/// One direction of a link.
#[derive(Debug, Clone, Copy)]
struct Way {
    to: PeerIndex,
    /// The link's name at the receiver.
    name: LinkId,
    habit: Habit,
    latency_ms: u64,
    bytes_per_ms: u64,
    free_at_us: u64,
}

/// One peer and its shell.
pub(crate) struct Peer {
    pub(crate) swarm: Swarm,
    pub(crate) store: BTreeMap<Hash, Vec<u8>>,
    /// Segments of what is not all in the store: kept of the parts that come.
    pub(crate) segments: BTreeSet<(ObjectId, u64)>,
    pub(crate) origin: OriginMood,
    pub(crate) ended: BTreeMap<WantId, (Millis, End)>,
    pub(crate) fetched: Vec<WantId>,
    pub(crate) closed: Vec<(LinkId, CloseReason)>,
    pub(crate) heads: Vec<u64>,
    /// What it says when it is asked of the tree, ...
    pub(crate) known: Vec<u8>,
    /// ... what it was asked, ...
    pub(crate) asked: Vec<(Hash, Vec<[u8; 8]>, bool)>,
    /// ... and what it was told.
    pub(crate) proved: Vec<(LinkId, Hash, Vec<u8>)>,
    pub(crate) can_inflate: bool,
    wants: BTreeMap<WantId, (ObjectId, Option<GroupRange>)>,
    origin_open: Vec<WantId>,
    ways: BTreeMap<LinkId, Way>,
    links: u32,
}

pub(crate) struct World {
    pub(crate) now: Millis,
    pub(crate) peers: Vec<Peer>,
    objects: BTreeMap<ObjectId, Vec<u8>>,
    due: BTreeMap<(Millis, u64), (PeerIndex, Input)>,
    events: u64,
    wants: u64,
    wanted: BTreeMap<WantId, Millis>,
    lives: u8,
    /// The line of an origin that is [`OriginMood::Shared`].
    pub(crate) line: line::Line,
    pub(crate) liars: BTreeMap<(PeerIndex, LinkId), Liar>,
    /// Frames of haves and interest by who sent them, as they were sent.
    pub(crate) told: Vec<(PeerIndex, Vec<u8>)>,
    /// Everything that happened, for comparing runs.
    pub(crate) trace: Vec<String>,
}

impl World {
    pub(crate) fn new() -> Self {
        World {
            now: Millis(1_000),
            peers: Vec::new(),
            objects: BTreeMap::new(),
            due: BTreeMap::new(),
            events: 0,
            wants: 0,
            wanted: BTreeMap::new(),
            lives: 0,
            line: line::Line::default(),
            liars: BTreeMap::new(),
            told: Vec::new(),
            trace: Vec::new(),
        }
    }

    /// A peer that may upload and whose origin answers after 50 ms.
    pub(crate) fn peer(&mut self) -> PeerIndex {
        let index = self.peers.len();
        let config = Config::new([7; 16], PeerId([index as u8; 20]));
        self.peer_of(config)
    }

    pub(crate) fn peer_of(&mut self, config: Config) -> PeerIndex {
        let index = self.peers.len();
        self.peers.push(Peer {
            can_inflate: config.can_inflate,
            swarm: Swarm::new(config, index as u64),
            store: BTreeMap::new(),
            segments: BTreeSet::new(),
            origin: OriginMood::Good(50),
            ended: BTreeMap::new(),
            fetched: Vec::new(),
            closed: Vec::new(),
            heads: Vec::new(),
            known: Vec::new(),
            asked: Vec::new(),
            proved: Vec::new(),
            wants: BTreeMap::new(),
            origin_open: Vec::new(),
            ways: BTreeMap::new(),
            links: 0,
        });
        self.tell(index, Input::Visitor { may_upload: true });
        self.tell(index, Input::Held(Vec::new()));
        index
    }

    /// Some bytes of this length that differ by `tag` and hardly compress.
    pub(crate) fn object(&mut self, len: usize, tag: u64) -> ObjectId {
        let mut rng = fastrand::Rng::with_seed(tag);
        self.object_of((0..len).map(|_| rng.u8(..)).collect())
    }

    /// A text of this length that compresses well.
    pub(crate) fn text(&mut self, len: usize, tag: u64) -> ObjectId {
        let words =
            format!("In the archipelago of swarm {tag} every island feeds its neighbours. ");
        self.object_of(words.bytes().cycle().take(len).collect())
    }

    fn object_of(&mut self, bytes: Vec<u8>) -> ObjectId {
        let object = ObjectId::of(&bytes);
        self.objects.insert(object, bytes);
        object
    }

    /// The peer has the object in its store.
    pub(crate) fn give(&mut self, peer: PeerIndex, object: ObjectId) {
        let bytes = self.objects[&object].clone();
        self.peers[peer].store.insert(object.hash, bytes);
        self.tell(peer, Input::Held(vec![object]));
    }

    /// The peer has this segment of the object in its store.
    pub(crate) fn give_segment(&mut self, peer: PeerIndex, object: ObjectId, segment: u64) {
        self.peers[peer].segments.insert((object, segment));
        self.tell(peer, Input::HeldSegment { object, segment });
    }

    /// Opens a link of 20 ms one way and 10 MB/s between two peers, and gives its names at both.
    pub(crate) fn link(&mut self, a: PeerIndex, b: PeerIndex) -> (LinkId, LinkId) {
        self.link_of(a, b, 20, 10_000)
    }

    pub(crate) fn link_of(
        &mut self,
        a: PeerIndex,
        b: PeerIndex,
        latency_ms: u64,
        bytes_per_ms: u64,
    ) -> (LinkId, LinkId) {
        let mut name = |peer: PeerIndex| {
            let peer = &mut self.peers[peer];
            peer.links += 1;
            LinkId(peer.links)
        };
        let (at_a, at_b) = (name(a), name(b));
        let way = |to, name| Way {
            to,
            name,
            habit: Habit::Honest,
            latency_ms,
            bytes_per_ms,
            free_at_us: 0,
        };
        self.peers[a].ways.insert(at_a, way(b, at_b));
        self.peers[b].ways.insert(at_b, way(a, at_a));
        for (peer, link) in [(a, at_a), (b, at_b)] {
            self.tell(
                peer,
                Input::LinkOpened {
                    link,
                    frame_bytes_max: FRAME_BYTES_MAX,
                    outlived: false,
                },
            );
        }
        (at_a, at_b)
    }

    /// The peer's machine and whatever its shell was doing are gone; the links and the store are not.
    pub(crate) fn restart(&mut self, index: PeerIndex) {
        self.lives += 1;
        let mut name = [0xee; 20];
        name[0] = self.lives;
        let peer = &mut self.peers[index];
        peer.swarm = Swarm::new(Config::new([7; 16], PeerId(name)), u64::from(self.lives));
        peer.origin_open.clear();
        let is_of_link =
            |input: &Input| matches!(input, Input::LinkFrame { .. } | Input::LinkWritable { .. });
        self.due
            .retain(|_, (peer, input)| *peer != index || is_of_link(input));
        let links: Vec<LinkId> = self.peers[index].ways.keys().copied().collect();
        self.tell(index, Input::Visitor { may_upload: true });
        for link in links {
            let frame_bytes_max = FRAME_BYTES_MAX;
            let opened = Input::LinkOpened {
                link,
                frame_bytes_max,
                outlived: true,
            };
            self.tell(index, opened);
        }
        let bytes = self.peers[index].store.values();
        let held = bytes.map(|bytes| ObjectId::of(bytes)).collect();
        self.tell(index, Input::Held(held));
    }

    /// Whatever is on its way to the peer meets with nobody.
    pub(crate) fn deafen(&mut self, index: PeerIndex) {
        self.due
            .retain(|_, (peer, input)| *peer != index || !matches!(input, Input::LinkFrame { .. }));
    }

    /// From now on the frames that `peer` sends on `link` meet with this.
    pub(crate) fn habit(&mut self, peer: PeerIndex, link: LinkId, habit: Habit) {
        self.peers[peer].ways.get_mut(&link).unwrap().habit = habit;
    }

    /// The same, unless the link is gone.
    pub(crate) fn habit_if_open(&mut self, peer: PeerIndex, link: LinkId, habit: Habit) {
        if let Some(way) = self.peers[peer].ways.get_mut(&link) {
            way.habit = habit;
        }
    }

    /// From now on `peer` lies on `link`, in ways that the seed chooses.
    pub(crate) fn lie(&mut self, peer: PeerIndex, link: LinkId, seed: u64) {
        self.liars.insert((peer, link), Liar::new(seed));
    }

    /// Both ends of a link notice that it is gone.
    pub(crate) fn cut(&mut self, peer: PeerIndex, link: LinkId) {
        if let Some(way) = self.peers[peer].ways.remove(&link) {
            self.peers[way.to].ways.remove(&way.name);
            self.tell(peer, Input::LinkClosed { link });
            self.tell(way.to, Input::LinkClosed { link: way.name });
        }
    }

    /// Puts bytes on a link as if the peer's machine had sent them.
    pub(crate) fn forge(&mut self, peer: PeerIndex, link: LinkId, frame: &Frame<'_>) {
        self.carry(peer, link, frame.encode());
    }

    /// Hands an input to a peer now, and does what comes of it.
    pub(crate) fn tell(&mut self, peer: PeerIndex, input: Input) {
        self.trace
            .push(format!("{:?} {peer} {}", self.now, in_short(&input)));
        if let Input::OriginVerified { want, .. } | Input::OriginOther { want, .. } = &input {
            self.peers[peer].origin_open.retain(|open| open != want);
        }
        self.peers[peer].swarm.handle(self.now, input).unwrap();
        while let Some(output) = self.peers[peer].swarm.poll() {
            self.obey(peer, output);
        }
    }

    /// Lets this much time pass.
    pub(crate) fn pass(&mut self, duration_ms: u64) {
        let end = self.now.after(duration_ms);
        while self.step(end) {}
        self.now = end;
    }

    /// The next event, if it is not after `end`.
    fn step(&mut self, end: Millis) -> bool {
        let timeout = self
            .peers
            .iter()
            .enumerate()
            .filter_map(|(index, peer)| Some((peer.swarm.next_timeout()?.0, index)))
            .min();
        let event = self.due.keys().next().copied();
        if let Some(at) = self.line.due()
            && timeout.is_none_or(|(timeout, _)| timeout > at)
            && event.is_none_or(|(event, _)| event > at)
        {
            return at <= end && self.line_gives(at);
        }
        let timeout_first = match (timeout, event) {
            (None, None) => return false,
            (Some(timeout), Some(event)) => timeout.0 < event.0,
            (timeout, _) => timeout.is_some(),
        };
        if timeout_first {
            let (at, peer) = timeout.unwrap();
            if at > end {
                return false;
            }
            self.now = self.now.max(at);
            self.tell(peer, Input::Timeout);
            if let Some((next, reason)) = self.peers[peer].swarm.next_timeout() {
                assert!(next > self.now, "{reason:?} is due twice at {:?}", self.now);
            }
            return true;
        }
        let key = event.unwrap();
        if key.0 > end {
            return false;
        }
        self.now = self.now.max(key.0);
        let (peer, input) = self.due.remove(&key).unwrap();
        if !self.is_stale(peer, &input) {
            self.tell(peer, input);
        }
        true
    }

    /// A frame of a link that is gone meanwhile, or an answer of an origin that was cancelled.
    fn is_stale(&self, peer: PeerIndex, input: &Input) -> bool {
        match input {
            Input::LinkFrame { link, .. } => !self.peers[peer].ways.contains_key(link),
            Input::OriginVerified { want, .. } | Input::OriginOther { want, .. } => {
                !self.peers[peer].origin_open.contains(want)
            }
            _ => false,
        }
    }

    fn later(&mut self, delay_ms: u64, peer: PeerIndex, input: Input) {
        self.at(self.now.after(delay_ms), peer, input);
    }

    fn at(&mut self, at: Millis, peer: PeerIndex, input: Input) {
        self.due.insert((at, self.events), (peer, input));
        self.events += 1;
    }

    /// The network: frames of one direction arrive in order, at its rate and after its latency.
    fn carry(&mut self, from: PeerIndex, link: LinkId, frame: Vec<u8>) {
        assert!(frame.len() <= FRAME_BYTES_MAX);
        if let Ok(Some(
            Frame::Have(_) | Frame::HaveNot(_) | Frame::Buckets(_) | Frame::Interest(_),
        )) = Frame::decode(&frame)
        {
            self.told.push((from, frame.clone()));
        }
        let frames = match self.liars.get_mut(&(from, link)) {
            Some(liar) => liar.instead_of(frame),
            None => vec![frame],
        };
        for frame in frames {
            self.carry_one(from, link, frame);
        }
    }

    fn carry_one(&mut self, from: PeerIndex, link: LinkId, mut frame: Vec<u8>) {
        let now_us = self.now.0 * 1000;
        let Some(way) = self.peers[from].ways.get_mut(&link) else {
            return;
        };
        let mut copies = 1;
        match (way.habit, Frame::decode(&frame)) {
            (Habit::Stalled, _) => return,
            (Habit::SwallowsRequests, Ok(Some(Frame::Request(_)))) => copies = 0,
            (Habit::SwallowsInterest, Ok(Some(Frame::Interest(_)))) => copies = 0,
            (Habit::FlipsData(at), Ok(Some(Frame::Data(data)))) => {
                let body = frame.len() - data.bytes.len();
                let at = body + at.min(frame.len() - body - 1);
                frame[at] ^= 1;
            }
            (Habit::FlipsProof, Ok(Some(Frame::Slice(slice)))) if !slice.proof.is_empty() => {
                let last = frame.len() - 1;
                frame[last] ^= 1;
            }
            (Habit::Repeats, Ok(Some(Frame::Data(_)))) => copies = 2,
            _ => {}
        }
        let bytes = frame.len() as u64;
        way.free_at_us = way.free_at_us.max(now_us) + bytes * 1000 / way.bytes_per_ms;
        let way = *way;
        let sent = Millis(way.free_at_us.div_ceil(1000));
        self.at(sent, from, Input::LinkWritable { link, bytes });
        for _ in 0..copies {
            let frame = frame.clone();
            let link = way.name;
            let arrival = sent.after(way.latency_ms);
            self.at(arrival, way.to, Input::LinkFrame { link, frame });
        }
    }
}

/// An input for the trace: bytes by their hash.
fn in_short(input: &Input) -> String {
    let hash = |bytes: &[u8]| Hash::of(bytes).to_string();
    match input {
        Input::LinkFrame { link, frame } => format!("frame {link:?} {}", hash(frame)),
        Input::StoreRead { ticket, found } => format!("read {ticket:?} {}", found.is_some()),
        Input::Compressed { ticket, bytes } => {
            format!("compressed {ticket:?} {:?}", bytes.as_deref().map(hash))
        }
        Input::Decompressed { ticket, .. } => format!("inflated {ticket:?}"),
        Input::Held(objects) => format!("held {}", objects.len()),
        other => format!("{other:?}"),
    }
}
