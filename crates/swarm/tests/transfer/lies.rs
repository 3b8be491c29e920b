//! What a lying peer puts on a link in place of an honest frame.

use swarmfetch_content::GroupRange;
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{
    Buckets, Data, Encoding, HashPrefix, Have, Prefixes, Refuse, RefuseReason, RequestId, Scale,
    Slice,
};
use swarmfetch_wire::limits::{FRAME_BYTES_MAX, PROOF_BYTES_MAX};

/// One frame in so many meets with a lie.
const LIES_EVERY: u32 = 3;

/// A liar on one link: its random choices, and what it sent before.
#[derive(Debug, Clone)]
pub(crate) struct Liar {
    rng: fastrand::Rng,
    earlier_slice: Option<Vec<u8>>,
    earlier_body: Vec<u8>,
    /// How many lies it told.
    pub(crate) told: u32,
}

impl Liar {
    pub(crate) fn new(seed: u64) -> Self {
        Liar {
            rng: fastrand::Rng::with_seed(seed),
            earlier_slice: None,
            earlier_body: Vec::new(),
            told: 0,
        }
    }

    /// What goes out instead of `frame`.
    pub(crate) fn instead_of(&mut self, frame: Vec<u8>) -> Vec<Vec<u8>> {
        let kind = Frame::decode(&frame).unwrap().unwrap();
        let lie = self.rng.u32(..LIES_EVERY) == 0;
        let instead = match &kind {
            Frame::Slice(slice) if lie => Some(self.slice(*slice, &frame)),
            Frame::Data(data) if lie => Some(self.data(*data, &frame)),
            Frame::Have(_) if lie => Some(vec![frame.clone(), self.have()]),
            _ => None,
        };
        match kind {
            Frame::Slice(_) => self.earlier_slice = Some(frame.clone()),
            Frame::Data(data) => self.earlier_body = data.bytes.to_vec(),
            _ => {}
        }
        match instead {
            None => vec![frame],
            Some(frames) => {
                self.told += 1;
                frames
            }
        }
    }

    fn slice(&mut self, slice: Slice<'_>, frame: &[u8]) -> Vec<Vec<u8>> {
        let id = RequestId(slice.id.0 + 1 + self.rng.u32(..3));
        let earlier = self.earlier_slice.clone();
        let shift = self.rng.u64(1..3);
        let lie = match self.rng.u32(..13) {
            0 => Slice { id, ..slice },
            1 => Slice {
                encoded_bytes: slice.encoded_bytes + 1,
                ..slice
            },
            2 => Slice {
                encoded_bytes: slice.encoded_bytes.saturating_sub(1),
                ..slice
            },
            3 => Slice {
                encoded_bytes: *self.rng.choice(&[0, u64::MAX]).unwrap(),
                ..slice
            },
            4 => Slice {
                encoding: Encoding::Deflate,
                ..slice
            },
            5 => Slice {
                groups: GroupRange::new(shift, shift + 1).unwrap().into(),
                ..slice
            },
            6 => return vec![self.flipped(slice_proof(&slice, frame), frame)],
            7 => {
                let short = slice.proof.len().saturating_sub(64);
                Slice {
                    proof: &slice.proof[..short],
                    ..slice
                }
            }
            8 => {
                let long = vec![7; PROOF_BYTES_MAX];
                return vec![
                    Frame::Slice(Slice {
                        proof: &long,
                        ..slice
                    })
                    .encode(),
                ];
            }
            9 => return vec![self.refuse(slice.id), frame.to_vec()],
            10 => return vec![self.refuse(slice.id)],
            // The proof of another object, for this one's request.
            11 => {
                let Some(Frame::Slice(other)) =
                    earlier.as_deref().and_then(|it| Frame::decode(it).unwrap())
                else {
                    return Vec::new();
                };
                return vec![
                    Frame::Slice(Slice {
                        proof: other.proof,
                        ..slice
                    })
                    .encode(),
                ];
            }
            _ => return Vec::new(),
        };
        vec![Frame::Slice(lie).encode()]
    }

    fn data(&mut self, data: Data<'_>, frame: &[u8]) -> Vec<Vec<u8>> {
        let body = frame.len() - data.bytes.len()..frame.len();
        let of = |bytes: &[u8]| Frame::Data(Data { id: data.id, bytes }).encode();
        match self.rng.u32(..11) {
            // The first byte, the last, one at the border of groups, any.
            0 => vec![self.flipped(body.start..(body.start + 1).min(body.end), frame)],
            1 => vec![self.flipped(body.end.saturating_sub(1).max(body.start)..body.end, frame)],
            2 => vec![self.flipped(body.start..body.end, frame)],
            3 => vec![of(&data.bytes[..data.bytes.len() / 2])],
            4 => vec![of(&[data.bytes, &[0; 5]].concat())],
            5 => vec![frame.to_vec(), frame.to_vec()],
            6 => vec![
                Frame::Data(Data {
                    id: RequestId(data.id.0 + 1),
                    ..data
                })
                .encode(),
            ],
            7 => data
                .bytes
                .iter()
                .take(20)
                .map(|byte| of(&[*byte]))
                .collect(),
            // The bytes of another object.
            8 => vec![of(&self.earlier_body)],
            9 => vec![frame.to_vec(), self.noise()],
            _ => Vec::new(),
        }
    }

    /// Everything and nothing: what nobody holds, all that there could be, or buckets that it will not tell.
    fn have(&mut self) -> Vec<u8> {
        let (width, depth) = (11, 0);
        let (reset, prefixes) = match self.rng.u32(..3) {
            0 => (
                false,
                Prefixes::whole((0..200).map(|_| HashPrefix(self.rng.u32(..)))),
            ),
            1 => {
                let everything = Prefixes {
                    scale: Scale { width, depth },
                    bucket: 0,
                    members: (0..2048).collect(),
                };
                (true, everything)
            }
            _ => {
                let (width, depth) = (24, 7);
                let scale = Scale { width, depth };
                return Frame::Buckets(Buckets { scale }).encode();
            }
        };
        Frame::Have(Have { reset, prefixes }).encode()
    }

    fn refuse(&mut self, id: RequestId) -> Vec<u8> {
        let reason = *self
            .rng
            .choice(&[RefuseReason::NotHeld, RefuseReason::Busy])
            .unwrap();
        let retry_ms = self.rng.u32(..);
        Frame::Refuse(Refuse {
            id,
            reason,
            retry_ms,
        })
        .encode()
    }

    fn noise(&mut self) -> Vec<u8> {
        let len = self.rng.usize(..FRAME_BYTES_MAX + 100);
        (0..len).map(|_| self.rng.u8(..)).collect()
    }

    /// A bit somewhere in `part` is another.
    fn flipped(&mut self, part: std::ops::Range<usize>, frame: &[u8]) -> Vec<u8> {
        let mut frame = frame.to_vec();
        if !part.is_empty() {
            frame[self.rng.usize(part)] ^= 1 << self.rng.u32(..8);
        }
        frame
    }
}

/// Where a slice's proof stands in its frame: last.
fn slice_proof(slice: &Slice<'_>, frame: &[u8]) -> std::ops::Range<usize> {
    frame.len() - slice.proof.len()..frame.len()
}
