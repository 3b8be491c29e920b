//! The frames of a link: one byte that names the kind, then the message in postcard. One message, one file.
//!
//! Goals: nothing is reserved for a length that is only claimed; bodies and proofs are borrowed from the received
//! buffer; whatever arrives gives a frame or an error, never a panic. Non-goals: deciding whether a frame was welcome
//! (the swarm counts credit), ordering and delivery (the link's).
//!
//! # A conversation
//! Each side begins with a hello, and a have with all that it holds; one that holds much says how that is divided into
//! buckets instead, and tells those that the other has an interest in. Whoever finds in the other's haves what it wants asks
//! for it; answers to several requests may alternate, frame by frame, but the bytes of one come in order.
//!
//! ```text
//! asker                                  holder
//!                                       <- Buckets: 128
//!   Interest: bucket 77 ->
//!                                       <- Have: 781 prefixes, bucket 77
//!   Request 7: groups 0..64, deflate ok ->
//!                                       <- Slice 7: groups 0..64, deflate, 180,000 bytes, proof
//!                                       <- Data 7: 32,768 bytes ... Data 7: the last 16,160
//!   Request 8 ->
//!                                       <- Slice 8, Data 8
//!   Cancel 8 ->                         <- Data 8 (on its way already)
//!                                       <- Refuse 8: cancelled
//! ```
//!
//! What the owner says of a URL, and so the hash that it has, can be asked for, too:
//!
//! ```text
//!   Prove 0: 3 keys of this root ->
//!                                       <- Proved 0: the paths to two of them
//! ```
//!
//! What nobody asked for (hellos, haves, heads, want-lists, requests and questions themselves) has an allowance
//! ([`CONTROL_BYTES_BURST`](crate::limits::CONTROL_BYTES_BURST)); what was asked for is counted to the byte.
//!
//! Kinds from 128 on may be skipped by a peer that does not know them; an unknown kind below closes the link.

mod cancel;
mod data;
mod have;
mod head;
mod hello;
mod interest;
mod part;
mod prefixes;
mod prove;
mod refuse;
mod request;
mod slice;
mod want_list;

use core::fmt;

use swarmfetch_content::codec::{Encode, Reader};

pub use cancel::Cancel;
pub use data::Data;
pub use have::{Have, HaveNot};
pub use head::HeadGossip;
pub use hello::{Hello, HelloKind, PeerId};
pub use interest::{Buckets, Interest};
pub use part::Part;
pub use prefixes::{HashPrefix, Prefixes, Scale};
pub use prove::{Prove, Proved};
pub use refuse::{Refuse, RefuseReason};
pub use request::{ClaimedGroups, ClaimedId, Request, RequestId};
pub use slice::{Encoding, Slice};
pub use want_list::WantList;

use crate::limits::{
    FRAME_BYTES_MAX, HEAD_BYTES_MAX, INTEREST_BUCKETS_MAX, PROOF_BYTES_MAX, PROVE_KEYS_MAX,
    PROVED_BYTES_MAX, RECORD_BYTES_MAX, SEGMENT_BYTES_MAX, WANT_LIST_MAX, WANT_PARTS_MAX,
};

/// Kinds with this bit may be skipped when unknown.
const SKIPPABLE: u8 = 0x80;

/// The first byte of a frame.
mod kind {
    pub(super) const HELLO: u8 = 0x01;
    pub(super) const HAVE: u8 = 0x02;
    pub(super) const HAVE_NOT: u8 = 0x03;
    pub(super) const BUCKETS: u8 = 0x04;
    pub(super) const INTEREST: u8 = 0x05;
    pub(super) const PROVE: u8 = 0x06;
    pub(super) const PROVED: u8 = 0x07;
    pub(super) const REQUEST: u8 = 0x10;
    pub(super) const SLICE: u8 = 0x11;
    pub(super) const DATA: u8 = 0x12;
    pub(super) const CANCEL: u8 = 0x13;
    pub(super) const REFUSE: u8 = 0x14;
    pub(super) const WANT_LIST: u8 = 0x20;
    pub(super) const HAVE_PART: u8 = 0x21;
    pub(super) const HEAD: u8 = 0x80;
}

