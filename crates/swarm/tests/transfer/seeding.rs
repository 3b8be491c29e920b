//! Serving others: only what is held, only if the visitor allows, no more than the link takes.

use swarmfetch_content::{GroupRange, ObjectId};
use swarmfetch_swarm::limits::{
    DATA_BYTES_RESTED, LINK_RESTED_BYTES, LINK_SERVES_MAX, LINK_WINDOW_BYTES, SOON_BYTES_MAX,
};
use swarmfetch_swarm::{Config, Input, LinkId, Millis, Output, PeerId, Swarm};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{Hello, HelloKind, RefuseReason, Request, RequestId};
use swarmfetch_wire::limits::PROTOCOL;

use crate::world::{End, World};

const MIB: usize = 1 << 20;

#[test]
fn a_visitor_who_does_not_upload_announces_and_serves_nothing() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(1000, 1);
    world.give(seed, object);
    world.tell(seed, Input::Visitor { may_upload: false });
    world.link(seed, reader);
    world.pass(1_000);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want), (End::Origin, 50));
    assert_eq!(world.peers[reader].swarm.counters().peers_asked, 0);
}

#[test]
fn a_visitor_who_stops_uploading_is_asked_no_more() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let objects = [world.object(2 * MIB, 1), world.object(1000, 2)];
    for object in objects {
        world.give(seed, object);
    }
    world.link_of(seed, reader, 20, 2_000);
    world.pass(100);
    let first = world.want(reader, objects[0]);
    world.pass(200);
    world.tell(seed, Input::Visitor { may_upload: false });
    let (end, ms) = world.until_end(reader, first);
    assert_eq!(end, End::Origin);
    assert!(ms < 300, "{ms} ms");
    let second = world.want(reader, objects[1]);
    assert_eq!(world.until_end(reader, second), (End::Origin, 50));

    world.tell(seed, Input::Visitor { may_upload: true });
    world.pass(200);
    let third = world.want(reader, objects[1]);
    assert_eq!(world.until_end(reader, third).0, End::Peers);
}

#[test]
fn a_budget_is_spent_to_its_end_and_no_further() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let objects: Vec<ObjectId> = (0..10).map(|tag| world.object(100_000, tag)).collect();
    for object in &objects {
        world.give(seed, *object);
    }
    world.tell(seed, Input::UploadBudget { bytes: 350_000 });
    world.link(seed, reader);
    world.pass(1_000);
    let mut from_peers = 0;
    for object in &objects {
        let want = world.want(reader, *object);
        from_peers += usize::from(world.until_end(reader, want).0 == End::Peers);
    }
    assert_eq!(from_peers, 3);
    // What was begun of the fourth counts, too.
    assert_eq!(world.peers[seed].swarm.upload_bytes_left(), 0);
    let asked = world.peers[reader].swarm.counters().peers_asked;
    assert_eq!(asked, 4, "asked on, though nothing is announced any more");
    assert_eq!(world.peers[reader].closed, [], "no fault of anybody's");

    world.tell(seed, Input::UploadBudget { bytes: 350_000 });
    world.pass(1_000);
    let late = world.object(100_000, 77);
    world.give(seed, late);
    world.pass(1_000);
    let want = world.want(reader, late);
    assert_eq!(world.until_end(reader, want).0, End::Peers, "the next day");
}

#[test]
fn a_budget_allows_nothing_that_the_visitor_does_not() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(1000, 1);
    world.give(seed, object);
    world.tell(seed, Input::Visitor { may_upload: false });
    world.tell(seed, Input::UploadBudget { bytes: 1_000_000 });
    world.link(seed, reader);
    world.pass(1_000);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want), (End::Origin, 50));
}

#[test]
fn what_the_store_has_lost_is_refused_and_announced_no_more() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(1000, 1);
    world.give(seed, object);
    world.link(seed, reader);
    world.pass(100);
    world.peers[seed].store.clear();
    let want = world.want(reader, object);
    let (end, ms) = world.until_end(reader, want);
    assert_eq!(end, End::Origin);
    assert!(ms <= 100, "{ms} ms: one round trip more");
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want), (End::Origin, 50));
}

#[test]
fn what_was_dropped_is_announced_no_more() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let object = world.object(1000, 1);
    world.give(seed, object);
    world.link(seed, reader);
    world.pass(100);
    world.tell(seed, Input::Dropped(vec![object]));
    world.pass(200);
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want), (End::Origin, 50));
}

