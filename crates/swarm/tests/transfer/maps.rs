//! Have-maps: of a neighbour who holds much, each learns of the buckets it wants something of, and nothing waits for that longer
//! than it must.

use std::collections::{BTreeMap, BTreeSet};

use swarmfetch_content::{Hash, ObjectId};
use swarmfetch_swarm::Input;
use swarmfetch_swarm::limits::{
    BUCKET_OBJECTS, FALSE_HAVES_MAX, ORIGIN_MS_GUESS, SETTLE_MS, TOLERANCE_MS,
};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{
    HashPrefix, Have, Hello, HelloKind, Interest, PeerId, Prefixes, Scale,
};
use swarmfetch_wire::limits::{CONTROL_BYTES_BURST, PROTOCOL};

use crate::world::{End, Habit, OriginMood, PeerIndex, World};

/// What peers may take for a small body before the origin was measured, in milliseconds.
const UNMEASURED_MS: u64 = ORIGIN_MS_GUESS + ORIGIN_MS_GUESS / 20 + TOLERANCE_MS;

/// Objects that a peer is said to hold, without their bytes, from this number on.
fn hold(world: &mut World, peer: PeerIndex, numbers: std::ops::Range<u64>) -> Vec<Hash> {
    let object = |number: u64| ObjectId::of(&number.to_be_bytes());
    let objects: Vec<ObjectId> = numbers.map(object).collect();
    let hashes = objects.iter().map(|object| object.hash).collect();
    world.tell(peer, Input::Held(objects));
    hashes
}

/// A peer that holds so much beside, and a reader who is linked with it.
fn much(world: &mut World, beside: u64) -> (PeerIndex, PeerIndex) {
    let (seed, reader) = (world.peer(), world.peer());
    hold(world, seed, 0..beside);
    world.link(seed, reader);
    world.pass(500);
    (seed, reader)
}

/// How often this peer has said that it is interested.
fn interests(world: &World, peer: PeerIndex) -> usize {
    let by_peer = world.told.iter().filter(|(from, _)| *from == peer);
    let frames = by_peer.map(|(_, bytes)| Frame::decode(bytes).unwrap().unwrap());
    frames
        .filter(|frame| matches!(frame, Frame::Interest(_)))
        .count()
}

/// What a peer has told: its maps by bucket, and the scale.
#[derive(Default)]
struct Told {
    scale: Option<Scale>,
    maps: BTreeMap<u32, Vec<u32>>,
    /// Members of what was told after the maps.
    changes: Vec<u32>,
    bytes: usize,
}

impl Told {
    fn by(world: &World, peer: PeerIndex) -> Self {
        let mut told = Told::default();
        for (_, bytes) in world.told.iter().filter(|(from, _)| *from == peer) {
            match Frame::decode(bytes).unwrap().unwrap() {
                Frame::Buckets(buckets) => told.scale = Some(buckets.scale),
                Frame::Have(have) if Some(have.prefixes.scale) == told.scale => {
                    let Prefixes {
                        bucket, members, ..
                    } = have.prefixes;
                    let before = told.maps.insert(bucket, members);
                    assert_eq!(before, None, "bucket {bucket} is told twice");
                }
                Frame::Have(have) if told.scale.is_some() => {
                    told.changes.extend(have.prefixes.members);
                }
                Frame::HaveNot(have_not) => told.changes.extend(have_not.prefixes.members),
                Frame::Have(_) | Frame::Interest(_) => continue,
                other => panic!("{other:?}"),
            }
            told.bytes += bytes.len();
        }
        told
    }

    fn bucket_of(&self, hash: &Hash) -> u32 {
        let scale = self.scale.unwrap();
        scale.bucket(scale.cut(HashPrefix::of(hash)))
    }

    fn holds(&self, hash: &Hash) -> bool {
        let member = self.scale.unwrap().cut(HashPrefix::of(hash));
        let map = self.maps.get(&self.bucket_of(hash));
        map.is_some_and(|map| map.binary_search(&member).is_ok())
    }
}

