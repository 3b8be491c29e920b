//! Whom to meet again, whom never, and how many strangers.

use super::*;

#[test]
fn the_last_neighbours_are_dialled_again_by_name_at_once() {
    let mut world = World::with_neighbour(HIGHER);

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
        MeetOutput::Say(_),
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

/// Has the page describe its offer, and says whom it is for; nobody: anyone.
fn offered_to(world: &mut World, link: LinkId) -> Option<PeerId> {
    world.local(link, SdpKind::Offer);
    world.wait(SETTLE_MS);
    let said = world.said();
    let [Request::Announce(announce)] = &said[..] else {
        panic!("{said:?}")
    };
    announce.offers[0].to_peer_id
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
    assert_eq!(offered_to(&mut world, link), Some(HIGHER));
}

#[test]
fn a_neighbour_whose_link_closed_is_dialled_by_name_at_once_unless_the_link_was_short() {
    for (lived, directed) in [(LIVED_MS, true), (LIVED_MS - 1, false)] {
        let mut world = World::joined(1, 1, true);
        world.give(MeetInput::HostGone);
        world.give(MeetInput::HostReady);
        world.drain();
        let link = world.linked(HIGHER);
        world.wait(lived);
        world.give(MeetInput::LinkClosed { link });
        world.wait(REDIAL_MS);
        let opened = world.opened();
        assert_eq!(opened.len(), usize::from(directed), "{opened:?}");
        let Some((link, _)) = opened.first() else {
            continue;
        };
        assert_eq!(offered_to(&mut world, *link), Some(HIGHER));
    }
}

#[test]
fn what_closes_with_this_ends_own_page_is_not_dialled_before_the_next() {
    let mut world = World::joined(1, 1, true);
    world.give(MeetInput::HostGone);
    world.give(MeetInput::HostReady);
    world.drain();
    let link = world.linked(HIGHER);
    world.wait(LIVED_MS);
    world.give(MeetInput::LinkClosed { link });
    world.wait(REDIAL_MS - 1);
    world.give(MeetInput::HostGone);
    world.wait(1_000);
    assert_eq!(world.opened(), []);
}

fn follows(world: &mut World, number: u32) {
    let lines = candidate(number).into_iter().collect();
    world.tell(&Response::Signal(Signal {
        info_hash: HASH,
        peer_id: HIGHER,
        to_peer_id: None,
        offer_id: OfferId(HIGHER.0),
        kind: SignalKind::Candidates(lines),
    }));
}

#[test]
fn an_old_neighbours_offer_between_two_pages_is_answered_by_the_next() {
    let mut world = World::with_neighbour(HIGHER);
    world.give(MeetInput::HostGone);
    world.drain();
    world.offer(HIGHER, true);
    follows(&mut world, 1);
    assert_eq!(world.drain(), []);
    world.wait(200);
    world.give(MeetInput::HostReady);
    let output = world.drain();
    let opens = output
        .iter()
        .filter(|it| matches!(it, MeetOutput::Open { .. }));
    assert_eq!(opens.count(), 1, "{output:?}");
    let [
        MeetOutput::Open {
            link,
            role: Role::Answer { .. },
        },
        MeetOutput::Candidate {
            link: its,
            candidate: Some(_),
        },
        ..,
    ] = &output[..]
    else {
        panic!("{output:?}")
    };
    assert_eq!(link, its);
}

#[test]
fn of_several_offers_between_two_pages_the_last_counts_and_none_for_ever() {
    for (wait_ms, answers) in [(KEPT_MS - 1, true), (KEPT_MS, false)] {
        let mut world = World::with_neighbour(HIGHER);
        world.give(MeetInput::HostGone);
        world.offer(HIGHER, true);
        world.offer(HIGHER, true);
        world.wait(wait_ms);
        world.drain();
        world.give(MeetInput::HostReady);
        let opened = world.opened();
        assert_eq!(opened.len(), 1, "{opened:?}");
        let is_answer = matches!(opened[0].1, Role::Answer { .. });
        assert_eq!(is_answer, answers);
    }
}

#[test]
fn strangers_are_refused_between_two_pages() {
    let mut world = World::with_neighbour(HIGHER);
    world.give(MeetInput::HostGone);
    world.drain();
    world.offer(LOWER, false);
    let said = world.said();
    assert!(
        matches!(
            &said[..],
            [Request::Signal(Signal {
                kind: SignalKind::Refused,
                ..
            })]
        ),
        "{said:?}"
    );
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

/// Otherwise it would wait for the answer, and refuse what the next page offers where its own id is the smaller one.
#[test]
fn an_offer_that_a_page_has_not_answered_when_it_goes_is_refused() {
    let mut world = World::with_neighbour(LOWER);
    world.offer(LOWER, true);
    world.drain();
    world.give(MeetInput::HostGone);
    let refused = |request: &Request| matches!(request, Request::Signal(signal) if signal.kind == SignalKind::Refused && signal.to_peer_id == Some(LOWER));
    let said = world.said();
    assert!(said.iter().any(refused), "{said:?}");
    // What it had answered is not.
    world.give(MeetInput::HostReady);
    world.offer(LOWER, true);
    let (link, _) = world.opened().pop().unwrap();
    world.local(link, SdpKind::Answer);
    world.wait(SETTLE_MS);
    world.drain();
    world.give(MeetInput::HostGone);
    let said = world.said();
    assert!(!said.iter().any(refused), "{said:?}");
}

/// Its answer was for a page that has gone since: nothing will come of that connection.
#[test]
fn a_neighbour_that_answered_and_then_offers_is_answered_whoever_has_the_smaller_id() {
    for peer in [HIGHER, LOWER] {
        let mut world = World::joined(1, 1, true);
        world.drain();
        world.give(MeetInput::HostGone);
        world.give(MeetInput::HostReady);
        world.counted(1, true);
        let mine = world.opened()[0].0;
        let offer = world.send_offers(&[mine])[0];
        let answer = world.introduction(peer, offer, SdpKind::Answer, false);
        world.tell(&Response::Answer(answer));
        world.drain();
        world.offer(peer, true);
        let output = world.drain();
        assert!(
            output.contains(&MeetOutput::CloseLink { link: mine }),
            "{output:?}"
        );
        let answers = |one: &MeetOutput| {
            matches!(
                one,
                MeetOutput::Open {
                    role: Role::Answer { .. },
                    ..
                }
            )
        };
        assert!(output.iter().any(answers), "{output:?}");
    }
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
    let mut world = World::with_neighbour(HIGHER);
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
