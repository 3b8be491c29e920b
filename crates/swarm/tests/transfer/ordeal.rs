//! Whatever links, origin, store and clock do to one machine: it never panics, every want ends exactly once, timers
//! always lead forward, and only true bytes of held objects go out.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use swarmfetch_content::{GroupRange, ObjectId, Outboard, verify_whole};
use swarmfetch_swarm::{
    Config, Inflated, Input, LinkId, Millis, OriginAnswer, Output, PeerId, Swarm, Ticket, WantId,
};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{
    Cancel, ClaimedGroups, ClaimedId, Data, Encoding, HashPrefix, Have, HaveNot, HeadGossip, Hello,
    Refuse, RefuseReason, Request, RequestId, Slice,
};

/// Links that the ordeal opens, at most at once; names are drawn anew each time.
const LINKS: usize = 4;

/// Lengths of the objects that are wanted: groups and pieces around their borders.
const LENGTHS: [usize; 7] = [0, 1, 16_384, 16_385, 40_000, 1 << 20, (1 << 20) + 20_000];

/// One thing that happens. Indices are taken modulo what there is.
#[derive(Debug, Clone)]
enum Event {
    Want {
        object: usize,
        text: bool,
        urgent: bool,
    },
    Unwant(usize),
    Open {
        peer: u8,
    },
    CloseLink(usize),
    Lied(usize),
    Hello(usize, u8),
    Have(usize, bool, Vec<usize>),
    HaveNot(usize, usize),
    /// A true beginning of the answer to an open request, perhaps said to be compressed.
    Begin(usize, usize, bool),
    /// True bytes of an answer that was begun, so many.
    Continue(usize, usize, usize),
    /// A whole true answer.
    Answer(usize, usize),
    Refuse(usize, usize, u8),
    /// A false answer: wrong lengths, groups or bytes.
    Falsify(usize, usize, u8),
    /// Mostly for groups that are there (not if `wild`), mostly of a new number (not if `again`).
    Request {
        link: usize,
        again: bool,
        wild: bool,
        object: usize,
        start: u64,
        count: u64,
        deflate: bool,
    },
    Cancel(usize, u32),
    Head(usize, u64),
    Garbage(usize, Vec<u8>),
    Writable(usize, u64),
    Expecting(u64),
    OriginGood(usize),
    OriginOther(usize, bool),
    Read(usize, bool),
    Compressed(usize, u8),
    Inflated(usize, u8),
    Held(usize),
    Dropped(usize),
    Visitor(bool),
    HeadSeen(u64),
    Wait(u64),
    Sleep,
}

