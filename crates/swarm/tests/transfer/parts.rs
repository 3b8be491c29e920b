//! Parts of a long object: what is wanted of it comes first, or comes alone.

use swarmfetch_content::{GroupRange, ObjectId};
use swarmfetch_swarm::limits::{
    FIRST_BYTE_MS_START, OVERDUE_MS, PIECE_GROUPS, TRANSFERS_BYTES_MAX,
};
use swarmfetch_swarm::{Config, LinkId, PeerId};

use crate::world::{End, Habit, OriginMood, PeerIndex, World};

const MIB: usize = 1 << 20;

fn groups(start: u64, end: u64) -> GroupRange {
    GroupRange::new(start, end).unwrap()
}

/// A seed, a reader, what the seed holds of 20 MiB, and the reader's link to it, settled.
fn held_by_one() -> (World, [PeerIndex; 2], ObjectId, LinkId) {
    held_over(10_000)
}

/// The same over a link of so many bytes a millisecond.
fn held_over(bytes_per_ms: u64) -> (World, [PeerIndex; 2], ObjectId, LinkId) {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(20 * MIB, 1);
    world.give(seed, object);
    let (_, at_reader) = world.link_of(seed, reader, 20, bytes_per_ms);
    world.pass(1_000);
    (world, [seed, reader], object, at_reader)
}

#[test]
fn a_part_comes_without_the_rest() {
    let (mut world, [seed, reader], object, _) = held_by_one();
    // Over the border of two pieces.
    let part = groups(3 * PIECE_GROUPS - 2, 3 * PIECE_GROUPS + 5);
    let want = world.want_part(reader, object, part);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
    world.pass(10_000);
    let counters = world.peers[reader].swarm.counters();
    assert_eq!(counters.bytes_from_peers, 7 * 16 * 1024);
    let sent = world.peers[seed].swarm.counters().bytes_uploaded;
    assert!(sent < 8 * 16 * 1024, "{sent} bytes for seven groups");
    assert_eq!(world.peers[reader].fetched, []);
    assert!(!world.peers[reader].store.contains_key(&object.hash));
}

#[test]
fn a_part_passes_the_rest_and_the_whole_still_comes() {
    let (mut world, [_, reader], object, _) = held_by_one();
    let whole = world.want(reader, object);
    world.pass(200);
    let last = object.groups();
    let part = world.want_part(reader, object, groups(last - 1, last));
    let (end, part_ms) = world.until_end(reader, part);
    assert_eq!(end, End::Peers);
    // Behind what was asked for before, not behind twenty times as much.
    assert!(part_ms < 800, "{part_ms} ms");
    let again = world.want_part(reader, object, groups(last - 1, last));
    assert_eq!(
        world.until_end(reader, again),
        (End::Peers, 0),
        "it is here"
    );
    let (end, whole_ms) = world.until_end(reader, whole);
    assert_eq!(end, End::Peers);
    assert!(whole_ms > part_ms);
    assert!(world.peers[reader].store.contains_key(&object.hash));
}

#[test]
fn a_part_that_is_late_comes_from_the_origin_and_the_next_one_from_whoever_is_there() {
    let (mut world, [_, reader], object, at_reader) = held_by_one();
    world.habit(reader, at_reader, Habit::SwallowsRequests);
    let late = world.want_part(reader, object, groups(0, 64));
    let (end, ms) = world.until_end(reader, late);
    assert_eq!(end, End::OriginsOwn);
    assert!(ms <= FIRST_BYTE_MS_START + 50, "{ms} ms");
    let other = world.peer();
    world.give(other, object);
    world.link(other, reader);
    world.pass(1_000);
    // In doubt the origin is asked beside the next one. That peer had a word to say, and then is waited for.
    let next = world.want_part(reader, object, groups(64, 128));
    world.until_end(reader, next);
    assert_eq!(world.peers[reader].fetched, [late, next]);
    let last = world.want_part(reader, object, groups(128, 192));
    assert_eq!(world.until_end(reader, last).0, End::Peers);
    assert_eq!(world.peers[reader].fetched, [late, next]);
}

