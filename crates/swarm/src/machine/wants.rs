//! Wants: how they begin, share transfers, and end.

use std::mem::take;
use std::sync::Arc;

use swarmfetch_content::{GroupRange, ObjectId, SortedMap, VerifiedBytes};

use swarmfetch_wire::frame::HashPrefix;

use super::Swarm;
use crate::ask::Hedge;
use crate::limits::{TRANSFERS_BYTES_MAX, WANTS_MAX};
use crate::piece::len_of;
use crate::transfer::{Origin, Rank, Transfer, Want};
use crate::{FailReason, Misuse, Output, Source, WantId};

impl Swarm {
    pub(super) fn want(
        &mut self,
        want: WantId,
        object: ObjectId,
        groups: Option<GroupRange>,
        compressible: bool,
        [urgent, savings]: [bool; 2],
    ) -> Result<(), Misuse> {
        if self.wants.contains_key(&want) {
            return Err(Misuse::WantTwice { want });
        }
        if self.wants.len() >= WANTS_MAX {
            let reason = FailReason::TooManyWants;
            self.outputs.push_back(Output::Fail { want, reason });
            return Ok(());
        }
        let groups = groups.filter(|groups| groups.start() < object.groups());
        if !self.has_room_to_join(object, groups) {
            let reason = FailReason::NoRoom;
            self.outputs.push_back(Output::Fail { want, reason });
            return Ok(());
        }
        self.wants.insert(want, object);
        if !self.transfers.contains_key(&object) {
            self.begin_transfer(object, groups, compressible, urgent);
        }
        self.join_transfer(want, object, groups, urgent);
        self.count_bytes(object);
        if !savings {
            self.press(object);
        }
        self.pursue_origin(object);
        self.deliver_parts(object);
        Ok(())
    }

    /// Whether memory allows for one more to join the object's transfer, if that is from peers: of a file that is taken part by
    /// part only what is on its way counts.
    fn has_room_to_join(&self, object: ObjectId, groups: Option<GroupRange>) -> bool {
        let transfer = self.transfers.get(&object);
        let Some(transfer) = transfer.filter(|transfer| transfer.is_for_peers()) else {
            return true;
        };
        let before = transfer.counted_bytes;
        let bytes = bytes_of(object, groups).saturating_add(before);
        let bytes = bytes.min(object.len);
        bytes == before || self.has_room(bytes, self.transfer_bytes - before)
    }

    /// Whether memory allows for so many bytes of one transfer beside so many of the others.
    fn has_room(&self, bytes: u64, others: u64) -> bool {
        bytes <= self.config.object_bytes_max && others.saturating_add(bytes) <= TRANSFERS_BYTES_MAX
    }

    /// Counts anew what a transfer has in memory: those who want some of it are others.
    fn count_bytes(&mut self, object: ObjectId) {
        if let Some(transfer) = self.transfers.get_mut(&object) {
            self.transfer_bytes -= transfer.counted_bytes;
            transfer.counted_bytes = transfer.bytes_wanted();
            self.transfer_bytes += transfer.counted_bytes;
        }
    }

    fn begin_transfer(
        &mut self,
        object: ObjectId,
        groups: Option<GroupRange>,
        compressible: bool,
        urgent: bool,
    ) {
        let rank = Rank {
            not_urgent: !urgent,
            number: self.transfers_begun,
        };
        self.transfers_begun += 1;
        let from_peers = self.has_room(bytes_of(object, groups), self.transfer_bytes);
        let mut transfer = Transfer::new(object, rank, self.now, from_peers);
        transfer.deflate = compressible && self.config.can_inflate;
        transfer.hedged = !from_peers;
        self.transfers.insert(object, transfer);
    }

    fn join_transfer(
        &mut self,
        want: WantId,
        object: ObjectId,
        groups: Option<GroupRange>,
        urgent: bool,
    ) {
        let Some(transfer) = self.transfers.get_mut(&object) else {
            return;
        };
        let wanted = Want {
            created: self.now,
            origin: Origin::Unasked,
            groups,
            origin_bytes: 0,
        };
        transfer.join(want, wanted);
        if urgent && transfer.rank.not_urgent {
            self.unasked.remove(&(transfer.rank, object));
            transfer.rank.not_urgent = false;
        }
        if transfer.is_for_peers() {
            // What the others want may all be asked for.
            self.ask_again(object);
        }
    }

    /// Somebody would not wait: what peers were asked for in patience is hedged, too.
    fn press(&mut self, object: ObjectId) {
        let Some(transfer) = self.transfers.get_mut(&object) else {
            return;
        };
        if !take(&mut transfer.savings) || transfer.hedged {
            return;
        }
        let tolerated_ms = self.origin.tolerated_ms(object.len);
        let mut too_slow = false;
        for (index, piece) in transfer.pieces.iter().enumerate() {
            for (link, request) in piece.asked_in_time() {
                if transfer.is_pressing(index)
                    && let Some(link) = self.links.get_mut(&link)
                    && let Some(ask) = link.asks.get_mut(&request)
                {
                    ask.hedge = Hedge::ToCome;
                    too_slow |= !link.pace.keeps_up(ask.bytes(), tolerated_ms);
                }
            }
        }
        if too_slow {
            self.hedge(object);
        }
    }

