//! Several want the same at once of an origin that is too busy for that: each has some of it from there, and the rest from the others.

use swarmfetch_content::{GroupRange, ObjectId};
use swarmfetch_swarm::limits::{PIECE_GROUPS, STRAIN_FETCHES_MAX, STRAIN_WINDOW_MS, YIELD_MS_MAX};
use swarmfetch_swarm::{Input, LinkId, WantId};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{HashPrefix, Part, WantList};

use crate::world::{End, OriginMood, PeerIndex, World};

const FILES: u64 = 25;
const FILE_BYTES: usize = 200_000;
const ALL_BYTES: u64 = FILES * FILE_BYTES as u64;

fn files(world: &mut World) -> Vec<ObjectId> {
    (0..FILES)
        .map(|tag| world.object(FILE_BYTES, tag))
        .collect()
}

fn visitor(world: &mut World) -> PeerIndex {
    let peer = world.peer();
    world.peers[peer].origin = OriginMood::Shared;
    peer
}

/// So many visitors, each linked to each other.
fn visitors(world: &mut World, count: usize) -> Vec<PeerIndex> {
    let all: Vec<PeerIndex> = (0..count).map(|_| visitor(world)).collect();
    for (nth, &one) in all.iter().enumerate() {
        for &other in &all[..nth] {
            world.link_of(one, other, 20, 2_500);
        }
    }
    world.pass(1_000);
    all
}

fn want_all(world: &mut World, peer: PeerIndex, files: &[ObjectId]) -> Vec<WantId> {
    files.iter().map(|file| world.want(peer, *file)).collect()
}

/// How long it takes until everyone has everything, in milliseconds.
fn until_all_have_all(world: &mut World, all: &[PeerIndex]) -> u64 {
    let begun = world.now;
    for &peer in all {
        world.until_all_end(peer);
    }
    world.now.since(begun)
}

/// What the peer has been told of as wanted by the other end of its link, whoever it is.
fn hears(world: &mut World, from: PeerIndex, link: LinkId, files: &[ObjectId]) {
    let prefixes = files.iter().map(|file| HashPrefix::of(&file.hash));
    let prefixes = prefixes.collect();
    let parts = Vec::new();
    world.forge(from, link, &Frame::WantList(WantList { prefixes, parts }));
}

/// A reader of files from a slow origin, and one who wants the same by its word, and never has anything: they share. Their links.
fn beside_one_who_only_says_so() -> (World, Vec<ObjectId>, [PeerIndex; 2], [LinkId; 2]) {
    let mut world = World::new();
    let files = files(&mut world);
    let (reader, other) = (visitor(&mut world), world.peer());
    let (at_reader, at_other) = world.link(reader, other);
    world.pass(1_000);
    world.line.bytes_per_ms = 150;
    want_all(&mut world, reader, &files);
    hears(&mut world, other, at_other, &files);
    world.pass(4 * STRAIN_WINDOW_MS);
    assert_eq!(world.line.open(reader), STRAIN_FETCHES_MAX, "they share");
    (world, files, [reader, other], [at_reader, at_other])
}

#[test]
fn eight_at_once_have_it_at_least_five_times_faster_than_each_from_the_origin() {
    let mut world = World::new();
    let files = files(&mut world);
    let all = visitors(&mut world, 8);
    for &peer in &all {
        want_all(&mut world, peer, &files);
    }
    let took_ms = until_all_have_all(&mut world, &all);
    let alone_ms = 8 * ALL_BYTES / world.line.bytes_per_ms;
    assert!(5 * took_ms <= alone_ms, "{took_ms} ms of {alone_ms}");
    let copies = world.line.sent as f64 / ALL_BYTES as f64;
    assert!(copies <= 1.6, "{copies} copies from the origin");
}

#[test]
fn it_is_as_good_where_each_knows_only_some_of_the_others() {
    let mut world = World::new();
    let files = files(&mut world);
    let all: Vec<PeerIndex> = (0..8).map(|_| visitor(&mut world)).collect();
    for nth in 0..8 {
        for apart in [1, 2] {
            world.link_of(all[nth], all[(nth + apart) % 8], 20, 2_500);
        }
    }
    world.pass(1_000);
    for &peer in &all {
        want_all(&mut world, peer, &files);
    }
    let took_ms = until_all_have_all(&mut world, &all);
    let alone_ms = 8 * ALL_BYTES / world.line.bytes_per_ms;
    assert!(4 * took_ms <= alone_ms, "{took_ms} ms of {alone_ms}");
}

#[test]
fn who_has_nobody_to_share_with_has_all_at_once_from_the_origin() {
    let mut world = World::new();
    let files = files(&mut world);
    let all = visitors(&mut world, 2);
    world.line.bytes_per_ms = 150;
    want_all(&mut world, all[0], &files);
    let took_ms = until_all_have_all(&mut world, &all);
    let alone_ms = ALL_BYTES / world.line.bytes_per_ms;
    assert!(took_ms <= alone_ms + 100, "{took_ms} ms of {alone_ms}");
    assert_eq!(world.line.most[&all[0]], files.len());
    assert_eq!(world.line.sent, ALL_BYTES);
}

