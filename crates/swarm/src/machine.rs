//! The machine itself: its state, the one way in and the one way out. What it does is in the files below, by theme.

mod answers;
mod asking;
mod gossip;
mod links;
mod origin;
mod partly;
mod proving;
mod serving;
mod sharing;
mod timers;
mod wants;

use std::collections::VecDeque;

use swarmfetch_content::{Hash, ObjectId, SortedMap, SortedSet};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{PeerId, RequestId};

use crate::held::Held;
use crate::limits::LINK_STUCK_BYTES;
use crate::origin_load::OriginLoad;
use crate::origin_pace::OriginPace;
use crate::pace::Pace;
use crate::peer::Link;
use crate::rest::Rest;
use crate::transfer::{Rank, Transfer};
use crate::want_list::WantList;
use crate::{CloseReason, Config, Counters, Input, LinkId, Millis, Misuse, Output, Ticket, WantId};
use fastrand::Rng;

/// What a peer does, without doing it. See the crate's documentation for the contract.
#[derive(Debug)]
pub struct Swarm {
    config: Config,
    rng: Rng,
    now: Millis,
    outputs: VecDeque<Output>,
    counters: Counters,

    /// Which transfer each want is part of.
    wants: SortedMap<WantId, ObjectId>,
    transfers: SortedMap<ObjectId, Transfer>,
    transfers_begun: u64,
    /// Decoded bytes of what is wanted of the transfers that may come from peers.
    transfer_bytes: u64,
    /// Transfers with groups that nobody was asked for, in the order in which links are given out.
    unasked: SortedSet<(Rank, ObjectId)>,
    /// Decoded bytes asked for on all links, but for answers that are late.
    asked_bytes: u64,
    /// Something changed that may give an unasked transfer a holder.
    look_again: bool,

    /// How fast the origin is.
    origin: OriginPace,
    /// How busy it is with what we asked it for, ...
    origin_load: OriginLoad,
    /// ... and how long it will take for that, in milliseconds, where that is too long.
    strain_ms: Option<u64>,
    /// What links are told that we want meanwhile.
    want_list: WantList,
    links: SortedMap<LinkId, Link>,
    /// Until when a link may open.
    expecting: Option<Millis>,
    /// Until when one probably will.
    probably: Millis,
    /// When one is likely to.
    estimate: Millis,
    /// A want waited for somebody to turn up, and since then nobody has who may be asked: the next one does not wait.
    in_vain: bool,
    /// What nobody held of those who were there when it was wanted, the latest last.
    unheld: Vec<Hash>,
    banned: Vec<PeerId>,
    /// Peers whose links ended, the rest that each had earned, and how fast it was: a page that goes ends its links, and the
    /// next one has new links to the same peers.
    rests: Vec<(PeerId, Rest, Pace)>,
    /// A peer lied, or never answered.
    wary: bool,
    /// That was the last that came of asking one.
    let_down: bool,
    doubt: Doubt,

    held: Held,
    /// What is held of objects of which not all is.
    partly_held: SortedMap<Hash, partly::Partly>,
    /// Whether the shell has said what is held, be it nothing.
    knows_held: bool,
    /// What the visitor's settings allow, once that is said.
    may_upload: Option<bool>,
    /// What the visitor's settings say, whatever is left of the budget.
    visitor_allows: Option<bool>,
    /// What is left of the budget, in bytes.
    upload_bytes_left: u64,
    jobs: SortedMap<Ticket, Job>,
    tickets: u64,
    /// The link that a serve was started for last.
    served_last: Option<LinkId>,

    /// The newest head that the shell verified, as a frame.
    head: Option<(u64, Vec<u8>)>,
}

/// Whether peers are worth waiting for, before the next of them proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// They are.
    Gone,
    /// The origin was sooner than the first word of one whom it was asked beside: until one begins to answer.
    Silence,
    /// One lied: until one gives a whole answer.
    Lies,
}