/// One message between two peers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Frame<'a> {
    /// Who speaks; the first frame of each side.
    Hello(Hello),
    /// What the sender holds, in addition.
    Have(Have),
    /// What it holds no longer.
    HaveNot(HaveNot),
    /// How what it holds is divided: it is much.
    Buckets(Buckets),
    /// Which buckets to tell of.
    Interest(Interest),
    /// A question what the owner says of some URLs.
    Prove(Prove),
    /// Its answer.
    Proved(Proved<'a>),
    /// A wish for some groups of an object.
    Request(Request),
    /// The answer's beginning: how the groups are proved and encoded.
    Slice(Slice<'a>),
    /// The answer's next bytes.
    Data(Data<'a>),
    /// The wish is withdrawn.
    Cancel(Cancel),
    /// There is no answer, or no more of it.
    Refuse(Refuse),
    /// What the sender holds of one object: replaces what it said of that before.
    HavePart(Part),
    /// What the sender waits for.
    WantList(WantList),
    /// A newer head that the sender has heard of.
    Head(HeadGossip<'a>),
}

/// Why received bytes are not a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// No bytes at all.
    Empty,
    /// More bytes than any frame has.
    TooLong {
        /// How many came.
        bytes: usize,
    },
    /// A kind that this version does not know and must not skip.
    UnknownKind {
        /// The first byte.
        kind: u8,
    },
    /// The body is not the message that the kind names: cut off, or a value out of its range.
    Malformed {
        /// The first byte.
        kind: u8,
    },
    /// The message ends before the frame does.
    Trailing {
        /// The first byte.
        kind: u8,
        /// How many bytes are left over.
        bytes: usize,
    },
    /// A list or field is longer than its limit.
    OverLimit {
        /// The first byte.
        kind: u8,
        /// The length.
        actual: u64,
        /// The limit.
        limit: u64,
    },
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            FrameError::Empty => write!(f, "empty frame"),
            FrameError::TooLong { bytes } => {
                write!(
                    f,
                    "frame of {bytes} bytes, at most {FRAME_BYTES_MAX} are allowed"
                )
            }
            FrameError::UnknownKind { kind } => write!(f, "unknown frame kind {kind:#04x}"),
            FrameError::Malformed { kind } => write!(f, "malformed frame of kind {kind:#04x}"),
            FrameError::Trailing { kind, bytes } => {
                write!(f, "{bytes} bytes after the message of kind {kind:#04x}")
            }
            FrameError::OverLimit {
                kind,
                actual,
                limit,
            } => {
                write!(f, "{actual} where {limit} is the limit in kind {kind:#04x}")
            }
        }
    }
}

impl core::error::Error for FrameError {}

