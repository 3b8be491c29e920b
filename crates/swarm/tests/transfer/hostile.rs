//! Must show: of 10,000 hostile transfers not one false byte is delivered, stored or passed on, and every want ends.
//! What is delivered is compared with the object by the world itself.

use swarmfetch_content::Hash;
use swarmfetch_swarm::{CloseReason, LinkId};

use crate::world::{End, OriginMood, PeerIndex, World};

/// Worlds, each with its own seed, which stands in every failure.
const WORLDS: u64 = 250;

/// Objects that each of two readers wants from peers of whom most lie.
const OBJECTS: usize = 20;

/// Lengths around the borders of chunk, group, data frame and piece.
const LENGTHS: [usize; 12] = [
    0, 1, 1024, 1025, 16_383, 16_384, 16_385, 32_768, 32_769, 70_000, 200_000, 1_100_000,
];

/// What came of one world.
#[derive(Debug, Default)]
struct Outcome {
    wants: usize,
    from_peers: usize,
    lies: u32,
    liars_caught: usize,
}

/// Two readers, linked with each other, with four liars and, in every other world, with one honest peer.
fn play(seed: u64) -> Outcome {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut world = World::new();
    let readers = [world.peer(), world.peer()];
    let objects: Vec<_> = (0..OBJECTS)
        .map(|tag| {
            let len = LENGTHS[rng.usize(..LENGTHS.len())];
            if rng.bool() {
                (world.text(len, tag as u64), true)
            } else {
                (world.object(len, tag as u64), false)
            }
        })
        .collect();
    let (between, _) = world.link(readers[0], readers[1]);
    assert_eq!(between, LinkId(1), "world {seed}");
    for index in 0..5 {
        let honest = index == 4;
        if honest && seed.is_multiple_of(2) {
            continue;
        }
        let peer = world.peer();
        for (object, _) in &objects {
            world.give(peer, *object);
        }
        for reader in readers {
            let (at_peer, _) = world.link_of(peer, reader, rng.u64(1..80), rng.u64(200..20_000));
            if !honest {
                world.lie(peer, at_peer, rng.u64(..));
            }
        }
    }
    // An origin that is gone leaves only what is true to wait for.
    let origin = *rng
        .choice(&[
            OriginMood::Good(50),
            OriginMood::Good(400),
            OriginMood::Down(30),
        ])
        .unwrap();
    for reader in readers {
        world.peers[reader].origin = origin;
    }
    world.pass(300);
    let mut outcome = Outcome::default();
    for (object, text) in objects {
        let wants = readers.map(|reader| (reader, world.want_as(reader, object, text)));
        world.pass(rng.u64(..60));
        outcome.wants += wants.len();
    }
    for reader in readers {
        world.until_all_end(reader);
        settle(&world, reader, seed, &mut outcome);
    }
    world.pass(1_000);
    for reader in readers {
        let of_reader = &world.peers[reader];
        for (hash, bytes) in &of_reader.store {
            assert_eq!(
                Hash::of(bytes),
                *hash,
                "world {seed} stored something false"
            );
        }
        // The first link is the one between the readers: neither told the other anything false.
        let caught = of_reader.closed.iter();
        for (link, reason) in caught.filter(|(_, reason)| *reason == CloseReason::Lied) {
            assert_ne!(
                *link, between,
                "world {seed}: {reason:?} said of an honest peer"
            );
            outcome.liars_caught += 1;
        }
    }
    outcome.lies = world.liars.values().map(|liar| liar.told).sum();
    outcome
}

fn settle(world: &World, reader: PeerIndex, seed: u64, outcome: &mut Outcome) {
    let reader = &world.peers[reader];
    assert_eq!(reader.ended.len(), OBJECTS, "world {seed}: a want is open");
    for (_, end) in reader.ended.values() {
        match end {
            End::Peers => outcome.from_peers += 1,
            End::Origin => {}
            // A want whose origin failed waits for peers, and ends with what the origin gave.
            End::OriginsOwn => {
                assert!(matches!(reader.origin, OriginMood::Down(_)), "world {seed}")
            }
            End::Failed => panic!("world {seed}: a want got nothing"),
        }
    }
}

#[test]
fn ten_thousand_hostile_transfers_end_and_none_with_a_false_byte() {
    let mut sum = Outcome::default();
    for seed in 0..WORLDS {
        let outcome = play(seed);
        sum.wants += outcome.wants;
        sum.from_peers += outcome.from_peers;
        sum.lies += outcome.lies;
        sum.liars_caught += outcome.liars_caught;
    }
    assert_eq!(sum.wants, 10_000);
    // It is not for want of lies, nor of truths.
    assert!(sum.lies > 1_000, "{sum:?}");
    assert!(sum.liars_caught > 500, "{sum:?}");
    assert!(sum.from_peers > 2_000, "{sum:?}");
}
