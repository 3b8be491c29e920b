//! What the machine has the shell do.

use std::sync::Arc;

use swarmfetch_content::{GroupRange, Hash, ObjectId, VerifiedBytes};

use crate::{LinkId, PeerId, Ticket, WantId};

/// Something to do. All outputs of one input belong together and are in order.
#[derive(Debug, Clone)]
pub enum Output {
    /// Answer the want with these bytes, the whole object or the groups that were wanted, and the signed headers. The last word
    /// about the want.
    Deliver {
        /// The want.
        want: WantId,
        /// The whole object, or these groups of it.
        bytes: Arc<VerifiedBytes>,
        /// Where they came from.
        source: Source,
    },
    /// Pass on what the origin answered for this want (or its network error). The last word about the want.
    DeliverOrigin {
        /// The want.
        want: WantId,
    },
    /// The machine does nothing for this want; the page is to go to the origin as if there were no swarm. The last
    /// word about the want.
    Fail {
        /// The want.
        want: WantId,
        /// Why.
        reason: FailReason,
    },
    /// Ask the origin for this want, with the request that the page made. Answered by
    /// [`OriginVerified`](crate::Input::OriginVerified) or [`OriginOther`](crate::Input::OriginOther). Said at most
    /// once for a want.
    FetchOrigin {
        /// The want.
        want: WantId,
    },
    /// The origin's answer for this want is no longer needed. No answer is expected, one that comes is ignored.
    CancelOrigin {
        /// The want.
        want: WantId,
    },

    /// The peer behind the link has said who it is. For whoever makes introductions; nothing need be done.
    Met {
        /// The link.
        link: LinkId,
        /// The name it goes by: a claim.
        peer: PeerId,
    },
    /// Put this frame on the link, after all earlier ones, and report its bytes by
    /// [`LinkWritable`](crate::Input::LinkWritable) when they are on their way.
    Send {
        /// The link.
        link: LinkId,
        /// The frame.
        frame: Vec<u8>,
    },
    /// Close the link; the machine has forgotten it.
    Close {
        /// The link.
        link: LinkId,
        /// Why.
        reason: CloseReason,
    },

    /// Read these groups of a held object from the store, for a peer, verifying them in this read. Answered by
    /// [`StoreRead`](crate::Input::StoreRead).
    StoreRead {
        /// The question's name.
        ticket: Ticket,
        /// The object.
        object: ObjectId,
        /// The groups; more may be given.
        groups: GroupRange,
    },
    /// Keep this whole object; reported by [`Held`](crate::Input::Held) when it is written.
    StoreWrite {
        /// The whole object.
        bytes: Arc<VerifiedBytes>,
    },
    /// Compress this as DEFLATE without a wrapper. Answered by [`Compressed`](crate::Input::Compressed).
    Compress {
        /// The question's name.
        ticket: Ticket,
        /// What to compress.
        bytes: Arc<VerifiedBytes>,
    },
    /// Inflate this stream (DEFLATE without a wrapper), stopping as soon as more comes out than declared. Answered by
    /// [`Decompressed`](crate::Input::Decompressed).
    Decompress {
        /// The question's name.
        ticket: Ticket,
        /// The stream.
        bytes: Vec<u8>,
        /// How many bytes must come out.
        decoded_bytes: usize,
    },

    /// A link asks what the tree of this root says of these keys. Answered by [`Known`](crate::Input::Known).
    Prove {
        /// The link.
        link: LinkId,
        /// The question's number.
        number: u32,
        /// The tree's root; any, for all that is known of it.
        root: Hash,
        /// The first eight bytes of each key.
        keys: Vec<[u8; 8]>,
        /// Also of what documents among them need.
        with_needs: bool,
    },
    /// A link answered what it was asked of the tree. To be verified; where it is false, then [`LinkLied`](crate::Input::LinkLied).
    Proved {
        /// The link.
        link: LinkId,
        /// The tree's root.
        root: Hash,
        /// A partial tree, not verified; empty where the link knows nothing.
        partial: Vec<u8>,
    },
    /// A link told of a head that may be newer than ours. To be verified; then [`HeadSeen`](crate::Input::HeadSeen) or
    /// [`LinkLied`](crate::Input::LinkLied).
    HeadHeard {
        /// The link.
        link: LinkId,
        /// The version it claims to be.
        version: u64,
        /// The head file, not verified.
        head: Vec<u8>,
        /// Its record, not verified.
        record: Vec<u8>,
    },
}

/// Where delivered bytes came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// From peers, every group verified as it came.
    Peers,
    /// From the origin.
    Origin,
}

/// Why the machine does nothing for a want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailReason {
    /// [`WANTS_MAX`](crate::limits::WANTS_MAX) wants are open.
    TooManyWants,
    /// As much as memory allows for is on its way from peers, or would be with all of an object of which parts are.
    NoRoom,
}

/// Why the machine closes a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// Bytes or a proof were false, or the shell said so. The peer is banned for the session.
    Lied,
    /// A frame that no peer of ours sends. The peer is banned for the session.
    Violation(Violation),
    /// The peer was banned before.
    Banned,
    /// It speaks another version of the protocol.
    OtherProtocol,
    /// It is of another site.
    OtherSite,
    /// It is this peer itself.
    Myself,
    /// It did not say hello in time.
    Silent,
    /// It takes no more frames.
    Stuck,
    /// It cannot carry the frames that a transfer needs.
    FramesTooSmall,
    /// There are [`LINKS_MAX`](crate::limits::LINKS_MAX) links already.
    TooManyLinks,
}

impl CloseReason {
    /// Whether the peer misbehaved and is not to be met again in this session.
    pub const fn bans(&self) -> bool {
        matches!(
            self,
            CloseReason::Lied | CloseReason::Violation(_) | CloseReason::Banned
        )
    }
}

/// What no peer of ours sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// Bytes that are not a frame.
    NotAFrame(swarmfetch_wire::FrameError),
    /// More than [`EARLY_BYTES_MAX`](crate::limits::EARLY_BYTES_MAX) before the hello.
    NoHello,
    /// More frames that nobody asked for than a receiver takes.
    OverControlCredit,
    /// Bytes of an answer that nobody asked for, or more than announced.
    OverDataCredit,
    /// An answer that does not fit its request: other groups, an impossible length, a second beginning.
    AnswerMismatch,
    /// A data frame too short to be worth its handling.
    DataTooShort,
    /// More open requests than allowed, or one number twice.
    TooManyRequests,
    /// More groups in one request than allowed, or none.
    RequestOutOfRange,
}