/// A question that the shell has not answered.
#[derive(Debug, Clone, Copy)]
struct Job {
    kind: JobKind,
    object: ObjectId,
    link: LinkId,
    request: RequestId,
    since: Millis,
    /// Whoever it was asked for began anew, and uses the request's number for something else.
    void: bool,
}

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum JobKind {
    Read,
    Compress,
    Inflate,
}

impl Swarm {
    /// A machine that wants nothing, holds nothing and knows nobody.
    pub fn new(config: Config, seed: u64) -> Self {
        Swarm {
            config,
            rng: Rng::with_seed(seed),
            now: Millis(0),
            outputs: VecDeque::new(),
            counters: Counters::default(),
            wants: SortedMap::new(),
            transfers: SortedMap::new(),
            transfers_begun: 0,
            transfer_bytes: 0,
            unasked: SortedSet::new(),
            asked_bytes: 0,
            look_again: false,
            origin: OriginPace::default(),
            origin_load: OriginLoad::default(),
            strain_ms: None,
            want_list: WantList::default(),
            links: SortedMap::new(),
            expecting: None,
            probably: Millis(0),
            estimate: Millis(0),
            in_vain: false,
            unheld: Vec::new(),
            banned: Vec::new(),
            rests: Vec::new(),
            wary: false,
            let_down: false,
            doubt: Doubt::Gone,
            held: Held::default(),
            partly_held: SortedMap::new(),
            knows_held: false,
            may_upload: None,
            visitor_allows: None,
            upload_bytes_left: u64::MAX,
            jobs: SortedMap::new(),
            tickets: 0,
            served_last: None,
            head: None,
        }
    }

    /// Goes by another name from now on; false, and the old one, once a link knows it. For a shell that reads the name
    /// of its earlier life after this machine is needed.
    pub fn rename(&mut self, peer: PeerId) -> bool {
        let unknown = self.links.is_empty();
        if unknown {
            self.config.peer = peer;
        }
        unknown
    }

    /// What the origin takes for a short answer, in milliseconds, once that is known: for [`Input::OriginTook`] in a later life.
    pub fn origin_ms(&self) -> Option<u64> {
        self.origin.answer_ms()
    }

    /// What is left of the upload budget, in bytes.
    pub fn upload_bytes_left(&self) -> u64 {
        self.upload_bytes_left
    }

    /// Takes in what happened at `now`. To be followed by [`poll`](Self::poll) until it gives `None`. Time that runs
    /// backwards stands still.
    ///
    /// # Errors
    /// [`Misuse`] if the input contradicts earlier ones; the machine is as it was before.
    pub fn handle(&mut self, now: Millis, input: Input) -> Result<(), Misuse> {
        self.now = self.now.max(now);
        match input {
            Input::Want {
                want,
                object,
                compressible,
                urgent,
                savings,
            } => self.want(want, object, None, compressible, [urgent, savings])?,
            Input::WantPart {
                want,
                object,
                groups,
                compressible,
                savings,
            } => self.want(want, object, Some(groups), compressible, [true, savings])?,
            Input::Unwant { want } => self.unwant(want),
            Input::Held(objects) => {
                self.wholly_held(&objects);
                self.now_held(objects);
            }
            Input::HeldSegment { object, segment } => self.segment_held(object, segment),
            Input::Dropped(objects) => self.gone(&objects),
            Input::Visitor { may_upload } => self.visitor(may_upload),
            Input::UploadBudget { bytes } => self.upload_budget(bytes),
            Input::LinkOpened {
                link,
                frame_bytes_max,
                outlived,
            } => self.link_opened(link, frame_bytes_max, outlived)?,
            Input::LinkFrame { link, frame } => self.link_frame(link, &frame),
            Input::LinkWritable { link, bytes } => {
                if let Some(link) = self.links.get_mut(&link) {
                    link.outstanding_bytes = link.outstanding_bytes.saturating_sub(bytes);
                }
            }
            Input::LinkClosed { link } => self.forget_link(link),
            Input::LinkLied { link } => self.close(link, CloseReason::Lied),
            Input::Expecting {
                until,
                probably,
                estimate,
            } => {
                (self.probably, self.estimate) = (probably, estimate);
                self.expecting = Some(until).filter(|until| *until > self.now);
                self.look_again = true;
            }
            Input::OriginVerified { want, bytes } => self.origin_verified(want, bytes)?,
            Input::OriginTook { took_ms } => self.origin.gave(0, took_ms),
            Input::OriginCame { want, bytes } => self.origin_came(want, bytes),
            Input::OriginOther { want, answer } => self.origin_other(want, answer),
            Input::StoreRead { ticket, found } => self.store_read(ticket, found),
            Input::Compressed { ticket, bytes } => self.compressed(ticket, bytes),
            Input::Decompressed { ticket, inflated } => self.inflated(ticket, inflated),
            Input::HeadSeen {
                version,
                head,
                record,
            } => self.head_seen(version, &head, &record),
            Input::Prove {
                root,
                keys,
                with_needs,
                urgent,
            } => self.prove(root, &keys, with_needs, urgent),
            Input::Known {
                link,
                number,
                partial,
            } => self.tell_proof(link, number, &partial),
            Input::Unheld => self.in_vain = true,
            Input::Timeout => self.expire(),
        }
        self.follow_up();
        Ok(())
    }

