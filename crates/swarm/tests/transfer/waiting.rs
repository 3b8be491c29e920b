//! Nobody there, late, or gone: who is asked when, and that no want waits longer than it must.

use swarmfetch_content::ObjectId;
use swarmfetch_swarm::limits::{
    FIRST_BYTE_MS_MAX, FIRST_BYTE_MS_MIN, FIRST_BYTE_MS_START, GIVE_UP_MS, HEDGE_DOUBTFUL_MS,
    HEDGE_MS_MIN, ORIGIN_LATE_MS, ORIGIN_MS_GUESS,
};
use swarmfetch_swarm::{Input, LinkId};

use crate::expecting::expect_links;
use crate::world::{End, Habit, OriginMood, World};

const MIB: usize = 1 << 20;

#[test]
fn without_peers_the_origin_is_asked_at_once() {
    let mut world = World::new();
    let reader = world.peer();
    let object = world.object(1000, 1);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want), (End::Origin, 50));
    assert_eq!(world.peers[reader].swarm.counters().bytes_from_origin, 1000);
}

#[test]
fn peers_without_the_object_cost_no_time() {
    let mut world = World::new();
    let (other, reader) = (world.peer(), world.peer());
    let object = world.object(1000, 1);
    world.link(other, reader);
    world.pass(1_000);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want), (End::Origin, 50));
}

#[test]
fn a_stalled_peer_costs_one_deadline() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(1000, 1);
    world.give(seed, object);
    let (at_seed, _) = world.link(seed, reader);
    world.pass(100);
    world.habit(seed, at_seed, Habit::Stalled);
    let want = world.want(reader, object);
    let (end, ms) = world.until_end(reader, want);
    assert_eq!((end, ms), (End::Origin, ORIGIN_MS_GUESS + 50));

    // And is left alone from then on.
    let second = world.object(1000, 2);
    world.give(seed, second);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want), (End::Origin, 50));
}

#[test]
fn a_stalled_peer_is_left_alone_on_its_next_link_too() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(1000, 1);
    world.give(seed, object);
    for waited_ms in [ORIGIN_MS_GUESS, 0, 0] {
        let (at_seed, at_reader) = world.link(seed, reader);
        world.pass(100);
        world.habit(seed, at_seed, Habit::Stalled);
        let want = world.want(reader, object);
        assert_eq!(world.until_end(reader, want), (End::Origin, waited_ms + 50));
        // The reader's page goes, and the next one dials the same neighbour.
        world.cut(reader, at_reader);
        world.pass(100);
    }
}

#[test]
fn of_two_links_of_a_stalled_peer_the_longer_rest_counts() {
    for first in [0, 1] {
        let mut world = World::new();
        let (seed, reader) = (world.peer(), world.peer());
        let object = world.object(1000, 1);
        world.give(seed, object);
        // Two that dialled each other at the same time; one of the links is asked, the other never.
        let links = [world.link(seed, reader), world.link(seed, reader)];
        world.pass(100);
        for (at_seed, _) in links {
            world.habit(seed, at_seed, Habit::Stalled);
        }
        let want = world.want(reader, object);
        let waited = (End::Origin, ORIGIN_MS_GUESS + 50);
        assert_eq!(world.until_end(reader, want), waited);
        // The reader's page goes with both, the next one dials the same neighbour, and again.
        for link in [first, 1 - first] {
            world.cut(reader, links[link].1);
        }
        for _ in 0..2 {
            let (at_seed, at_reader) = world.link(seed, reader);
            world.pass(100);
            world.habit(seed, at_seed, Habit::Stalled);
            let want = world.want(reader, object);
            assert_eq!(world.until_end(reader, want), (End::Origin, 50));
            world.cut(reader, at_reader);
            world.pass(100);
        }
    }
}

#[test]
fn beside_a_stranger_who_follows_a_stalled_peer_the_origin_is_asked_sooner() {
    let mut world = World::new();
    let reader = world.peer();
    for waited_ms in [ORIGIN_MS_GUESS, HEDGE_DOUBTFUL_MS, HEDGE_DOUBTFUL_MS] {
        let object = world.object(1000, world.now.0);
        let seed = world.peer();
        world.give(seed, object);
        let (at_seed, _) = world.link(seed, reader);
        world.pass(500);
        world.habit(seed, at_seed, Habit::Stalled);
        let want = world.want(reader, object);
        assert_eq!(world.until_end(reader, want), (End::Origin, waited_ms + 50));
        world.pass(1_000);
    }
}

#[test]
fn of_a_long_file_that_nobody_begins_the_origin_is_asked_as_soon() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(3 * MIB, 1);
    world.give(seed, object);
    let (at_seed, _) = world.link(seed, reader);
    world.pass(500);
    world.habit(seed, at_seed, Habit::Stalled);
    let want = world.want(reader, object);
    assert_eq!(
        world.until_end(reader, want),
        (End::Origin, ORIGIN_MS_GUESS + 50)
    );
}

