//! A busy origin: of several who want the same of it, one has each object from there, and the others from that one.
//!
//! Nobody tells who that is: whoever waits long for the origin tells its links what for, and of those who want an object the one
//! with the greatest weight for it goes on asking. The others wait for that one, and not for ever.

use swarmfetch_content::ObjectId;
use swarmfetch_wire::frame::{HashPrefix, WantList};

use super::Swarm;
use crate::announcer::spaced;
use crate::limits::{STRAIN_FETCHES_MAX, WANT_LIST_MS};
use crate::peer::Link;
use crate::transfer::{Origin, Rank, Transfer, Turn};
use crate::want_list::weight;
use crate::{LinkId, Millis, Output, WantId};

impl Swarm {
    /// Some of the origin's answer came.
    pub(super) fn origin_came(&mut self, want: WantId, bytes: u64) {
        let object = self.wants.get(&want);
        let transfer = object.and_then(|object| self.transfers.get_mut(object));
        let Some(state) = transfer.and_then(|transfer| transfer.wants.get_mut(&want)) else {
            return;
        };
        if !state.origin.is_asked() {
            return;
        }
        state.origin_bytes += bytes;
        if self.origin_load.came(self.now, bytes) {
            let left = self.transfers.values().map(|it| it.origin_bytes_left());
            let left = left.sum();
            let others = self.links.values().any(Link::waits_for_origin);
            self.strain_ms = self.origin_load.strain_ms(left, others);
            self.look_again |= self.strain_ms.is_some();
        }
    }

    /// The origin is asked for one want less.
    pub(super) fn origin_ends(&mut self) {
        self.origin_load.ends();
        // What waits for its turn may have it.
        self.look_again |= self.strain_ms.is_some();
    }

    /// The origin is busy no longer once we want nothing of it.
    pub(super) fn end_strain(&mut self) {
        let is_left = |transfer: &Transfer| transfer.origin_bytes_left() > 0;
        if self.strain_ms.is_some()
            && self.origin_load.open() == 0
            && !self.transfers.values().any(is_left)
        {
            self.strain_ms = None;
        }
    }

    /// Tells others what the origin is asked for, and leaves to them what is theirs to ask for; of the rest, no more than a little is
    /// asked for at once, so that it is soon here and can be passed on.
    pub(super) fn share_out(&mut self) {
        let Some(strain_ms) = self.strain_ms else {
            return;
        };
        let mut asked: Vec<(bool, Rank, ObjectId)> = Vec::new();
        let mut streams: Vec<ObjectId> = Vec::new();
        for transfer in self.transfers.values() {
            let prefix = HashPrefix::of(&transfer.object.hash);
            if transfer.is_streamed() {
                self.want_list.add_part(prefix, transfer.segments_wanted());
                let piece = transfer.piece_to_leave();
                if piece.is_some_and(|piece| self.is_coming(transfer.object, piece)) {
                    streams.push(transfer.object);
                }
            }
            if !transfer.is_wanted_as_one() || !transfer.origin_asked() {
                continue;
            }
            self.want_list.add(prefix);
            asked.push((
                transfer.origin_hardly_began(),
                transfer.rank,
                transfer.object,
            ));
        }
        for object in streams {
            self.withdraw(object);
        }
        asked.sort_unstable();
        let among_others = self.is_among_others();
        let mut ours = 0;
        for (hardly_began, _, object) in asked {
            let is_coming = self.is_coming(object, 0);
            let Some(transfer) = self.transfers.get_mut(&object) else {
                continue;
            };
            let may_wait = transfer.may_wait();
            if may_wait && is_coming {
                transfer.leave_to_others(self.now, strain_ms);
            } else if may_wait && among_others && ours >= STRAIN_FETCHES_MAX && hardly_began {
                transfer.wait_for_origin(self.now, strain_ms);
            } else {
                ours += 1;
                continue;
            }
            self.withdraw(object);
        }
    }

    /// Whether others who wait for the origin are there to help.
    pub(super) fn is_among_others(&self) -> bool {
        let doubtful = self.is_doubtful();
        let helps = |link: &Link| link.waits_for_origin() && link.is_counted_on(doubtful);
        self.links.values().any(helps)
    }

    /// Whether one of those who are counted on has this piece, or is to ask for it.
    fn is_anothers(
        &self,
        object: ObjectId,
        piece: u64,
        is_counted_on: impl Fn(&Link) -> bool,
    ) -> bool {
        let prefix = HashPrefix::of(&object.hash);
        let ours = weight(prefix, piece, self.config.peer);
        self.links.values().any(|link| {
            let greater = |peer| weight(prefix, piece, peer) > ours;
            let asks = link.wants_piece(prefix, piece) && link.peer.is_some_and(greater);
            is_counted_on(link) && (link.holds_piece(prefix, piece) || asks)
        })
    }

    /// Whether somebody is likely to have it soon.
    fn is_coming(&self, object: ObjectId, piece: u64) -> bool {
        let doubtful = self.is_doubtful();
        self.is_anothers(object, piece, |link| link.is_counted_on(doubtful))
    }

    /// The next want of a transfer that the origin may be asked for: of a stream and a busy origin, the first that is not somebody else's.
    pub(super) fn next_for_origin(&self, object: ObjectId) -> Option<WantId> {
        let transfer = self.transfers.get(&object)?;
        let mut unasked = transfer.wants_unasked();
        let is_shared = self.strain_ms.is_some() && transfer.is_streamed();
        if !is_shared || transfer.turn == Turn::InVain {
            return Some(unasked.next()?.0);
        }
        let is_ours = |piece| !transfer.peers_bring(piece) && !self.is_coming(object, piece);
        let ours = unasked.find(|(_, piece)| is_ours(*piece));
        Some(ours?.0)
    }

