//! Where the owner would rather have visitors wait: slower peers are good enough, for a bounded time.

use swarmfetch_content::GroupRange;
use swarmfetch_swarm::Input;
use swarmfetch_swarm::limits::{FIRST_BYTE_MS_MAX, SAVINGS_MS};

use crate::world::{End, Habit, OriginMood, World};

/// A reader whose origin is quick, and a seed whose answers take so many milliseconds there and back.
fn slow_seed(world: &mut World, both_ways_ms: u64) -> (usize, usize) {
    let (seed, reader) = (world.peer(), world.peer());
    for tag in 0..6 {
        let object = world.object(1000, tag);
        world.give(seed, object);
    }
    world.link_of(seed, reader, both_ways_ms / 2, 10_000);
    world.pass(3_000);
    (seed, reader)
}

#[test]
fn a_slow_peer_spares_the_origin_only_where_that_is_wished_for() {
    for (savings, expected) in [(false, End::Origin), (true, End::Peers)] {
        let mut world = World::new();
        let (_, reader) = slow_seed(&mut world, 500);
        for tag in 0..6 {
            let object = world.object(1000, tag);
            let want = if savings {
                world.want_saving(reader, object)
            } else {
                world.want(reader, object)
            };
            let (end, _) = world.until_end(reader, want);
            assert_eq!(end, expected, "savings {savings}, object {tag}");
        }
    }
}

#[test]
fn a_slow_peer_gives_parts_of_a_long_file_where_that_is_wished_for() {
    for (savings, expected) in [(false, End::OriginsOwn), (true, End::Peers)] {
        let mut world = World::new();
        let (seed, reader) = (world.peer(), world.peer());
        let object = world.object(20 << 20, 1);
        world.give(seed, object);
        world.link_of(seed, reader, 20, 300);
        world.pass(1_000);
        let groups = GroupRange::new(0, 64).unwrap();
        let want = world.want_part_as(reader, object, groups, savings);
        assert_eq!(world.until_end(reader, want).0, expected, "{savings}");
    }
}

#[test]
fn who_does_not_answer_costs_one_deadline_and_then_another_is_asked_before_the_origin() {
    let mut world = World::new();
    let (mute, reader) = (world.peer(), world.peer());
    let object = world.object(1000, 1);
    world.give(mute, object);
    let (_, at_reader) = world.link(mute, reader);
    world.pass(1_000);
    world.habit(reader, at_reader, Habit::SwallowsRequests);
    let want = world.want_saving(reader, object);
    world.pass(50);
    let other = world.peer();
    world.give(other, object);
    world.link(other, reader);
    let (end, ms) = world.until_end(reader, want);
    assert_eq!(end, End::Peers);
    assert!(ms < FIRST_BYTE_MS_MAX, "{ms} ms");
    assert_eq!(world.peers[reader].fetched, []);
}

#[test]
fn without_anybody_the_origin_is_asked_at_once_and_links_are_waited_for_no_longer_than_said() {
    let mut world = World::new();
    let reader = world.peer();
    let object = world.object(1000, 1);
    let want = world.want_saving(reader, object);
    assert_eq!(world.until_end(reader, want), (End::Origin, 50));

    let expected = Input::Expecting {
        until: world.now.after(20_000),
        probably: world.now.after(20_000),
        estimate: world.now.after(1_500),
    };
    world.tell(reader, expected);
    let object = world.object(1000, 2);
    let want = world.want_saving(reader, object);
    let ended = world.until_end(reader, want);
    assert_eq!(ended, (End::Origin, SAVINGS_MS + 50));
}

#[test]
fn one_who_would_not_wait_has_the_origin_asked_for_all() {
    let mut world = World::new();
    let (_, reader) = slow_seed(&mut world, 500);
    for tag in 0..3 {
        let object = world.object(1000, tag);
        let want = world.want_saving(reader, object);
        world.until_end(reader, want);
    }
    let object = world.object(1000, 4);
    let patient = world.want_saving(reader, object);
    let urgent = world.want(reader, object);
    let (end, ms) = world.until_end(reader, urgent);
    assert!(end == End::Origin && ms < 500, "{end:?} after {ms} ms");
    assert_eq!(world.until_end(reader, patient).0, End::Origin);
}

#[test]
fn an_origin_that_fails_makes_no_difference() {
    let mut world = World::new();
    let (_, reader) = slow_seed(&mut world, 500);
    world.peers[reader].origin = OriginMood::Down(30);
    let object = world.object(1000, 4);
    let want = world.want_saving(reader, object);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
}
