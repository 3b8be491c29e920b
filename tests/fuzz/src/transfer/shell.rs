//! A shell around the machine that believes nothing: does what it is told, and checks it against the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use swarmfetch_content::{GroupRange, ObjectId, Proof, SliceVerifier};
use swarmfetch_swarm::{
    Config, Input, LinkId, Millis, OriginAnswer, Output, PeerId, Swarm, Ticket, WantId,
};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{Encoding, HelloKind, Request, RequestId, Slice};

use crate::content::Sample;

/// Lengths of the objects: groups around their borders, and two pieces.
const LENGTHS: [usize; 6] = [0, 1, 16_384, 16_385, 40_000, (1 << 20) + 20_000];

pub(crate) static SAMPLES: LazyLock<[Sample; 6]> = LazyLock::new(|| LENGTHS.map(Sample::of_length));

/// A request of the machine that is not answered.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) id: RequestId,
    pub(super) sample: usize,
    pub(super) groups: GroupRange,
    pub(super) deflate: bool,
}

/// An answer that the machine is giving.
struct Given {
    sample: usize,
    groups: GroupRange,
    proof: Vec<u8>,
    encoding: Encoding,
    left: u64,
    body: Vec<u8>,
}

/// What was said on a link, as its peer sees it.
#[derive(Default)]
pub(super) struct Link {
    frame_bytes_max: usize,
    /// The number of the peer's last new beginning.
    again: Option<u32>,
    pub(super) asked: Vec<Asked>,
    requests: BTreeMap<RequestId, Request>,
    given: BTreeMap<RequestId, Given>,
}

pub(super) struct Shell {
    pub(super) swarm: Swarm,
    pub(super) now: Millis,
    pub(super) links: BTreeMap<LinkId, Link>,
    pub(super) wants: BTreeMap<WantId, (ObjectId, Option<GroupRange>)>,
    pub(super) fetching: BTreeSet<WantId>,
    pub(super) held: BTreeSet<ObjectId>,
    pub(super) reads: Vec<(Ticket, ObjectId)>,
    pub(super) compressions: Vec<(Ticket, Vec<u8>)>,
    pub(super) inflations: Vec<(Ticket, Vec<u8>, usize)>,
    pub(super) wants_made: u64,
    pub(super) links_made: u32,
    fetched: BTreeSet<WantId>,
}

pub(super) fn sample_of(object: ObjectId) -> Option<usize> {
    SAMPLES.iter().position(|sample| sample.object == object)
}

impl Shell {
    pub(super) fn new(seed: u8) -> Self {
        let config = Config::new([7; 16], PeerId([255; 20]));
        Self {
            swarm: Swarm::new(config, seed.into()),
            now: Millis(0),
            links: BTreeMap::new(),
            wants: BTreeMap::new(),
            fetching: BTreeSet::new(),
            held: BTreeSet::new(),
            reads: Vec::new(),
            compressions: Vec::new(),
            inflations: Vec::new(),
            wants_made: 0,
            links_made: 0,
            fetched: BTreeSet::new(),
        }
    }

    /// Tells the machine, and does what it says.
    pub(super) fn tell(&mut self, input: Input) {
        if let Err(misuse) = self.swarm.handle(self.now, input) {
            panic!("{misuse:?}");
        }
        while let Some(output) = self.swarm.poll() {
            self.obey(output);
        }
    }

    /// Hands a frame of a peer in, and notes what it asks for.
    pub(super) fn hear(&mut self, link: LinkId, frame: Vec<u8>) {
        let Some(view) = self.links.get_mut(&link) else {
            return;
        };
        match Frame::decode(&frame) {
            // Whoever begins anew knows nothing of what was before; saying so twice changes nothing.
            Ok(Some(Frame::Hello(hello)))
                if hello.kind == HelloKind::Again && view.again != Some(hello.number) =>
            {
                *view = Link::new(view.frame_bytes_max);
                view.again = Some(hello.number);
            }
            Ok(Some(Frame::Request(request))) => {
                view.requests.insert(request.id, request);
                view.given.remove(&request.id);
            }
            _ => {}
        }
        self.tell(Input::LinkFrame { link, frame });
    }

