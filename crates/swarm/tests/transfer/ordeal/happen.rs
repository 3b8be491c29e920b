//! How each event comes about: what a peer, the origin or the shell says next, given what the machine said before.

use swarmfetch_content::{GroupRange, verify_whole};
use swarmfetch_swarm::{Inflated, Input, LinkId, OriginAnswer, PeerId, WantId};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{
    Buckets, Cancel, ClaimedGroups, ClaimedId, Data, Encoding, HashPrefix, Have, HaveNot,
    HeadGossip, Hello, HelloKind, Interest, Part, Prefixes, Prove, Proved, Refuse, RefuseReason,
    Request, RequestId, Scale, Slice, WantList,
};
use swarmfetch_wire::limits::PROTOCOL;

use super::event::Event;
use super::{LENGTHS, LINKS, LinkView, Ordeal};

impl Ordeal {
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

    pub(super) fn happen(&mut self, event: Event) {
        match event {
            Event::Want {
                object,
                text,
                urgent,
            } => {
                let want = WantId(self.wants);
                self.wants += 1;
                let object = self.objects[object % self.objects.len()].0;
                self.open.insert(want, (object, None));
                self.tell(Input::Want {
                    want,
                    object,
                    compressible: text,
                    urgent,
                    savings: text && urgent,
                });
            }
            Event::WantPart(object, start, count) => {
                let want = WantId(self.wants);
                self.wants += 1;
                let object = self.objects[object % self.objects.len()].0;
                let groups = GroupRange::new(start, start + count).unwrap();
                self.open.insert(want, (object, Some(groups)));
                self.tell(Input::WantPart {
                    want,
                    object,
                    groups,
                    compressible: count % 2 == 0,
                    savings: false,
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
                    outlived: false,
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
                let kind =
                    [HelloKind::First, HelloKind::Answer, HelloKind::Again][usize::from(peer % 3)];
                let number = u32::from(peer / 3);
                let hello = Frame::Hello(Hello {
                    protocol: PROTOCOL,
                    site: [7; 16],
                    version: u64::from(peer % 5),
                    peer: PeerId([peer; 20]),
                    kind,
                    number,
                });
                // Whoever says hello again has forgotten what it was asked.
                if let Some(link) = self.link(nth)
                    && kind == HelloKind::Again
                    && self.links[&link].again != Some(number)
                {
                    let again = Some(number);
                    self.links.insert(
                        link,
                        LinkView {
                            again,
                            ..LinkView::default()
                        },
                    );
                }
                self.hear(nth, &hello);
            }
            Event::Have(link, reset, objects) => {
                let prefix = |nth: usize| HashPrefix::of(&self.objects[nth % LENGTHS.len()].0.hash);
                let prefixes = Prefixes::whole(objects.into_iter().map(prefix));
                self.hear(link, &Frame::Have(Have { reset, prefixes }));
            }
            Event::HaveNot(link, object) => {
                let prefix = HashPrefix::of(&self.objects[object % LENGTHS.len()].0.hash);
                let prefixes = Prefixes::whole([prefix]);
                self.hear(link, &Frame::HaveNot(HaveNot { prefixes }));
            }
            Event::Buckets(link, depth) => {
                let scale = Scale { width: 24, depth };
                self.hear(link, &Frame::Buckets(Buckets { scale }));
            }
            Event::Map(link, depth, object, held) => {
                let prefix = HashPrefix::of(&self.objects[object % LENGTHS.len()].0.hash);
                let scale = Scale { width: 24, depth };
                let member = scale.cut(prefix);
                let prefixes = Prefixes {
                    scale,
                    bucket: scale.bucket(member),
                    members: held.then_some(member).into_iter().collect(),
                };
                let reset = false;
                self.hear(link, &Frame::Have(Have { reset, prefixes }));
            }
            Event::Interest(link, depth, buckets) => {
                self.hear(link, &Frame::Interest(Interest { depth, buckets }));
            }
            Event::WantList(link, objects, segments) => {
                let prefix = |nth: usize| HashPrefix::of(&self.objects[nth % LENGTHS.len()].0.hash);
                let mut prefixes: Vec<HashPrefix> = objects.into_iter().map(prefix).collect();
                let part = prefixes.pop().map(|prefix| Part {
                    prefix,
                    segments: vec![segments],
                });
                let parts = part.into_iter().collect();
                self.hear(link, &Frame::WantList(WantList { prefixes, parts }));
            }
            Event::HavePart(link, object, segments) => {
                let part = Part {
                    prefix: HashPrefix::of(&self.objects[object % LENGTHS.len()].0.hash),
                    segments: vec![segments],
                };
                self.hear(link, &Frame::HavePart(part));
            }
            Event::HeldSegment(object, segment) => {
                let object = self.objects[object % LENGTHS.len()].0;
                if !self.held.contains(&object) {
                    self.segments.insert((object, segment));
                }
                self.tell(Input::HeldSegment { object, segment });
            }
            Event::Prove(keys, urgent) => self.tell(Input::Prove {
                root: self.objects[0].0.hash,
                keys: vec![[1; 8]; keys],
                with_needs: keys % 2 == 0,
                urgent,
            }),
            Event::Asks(link, number, keys) => {
                let prove = Prove {
                    number,
                    root: [2; 32],
                    keys: vec![[3; 8]; keys],
                    with_needs: true,
                };
                self.hear(link, &Frame::Prove(prove));
            }
            Event::Proved(link, number, bytes) => {
                let partial = &vec![4; bytes];
                self.hear(link, &Frame::Proved(Proved { number, partial }));
            }
            Event::Known(question, bytes) => {
                if let Some(index) = question.checked_rem(self.questions.len()) {
                    let (link, number) = self.questions.remove(index);
                    let partial = vec![5; bytes];
                    self.tell(Input::Known {
                        link,
                        number,
                        partial,
                    });
                }
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
                let (until, probably) = (self.now.after(ms), self.now.after(ms / 3));
                let estimate = self.now.after(ms / 9);
                self.tell(Input::Expecting {
                    until,
                    probably,
                    estimate,
                });
            }
            Event::OriginGood(nth) => {
                if let Some(want) = nth_of(self.fetching.iter().copied(), nth) {
                    self.fetching.remove(&want);
                    let (object, groups) = self.open[&want];
                    let (_, _, bytes) = self.objects.iter().find(|(id, ..)| *id == object).unwrap();
                    let whole = verify_whole(object, bytes.clone()).unwrap();
                    // Of a part, that or all.
                    let groups =
                        groups.filter(|groups| nth % 2 == 0 && groups.start() < object.groups());
                    let part = groups.and_then(|groups| whole.slice(object.bytes_of(groups)).ok());
                    let bytes = part.unwrap_or(whole);
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
            Event::OriginCame(nth, bytes) => {
                if let Some(want) = nth_of(self.fetching.iter().copied(), nth) {
                    self.tell(Input::OriginCame { want, bytes });
                }
            }
            Event::Read(nth, found) => {
                if let Some(index) = nth.checked_rem(self.reads.len()) {
                    let (ticket, object) = self.reads.remove(index);
                    let known = self.objects.iter().find(|(id, ..)| *id == object).unwrap();
                    let (_, outboard, bytes) = known.clone();
                    let proof = outboard.proof(object.all()).unwrap();
                    let answer = found.then(|| (verify_whole(object, bytes).unwrap(), proof));
                    self.tell(Input::StoreRead {
                        ticket,
                        found: answer,
                    });
                    if !found {
                        // The answer may have come too late to be heard.
                        self.tell(Input::Dropped(vec![object]));
                        self.held.remove(&object);
                        self.segments.retain(|(of, _)| *of != object);
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
                self.segments.retain(|(of, _)| *of != object);
                self.tell(Input::Held(vec![object]));
            }
            Event::Dropped(object) => {
                let object = self.objects[object % self.objects.len()].0;
                self.tell(Input::Dropped(vec![object]));
                self.held.remove(&object);
                self.segments.retain(|(of, _)| *of != object);
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
}

fn nth_of<T>(mut items: impl ExactSizeIterator<Item = T>, nth: usize) -> Option<T> {
    let nth = nth.checked_rem(items.len())?;
    items.nth(nth)
}
