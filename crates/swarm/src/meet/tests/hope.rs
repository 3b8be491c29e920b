//! When a link may still be expected, and what outlived the worker.

use super::*;

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
fn a_page_that_goes_while_it_dials_does_not_count_as_one_that_cannot() {
    let mut world = World::joined(6, 50, true);
    let opened = world.opened();
    assert!(opened.len() >= 3, "{opened:?}");
    for (link, _) in opened {
        world.give(MeetInput::LinkClosed { link });
    }
    world.give(MeetInput::HostGone);
    world.give(MeetInput::HostReady);
    world.drain();
    world.counted(50, true);
    assert_ne!(world.opened(), [], "the next page is not asked");
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
    assert!(matches!(&output[..], [MeetOutput::Open { .. }]));
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
            MeetOutput::Expecting {
                until, probably, ..
            } => Some((until, probably)),
            _ => None,
        });
        said.last()
    };
    let mut world = World::new(6);
    world.give(MeetInput::HostReady);
    assert_eq!(
        hope(&mut world),
        Some((world.now.after(EXPECT_MS), Millis(0)))
    );
    world.wait(100);
    world.give(MeetInput::SocketOpened);
    assert_eq!(
        hope(&mut world),
        Some((world.now.after(EXPECT_MS), Millis(0)))
    );
    world.counted(0, true);
    assert_eq!(
        hope(&mut world),
        Some((Millis(0), Millis(0))),
        "nobody there"
    );
    world.give(MeetInput::SocketClosed);
    assert_eq!(hope(&mut world), None, "only the first time");

    let mut world = World::new(6);
    world.give(MeetInput::HostReady);
    assert!(hope(&mut world).is_some());
    world.give(MeetInput::SocketClosed);
    assert_eq!(
        hope(&mut world),
        Some((Millis(0), Millis(0))),
        "tracker down"
    );
}

#[test]
fn hope_lasts_as_long_as_a_dial_but_is_not_waited_for_so_long() {
    let mut world = World::joined(1, 1, true);
    let opened = world.opened();
    let [(link, Role::Offer)] = opened[..] else {
        panic!("{opened:?}")
    };
    world.local(link, SdpKind::Offer);
    world.wait(SETTLE_MS);
    let sent = world.now;
    let said = std::iter::from_fn(|| world.meet.poll()).filter_map(|output| match output {
        MeetOutput::Expecting {
            until, probably, ..
        } => Some((until, probably)),
        _ => None,
    });
    let (until, probably) = said.last().expect("an offer is out");
    assert_eq!(until, sent.after(ANSWER_MS), "until it must be answered");
    assert_eq!(probably, Millis(0), "none has ever opened");

    let mut world = World::with_neighbour(HIGHER);
    world.wait(LIVED_MS);
    world.give(MeetInput::HostGone);
    world.give(MeetInput::HostReady);
    let dialled = world.now;
    let said = std::iter::from_fn(|| world.meet.poll()).filter_map(|output| match output {
        MeetOutput::Expecting { probably, .. } => Some(probably),
        _ => None,
    });
    assert_eq!(said.last(), Some(dialled.after(EXPECT_MS)), "the last did");
}

/// A link outlived the worker that had made it; the next one has joined.
fn with_link_that_outlived() -> World {
    let mut world = World::new(1);
    world.give(MeetInput::LinkOpened {
        link: LinkId(1 << 31),
        remote: Some(HIGHER.0),
    });
    world.give(MeetInput::HostReady);
    world.give(MeetInput::SocketOpened);
    world
}

#[test]
fn links_that_outlived_the_worker_are_adopted() {
    let mut world = with_link_that_outlived();
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

#[test]
fn the_next_link_is_expected_when_the_last_one_took_so_long() {
    let mut world = World::joined(1, 1, true);
    let began = world.now;
    let link = world.opened()[0].0;
    let offer = world.send_offers(&[link])[0];
    let answer = world.introduction(HIGHER, offer, SdpKind::Answer, false);
    world.tell(&Response::Answer(answer));
    world.wait(700);
    world.give(MeetInput::LinkOpened { link, remote: None });
    let took_ms = world.now.since(began);
    world.wait(LIVED_MS);
    world.give(MeetInput::HostGone);
    let left = world.now;
    let estimate = |world: &mut World| {
        let outputs = std::iter::from_fn(|| world.meet.poll()).filter_map(|output| match output {
            MeetOutput::Expecting { estimate, .. } => Some(estimate),
            _ => None,
        });
        outputs.last()
    };
    let returning = left.after(HELLO_MS_GUESS + took_ms);
    assert_eq!(estimate(&mut world), Some(returning));
    world.wait(50);
    world.give(MeetInput::HostReady);
    // The neighbour is dialled at once, sooner than was thought.
    assert_eq!(estimate(&mut world), Some(world.now.after(took_ms)));
}

#[test]
fn between_two_pages_there_is_hope_though_nobody_can_say_when_a_link_opens() {
    let mut world = with_link_that_outlived();
    world.wait(LIVED_MS);
    world.drain();
    world.give(MeetInput::HostGone);
    let left = world.now;
    let said = std::iter::from_fn(|| world.meet.poll()).filter_map(|output| match output {
        MeetOutput::Expecting {
            until, probably, ..
        } => Some((until, probably)),
        _ => None,
    });
    let until = left.after(HELLO_MS_GUESS).after(EXPECT_MS);
    assert_eq!(said.last(), Some((until, Millis(0))));
}
