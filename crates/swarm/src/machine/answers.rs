//! What comes in answer to our requests.

use swarmfetch_content::{ObjectId, VerifiedBytes};
use swarmfetch_wire::frame::{Data, HashPrefix, Refuse, RefuseReason, RequestId, Slice};

use super::{Doubt, JobKind, Swarm};
use crate::ask::{AnswerError, Progress, Stage};
use crate::limits::{BUSY_MS_MAX, FALSE_HAVES_MAX, REST_MS_MAX};
use crate::{CloseReason, Inflated, LinkId, Output, Ticket, Violation};

impl Swarm {
    /// An answer begins. `false`: there is no such request.
    pub(super) fn slice(&mut self, from: LinkId, slice: &Slice<'_>) -> bool {
        let now = self.now;
        let Some(link) = self.links.get_mut(&from) else {
            return true;
        };
        let Some(ask) = link.asks.get_mut(&slice.id) else {
            return false;
        };
        let (was_awaited, waited_ms, alone) = (ask.is_awaited(), now.since(ask.sent), ask.alone);
        let begun = ask.begin(slice);
        if alone && begun.is_ok() {
            // Also when others were quicker: that is how a link's own time becomes known.
            link.pace.first_byte(waited_ms);
        }
        if was_awaited && begun.is_ok() {
            link.progressed(now, 0);
            if self.doubt == Doubt::Silence {
                self.doubt = Doubt::Gone;
            }
        }
        self.answer(from, slice.id, begun);
        true
    }

    /// An answer goes on. `false`: there is no such request.
    pub(super) fn data(&mut self, from: LinkId, data: &Data<'_>) -> bool {
        let now = self.now;
        let Some(link) = self.links.get_mut(&from) else {
            return true;
        };
        let Some(ask) = link.asks.get_mut(&data.id) else {
            return false;
        };
        let was_awaited = ask.is_awaited();
        let result = ask.data(data.bytes);
        let is_whole = ask.is_whole();
        let (took_ms, bytes, queued_bytes) = (now.since(ask.sent), ask.bytes(), ask.queued_bytes);
        match result {
            Ok(Progress::Needless) => {
                self.counters.bytes_duplicate += data.bytes.len() as u64;
                link.rest.showed_life(now);
            }
            Ok(_) => link.progressed(now, data.bytes.len() as u64),
            Err(_) => {}
        }
        if is_whole && result.is_ok() {
            if was_awaited {
                link.pace.answered(took_ms, bytes, queued_bytes);
            }
            link.rest.proved_itself();
            link.false_haves = link.false_haves.saturating_sub(1);
            link.haves.proved_itself();
            link.let_wait = false;
            self.let_down = false;
            self.doubt = Doubt::Gone;
        }
        self.answer(from, data.id, result);
        true
    }

    fn answer(&mut self, from: LinkId, id: RequestId, result: Result<Progress, AnswerError>) {
        match result {
            Ok(Progress::Groups(groups)) => {
                for bytes in groups {
                    self.group_came(from, id, bytes);
                }
                self.end_if_over(from, id);
            }
            Ok(Progress::Stream(bytes)) => self.inflate(from, id, bytes),
            Ok(Progress::Needless) => self.end_if_over(from, id),
            Err(error) => self.bad_answer(from, error),
        }
    }

    fn bad_answer(&mut self, from: LinkId, error: AnswerError) {
        match error {
            AnswerError::Violation(violation) => {
                self.close(from, CloseReason::Violation(violation));
            }
            AnswerError::False => {
                self.counters.rejected += 1;
                self.close(from, CloseReason::Lied);
            }
        }
    }

    /// Verified groups: keep them, and see what they complete.
    fn group_came(&mut self, from: LinkId, id: RequestId, bytes: VerifiedBytes) {
        let object = bytes.object();
        let ask = self.links.get(&from).and_then(|link| link.asks.get(&id));
        if let Some(index) = ask.map(|ask| ask.piece) {
            self.take_in(object, index, bytes);
        }
    }

    /// Some of a piece is here, whoever gave it.
    pub(super) fn take_in(&mut self, object: ObjectId, index: usize, bytes: VerifiedBytes) {
        let Some(transfer) = self.transfers.get_mut(&object) else {
            return;
        };
        let Some(piece) = transfer.pieces.get_mut(index) else {
            return;
        };
        self.counters.bytes_duplicate += piece.insert(bytes);
        let needless = piece.take_needless();
        let complete = transfer.is_complete();
        for asked in needless {
            self.cancel_ask(asked.link, asked.request);
        }
        if complete {
            self.complete_from_peers(object);
        } else {
            self.deliver_parts(object);
        }
    }

