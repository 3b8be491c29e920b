//! The introductions machine against a tracker and a page played by hand.

use proptest::prelude::*;
use swarmfetch_wire::tracker::{
    Announced, Event, InfoHash, Introduction, OfferId, PeerId, Request, Response, Session,
    SessionKind, Signal, SignalKind,
};

use super::limits::*;
use super::*;
use crate::{LinkId, Millis};

const HASH: InfoHash = InfoHash([7; 20]);
const ME: PeerId = PeerId([5; 20]);
const LOWER: PeerId = PeerId([4; 20]);
const HIGHER: PeerId = PeerId([6; 20]);

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
        let sought = |output: &MeetOutput| matches!(output, MeetOutput::Expecting { until, dialling: false } if *until > Millis(0));
        outputs.filter(|output| !sought(output)).collect()
    }

    /// What was said to the tracker since the last drain; all else is lost.
    fn said(&mut self) -> Vec<Request> {
        let text = |output| match output {
            MeetOutput::SendText(text) => Some(Request::parse(&text).expect("our own text")),
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
        self.give(MeetInput::SocketText(response.to_text()));
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
    Some(format!(
        r#"{{"candidate":"candidate:{number} 1 udp 1 192.0.2.1 9 typ host","sdpMid":"0"}}"#
    ))
}

#[test]
fn nothing_is_offered_before_the_others_are_counted() {
    let mut world = World::new(6);
    world.give(MeetInput::HostReady);
    assert_eq!(
        world.drain(),
        [MeetOutput::Connect {
            url: "wss://a.example/".into()
        }]
    );
    assert!(world.meet.is_seeking());
    world.give(MeetInput::SocketOpened);
    let said = world.said();
    assert!(matches!(&said[..], [Request::Announce(first)]
        if first.event == Event::Started && first.offers.is_empty() && first.ours));
    world.counted(0, true);
    assert_eq!(world.opened(), []);
    assert!(!world.meet.is_seeking());
}

#[test]
fn exactly_the_offers_needed_are_made_and_travel_together() {
    for (others, made) in [(1, 1), (3, 3), (4, 4), (50, 4)] {
        let mut world = World::joined(6, others, true);
        let links: Vec<LinkId> = world.opened().into_iter().map(|(link, _)| link).collect();
        assert_eq!(links.len(), made, "of {others}");
        for (number, link) in links.iter().enumerate() {
            world.local(*link, SdpKind::Offer);
            world.give(MeetInput::LocalCandidate {
                link: *link,
                candidate: candidate(number as u32),
            });
        }
        world.wait(SETTLE_MS);
        let said = world.said();
        assert!(
            matches!(&said[..], [Request::Announce(announce)] if announce.offers.len() == made),
            "{said:?}"
        );
        let [Request::Announce(announce)] = &said[..] else {
            unreachable!()
        };
        assert!(
            announce.offers.iter().all(|offer| offer
                .session
                .sdp()
                .unwrap()
                .contains("a=candidate:"))
        );
        assert!(
            announce
                .offers
                .iter()
                .all(|offer| offer.to_peer_id.is_none())
        );
        // The answer to this announce makes no more.
        world.counted(others, true);
        assert_eq!(world.opened(), []);
    }
}

#[test]
fn candidates_follow_through_our_tracker_in_both_directions() {
    let mut world = World::joined(1, 1, true);
    let link = world.opened()[0].0;
    let offer = world.send_offers(&[link])[0];
    // Not yet answered: the tracker knows whom the offer went to.
    world.give(MeetInput::LocalCandidate {
        link,
        candidate: candidate(1),
    });
    world.give(MeetInput::LocalCandidate {
        link,
        candidate: candidate(2),
    });
    world.give(MeetInput::LocalCandidate {
        link,
        candidate: None,
    });
    world.wait(SETTLE_MS);
    let said = world.said();
    let [Request::Signal(signal)] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!((signal.offer_id, signal.to_peer_id), (offer, None));
    let SignalKind::Candidates(lines) = &signal.kind else {
        panic!("{signal:?}")
    };
    assert_eq!((lines.len(), lines[2].as_str()), (3, ""));

    let heard = |world: &mut World, lines: &[&str]| {
        let kind = SignalKind::Candidates(lines.iter().map(|line| (*line).to_owned()).collect());
        let signal = Signal {
            info_hash: HASH,
            peer_id: HIGHER,
            to_peer_id: None,
            offer_id: offer,
            kind,
        };
        world.tell(&Response::Signal(signal));
        world.drain()
    };
    let line = "candidate:1 1 udp 1 198.51.100.2 7 typ host";
    assert_eq!(heard(&mut world, &[line]), [], "nothing before the answer");
    let answer = world.introduction(HIGHER, offer, SdpKind::Answer, false);
    world.tell(&Response::Answer(answer));
    assert!(
        matches!(&world.drain()[..], [MeetOutput::Remote { sdp, .. }] if sdp.contains("a=setup:active"))
    );
    let given = heard(
        &mut world,
        &[line, "candidate:1 1 tcp 1 198.51.100.2 7 typ host", ""],
    );
    let json = r#"{"candidate":"candidate:1 1 udp 1 198.51.100.2 7 typ host","sdpMLineIndex":0}"#
        .to_owned();
    let expected = [Some(json), None].map(|candidate| MeetOutput::Candidate { link, candidate });
    assert_eq!(given, expected);
    let flood = (0..50)
        .map(|_| heard(&mut world, &[line]).len())
        .sum::<usize>();
    assert!(flood <= CANDIDATES_MAX, "{flood}");
}

#[test]
fn a_foreign_tracker_gets_whole_descriptions() {
    let mut world = World::joined(1, 1, false);
    let link = world.opened()[0].0;
    world.local(link, SdpKind::Offer);
    world.give(MeetInput::LocalCandidate {
        link,
        candidate: candidate(1),
    });
    world.wait(GATHER_MS - 1);
    assert_eq!(world.said(), [], "still gathering");
    world.give(MeetInput::LocalCandidate {
        link,
        candidate: None,
    });
    world.wait(SETTLE_MS);
    let said = world.said();
    let [Request::Announce(announce)] = &said[..] else {
        panic!("{said:?}")
    };
    let sdp = announce.offers[0].session.sdp().unwrap();
    assert!(
        sdp.contains("a=candidate:1 ") && sdp.contains("a=end-of-candidates"),
        "{sdp}"
    );
    world.give(MeetInput::LocalCandidate {
        link,
        candidate: candidate(2),
    });
    world.wait(SETTLE_MS);
    assert_eq!(world.said(), [], "nothing can follow");
    // And an answer too, even to an offer that claims otherwise.
    world.offer(HIGHER, true);
    let link = world.opened()[0].0;
    world.local(link, SdpKind::Answer);
    world.wait(GATHER_MS);
    assert!(matches!(&world.said()[..], [Request::Answer(answer)] if !answer.ours));
}

#[test]
fn an_offer_is_answered_and_what_the_page_gets_is_freshly_written() {
    let mut world = World::joined(2, 0, true);
    world.drain();
    world.offer(HIGHER, false);
    let opened = world.opened();
    let [(link, Role::Answer { sdp })] = &opened[..] else {
        panic!("{opened:?}")
    };
    assert!(
        sdp.contains("a=ice-ufrag:abcd\r\n") && sdp.starts_with("v=0\r\no=- 1 1 IN IP4"),
        "{sdp}"
    );
    world.local(*link, SdpKind::Answer);
    world.wait(SETTLE_MS);
    let said = world.said();
    assert!(
        matches!(&said[..], [Request::Answer(answer)]
        if answer.to_peer_id == HIGHER && answer.offer_id == OfferId(HIGHER.0) && answer.ours),
        "{said:?}"
    );
    world.give(MeetInput::LinkOpened {
        link: *link,
        remote: None,
    });
    assert_eq!(world.meet.remote(*link), Some(HIGHER.0));
}

#[test]
fn malformed_and_unwelcome_offers_never_reach_the_page() {
    let refused = |world: &mut World| {
        let said = world.said();
        assert!(
            matches!(&said[..], [Request::Signal(signal)] if signal.kind == SignalKind::Refused),
            "{said:?}"
        );
    };
    let mut world = World::joined(1, 0, true);
    world.drain();
    let mut bad = world.introduction(HIGHER, OfferId([1; 20]), SdpKind::Offer, false);
    for text in [
        "",
        "v=0",
        &sdp(SdpKind::Offer).replace("actpass", "active"),
        &"x".repeat(9_000),
    ] {
        bad.session = Session::new(SessionKind::Offer, text);
        world.tell(&Response::Offer(bad.clone()));
        refused(&mut world);
    }
    // Three links are the most here.
    for number in [10, 11, 12] {
        world.offer(PeerId([number; 20]), false);
        let link = world.opened()[0].0;
        world.give(MeetInput::LinkOpened { link, remote: None });
    }
    world.offer(HIGHER, false);
    refused(&mut world);
    world.offer(PeerId([10; 20]), false);
    refused(&mut world);
    world.give(MeetInput::HostGone);
    world.offer(HIGHER, true);
    refused(&mut world);
    // Oneself and other swarms are not even refused.
    world.offer(ME, false);
    let mut other = world.introduction(HIGHER, OfferId([1; 20]), SdpKind::Offer, false);
    other.info_hash = InfoHash([8; 20]);
    world.tell(&Response::Offer(other));
    assert_eq!(world.said(), []);
}

#[test]
fn the_last_neighbours_are_dialled_again_by_name_at_once() {
    let mut world = World::joined(1, 1, true);
    world.drain();
    world.give(MeetInput::HostGone);
    world.give(MeetInput::HostReady);
    world.drain();
    world.linked(HIGHER);

    world.give(MeetInput::HostGone);
    world.wait(700);
    world.drain();
    world.give(MeetInput::HostReady);
    let output = world.drain();
    let [
        MeetOutput::Open {
            link,
            role: Role::Offer,
        },
        MeetOutput::SendText(_),
        MeetOutput::Expecting { until, .. },
    ] = &output[..]
    else {
        panic!("{output:?}")
    };
    assert!(*until > world.now);
    world.local(*link, SdpKind::Offer);
    world.wait(SETTLE_MS);
    let said = world.said();
    assert!(
        matches!(&said[..], [Request::Announce(announce)]
        if announce.offers.len() == 1 && announce.offers[0].to_peer_id == Some(HIGHER)),
        "{said:?}"
    );
    // The neighbour is gone: it is forgotten, and strangers are sought.
    world.counted(1, true);
    let [Request::Announce(announce)] = &said[..] else {
        unreachable!()
    };
    let (offer_id, kind) = (announce.offers[0].offer_id, SignalKind::Refused);
    world.tell(&Response::Signal(Signal {
        info_hash: HASH,
        peer_id: HIGHER,
        to_peer_id: None,
        offer_id,
        kind,
    }));
    assert!(
        world
            .drain()
            .contains(&MeetOutput::CloseLink { link: *link })
    );
    world.wait(LOOK_MS * 2);
    assert!(
        matches!(&world.said()[..], [Request::Announce(announce)] if announce.offers.is_empty())
    );
    world.counted(1, true);
    assert_eq!(world.opened().len(), 1);
}

#[test]
fn a_page_that_closes_its_links_before_it_goes_loses_no_neighbour() {
    let mut world = World::joined(1, 1, true);
    world.give(MeetInput::HostGone);
    world.give(MeetInput::HostReady);
    world.drain();
    let link = world.linked(HIGHER);
    world.give(MeetInput::LinkClosed { link });
    world.wait(900);
    world.give(MeetInput::HostGone);
    world.give(MeetInput::HostReady);
    let link = world.opened()[0].0;
    world.local(link, SdpKind::Offer);
    world.wait(SETTLE_MS);
    let said = world.said();
    assert!(
        matches!(&said[..], [Request::Announce(announce)] if announce.offers[0].to_peer_id == Some(HIGHER)),
        "{said:?}"
    );
}

#[test]
fn a_neighbour_that_does_not_return_is_dialled_by_name_unless_its_link_was_short() {
    for (lived, directed) in [(LIVED_MS, true), (LIVED_MS - 1, false)] {
        let mut world = World::joined(1, 1, true);
        world.give(MeetInput::HostGone);
        world.give(MeetInput::HostReady);
        world.drain();
        let link = world.linked(HIGHER);
        world.wait(lived);
        world.give(MeetInput::LinkClosed { link });
        world.wait(RETURN_MS - 1);
        assert_eq!(world.said(), [], "it may be navigating");
        world.asked();
        world.counted(1, true);
        let link = world.opened()[0].0;
        world.local(link, SdpKind::Offer);
        world.wait(SETTLE_MS);
        let said = world.said();
        let [Request::Announce(announce)] = &said[..] else {
            panic!("{said:?}")
        };
        assert_eq!(announce.offers[0].to_peer_id.is_some(), directed);
    }
}

#[test]
fn a_returning_neighbour_replaces_its_dead_link() {
    let mut world = World::joined(2, 0, true);
    world.offer(HIGHER, false);
    let old = world.opened()[0].0;
    world.give(MeetInput::LinkOpened {
        link: old,
        remote: None,
    });
    world.offer(HIGHER, true);
    let output = world.drain();
    assert!(
        output.contains(&MeetOutput::CloseLink { link: old }),
        "{output:?}"
    );
    assert!(output.iter().any(|one| matches!(
        one,
        MeetOutput::Open {
            role: Role::Answer { .. },
            ..
        }
    )));
}

#[test]
fn offers_that_cross_leave_the_one_of_the_smaller_id() {
    for (peer, mine_stands) in [(HIGHER, true), (LOWER, false)] {
        // Both made an offer to anyone, each got the other's and answered; now the answer to the own one comes.
        let mut world = World::joined(2, 1, true);
        let mine = world.opened()[0].0;
        let offer = world.send_offers(&[mine])[0];
        world.offer(peer, false);
        let theirs = world.opened()[0].0;
        let answer = world.introduction(peer, offer, SdpKind::Answer, false);
        world.tell(&Response::Answer(answer));
        let output = world.drain();
        let closed = if mine_stands { theirs } else { mine };
        assert!(
            output.contains(&MeetOutput::CloseLink { link: closed }),
            "{output:?}"
        );
        let remote = output
            .iter()
            .any(|one| matches!(one, MeetOutput::Remote { .. }));
        assert_eq!(remote, mine_stands);

        // Both dial each other again at the same time.
        let mut world = World::joined(1, 1, true);
        world.give(MeetInput::HostGone);
        world.give(MeetInput::HostReady);
        world.drain();
        let link = world.linked(peer);
        world.give(MeetInput::HostGone);
        world.give(MeetInput::HostReady);
        let mine = world.opened()[0].0;
        assert_ne!(mine, link);
        world.offer(peer, true);
        let output = world.drain();
        assert_eq!(
            output.contains(&MeetOutput::CloseLink { link: mine }),
            !mine_stands,
            "{output:?}"
        );
    }
}

#[test]
fn a_neighbour_that_does_not_answer_is_offered_again_and_then_let_be() {
    let mut world = World::joined(1, 1, true);
    world.drain();
    world.give(MeetInput::HostGone);
    world.give(MeetInput::HostReady);
    world.drain();
    world.linked(HIGHER);
    world.give(MeetInput::HostGone);
    world.drain();
    world.give(MeetInput::HostReady);
    let mut opened = world.opened();
    for time in 1..=DIRECTED_MAX {
        let [(link, Role::Offer)] = opened[..] else {
            panic!("time {time}: {opened:?}")
        };
        world.local(link, SdpKind::Offer);
        world.wait(SETTLE_MS);
        let said = world.said();
        assert!(
            matches!(&said[..], [Request::Announce(announce)] if announce.offers[0].to_peer_id == Some(HIGHER)),
            "time {time}: {said:?}"
        );
        world.wait(ANSWER_AGAIN_MS << (time - 1));
        opened = world.opened();
    }
    assert_eq!(opened, [], "no more");
}

#[test]
fn a_link_that_outlived_the_worker_is_dialled_again_once_its_peer_is_known() {
    let mut world = World::joined(1, 0, true);
    let link = LinkId(77);
    world.give(MeetInput::LinkOpened { link, remote: None });
    let remote = Some(HIGHER.0);
    world.give(MeetInput::LinkOpened { link, remote });
    assert_eq!(world.meet.remote(link), remote);
    // What a peer says of itself does not change who it is known to be.
    let remote = Some([3; 20]);
    world.give(MeetInput::LinkOpened { link, remote });
    assert_eq!(world.meet.remote(link), Some(HIGHER.0));
    world.give(MeetInput::HostGone);
    world.drain();
    world.give(MeetInput::HostReady);
    let opened = world.opened();
    assert!(matches!(opened[..], [(_, Role::Offer)]), "{opened:?}");
}

#[test]
fn a_peer_to_avoid_is_never_met_again() {
    let mut world = World::joined(2, 0, true);
    world.offer(HIGHER, false);
    let link = world.opened()[0].0;
    world.give(MeetInput::LinkOpened { link, remote: None });
    world.give(MeetInput::Avoid { link });
    world.give(MeetInput::LinkClosed { link });
    world.drain();
    world.offer(HIGHER, true);
    assert_eq!(world.opened(), []);
    world.give(MeetInput::HostGone);
    world.give(MeetInput::HostReady);
    assert_eq!(world.opened(), [], "nor dialled again");
}

#[test]
fn strangers_are_met_at_most_ten_at_once_and_ten_a_minute() {
    let mut world = World::joined(60, 0, true);
    let mut met = 0;
    for second in 0..600u32 {
        let mut stranger = [9; 20];
        stranger[..4].copy_from_slice(&second.to_be_bytes());
        world.offer(PeerId(stranger), false);
        for (link, _) in world.opened() {
            met += 1;
            world.give(MeetInput::LinkOpened { link, remote: None });
            world.give(MeetInput::LinkClosed { link });
        }
        world.wait(1_000);
        world.counted(0, true);
        world.drain();
    }
    assert!((100..=110).contains(&met), "{met}");
}

#[test]
fn a_thousand_peers_that_lost_their_tracker_return_spread_over_half_a_minute() {
    let mut returns: Vec<u64> = (0..1_000)
        .map(|seed| {
            let mut world = World::joined(2, 0, true);
            world.meet = {
                let trackers = vec!["wss://a.example/".into()];
                let (info_hash, peer_id) = (HASH.0, ME.0);
                Meet::new(
                    MeetConfig {
                        trackers,
                        info_hash,
                        peer_id,
                        links_wanted: 2,
                        links_max: 4,
                    },
                    seed,
                )
            };
            world.give(MeetInput::HostReady);
            world.give(MeetInput::SocketOpened);
            world.counted(0, true);
            world.drain();
            world.give(MeetInput::SocketClosed);
            let (at, reason) = world.meet.next_timeout().expect("a retry");
            assert_eq!(reason, MeetReason::Reconnect);
            world.wait(at.since(world.now));
            assert!(matches!(&world.drain()[..], [MeetOutput::Connect { .. }]));
            at.since(Millis(50_000))
        })
        .collect();
    returns.sort_unstable();
    assert!(returns[0] < 1_000 && returns[999] > 29_000);
    let fullest = returns
        .windows(70)
        .filter(|second| second[69] - second[0] < 1_000)
        .count();
    assert_eq!(
        fullest, 0,
        "nowhere more than twice the mean of 33 a second"
    );
}

#[test]
fn a_dead_tracker_is_tried_less_and_less_and_the_next_one_soon() {
    let mut world = World::with(MeetConfig {
        trackers: vec!["wss://a.example/".into(), "wss://b.example/".into()],
        info_hash: HASH.0,
        peer_id: ME.0,
        links_wanted: 2,
        links_max: 4,
    });
    world.give(MeetInput::HostReady);
    let mut tries = Vec::new();
    for _ in 0..3_600 {
        for output in world.drain() {
            if let MeetOutput::Connect { url } = output {
                tries.push((world.now.since(Millis(50_000)) / 1_000, url));
                world.give(MeetInput::SocketClosed);
            }
        }
        world.wait(1_000);
    }
    assert_eq!(tries[1].1, "wss://b.example/");
    assert!(tries[1].0 <= 2, "{tries:?}");
    assert!(
        (8..=20).contains(&tries.len()),
        "{} tries in an hour: {tries:?}",
        tries.len()
    );
    // A page that comes and goes does not shorten the wait.
    let before = tries.len();
    for _ in 0..50 {
        world.give(MeetInput::HostGone);
        world.give(MeetInput::HostReady);
    }
    let hurried = world
        .drain()
        .iter()
        .filter(|one| matches!(one, MeetOutput::Connect { .. }))
        .count();
    assert_eq!((hurried, before), (0, tries.len()));
}

#[test]
fn a_silent_tracker_is_given_up() {
    let mut world = World::new(2);
    world.give(MeetInput::HostReady);
    world.drain();
    world.wait(TRACKER_MS);
    assert_eq!(
        world.drain(),
        [MeetOutput::Disconnect],
        "the socket did not open"
    );
    let mut world = World::new(2);
    world.give(MeetInput::HostReady);
    world.give(MeetInput::SocketOpened);
    world.drain();
    world.wait(TRACKER_MS);
    assert_eq!(
        world.drain(),
        [MeetOutput::Disconnect],
        "the announce was not answered"
    );
}

#[test]
fn presence_is_renewed_and_ended() {
    let mut world = World::joined(2, 0, true);
    world.drain();
    world.wait(119_999);
    assert_eq!(world.said(), []);
    world.wait(1);
    assert!(
        matches!(&world.said()[..], [Request::Announce(announce)] if announce.event == Event::Update)
    );
    world.counted(0, true);
    // A navigation is no reason to leave.
    world.give(MeetInput::HostGone);
    world.wait(HOSTLESS_MS - 1);
    world.give(MeetInput::HostReady);
    assert!(!world.drain().contains(&MeetOutput::Disconnect));
    world.counted(0, true);
    world.drain();
    world.give(MeetInput::HostGone);
    world.wait(HOSTLESS_MS);
    let output = world.drain();
    let [MeetOutput::SendText(text), MeetOutput::Disconnect] = &output[..] else {
        panic!("{output:?}")
    };
    assert!(
        matches!(Request::parse(text), Ok(Request::Announce(announce)) if announce.event == Event::Stopped)
    );
    assert_eq!(world.meet.next_timeout(), None, "nothing more to do");
    world.give(MeetInput::HostReady);
    assert!(matches!(&world.drain()[..], [MeetOutput::Connect { .. }]));
}

#[test]
fn stopping_closes_everything() {
    let mut world = World::joined(3, 1, true);
    let dial = world.opened()[0].0;
    world.give(MeetInput::LinkOpened {
        link: LinkId(9),
        remote: None,
    });
    world.give(MeetInput::Stop);
    let output = world.drain();
    for link in [dial, LinkId(9)] {
        assert!(output.contains(&MeetOutput::CloseLink { link }));
    }
    assert_eq!(
        output
            .iter()
            .filter(|one| **one == MeetOutput::Disconnect)
            .count(),
        1
    );
    assert_eq!(world.meet.next_timeout(), None);
}

#[test]
fn a_page_that_cannot_dial_is_asked_three_times_and_no_more() {
    let mut world = World::joined(6, 50, true);
    let mut asked = 0;
    for _ in 0..200 {
        for (link, _) in world.opened() {
            asked += 1;
            world.give(MeetInput::LinkClosed { link });
        }
        world.wait(5_000);
        world.counted(50, true);
        world.offer(HIGHER, false);
    }
    assert!((3..=4).contains(&asked), "{asked}");
}

#[test]
fn hope_ends_with_the_first_failure_until_a_link_opens() {
    let expected = |world: &mut World| {
        let now = world.now;
        let until = |output: MeetOutput| match output {
            MeetOutput::Expecting { until, .. } => Some(until > now),
            _ => None,
        };
        world.drain().into_iter().filter_map(until).next_back()
    };
    let mut world = World::joined(1, 1, true);
    let output = world.drain();
    assert!(
        matches!(&output[..], [MeetOutput::Open { .. }, MeetOutput::Expecting { until, .. }] if *until > world.now)
    );
    let MeetOutput::Open { link, .. } = output[0] else {
        unreachable!()
    };
    let offer = world.send_offers(&[link])[0];
    let answer = world.introduction(HIGHER, offer, SdpKind::Answer, false);
    world.tell(&Response::Answer(answer));
    world.give(MeetInput::LinkClosed { link });
    assert_eq!(expected(&mut world), Some(false), "taken back at once");
    world.wait(LOOK_MS * 2);
    world.drain();
    world.counted(1, true);
    let output = world.drain();
    assert!(
        matches!(&output[..], [MeetOutput::Open { .. }]),
        "dialled, but nobody waits: {output:?}"
    );
    let MeetOutput::Open { link, .. } = output[0] else {
        unreachable!()
    };
    world.give(MeetInput::LinkOpened { link, remote: None });
    world.give(MeetInput::LinkClosed { link });
    world.asked();
    world.counted(1, true);
    assert_eq!(expected(&mut world), Some(true));
}

#[test]
fn while_a_tracker_is_asked_for_the_first_time_there_is_hope() {
    let hope = |world: &mut World| {
        let outputs = std::iter::from_fn(|| world.meet.poll());
        let said = outputs.filter_map(|output| match output {
            MeetOutput::Expecting { until, dialling } => Some((until, dialling)),
            _ => None,
        });
        said.last()
    };
    let mut world = World::new(6);
    world.give(MeetInput::HostReady);
    assert_eq!(hope(&mut world), Some((world.now.after(EXPECT_MS), false)));
    world.wait(100);
    world.give(MeetInput::SocketOpened);
    assert_eq!(hope(&mut world), Some((world.now.after(EXPECT_MS), false)));
    world.counted(0, true);
    assert_eq!(hope(&mut world), Some((Millis(0), false)), "nobody there");
    world.give(MeetInput::SocketClosed);
    assert_eq!(hope(&mut world), None, "only the first time");

    let mut world = World::new(6);
    world.give(MeetInput::HostReady);
    assert!(hope(&mut world).is_some());
    world.give(MeetInput::SocketClosed);
    assert_eq!(hope(&mut world), Some((Millis(0), false)), "tracker down");
}

#[test]
fn links_that_outlived_the_worker_are_adopted() {
    let mut world = World::new(1);
    world.give(MeetInput::LinkOpened {
        link: LinkId(1 << 31),
        remote: Some(HIGHER.0),
    });
    world.give(MeetInput::HostReady);
    world.give(MeetInput::SocketOpened);
    world.drain();
    world.counted(5, true);
    assert_eq!(world.opened(), [], "one link is enough");
    assert_eq!(world.meet.remote(LinkId(1 << 31)), Some(HIGHER.0));
    world.give(MeetInput::LinkClosed {
        link: LinkId(1 << 31),
    });
    world.wait(RETURN_MS);
    world.drain();
    world.counted(5, true);
    assert!(
        world.opened()[0].0 > LinkId(1 << 31),
        "its number is not given again"
    );
}

/// Any input, with links that may or may not exist.
fn inputs() -> impl Strategy<Value = MeetInput> {
    let kind = prop_oneof![Just(SdpKind::Offer), Just(SdpKind::Answer)];
    let introduction = |ours: bool, directed: bool, id: u8, from: u8, kind: SdpKind| {
        let half = if kind == SdpKind::Offer {
            SessionKind::Offer
        } else {
            SessionKind::Answer
        };
        let session = Session::new(half, &sdp(kind));
        let (peer_id, offer_id) = (PeerId([from; 20]), OfferId([id; 20]));
        Introduction {
            info_hash: HASH,
            peer_id,
            offer_id,
            session,
            ours,
            directed: directed && ours,
        }
    };
    prop_oneof![
        Just(MeetInput::HostReady),
        Just(MeetInput::HostGone),
        Just(MeetInput::SocketOpened),
        Just(MeetInput::SocketClosed),
        Just(MeetInput::Timeout),
        Just(MeetInput::Stop),
        (0u64..40, any::<bool>()).prop_map(|(incomplete, ours)| {
            let announced = Announced {
                info_hash: HASH,
                interval_secs: 30,
                complete: 1,
                incomplete,
                ours,
            };
            MeetInput::SocketText(Response::Announced(announced).to_text())
        }),
        (any::<(bool, bool)>(), 0u8..9, 0u8..9, kind.clone()).prop_map(
            move |((ours, directed), id, from, kind)| {
                let introduction = introduction(ours, directed, id, from, kind);
                let response = match kind {
                    SdpKind::Offer => Response::Offer(introduction),
                    SdpKind::Answer => Response::Answer(introduction),
                };
                MeetInput::SocketText(response.to_text())
            }
        ),
        "\\PC{0,20}".prop_map(MeetInput::SocketText),
        (any::<u32>(), kind).prop_map(|(link, kind)| MeetInput::Local {
            link: LinkId(link),
            kind,
            sdp: sdp(kind)
        }),
        (any::<u32>(), any::<bool>()).prop_map(|(link, more)| {
            let candidate = candidate(link).filter(|_| more);
            MeetInput::LocalCandidate {
                link: LinkId(link),
                candidate,
            }
        }),
        any::<u32>().prop_map(|link| MeetInput::LinkOpened {
            link: LinkId(link),
            remote: None
        }),
        any::<u32>().prop_map(|link| MeetInput::LinkClosed { link: LinkId(link) }),
        any::<u32>().prop_map(|link| MeetInput::Avoid { link: LinkId(link) }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_history_rests_and_repeats(history in prop::collection::vec((inputs(), 0u64..20_000), 1..100)) {
        let mut world = World::new(4);
        let mut again = World::new(4);
        let mut open: Vec<LinkId> = Vec::new();
        for (input, ms) in history {
            // Most links named are ones that exist.
            let some = |link: LinkId| *open.get(link.0 as usize % (open.len() + 1)).unwrap_or(&link);
            let input = match input {
                MeetInput::Local { link, kind, sdp } => MeetInput::Local { link: some(link), kind, sdp },
                MeetInput::LocalCandidate { link, candidate } => {
                    MeetInput::LocalCandidate { link: some(link), candidate }
                }
                MeetInput::LinkOpened { link, remote } => MeetInput::LinkOpened { link: some(link), remote },
                MeetInput::LinkClosed { link } => MeetInput::LinkClosed { link: some(link) },
                MeetInput::Avoid { link } => MeetInput::Avoid { link: some(link) },
                input => input,
            };
            for world in [&mut world, &mut again] {
                world.give(input.clone());
                world.wait(ms);
            }
            match &input {
                MeetInput::HostGone | MeetInput::Stop => open.clear(),
                MeetInput::LinkClosed { link } => open.retain(|known| known != link),
                _ => {}
            }
            let outputs = world.drain();
            prop_assert_eq!(&outputs, &again.drain());
            for output in outputs {
                match output {
                    MeetOutput::Open { link, .. } => {
                        prop_assert!(!open.contains(&link), "number given twice");
                        open.push(link);
                    }
                    MeetOutput::CloseLink { link } => open.retain(|known| *known != link),
                    MeetOutput::SendText(text) => prop_assert!(Request::parse(&text).is_ok(), "{}", text),
                    _ => {}
                }
            }
        }
    }
}
