//! How pages connect: descriptions, ways to be reached, and whether two visitors can reach each other at all.
//!
//! A description is real SDP; its user fragment names the dial, so that who is meant is known only from texts that
//! went through both machines and the tracker.

use swarmfetch_swarm::LinkId;
use swarmfetch_swarm::meet::{MeetInput, Role, SdpKind};

use super::{Event, VisitorId, World};
use crate::random::chance;
use crate::scenario::Network;
use crate::time::Micros;

/// A connection that a page is making.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DialId(pub(crate) u64);

/// How a visitor's address translation treats strangers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nat {
    /// One port for all destinations, or none at all: STUN finds it.
    Friendly,
    /// A port for each destination: who is to reach it must be reachable itself.
    Symmetric,
    /// Nothing gets through.
    Blocked,
}

impl Nat {
    pub(crate) fn draw(rng: &mut fastrand::Rng, network: &Network) -> Self {
        if chance(rng, network.unconnectable) {
            Nat::Blocked
        } else if chance(
            rng,
            network.symmetric / (1.0 - network.unconnectable).max(1e-9),
        ) {
            Nat::Symmetric
        } else {
            Nat::Friendly
        }
    }

    fn reaches(self, other: Nat) -> bool {
        let symmetric = [self, other] == [Nat::Symmetric; 2];
        !symmetric && self != Nat::Blocked && other != Nat::Blocked
    }
}

/// A connection that a page is making.
#[derive(Debug)]
pub(crate) struct Dial {
    visitor: VisitorId,
    link: LinkId,
    life: u32,
    kind: SdpKind,
    /// Whose description was set as the remote one.
    remote: Option<DialId>,
}

/// What a page takes to make a description, in milliseconds: smallest and largest.
const DESCRIBE_MS: [u64; 2] = [4, 20];

/// Round trips from both descriptions to an open channel: ICE's check, DTLS with its two flights and its cookie, SCTP's
/// four-way handshake.
const ROUND_TRIPS: u64 = 4;

impl World {
    /// A page begins to make a connection.
    pub(super) fn open(&mut self, visitor: VisitorId, link: LinkId, role: Role) {
        let id = DialId(self.number());
        let (kind, remote) = match role {
            Role::Offer => (SdpKind::Offer, None),
            Role::Answer { sdp } => (SdpKind::Answer, dial_of(&sdp)),
        };
        let life = self.visitor(visitor).life;
        self.visitor_mut(visitor).dials.insert(link, id);
        let dial = Dial {
            visitor,
            link,
            life,
            kind,
            remote,
        };
        self.dials.insert(id, dial);
        let ms = self
            .visitor_mut(visitor)
            .chance
            .u64(DESCRIBE_MS[0]..=DESCRIBE_MS[1]);
        self.queue
            .push(self.now.after_ms(ms), Event::Described(id, false));
    }

    /// A page has made its description, and later found the way in from outside.
    pub(super) fn described(&mut self, id: DialId, candidates: bool) {
        let Some(Dial {
            visitor,
            link,
            life,
            kind,
            ..
        }) = self.dials.get(&id)
        else {
            return;
        };
        let (visitor, link, kind) = (*visitor, *link, *kind);
        if self.visitor(visitor).life != *life {
            return;
        }
        if !candidates {
            let sdp = sdp(kind, id);
            self.meet(visitor, MeetInput::Local { link, kind, sdp });
            let candidate = Some(candidate(id, "host"));
            self.meet(visitor, MeetInput::LocalCandidate { link, candidate });
            let stun = self.round_trip(visitor);
            self.queue
                .push(self.now.after(stun), Event::Described(id, true));
            return;
        }
        let candidate = Some(candidate(id, "srflx"));
        self.meet(visitor, MeetInput::LocalCandidate { link, candidate });
        let candidate = None;
        self.meet(visitor, MeetInput::LocalCandidate { link, candidate });
    }

    /// A page is told the other end's answer.
    pub(super) fn remote(&mut self, visitor: VisitorId, link: LinkId, sdp: &str) {
        let Some(id) = self.visitor(visitor).dials.get(&link).copied() else {
            return;
        };
        let remote = dial_of(sdp);
        let Some(dial) = self.dials.get_mut(&id) else {
            return;
        };
        dial.remote = remote;
        let Some((answer, at)) = remote.and_then(|answer| Some((answer, self.dials.get(&answer)?)))
        else {
            return;
        };
        if at.remote != Some(id) {
            return;
        }
        let other = at.visitor;
        let (one, two) = (self.visitor(visitor), self.visitor(other));
        if !one.nat.reaches(two.nat) {
            return;
        }
        let one_way = self
            .host(one.host)
            .latency
            .after(self.host(two.host).latency);
        let takes = Micros(2 * one_way.0 * ROUND_TRIPS);
        self.queue.push(
            self.now.after(takes).after_ms(5),
            Event::Connects(id, answer),
        );
    }

    /// A connection comes up, if both pages still make it.
    pub(super) fn connects(&mut self, one: DialId, other: DialId) {
        let ends = [one, other].map(|id| {
            self.dials
                .get(&id)
                .map(|dial| (dial.visitor, dial.link, dial.life))
        });
        let [Some(one_end), Some(other_end)] = ends else {
            return;
        };
        for (id, (visitor, link, life)) in [(one, one_end), (other, other_end)] {
            // A page closes what a stopped worker was having made.
            if self.visitor(visitor).life != life
                || self.visitor(visitor).dials.get(&link) != Some(&id)
            {
                return;
            }
        }
        for (id, (visitor, link, _)) in [(one, one_end), (other, other_end)] {
            self.dials.remove(&id);
            self.visitor_mut(visitor).dials.remove(&link);
        }
        self.link([one_end, other_end].map(|(visitor, link, _)| (visitor, link)));
    }

    /// The machine has a page end a connection, or the making of one.
    pub(super) fn close_link(&mut self, visitor: VisitorId, link: LinkId) {
        if let Some(dial) = self.visitor_mut(visitor).dials.remove(&link) {
            self.dials.remove(&dial);
        }
        self.close_end(visitor, link, false);
        self.forget_link(visitor, link);
    }
}

/// A data channel's description; `id` is its user fragment.
fn sdp(kind: SdpKind, id: DialId) -> String {
    let setup = match kind {
        SdpKind::Offer => "actpass",
        SdpKind::Answer => "active",
    };
    let fingerprint = vec!["5A"; 32].join(":");
    format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
         m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:{:016x}\r\n\
         a=ice-pwd:{}\r\na=fingerprint:sha-256 {fingerprint}\r\na=setup:{setup}\r\na=mid:0\r\na=sctp-port:5000\r\n\
         a=max-message-size:262144\r\n",
        id.0,
        "p".repeat(24),
    )
}

/// Which dial a description is of.
fn dial_of(sdp: &str) -> Option<DialId> {
    let fragment = sdp
        .lines()
        .find_map(|line| line.strip_prefix("a=ice-ufrag:"))?;
    u64::from_str_radix(fragment.trim(), 16).ok().map(DialId)
}

fn candidate(id: DialId, kind: &str) -> String {
    let [.., a, b] = id.0.to_be_bytes();
    format!("candidate:1 1 udp 1 198.51.{a}.{b} 9 typ {kind}")
}
