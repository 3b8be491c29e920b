//! A browser stops a worker at will, and its page keeps the links: whoever loses its memory begins anew, and whoever
//! it talked to notices by its hello.

use crate::world::{End, World};

const MIB: usize = 1 << 20;

#[test]
fn a_seed_that_loses_its_memory_is_asked_again() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(3 * MIB, 1);
    world.give(seed, object);
    world.link_of(seed, reader, 20, 5_000);
    world.pass(100);
    let want = world.want(reader, object);
    world.pass(200);
    world.restart(seed);
    let (end, ms) = world.until_end(reader, want);
    assert_eq!(end, End::Peers);
    assert!(ms < 700, "{ms} ms");
    assert!(world.peers.iter().all(|peer| peer.closed.is_empty()));
    // What had come was not asked for again.
    let came = world.peers[reader].swarm.counters().wire_bytes_in;
    assert!(came < 4 * MIB as u64, "{came} bytes");
}

#[test]
fn a_reader_that_loses_its_memory_asks_again() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let objects = [world.object(3 * MIB, 1), world.object(50_000, 2)];
    for object in objects {
        world.give(seed, object);
    }
    world.link_of(seed, reader, 20, 5_000);
    world.pass(100);
    world.want(reader, objects[0]);
    world.want(reader, objects[1]);
    world.pass(60);
    world.restart(reader);
    world.pass(100);
    let wants = objects.map(|object| world.want(reader, object));
    world.until_all_end(reader);
    for want in wants {
        assert_eq!(world.peers[reader].ended[&want].1, End::Peers);
    }
    assert!(world.peers.iter().all(|peer| peer.closed.is_empty()));
    assert_eq!(world.peers[reader].swarm.peers(), 1);
}

#[test]
fn both_may_lose_their_memory() {
    for gap_ms in [0, 1, 10, 20, 21, 40, 50, 100] {
        let mut world = World::new();
        let (seed, reader) = (world.peer(), world.peer());
        let object = world.object(MIB, 1);
        world.give(seed, object);
        world.link(seed, reader);
        world.pass(100);
        world.want(reader, object);
        world.pass(50);
        world.restart(reader);
        world.pass(gap_ms);
        world.restart(seed);
        world.pass(200);
        let want = world.want(reader, object);
        let (end, _) = world.until_end(reader, want);
        assert_eq!(end, End::Peers, "{gap_ms} ms apart");
        let hellos = world.peers[reader].swarm.counters().wire_bytes_out;
        assert!(hellos < 1_000, "{gap_ms} ms apart: {hellos} bytes of talk");
    }
}

#[test]
fn a_hello_that_met_with_nobody_is_said_again() {
    for deaf_ms in [0, 10, 19] {
        let mut world = World::new();
        let (seed, reader) = (world.peer(), world.peer());
        let object = world.object(50_000, 1);
        world.give(seed, object);
        world.link(seed, reader);
        // The reader's worker is stopped before it has heard or said anything.
        world.deafen(seed);
        world.pass(deaf_ms);
        world.deafen(reader);
        world.restart(reader);
        world.pass(100);
        let want = world.want(reader, object);
        let (end, ms) = world.until_end(reader, want);
        assert_eq!(end, End::Peers, "deaf after {deaf_ms} ms");
        assert!(ms < 300, "{ms} ms");
    }
}

#[test]
fn a_hello_on_its_way_to_a_lost_memory_is_not_taken_for_an_answer() {
    for young_ms in 0..45 {
        let mut world = World::new();
        let (seed, reader) = (world.peer(), world.peer());
        let objects = [world.object(50_000, 1), world.object(60_000, 2)];
        world.give(seed, objects[0]);
        world.give(reader, objects[1]);
        world.link(seed, reader);
        world.pass(young_ms);
        // Each has something for the other, and asks as soon as it may.
        world.want(seed, objects[1]);
        world.restart(reader);
        let want = world.want(reader, objects[0]);
        let (end, _) = world.until_end(reader, want);
        assert_eq!(end, End::Peers, "after {young_ms} ms");
        world.until_all_end(seed);
        world.pass(500);
        let closed: Vec<_> = world.peers.iter().flat_map(|peer| &peer.closed).collect();
        assert!(closed.is_empty(), "after {young_ms} ms: {closed:?}");
    }
}

#[test]
fn an_answer_to_an_earlier_hello_is_not_taken_for_that_to_the_last() {
    for gap_ms in (0..60).step_by(4) {
        let mut world = World::new();
        let (seed, reader) = (world.peer(), world.peer());
        let object = world.object(MIB, 1);
        world.give(seed, object);
        world.link_of(seed, reader, 20, 5_000);
        world.pass(100);
        let want = world.want(reader, object);
        world.pass(60);
        world.restart(seed);
        world.pass(gap_ms);
        world.restart(seed);
        let (end, _) = world.until_end(reader, want);
        assert_eq!(end, End::Peers, "{gap_ms} ms apart");
        world.pass(500);
        let closed: Vec<_> = world.peers.iter().flat_map(|peer| &peer.closed).collect();
        assert!(closed.is_empty(), "{gap_ms} ms apart: {closed:?}");
    }
}