#[test]
fn of_100_000_objects_each_is_told_in_10_bits_and_only_in_the_buckets_that_are_wanted() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let wanted: Vec<ObjectId> = (0..12).map(|tag| world.object(1000, tag)).collect();
    for object in &wanted {
        world.give(seed, *object);
    }
    let mut held = hold(&mut world, seed, 0..100_000 - 12);
    held.extend(wanted.iter().map(|object| object.hash));
    world.told.clear();
    world.link(seed, reader);
    world.pass(10_000);
    let told = Told::by(&world, seed);
    assert!(told.maps.is_empty() && told.bytes < 10, "nothing is wanted");

    for object in &wanted {
        let want = world.want(reader, *object);
        assert_eq!(world.until_end(reader, want).0, End::Peers);
    }
    world.pass(10_000);
    let told = Told::by(&world, seed);
    let buckets: BTreeSet<u32> = wanted.iter().map(|it| told.bucket_of(&it.hash)).collect();
    assert!(told.maps.keys().eq(&buckets));
    let in_them = held
        .iter()
        .filter(|hash| buckets.contains(&told.bucket_of(hash)));
    let in_them = in_them.count();
    assert!(
        8 * told.bytes <= 10 * in_them,
        "{} bytes for {in_them}",
        told.bytes
    );
    assert!(in_them < 20_000, "{in_them} are not all");

    // Whoever wants something of every bucket is told all.
    world.peers[reader].origin = OriginMood::Good(1);
    let mut wanted = buckets;
    for tag in 12..3000 {
        let object = world.object(10, tag);
        if wanted.insert(told.bucket_of(&object.hash)) {
            let want = world.want(reader, object);
            world.until_end(reader, want);
            world.pass(100);
        }
    }
    let told = Told::by(&world, seed);
    assert_eq!(told.maps.len(), 128);
    assert!(held.iter().all(|hash| told.holds(hash)));
    let bits = 8.0 * told.bytes as f64 / 100_000.0;
    assert!(bits <= 10.0, "{bits} bits each");
    let others = (0..100_000u64).map(|number| Hash::of(&number.to_le_bytes()));
    let false_yes = others.filter(|hash| told.holds(hash)).count();
    assert!(false_yes <= 1000, "{false_yes} of 100,000");
    assert!(world.peers.iter().all(|peer| peer.closed.is_empty()));
}

#[test]
fn what_comes_and_goes_is_told_of_told_buckets_only() {
    let mut world = World::new();
    let (seed, reader) = much(&mut world, 20_000);
    let object = world.object(1000, 1);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want).0, End::Origin);
    let told = Told::by(&world, seed);
    let bucket = told.bucket_of(&object.hash);
    let bytes_before = told.bytes;
    assert!(told.maps.keys().eq(&[bucket]));

    let went = (0..300u64).map(|number| ObjectId::of(&number.to_be_bytes()));
    world.tell(seed, Input::Dropped(went.collect()));
    hold(&mut world, seed, 20_000..20_500);
    world.give(seed, object);
    world.pass(2_000);
    let told = Told::by(&world, seed);
    let scale = told.scale.unwrap();
    assert!(
        (10..100).contains(&told.changes.len()),
        "{}",
        told.changes.len()
    );
    assert!(
        told.changes
            .iter()
            .all(|member| scale.bucket(*member) == bucket)
    );
    assert!(told.bytes - bytes_before < 4 * told.changes.len());
    // It has come to be known without a question.
    assert_eq!(interests(&world, reader), 1);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
    assert_eq!(interests(&world, reader), 1);
}

#[test]
fn a_want_of_a_bucket_that_was_not_told_costs_one_round_trip_more_and_not_the_origin() {
    let mut world = World::new();
    let (seed, reader) = much(&mut world, 5_000);
    let mut took_ms = Vec::new();
    let objects: Vec<ObjectId> = (0..40).map(|tag| world.object(1000, tag)).collect();
    for object in objects {
        world.give(seed, object);
        world.pass(500);
        let told = Told::by(&world, seed);
        let is_told = told.maps.contains_key(&told.bucket_of(&object.hash));
        let want = world.want(reader, object);
        let (end, ms) = world.until_end(reader, want);
        assert_eq!(end, End::Peers);
        took_ms.push((is_told, ms));
    }
    assert_eq!(world.peers[reader].fetched, []);
    let of = |is_told: bool| {
        took_ms
            .iter()
            .filter(move |it| it.0 == is_told)
            .map(|it| it.1)
    };
    assert_eq!(of(false).count(), 8, "buckets");
    assert!(of(true).all(|ms| (40..50).contains(&ms)), "{took_ms:?}");
    assert!(of(false).all(|ms| (80..90).contains(&ms)), "{took_ms:?}");
}

