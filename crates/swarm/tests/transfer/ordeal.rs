//! Whatever links, origin, store and clock do to one machine: it never panics, every want ends exactly once, timers
//! always lead forward, and only true bytes of held objects go out.

mod event;
mod happen;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use proptest::prelude::*;
use swarmfetch_content::{GroupRange, ObjectId, Outboard};
use swarmfetch_swarm::limits::PIECE_GROUPS;
use swarmfetch_swarm::{
    Config, Input, LinkId, Millis, OriginAnswer, Output, PeerId, Swarm, Ticket, WantId,
};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::RequestId;

use event::{Event, event};

/// Links that the ordeal opens, at most at once; names are drawn anew each time.
const LINKS: usize = 4;

/// Lengths of the objects that are wanted: groups and pieces around their borders.
const LENGTHS: [usize; 7] = [0, 1, 16_384, 16_385, 40_000, 1 << 20, (1 << 20) + 20_000];

/// An open request of the machine, as its peer sees it.
#[derive(Debug, Clone)]
struct Asked {
    id: RequestId,
    object: usize,
    groups: GroupRange,
    deflate: bool,
    /// What was begun and is not sent yet.
    body: Option<Vec<u8>>,
}

#[derive(Default)]
struct LinkView {
    asked: Vec<Asked>,
    begun: BTreeMap<RequestId, u64>,
    /// The number of the last new beginning.
    again: Option<u32>,
    /// How many requests it made.
    requests: u32,
}

struct Ordeal {
    swarm: Swarm,
    now: Millis,
    objects: Vec<(ObjectId, Outboard, Vec<u8>)>,
    links: BTreeMap<LinkId, LinkView>,
    opened: u32,
    wants: u64,
    open: BTreeMap<WantId, (ObjectId, Option<GroupRange>)>,
    fetching: BTreeSet<WantId>,
    fetched: BTreeSet<WantId>,
    reads: Vec<(Ticket, ObjectId)>,
    compressions: Vec<(Ticket, Vec<u8>)>,
    questions: Vec<(LinkId, u32)>,
    inflations: Vec<(Ticket, Vec<u8>, usize)>,
    held: BTreeSet<ObjectId>,
    segments: BTreeSet<(ObjectId, u64)>,
}

impl Ordeal {
    fn new(seed: u64) -> Self {
        let objects = LENGTHS.map(|len| {
            let bytes: Vec<u8> = (0..len).map(|n| (n / 300 + n % 7) as u8).collect();
            let (object, outboard) = Outboard::of(&bytes);
            (object, outboard, bytes)
        });
        Ordeal {
            swarm: Swarm::new(Config::new([7; 16], PeerId([255; 20])), seed),
            now: Millis(0),
            objects: objects.to_vec(),
            links: BTreeMap::new(),
            opened: 0,
            wants: 0,
            open: BTreeMap::new(),
            fetching: BTreeSet::new(),
            fetched: BTreeSet::new(),
            reads: Vec::new(),
            compressions: Vec::new(),
            questions: Vec::new(),
            inflations: Vec::new(),
            held: BTreeSet::new(),
            segments: BTreeSet::new(),
        }
    }

    fn tell(&mut self, input: Input) {
        self.swarm.handle(self.now, input).expect("no misuse");
        while let Some(output) = self.swarm.poll() {
            self.obey(output);
        }
    }