    /// Whether all that is wanted of a stream is left to others.
    fn stream_waits(&mut self, object: ObjectId) -> bool {
        let has_ours = self.next_for_origin(object).is_some();
        let counted_on = |link: &Link| !link.let_wait;
        let Some(transfer) = self.transfers.get(&object) else {
            return false;
        };
        let is_anothers = transfer
            .wants_unasked()
            .any(|(_, piece)| self.is_anothers(object, piece, counted_on));
        let strain_ms = self.strain_ms;
        let Some(transfer) = self.transfers.get_mut(&object) else {
            return false;
        };
        transfer.turn = match (transfer.turn, strain_ms) {
            (Turn::InVain, _) => Turn::InVain,
            (Turn::Others { .. }, None) if is_anothers => return true,
            (_, Some(_)) if has_ours => Turn::Ours,
            (Turn::Others { .. }, _) if is_anothers => return true,
            (Turn::Others { .. }, _) => Turn::InVain,
            (Turn::Ours | Turn::Later, Some(strain_ms)) if is_anothers => {
                transfer.leave_to_others(self.now, strain_ms);
                return true;
            }
            (Turn::Ours | Turn::Later, _) => Turn::Ours,
        };
        false
    }

    /// The origin is not to be asked for it now.
    fn withdraw(&mut self, object: ObjectId) {
        let Some(transfer) = self.transfers.get_mut(&object) else {
            return;
        };
        let mut withdrawn = Vec::new();
        for (id, want) in transfer.wants.iter_mut() {
            if want.origin.is_asked() {
                want.origin = Origin::Unasked;
                want.origin_bytes = 0;
                withdrawn.push(*id);
            }
        }
        transfer.hedged = false;
        transfer.origin_late = None;
        for want in withdrawn {
            self.outputs.push_back(Output::CancelOrigin { want });
            self.origin_ends();
        }
        self.ask_again(object);
    }

    /// Whether the origin, which is busy, is not to be asked now for what nobody has.
    pub(super) fn waits_its_turn(&mut self, object: ObjectId) -> bool {
        let is_streamed = |transfer: &Transfer| transfer.is_streamed();
        if self.transfers.get(&object).is_some_and(is_streamed) {
            return self.stream_waits(object);
        }
        // Who is busy may seem slow; that others are waited for was decided.
        let is_anothers = self.is_anothers(object, 0, |link| !link.let_wait);
        let is_coming = self.strain_ms.is_some() && self.is_coming(object, 0);
        let is_full = self.strain_ms.is_some()
            && self.origin_load.open() >= STRAIN_FETCHES_MAX
            && self.is_among_others();
        let Some(transfer) = self.transfers.get_mut(&object) else {
            return false;
        };
        match transfer.turn {
            Turn::Others { .. } if is_anothers => return true,
            Turn::Others { .. } => transfer.turn = Turn::InVain,
            Turn::Later | Turn::Ours if !transfer.is_wanted_as_one() => transfer.turn = Turn::Ours,
            Turn::Later | Turn::Ours => match self.strain_ms {
                Some(strain_ms) if is_coming => transfer.leave_to_others(self.now, strain_ms),
                Some(strain_ms) if is_full => transfer.wait_for_origin(self.now, strain_ms),
                _ => transfer.turn = Turn::Ours,
            },
            Turn::InVain => {}
        }
        let waits = matches!(transfer.turn, Turn::Later | Turn::Others { .. });
        if waits {
            self.want_list.add(HashPrefix::of(&object.hash));
        }
        waits
    }

    /// Something that was left to others came from them.
    pub(super) fn others_bring(&mut self) {
        for transfer in self.transfers.values_mut() {
            transfer.others_bring(self.now);
        }
    }

    /// It was waited for in vain: whoever was counted on is not any more.
    pub(super) fn left_in_vain(&mut self, object: ObjectId) {
        let prefix = HashPrefix::of(&object.hash);
        for link in self.links.values_mut() {
            link.let_wait |= link.wants(prefix) || link.holds(prefix);
        }
        self.hedge(object);
    }

    pub(super) fn want_list_heard(&mut self, from: LinkId, list: WantList) {
        if let Some(link) = self.links.get_mut(&from) {
            link.set_wants(list);
            self.look_again = true;
        }
    }

    /// When the next link is to be told what we want.
    pub(super) fn want_list_due(&self) -> Option<Millis> {
        let links = self.links.values().filter(|link| self.is_to_hear(link));
        let next = links.map(|link| spaced(link.want_list_told, WANT_LIST_MS));
        [next.min(), self.want_list.due()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Tells links what we want. Only who passes on what it has is worth waiting for.
    pub(super) fn tell_want_list(&mut self) {
        self.want_list.expire(self.now);
        let is_due = |link: &Link| spaced(link.want_list_told, WANT_LIST_MS) <= self.now;
        let due = self
            .links
            .keys_where(|_, link| self.is_to_hear(link) && is_due(link));
        for id in due {
            if let Some(link) = self.links.get_mut(&id) {
                link.want_list_told = Some(self.now);
                link.want_list_edition = self.want_list.edition();
            }
            self.send_bytes(id, self.want_list.frame());
        }
    }

    fn is_to_hear(&self, link: &Link) -> bool {
        let news = link.want_list_edition != self.want_list.edition();
        news && link.peer.is_some() && self.may_upload == Some(true)
    }
}
