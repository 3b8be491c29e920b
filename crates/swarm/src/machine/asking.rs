//! Whom to ask for what, and what to do when nobody can be asked.

use swarmfetch_content::{GROUP_BYTES, GroupRange, ObjectId, SortedMap};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{Cancel, HashPrefix, Request, RequestId};

use super::Swarm;
use crate::ask::{Ask, Hedge, Stage};
use crate::limits::{
    ASKED_BYTES_MAX, CUT_GROUPS_MIN, NO_HOLDER_MS, SAVINGS_MS, SHARE_GROUPS_MIN, UNHELD_MAX,
};
use crate::peer::{Link, is_room};
use crate::piece::{Piece, len_of};
use crate::transfer::Transfer;
use crate::{LinkId, Millis};
use fastrand::Rng;

/// Estimates closer than this, in milliseconds, count as equal and the dice decide: a timer's grain.
const ESTIMATE_GRAIN_MS: u64 = 16;

/// How it went to find somebody for a piece; of several pieces, the worst counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// Every missing group is asked for.
    AllAsked,
    /// Some hold it, but there is enough under way already.
    NoRoom,
    /// Nobody who is fit holds it.
    Nobody,
}

impl Swarm {
    /// Goes through the transfers that have groups to ask for, in the order of their rank.
    pub(super) fn give_out_asks(&mut self) {
        let unasked: Vec<ObjectId> = self.unasked.iter().map(|(_, object)| *object).collect();
        for object in unasked {
            if self.ask_for_transfer(object) == Outcome::Nobody {
                self.do_without_holder(object);
            }
        }
    }

    /// Asks links for whatever nobody was asked for.
    fn ask_for_transfer(&mut self, object: ObjectId) -> Outcome {
        let Some(transfer) = self.transfers.get_mut(&object) else {
            return Outcome::AllAsked;
        };
        transfer.holder_until = None;
        let waits_for_origin = transfer.origin_late.is_some();
        if waits_for_origin && transfer.is_wanted_as_one() {
            return Outcome::NoRoom;
        }
        let mut pieces = transfer.pieces_wanted();
        let mut worst = Outcome::AllAsked;
        if waits_for_origin {
            // Those it is asked for by itself are as good as asked, until it is late.
            pieces.retain(|piece| !transfer.origin_brings(*piece));
            worst = Outcome::NoRoom;
        }
        for piece in pieces {
            worst = worst.max(self.ask_for_piece(object, piece));
        }
        if worst == Outcome::AllAsked
            && let Some(transfer) = self.transfers.get(&object)
        {
            self.unasked.remove(&(transfer.rank, object));
        }
        worst
    }

    fn ask_for_piece(&mut self, object: ObjectId, index: usize) -> Outcome {
        while let Some(transfer) = self.transfers.get(&object)
            && let Some(piece) = transfer.pieces.get(index)
            && let Some(groups) = transfer.unasked(index)
        {
            let mut fit = self.fit(transfer, len_of(object, groups));
            let groups = match transfer.deflate {
                // What compresses does so as a whole.
                true => groups,
                false => share(groups, piece, fit_links(&self.links, piece, fit).count()),
            };
            fit.bytes = len_of(object, groups);
            let (link, groups) = match pick(&self.links, &mut self.rng, piece, fit) {
                // Not all at once of one that brings it slowly: the next request is then under way when one is over.
                Ok((link, most)) if !transfer.deflate => (link, cut(groups, most, CUT_GROUPS_MIN)),
                Ok((link, _)) => (link, groups),
                Err(outcome) => return outcome,
            };
            if !is_room(
                self.asked_bytes,
                len_of(object, groups),
                object.len,
                ASKED_BYTES_MAX,
            ) {
                return Outcome::NoRoom;
            }
            self.ask(link, object, index, groups);
        }
        Outcome::AllAsked
    }

    /// Who may be asked for so many bytes of it.
    fn fit(&self, transfer: &Transfer, bytes: u64) -> Fit {
        let patient = transfer.is_patient();
        Fit {
            prefix: HashPrefix::of(&transfer.object.hash),
            bytes,
            len: transfer.object.len,
            last_resort: transfer.origin_failed(),
            patient,
            doubtful: self.is_doubtful(),
            // Once the origin is at it, whoever may be quicker is welcome.
            tolerated_ms: (!transfer.hedged && !patient)
                .then(|| self.origin.tolerated_ms(transfer.object.len)),
        }
    }

    /// Nobody is known to hold this: whoever would be asked for it and has not told its bucket is to tell.
    fn ask_for_maps(&mut self, object: ObjectId) {
        let Some(transfer) = self.transfers.get(&object) else {
            return;
        };
        let fit = self.fit(transfer, object.len);
        for link in self.links.values_mut() {
            if fit.admits(link) {
                link.haves.want(self.now, fit.prefix);
            }
        }
    }

