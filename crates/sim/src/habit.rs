//! How a visitor's browser treats others: most are honest, some are not, and all of them run the real machine. What
//! makes them different happens between it and the link.

use swarmfetch_content::GroupRange;
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{
    Buckets, Data, Encoding, HashPrefix, Have, HeadGossip, Prefixes, Refuse, RefuseReason,
    RequestId, Scale, Slice,
};
use swarmfetch_wire::limits::{FRAME_BYTES_MAX, PROOF_BYTES_MAX};

use crate::random::chance;
use crate::scenario::Faults;

/// How a visitor's browser treats others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Does what it says.
    Honest,
    /// One answering frame in three is false.
    Lies,
    /// Says that it holds everything, and holds nothing.
    Boasts,
    /// Never answers a request.
    Drops,
    /// Begins every other answer and never goes on.
    Stalls,
    /// Its uplink carries 16 kbit/s.
    Drips,
    /// Sends what nobody asked for.
    Floods,
    /// Tells of heads that are forged, or older than they claim.
    Forges,
}

impl Habit {
    pub(crate) fn draw(rng: &mut fastrand::Rng, faults: &Faults) -> Self {
        let mut drawn = rng.f64();
        let shares = [
            (Habit::Lies, faults.liars),
            (Habit::Boasts, faults.boasters),
            (Habit::Drops, faults.droppers),
            (Habit::Stalls, faults.stallers),
            (Habit::Drips, faults.drippers),
            (Habit::Floods, faults.flooders),
            (Habit::Forges, faults.forgers),
        ];
        for (habit, share) in shares {
            if drawn < share {
                return habit;
            }
            drawn -= share;
        }
        Habit::Honest
    }

    /// Whether the peers of such a visitor can know that it is not one of ours.
    pub(crate) fn may_be_banned(self) -> bool {
        matches!(
            self,
            Habit::Lies | Habit::Floods | Habit::Forges | Habit::Boasts
        )
    }

    /// What goes out in place of a frame of the machine.
    pub(crate) fn instead_of(self, frame: Vec<u8>, rng: &mut fastrand::Rng) -> Vec<Vec<u8>> {
        let Ok(Some(kind)) = Frame::decode(&frame) else {
            return vec![frame];
        };
        match (self, kind) {
            (Habit::Lies, kind) if chance(rng, 1.0 / 3.0) => {
                lie(&kind, &frame, rng).unwrap_or(vec![frame])
            }
            (Habit::Drops, Frame::Slice(_) | Frame::Data(_) | Frame::Refuse(_)) => Vec::new(),
            (Habit::Stalls, Frame::Data(data)) if data.id.0 % 2 == 1 => Vec::new(),
            (Habit::Floods, Frame::Hello(_)) => {
                let junk: Vec<u8> = (0..30_000).map(|_| rng.u8(..)).collect();
                let unasked = |n: u32| {
                    Frame::Data(Data {
                        id: RequestId(n),
                        bytes: &junk,
                    })
                };
                let flood = (0..400).map(|n| unasked(n).encode());
                [frame].into_iter().chain(flood).collect()
            }
            (Habit::Forges, Frame::Have(_)) => {
                let head: Vec<u8> = (0..300).map(|_| rng.u8(b'A'..=b'Z')).collect();
                let forged = Frame::Head(HeadGossip {
                    version: rng.u64(2..1_000),
                    head: &head,
                    record: &[7; 200],
                });
                vec![frame, forged.encode()]
            }
            _ => vec![frame],
        }
    }
}

/// A false answer in place of a true one.
fn lie(kind: &Frame<'_>, frame: &[u8], rng: &mut fastrand::Rng) -> Option<Vec<Vec<u8>>> {
    match kind {
        Frame::Slice(slice) => Some(lie_of_slice(slice, frame, rng)),
        Frame::Data(data) => Some(lie_of_data(data, frame, rng)),
        Frame::Have(_) => {
            let more = match rng.u32(..3) {
                // Buckets that it will not tell.
                0 => Frame::Buckets(Buckets {
                    scale: Scale {
                        width: 24,
                        depth: 7,
                    },
                }),
                _ => Frame::Have(Have {
                    reset: false,
                    prefixes: Prefixes::whole((0..20).map(|_| HashPrefix(rng.u32(..)))),
                }),
            };
            Some(vec![frame.to_vec(), more.encode()])
        }
        _ => None,
    }
}

fn lie_of_slice(slice: &Slice<'_>, frame: &[u8], rng: &mut fastrand::Rng) -> Vec<Vec<u8>> {
    let slice = *slice;
    let shift = rng.u64(1..3);
    let long = vec![7; PROOF_BYTES_MAX];
    let lie = match rng.u32(..9) {
        0 => Slice {
            id: RequestId(slice.id.0 + 1 + rng.u32(..3)),
            ..slice
        },
        1 => Slice {
            encoded_bytes: slice.encoded_bytes + 1,
            ..slice
        },
        2 => Slice {
            encoded_bytes: if rng.bool() { 0 } else { u64::MAX },
            ..slice
        },
        3 => Slice {
            encoding: Encoding::Deflate,
            ..slice
        },
        4 => match GroupRange::new(shift, shift + 1) {
            Ok(groups) => Slice {
                groups: groups.into(),
                ..slice
            },
            Err(_) => slice,
        },
        5 => Slice {
            proof: &slice.proof[..slice.proof.len().saturating_sub(64)],
            ..slice
        },
        6 => Slice {
            proof: &long,
            ..slice
        },
        7 => {
            let refuse = Frame::Refuse(Refuse {
                id: slice.id,
                reason: RefuseReason::Busy,
                retry_ms: rng.u32(..),
            });
            return vec![refuse.encode(), frame.to_vec()];
        }
        _ => {
            return vec![flipped(
                frame,
                frame.len() - slice.proof.len().min(frame.len() - 1),
                rng,
            )];
        }
    };
    let lie = Frame::Slice(lie).encode();
    vec![if lie.len() <= FRAME_BYTES_MAX {
        lie
    } else {
        frame.to_vec()
    }]
}

fn lie_of_data(data: &Data<'_>, frame: &[u8], rng: &mut fastrand::Rng) -> Vec<Vec<u8>> {
    let of = |bytes: &[u8]| Frame::Data(Data { id: data.id, bytes }).encode();
    match rng.u32(..5) {
        0 => vec![of(&data.bytes[..data.bytes.len() / 2])],
        1 if frame.len() + 5 <= FRAME_BYTES_MAX => vec![of(&[data.bytes, &[0; 5]].concat())],
        2 => vec![frame.to_vec(), frame.to_vec()],
        _ => vec![flipped(frame, frame.len() - data.bytes.len(), rng)],
    }
}

/// The frame with one bit turned, at or behind this place.
fn flipped(frame: &[u8], from: usize, rng: &mut fastrand::Rng) -> Vec<u8> {
    let mut flipped = frame.to_vec();
    if from < flipped.len() {
        let at = rng.usize(from..flipped.len());
        flipped[at] ^= 1 << rng.u32(..8);
    }
    flipped
}