impl<'a> Frame<'a> {
    /// The frame's bytes. Keeping to the limits is the sender's business; [`decode`](Self::decode) refuses what does not.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Frame::Hello(message) => write(kind::HELLO, message),
            Frame::Have(message) => write(kind::HAVE, message),
            Frame::HaveNot(message) => write(kind::HAVE_NOT, message),
            Frame::Buckets(message) => write(kind::BUCKETS, message),
            Frame::Interest(message) => write(kind::INTEREST, message),
            Frame::Prove(message) => write(kind::PROVE, message),
            Frame::Proved(message) => write(kind::PROVED, message),
            Frame::Request(message) => write(kind::REQUEST, message),
            Frame::Slice(message) => write(kind::SLICE, message),
            Frame::Data(message) => write(kind::DATA, message),
            Frame::Cancel(message) => write(kind::CANCEL, message),
            Frame::Refuse(message) => write(kind::REFUSE, message),
            Frame::HavePart(message) => write(kind::HAVE_PART, message),
            Frame::WantList(message) => write(kind::WANT_LIST, message),
            Frame::Head(message) => write(kind::HEAD, message),
        }
    }

    /// The frame in `bytes`; `None` for a kind of a later version that says it may be skipped.
    ///
    /// # Errors
    /// Every variant of [`FrameError`], and nothing else, whatever the bytes.
    pub fn decode(bytes: &'a [u8]) -> Result<Option<Self>, FrameError> {
        if bytes.len() > FRAME_BYTES_MAX {
            return Err(FrameError::TooLong { bytes: bytes.len() });
        }
        let (&kind, body) = bytes.split_first().ok_or(FrameError::Empty)?;
        let mut from = Reader::new(body);
        let frame = match kind {
            kind::HELLO => Frame::Hello(from.part()),
            kind::HAVE => Frame::Have(from.part()),
            kind::HAVE_NOT => Frame::HaveNot(from.part()),
            kind::BUCKETS => Frame::Buckets(from.part()),
            kind::INTEREST => Frame::Interest(from.part()),
            kind::PROVE => Frame::Prove(from.part()),
            kind::PROVED => Frame::Proved(from.part()),
            kind::REQUEST => Frame::Request(from.part()),
            kind::SLICE => Frame::Slice(from.part()),
            kind::DATA => Frame::Data(from.part()),
            kind::CANCEL => Frame::Cancel(from.part()),
            kind::REFUSE => Frame::Refuse(from.part()),
            kind::HAVE_PART => Frame::HavePart(from.part()),
            kind::WANT_LIST => Frame::WantList(from.part()),
            kind::HEAD => Frame::Head(from.part()),
            skippable if skippable & SKIPPABLE != 0 => return Ok(None),
            kind => return Err(FrameError::UnknownKind { kind }),
        };
        if from.has_failed() {
            return Err(FrameError::Malformed { kind });
        }
        let bytes = from.rest().len();
        // A hello of a later version may be longer.
        if bytes > 0 && kind != kind::HELLO {
            return Err(FrameError::Trailing { kind, bytes });
        }
        if let Some((actual, limit)) = frame.over_limit() {
            let (actual, limit) = (actual as u64, limit as u64);
            return Err(FrameError::OverLimit {
                kind,
                actual,
                limit,
            });
        }
        Ok(Some(frame))
    }

    /// The length of a list or field that is longer than its limit, and that limit.
    fn over_limit(&self) -> Option<(usize, usize)> {
        let lengths = match self {
            Frame::Interest(interest) => [(interest.buckets.len(), INTEREST_BUCKETS_MAX), (0, 0)],
            Frame::Prove(prove) => [(prove.keys.len(), PROVE_KEYS_MAX), (0, 0)],
            Frame::Proved(proved) => [(proved.partial.len(), PROVED_BYTES_MAX), (0, 0)],
            Frame::HavePart(part) => [(part.segments.len(), SEGMENT_BYTES_MAX), (0, 0)],
            Frame::WantList(list) => {
                let longest = list.parts.iter().map(|part| part.segments.len()).max();
                let lengths = [
                    (list.prefixes.len(), WANT_LIST_MAX),
                    (list.parts.len(), WANT_PARTS_MAX),
                    (longest.unwrap_or(0), SEGMENT_BYTES_MAX),
                ];
                return lengths.into_iter().find(|(actual, limit)| actual > limit);
            }
            Frame::Slice(slice) => [(slice.proof.len(), PROOF_BYTES_MAX), (0, 0)],
            Frame::Head(gossip) => [
                (gossip.head.len(), HEAD_BYTES_MAX),
                (gossip.record.len(), RECORD_BYTES_MAX),
            ],
            _ => return None,
        };
        lengths.into_iter().find(|(actual, limit)| actual > limit)
    }
}

fn write(kind: u8, message: &impl Encode) -> Vec<u8> {
    let mut frame = vec![kind];
    message.encode(&mut frame);
    frame
}
