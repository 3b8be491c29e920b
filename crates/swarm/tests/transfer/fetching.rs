//! Honest peers and a healthy network: everything comes from peers, quickly, and the origin is left in peace.

use swarmfetch_swarm::limits::LINK_ASKED_BYTES_START;
use swarmfetch_swarm::{Config, Input, PeerId};

use crate::world::{End, World};

const MIB: usize = 1 << 20;

#[test]
fn a_peer_serves_a_peer() {
    for len in [
        0,
        1,
        16_383,
        16_384,
        16_385,
        300_000,
        MIB,
        MIB + 1,
        3 * MIB + 5,
    ] {
        let mut world = World::new();
        let (seed, reader) = (world.peer(), world.peer());
        let object = world.object(len, 1);
        world.give(seed, object);
        world.link(seed, reader);
        world.pass(100);

        let want = world.want(reader, object);
        let (end, ms) = world.until_end(reader, want);

        assert_eq!(end, End::Peers, "{len} bytes");
        // One round trip of 40 ms and a read, and the time that the bytes take on the wire; once more, before more is asked for
        // than of a link that nobody knows.
        let trips_ms = match len as u64 > LINK_ASKED_BYTES_START {
            true => 65,
            false => 45,
        };
        assert!(
            ms <= trips_ms + len as u64 / 10_000 * 11 / 10,
            "{len} bytes: {ms} ms"
        );
        assert_eq!(world.peers[reader].fetched, []);
        assert_eq!(
            world.peers[reader].swarm.counters().bytes_from_peers,
            len as u64
        );
        assert_eq!(
            world.peers[seed].swarm.counters().bytes_uploaded,
            len as u64
        );
        assert_eq!(world.peers[reader].swarm.counters().bytes_duplicate, 0);
    }
}

#[test]
fn what_was_fetched_is_served_on() {
    let mut world = World::new();
    let peers = [world.peer(), world.peer(), world.peer()];
    let object = world.object(100_000, 1);
    world.give(peers[0], object);
    world.link(peers[0], peers[1]);
    world.link(peers[1], peers[2]);
    world.pass(100);
    for reader in [peers[1], peers[2]] {
        let want = world.want(reader, object);
        assert_eq!(world.until_end(reader, want).0, End::Peers);
        world.pass(200);
    }
    assert_eq!(
        world.peers[peers[1]].swarm.counters().bytes_uploaded,
        100_000
    );
}

#[test]
fn text_travels_compressed() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let text = world.text(500_000, 1);
    world.give(seed, text);
    world.link(seed, reader);
    world.pass(100);
    let want = world.want_as(reader, text, true);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
    let came = world.peers[reader].swarm.counters().wire_bytes_in;
    assert!(came < 20_000, "{came} bytes for a text that repeats itself");
    assert_eq!(world.peers[seed].swarm.counters().bytes_uploaded, 500_000);
}

#[test]
fn what_does_not_compress_travels_as_it_is() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(50_000, 1);
    world.give(seed, object);
    world.link(seed, reader);
    world.pass(100);
    let want = world.want_as(reader, object, true);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
}

#[test]
fn a_shell_that_cannot_inflate_is_not_sent_compressed_bytes() {
    let mut world = World::new();
    let seed = world.peer();
    let mut config = Config::new([7; 16], PeerId([1; 20]));
    config.can_inflate = false;
    let reader = world.peer_of(config);
    let text = world.text(100_000, 1);
    world.give(seed, text);
    world.link(seed, reader);
    world.pass(100);
    let want = world.want_as(reader, text, true);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
    assert!(world.peers[reader].swarm.counters().wire_bytes_in > 100_000);
}

#[test]
fn a_shell_that_fails_to_inflate_is_sent_the_bytes_as_they_are() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    world.peers[reader].can_inflate = false;
    let text = world.text(100_000, 1);
    world.give(seed, text);
    world.link(seed, reader);
    world.pass(100);
    let want = world.want_as(reader, text, true);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
    assert_eq!(world.peers[reader].closed, []);
}

#[test]
fn pieces_come_over_several_links() {
    let mut world = World::new();
    let reader = world.peer();
    let object = world.object(8 * MIB + 7, 1);
    let seeds = [world.peer(), world.peer(), world.peer()];
    for seed in seeds {
        world.give(seed, object);
        world.link(seed, reader);
    }
    world.pass(100);
    let want = world.want(reader, object);
    let (end, ms) = world.until_end(reader, want);
    assert_eq!(end, End::Peers);
    assert!(ms < 500, "{ms} ms, where one link alone takes 880");
    for seed in seeds {
        let uploaded = world.peers[seed].swarm.counters().bytes_uploaded;
        assert!(
            uploaded >= 2 * MIB as u64,
            "peer {seed} gave {uploaded} bytes"
        );
    }
    assert_eq!(world.peers[reader].fetched, []);
    assert_eq!(world.peers[reader].swarm.counters().bytes_duplicate, 0);
}

#[test]
fn a_faster_link_gives_more() {
    let mut world = World::new();
    let reader = world.peer();
    let object = world.object(16 * MIB, 1);
    let (fast, slow) = (world.peer(), world.peer());
    for (seed, rate) in [(fast, 20_000), (slow, 2_000)] {
        world.give(seed, object);
        world.link_of(seed, reader, 10, rate);
    }
    world.pass(100);
    let want = world.want(reader, object);
    let (end, ms) = world.until_end(reader, want);
    assert_eq!(end, End::Peers);
    assert!(ms < 2_000, "{ms} ms");
    let uploaded = |peer: usize| world.peers[peer].swarm.counters().bytes_uploaded;
    assert!(uploaded(fast) > 3 * uploaded(slow));
}

