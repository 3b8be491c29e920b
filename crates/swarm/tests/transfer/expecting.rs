//! Links that are being made: which wants wait for them, and how long.

use swarmfetch_content::ObjectId;
use swarmfetch_swarm::limits::{NO_HOLDER_MS, ORIGIN_MS_GUESS, TOLERANCE_MS, TOLERATED_MS_MIN};
use swarmfetch_swarm::{Input, Millis};

use crate::world::{End, Habit, OriginMood, PeerIndex, World};

/// What peers may take for a small body before the origin was measured, in milliseconds.
const UNMEASURED_MS: u64 = ORIGIN_MS_GUESS + ORIGIN_MS_GUESS / 20 + TOLERANCE_MS;

/// Links are expected for so many milliseconds, and one is likely to open at once.
pub(crate) fn expect_links(world: &mut World, peer: PeerIndex, for_ms: u64) {
    expect_links_in(world, peer, for_ms, 0);
}

/// Links are expected for so many milliseconds, and one is likely to open after so many.
fn expect_links_in(world: &mut World, peer: PeerIndex, for_ms: u64, estimate_ms: u64) {
    let until = world.now.after(for_ms);
    let estimate = world.now.after(estimate_ms);
    world.tell(
        peer,
        Input::Expecting {
            until,
            probably: until,
            estimate,
        },
    );
}

#[test]
fn a_want_waits_for_a_link_that_is_being_dialled() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(1000, 1);
    world.give(seed, object);
    expect_links(&mut world, reader, 5_000);
    let want = world.want(reader, object);
    world.pass(300);
    world.link(seed, reader);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
    assert_eq!(world.peers[reader].fetched, []);
}

#[test]
fn and_asks_the_origin_when_none_opens() {
    for (dial_ms, waited_ms) in [(5_000, UNMEASURED_MS), (200, 200)] {
        let mut world = World::new();
        let reader = world.peer();
        let object = world.object(1000, 1);
        expect_links(&mut world, reader, dial_ms);
        let want = world.want(reader, object);
        assert_eq!(world.until_end(reader, want), (End::Origin, waited_ms + 50));
    }
}

#[test]
fn waiting_in_vain_is_not_repeated_until_a_link_says_what_it_holds() {
    let mut world = World::new();
    let (reader, other) = (world.peer(), world.peer());
    let object = world.object(1000, 1);
    for waited_ms in [UNMEASURED_MS, 0, 0] {
        expect_links(&mut world, reader, 5_000);
        let want = world.want(reader, object);
        assert_eq!(world.until_end(reader, want), (End::Origin, waited_ms + 50));
    }
    let (at_reader, _) = world.link(reader, other);
    world.pass(300);
    world.cut(reader, at_reader);
    world.pass(300);
    expect_links(&mut world, reader, 5_000);
    let want = world.want(reader, object);
    assert_eq!(
        world.until_end(reader, want),
        (End::Origin, TOLERATED_MS_MIN + 50)
    );
}

#[test]
fn a_link_that_will_open_too_late_is_not_waited_for() {
    let mut world = World::new();
    let reader = world.peer();
    let object = world.object(1000, 1);
    expect_links_in(&mut world, reader, 5_000, UNMEASURED_MS + 1);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want), (End::Origin, 50));
}

#[test]
fn the_slower_the_origin_the_longer_links_are_waited_for() {
    for (origin_ms, waited_ms) in [(400, 450), (2_000, NO_HOLDER_MS)] {
        let mut world = World::new();
        let reader = world.peer();
        world.peers[reader].origin = OriginMood::Good(origin_ms);
        for salt in 1..30 {
            let object = world.object(1000, salt);
            let want = world.want(reader, object);
            world.until_end(reader, want);
        }
        expect_links(&mut world, reader, 5_000);
        let object = world.object(1000, 0);
        let want = world.want(reader, object);
        let ended = world.until_end(reader, want);
        assert_eq!(ended, (End::Origin, waited_ms + origin_ms));
    }
}