    fn ask(&mut self, to: LinkId, object: ObjectId, index: usize, groups: GroupRange) {
        let (Some(transfer), Some(link)) =
            (self.transfers.get_mut(&object), self.links.get_mut(&to))
        else {
            return;
        };
        let hedges = transfer.is_pressing(index) && !transfer.hedged;
        let (Some(piece), Some(id)) = (transfer.pieces.get_mut(index), link.number_request())
        else {
            return;
        };
        piece.ask(to, id, groups);
        transfer.asked_peers = true;
        let ask = Ask {
            object,
            piece: index,
            groups,
            deflate: transfer.deflate,
            sent: self.now,
            alone: link.asked_bytes == 0,
            queued_bytes: link.asked_bytes + len_of(object, groups),
            link_bytes_before: link.received_bytes,
            wary: self.wary,
            hedge: if hedges { Hedge::ToCome } else { Hedge::Never },
            on_trial: !link.pace.is_known(len_of(object, groups)),
            late: false,
            stage: Stage::Waiting,
        };
        let request = Request {
            id,
            object: object.into(),
            groups: groups.into(),
            accept_deflate: ask.deflate,
        };
        self.asked_bytes += ask.bytes();
        link.ask(id, ask);
        self.counters.peers_asked += 1;
        self.send(to, &Frame::Request(request));
    }

    /// Nobody can be asked for some groups: somebody may come soon, or the origin must help.
    fn do_without_holder(&mut self, object: ObjectId) {
        self.ask_for_maps(object);
        let Some(transfer) = self.transfers.get(&object) else {
            return;
        };
        if transfer.hedged || self.waits_its_turn(object) {
            return;
        }
        let Some(transfer) = self.transfers.get(&object) else {
            return;
        };
        let until = self.holder_expected_until(transfer);
        match (until, self.transfers.get_mut(&object)) {
            (Some(until), Some(transfer)) => transfer.holder_until = Some(until),
            _ => {
                self.note_unheld(object);
                self.hedge(object);
            }
        }
    }

    /// Nobody who is there holds it: who comes back when a page went does not either.
    fn note_unheld(&mut self, object: ObjectId) {
        let have_spoken = |link: &Link| link.settling.is_none();
        if self.links.is_empty() || !self.links.values().all(have_spoken) {
            return;
        }
        self.unheld.retain(|unheld| *unheld != object.hash);
        if self.unheld.len() >= UNHELD_MAX {
            self.unheld.remove(0);
        }
        self.unheld.push(object.hash);
    }

    /// Until when it pays to wait for somebody to turn up: links that are open and have not said what they hold, or
    /// dials where no link is open yet, unless that was in vain before, those who were there before did not hold it, or it will take longer
    /// than peers may.
    fn holder_expected_until(&self, transfer: &Transfer) -> Option<Millis> {
        let tolerated_ms = self.origin.tolerated_ms(transfer.object.len);
        let wait_ms = match transfer.savings {
            true => SAVINGS_MS,
            false => tolerated_ms.min(NO_HOLDER_MS),
        };
        let longest = transfer.created().after(wait_ms);
        let prefix = HashPrefix::of(&transfer.object.hash);
        let words = self.links.values().map(|link| link.word_due(prefix));
        let settling = words.max().flatten();
        let none_settled = self.links.values().all(|link| link.settling.is_some());
        let in_time = none_settled && self.estimate <= longest;
        let in_vain = self.in_vain || self.unheld.contains(&transfer.object.hash);
        let dialled = Some(self.probably).filter(|_| in_time && !in_vain && !self.let_down);
        let until = settling.max(dialled)?.min(longest);
        (until > self.now).then_some(until)
    }

    /// The answer is late: others may be asked for the same, and the origin of a transfer of one piece is.
    pub(super) fn ask_is_late(&mut self, from: LinkId, id: RequestId) {
        let Some(ask) = self
            .links
            .get_mut(&from)
            .and_then(|link| link.asks.get_mut(&id))
        else {
            return;
        };
        ask.late = true;
        if !ask.is_awaited() {
            // Others were quicker, and it is off the books.
            return;
        }
        let (object, index) = (ask.object, ask.piece);
        self.asked_bytes -= ask.bytes();
        let Some(transfer) = self.transfers.get_mut(&object) else {
            return;
        };
        if let Some(piece) = transfer.pieces.get_mut(index) {
            piece.late(from, id);
        }
        let is_pressing = transfer.is_pressing(index);
        self.ask_again(object);
        if is_pressing {
            self.hedge(object);
        }
    }

    /// The transfer has groups again that nobody is asked for.
    pub(super) fn ask_again(&mut self, object: ObjectId) {
        if let Some(transfer) = self.transfers.get(&object) {
            self.unasked.insert((transfer.rank, object));
            self.look_again = true;
        }
    }

    /// Takes an ask off the link's books; its piece is the caller's.
    pub(super) fn remove_ask(&mut self, from: LinkId, id: RequestId) -> Option<Box<Ask>> {
        let link = self.links.get_mut(&from)?;
        let ask = link.asks.remove(&id)?;
        if !matches!(ask.stage, Stage::Cancelled { .. }) {
            link.no_longer_awaits(ask.bytes());
            self.uncount(&ask);
        }
        self.look_again = true;
        Some(ask)
    }