#[test]
fn many_holdings_are_announced_within_the_neighbours_credit() {
    let mut world = World::new();
    let (seed, reader) = (world.peer(), world.peer());
    let mut held: Vec<ObjectId> = (0..30_000u32)
        .map(|n| ObjectId::of(&n.to_le_bytes()))
        .collect();
    let object = world.object(1000, 1);
    held.push(object);
    world.give(seed, object);
    world.tell(seed, Input::Held(held.clone()));
    let (at_seed, _) = world.link(seed, reader);
    world.pass(1_000);
    // While the telling goes on, things come and go.
    world.tell(seed, Input::Dropped(held[..2_000].to_vec()));
    world.tell(seed, Input::Held(held[..1_000].to_vec()));
    world.pass(60_000);
    assert_eq!(world.peers[reader].closed, []);
    assert!(world.peers[seed].closed.is_empty(), "{at_seed:?}");
    let want = world.want(reader, object);
    assert_eq!(world.until_end(reader, want).0, End::Peers);
}

/// A machine with one link to a stranger whose frames the test writes.
struct Host {
    swarm: Swarm,
    sent: Vec<Vec<u8>>,
    reads: Vec<Output>,
    held: ObjectId,
    bytes: Vec<u8>,
}

const LINK: LinkId = LinkId(1);

impl Host {
    fn new() -> Self {
        Host::of(MIB)
    }

    /// With an object of so many bytes.
    fn of(len: usize) -> Self {
        let bytes = vec![5; len];
        let held = ObjectId::of(&bytes);
        let mut host = Host {
            swarm: Swarm::new(Config::new([7; 16], PeerId([0; 20])), 1),
            sent: Vec::new(),
            reads: Vec::new(),
            held,
            bytes,
        };
        host.tell(Input::Visitor { may_upload: true });
        host.tell(Input::Held(vec![held]));
        host.tell(Input::LinkOpened {
            link: LINK,
            frame_bytes_max: 16 * 1024,
            outlived: false,
        });
        host.hear(&Frame::Hello(Hello {
            protocol: PROTOCOL,
            site: [7; 16],
            version: 0,
            peer: PeerId([1; 20]),
            kind: HelloKind::First,
            number: 0,
        }));
        host.sent.clear();
        host
    }

    fn tell(&mut self, input: Input) {
        self.swarm.handle(Millis(1), input).unwrap();
        while let Some(output) = self.swarm.poll() {
            match output {
                Output::Met { .. } => {}
                Output::Send { frame, .. } => self.sent.push(frame),
                read @ Output::StoreRead { .. } => self.reads.push(read),
                other => panic!("{other:?}"),
            }
        }
    }

    fn hear(&mut self, frame: &Frame<'_>) {
        let frame = frame.encode();
        self.tell(Input::LinkFrame { link: LINK, frame });
    }

    fn request(&mut self, id: u32, object: ObjectId) {
        self.request_groups(id, object, object.all());
    }

    fn request_groups(&mut self, id: u32, object: ObjectId, groups: GroupRange) {
        self.hear(&Frame::Request(Request {
            id: RequestId(id),
            object: object.into(),
            groups: groups.into(),
            accept_deflate: false,
        }));
    }

    fn answer_reads(&mut self) {
        for read in std::mem::take(&mut self.reads) {
            let Output::StoreRead { ticket, object, .. } = read else {
                panic!("{read:?}");
            };
            let (verified, outboard) =
                swarmfetch_content::verify_and_prove(object, self.bytes.clone()).unwrap();
            let found = Some((verified, outboard.proof(object.all()).unwrap()));
            self.tell(Input::StoreRead { ticket, found });
        }
    }
}

#[test]
fn no_more_is_sent_than_the_window_holds() {
    let mut host = Host::new();
    host.request(0, host.held);
    host.answer_reads();
    let sum = |host: &Host| host.sent.iter().map(Vec::len).sum::<usize>() as u64;
    assert!(host.sent.iter().all(|frame| frame.len() <= 16 * 1024));
    let first = sum(&host);
    assert!(first <= LINK_WINDOW_BYTES + 16 * 1024, "{first}");
    assert!(first >= LINK_WINDOW_BYTES, "{first}");
    host.tell(Input::LinkWritable {
        link: LINK,
        bytes: 100_000,
    });
    let more = sum(&host) - first;
    assert!((84_000..=100_000 + 16 * 1024).contains(&more), "{more}");
}