#[test]
fn all_that_a_page_wants_at_once_is_asked_for_at_once() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let objects: Vec<ObjectId> = (0..200).map(|tag| world.object(1000, tag)).collect();
    hold(&mut world, seed, 0..100_000);
    for object in &objects {
        world.give(seed, *object);
    }
    world.link(seed, reader);
    // Before the first word is there. The maps are more than may come unasked.
    let wants: Vec<_> = objects
        .iter()
        .map(|object| world.want(reader, *object))
        .collect();
    world.until_all_end(reader);
    for want in wants {
        assert_eq!(world.peers[reader].ended[&want].1, End::Peers);
    }
    assert_eq!(world.peers[reader].fetched, []);
    let longest_ms = world.times_to_end().iter().map(|(_, ms)| *ms).max();
    // Hello, map, and of so many in four goes their answers.
    assert!(longest_ms < Some(250), "{longest_ms:?} ms");
    assert_eq!(interests(&world, reader), 1);
    assert!(Told::by(&world, seed).bytes as u64 > CONTROL_BYTES_BURST);
    assert!(world.peers.iter().all(|peer| peer.closed.is_empty()));
}

#[test]
fn who_is_answered_by_others_asks_for_no_map() {
    let mut world = World::new();
    let (_, reader) = much(&mut world, 5_000);
    let small = world.peer();
    let object = world.object(1000, 1);
    world.give(small, object);
    world.link(small, reader);
    world.pass(500);
    world.told.clear();
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
    world.pass(500);
    assert_eq!(interests(&world, reader), 0);
}

/// How long each of so many wants took whose origin takes 50 ms, one after the other, beyond that.
fn waits_ms(world: &mut World, reader: PeerIndex, wants: u64) -> Vec<u64> {
    let mut waits = Vec::new();
    for tag in 0..wants {
        let object = world.object(1000, 1000 + tag);
        let want = world.want(reader, object);
        let (end, ms) = world.until_end(reader, want);
        assert_eq!(end, End::Origin);
        waits.push(ms - 50);
        world.pass(1_000);
    }
    waits
}

#[test]
fn who_holds_much_and_never_tells_is_waited_for_once_and_no_longer_than_a_link_that_settles() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    hold(&mut world, seed, 0..100_000);
    let (_, at_reader) = world.link(seed, reader);
    world.pass(500);
    world.habit(reader, at_reader, Habit::SwallowsInterest);
    let waits = waits_ms(&mut world, reader, 10);
    assert_eq!(waits[0], UNMEASURED_MS);
    assert_eq!(waits[1..], [0; 9]);
}

#[test]
fn who_tells_late_and_holds_nothing_of_use_is_not_waited_for_time_and_again() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    hold(&mut world, seed, 0..100_000);
    world.link_of(seed, reader, 70, 10_000);
    world.pass(500);
    let waits = waits_ms(&mut world, reader, 40);
    assert!(
        waits[..3].iter().all(|ms| (140..145).contains(ms)),
        "{waits:?}"
    );
    assert!(waits.iter().sum::<u64>() <= SETTLE_MS, "{waits:?}");
    // What it has to tell it still tells.
    assert!(Told::by(&world, seed).maps.len() > 20);
}