    /// What was asked is not needed any more. The ask stays on the link's books until the peer has ended it too.
    pub(super) fn cancel_ask(&mut self, from: LinkId, id: RequestId) {
        let Some(link) = self.links.get_mut(&from) else {
            return;
        };
        let Some(ask) = link.asks.get_mut(&id) else {
            return;
        };
        if !ask.cancel() {
            self.remove_ask(from, id);
            return;
        }
        let (bytes, late) = (ask.bytes(), ask.late);
        link.no_longer_awaits(bytes);
        if !late {
            self.asked_bytes -= bytes;
        }
        self.look_again = true;
        self.send(from, &Frame::Cancel(Cancel { id }));
    }

    /// Takes an ask off the sum of all links; a late one is off it already.
    pub(super) fn uncount(&mut self, ask: &Ask) {
        if !ask.late {
            self.asked_bytes -= ask.bytes();
        }
    }
}

/// Who is fit to be asked.
#[derive(Clone, Copy)]
struct Fit {
    /// Whoever holds this ...
    prefix: HashPrefix,
    /// ... for so many bytes ...
    bytes: u64,
    /// ... of so many ...
    len: u64,
    /// ... also who rests, or is slow: the origin failed ...
    last_resort: bool,
    /// ... also who has nothing to say for longer than is usual ...
    patient: bool,
    /// ... and who has nothing to say yet is not, in doubt ...
    doubtful: bool,
    /// ... if not known to take longer than this, in milliseconds; nothing: however long.
    tolerated_ms: Option<u64>,
}

impl Fit {
    /// Whether this one is, if it holds that.
    fn admits(&self, link: &Link) -> bool {
        let answers = self.patient || !link.is_mute(self.doubtful);
        // With what it has to bring already: a page's files may all be held by one.
        let work_bytes = link.asked_bytes + self.bytes;
        let keeps_up = self
            .tolerated_ms
            .is_none_or(|ms| link.pace.keeps_up(work_bytes, ms));
        (link.rest.until().is_none() && answers && keeps_up) || self.last_resort
    }
}

/// The links that are fit, whether or not they have room.
fn fit_links<'a>(
    links: &'a SortedMap<LinkId, Link>,
    piece: &'a Piece,
    fit: Fit,
) -> impl Iterator<Item = (LinkId, &'a Link)> {
    links.iter().filter_map(move |(&id, link)| {
        let holds = link.holds_piece(fit.prefix, piece.index());
        let is_fit = holds && !piece.waits_in_vain_for(id) && fit.admits(link);
        is_fit.then_some((id, link))
    })
}

/// The link that will probably be done first with so many bytes more, of those that are fit. Where that one has no room
/// now, waiting for it is quicker than asking another. With it, how much one request is for, in bytes.
fn pick(
    links: &SortedMap<LinkId, Link>,
    rng: &mut Rng,
    piece: &Piece,
    fit: Fit,
) -> Result<(LinkId, u64), Outcome> {
    let mut best: Option<((u64, bool, u64), LinkId, u64)> = None;
    for (id, link) in fit_links(links, piece, fit) {
        let work_bytes = link.asked_bytes.saturating_add(fit.bytes);
        let estimate_ms = link.pace.done_in_ms(work_bytes);
        let most = link.pace.request_bytes();
        let is_full = !link.has_room(fit.bytes.min(most), fit.len);
        // Of equal ones somebody with room.
        let rank = (estimate_ms / ESTIMATE_GRAIN_MS, is_full, rng.u64(..));
        if best.is_none_or(|(first, ..)| rank < first) {
            best = Some((rank, id, most));
        }
    }
    match best {
        None => Err(Outcome::Nobody),
        Some(((_, true, _), ..)) => Err(Outcome::NoRoom),
        Some((_, id, most)) => Ok((id, most)),
    }
}

/// The first of these groups, of a piece that `holders` can be asked for: as many as are one holder's share, so that all of
/// them bring the bytes that are wanted next.
fn share(groups: GroupRange, piece: &Piece, holders: usize) -> GroupRange {
    let holders = u64::try_from(holders).unwrap_or(u64::MAX).max(1);
    let bytes = piece.groups().count().div_ceil(holders) * GROUP_BYTES as u64;
    cut(groups, bytes, SHARE_GROUPS_MIN)
}

/// The first of these groups, about so many bytes and not fewer groups than that; all of them, rather than leave a little.
fn cut(groups: GroupRange, bytes: u64, min: u64) -> GroupRange {
    let most = (bytes / GROUP_BYTES as u64).max(min);
    if groups.count() <= most * 3 / 2 {
        return groups;
    }
    let end = groups.start() + most;
    GroupRange::new(groups.start(), end).unwrap_or(groups)
}