#[test]
fn once_the_origin_was_sooner_it_is_asked_beside_all_until_one_answers() {
    let mut world = World::new();
    let reader = world.peer();
    let seeds = [world.peer(), world.peer(), world.peer()];
    let objects: Vec<_> = (0..9).map(|tag| world.object(1000, tag)).collect();
    let mut at_seeds = Vec::new();
    for seed in seeds {
        for object in &objects {
            world.give(seed, *object);
        }
        at_seeds.push((seed, world.link(seed, reader).0));
    }
    world.pass(500);
    let times = |world: &mut World, objects: &[ObjectId]| -> Vec<u64> {
        let end = |object: &ObjectId| {
            let want = world.want(reader, *object);
            world.until_end(reader, want).1
        };
        objects.iter().map(end).collect()
    };
    assert!(times(&mut world, &objects[..3]).iter().all(|ms| *ms < 50));
    for (seed, at_seed) in &at_seeds {
        world.habit(*seed, *at_seed, Habit::Stalled);
    }
    let silent = times(&mut world, &objects[3..6]);
    assert!(silent[0] > 50 + HEDGE_DOUBTFUL_MS, "{silent:?}");
    assert!(silent[1] <= 50 + HEDGE_DOUBTFUL_MS, "{silent:?}");
    assert!(silent[2] <= 50 + HEDGE_DOUBTFUL_MS, "{silent:?}");
}

#[test]
fn who_follows_a_stalled_peer_is_given_less_time_to_prove_itself() {
    let mut world = World::new();
    let (far, reader) = (world.peer(), world.peer());
    world.peers[reader].origin = OriginMood::Hangs;
    world.link_of(far, reader, 150, 10_000);
    for patience_ms in [FIRST_BYTE_MS_START, FIRST_BYTE_MS_MIN, FIRST_BYTE_MS_MIN] {
        let tag = world.now.0;
        let object = world.object(1000, tag);
        let seed = world.peer();
        world.give(seed, object);
        world.give(far, object);
        let (at_seed, _) = world.link(seed, reader);
        world.pass(500);
        world.habit(seed, at_seed, Habit::Stalled);
        let want = world.want(reader, object);
        let (end, ms) = world.until_end(reader, want);
        assert_eq!(
            end,
            End::Peers,
            "the far one, asked when the near one is late"
        );
        let asked_ms = ms - 300;
        assert!(
            (patience_ms..patience_ms + 20).contains(&asked_ms),
            "{ms} ms"
        );
        world.pass(500);
    }
}

#[test]
fn a_link_is_waited_for_as_long_as_is_usual_for_it() {
    let mut world = World::new();
    let (far, reader) = (world.peer(), world.peer());
    world.peers[reader].origin = OriginMood::Good(400);
    world.link_of(far, reader, 160, 10_000);
    let mut ends = Vec::new();
    for tag in 0..10 {
        let object = world.object(1000, tag);
        world.give(far, object);
        world.pass(500);
        let want = world.want(reader, object);
        ends.push(world.until_end(reader, want).0);
    }
    assert_eq!(ends, [End::Peers; 10]);
    // The origin was guessed to be quicker once, before the link had times of its own.
    assert_eq!(world.peers[reader].fetched.len(), 1);
}

#[test]
fn a_link_that_is_slower_than_the_origin_is_spared() {
    let mut world = World::new();
    let (slow, reader) = (world.peer(), world.peer());
    world.link_of(slow, reader, 20, 100);
    let mut took_ms = Vec::new();
    for tag in 0..4 {
        let object = world.object(100_000, tag);
        world.give(slow, object);
        world.pass(2_000);
        let want = world.want(reader, object);
        took_ms.push(world.until_end(reader, want).1);
    }
    // The first alone takes more than a second; the origin steps in, and from then on the link's times are known.
    assert!((51..1_000).contains(&took_ms[0]), "{took_ms:?}");
    assert_eq!(took_ms[1..], [50, 50, 50], "the origin, at once");
    // What the origin cannot give still comes from it.
    world.peers[reader].origin = OriginMood::Down(50);
    let object = world.object(100_000, 9);
    world.give(slow, object);
    world.pass(2_000);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
}

#[test]
fn a_peer_that_stalls_in_the_middle_costs_one_deadline() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(MIB, 1);
    world.give(seed, object);
    let (at_seed, _) = world.link_of(seed, reader, 20, 1_000);
    world.pass(100);
    let want = world.want(reader, object);
    world.pass(400);
    world.habit(seed, at_seed, Habit::Stalled);
    let (end, ms) = world.until_end(reader, want);
    assert_eq!(end, End::Origin);
    // Bytes that had left the sender still come for up to 300 ms.
    assert!(ms <= 300 + FIRST_BYTE_MS_MAX + 50, "{ms} ms");
}