#[test]
fn an_interest_is_answered_once_and_only_in_buckets_that_there_are() {
    let mut world = World::new();
    let (seed, stranger) = (world.peer(), world.peer());
    hold(&mut world, seed, 0..5_000);
    let (_, at_stranger) = world.link(seed, stranger);
    world.pass(500);
    let mut told_after = |depth: u8, buckets: &[u32]| {
        let buckets = buckets.to_vec();
        let interest = Frame::Interest(Interest { depth, buckets });
        for _ in 0..10 {
            world.forge(stranger, at_stranger, &interest);
        }
        world.pass(500);
        // Whatever is told twice fails here.
        Told::by(&world, seed).maps.len()
    };
    assert_eq!(told_after(2, &[0, 1]), 0, "they were divided otherwise");
    assert_eq!(told_after(3, &[8, 77, u32::MAX]), 0, "there are eight");
    assert_eq!(told_after(3, &[7, 7, 1]), 2);
    assert_eq!(told_after(3, &[0, 1]), 3);
}

#[test]
fn who_would_not_be_asked_for_the_bytes_is_not_waited_for_to_tell() {
    for is_silent in [false, true] {
        let mut world = World::new();
        let (seed, reader) = (world.peer(), world.peer());
        hold(&mut world, seed, 0..100_000);
        let objects: Vec<ObjectId> = (0..8).map(|tag| world.object(100_000, tag)).collect();
        for object in &objects[..4] {
            world.give(seed, *object);
        }
        // Far slower than the origin; or silent from the first request on, and resting from then.
        let (at_seed, _) = world.link_of(seed, reader, 20, if is_silent { 10_000 } else { 100 });
        world.pass(500);
        for object in &objects[..4] {
            let want = world.want(reader, *object);
            if is_silent {
                world.pass(60);
                world.habit(seed, at_seed, Habit::Stalled);
            }
            world.until_end(reader, want);
            world.pass(3_000);
        }
        world.habit(seed, at_seed, Habit::Honest);
        let before = interests(&world, reader);
        for object in &objects[4..] {
            let want = world.want(reader, *object);
            let ended = world.until_end(reader, want);
            assert_eq!(ended, (End::Origin, 50), "silent: {is_silent}");
        }
        assert_eq!(interests(&world, reader), before, "silent: {is_silent}");
        // Where the origin cannot help, whoever there is does.
        world.peers[reader].origin = OriginMood::Down(50);
        let object = world.object(1000, 9);
        world.give(seed, object);
        let want = world.want(reader, object);
        assert_eq!(
            world.until_end(reader, want).0,
            End::Peers,
            "silent: {is_silent}"
        );
    }
}

#[test]
fn what_was_told_before_the_other_end_began_anew_is_void() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(1000, 1);
    world.give(seed, object);
    let (at_seed, _) = world.link(seed, reader);
    world.pass(500);
    let hello = Hello {
        protocol: PROTOCOL,
        site: [7; 16],
        version: 0,
        peer: PeerId([seed as u8; 20]),
        kind: HelloKind::Again,
        number: 5,
    };
    world.forge(seed, at_seed, &Frame::Hello(hello));
    world.pass(100);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want).0, End::Origin);
    assert_eq!(world.peers[reader].swarm.counters().peers_asked, 0);
}

/// A stranger's word.
fn claim(reset: bool, prefixes: Prefixes) -> Frame<'static> {
    Frame::Have(Have { reset, prefixes })
}

#[test]
fn who_claims_everything_is_soon_left_alone_and_the_page_hardly_waits() {
    let mut world = World::new();
    let (liar, reader) = (world.peer(), world.peer());
    let (at_liar, _) = world.link(liar, reader);
    world.pass(500);
    let everything = Prefixes {
        scale: Scale {
            width: 11,
            depth: 0,
        },
        bucket: 0,
        members: (0..2048).collect(),
    };
    world.forge(liar, at_liar, &claim(true, everything));
    world.pass(500);
    for tag in 0..40 {
        let object = world.object(1000, tag);
        let want = world.want(reader, object);
        let (end, ms) = world.until_end(reader, want);
        assert_eq!(end, End::Origin);
        // There and back for the refusal.
        let most_ms = if tag < FALSE_HAVES_MAX.into() { 45 } else { 0 };
        assert!(ms <= 50 + most_ms, "want {tag}: {ms} ms");
    }
    let asked = world.peers[reader].swarm.counters().peers_asked;
    assert_eq!(asked, u64::from(FALSE_HAVES_MAX));
}