    pub(super) fn unwant(&mut self, want: WantId) {
        self.leave_transfer(want);
    }

    /// Takes the want out of the books, and ends its transfer if it was the last.
    pub(super) fn leave_transfer(&mut self, want: WantId) {
        let Some(object) = self.wants.remove(&want).map(|object| *object) else {
            return;
        };
        let Some(transfer) = self.transfers.get_mut(&object) else {
            return;
        };
        let left = transfer.wants.remove(&want);
        let asked = left.is_some_and(|want| want.origin.is_asked());
        if asked {
            self.outputs.push_back(Output::CancelOrigin { want });
        }
        if transfer.wants.is_empty() {
            self.end_transfer(object);
        } else {
            transfer.forget_unwanted();
            self.count_bytes(object);
            self.pursue_origin(object);
        }
        if asked {
            self.origin_ends();
        }
    }

    /// Everything about the transfer ends; its wants are the caller's.
    pub(super) fn end_transfer(&mut self, object: ObjectId) -> Option<Box<Transfer>> {
        let mut transfer = self.transfers.remove(&object)?;
        self.want_list.ended(HashPrefix::of(&object.hash), self.now);
        self.unasked.remove(&(transfer.rank, object));
        self.transfer_bytes -= transfer.counted_bytes;
        for piece in &mut transfer.pieces {
            for asked in piece.take_asked() {
                self.cancel_ask(asked.link, asked.request);
            }
        }
        Some(transfer)
    }

    /// The transfer's pieces are all here: answer everyone.
    pub(super) fn complete_from_peers(&mut self, object: ObjectId) {
        let Some(mut transfer) = self.end_transfer(object) else {
            return;
        };
        let wants = take(&mut transfer.wants);
        if transfer.others_due().is_some() {
            self.others_bring();
        }
        let bytes = transfer
            .into_bytes()
            .expect("the spans of complete pieces are adjacent");
        self.deliver(wants, Arc::new(bytes), Source::Peers);
    }

    /// Answers those who wanted a part that is here now.
    pub(super) fn deliver_parts(&mut self, object: ObjectId) {
        let Some(transfer) = self.transfers.get_mut(&object) else {
            return;
        };
        let parts = transfer.take_parts();
        if parts.is_empty() {
            return;
        }
        let from_others = transfer.others_due().is_some();
        let nobody = transfer.wants.is_empty();
        if transfer.is_for_peers() && !transfer.origin_asked() {
            // What is wanted next is another matter.
            transfer.hedged = false;
        }
        transfer.forget_unwanted();
        self.count_bytes(object);
        if from_others {
            self.others_bring();
        }
        for (want, state, bytes) in parts {
            self.hand_out(want, &state, Arc::new(bytes), Source::Peers);
        }
        if nobody {
            self.end_transfer(object);
        } else {
            self.ask_again(object);
        }
    }

    pub(super) fn deliver(
        &mut self,
        wants: SortedMap<WantId, Want>,
        bytes: Arc<VerifiedBytes>,
        source: Source,
    ) {
        for (want, state) in wants {
            let part = state.groups.map(|groups| bytes.object().bytes_of(groups));
            let part = part.and_then(|range| bytes.slice(range).ok());
            let answer = part.map_or_else(|| Arc::clone(&bytes), Arc::new);
            self.hand_out(want, &state, answer, source);
        }
        self.outputs.push_back(Output::StoreWrite { bytes });
    }

    pub(super) fn hand_out(
        &mut self,
        want: WantId,
        state: &Want,
        bytes: Arc<VerifiedBytes>,
        source: Source,
    ) {
        self.wants.remove(&want);
        let source = match state.origin {
            Origin::Gave => Source::Origin,
            _ => source,
        };
        if state.origin.is_asked() {
            self.origin_ends();
            self.outputs.push_back(Output::CancelOrigin { want });
        }
        self.count_delivery(source, bytes.len() as u64);
        self.outputs.push_back(Output::Deliver {
            want,
            bytes,
            source,
        });
    }

    fn count_delivery(&mut self, source: Source, bytes: u64) {
        let counters = &mut self.counters;
        let (wants, sum) = match source {
            Source::Peers => (
                &mut counters.wants_from_peers,
                &mut counters.bytes_from_peers,
            ),
            Source::Origin => (
                &mut counters.wants_from_origin,
                &mut counters.bytes_from_origin,
            ),
        };
        *wants += 1;
        *sum += bytes;
    }
}

/// Bytes of these groups, or of all.
fn bytes_of(object: ObjectId, groups: Option<GroupRange>) -> u64 {
    len_of(object, groups.unwrap_or(object.all()))
}
