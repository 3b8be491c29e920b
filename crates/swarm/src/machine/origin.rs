//! The origin: when it is asked, and what its answers mean. It is the authority; peers only save it work.

use std::sync::Arc;

use swarmfetch_content::{ObjectId, VerifiedBytes};

use super::{Doubt, Swarm};
use crate::limits::ORIGIN_LATE_MS;
use crate::piece::Piece;
use crate::transfer::Origin;
use crate::{Misuse, OriginAnswer, Output, Source, WantId};

impl Swarm {
    /// Asks the origin from now on, if it was not asked before.
    pub(super) fn hedge(&mut self, object: ObjectId) {
        if let Some(transfer) = self.transfers.get_mut(&object) {
            transfer.hedged = true;
            transfer.holder_until = None;
        }
        self.pursue_origin(object);
    }

    /// Asks the origin for the next want of a transfer that is to have it, one at a time; of a stream that nobody else brings, for the one
    /// after that, too, so that no time is lost between them.
    pub(super) fn pursue_origin(&mut self, object: ObjectId) {
        let Some(transfer) = self.transfers.get(&object) else {
            return;
        };
        if !transfer.hedged {
            return;
        }
        if !transfer.origin_asked() {
            self.ask_origin_next(object);
        }
        let transfer = self.transfers.get(&object);
        let is_shared = self.strain_ms.is_some() && self.is_among_others();
        if !is_shared
            && transfer.is_some_and(|it| it.origin_asks() == 1 && it.next_is_the_origins())
        {
            self.ask_origin_next(object);
        }
    }

    fn ask_origin_next(&mut self, object: ObjectId) {
        let Some(transfer) = self.transfers.get(&object) else {
            return;
        };
        let Some(want) = self.next_for_origin(object) else {
            if transfer.wants_unasked().next().is_some()
                && let Some(transfer) = self.transfers.get_mut(&object)
            {
                // All of it is somebody else's to ask for.
                transfer.hedged = false;
                self.ask_again(object);
            }
            return;
        };
        let Some(transfer) = self.transfers.get_mut(&object) else {
            return;
        };
        let Some(state) = transfer.wants.get_mut(&want) else {
            return;
        };
        state.origin = Origin::Asked(self.now);
        state.origin_bytes = 0;
        self.origin_load.begins();
        if transfer.is_for_peers() && !transfer.asked_peers {
            transfer.origin_late = Some(self.now.after(ORIGIN_LATE_MS));
        }
        self.counters.origin_asked += 1;
        self.outputs.push_back(Output::FetchOrigin { want });
    }

    pub(super) fn origin_verified(
        &mut self,
        want: WantId,
        bytes: VerifiedBytes,
    ) -> Result<(), Misuse> {
        let Some(&object) = self.wants.get(&want) else {
            return Ok(());
        };
        let transfer = self.transfers.get(&object);
        let wanted = transfer.and_then(|transfer| transfer.wants.get(&want)?.groups);
        let fits = |groups| object.bytes_of(groups) == (bytes.offset()..bytes.end());
        if bytes.object() == object && !bytes.is_whole() && wanted.is_some_and(fits) {
            self.origin_gave_part(want, object, bytes);
            return Ok(());
        }
        if bytes.object() != object || !bytes.is_whole() {
            return Err(Misuse::OtherBytes { want });
        }
        self.note_if_outrun(object);
        let Some(mut transfer) = self.end_transfer(object) else {
            return Ok(());
        };
        // Its fetch is over; that of another want of the transfer may not be.
        if let Some(state) = transfer.wants.get_mut(&want) {
            if let Origin::Asked(since) = state.origin {
                self.origin.gave(object.len, self.now.since(since));
                self.origin_ends();
            }
            state.origin = Origin::Gave;
        }
        self.deliver(transfer.wants, Arc::new(bytes), Source::Origin);
        Ok(())
    }