    fn obey(&mut self, output: Output) {
        match output {
            Output::Met { .. } => {}
            Output::Deliver { want, bytes, .. } => {
                let (object, groups) = self.end(want);
                assert_eq!(bytes.object(), object);
                let (_, _, truth) = self.objects.iter().find(|(id, ..)| *id == object).unwrap();
                // Of groups that there are not, all there is.
                let groups = groups.filter(|groups| groups.start() < object.groups());
                let Range { start, end } = object.bytes_of(groups.unwrap_or(object.all()));
                assert_eq!(bytes.offset(), start);
                assert_eq!(bytes.as_slice(), &truth[start as usize..end as usize]);
            }
            Output::DeliverOrigin { want } => {
                assert!(self.fetched.contains(&want), "its origin was never asked");
                self.end(want);
            }
            Output::Fail { want, .. } => {
                self.end(want);
            }
            Output::FetchOrigin { want } => {
                assert!(self.open.contains_key(&want));
                assert!(self.fetched.insert(want), "asked twice");
                self.fetching.insert(want);
            }
            Output::CancelOrigin { want } => {
                assert!(self.fetching.remove(&want));
                self.fetched.remove(&want);
            }
            Output::Send { link, frame } => self.sent(link, &frame),
            Output::Close { link, .. } => assert!(self.links.remove(&link).is_some()),
            Output::StoreRead {
                ticket,
                object,
                groups,
            } => {
                let mut touched = groups.start() / PIECE_GROUPS..=(groups.end() - 1) / PIECE_GROUPS;
                let in_part = touched.all(|segment| self.segments.contains(&(object, segment)));
                let is_held = self.held.contains(&object) || in_part;
                assert!(is_held, "only what is held is served");
                assert!(groups.end() <= object.groups());
                self.reads.push((ticket, object));
            }
            Output::StoreWrite { bytes } => assert!(bytes.is_whole()),
            Output::Compress { ticket, bytes } => {
                self.compressions.push((ticket, bytes.as_slice().to_vec()));
            }
            Output::Decompress {
                ticket,
                bytes,
                decoded_bytes,
            } => {
                assert!(bytes.len() < decoded_bytes && decoded_bytes <= 1 << 20);
                self.inflations.push((ticket, bytes, decoded_bytes));
            }
            Output::HeadHeard { .. } | Output::Proved { .. } => {}
            Output::Prove { link, number, .. } => self.questions.push((link, number)),
        }
    }

    fn end(&mut self, want: WantId) -> (ObjectId, Option<GroupRange>) {
        assert!(!self.fetching.contains(&want), "its fetch goes on");
        self.open.remove(&want).expect("a want ends once")
    }

    fn sent(&mut self, link: LinkId, bytes: &[u8]) {
        let view = self.links.get_mut(&link).expect("an open link");
        match Frame::decode(bytes).unwrap().unwrap() {
            Frame::Request(request) => {
                let is_it = |(id, ..): &(ObjectId, Outboard, Vec<u8>)| request.object.is(*id);
                let object = self.objects.iter().position(is_it).unwrap();
                let groups = request.groups.within(self.objects[object].0).unwrap();
                assert!(groups.count() <= 64 && view.asked.len() < 64);
                view.asked.push(Asked {
                    id: request.id,
                    object,
                    groups,
                    deflate: request.accept_deflate,
                    body: None,
                });
            }
            Frame::Cancel(cancel) => {
                assert!(view.asked.iter().any(|asked| asked.id == cancel.id));
            }
            Frame::Slice(slice) => {
                view.begun.insert(slice.id, slice.encoded_bytes);
            }
            Frame::Data(data) => {
                let left = view.begun.get_mut(&data.id).expect("a slice comes first");
                *left -= data.bytes.len() as u64;
            }
            _ => {}
        }
    }

    /// Sleeps until the next timeout, and checks that it leads forward.
    fn sleep(&mut self) {
        if let Some((at, _)) = self.swarm.next_timeout() {
            self.now = self.now.max(at);
            self.tell(Input::Timeout);
            let next = self.swarm.next_timeout();
            assert!(
                next.is_none_or(|(at, _)| at > self.now),
                "{next:?} is due twice"
            );
        }
    }

    /// Nothing more comes but the origin's failure and time: every want that is open must end.
    fn run_out(&mut self) {
        self.tell(Input::Expecting {
            until: Millis(0),
            probably: Millis(0),
            estimate: Millis(0),
        });
        for _ in 0..10_000 {
            if self.open.is_empty() {
                break;
            }
            match self.fetching.pop_first() {
                Some(want) => self.tell(Input::OriginOther {
                    want,
                    answer: OriginAnswer::Failed,
                }),
                None => {
                    assert!(self.swarm.next_timeout().is_some(), "{:?} hang", self.open);
                    self.sleep();
                }
            }
        }
        assert_eq!(self.open, BTreeMap::new());
        assert_eq!(self.swarm.wants_open(), 0);
        let links: Vec<LinkId> = self.links.keys().copied().collect();
        for link in links {
            self.tell(Input::LinkClosed { link });
        }
        for _ in 0..100 {
            self.sleep();
        }
        assert_eq!(self.swarm.next_timeout(), None, "nothing is left to do");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_want_ends_once_whatever_happens(
        seed in any::<u64>(),
        events in prop::collection::vec(event(), 1..250),
    ) {
        let mut ordeal = Ordeal::new(seed);
        ordeal.tell(Input::Visitor { may_upload: true });
        for object in 0..LENGTHS.len() / 2 {
            ordeal.happen(Event::Held(2 * object));
        }
        for event in events {
            ordeal.happen(event);
        }
        ordeal.run_out();
    }
}