    /// The next thing to do; `None` when all is done that the inputs so far call for.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// What was counted so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How many questions what the tree says links have not answered.
    pub fn questions_open(&self) -> usize {
        self.links.values().map(|link| link.proves.len()).sum()
    }

    fn is_doubtful(&self) -> bool {
        self.doubt != Doubt::Gone
    }

    /// How many peers said hello and are still there.
    pub fn peers(&self) -> usize {
        let said_hello = |link: &&Link| link.peer.is_some();
        self.links.values().filter(said_hello).count()
    }

    /// How many wants have not ended.
    pub fn wants_open(&self) -> usize {
        self.wants.len()
    }

    /// What any input may call for: asks, serves, announcements, and an end to waiting in vain.
    fn follow_up(&mut self) {
        while self.look_again {
            self.look_again = false;
            self.share_out();
            self.give_out_asks();
        }
        self.end_strain();
        self.start_serves();
        self.send_answers();
        self.announce();
        self.announce_parts();
        self.tell_want_list();
        self.close_stuck_links();
        self.end_hopeless_wants();
    }

    fn send(&mut self, to: LinkId, frame: &Frame<'_>) {
        self.send_bytes(to, frame.encode());
    }

    fn send_bytes(&mut self, to: LinkId, frame: Vec<u8>) {
        let Some(link) = self.links.get_mut(&to) else {
            return;
        };
        link.outstanding_bytes += frame.len() as u64;
        self.counters.wire_bytes_out += frame.len() as u64;
        self.outputs.push_back(Output::Send { link: to, frame });
    }

    fn close_stuck_links(&mut self) {
        let stuck = self
            .links
            .keys_where(|_, link| link.outstanding_bytes > LINK_STUCK_BYTES);
        for link in stuck {
            self.close(link, CloseReason::Stuck);
        }
    }

    fn new_job(
        &mut self,
        kind: JobKind,
        object: ObjectId,
        link: LinkId,
        request: RequestId,
    ) -> Ticket {
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        let since = self.now;
        self.jobs.insert(
            ticket,
            Job {
                kind,
                object,
                link,
                request,
                since,
                void: false,
            },
        );
        ticket
    }

    /// The question of this ticket, if it is open and of this kind.
    fn end_job(&mut self, ticket: Ticket, kind: JobKind) -> Option<Job> {
        self.jobs.get(&ticket).filter(|job| job.kind == kind)?;
        self.jobs.remove(&ticket).map(|job| *job)
    }
}