#[test]
fn without_anybody_who_holds_it_the_origin_is_asked_for_the_part_at_once() {
    let mut world = World::new();
    let (other, reader) = (world.peer(), world.peer());
    let object = world.object(20 * MIB, 1);
    world.link(other, reader);
    world.pass(1_000);
    let want = world.want_part(reader, object, groups(64, 128));
    assert_eq!(world.until_end(reader, want), (End::OriginsOwn, 50));
}

#[test]
fn of_an_origin_that_fails_a_part_waits_for_peers() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(20 * MIB, 1);
    world.give(seed, object);
    let other = world.peer();
    world.link(other, reader);
    world.pass(1_000);
    world.peers[reader].origin = OriginMood::Down(30);
    let want = world.want_part(reader, object, groups(64, 128));
    world.pass(500);
    world.link(seed, reader);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
}

#[test]
fn what_the_origin_gives_of_the_whole_answers_the_part_too() {
    let mut world = World::new();
    let reader = world.peer();
    let object = world.object(2 * MIB, 1);
    world.peers[reader].origin = OriginMood::Good(50);
    let whole = world.want(reader, object);
    world.peers[reader].origin = OriginMood::Hangs;
    let part = world.want_part(reader, object, groups(1, 2));
    assert_eq!(world.until_end(reader, whole), (End::Origin, 50));
    assert_eq!(world.until_end(reader, part), (End::Origin, 0));
}

#[test]
fn a_part_that_there_is_not_ends_all_the_same() {
    let mut world = World::new();
    let reader = world.peer();
    let object = world.object(1000, 1);
    let want = world.want_part(reader, object, groups(7, 9));
    assert_eq!(world.until_end(reader, want), (End::OriginsOwn, 50));
}

#[test]
fn parts_that_come_in_their_own_time_do_not_bring_the_origin_in_however_many() {
    // Each takes two seconds, all of them twenty times as long.
    let (mut world, [_, reader], object, _) = held_over(512);
    world.peers[reader].origin = OriginMood::Good(3_000);
    let part = |n: u64| groups(n * PIECE_GROUPS, (n + 1) * PIECE_GROUPS);
    let mut open = vec![world.want_part(reader, object, part(0))];
    for n in 1..20 {
        open.push(world.want_part(reader, object, part(n)));
        let first = open.remove(0);
        assert_eq!(world.until_end(reader, first).0, End::Peers);
    }
    assert!(world.now.0 > 10 * OVERDUE_MS, "too quick to tell");
    assert_eq!(world.peers[reader].fetched, []);
}

/// A reader that may have so many bytes of an object in memory, linked to one who holds 20 MiB.
fn held_for_little_memory(object_bytes_max: u64) -> (World, PeerIndex, ObjectId) {
    let mut world = World::new();
    let mut config = Config::new([7; 16], PeerId([1; 20]));
    config.object_bytes_max = object_bytes_max;
    let (seed, reader) = (world.peer(), world.peer_of(config));
    let object = world.object(20 * MIB, 1);
    world.give(seed, object);
    world.link(seed, reader);
    world.pass(1_000);
    (world, reader, object)
}

#[test]
fn of_an_object_too_long_for_memory_all_comes_from_peers_part_by_part() {
    let (mut world, reader, object) = held_for_little_memory(2 * MIB as u64);
    for piece in 0..20 {
        let part = groups(piece * PIECE_GROUPS, (piece + 1) * PIECE_GROUPS);
        let want = world.want_part(reader, object, part);
        assert_eq!(world.until_end(reader, want).0, End::Peers);
    }
    assert_eq!(world.peers[reader].fetched, []);
    let whole = world.want(reader, object);
    assert_eq!(world.until_end(reader, whole).0, End::Origin);
}