    /// The origin gave the part that a want is for.
    fn origin_gave_part(&mut self, want: WantId, object: ObjectId, bytes: VerifiedBytes) {
        self.note_if_outrun(object);
        let Some(transfer) = self.transfers.get_mut(&object) else {
            return;
        };
        let Some(state) = transfer.wants.get_mut(&want) else {
            return;
        };
        let asked = std::mem::replace(&mut state.origin, Origin::Gave);
        transfer.origin_late = None;
        // What was asked for beside another came behind it.
        let before = transfer.origin_gave.replace(self.now);
        let by_piece = transfer.by_piece(&bytes);
        if let Origin::Asked(since) = asked {
            let since = before.map_or(since, |before| since.max(before));
            self.origin.gave(bytes.len() as u64, self.now.since(since));
            self.origin_ends();
        }
        if by_piece.is_empty() {
            // There was no room for what peers might have given.
            self.origin_gave_alone(want, object, bytes);
        }
        for (index, part) in by_piece {
            self.take_in(object, index, part);
        }
        self.pursue_origin(object);
    }

    /// The part goes to the one want that it was asked for.
    fn origin_gave_alone(&mut self, want: WantId, object: ObjectId, bytes: VerifiedBytes) {
        let transfer = self.transfers.get_mut(&object);
        let Some((transfer, state)) = transfer.and_then(|it| {
            let state = it.wants.remove(&want)?;
            Some((it, state))
        }) else {
            return;
        };
        let is_last = transfer.wants.is_empty();
        self.hand_out(want, &state, Arc::new(bytes), Source::Origin);
        if is_last {
            self.end_transfer(object);
        }
    }

    /// The origin has answered: was it sooner than the first word of somebody whom it was asked beside?
    fn note_if_outrun(&mut self, object: ObjectId) {
        let pieces = self.transfers.get(&object).map(|transfer| &transfer.pieces);
        let asked = pieces.into_iter().flatten().flat_map(Piece::asked_in_time);
        for (link, request) in asked {
            let link = self.links.get(&link);
            let asked = link.and_then(|link| Some((link, link.asks.get(&request)?)));
            let silent = asked.is_some_and(|(link, ask)| link.is_silent(ask, true));
            if silent && self.doubt == Doubt::Gone {
                self.doubt = Doubt::Silence;
            }
        }
    }

    pub(super) fn origin_other(&mut self, want: WantId, answer: OriginAnswer) {
        let Some(&object) = self.wants.get(&want) else {
            return;
        };
        if answer == OriginAnswer::Final {
            self.note_if_outrun(object);
        }
        let Some(transfer) = self.transfers.get_mut(&object) else {
            return;
        };
        let Some(state) = transfer.wants.get_mut(&want) else {
            return;
        };
        if !state.origin.is_asked() {
            return;
        }
        state.origin = Origin::Failed;
        transfer.origin_late = None;
        self.look_again = true;
        let may_come = transfer.is_for_peers();
        self.origin_ends();
        match answer {
            OriginAnswer::Failed if may_come => self.pursue_origin(object),
            OriginAnswer::Failed | OriginAnswer::Final => self.pass_on(want),
        }
    }

    /// The want ends with what the origin said.
    pub(super) fn pass_on(&mut self, want: WantId) {
        self.counters.wants_passed += 1;
        self.outputs.push_back(Output::DeliverOrigin { want });
        self.leave_transfer(want);
    }

    /// Wants whose origin failed wait for peers only where there is a link or may be one.
    pub(super) fn end_hopeless_wants(&mut self) {
        let hope = !self.links.is_empty() || self.expecting.is_some_and(|until| until > self.now);
        if hope {
            return;
        }
        for want in self.failed_wants(None) {
            self.pass_on(want);
        }
    }

    /// Wants whose origin failed, and that are given up by then if a moment is given.
    pub(super) fn failed_wants(&self, by: Option<crate::Millis>) -> Vec<WantId> {
        let give_up_ms = self.config.give_up_ms;
        let mut failed = Vec::new();
        for transfer in self.transfers.values() {
            for (id, want) in &transfer.wants {
                let is_due = by.is_none_or(|by| transfer.give_up_at(want, give_up_ms) <= by);
                if want.origin == Origin::Failed && is_due {
                    failed.push(*id);
                }
            }
        }
        failed
    }
}