fn event() -> impl Strategy<Value = Event> {
    let index = any::<usize>;
    prop_oneof![
        9 => (index(), any::<bool>(), any::<bool>())
            .prop_map(|(object, text, urgent)| Event::Want { object, text, urgent }),
        2 => index().prop_map(Event::Unwant),
        4 => any::<u8>().prop_map(|peer| Event::Open { peer }),
        1 => index().prop_map(Event::CloseLink),
        1 => index().prop_map(Event::Lied),
        1 => (index(), any::<u8>()).prop_map(|(link, peer)| Event::Hello(link, peer)),
        12 => (index(), any::<bool>(), prop::collection::vec(index(), 0..8))
            .prop_map(|(link, reset, objects)| Event::Have(link, reset, objects)),
        1 => (index(), index()).prop_map(|(link, object)| Event::HaveNot(link, object)),
        3 => (index(), index(), any::<bool>())
            .prop_map(|(link, request, deflate)| Event::Begin(link, request, deflate)),
        4 => (index(), index(), 1usize..65_000)
            .prop_map(|(link, request, bytes)| Event::Continue(link, request, bytes)),
        16 => (index(), index()).prop_map(|(link, request)| Event::Answer(link, request)),
        2 => (index(), index(), any::<u8>())
            .prop_map(|(link, request, reason)| Event::Refuse(link, request, reason)),
        1 => (index(), index(), any::<u8>())
            .prop_map(|(link, request, how)| Event::Falsify(link, request, how)),
        12 => (
            (index(), prop::bool::weighted(0.02), prop::bool::weighted(0.03)),
            (index(), 0u64..70, 0u64..70, any::<bool>()),
        )
            .prop_map(|((link, again, wild), (object, start, count, deflate))| {
                Event::Request { link, again, wild, object, start, count, deflate }
            }),
        1 => (index(), 0u32..40).prop_map(|(link, id)| Event::Cancel(link, id)),
        1 => (index(), 0u64..9).prop_map(|(link, version)| Event::Head(link, version)),
        1 => (index(), prop::collection::vec(any::<u8>(), 0..200))
            .prop_map(|(link, bytes)| Event::Garbage(link, bytes)),
        3 => (index(), 0u64..300_000).prop_map(|(link, bytes)| Event::Writable(link, bytes)),
        2 => (0u64..20_000).prop_map(Event::Expecting),
        2 => index().prop_map(Event::OriginGood),
        2 => (index(), any::<bool>()).prop_map(|(want, fails)| Event::OriginOther(want, fails)),
        9 => (index(), prop::bool::weighted(0.9)).prop_map(|(job, found)| Event::Read(job, found)),
        6 => (index(), any::<u8>()).prop_map(|(job, how)| Event::Compressed(job, how)),
        6 => (index(), any::<u8>()).prop_map(|(job, how)| Event::Inflated(job, how)),
        2 => index().prop_map(Event::Held),
        1 => index().prop_map(Event::Dropped),
        1 => prop::bool::weighted(0.8).prop_map(Event::Visitor),
        1 => (0u64..9).prop_map(Event::HeadSeen),
        4 => (0u64..3_000).prop_map(Event::Wait),
        4 => Just(Event::Sleep),
    ]
}

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
    open: BTreeMap<WantId, ObjectId>,
    fetching: BTreeSet<WantId>,
    fetched: BTreeSet<WantId>,
    reads: Vec<(Ticket, ObjectId)>,
    compressions: Vec<(Ticket, Vec<u8>)>,
    inflations: Vec<(Ticket, Vec<u8>, usize)>,
    held: BTreeSet<ObjectId>,
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
            inflations: Vec::new(),
            held: BTreeSet::new(),
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
            Output::Deliver { want, bytes, .. } => {
                let object = self.end(want);
                assert_eq!(bytes.object(), object);
                let (_, _, truth) = self.objects.iter().find(|(id, ..)| *id == object).unwrap();
                assert_eq!(bytes.as_slice(), truth);
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
            Output::CancelOrigin { want } => assert!(self.fetching.remove(&want)),
            Output::Send { link, frame } => self.sent(link, &frame),
            Output::Close { link, .. } => assert!(self.links.remove(&link).is_some()),
            Output::StoreRead {
                ticket,
                object,
                groups,
            } => {
                assert!(self.held.contains(&object), "only what is held is served");
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
            Output::HeadHeard { .. } => {}
        }
    }

    fn end(&mut self, want: WantId) -> ObjectId {
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

    fn link(&self, index: usize) -> Option<LinkId> {
        let count = self.links.len();
        let nth = index.checked_rem(count)?;
        self.links.keys().nth(nth).copied()
    }

    fn hear(&mut self, index: usize, frame: &Frame<'_>) {
        if let Some(link) = self.link(index) {
            let frame = frame.encode();
            self.tell(Input::LinkFrame { link, frame });
        }
    }

    fn asked(&mut self, link: usize, request: usize) -> Option<(LinkId, usize)> {
        let link = self.link(link)?;
        let nth = request.checked_rem(self.links[&link].asked.len())?;
        Some((link, nth))
    }

    /// Sends the slice frame of a true answer, and notes the body.
    fn begin(&mut self, link: LinkId, nth: usize, deflate: bool) {
        let asked = self.links[&link].asked[nth].clone();
        let (object, outboard, bytes) = &self.objects[asked.object];
        let range = object.bytes_of(asked.groups);
        let plain = &bytes[range.start as usize..range.end as usize];
        let stream = miniz_oxide::deflate::compress_to_vec(plain, 1);
        let deflated = deflate && asked.deflate && stream.len() < plain.len();
        let body = if deflated { stream } else { plain.to_vec() };
        let proof = outboard.proof(asked.groups).unwrap();
        let frame = Frame::Slice(Slice {
            id: asked.id,
            groups: asked.groups.into(),
            encoding: if deflated {
                Encoding::Deflate
            } else {
                Encoding::Identity
            },
            encoded_bytes: body.len() as u64,
            proof: proof.as_bytes(),
        })
        .encode();
        self.links.get_mut(&link).unwrap().asked[nth].body = Some(body);
        self.tell(Input::LinkFrame { link, frame });
        self.forget_ended(link, asked.id);
    }

    /// Sends so many bytes of a body that was begun.
    fn go_on(&mut self, link: LinkId, id: RequestId, bytes: usize) {
        let Some(view) = self.links.get_mut(&link) else {
            return;
        };
        let Some(asked) = view.asked.iter_mut().find(|asked| asked.id == id) else {
            return;
        };
        let Some(body) = asked.body.as_mut().filter(|body| !body.is_empty()) else {
            return;
        };
        let rest = body.split_off(bytes.min(body.len()));
        let frame = Frame::Data(Data { id, bytes: body }).encode();
        *body = rest;
        self.tell(Input::LinkFrame { link, frame });
        self.forget_ended(link, id);
    }

    fn forget_ended(&mut self, link: LinkId, id: RequestId) {
        if let Some(view) = self.links.get_mut(&link) {
            view.asked.retain(|asked| {
                asked.id != id || asked.body.as_ref().is_none_or(|b| !b.is_empty())
            });
        }
    }

    fn falsify(&mut self, link: LinkId, nth: usize, how: u8) {
        let asked = self.links[&link].asked[nth].clone();
        let (object, outboard, _) = &self.objects[asked.object];
        let mut proof = outboard.proof(asked.groups).unwrap().into_bytes();
        let range = object.bytes_of(asked.groups);
        let (mut groups, mut encoded_bytes) = (asked.groups, range.end - range.start);
        let mut encoding = Encoding::Identity;
        match how % 5 {
            0 => encoded_bytes += 1,
            1 => groups = GroupRange::new(groups.start(), groups.end() + 1).unwrap(),
            2 => proof.push(0),
            3 => encoding = Encoding::Deflate,
            _ => {}
        }
        let slice = Frame::Slice(Slice {
            id: asked.id,
            groups: groups.into(),
            encoding,
            encoded_bytes,
            proof: &proof,
        });
        let frame = slice.encode();
        self.tell(Input::LinkFrame { link, frame });
        if self.links.contains_key(&link) {
            let bytes = vec![how; (encoded_bytes as usize).clamp(1, 60_000)];
            let frame = Frame::Data(Data {
                id: asked.id,
                bytes: &bytes,
            })
            .encode();
            self.tell(Input::LinkFrame { link, frame });
        }
        if let Some(view) = self.links.get_mut(&link) {
            view.asked.retain(|other| other.id != asked.id);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Want {
                object,
                text,
                urgent,
            } => {
                let want = WantId(self.wants);
                self.wants += 1;
                let object = self.objects[object % self.objects.len()].0;
                self.open.insert(want, object);
                self.tell(Input::Want {
                    want,
                    object,
                    compressible: text,
                    urgent,
                });
            }
            Event::Unwant(nth) => {
                if let Some(want) = nth_of(self.open.keys().copied(), nth) {
                    self.tell(Input::Unwant { want });
                    self.open.remove(&want);
                    assert!(!self.fetching.contains(&want));
                }
            }
            Event::Open { peer } if self.links.len() < LINKS => {
                let link = LinkId(self.opened);
                self.opened += 1;
                self.links.insert(link, LinkView::default());
                self.tell(Input::LinkOpened {
                    link,
                    frame_bytes_max: 16 * 1024 + 300 * usize::from(peer),
                });
                let newest = self.links.len() - 1;
                self.happen(Event::Hello(newest, peer));
            }
            Event::Open { .. } => {}
            Event::CloseLink(link) => {
                if let Some(link) = self.link(link) {
                    self.links.remove(&link);
                    self.tell(Input::LinkClosed { link });
                }
            }
            Event::Lied(link) => {
                if let Some(link) = self.link(link) {
                    self.tell(Input::LinkLied { link });
                }
            }
            Event::Hello(nth, peer) => {
                let hello = Frame::Hello(Hello {
                    protocol: 1,
                    site: [7; 16],
                    version: u64::from(peer % 5),
                    peer: PeerId([peer; 20]),
                    is_answer: peer.is_multiple_of(3),
                });
                // Whoever says hello again has forgotten what it was asked.
                if let Some(link) = self.link(nth) {
                    self.links.insert(link, LinkView::default());
                }
                self.hear(nth, &hello);
            }
            Event::Have(link, reset, objects) => {
                let prefix = |nth: usize| HashPrefix::of(&self.objects[nth % LENGTHS.len()].0.hash);
                let prefixes = objects.into_iter().map(prefix).collect();
                self.hear(link, &Frame::Have(Have { reset, prefixes }));
            }
            Event::HaveNot(link, object) => {
                let prefixes = vec![HashPrefix::of(&self.objects[object % LENGTHS.len()].0.hash)];
                self.hear(link, &Frame::HaveNot(HaveNot { prefixes }));
            }
            Event::Begin(link, request, deflate) => {
                if let Some((link, nth)) = self.asked(link, request)
                    && self.links[&link].asked[nth].body.is_none()
                {
                    self.begin(link, nth, deflate);
                }
            }
            Event::Continue(link, request, bytes) => {
                if let Some((link, nth)) = self.asked(link, request) {
                    let id = self.links[&link].asked[nth].id;
                    self.go_on(link, id, bytes);
                }
            }
            Event::Answer(link, request) => {
                if let Some((link, nth)) = self.asked(link, request) {
                    let id = self.links[&link].asked[nth].id;
                    if self.links[&link].asked[nth].body.is_none() {
                        self.begin(link, nth, true);
                    }
                    for _ in 0..40 {
                        self.go_on(link, id, 32 * 1024);
                    }
                }
            }
            Event::Refuse(link, request, reason) => {
                if let Some((link, nth)) = self.asked(link, request) {
                    let id = self.links[&link].asked[nth].id;
                    self.links.get_mut(&link).unwrap().asked.remove(nth);
                    let reasons = [
                        RefuseReason::NotHeld,
                        RefuseReason::NotAllowed,
                        RefuseReason::Busy,
                        RefuseReason::Cancelled,
                    ];
                    let frame = Frame::Refuse(Refuse {
                        id,
                        reason: reasons[usize::from(reason) % 4],
                        retry_ms: u32::from(reason) * 100,
                    })
                    .encode();
                    self.tell(Input::LinkFrame { link, frame });
                }
            }
            Event::Falsify(link, request, how) => {
                if let Some((link, nth)) = self.asked(link, request) {
                    self.falsify(link, nth, how);
                }
            }
            Event::Request {
                link,
                again,
                wild,
                object,
                start,
                count,
                deflate,
            } => {
                let object = self.objects[object % self.objects.len()].0;
                let groups = if wild {
                    GroupRange::new(start, start + count.max(1))
                } else {
                    let start = start % object.groups();
                    GroupRange::new(start, object.groups().min(start + count.clamp(1, 64)))
                };
                let Some(link_id) = self.link(link) else {
                    return;
                };
                let numbers = &mut self.links.get_mut(&link_id).unwrap().requests;
                *numbers += u32::from(!again);
                let request = Request {
                    id: RequestId(*numbers),
                    object: ClaimedId::from(object),
                    groups: ClaimedGroups::from(groups.unwrap()),
                    accept_deflate: deflate,
                };
                self.hear(link, &Frame::Request(request));
            }
            Event::Cancel(link, id) => {
                let id = RequestId(id);
                self.hear(link, &Frame::Cancel(Cancel { id }));
            }
            Event::Head(link, version) => {
                let (head, record): (&[u8], &[u8]) = (&[1; 300], &[2; 200]);
                let gossip = HeadGossip {
                    version,
                    head,
                    record,
                };
                self.hear(link, &Frame::Head(gossip));
            }
            Event::Garbage(link, frame) => {
                if let Some(link) = self.link(link) {
                    self.tell(Input::LinkFrame { link, frame });
                }
            }
            Event::Writable(link, bytes) => {
                if let Some(link) = self.link(link) {
                    self.tell(Input::LinkWritable { link, bytes });
                }
            }
            Event::Expecting(ms) => {
                let until = self.now.after(ms);
                self.tell(Input::Expecting { until });
            }
            Event::OriginGood(nth) => {
                if let Some(want) = nth_of(self.fetching.iter().copied(), nth) {
                    self.fetching.remove(&want);
                    let object = self.open[&want];
                    let (_, _, bytes) = self.objects.iter().find(|(id, ..)| *id == object).unwrap();
                    let bytes = verify_whole(object, bytes.clone()).unwrap();
                    self.tell(Input::OriginVerified { want, bytes });
                }
            }
            Event::OriginOther(nth, fails) => {
                if let Some(want) = nth_of(self.fetching.iter().copied(), nth) {
                    self.fetching.remove(&want);
                    let answer = if fails {
                        OriginAnswer::Failed
                    } else {
                        OriginAnswer::Final
                    };
                    self.tell(Input::OriginOther { want, answer });
                }
            }
            Event::Read(nth, found) => {
                if let Some(index) = nth.checked_rem(self.reads.len()) {
                    let (ticket, object) = self.reads.remove(index);
                    let known = self.objects.iter().find(|(id, ..)| *id == object).unwrap();
                    let (_, outboard, bytes) = known.clone();
                    let answer = found.then(|| (verify_whole(object, bytes).unwrap(), outboard));
                    self.tell(Input::StoreRead {
                        ticket,
                        found: answer,
                    });
                    if !found {
                        // The answer may have come too late to be heard.
                        self.tell(Input::Dropped(vec![object]));
                        self.held.remove(&object);
                    }
                }
            }
            Event::Compressed(nth, how) => {
                if let Some(index) = nth.checked_rem(self.compressions.len()) {
                    let (ticket, plain) = self.compressions.remove(index);
                    let bytes = match how % 4 {
                        0 => None,
                        1 => Some(Vec::new()),
                        2 => Some(vec![0; plain.len() + 1]),
                        _ => Some(miniz_oxide::deflate::compress_to_vec(&plain, 1)),
                    };
                    self.tell(Input::Compressed { ticket, bytes });
                }
            }
            Event::Inflated(nth, how) => {
                if let Some(index) = nth.checked_rem(self.inflations.len()) {
                    let (ticket, bytes, decoded_bytes) = self.inflations.remove(index);
                    let inflated = match how % 8 {
                        0 => Inflated::Corrupt,
                        1 => Inflated::Unable,
                        2 => Inflated::Bytes(vec![1; decoded_bytes]),
                        3 => Inflated::Bytes(Vec::new()),
                        _ => miniz_oxide::inflate::decompress_to_vec(&bytes)
                            .map_or(Inflated::Corrupt, Inflated::Bytes),
                    };
                    self.tell(Input::Decompressed { ticket, inflated });
                }
            }
            Event::Held(object) => {
                let object = self.objects[object % self.objects.len()].0;
                self.held.insert(object);
                self.tell(Input::Held(vec![object]));
            }
            Event::Dropped(object) => {
                let object = self.objects[object % self.objects.len()].0;
                self.tell(Input::Dropped(vec![object]));
                self.held.remove(&object);
            }
            Event::Visitor(may_upload) => self.tell(Input::Visitor { may_upload }),
            Event::HeadSeen(version) => self.tell(Input::HeadSeen {
                version,
                head: vec![1; 300],
                record: vec![2; 200],
            }),
            Event::Wait(ms) => self.now = self.now.after(ms),
            Event::Sleep => self.sleep(),
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
        self.tell(Input::Expecting { until: Millis(0) });
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

fn nth_of<T>(mut items: impl ExactSizeIterator<Item = T>, nth: usize) -> Option<T> {
    let nth = nth.checked_rem(items.len())?;
    items.nth(nth)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

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
