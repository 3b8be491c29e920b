//! What the machine knows of one open link and the peer behind it.

use swarmfetch_content::{Hash, ObjectId, SortedMap, SortedSet};
use swarmfetch_wire::frame::{HashPrefix, Part, PeerId, RequestId, WantList};
use swarmfetch_wire::limits::{CONTROL_BYTES_BURST, CONTROL_BYTES_PER_S, REQUESTS_OPEN_MAX};

use crate::Millis;
use crate::announcer::Announcer;
use crate::ask::{Ask, Hedge, Stage};
use crate::credit::Credit;
use crate::haves::Haves;
use crate::limits::{
    HELLO_MS, LINK_BYTES_PER_S_MIN, LINK_PARTS_MAX, LINK_SERVES_MAX, SETTLE_MS,
    SMALL_ASK_BYTES_MAX, SMALL_ASKS_BYTES_MORE,
};
use crate::origin_pace::OriginPace;
use crate::pace::Pace;
use crate::rest::Rest;
use crate::segments::Segments;
use crate::serve::{Serve, ServeStage};

/// One open link.
#[derive(Debug)]
pub(crate) struct Link {
    /// Who is there, once it said so.
    pub(crate) peer: Option<PeerId>,
    /// This end began anew with a hello of this number: nothing counts before its answer.
    pub(crate) awaits_answer: Option<u32>,
    /// The other end began anew with this one last.
    pub(crate) answered: Option<u32>,
    /// The newest version that it is known to know.
    pub(crate) version: u64,
    opened: Millis,
    /// What came before the hello, in bytes.
    pub(crate) early_bytes: u64,
    pub(crate) frame_bytes_max: usize,

    /// What it says it holds.
    pub(crate) haves: Haves,
    /// Until when it is expected to say it for the first time.
    pub(crate) settling: Option<Millis>,
    /// Refusals of what it said it holds.
    pub(crate) false_haves: u32,

    /// What it may send unasked.
    pub(crate) control: Credit,
    pub(crate) asks: SortedMap<RequestId, Ask>,
    next_request: u32,
    /// Decoded bytes of the asks whose answer is awaited.
    pub(crate) asked_bytes: u64,
    pub(crate) pace: Pace,
    /// When it last brought something of use.
    progress: Millis,
    pub(crate) rest: Rest,
    /// Bytes of answers that came and were of use.
    pub(crate) received_bytes: u64,

    /// Bytes handed to the shell and not drained.
    pub(crate) outstanding_bytes: u64,
    pub(crate) serves: SortedMap<RequestId, Serve>,
    /// The serves that send, in the order in which they were ready.
    pub(crate) sending: Vec<RequestId>,
    pub(crate) last_request: Option<RequestId>,
    pub(crate) announcer: Announcer,
    pub(crate) head_heard: Option<Millis>,

    /// What it was asked to prove of the trees of these roots, by number.
    pub(crate) proves: SortedMap<u32, Hash>,
    /// Which segments it says it holds of objects that it has not all of.
    parts: SortedMap<HashPrefix, Segments>,
    /// Of which it is to hear what we hold, and when it last did.
    pub(crate) parts_due: SortedSet<Hash>,
    pub(crate) parts_told: Option<Millis>,
    /// What it wants, and waits for the origin to give.
    wants: SortedSet<HashPrefix>,
    wants_parts: SortedMap<HashPrefix, Segments>,
    /// It was counted on to have something soon, and had not.
    pub(crate) let_wait: bool,
    /// Which of our want-lists it was told last, and when.
    pub(crate) want_list_edition: u64,
    pub(crate) want_list_told: Option<Millis>,
}

impl Link {
    pub(crate) fn new(now: Millis, frame_bytes_max: usize) -> Self {
        Link {
            peer: None,
            awaits_answer: None,
            answered: None,
            version: 0,
            opened: now,
            early_bytes: 0,
            frame_bytes_max,
            haves: Haves::new(),
            settling: Some(now.after(SETTLE_MS)),
            false_haves: 0,
            control: Credit::new(now, CONTROL_BYTES_BURST, CONTROL_BYTES_PER_S),
            asks: SortedMap::new(),
            next_request: 0,
            asked_bytes: 0,
            pace: Pace::default(),
            progress: now,
            rest: Rest::new(),
            received_bytes: 0,
            outstanding_bytes: 0,
            serves: SortedMap::new(),
            sending: Vec::new(),
            last_request: None,
            announcer: Announcer::new(now),
            head_heard: None,
            proves: SortedMap::new(),
            parts: SortedMap::new(),
            parts_due: SortedSet::new(),
            parts_told: None,
            wants: SortedSet::new(),
            wants_parts: SortedMap::new(),
            let_wait: false,
            want_list_edition: 0,
            want_list_told: None,
        }
    }

