//! Peers that lie or break the rules: nothing false comes out, they are closed and banned, and the page hardly notices.

use std::collections::BTreeMap;

use swarmfetch_content::GroupRange;
use swarmfetch_swarm::limits::{DATA_BYTES_RESTED, FIRST_BYTE_MS_START, ORIGIN_MS_GUESS};
use swarmfetch_swarm::{CloseReason, Input, LinkId, Violation};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{
    Buckets, Data, HashPrefix, Have, Hello, HelloKind, PeerId, Prefixes, Refuse, RefuseReason,
    Request, RequestId, Scale,
};
use swarmfetch_wire::limits::PROTOCOL;

use crate::world::{End, Habit, PeerIndex, World};

const MIB: usize = 1 << 20;

/// A liar and a reader who wants what only the liar says it holds.
fn with_liar(habit: Habit, len: usize) -> (World, PeerIndex, PeerIndex, LinkId) {
    let mut world = World::new();
    let (liar, reader) = (world.peer(), world.peer());
    let object = world.object(len, 1);
    world.give(liar, object);
    let (at_liar, at_reader) = world.link(liar, reader);
    world.pass(100);
    world.habit(liar, at_liar, habit);
    (world, liar, reader, at_reader)
}

#[test]
fn false_bytes_are_caught_wherever_they_are() {
    for len in [1, 16_384, 16_385, 300_000, MIB + 1] {
        for at in [0, 1, 1023, 1024, 16_383, 16_384, usize::MAX] {
            let (mut world, _, reader, link) = with_liar(Habit::FlipsData(at), len);
            let object = world.object(len, 1);
            let want = world.want(reader, object);
            let (end, ms) = world.until_end(reader, want);
            assert_eq!(end, End::Origin, "{len} bytes, bit of byte {at}");
            assert!(ms <= 200, "{len} bytes, bit of byte {at}: {ms} ms");
            assert_eq!(world.peers[reader].closed, [(link, CloseReason::Lied)]);
            assert_eq!(world.peers[reader].swarm.counters().rejected, 1);
        }
    }
}

#[test]
fn a_liar_is_closed_on_all_its_links() {
    let (mut world, liar, reader, link) = with_liar(Habit::FlipsData(0), 50_000);
    let (at_liar, twin) = world.link(liar, reader);
    world.pass(100);
    world.habit(liar, at_liar, Habit::FlipsData(0));
    let object = world.object(50_000, 1);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want).0, End::Origin);
    let closed: BTreeMap<_, _> = world.peers[reader].closed.iter().copied().collect();
    let reasons = [CloseReason::Lied, CloseReason::Banned];
    assert!(
        reasons
            .iter()
            .all(|reason| closed.values().any(|it| it == reason)),
        "{closed:?}"
    );
    assert_eq!(closed.keys().copied().collect::<Vec<_>>(), [link, twin]);
    assert_eq!(world.peers[reader].swarm.counters().rejected, 1);
}

#[test]
fn a_false_proof_is_caught_before_any_byte() {
    let (mut world, _, reader, link) = with_liar(Habit::FlipsProof, 300_000);
    let object = world.object(300_000, 1);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want).0, End::Origin);
    assert_eq!(world.peers[reader].closed, [(link, CloseReason::Lied)]);
}

#[test]
fn a_false_stream_is_caught() {
    let mut world = World::new();
    let (liar, reader) = (world.peer(), world.peer());
    let text = world.text(300_000, 1);
    world.give(liar, text);
    let (at_liar, at_reader) = world.link(liar, reader);
    world.pass(100);
    world.habit(liar, at_liar, Habit::FlipsData(40));
    let want = world.want_as(reader, text, true);
    assert_eq!(world.until_end(reader, want).0, End::Origin);
    assert_eq!(world.peers[reader].closed, [(at_reader, CloseReason::Lied)]);
}

#[test]
fn a_liar_is_banned_and_another_asked() {
    let (mut world, liar, reader, at_reader) = with_liar(Habit::FlipsData(5), 100_000);
    let honest = world.peer();
    let object = world.object(100_000, 1);
    // The liar is asked because it alone is known to hold the object; then the other is there.
    let want = world.want(reader, object);
    world.give(honest, object);
    world.link(honest, reader);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
    // After a lie the origin is asked beside the next one; it was later.
    assert_eq!(world.peers[reader].fetched, [want]);

    let (_, again) = world.link(liar, reader);
    world.pass(100);
    let closed = [(at_reader, CloseReason::Lied), (again, CloseReason::Banned)];
    assert_eq!(world.peers[reader].closed, closed);
}