    fn obey(&mut self, output: Output) {
        match output {
            Output::Deliver { want, bytes, .. } => {
                let (object, groups) = self.end(want);
                let sample = sample_of(object).expect("only samples are wanted");
                let Range { start, end } = object.bytes_of(groups.unwrap_or(object.all()));
                assert_eq!((bytes.object(), bytes.offset()), (object, start));
                let truth = &SAMPLES[sample].bytes[start as usize..end as usize];
                assert!(bytes.as_slice() == truth, "false bytes");
            }
            Output::DeliverOrigin { want } => {
                assert!(self.fetched.contains(&want), "its origin was never asked");
                self.end(want);
            }
            Output::Fail { want, .. } => {
                self.end(want);
            }
            Output::FetchOrigin { want } => {
                assert!(self.wants.contains_key(&want), "nobody wants it");
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
                assert!(self.held.contains(&object) && groups.end() <= object.groups());
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
            Output::Met { .. }
            | Output::HeadHeard { .. }
            | Output::Prove { .. }
            | Output::Proved { .. } => {}
        }
    }

    fn end(&mut self, want: WantId) -> (ObjectId, Option<GroupRange>) {
        assert!(!self.fetching.contains(&want), "its fetch goes on");
        self.wants.remove(&want).expect("a want ends once")
    }

    fn sent(&mut self, to: LinkId, bytes: &[u8]) {
        let link = self.links.get_mut(&to).expect("the link is open");
        assert!(bytes.len() <= link.frame_bytes_max);
        let frame = Frame::decode(bytes).expect("it speaks well");
        match frame.expect("it knows its own kinds") {
            Frame::Request(request) => {
                let is_it = |sample: &Sample| request.object.is(sample.object);
                let sample = SAMPLES.iter().position(is_it).expect("a sample");
                let groups = request.groups.within(SAMPLES[sample].object);
                let groups = groups.expect("groups that are there");
                assert!(groups.count() <= 64 && link.asked.len() < 64);
                link.asked.push(Asked {
                    id: request.id,
                    sample,
                    groups,
                    deflate: request.accept_deflate,
                });
            }
            Frame::Slice(slice) => link.begin(&slice),
            Frame::Data(data) => {
                let given = link.given.get_mut(&data.id).expect("a slice came first");
                given.left -= data.bytes.len() as u64;
                given.body.extend(data.bytes);
                if given.left == 0 {
                    given.has_to_be_true();
                    link.given.remove(&data.id);
                }
            }
            _ => {}
        }
    }

    /// Sleeps until the next timeout, and checks that it leads forward.
    pub(super) fn sleep(&mut self) {
        if let Some((at, _)) = self.swarm.next_timeout() {
            self.now = self.now.max(at);
            self.tell(Input::Timeout);
            let next = self.swarm.next_timeout();
            assert!(next.is_none_or(|(at, _)| at > self.now), "{next:?} again");
        }
    }

    /// Nothing more comes but the origin's failure and time: every want that is open has to end.
    pub(super) fn run_out(&mut self) {
        self.tell(Input::Expecting {
            until: Millis(0),
            probably: Millis(0),
            estimate: Millis(0),
        });
        for _ in 0..10_000 {
            if self.wants.is_empty() {
                break;
            }
            match self.fetching.pop_first() {
                Some(want) => self.tell(Input::OriginOther {
                    want,
                    answer: OriginAnswer::Failed,
                }),
                None => {
                    assert!(self.swarm.next_timeout().is_some(), "{:?} hang", self.wants);
                    self.sleep();
                }
            }
        }
        assert!(self.wants.is_empty() && self.swarm.wants_open() == 0);
    }
}

impl Link {
    pub(super) fn new(frame_bytes_max: usize) -> Self {
        Self {
            frame_bytes_max,
            ..Self::default()
        }
    }

    /// The machine begins an answer.
    fn begin(&mut self, slice: &Slice<'_>) {
        let request = self.requests.get(&slice.id).expect("somebody asked");
        let is_it = |sample: &Sample| request.object.is(sample.object);
        let sample = SAMPLES.iter().position(is_it).expect("only what is held");
        let groups = request.groups.within(SAMPLES[sample].object);
        let given = Given {
            sample,
            groups: groups.expect("only groups that are there"),
            proof: slice.proof.to_vec(),
            encoding: slice.encoding,
            left: slice.encoded_bytes,
            body: Vec::new(),
        };
        if given.left == 0 {
            given.has_to_be_true();
        }
        self.given.insert(slice.id, given);
    }
}

impl Given {
    fn has_to_be_true(&self) {
        let sample = &SAMPLES[self.sample];
        let body = match self.encoding {
            Encoding::Identity => self.body.clone(),
            Encoding::Deflate => miniz_oxide::inflate::decompress_to_vec(&self.body)
                .expect("the stream is the shell's own"),
        };
        let proof = Proof::from_bytes(self.proof.clone());
        let slice = SliceVerifier::new(sample.object, self.groups, &proof);
        let verified = slice.expect("a true proof").verify_rest(body);
        verified.expect("true bytes");
    }
}
