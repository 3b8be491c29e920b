//! Offers, answers and candidates: what is said to the tracker, and what of it reaches the page.

use super::*;

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
    let expected =
        [Some(line.to_owned()), None].map(|candidate| MeetOutput::Candidate { link, candidate });
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