    /// When it must have said hello; `None` once it has.
    pub(crate) fn hello_due(&self) -> Option<Millis> {
        self.peer.is_none().then(|| self.opened.after(HELLO_MS))
    }

    pub(crate) fn holds(&self, prefix: HashPrefix) -> bool {
        self.haves.holds(prefix)
    }

    pub(crate) fn holds_nothing(&mut self) {
        self.parts.clear();
        self.haves = Haves::new();
    }

    /// Until when it is expected to say whether it holds this: a link that rests would not be asked for it.
    pub(crate) fn word_due(&self, prefix: HashPrefix) -> Option<Millis> {
        let map = self.haves.due(prefix);
        self.settling
            .max(map.filter(|_| self.rest.until().is_none()))
    }

    /// It holds these segments of an object, and no others.
    pub(crate) fn holds_part(&mut self, prefix: HashPrefix, segments: Segments) {
        let is_full = self.parts.len() >= LINK_PARTS_MAX && !self.parts.contains_key(&prefix);
        if segments.is_empty() {
            self.parts.remove(&prefix);
        } else if !is_full {
            self.parts.insert(prefix, segments);
        }
    }

    /// Nothing of an object is to be had from it.
    pub(crate) fn holds_no_part(&mut self, prefix: HashPrefix) {
        self.parts.remove(&prefix);
    }

    /// Whether it holds this piece of an object.
    pub(crate) fn holds_piece(&self, prefix: HashPrefix, piece: u64) -> bool {
        let part = self.parts.get(&prefix);
        part.is_some_and(|segments| segments.has(piece)) || self.holds(prefix)
    }

    /// It wants these, and nothing else that it told of.
    pub(crate) fn set_wants(&mut self, list: WantList) {
        self.wants.clear();
        for prefix in list.prefixes {
            self.wants.insert(prefix);
        }
        self.wants_parts.clear();
        for Part { prefix, segments } in list.parts {
            self.wants_parts.insert(prefix, Segments::of(segments));
        }
    }

    /// Whether it says that its origin is busy.
    pub(crate) fn waits_for_origin(&self) -> bool {
        !self.wants.is_empty() || !self.wants_parts.is_empty()
    }

    /// Whether it wants some of an object.
    pub(crate) fn wants(&self, prefix: HashPrefix) -> bool {
        self.wants.contains(&prefix) || self.wants_parts.contains_key(&prefix)
    }

    /// Whether it wants this piece of it.
    pub(crate) fn wants_piece(&self, prefix: HashPrefix, piece: u64) -> bool {
        let part = self.wants_parts.get(&prefix);
        part.is_some_and(|segments| segments.has(piece)) || self.wants.contains(&prefix)
    }

    /// Whether it is waited for with what it is to have soon.
    pub(crate) fn is_counted_on(&self, doubtful: bool) -> bool {
        let answers = self.rest.until().is_none() && !self.is_mute(doubtful);
        answers && !doubtful && !self.let_wait
    }

    /// The other end lost its memory: so do we, of what was said between us. What we asked for is the caller's.
    pub(crate) fn begin_anew(&mut self, now: Millis) {
        self.haves = Haves::new();
        self.settling = Some(now.after(SETTLE_MS));
        self.serves.clear();
        self.sending.clear();
        self.last_request = None;
        self.announcer.restart();
        self.proves.clear();
        self.parts.clear();
        self.wants.clear();
        self.wants_parts.clear();
        self.want_list_edition = 0;
    }

    /// Whether another request may be sent, for `bytes` of an object of `len`.
    pub(crate) fn has_room(&self, bytes: u64, len: u64) -> bool {
        self.asks.len() < REQUESTS_OPEN_MAX
            && self.next_request < u32::MAX
            && is_room(self.asked_bytes, bytes, len, self.pace.window_bytes())
    }

    /// A number for the next request; `None` when all are used up.
    pub(crate) fn number_request(&mut self) -> Option<RequestId> {
        let id = RequestId(self.next_request);
        self.next_request = self.next_request.checked_add(1)?;
        Some(id)
    }

    /// Notes an ask, just sent.
    pub(crate) fn ask(&mut self, id: RequestId, ask: Ask) {
        self.asked_bytes += ask.bytes();
        self.asks.insert(id, ask);
    }

    /// Takes an ask off the sum of what is awaited, when its answer is complete or no longer awaited.
    pub(crate) fn no_longer_awaits(&mut self, bytes: u64) {
        self.asked_bytes = self.asked_bytes.saturating_sub(bytes);
        if self.asked_bytes == 0 {
            self.pace.idle();
        }
    }

    /// It brought something of use.
    pub(crate) fn progressed(&mut self, now: Millis, bytes: u64) {
        self.progress = now;
        self.received_bytes += bytes;
        if bytes > 0 {
            self.pace.received(now, bytes);
        }
    }