#[test]
fn a_second_link_helps_a_stalled_one() {
    let mut world = World::new();
    let (first, reader) = (world.peer(), world.peer());
    world.peers[reader].origin = OriginMood::Down(50);
    let object = world.object(MIB, 1);
    world.give(first, object);
    let (at_first, _) = world.link_of(first, reader, 20, 1_000);
    world.pass(100);
    let want = world.want(reader, object);
    world.pass(600);
    world.habit(first, at_first, Habit::Stalled);
    let second = world.peer();
    world.give(second, object);
    world.link(second, reader);
    let (end, ms) = world.until_end(reader, want);
    assert_eq!(end, End::Peers);
    assert!(ms < 3_000, "{ms} ms");
    // What had come was not asked for again.
    let uploaded = world.peers[second].swarm.counters().bytes_uploaded;
    assert!(0 < uploaded && uploaded < 900_000, "{uploaded} bytes");
}

#[test]
fn a_known_link_is_given_its_own_time() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let (at_seed, _) = world.link_of(seed, reader, 5, 10_000);
    for tag in 0..20 {
        let object = world.object(1000, tag);
        world.give(seed, object);
        world.pass(150);
        let want = world.want(reader, object);
        assert_eq!(world.until_end(reader, want).0, End::Peers);
    }
    let object = world.object(1000, 20);
    world.give(seed, object);
    world.pass(150);
    world.habit(seed, at_seed, Habit::Stalled);
    let want = world.want(reader, object);
    assert_eq!(
        world.until_end(reader, want),
        (End::Origin, HEDGE_MS_MIN + 50)
    );
}

#[test]
fn a_trickling_peer_does_not_hold_a_page() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(MIB, 1);
    world.give(seed, object);
    world.link_of(seed, reader, 20, 40);
    world.pass(100);
    let want = world.want(reader, object);
    let (end, ms) = world.until_end(reader, want);
    assert_eq!(end, End::Origin);
    assert!(
        ms <= 2_000 + 4_000 + 50,
        "{ms} ms, where the peer alone takes 26 s"
    );

    // It never gave a whole answer, so it is left alone.
    let second = world.object(1000, 2);
    world.give(seed, second);
    world.pass(5_000);
    let want = world.want(reader, second);
    assert_eq!(world.until_end(reader, want), (End::Origin, 50));
}

#[test]
fn peers_and_origin_share_a_queue_that_takes_too_long() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let objects: Vec<_> = (0..200).map(|tag| world.object(20_000, tag)).collect();
    for object in &objects {
        world.give(seed, *object);
    }
    // Alone, the peer takes eight seconds, and the origin 200 times 50 ms, eight at once.
    world.link_of(seed, reader, 20, 500);
    world.pass(1_000);
    let begun = world.now;
    for object in &objects {
        world.want(reader, *object);
    }
    world.until_all_end(reader);
    let took_ms = world.now.since(begun);
    assert!(took_ms < 3_500, "{took_ms} ms");
    let counters = world.peers[reader].swarm.counters();
    assert!(counters.wants_from_peers > 50, "{counters:?}");
    assert!(counters.bytes_duplicate < 300_000, "{counters:?}");
}

#[test]
fn a_closed_link_costs_what_it_had_not_brought() {
    let mut world = World::new();
    let (first, second, reader) = (world.peer(), world.peer(), world.peer());
    let object = world.object(MIB, 1);
    world.give(first, object);
    let (at_first, _) = world.link_of(first, reader, 20, 2_000);
    world.pass(100);
    let want = world.want(reader, object);
    world.pass(50);
    world.give(second, object);
    world.link(second, reader);
    world.pass(200);
    world.cut(first, at_first);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
    assert_eq!(world.peers[reader].fetched, []);
    let uploaded = world.peers[second].swarm.counters().bytes_uploaded;
    assert!(uploaded < 800_000, "{uploaded} bytes");
}

#[test]
fn a_closed_link_without_another_brings_in_the_origin_at_once() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(MIB, 1);
    world.give(seed, object);
    let (at_seed, _) = world.link(seed, reader);
    world.pass(100);
    let want = world.want(reader, object);
    world.pass(70);
    world.cut(seed, at_seed);
    assert_eq!(world.until_end(reader, want), (End::Origin, 50));
}

#[test]
fn the_origins_word_is_passed_on_at_once() {
    let mut world = World::new();
    let (other, reader) = (world.peer(), world.peer());
    world.peers[reader].origin = OriginMood::Other(30);
    let object = world.object(1000, 1);
    world.link(other, reader);
    world.pass(1_000);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want), (End::OriginsOwn, 30));
    assert_eq!(world.peers[reader].swarm.counters().wants_passed, 1);
}

