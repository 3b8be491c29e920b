//! The introductions machine against a tracker and a page played by hand.

use proptest::prelude::*;
use swarmfetch_wire::tracker::{
    Announced, Event, InfoHash, Introduction, OfferId, PeerId, Request, Response, Session,
    SessionKind, Signal, SignalKind,
};

use super::limits::*;
use super::*;
use crate::{LinkId, Millis};

mod history;
mod hope;
mod neighbours;
mod offers;
mod trackers;

const HASH: InfoHash = InfoHash([7; 20]);
const ME: PeerId = PeerId([5; 20]);
const LOWER: PeerId = PeerId([4; 20]);
const HIGHER: PeerId = PeerId([6; 20]);

/// What the tracker reads when this is said.
fn request(said: Said) -> Request {
    Request::parse(&said.to_text((HASH, ME))).expect("our own text")
}

/// What the machine hears when the tracker says this.
fn heard(response: &Response) -> MeetInput {
    MeetInput::Heard(Heard::parse(&response.to_text()).expect("our own text"))
}

/// One machine with its clock, and what it wants done.
struct World {
    meet: Meet,
    now: Millis,
}

impl World {
    fn new(links_wanted: usize) -> Self {
        let trackers = vec!["wss://a.example/".into()];
        Self::with(MeetConfig {
            trackers,
            info_hash: HASH.0,
            peer_id: ME.0,
            links_wanted,
            links_max: links_wanted + 2,
        })
    }

    fn with(config: MeetConfig) -> Self {
        Self {
            meet: Meet::new(config, 1),
            now: Millis(50_000),
        }
    }

    /// A machine in a swarm of so many others, with a page, its first count just made.
    fn joined(links_wanted: usize, others: u64, ours: bool) -> Self {
        let mut world = Self::new(links_wanted);
        world.give(MeetInput::HostReady);
        world.give(MeetInput::SocketOpened);
        world.drain();
        world.counted(others, ours);
        world
    }

    fn give(&mut self, input: MeetInput) {
        self.meet.handle(self.now, input);
    }

    fn wait(&mut self, ms: u64) {
        let until = self.now.after(ms);
        while let Some((at, _)) = self.meet.next_timeout().filter(|(at, _)| *at <= until) {
            self.now = self.now.max(at);
            self.give(MeetInput::Timeout);
            let next = self.meet.next_timeout();
            assert!(
                next.is_none_or(|(next, _)| next > self.now),
                "does not rest: {next:?} at {:?}",
                self.now
            );
        }
        self.now = until;
    }

    /// What is to be done, but for the news that a tracker is being asked.
    fn drain(&mut self) -> Vec<MeetOutput> {
        let outputs = std::iter::from_fn(|| self.meet.poll());
        let sought = |output: &MeetOutput| matches!(output, MeetOutput::Expecting { until, probably: Millis(0), .. } if *until > Millis(0));
        outputs.filter(|output| !sought(output)).collect()
    }

    /// What was said to the tracker since the last drain; all else is lost.
    fn said(&mut self) -> Vec<Request> {
        let text = |output| match output {
            MeetOutput::Say(said) => Some(request(said)),
            _ => None,
        };
        self.drain().into_iter().filter_map(text).collect()
    }

    /// The connections the page was asked for since the last drain; all else is lost.
    fn opened(&mut self) -> Vec<(LinkId, Role)> {
        let open = |output| match output {
            MeetOutput::Open { link, role } => Some((link, role)),
            _ => None,
        };
        self.drain().into_iter().filter_map(open).collect()
    }

    fn tell(&mut self, response: &Response) {
        self.give(heard(response));
    }

    fn counted(&mut self, others: u64, ours: bool) {
        let announced = Announced {
            info_hash: HASH,
            interval_secs: 120,
            complete: 0,
            incomplete: others + 1,
            ours,
        };
        self.tell(&Response::Announced(announced));
    }

    fn local(&mut self, link: LinkId, kind: SdpKind) {
        self.give(MeetInput::Local {
            link,
            kind,
            sdp: sdp(kind),
        });
    }

    fn introduction(
        &self,
        peer_id: PeerId,
        offer_id: OfferId,
        kind: SdpKind,
        directed: bool,
    ) -> Introduction {
        let half = if kind == SdpKind::Offer {
            SessionKind::Offer
        } else {
            SessionKind::Answer
        };
        let session = Session::new(half, &sdp(kind));
        Introduction {
            info_hash: HASH,
            peer_id,
            offer_id,
            session,
            ours: true,
            directed,
        }
    }

    /// Waits until the machine asks how many others there are.
    fn asked(&mut self) {
        let asks = |request: &Request| matches!(request, Request::Announce(announce) if announce.offers.is_empty());
        for _ in 0..60 {
            if self.said().iter().any(asks) {
                return;
            }
            self.wait(1_000);
        }
        panic!("not asked for a minute");
    }

    fn offer(&mut self, from: PeerId, directed: bool) {
        let offer = self.introduction(from, OfferId(from.0), SdpKind::Offer, directed);
        self.tell(&Response::Offer(offer));
    }

    /// Has the page describe these offers, and hands back their ids in the announce they go out with.
    fn send_offers(&mut self, links: &[LinkId]) -> Vec<OfferId> {
        for link in links {
            self.local(*link, SdpKind::Offer);
        }
        self.wait(SETTLE_MS);
        match &self.said()[..] {
            [Request::Announce(announce)] => {
                announce.offers.iter().map(|offer| offer.offer_id).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    /// One that has a link to this neighbour, on its second page.
    fn with_neighbour(peer: PeerId) -> Self {
        let mut world = Self::joined(1, 1, true);
        world.drain();
        world.give(MeetInput::HostGone);
        world.give(MeetInput::HostReady);
        world.drain();
        world.linked(peer);
        world
    }

    /// A link to `peer`, offered by this end and open.
    fn linked(&mut self, peer: PeerId) -> LinkId {
        self.counted(1, true);
        let link = self.opened()[0].0;
        let offer = self.send_offers(&[link])[0];
        let answer = self.introduction(peer, offer, SdpKind::Answer, false);
        self.tell(&Response::Answer(answer));
        self.give(MeetInput::LinkOpened { link, remote: None });
        self.drain();
        link
    }
}

fn sdp(kind: SdpKind) -> String {
    let setup = if kind == SdpKind::Offer {
        "actpass"
    } else {
        "active"
    };
    format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n\
         c=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=ice-pwd:{}\r\na=fingerprint:sha-256 {}AB\r\na=setup:{setup}\r\n\
         a=mid:0\r\na=sctp-port:5000\r\n",
        "p".repeat(24),
        "AB:".repeat(31),
    )
}

fn candidate(number: u32) -> Option<String> {
    Some(format!("candidate:{number} 1 udp 1 192.0.2.1 9 typ host"))
}