#[test]
fn nine_liars_of_ten_cost_a_round_trip_each_at_most() {
    let mut world = World::new();
    let reader = world.peer();
    let objects: Vec<_> = (0..40).map(|tag| world.object(30_000, tag)).collect();
    for index in 0..10 {
        let seed = world.peer();
        for object in &objects {
            world.give(seed, *object);
        }
        let (at_seed, _) = world.link(seed, reader);
        if index > 0 {
            world.habit(seed, at_seed, Habit::FlipsData(index));
        }
    }
    world.pass(300);
    let begun = world.now;
    let wants: Vec<_> = objects
        .iter()
        .map(|object| world.want(reader, *object))
        .collect();
    world.until_all_end(reader);
    for want in wants {
        let (at, _) = world.peers[reader].ended[&want];
        assert!(at.since(begun) <= 1_000, "{} ms", at.since(begun));
    }
    assert_eq!(world.peers[reader].swarm.peers(), 1);
}

#[test]
fn bytes_beyond_what_was_asked_for_close_the_link() {
    let (mut world, _, reader, link) = with_liar(Habit::Repeats, DATA_BYTES_RESTED);
    let object = world.object(DATA_BYTES_RESTED, 1);
    let want = world.want(reader, object);
    world.until_end(reader, want);
    world.pass(100);
    let reason = CloseReason::Violation(Violation::OverDataCredit);
    assert_eq!(world.peers[reader].closed, [(link, reason)]);
}

#[test]
fn a_peer_that_never_answers_costs_one_deadline() {
    let (mut world, liar, reader, _) = with_liar(Habit::Honest, 1000);
    // The liar's machine is deaf: it sends and never answers.
    let object = world.object(1000, 1);
    let at_reader = LinkId(1);
    world.habit(reader, at_reader, Habit::SwallowsRequests);
    let want = world.want(reader, object);
    assert_eq!(
        world.until_end(reader, want),
        (End::Origin, ORIGIN_MS_GUESS + 50)
    );
    assert_eq!(world.peers[liar].swarm.counters().bytes_uploaded, 0);
}

/// What a stranger sends after a proper hello, and how that ends.
fn forged(frames: &[Frame<'_>]) -> Vec<CloseReason> {
    let mut world = World::new();
    let (stranger, reader) = (world.peer(), world.peer());
    let (at_stranger, _) = world.link(stranger, reader);
    world.pass(100);
    for frame in frames {
        world.forge(stranger, at_stranger, frame);
    }
    world.pass(1_000);
    let closed = &world.peers[reader].closed;
    closed.iter().map(|(_, reason)| *reason).collect()
}

#[test]
fn an_answer_that_nobody_asked_for_closes_the_link() {
    let data = Frame::Data(Data {
        id: RequestId(0),
        bytes: &[0; 2000],
    });
    let reason = CloseReason::Violation(Violation::OverDataCredit);
    assert_eq!(forged(&[data]), [reason]);
}

#[test]
fn a_late_refusal_is_harmless() {
    let refuse = Frame::Refuse(Refuse {
        id: RequestId(3),
        reason: RefuseReason::Busy,
        retry_ms: u32::MAX,
    });
    assert_eq!(forged(&[refuse]), []);
}

#[test]
fn a_flood_of_new_beginnings_closes_the_link() {
    let hello = |number| {
        Frame::Hello(Hello {
            protocol: PROTOCOL,
            site: [7; 16],
            version: 0,
            peer: PeerId([9; 20]),
            kind: HelloKind::Again,
            number,
        })
    };
    let hellos = |count| (0..count).map(hello).collect::<Vec<_>>();
    assert_eq!(forged(&hellos(10)), []);
    let reason = CloseReason::Violation(Violation::OverControlCredit);
    assert_eq!(forged(&hellos(20)), [reason]);
}

#[test]
fn a_flood_of_haves_closes_the_link() {
    let have = Frame::Have(Have {
        reset: false,
        prefixes: Prefixes::whole((0..2048).map(|n| HashPrefix(n << 21))),
    });
    assert_eq!(forged(&vec![have.clone(); 10]), []);
    let reason = CloseReason::Violation(Violation::OverControlCredit);
    assert_eq!(forged(&vec![have; 13]), [reason]);
}

#[test]
fn a_flood_of_other_scales_closes_the_link() {
    let scale = Scale {
        width: 24,
        depth: 7,
    };
    let buckets = Frame::Buckets(Buckets { scale });
    assert_eq!(forged(&vec![buckets.clone(); 10]), []);
    let reason = CloseReason::Violation(Violation::OverControlCredit);
    assert_eq!(forged(&vec![buckets; 20]), [reason]);
}

#[test]
fn who_says_anew_what_it_holds_does_so_no_faster_than_the_other_end_takes() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(1000, 1);
    world.give(seed, object);
    world.link(seed, reader);
    for _ in 0..100 {
        for may_upload in [false, true] {
            world.tell(seed, Input::Visitor { may_upload });
            world.pass(100);
        }
    }
    world.pass(5_000);
    assert!(world.peers.iter().all(|peer| peer.closed.is_empty()));
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
}

