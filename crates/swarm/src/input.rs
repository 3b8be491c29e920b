//! What the shell tells the machine.

use swarmfetch_content::{GroupRange, Hash, ObjectId, Proof, VerifiedBytes};

use crate::{LinkId, Millis, Ticket, WantId};

/// Something that happened. One at a time, in the order in which it happened.
#[derive(Debug)]
pub enum Input {
    /// A page, or the shell itself, wants an object that the signed tree names and that is not in the store.
    ///
    /// Ends in exactly one of [`Deliver`](crate::Output::Deliver), [`DeliverOrigin`](crate::Output::DeliverOrigin),
    /// [`Fail`](crate::Output::Fail), unless it is withdrawn.
    Want {
        /// A new name for this want.
        want: WantId,
        /// What is wanted.
        object: ObjectId,
        /// Whether it is text, and compressing it on the link pays.
        compressible: bool,
        /// Whether somebody waits for it: asked for before those that are not.
        urgent: bool,
        /// Whether to wait longer for peers, as long as that is bounded, to spare the origin; if all who want it do.
        savings: bool,
    },
    /// Somebody waits for these groups of an object and for no others; they are asked for before the rest where others want all of it.
    /// Ends as a want does; what [`Deliver`](crate::Output::Deliver) then hands out are these groups.
    WantPart {
        /// A name that no want of this session had before.
        want: WantId,
        /// What is wanted of.
        object: ObjectId,
        /// What of it; as far as there are so many.
        groups: GroupRange,
        /// Whether it is worth compressing on the way.
        compressible: bool,
        /// Whether whoever asks would rather wait for peers than have the origin asked.
        savings: bool,
    },
    /// Nobody wants it any more. No word about it follows, but for one
    /// [`CancelOrigin`](crate::Output::CancelOrigin) if its origin is being asked.
    Unwant {
        /// The want.
        want: WantId,
    },

    /// These objects are in the store, each verified when it was written: said at boot, be it of none, and after each
    /// write. Only they are announced and served; links are told of them once this and `Visitor` were said.
    Held(Vec<ObjectId>),
    /// This segment of an object is in the store, verified when it was written, and so is what proves it: it is told and served as long
    /// as not all of the object is.
    HeldSegment {
        /// The object.
        object: ObjectId,
        /// Which one, from 0 on: [`PIECE_GROUPS`](crate::limits::PIECE_GROUPS) groups, or what there is of the last.
        segment: u64,
    },
    /// These are gone from the store, be it all of them or what was held.
    Dropped(Vec<ObjectId>),
    /// What the visitor's settings allow. Until it is said, nothing is announced or served.
    Visitor {
        /// Whether anything may be uploaded.
        may_upload: bool,
    },

    /// So many bytes of answers may still be uploaded, until this is said again; then it is as if the visitor allowed no more.
    /// Before it is said, there is no limit.
    UploadBudget {
        /// As they go out, compressed or not, with their headers.
        bytes: u64,
    },

    /// A link can carry frames from now on.
    LinkOpened {
        /// A name that no link of this session had before.
        link: LinkId,
        /// Longest frame that it carries, in bytes.
        frame_bytes_max: usize,
        /// It was made for an earlier machine of this shell: what was said to that one is lost.
        outlived: bool,
    },
    /// A frame came, whole, in order. Frames of links that were closed are ignored.
    LinkFrame {
        /// The link.
        link: LinkId,
        /// The frame.
        frame: Vec<u8>,
    },
    /// Some of what was sent is on its way: the link's buffer fell.
    LinkWritable {
        /// The link.
        link: LinkId,
        /// By how many bytes, counted over the frames of [`Send`](crate::Output::Send).
        bytes: u64,
    },
    /// The link is gone. Not to be said after [`Close`](crate::Output::Close), but harmless then.
    LinkClosed {
        /// The link.
        link: LinkId,
    },
    /// Something that this link said was checked by the shell and is false: a head whose signature does not hold.
    LinkLied {
        /// The link.
        link: LinkId,
    },
    /// Links may open until then. Replaces what was said before; a moment that is not in the future says that none is
    /// expected.
    Expecting {
        /// The last deadline of what is under way: until then a want whose origin failed stays open.
        until: Millis,
        /// Until then a link will probably open: a want waits a little for it before the origin is asked, ...
        probably: Millis,
        /// ... if this, the moment when one is likely to, is near enough.
        estimate: Millis,
    },