#[test]
fn without_link_or_dial_a_failing_origin_is_passed_on_at_once() {
    let mut world = World::new();
    let reader = world.peer();
    world.peers[reader].origin = OriginMood::Down(30);
    let object = world.object(1000, 1);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want), (End::OriginsOwn, 30));
}

#[test]
fn while_the_origin_fails_a_want_waits_for_peers_until_give_up() {
    let mut world = World::new();
    let (other, reader) = (world.peer(), world.peer());
    world.peers[reader].origin = OriginMood::Down(30);
    let object = world.object(1000, 1);
    world.link(other, reader);
    world.pass(1_000);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want), (End::OriginsOwn, GIVE_UP_MS));
}

#[test]
fn a_link_that_opens_while_the_origin_fails_serves() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    world.peers[reader].origin = OriginMood::Down(30);
    let object = world.object(1000, 1);
    world.give(seed, object);
    expect_links(&mut world, reader, 8_000);
    let want = world.want(reader, object);
    world.pass(4_000);
    assert!(world.peers[reader].ended.is_empty());
    world.link(seed, reader);
    let (end, ms) = world.until_end(reader, want);
    assert_eq!(end, End::Peers);
    assert!(ms < 200, "{ms} ms");
}

#[test]
fn a_dial_that_lapses_while_the_origin_fails_ends_the_waiting() {
    let mut world = World::new();
    let reader = world.peer();
    world.peers[reader].origin = OriginMood::Down(30);
    let object = world.object(1000, 1);
    expect_links(&mut world, reader, 3_000);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want), (End::OriginsOwn, 3_000));
}

#[test]
fn a_new_holding_of_a_neighbour_leads_a_waiting_want_to_it() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    world.peers[reader].origin = OriginMood::Down(30);
    let object = world.object(1000, 1);
    world.link(seed, reader);
    world.pass(1_000);
    let want = world.want(reader, object);
    world.pass(2_000);
    world.give(seed, object);
    let (end, ms) = world.until_end(reader, want);
    assert_eq!(end, End::Peers);
    assert!(ms < 200, "{ms} ms");
}

#[test]
fn a_body_that_has_begun_is_finished_after_give_up() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    world.peers[reader].origin = OriginMood::Down(30);
    let object = world.object(6 * MIB, 1);
    world.give(seed, object);
    world.link_of(seed, reader, 20, 500);
    world.pass(100);
    let want = world.want(reader, object);
    let (end, ms) = world.until_end(reader, want);
    assert_eq!(end, End::Peers);
    assert!(ms > GIVE_UP_MS);
}

#[test]
fn while_the_origin_is_slow_late_comers_are_asked() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    world.peers[reader].origin = OriginMood::Hangs;
    let object = world.object(1000, 1);
    let want = world.want(reader, object);
    world.pass(100);
    world.give(seed, object);
    world.link(seed, reader);
    let (end, ms) = world.until_end(reader, want);
    assert_eq!(end, End::Peers);
    assert!(ms <= ORIGIN_LATE_MS, "{ms} ms");
}

#[test]
fn an_origin_that_is_being_asked_is_not_doubled_by_late_comers() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    world.peers[reader].origin = OriginMood::Good(300);
    let object = world.object(1000, 1);
    let want = world.want(reader, object);
    world.pass(50);
    world.give(seed, object);
    world.link(seed, reader);
    assert_eq!(world.until_end(reader, want), (End::Origin, 250));
    assert_eq!(world.peers[reader].swarm.counters().peers_asked, 0);
}

#[test]
fn every_want_of_an_object_gets_its_own_word_of_the_origin() {
    let mut world = World::new();
    let reader = world.peer();
    world.peers[reader].origin = OriginMood::Other(30);
    let object = world.object(1000, 1);
    let wants = [world.want(reader, object), world.want(reader, object)];
    world.until_all_end(reader);
    assert_eq!(world.peers[reader].fetched, wants);
    for want in wants {
        assert_eq!(world.peers[reader].ended[&want].1, End::OriginsOwn);
    }
}

#[test]
fn a_silent_link_is_closed() {
    let mut world = World::new();
    let (silent, reader) = (world.peer(), world.peer());
    let (at_silent, at_reader) = world.link(silent, reader);
    world.habit(silent, at_silent, Habit::Stalled);
    world.peers[silent].closed.clear();
    // The hello was on its way already; a link whose other end is no machine at all says nothing.
    let deaf = LinkId(99);
    let opened = Input::LinkOpened {
        link: deaf,
        frame_bytes_max: 65_536,
        outlived: false,
    };
    world.tell(reader, opened);
    world.pass(11_000);
    let closed = &world.peers[reader].closed;
    assert_eq!(closed, &[(deaf, swarmfetch_swarm::CloseReason::Silent)]);
    assert_ne!(at_reader, deaf);
}