#[test]
fn a_flood_of_requests_closes_the_link() {
    let object = swarmfetch_content::ObjectId::of(b"nowhere");
    let requests: Vec<Frame<'_>> = (0..3_000)
        .map(|id| {
            Frame::Request(Request {
                id: RequestId(id),
                object: object.into(),
                groups: object.all().into(),
                accept_deflate: false,
            })
        })
        .collect();
    let reason = CloseReason::Violation(Violation::OverControlCredit);
    assert_eq!(forged(&requests), [reason]);
}

#[test]
fn a_request_number_used_twice_closes_the_link() {
    let object = swarmfetch_content::ObjectId::of(b"nowhere");
    let request = Frame::Request(Request {
        id: RequestId(0),
        object: object.into(),
        groups: object.all().into(),
        accept_deflate: false,
    });
    let reason = CloseReason::Violation(Violation::TooManyRequests);
    assert_eq!(forged(&[request.clone(), request]), [reason]);
}

#[test]
fn a_request_for_groups_that_are_not_there_closes_the_link() {
    let mut world = World::new();
    let (stranger, seed) = (world.peer(), world.peer());
    let object = world.object(3 * MIB, 1);
    world.give(seed, object);
    for (start, end) in [(0, 65), (191, 193), (u64::MAX - 1, u64::MAX)] {
        world.peers[seed].closed.clear();
        let (at_stranger, at_seed) = world.link(stranger, seed);
        world.pass(100);
        let request = Request {
            id: RequestId(0),
            object: object.into(),
            groups: GroupRange::new(start, end).unwrap().into(),
            accept_deflate: false,
        };
        world.forge(stranger, at_stranger, &Frame::Request(request));
        world.pass(100);
        let reason = CloseReason::Violation(Violation::RequestOutOfRange);
        assert_eq!(world.peers[seed].closed, [(at_seed, reason)]);
        // The next try needs a peer that is not banned.
        world = World::new();
        world.peer();
        world.peer();
        let object = world.object(3 * MIB, 1);
        world.give(seed, object);
    }
}

#[test]
fn a_link_that_the_shell_found_lying_is_closed_and_banned() {
    let mut world = World::new();
    let (liar, reader) = (world.peer(), world.peer());
    let (_, at_reader) = world.link(liar, reader);
    world.pass(100);
    world.tell(reader, Input::LinkLied { link: at_reader });
    let (_, again) = world.link(liar, reader);
    world.pass(100);
    let closed = [(at_reader, CloseReason::Lied), (again, CloseReason::Banned)];
    assert_eq!(world.peers[reader].closed, closed);
}

#[test]
fn when_every_peer_only_promises_a_page_loses_one_deadline_and_then_no_more() {
    let mut world = World::new();
    let reader = world.peer();
    let objects: Vec<_> = (0..60).map(|tag| world.object(20_000, tag)).collect();
    for name in 1..=5 {
        let liar = world.peer();
        for object in &objects {
            world.give(liar, *object);
        }
        let (_, at_reader) = world.link(liar, reader);
        assert_eq!(at_reader, LinkId(name));
        world.habit(reader, at_reader, Habit::SwallowsRequests);
    }
    world.pass(1_000);
    for (rest_ms, longest_ms) in [(100, FIRST_BYTE_MS_START + 50), (58_000, 50), (0, 50)] {
        let begun = world.now;
        let wants: Vec<_> = objects
            .iter()
            .map(|object| world.want(reader, *object))
            .collect();
        world.until_all_end(reader);
        for want in wants {
            let (at, end) = world.peers[reader].ended[&want];
            assert_eq!(end, End::Origin);
            assert!(at.since(begun) <= longest_ms, "{} ms", at.since(begun));
        }
        world.pass(rest_ms);
    }
}