#[test]
fn a_quick_origin_gives_everyone_everything_whatever_others_want() {
    let mut world = World::new();
    let files = files(&mut world);
    let all = visitors(&mut world, 2);
    world.line.bytes_per_ms = 5_000;
    for &peer in &all {
        want_all(&mut world, peer, &files);
    }
    let took_ms = until_all_have_all(&mut world, &all);
    let alone_ms = 2 * ALL_BYTES / world.line.bytes_per_ms;
    assert!(took_ms <= alone_ms + 100, "{took_ms} ms of {alone_ms}");
    let from_peers = all
        .iter()
        .flat_map(|peer| world.peers[*peer].ended.values());
    assert_eq!(from_peers.filter(|(_, end)| *end == End::Peers).count(), 0);
}

#[test]
fn what_others_were_left_to_fetch_is_fetched_after_all_when_they_do_not() {
    let (mut world, _, [reader, other], [_, at_other]) = beside_one_who_only_says_so();
    let took_ms = until_all_have_all(&mut world, &[reader]) + 4 * STRAIN_WINDOW_MS;
    let alone_ms = ALL_BYTES / world.line.bytes_per_ms;
    assert!(
        took_ms <= alone_ms + YIELD_MS_MAX,
        "{took_ms} ms of {alone_ms}"
    );

    // It is not counted on again.
    let more: Vec<ObjectId> = (100..100 + FILES)
        .map(|tag| world.object(FILE_BYTES, tag))
        .collect();
    let begun = world.now;
    want_all(&mut world, reader, &more);
    hears(&mut world, other, at_other, &more);
    until_all_have_all(&mut world, &[reader]);
    let took_ms = world.now.since(begun);
    assert!(took_ms <= alone_ms + 100, "{took_ms} ms of {alone_ms}");
}

#[test]
fn who_goes_is_not_waited_for() {
    let (mut world, files, [reader, _], [at_reader, _]) = beside_one_who_only_says_so();
    world.cut(reader, at_reader);
    assert_eq!(world.line.open(reader), files.len());
}

#[test]
fn who_may_not_upload_asks_nobody_to_count_on_it() {
    let mut world = World::new();
    let files = files(&mut world);
    let all = visitors(&mut world, 2);
    let may_upload = false;
    world.tell(all[0], Input::Visitor { may_upload });
    world.line.bytes_per_ms = 150;
    want_all(&mut world, all[0], &files);
    want_all(&mut world, all[1], &files);
    world.pass(4 * STRAIN_WINDOW_MS);
    assert_eq!(world.line.open(all[1]), files.len(), "it counts on nobody");
    assert!(
        world.line.open(all[0]) < files.len(),
        "it counts on the other"
    );
}

/// The segments of a long file.
fn segments(object: ObjectId) -> impl Iterator<Item = GroupRange> {
    let starts = (0..object.groups()).step_by(PIECE_GROUPS as usize);
    let end = move |start| object.groups().min(start + PIECE_GROUPS);
    starts.map(move |start| GroupRange::new(start, end(start)).unwrap())
}

#[test]
fn eight_who_stream_a_long_file_at_once_have_it_at_least_four_times_faster() {
    let mut world = World::new();
    let file = world.object(5_000_000, 1);
    let all = visitors(&mut world, 8);
    for &peer in &all {
        for groups in segments(file) {
            world.want_part(peer, file, groups);
        }
    }
    let took_ms = until_all_have_all(&mut world, &all);
    let alone_ms = 8 * file.len / world.line.bytes_per_ms;
    assert!(4 * took_ms <= alone_ms, "{took_ms} ms of {alone_ms}");
    let copies = world.line.sent as f64 / file.len as f64;
    assert!(copies <= 2.0, "{copies} copies from the origin");
}

#[test]
fn who_comes_later_has_the_beginning_from_who_is_not_done_yet() {
    let mut world = World::new();
    let file = world.object(5_000_000, 1);
    let all = visitors(&mut world, 2);
    world.line.bytes_per_ms = 500;
    let begun = world.now;
    for groups in segments(file) {
        world.want_part(all[0], file, groups);
    }
    world.pass(5_000);
    for groups in segments(file) {
        world.want_part(all[1], file, groups);
    }
    until_all_have_all(&mut world, &all);
    let took_ms = world.now.since(begun);
    let alone_ms = file.len / world.line.bytes_per_ms;
    assert!(took_ms <= alone_ms + 2_000, "{took_ms} ms of {alone_ms}");
    let twice = world.line.sent - file.len;
    assert!(twice <= file.len / 4, "{twice} bytes twice from the origin");
}

#[test]
fn a_stream_whose_neighbour_does_not_fetch_what_it_should_comes_from_the_origin_after_all() {
    let mut world = World::new();
    let file = world.object(5_000_000, 1);
    let reader = visitor(&mut world);
    let other = world.peer();
    let (_, at_other) = world.link(reader, other);
    world.pass(1_000);
    world.line.bytes_per_ms = 150;
    for groups in segments(file) {
        world.want_part(reader, file, groups);
    }
    let part = Part {
        prefix: HashPrefix::of(&file.hash),
        segments: vec![0b11111],
    };
    let list = WantList {
        prefixes: Vec::new(),
        parts: vec![part],
    };
    world.forge(other, at_other, &Frame::WantList(list));
    let took_ms = until_all_have_all(&mut world, &[reader]);
    let alone_ms = file.len / world.line.bytes_per_ms;
    assert!(
        took_ms <= alone_ms + YIELD_MS_MAX,
        "{took_ms} ms of {alone_ms}"
    );
    let twice = world.line.sent - file.len;
    assert!(
        twice <= file.len / 20,
        "{twice} bytes twice from the origin"
    );
}