#[test]
fn wants_for_one_object_share_one_transfer() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(190_000, 1);
    world.give(seed, object);
    world.link(seed, reader);
    world.pass(100);
    let wants = [1, 2, 3].map(|_| {
        world.pass(5);
        world.want(reader, object)
    });
    world.until_all_end(reader);
    for want in wants {
        assert_eq!(world.peers[reader].ended[&want].1, End::Peers);
    }
    assert_eq!(world.peers[reader].swarm.counters().peers_asked, 1);
    assert_eq!(world.peers[seed].swarm.counters().bytes_uploaded, 190_000);
}

#[test]
fn a_withdrawn_want_costs_no_more_than_what_was_on_its_way() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let (long, short) = (world.object(4 * MIB, 1), world.object(1000, 2));
    world.give(seed, long);
    world.give(seed, short);
    world.link_of(seed, reader, 20, 1_000);
    world.pass(100);
    let want = world.want(reader, long);
    world.pass(200);
    world.tell(reader, Input::Unwant { want });
    assert_eq!(world.peers[reader].swarm.wants_open(), 0);
    world.pass(2_000);
    let sent = world.peers[seed].swarm.counters().wire_bytes_out;
    assert!(sent < 700_000, "{sent} bytes");
    assert!(!world.peers[reader].ended.contains_key(&want));

    let want = world.want(reader, short);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
}

#[test]
fn one_of_two_wants_withdrawn_leaves_the_other_its_transfer() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(MIB, 1);
    world.give(seed, object);
    world.link(seed, reader);
    world.pass(100);
    let first = world.want(reader, object);
    let second = world.want(reader, object);
    world.pass(60);
    world.tell(reader, Input::Unwant { want: first });
    assert_eq!(world.until_end(reader, second).0, End::Peers);
    assert!(!world.peers[reader].ended.contains_key(&first));
}

#[test]
fn a_page_of_many_files_leaves_the_origin_in_peace() {
    let mut world = World::new();
    let reader = world.peer();
    let seeds = [world.peer(), world.peer(), world.peer()];
    let objects: Vec<_> = (0..60)
        .map(|tag| world.object(200 + (tag as usize * 7919) % 60_000, tag))
        .collect();
    for seed in seeds {
        for object in &objects {
            world.give(seed, *object);
        }
        world.link_of(seed, reader, 30, 2_500);
    }
    world.pass(1_000);
    for object in &objects {
        world.want(reader, *object);
    }
    world.until_all_end(reader);
    let counters = *world.peers[reader].swarm.counters();
    assert!(counters.origin_asked * 50 <= 60, "{counters:?}");
    assert!(
        counters.bytes_duplicate * 50 <= counters.bytes_from_peers,
        "{counters:?}"
    );
    for seed in seeds {
        let uploaded = world.peers[seed].swarm.counters().bytes_uploaded;
        assert!(
            uploaded * 5 > counters.bytes_from_peers,
            "peer {seed} gave {uploaded}"
        );
    }
}

#[test]
fn the_origin_takes_what_would_queue_for_peers_longer_than_for_itself() {
    let mut world = World::new();
    let (reader, seed) = (world.peer(), world.peer());
    world.link_of(seed, reader, 20, 500);
    let objects: Vec<_> = (0..41).map(|tag| world.object(30_000, tag)).collect();
    let known = world.object(200_000, 99);
    for object in objects.iter().chain([&known]) {
        world.give(seed, *object);
    }
    world.pass(1_000);
    // A link's rate is known by what it brought.
    let want = world.want_saving(reader, known);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
    world.pass(1_000);
    let begun = world.now;
    for object in &objects {
        world.want(reader, *object);
    }
    world.until_all_end(reader);
    let took_ms = world.now.since(begun);
    // All of them would take 2,460 ms over the link.
    assert!(took_ms < 500, "{took_ms} ms");
    let counters = world.peers[reader].swarm.counters();
    assert!(counters.bytes_from_peers > 4 * 30_000, "{counters:?}");
    assert_eq!(counters.bytes_duplicate, 0);
}

#[test]
fn a_small_file_does_not_wait_behind_a_large_one() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let (long, short) = (world.object(6 * MIB, 1), world.object(10_000, 2));
    world.give(seed, long);
    world.give(seed, short);
    world.link_of(seed, reader, 20, 5_000);
    world.pass(100);
    world.want(reader, long);
    world.pass(300);
    let want = world.want(reader, short);
    let (end, ms) = world.until_end(reader, want);
    assert_eq!(end, End::Peers);
    assert!(ms < 250, "{ms} ms beside a file that takes 1200");
}

#[test]
fn an_object_too_long_for_memory_comes_from_the_origin() {
    let mut world = World::new();
    let seed = world.peer();
    let mut config = Config::new([7; 16], PeerId([1; 20]));
    config.object_bytes_max = 1000;
    let reader = world.peer_of(config);
    let object = world.object(1001, 1);
    world.give(seed, object);
    world.link(seed, reader);
    world.pass(100);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want), (End::Origin, 50));
}
