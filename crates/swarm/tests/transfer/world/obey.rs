//! What the shell in miniature does when a machine says so.

use std::ops::Range;

use swarmfetch_content::{GroupRange, ObjectId, verify_and_prove, verify_whole};
use swarmfetch_swarm::limits::PIECE_GROUPS;
use swarmfetch_swarm::{Inflated, Input, OriginAnswer, Output, Source, WantId};

use super::{End, JOB_MS, OriginMood, PeerIndex, SEGMENT_BYTES, World};

impl World {
    /// Does what a machine says.
    pub(super) fn obey(&mut self, peer: PeerIndex, output: Output) {
        match output {
            Output::Met { .. } => {}
            Output::Deliver {
                want,
                bytes,
                source,
            } => {
                let (object, groups) = self.peers[peer].wants[&want];
                let Range { start, end } = object.bytes_of(groups.unwrap_or(object.all()));
                assert_eq!((bytes.object(), bytes.offset()), (object, start));
                let promised = &self.objects[&object][start as usize..end as usize];
                assert!(bytes.as_slice() == promised, "other bytes");
                if groups.is_some_and(|groups| is_segment(object, groups)) {
                    let segment = start / SEGMENT_BYTES;
                    self.peers[peer].segments.insert((object, segment));
                    let held = Input::HeldSegment { object, segment };
                    self.later(JOB_MS, peer, held);
                }
                let end = match source {
                    Source::Peers => End::Peers,
                    Source::Origin => End::Origin,
                };
                self.end(peer, want, end);
            }
            Output::DeliverOrigin { want } => self.end(peer, want, End::OriginsOwn),
            Output::Fail { want, .. } => self.end(peer, want, End::Failed),
            Output::FetchOrigin { want } => self.ask_origin(peer, want),
            Output::CancelOrigin { want } => {
                let open = &mut self.peers[peer].origin_open;
                assert!(open.contains(&want), "{want:?} is not being fetched");
                open.retain(|fetch| *fetch != want);
                self.line.stops(peer, want);
            }
            Output::Send { link, frame } => self.carry(peer, link, frame),
            Output::Close { link, reason } => {
                self.peers[peer].closed.push((link, reason));
                if let Some(way) = self.peers[peer].ways.remove(&link) {
                    self.peers[way.to].ways.remove(&way.name);
                    let link = way.name;
                    self.later(way.latency_ms, way.to, Input::LinkClosed { link });
                }
            }
            Output::StoreRead {
                ticket,
                object,
                groups,
            } => {
                let part = (object, groups.start() / PIECE_GROUPS);
                let part = self.peers[peer].segments.contains(&part);
                let part = part.then(|| &self.objects[&object]);
                let whole = self.peers[peer].store.get(&object.hash);
                let found = whole.or(part).map(|bytes| {
                    let (verified, outboard) = verify_and_prove(object, bytes.clone()).unwrap();
                    (verified, outboard.proof(object.all()).unwrap())
                });
                self.later(JOB_MS, peer, Input::StoreRead { ticket, found });
            }
            Output::StoreWrite { bytes } => {
                let object = bytes.object();
                let stored = bytes.as_slice().to_vec();
                self.peers[peer].store.insert(object.hash, stored);
                self.later(JOB_MS, peer, Input::Held(vec![object]));
            }
            Output::Compress { ticket, bytes } => {
                let bytes = miniz_oxide::deflate::compress_to_vec(bytes.as_slice(), 6);
                let bytes = Some(bytes);
                self.later(JOB_MS, peer, Input::Compressed { ticket, bytes });
            }
            Output::Decompress {
                ticket,
                bytes,
                decoded_bytes,
            } => {
                let inflated = if self.peers[peer].can_inflate {
                    inflate(&bytes, decoded_bytes)
                } else {
                    Inflated::Unable
                };
                self.later(JOB_MS, peer, Input::Decompressed { ticket, inflated });
            }
            Output::Prove {
                link,
                number,
                root,
                keys,
                with_needs,
            } => {
                self.peers[peer].asked.push((root, keys, with_needs));
                let partial = self.peers[peer].known.clone();
                let known = Input::Known {
                    link,
                    number,
                    partial,
                };
                self.later(0, peer, known);
            }
            Output::Proved {
                link,
                root,
                partial,
            } => self.peers[peer].proved.push((link, root, partial)),
            Output::HeadHeard { version, .. } => self.peers[peer].heads.push(version),
        }
    }

    fn end(&mut self, peer: PeerIndex, want: WantId, end: End) {
        self.trace
            .push(format!("{:?} {peer} {want:?} {end:?}", self.now));
        let peer = &mut self.peers[peer];
        assert!(!peer.origin_open.contains(&want), "its fetch goes on");
        let before = peer.ended.insert(want, (self.now, end));
        assert_eq!(before, None, "{want:?} ends twice");
    }

    fn ask_origin(&mut self, index: PeerIndex, want: WantId) {
        let peer = &mut self.peers[index];
        assert!(
            !peer.origin_open.contains(&want),
            "{want:?} is fetched twice"
        );
        assert!(!peer.ended.contains_key(&want), "{want:?} has ended");
        peer.fetched.push(want);
        peer.origin_open.push(want);
        let (object, groups) = peer.wants[&want];
        let other = |answer| Input::OriginOther { want, answer };
        let (delay_ms, input) = match peer.origin {
            // Of a part, the shell has the origin's own answer.
            OriginMood::Good(ms) if groups.is_some() => (ms, other(OriginAnswer::Final)),
            OriginMood::Good(ms) => {
                let bytes = verify_whole(object, self.objects[&object].clone()).unwrap();
                (ms, Input::OriginVerified { want, bytes })
            }
            OriginMood::Down(ms) => (ms, other(OriginAnswer::Failed)),
            OriginMood::Other(ms) => (ms, other(OriginAnswer::Final)),
            OriginMood::Shared => {
                let Range { start, end } = object.bytes_of(groups.unwrap_or(object.all()));
                return self.line.begins(self.now, index, want, end - start);
            }
            OriginMood::Hangs => return,
        };
        self.later(delay_ms, index, input);
    }
}

/// Whether these are all groups of one segment.
fn is_segment(object: ObjectId, groups: GroupRange) -> bool {
    let begins = groups.start().is_multiple_of(PIECE_GROUPS);
    let ends = groups.end() == object.groups() || groups.count() == PIECE_GROUPS;
    begins && ends && groups.count() <= PIECE_GROUPS
}

fn inflate(bytes: &[u8], decoded_bytes: usize) -> Inflated {
    match miniz_oxide::inflate::decompress_to_vec_with_limit(bytes, decoded_bytes) {
        Ok(bytes) if bytes.len() == decoded_bytes => Inflated::Bytes(bytes),
        _ => Inflated::Corrupt,
    }
}