    /// Closes the books on an ask whose last byte came.
    fn end_if_over(&mut self, from: LinkId, id: RequestId) {
        let ask = self.links.get(&from).and_then(|link| link.asks.get(&id));
        if !ask.is_some_and(|ask| ask.is_over()) {
            return;
        }
        if let Some(ask) = self.remove_ask(from, id)
            && let Some(transfer) = self.transfers.get_mut(&ask.object)
            && let Some(piece) = transfer.pieces.get_mut(ask.piece)
        {
            piece.ended(from, id);
            // Some of what it brought may have been let go of, and be wanted again.
            self.ask_again(ask.object);
        }
    }

    /// A compressed stream is complete.
    fn inflate(&mut self, from: LinkId, id: RequestId, bytes: Vec<u8>) {
        let ask = self
            .links
            .get_mut(&from)
            .and_then(|link| link.asks.get_mut(&id));
        let Some(ask) = ask else {
            return;
        };
        ask.inflate();
        let (object, decoded_bytes) = (ask.object, ask.bytes() as usize);
        let ticket = self.new_job(JobKind::Inflate, object, from, id);
        self.outputs.push_back(Output::Decompress {
            ticket,
            bytes,
            decoded_bytes,
        });
    }

    /// What came out of a compressed stream.
    pub(super) fn inflated(&mut self, ticket: Ticket, inflated: Inflated) {
        let Some(job) = self.end_job(ticket, JobKind::Inflate) else {
            return;
        };
        let Some(ask) = self
            .links
            .get_mut(&job.link)
            .and_then(|link| link.asks.get_mut(&job.request))
        else {
            return;
        };
        let result = match inflated {
            Inflated::Bytes(bytes) => ask.inflated(bytes),
            Inflated::Corrupt => Err(AnswerError::False),
            Inflated::Unable => return self.give_up_inflating(job.link, job.request),
        };
        match result {
            Ok(bytes) => {
                self.group_came(job.link, job.request, bytes);
                self.drop_ask(job.link, job.request);
            }
            Err(error) => self.bad_answer(job.link, error),
        }
    }

    /// This shell cannot inflate: ask again for the bytes as they are.
    pub(super) fn give_up_inflating(&mut self, from: LinkId, id: RequestId) {
        if let Some(object) = self.drop_ask(from, id)
            && let Some(transfer) = self.transfers.get_mut(&object)
        {
            transfer.deflate = false;
        }
    }

    /// The ask is over, complete or not; what it left open is asked of others.
    pub(super) fn drop_ask(&mut self, from: LinkId, id: RequestId) -> Option<ObjectId> {
        let ask = self.remove_ask(from, id)?;
        let transfer = self.transfers.get_mut(&ask.object)?;
        transfer.pieces.get_mut(ask.piece)?.ended(from, id);
        self.ask_again(ask.object);
        Some(ask.object)
    }

    /// A request of ours ends without (all of) its bytes. `false`: there is no such request.
    pub(super) fn refused(&mut self, from: LinkId, refuse: Refuse) -> bool {
        let now = self.now;
        let Some(link) = self.links.get_mut(&from) else {
            return true;
        };
        let Some(ask) = link.asks.get(&refuse.id) else {
            return false;
        };
        link.rest.showed_life(now);
        match ask.stage {
            Stage::Cancelled { .. } => {
                self.remove_ask(from, refuse.id);
                return true;
            }
            Stage::Inflating { .. } => {
                self.close(from, CloseReason::Violation(Violation::AnswerMismatch));
                return true;
            }
            Stage::Waiting | Stage::Plain { .. } | Stage::Deflated { .. } => {}
        }
        match refuse.reason {
            RefuseReason::NotHeld | RefuseReason::Cancelled => {
                let prefix = HashPrefix::of(&ask.object.hash);
                link.haves.lacks(prefix);
                link.holds_no_part(prefix);
                link.false_haves += 1;
                if link.false_haves >= FALSE_HAVES_MAX {
                    link.false_haves = 0;
                    link.rest.not_before(now.after(REST_MS_MAX));
                }
            }
            RefuseReason::NotAllowed => link.holds_nothing(),
            RefuseReason::Busy => {
                let wait_ms = u64::from(refuse.retry_ms).clamp(1, BUSY_MS_MAX);
                link.rest.not_before(now.after(wait_ms));
            }
        }
        self.drop_ask(from, refuse.id);
        true
    }
}
