//! Trackers that die, fall silent or are left.

use super::*;

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
    let [MeetOutput::Say(said), MeetOutput::Disconnect] = &output[..] else {
        panic!("{output:?}")
    };
    assert!(matches!(
        said,
        Said::Announce {
            event: Event::Stopped,
            ..
        }
    ));
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