#[test]
fn no_more_of_it_is_wanted_at_once_than_memory_allows_for() {
    let (mut world, reader, object) = held_for_little_memory(2 * MIB as u64);
    let part = |piece: u64| groups(piece * PIECE_GROUPS, (piece + 1) * PIECE_GROUPS);
    let first = world.want_part(reader, object, part(0));
    let second = world.want_part(reader, object, part(1));
    let third = world.want_part(reader, object, part(2));
    let whole = world.want(reader, object);
    assert_eq!(world.until_end(reader, third), (End::Failed, 0));
    assert_eq!(world.until_end(reader, whole), (End::Failed, 0));
    assert_eq!(world.until_end(reader, first).0, End::Peers);
    // What has come makes room.
    let third = world.want_part(reader, object, part(2));
    assert_eq!(world.until_end(reader, second).0, End::Peers);
    assert_eq!(world.until_end(reader, third).0, End::Peers);
}

#[test]
fn who_goes_makes_room_too() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(20 * MIB, 1);
    world.give(seed, object);
    world.link(seed, reader);
    world.pass(1_000);
    // As many as there is room for, were they not let go of.
    for n in 0..TRANSFERS_BYTES_MAX / MIB as u64 + 20 {
        let piece = n % 20;
        let want = world.want_part(
            reader,
            object,
            groups(piece * PIECE_GROUPS, (piece + 1) * PIECE_GROUPS),
        );
        world.pass(1);
        world.tell(reader, swarmfetch_swarm::Input::Unwant { want });
    }
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
}

#[test]
fn a_part_that_joins_is_asked_for_though_those_who_were_there_go() {
    let (mut world, [_, reader], object, _) = held_by_one();
    // A page gives up what it reads, and reads it again: of that the worker may hear first.
    let given_up = world.want_part(reader, object, groups(PIECE_GROUPS, 2 * PIECE_GROUPS));
    let again = world.want_part(reader, object, groups(0, PIECE_GROUPS));
    world.tell(reader, swarmfetch_swarm::Input::Unwant { want: given_up });
    assert_eq!(world.until_end(reader, again).0, End::Peers);
    assert_eq!(world.peers[reader].fetched, []);
}

#[test]
fn what_was_let_go_of_is_asked_for_again_when_somebody_wants_it_after_all() {
    // Two answers on their way, a group in 16 ms: some of the shorter one is here when its reader goes, and the rest still comes.
    let (mut world, [_, reader], object, _) = held_over(1_000);
    let kept = world.want_part(reader, object, groups(0, PIECE_GROUPS));
    let part = groups(5 * PIECE_GROUPS, 6 * PIECE_GROUPS - 10);
    let given_up = world.want_part(reader, object, part);
    world.pass(600);
    let came = world.peers[reader].swarm.counters().wire_bytes_in;
    assert!((400_000..800_000).contains(&came), "{came} bytes came");
    world.tell(reader, swarmfetch_swarm::Input::Unwant { want: given_up });
    let again = world.want_part(reader, object, part);
    assert_eq!(world.until_end(reader, kept).0, End::Peers);
    assert_eq!(world.until_end(reader, again).0, End::Peers);
    assert_eq!(world.peers[reader].fetched, []);
}

/// Four who hold the same file, at 2 MB/s and 40 ms there and back, and one who links to all of them, whose origin has nothing; and the links
/// of the four.
fn held_by_four() -> (World, PeerIndex, ObjectId, Vec<(PeerIndex, LinkId)>) {
    let mut world = World::new();
    let reader = world.peer();
    world.peers[reader].origin = OriginMood::Down(20);
    let object = world.object(32 * MIB, 1);
    let links = (0..4)
        .map(|_| {
            let seed = world.peer();
            world.give(seed, object);
            (seed, world.link_of(seed, reader, 20, 2_000).0)
        })
        .collect();
    world.pass(1_000);
    (world, reader, object, links)
}