    /// The origin gave the whole object, and it is what the tree says. The answer to
    /// [`FetchOrigin`](crate::Output::FetchOrigin).
    OriginVerified {
        /// The want that it was asked for.
        want: WantId,
        /// The whole object.
        bytes: VerifiedBytes,
    },
    /// Some more of the origin's answer came, while the rest is still to come. Said of what is long, where there are links.
    OriginCame {
        /// The want that it was asked for.
        want: WantId,
        /// How many bytes of the body more.
        bytes: u64,
    },
    /// The origin gave the shell a short file that it needed itself: what peers are measured against before any want was answered.
    OriginTook {
        /// From the request to the last byte, in milliseconds.
        took_ms: u64,
    },
    /// The origin gave something else, which the shell keeps until the want ends. The answer to
    /// [`FetchOrigin`](crate::Output::FetchOrigin).
    OriginOther {
        /// The want that it was asked for.
        want: WantId,
        /// What it gave.
        answer: OriginAnswer,
    },

    /// The answer to [`StoreRead`](crate::Output::StoreRead).
    StoreRead {
        /// The question's.
        ticket: Ticket,
        /// Whole groups, at least those asked for, verified from the very buffer that is handed in, and the proof of
        /// them; `None` if they cannot be had. Then the object counts as gone.
        found: Option<(VerifiedBytes, Proof)>,
    },
    /// The answer to [`Compress`](crate::Output::Compress).
    Compressed {
        /// The question's.
        ticket: Ticket,
        /// DEFLATE without a wrapper; `None` if that cannot be done.
        bytes: Option<Vec<u8>>,
    },
    /// The answer to [`Decompress`](crate::Output::Decompress).
    Decompressed {
        /// The question's.
        ticket: Ticket,
        /// What came out.
        inflated: Inflated,
    },

    /// The shell wants to know what the tree of this root says of these keys: links are asked, if there are any. What they say comes as
    /// [`Proved`](crate::Output::Proved), or nothing does.
    Prove {
        /// The tree's root.
        root: Hash,
        /// The first eight bytes of each key; of very many only the first are asked for.
        keys: Vec<[u8; 8]>,
        /// Also of what documents among them need.
        with_needs: bool,
        /// Whether somebody waits for it: more links are asked.
        urgent: bool,
    },
    /// The answer to [`Prove`](crate::Output::Prove).
    Known {
        /// Whose question it was.
        link: LinkId,
        /// Its number there.
        number: u32,
        /// A partial tree, or nothing.
        partial: Vec<u8>,
    },
    /// Nobody had what a page was asked for just now, and nobody will have what it needs: links that are being dialled are not waited for, until one says
    /// what it holds.
    Unheld,
    /// The shell has verified this head: a newer one is told to those who have not got it.
    HeadSeen {
        /// Its version.
        version: u64,
        /// The head file.
        head: Vec<u8>,
        /// The record that it names.
        record: Vec<u8>,
    },
    /// The moment of [`next_timeout`](crate::Swarm::next_timeout) came.
    Timeout,
}

/// What the origin gave when it was not the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginAnswer {
    /// The origin's word, to be passed on at once: 3xx, 401, 403, 404, 410, or 200 with other bytes.
    Final,
    /// The origin is in trouble: network error, 429, 5xx. Peers may still help.
    Failed,
}

/// What inflating gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inflated {
    /// Exactly as many bytes as declared.
    Bytes(Vec<u8>),
    /// The stream is broken, or holds more or fewer bytes than declared: the sender lied.
    Corrupt,
    /// This shell could not do it now. Nobody's fault; asked again without compression.
    Unable,
}