#[test]
fn peers_that_are_only_sought_hold_nothing_up_but_keep_hope() {
    let mut world = World::new();
    let (reader, seed) = (world.peer(), world.peer());
    let object = world.object(1000, 1);
    world.give(seed, object);
    let until = world.now.after(5_000);
    let sought = Input::Expecting {
        until,
        probably: Millis(0),
        estimate: Millis(0),
    };
    world.tell(reader, sought);
    let other = world.object(1000, 2);
    let want = world.want(reader, other);
    assert_eq!(world.until_end(reader, want), (End::Origin, 50), "at once");
    world.peers[reader].origin = OriginMood::Down(30);
    let want = world.want(reader, object);
    world.pass(300);
    world.link(reader, seed);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
}

#[test]
fn a_dial_that_fails_early_ends_the_waiting() {
    let mut world = World::new();
    let reader = world.peer();
    let object = world.object(1000, 1);
    expect_links(&mut world, reader, 5_000);
    let want = world.want(reader, object);
    world.pass(100);
    world.tell(
        reader,
        Input::Expecting {
            until: Millis(0),
            probably: Millis(0),
            estimate: Millis(0),
        },
    );
    assert_eq!(world.until_end(reader, want), (End::Origin, 50));
}

#[test]
fn after_a_lie_links_are_not_waited_for_until_somebody_gives_a_whole_answer() {
    let mut world = World::new();
    let (liar, honest, reader) = (world.peer(), world.peer(), world.peer());
    let [first, second, third] = [1, 2, 3].map(|salt| world.object(1000, salt));
    world.give(liar, first);
    world.give(honest, second);
    let (at_liar, _) = world.link(liar, reader);
    world.pass(200);
    world.habit(liar, at_liar, Habit::FlipsData(7));
    let want = world.want(reader, first);
    assert_eq!(world.until_end(reader, want).0, End::Origin);
    let waited_ms = |world: &mut World, object| {
        expect_links(world, reader, 5_000);
        let want = world.want(reader, object);
        let (end, ms) = world.until_end(reader, want);
        assert_eq!(end, End::Origin);
        ms - 50
    };
    assert_eq!(waited_ms(&mut world, third), 0);
    let (_, at_reader) = world.link(honest, reader);
    world.pass(500);
    let want = world.want(reader, second);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
    world.cut(reader, at_reader);
    world.pass(500);
    assert_eq!(waited_ms(&mut world, third), TOLERATED_MS_MIN);
}

/// A reader who lost all links a moment ago and expects them back, after wanting this of one who held nothing of it.
fn returning(want_before: bool) -> (World, PeerIndex, ObjectId) {
    let mut world = World::new();
    let (reader, other) = (world.peer(), world.peer());
    let object = world.object(1000, 1);
    let (at_reader, _) = world.link(reader, other);
    world.pass(500);
    if want_before {
        let want = world.want(reader, object);
        assert_eq!(world.until_end(reader, want).0, End::Origin);
    }
    world.cut(reader, at_reader);
    expect_links(&mut world, reader, 5_000);
    (world, reader, object)
}

#[test]
fn what_nobody_held_before_the_page_went_is_not_waited_for_on_the_next() {
    for want_before in [true, false] {
        let (mut world, reader, object) = returning(want_before);
        let want = world.want(reader, object);
        let (end, took_ms) = world.until_end(reader, want);
        assert_eq!(end, End::Origin);
        assert_eq!(took_ms == 50, want_before, "{took_ms}");
    }
}

#[test]
fn what_a_page_needs_that_nobody_had_is_not_waited_for_until_a_link_speaks() {
    let (mut world, reader, object) = returning(false);
    world.tell(reader, Input::Unheld);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want), (End::Origin, 50));
    let back = world.peer();
    let (at_reader, _) = world.link(reader, back);
    world.pass(500);
    world.cut(reader, at_reader);
    expect_links(&mut world, reader, 5_000);
    let other = world.object(1000, 2);
    let want = world.want(reader, other);
    assert_eq!(world.until_end(reader, want).1, TOLERATED_MS_MIN + 50);
}