#[test]
fn a_link_at_rest_is_sent_a_short_object_in_short_frames_first() {
    let lens = |host: &mut Host| -> Vec<usize> {
        host.request(0, host.held);
        host.answer_reads();
        let sent = std::mem::take(&mut host.sent);
        sent.iter().filter_map(|frame| data_len(frame)).collect()
    };
    let first = lens(&mut Host::of(SOON_BYTES_MAX as usize));
    let short = first.iter().take_while(|len| **len == DATA_BYTES_RESTED);
    let frames = LINK_RESTED_BYTES as usize / DATA_BYTES_RESTED;
    // The proof is before them.
    assert!((frames - 2..=frames).contains(&short.count()), "{first:?}");
    // As long as it has much to send, it is not at rest.
    let long = |lens: &[usize]| lens.iter().all(|len| *len > 16 * 1024 - DATA_BYTES_RESTED);
    assert!(long(&first[frames..first.len() - 1]), "{first:?}");
    let of_a_long_one = lens(&mut Host::of(SOON_BYTES_MAX as usize + 1));
    assert!(long(&of_a_long_one[..8]), "{of_a_long_one:?}");
}

fn data_len(frame: &[u8]) -> Option<usize> {
    match Frame::decode(frame).unwrap().unwrap() {
        Frame::Data(data) => Some(data.bytes.len()),
        _ => None,
    }
}

#[test]
fn a_few_answers_are_under_way_and_the_others_wait() {
    let mut host = Host::new();
    for id in 0..20 {
        host.request(id, host.held);
    }
    assert_eq!(host.reads.len(), LINK_SERVES_MAX);
}

#[test]
fn a_short_answer_does_not_wait_for_a_long_one_and_equal_ones_come_one_after_the_other() {
    let mut host = Host::new();
    host.request(0, host.held);
    host.request(1, host.held);
    host.answer_reads();
    host.request_groups(2, host.held, GroupRange::new(3, 6).unwrap());
    host.answer_reads();
    let window = |host: &mut Host| {
        host.sent.clear();
        host.tell(Input::LinkWritable {
            link: LINK,
            bytes: LINK_WINDOW_BYTES,
        });
        let mut ids: Vec<u32> = host
            .sent
            .iter()
            .filter_map(|frame| data_id(frame))
            .collect();
        ids.dedup();
        ids
    };
    assert_eq!(window(&mut host), [2, 0]);
    // The rest of it, in three windows, and only then the other.
    let rest: Vec<u32> = (0..4).flat_map(|_| window(&mut host)).collect();
    assert_eq!(rest, [0, 0, 0, 1, 1]);
}

fn data_id(frame: &[u8]) -> Option<u32> {
    match Frame::decode(frame).unwrap().unwrap() {
        Frame::Data(data) => Some(data.id.0),
        _ => None,
    }
}

#[test]
fn what_is_dropped_while_its_request_waits_is_not_read() {
    let mut host = Host::new();
    for id in 0..=LINK_SERVES_MAX as u32 {
        host.request(id, host.held);
    }
    host.reads.truncate(1);
    host.tell(Input::Dropped(vec![host.held]));
    host.answer_reads();
    for _ in 0..8 {
        host.tell(Input::LinkWritable {
            link: LINK,
            bytes: LINK_WINDOW_BYTES,
        });
    }
    assert!(host.reads.is_empty());
    let last = host.sent.pop().unwrap();
    let Some(Frame::Refuse(refuse)) = Frame::decode(&last).unwrap() else {
        panic!("{last:?}");
    };
    assert_eq!(refuse.reason, RefuseReason::NotHeld);
}

#[test]
fn what_is_not_held_is_refused_whatever_else_is_known_of_it() {
    let mut host = Host::new();
    let other = ObjectId::of(b"private");
    let wrong_length = ObjectId {
        len: host.held.len + 1,
        ..host.held
    };
    for (id, object) in [(0, other), (1, wrong_length)] {
        host.request(id, object);
        let frame = host.sent.pop().unwrap();
        let Some(Frame::Refuse(refuse)) = Frame::decode(&frame).unwrap() else {
            panic!("{frame:?}");
        };
        assert_eq!(refuse.reason, RefuseReason::NotHeld);
    }
    assert!(host.reads.is_empty());
}

#[test]
fn a_read_of_another_object_is_not_sent() {
    let mut host = Host::new();
    host.request(0, host.held);
    host.bytes = b"another".to_vec();
    let Some(Output::StoreRead { ticket, .. }) = host.reads.pop() else {
        panic!("no read");
    };
    let bytes = host.bytes.clone();
    let (object, outboard) = swarmfetch_content::Outboard::of(&bytes);
    let verified = swarmfetch_content::verify_whole(object, bytes).unwrap();
    let found = Some((verified, outboard.proof(object.all()).unwrap()));
    host.tell(Input::StoreRead { ticket, found });
    assert!(host.sent.iter().all(|frame| data_id(frame).is_none()));
}