#[test]
fn who_holds_nothing_of_what_its_maps_say_is_not_asked_for_more_of_them() {
    let mut world = World::new();
    let (liar, reader) = much(&mut world, 100_000);
    let refusals = u64::from(FALSE_HAVES_MAX);
    let objects: Vec<ObjectId> = (0..20).map(|tag| world.object(1000, tag)).collect();
    world.tell(liar, Input::Held(objects.clone()));
    for (object, nth) in objects.into_iter().zip(0..) {
        let want = world.want(reader, object);
        let (end, ms) = world.until_end(reader, want);
        assert_eq!(end, End::Origin);
        // There and back for the map, and for the refusal.
        let most_ms = if nth < refusals { 90 } else { 0 };
        assert!(ms <= 50 + most_ms, "want {nth}: {ms} ms");
    }
    assert!(interests(&world, reader) <= FALSE_HAVES_MAX as usize);
}

#[test]
fn a_false_yes_among_true_ones_is_no_reason_to_leave_a_holder_alone() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let objects: Vec<ObjectId> = (0..60).map(|tag| world.object(1000, tag)).collect();
    for object in objects.iter().step_by(2) {
        world.give(seed, *object);
    }
    let (at_seed, _) = world.link(seed, reader);
    world.pass(500);
    let claimed = objects.iter().map(|object| HashPrefix::of(&object.hash));
    world.forge(seed, at_seed, &claim(false, Prefixes::whole(claimed)));
    world.pass(500);
    for (tag, object) in objects.into_iter().enumerate() {
        let want = world.want(reader, object);
        let expected = if tag % 2 == 0 {
            End::Peers
        } else {
            End::Origin
        };
        assert_eq!(world.until_end(reader, want).0, expected, "{tag}");
    }
    assert_eq!(world.peers[reader].swarm.counters().peers_asked, 60);
}

#[test]
fn either_end_may_lose_its_memory_of_maps() {
    for (restarted, gap_ms) in [(0, 200), (1, 200), (0, 30), (1, 30), (0, 0), (1, 0)] {
        let mut world = World::new();
        let (seed, reader) = (world.peer(), world.peer());
        // Objects with their bytes, for it is by those that the world knows what a peer held.
        let objects: Vec<ObjectId> = (0..3_000).map(|tag| world.object(20, tag)).collect();
        for object in &objects {
            world.give(seed, *object);
        }
        world.link(seed, reader);
        world.pass(500);
        for half in objects[..20].chunks(10) {
            let wants: Vec<_> = half
                .iter()
                .map(|object| world.want(reader, *object))
                .collect();
            world.until_all_end(reader);
            for want in &wants {
                let end = world.peers[reader].ended[want].1;
                assert_eq!(end, End::Peers, "{restarted} restarted for {gap_ms} ms");
            }
            world.restart(restarted);
            world.pass(gap_ms);
        }
        assert!(world.peers.iter().all(|peer| peer.closed.is_empty()));
    }
}

#[test]
fn who_comes_to_hold_much_is_still_found_to_hold_it() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let objects = [1, 2].map(|tag| world.object(1000, tag));
    world.give(seed, objects[0]);
    hold(&mut world, seed, 0..BUCKET_OBJECTS as u64 - 100);
    world.link(seed, reader);
    world.pass(500);
    hold(&mut world, seed, 10_000..10_200);
    world.give(seed, objects[1]);
    world.pass(500);
    for object in objects {
        let want = world.want(reader, object);
        assert_eq!(world.until_end(reader, want).0, End::Peers);
    }
}

#[test]
fn a_visitor_who_holds_much_and_stops_uploading_is_asked_nothing() {
    let mut world = World::new();
    let (seed, reader) = much(&mut world, 5_000);
    world.tell(seed, Input::Visitor { may_upload: false });
    world.pass(500);
    world.told.clear();
    assert_eq!(waits_ms(&mut world, reader, 10), [0; 10]);
    assert_eq!(interests(&world, reader), 0);
    let object = world.object(1000, 1);
    world.give(seed, object);
    world.tell(seed, Input::Visitor { may_upload: true });
    world.pass(500);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
}
