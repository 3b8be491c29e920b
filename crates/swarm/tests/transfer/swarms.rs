//! Whole swarms under random faults: whatever breaks, everyone gets true bytes in time, and a seed repeats exactly.

use swarmfetch_content::ObjectId;
use swarmfetch_swarm::Input;

use crate::world::{Habit, OriginMood, PeerIndex, World};

const MIB: usize = 1 << 20;

/// Longest time that any want may take here, in milliseconds: the longest object's own time at the slowest rate put up
/// with, two deadlines, and the origin's answer.
const WANT_MS_MAX: u64 = 2_000 + 2 * MIB as u64 * 1000 / (256 * 1024) + 2 * 2_000 + 400;

/// A swarm of ten with faults drawn from the seed. Everyone wants everything; the trace is all that happened.
fn run(seed: u64) -> Vec<String> {
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut world = World::new();
    let objects: Vec<(ObjectId, bool)> = (0..12)
        .map(|tag| {
            let len = [10, 5_000, 20_000, 100_000, MIB / 2, 2 * MIB][dice.usize(..6)];
            match dice.bool() {
                true => (world.text(len + tag as usize, tag), true),
                false => (world.object(len, tag), false),
            }
        })
        .collect();
    let peers: Vec<PeerIndex> = (0..10).map(|_| world.peer()).collect();
    for &peer in &peers {
        world.peers[peer].origin = OriginMood::Good(dice.u64(20..400));
        for _ in 0..dice.usize(..6) {
            world.give(peer, objects[dice.usize(..objects.len())].0);
        }
    }
    let mut links = Vec::new();
    for _ in 0..20 {
        let (a, b) = (dice.usize(..10), dice.usize(..10));
        if a != b {
            let (latency_ms, rate) = (dice.u64(1..150), dice.u64(100..20_000));
            let (at_a, at_b) = world.link_of(a, b, latency_ms, rate);
            links.push((a, at_a));
            links.push((b, at_b));
        }
    }
    for step in 0..60 {
        world.pass(dice.u64(..200));
        let (peer, link) = links[dice.usize(..links.len())];
        let habits = [
            Habit::Stalled,
            Habit::FlipsData(dice.usize(..20_000)),
            Habit::FlipsProof,
            Habit::Repeats,
            Habit::SwallowsRequests,
        ];
        match dice.u8(..12) {
            0 => world.habit_if_open(peer, link, habits[dice.usize(..habits.len())]),
            1 => world.cut(peer, link),
            2 => {
                let may_upload = dice.bool();
                world.tell(peer, Input::Visitor { may_upload });
            }
            _ => {}
        }
        let (object, text) = objects[dice.usize(..objects.len())];
        let reader = peers[dice.usize(..peers.len())];
        let want = world.want_as(reader, object, text);
        if step % 13 == 0 {
            world.tell(reader, Input::Unwant { want });
        }
    }
    for &peer in &peers {
        world.until_all_end(peer);
    }
    for (want, took_ms) in world.times_to_end() {
        assert!(
            took_ms <= WANT_MS_MAX,
            "seed {seed}: {want:?} took {took_ms} ms"
        );
    }
    world.trace
}

#[test]
fn everyone_is_served_in_time_whatever_breaks() {
    for seed in 0..12 {
        run(seed);
    }
}

#[test]
fn a_seed_repeats_exactly() {
    for seed in 0..2 {
        let (first, second) = (run(seed), run(seed));
        let differs = first.iter().zip(&second).find(|(a, b)| a != b);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!(first.len(), second.len(), "seed {seed}");
    }
    assert_ne!(run(1), run(2));
}