/// A page reads the file from its beginning to its end, and the worker is so many parts ahead of it; bytes a millisecond.
/// `at_quarter` happens when a quarter is here.
fn stream(
    world: &mut World,
    reader: PeerIndex,
    object: ObjectId,
    mut at_quarter: impl FnMut(&mut World),
) -> u64 {
    const AHEAD: usize = 5;
    let began = world.now;
    let pieces = object.groups() / PIECE_GROUPS;
    let mut open = std::collections::VecDeque::new();
    for piece in 0..pieces {
        if open.len() == AHEAD {
            let first = open.pop_front().unwrap();
            assert_eq!(world.until_end(reader, first).0, End::Peers);
        }
        if piece == pieces / 4 {
            at_quarter(world);
        }
        let part = groups(piece * PIECE_GROUPS, (piece + 1) * PIECE_GROUPS);
        open.push_back(world.want_part(reader, object, part));
    }
    for want in open {
        assert_eq!(world.until_end(reader, want).0, End::Peers);
    }
    object.len / world.now.since(began)
}

#[test]
fn a_part_that_several_hold_comes_over_all_their_links() {
    let (mut world, reader, object, _) = held_by_four();
    let want = world.want_part(reader, object, groups(0, PIECE_GROUPS));
    let (end, took_ms) = world.until_end(reader, want);
    assert_eq!(end, End::Peers);
    // By one of them alone it would take 564.
    assert!(took_ms < 220, "{took_ms} ms");
}

#[test]
fn four_links_are_kept_full() {
    let (mut world, reader, object, _) = held_by_four();
    let rate = stream(&mut world, reader, object, |_| {});
    assert!(rate >= 7_200, "{rate} of 8,000 bytes a millisecond");
    assert_eq!(world.peers[reader].fetched, []);
    assert_eq!(world.peers[reader].swarm.counters().bytes_duplicate, 0);
}

#[test]
fn one_of_four_that_falls_silent_costs_little_more_than_its_own_share() {
    let (mut world, reader, object, links) = held_by_four();
    let rate = stream(&mut world, reader, object, |world| {
        let (seed, link) = links[3];
        world.habit(seed, link, Habit::Stalled);
    });
    assert!(rate >= 5_400, "{rate} of 6,000 bytes a millisecond");
}

#[test]
fn of_a_fast_link_whole_pieces_are_asked_for() {
    let (mut world, [_, reader], object, _) = held_over(20_000);
    stream(&mut world, reader, object, |_| {});
    let asked = world.peers[reader].swarm.counters().peers_asked;
    // The first pieces are asked for little by little.
    assert!(asked < 20 + 12, "{asked} requests");
}

#[test]
fn the_whole_is_complete_with_a_part_that_the_origin_gave_last() {
    let mut world = World::new();
    let (some, reader) = (world.peer(), world.peer());
    let object = world.object(MIB + 20_000, 1);
    world.give_segment(some, object, 0);
    world.link(some, reader);
    world.pass(1_000);
    world.peers[reader].origin = OriginMood::Shared;
    world.line.bytes_per_ms = 20;
    let last = world.want_part(reader, object, groups(PIECE_GROUPS, object.groups()));
    let whole = world.want(reader, object);
    let (end, part_ms) = world.until_end(reader, last);
    assert_eq!(end, End::Origin);
    assert!((1_000..1_100).contains(&part_ms), "{part_ms} ms");
    assert_eq!(world.until_end(reader, whole), (End::Peers, 0));
    assert_eq!(world.line.sent, 20_000);
}

#[test]
fn of_a_stream_that_nobody_holds_the_origin_is_always_asked_for_the_next_part_too() {
    let mut world = World::new();
    let reader = world.peer();
    let object = world.object(6 * MIB, 1);
    world.peers[reader].origin = OriginMood::Shared;
    let mut ends: Vec<_> = (0..6)
        .map(|n| {
            world.want_part(
                reader,
                object,
                groups(n * PIECE_GROUPS, (n + 1) * PIECE_GROUPS),
            )
        })
        .collect();
    while let Some(next) = ends.first().copied() {
        assert_eq!(world.line.open(reader), ends.len().min(2), "{next:?}");
        assert_eq!(world.until_end(reader, next).0, End::Origin);
        ends.retain(|want| !world.peers[reader].ended.contains_key(want));
    }
}