    /// Whether it moves too slowly to be worth waiting for, judging by what came since this ask.
    pub(crate) fn is_slow(&self, now: Millis, ask: &Ask) -> bool {
        let came = self.received_bytes - ask.link_bytes_before;
        came < now.since(ask.sent) * LINK_BYTES_PER_S_MIN / 1000
    }

    /// When the first of its answers is late.
    pub(crate) fn late_due(&self) -> Option<Millis> {
        self.asks
            .values()
            .filter(|ask| ask.is_owed() && !ask.late)
            .map(|ask| self.ask_due(ask))
            .min()
    }

    /// When this answer is late: an answer that queues behind others is not, as long as those come.
    pub(crate) fn ask_due(&self, ask: &Ask) -> Millis {
        ask.sent
            .max(self.progress)
            .after(self.pace.patience_ms(ask.wary))
    }

    /// When the origin is to be asked beside the first of its answers that is to have that.
    pub(crate) fn hedge_due(&self, origin: &OriginPace, doubtful: bool) -> Option<Millis> {
        self.hedges(origin, doubtful).map(|(due, _)| due).min()
    }

    /// A piece of an object for which that is to be now; each is given once.
    pub(crate) fn take_hedge(
        &mut self,
        now: Millis,
        origin: &OriginPace,
        doubtful: bool,
    ) -> Option<(ObjectId, usize)> {
        loop {
            let due = self.hedges(origin, doubtful).find(|(due, _)| *due <= now);
            let ask = due.and_then(|(_, request)| self.asks.get_mut(&request))?;
            let early = doubtful && ask.hedge == Hedge::ToCome;
            ask.hedge = if early { Hedge::Early } else { Hedge::Done };
            let origin_ms = origin.answers_in_ms(ask.bytes());
            // What will be here sooner than the origin could give it need not come twice.
            let rest_ms = ask.rest_ms(now);
            if rest_ms.is_none_or(|rest_ms| rest_ms > origin_ms) {
                if rest_ms.is_some() {
                    self.pace.conclude(now);
                }
                return Some((ask.object, ask.piece));
            }
        }
    }

    fn hedges(
        &self,
        origin: &OriginPace,
        doubtful: bool,
    ) -> impl Iterator<Item = (Millis, RequestId)> {
        let asks = self.asks.iter();
        asks.filter_map(move |(request, ask)| {
            let early = match ask.hedge {
                Hedge::ToCome => doubtful,
                Hedge::Early => false,
                Hedge::Never | Hedge::Done => return None,
            };
            let due = match ask.stage {
                // Also when others were quicker, after it was too slow for comfort.
                _ if ask.no_word() && (ask.is_awaited() || ask.hedge == Hedge::Early) => {
                    let origin_ms = origin.answers_in_ms(0);
                    let wait_ms = self.pace.hedge_after_ms(origin_ms, ask.wary, early);
                    ask.sent.max(self.progress).after(wait_ms)
                }
                // What comes already comes twice then, so not as soon. Others were expected to take as long as they do; for
                // too long, `OVERDUE_MS`.
                Stage::Plain { .. } | Stage::Deflated { .. } if ask.on_trial => {
                    ask.sent.after(2 * origin.tolerated_ms(ask.bytes()))
                }
                _ => return None,
            };
            Some((due, *request))
        })
    }

    /// Whether it has nothing to say for longer than is usual for it, or than is allowed to anyone in doubt: then it is not asked
    /// for more.
    pub(crate) fn is_mute(&self, doubtful: bool) -> bool {
        self.asks.values().any(|ask| self.is_silent(ask, doubtful))
    }

    /// Whether it let that time pass without a word of this answer.
    pub(crate) fn is_silent(&self, ask: &Ask, doubtful: bool) -> bool {
        let passed = match ask.hedge {
            Hedge::Done => true,
            // What queues behind others is not asked for in vain, as long as those come.
            Hedge::Early => doubtful && self.progress <= ask.sent,
            Hedge::ToCome | Hedge::Never => false,
        };
        passed && ask.no_word()
    }

    /// The serve that may start next: the first in the queue, if not too many are under way.
    pub(crate) fn next_serve(&self) -> Option<RequestId> {
        let is_queued = |serve: &Serve| matches!(serve.stage, ServeStage::Queued);
        let queued = self.serves.iter().find(|(_, serve)| is_queued(serve))?;
        let under_way = self.serves.values().filter(|serve| !is_queued(serve));
        (under_way.count() < LINK_SERVES_MAX).then_some(*queued.0)
    }
}

/// Whether `bytes` more, of an object of `len`, may be asked for where `limit` is the limit: always if nothing is, and small
/// ones sooner.
pub(crate) fn is_room(asked_bytes: u64, bytes: u64, len: u64, limit: u64) -> bool {
    let more = if len <= SMALL_ASK_BYTES_MAX {
        SMALL_ASKS_BYTES_MORE
    } else {
        0
    };
    asked_bytes == 0 || asked_bytes + bytes <= limit + more
}
