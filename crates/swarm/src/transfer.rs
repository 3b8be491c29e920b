//! A transfer: one object on its way, for all who want it.

use swarmfetch_content::{GroupRange, ObjectId, SortedMap, VerifiedBytes};

use crate::limits::{
    OVERDUE_BYTES_PER_S, OVERDUE_MS, PIECE_GROUPS, YIELD_MORE_MS, YIELD_MS_MAX, YIELD_SHARE,
};
use crate::pace::ms_at;
use crate::piece::{Piece, len_of};
use crate::{Millis, WantId};

/// Order in which transfers are given links: those somebody waits for first, then by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    pub(crate) not_urgent: bool,
    pub(crate) number: u64,
}

/// What became of a want's origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It was not asked.
    Unasked,
    /// It is being asked, since then.
    Asked(Millis),
    /// It gave what the want is for.
    Gave,
    /// It failed; the shell keeps what it said.
    Failed,
}

impl Origin {
    pub(crate) fn is_asked(self) -> bool {
        matches!(self, Origin::Asked(_))
    }
}

/// One want of a transfer.
#[derive(Debug, Clone)]
pub(crate) struct Want {
    pub(crate) created: Millis,
    pub(crate) origin: Origin,
    /// What of the object is wanted; nothing: all of it.
    pub(crate) groups: Option<GroupRange>,
    /// Bytes of the origin's answer that came.
    pub(crate) origin_bytes: u64,
}

/// Whose turn it is to ask a busy origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Ours, as ever.
    Ours,
    /// Ours, when something else that we asked it for has come.
    Later,
    /// Somebody else's who wants the same. We wait until then; as long as others bring something, until later, and in no case longer
    /// than to the limit.
    Others { due: Millis, limit: Millis },
    /// Ours: somebody else was left to ask, and waited for in vain.
    InVain,
}

/// One object on its way.
#[derive(Debug, Clone)]
pub(crate) struct Transfer {
    pub(crate) object: ObjectId,
    pub(crate) rank: Rank,
    pub(crate) wants: SortedMap<WantId, Want>,
    /// In order; none when the object is too long to come from peers.
    pub(crate) pieces: Vec<Piece>,
    /// Whether answers may be compressed.
    pub(crate) deflate: bool,
    /// Whether all who want it would rather wait than have the origin asked.
    pub(crate) savings: bool,
    /// Whether the origin is to be asked, for one want after another.
    pub(crate) hedged: bool,
    /// Whether a peer was ever asked.
    pub(crate) asked_peers: bool,
    /// What of the sum of all transfers is this one's, in bytes.
    pub(crate) counted_bytes: u64,
    created: Millis,
    /// Until when it waits for somebody to hold the object.
    pub(crate) holder_until: Option<Millis>,
    /// When it takes too long.
    pub(crate) overdue: Option<Millis>,
    pub(crate) turn: Turn,
    /// Several parts of it were wanted at once.
    was_streamed: bool,
    /// When the origin last gave a part of it.
    pub(crate) origin_gave: Option<Millis>,
    /// When the origin takes too long; set while peers are not asked because the origin is.
    pub(crate) origin_late: Option<Millis>,
}

impl Transfer {
    pub(crate) fn new(object: ObjectId, rank: Rank, now: Millis, from_peers: bool) -> Self {
        let allowed_ms = OVERDUE_MS.saturating_add(own_time_ms(object.len));
        Transfer {
            object,
            rank,
            wants: SortedMap::new(),
            pieces: if from_peers {
                Piece::of(object)
            } else {
                Vec::new()
            },
            deflate: false,
            savings: true,
            hedged: false,
            asked_peers: false,
            counted_bytes: 0,
            created: now,
            holder_until: None,
            overdue: from_peers.then(|| now.after(allowed_ms)),
            turn: Turn::Ours,
            was_streamed: false,
            origin_gave: None,
            origin_late: None,
        }
    }

    /// One more wants it, or some of it.
    pub(crate) fn join(&mut self, id: WantId, want: Want) {
        let is_part = want.groups.is_some();
        self.wants.insert(id, want);
        self.was_streamed |= self.is_streamed();
        if is_part {
            self.set_overdue();
        }
    }

    /// It takes too long when the first of its wants does whose origin was not asked; each is allowed the time of its own length.
    fn set_overdue(&mut self) {
        if !self.is_for_peers() {
            return;
        }
        let unasked = |want: &&Want| want.origin == Origin::Unasked;
        let due = self.wants.values().filter(unasked).map(|want| {
            let groups = want.groups.unwrap_or(self.object.all());
            let bytes = len_of(self.object, groups);
            let allowed_ms = OVERDUE_MS.saturating_add(own_time_ms(bytes));
            want.created.after(allowed_ms)
        });
        self.overdue = due.min();
    }

    /// The pieces to ask for, by index: those that are wanted for themselves first.
    pub(crate) fn pieces_wanted(&self) -> Vec<usize> {
        let all = 0..self.pieces.len();
        let mut wanted: Vec<usize> = all.clone().filter(|index| self.is_apart(*index)).collect();
        if self.is_wanted_whole() {
            wanted.extend(all.filter(|index| !self.is_apart(*index)));
        }
        wanted
    }

    /// Groups of this piece that are wanted and that nobody is asked for.
    pub(crate) fn unasked(&self, index: usize) -> Option<GroupRange> {
        let piece = self.pieces.get(index)?;
        let part = self.parts().find_map(|groups| piece.unasked_of(groups));
        part.or_else(|| piece.unasked().filter(|_| self.is_wanted_whole()))
    }

    fn is_wanted_whole(&self) -> bool {
        self.wants.values().any(|want| want.groups.is_none())
    }

    /// What may be in memory of it at once, in bytes, where it comes from peers.
    pub(crate) fn bytes_wanted(&self) -> u64 {
        let lens = self.parts().map(|groups| len_of(self.object, groups));
        let parts = lens.fold(0, u64::saturating_add);
        match (self.is_for_peers(), self.is_wanted_whole()) {
            (false, _) => 0,
            (true, true) => self.object.len,
            (true, false) => parts.min(self.object.len),
        }
    }

    /// What is wanted for itself.
    fn parts(&self) -> impl Iterator<Item = GroupRange> {
        self.wants.values().filter_map(|want| want.groups)
    }

    /// Whether somebody waits for some of this piece and not for the whole object.
    fn is_apart(&self, index: usize) -> bool {
        let piece = self.pieces.get(index);
        piece.is_some_and(|piece| self.parts().any(|groups| piece.is_part_of(groups)))
    }

    /// Whether somebody has nothing before this piece is here, or has nothing of the others either, and would not wait: the origin
    /// is asked as soon as it is late.
    pub(crate) fn is_pressing(&self, index: usize) -> bool {
        !self.is_patient() && (self.pieces.len() == 1 || self.is_apart(index) || !self.has_begun())
    }

    /// Whether those who want it wait for peers rather than have the origin asked, for the time being.
    pub(crate) fn is_patient(&self) -> bool {
        self.savings || matches!(self.turn, Turn::Others { .. })
    }

    /// Whether peers may have all of it for all who want it.
    pub(crate) fn is_wanted_as_one(&self) -> bool {
        self.is_for_peers() && self.wants.values().all(|want| want.groups.is_none())
    }

    /// Whether it comes part by part, several at a time: all of it will be wanted, as far as can be told.
    pub(crate) fn is_streamed(&self) -> bool {
        let parts = self.parts().count();
        self.is_for_peers() && parts == self.wants.len() && (parts > 1 || self.was_streamed)
    }

    /// Which of its segments are wanted and not all here.
    pub(crate) fn segments_wanted(&self) -> impl Iterator<Item = u64> {
        let missing = self.pieces.iter().filter(|piece| !piece.is_complete());
        let wanted = missing.filter(|piece| self.parts().any(|groups| piece.is_part_of(groups)));
        wanted.map(Piece::index)
    }

    /// Whether a peer is asked for some of this piece, and in time.
    pub(crate) fn peers_bring(&self, piece: u64) -> bool {
        let piece = usize::try_from(piece)
            .ok()
            .and_then(|at| self.pieces.get(at));
        piece.is_some_and(|piece| piece.asked_in_time().next().is_some())
    }

    /// The wants that the origin was not asked for, and the first piece that each is for.
    pub(crate) fn wants_unasked(&self) -> impl Iterator<Item = (WantId, u64)> {
        let unasked = self
            .wants
            .iter()
            .filter(|(_, want)| want.origin == Origin::Unasked);
        unasked.map(|(id, want)| {
            let first = want
                .groups
                .map_or(0, |groups| groups.start() / PIECE_GROUPS);
            (*id, first)
        })
    }

    /// These bytes of the object, piece by piece; nothing where peers are not asked.
    pub(crate) fn by_piece(&self, bytes: &VerifiedBytes) -> Vec<(usize, VerifiedBytes)> {
        let mut parts = Vec::new();
        for (index, piece) in self.pieces.iter().enumerate() {
            let range = self.object.bytes_of(piece.groups());
            let range = range.start.max(bytes.offset())..range.end.min(bytes.end());
            if range.start < range.end
                && let Ok(part) = bytes.slice(range)
            {
                parts.push((index, part));
            }
        }
        parts
    }

    /// Whether it is a stream whose next part nobody else brings.
    pub(crate) fn next_is_the_origins(&self) -> bool {
        let next = self.wants_unasked().next();
        self.is_streamed() && next.is_some_and(|(_, piece)| !self.peers_bring(piece))
    }

    /// Whether the origin is being asked for some of this piece by itself.
    pub(crate) fn origin_brings(&self, index: usize) -> bool {
        let asked = self.wants.values().filter(|want| want.origin.is_asked());
        let piece = self.pieces.get(index);
        let mut groups = asked.filter_map(|want| want.groups);
        piece.is_some_and(|piece| groups.any(|groups| piece.is_part_of(groups)))
    }

    /// What the origin is asked for of it, or is to be, and has not given, in bytes.
    pub(crate) fn origin_bytes_left(&self) -> u64 {
        if matches!(self.turn, Turn::Later | Turn::Others { .. }) {
            return self.bytes_wanted();
        }
        if self.is_streamed() && self.hedged {
            // The others are next.
            let came = self.wants.values().map(|want| want.origin_bytes);
            return self.bytes_wanted().saturating_sub(came.sum());
        }
        let asked = self.wants.values().filter(|want| want.origin.is_asked());
        let left = asked.map(|want| self.object.len.saturating_sub(want.origin_bytes));
        left.sum()
    }

    /// Whether the origin is asked for it in vain if somebody else is, too: most of it is still to come, and from nobody else.
    pub(crate) fn may_wait(&self) -> bool {
        self.turn == Turn::Ours
            && !self.asked_peers
            && self.origin_bytes_left() > self.object.len / 2
    }

    /// The piece that the origin is asked for first, if it is asked in vain should somebody else be, too: most of it is still to come.
    pub(crate) fn piece_to_leave(&self) -> Option<u64> {
        let mut asked = self.wants.values().filter(|want| want.origin.is_asked());
        let want = asked.next()?;
        let groups = want.groups?;
        let few = want.origin_bytes < len_of(self.object, groups) / 2;
        (few && self.turn == Turn::Ours).then_some(groups.start() / PIECE_GROUPS)
    }

    /// Whether so little of the origin's answer came that it may as well begin anew.
    pub(crate) fn origin_hardly_began(&self) -> bool {
        self.origin_bytes_left() > self.object.len - self.object.len / 8
    }

    /// When somebody else is waited for no longer.
    pub(crate) fn others_due(&self) -> Option<Millis> {
        match self.turn {
            Turn::Others { due, .. } => Some(due),
            Turn::Ours | Turn::Later | Turn::InVain => None,
        }
    }

    /// The origin is to be asked for it later; it would take so many milliseconds for all that we want.
    pub(crate) fn wait_for_origin(&mut self, now: Millis, strain_ms: u64) {
        self.turn = Turn::Later;
        self.overdue = self.overdue.max(Some(now.after(strain_ms / 2)));
    }

    /// It is left to others; the origin would take so many milliseconds for all that we want.
    pub(crate) fn leave_to_others(&mut self, now: Millis, strain_ms: u64) {
        let due = now.after((strain_ms / YIELD_SHARE).min(YIELD_MS_MAX));
        let limit = now.after(strain_ms / 2);
        self.turn = Turn::Others { due, limit };
        self.overdue = self.overdue.max(Some(limit));
    }

    /// Others bring what was left to them.
    pub(crate) fn others_bring(&mut self, now: Millis) {
        if let Turn::Others { due, limit } = &mut self.turn {
            *due = (*due).max(now.after(YIELD_MORE_MS)).min(*limit);
        }
    }

    fn has_begun(&self) -> bool {
        self.pieces.iter().any(Piece::has_begun)
    }

    /// Takes out the wants whose part is here.
    pub(crate) fn take_parts(&mut self) -> Vec<(WantId, Want, VerifiedBytes)> {
        let mut parts = Vec::new();
        for (id, want) in &self.wants {
            if let Some(bytes) = want.groups.and_then(|groups| self.part(groups)) {
                parts.push((*id, want.clone(), bytes));
            }
        }
        for (id, ..) in &parts {
            self.wants.remove(id);
        }
        if !parts.is_empty() {
            self.set_overdue();
        }
        parts
    }

    /// Lets go of what nobody wants any more, so that of a file which is taken part by part not all is kept.
    pub(crate) fn forget_unwanted(&mut self) {
        if self.is_wanted_whole() {
            return;
        }
        for index in 0..self.pieces.len() {
            if !self.is_apart(index)
                && let Some(piece) = self.pieces.get_mut(index)
            {
                piece.forget();
            }
        }
    }

    /// These groups, if all of them are here.
    fn part(&self, groups: GroupRange) -> Option<VerifiedBytes> {
        let mut spans = Vec::new();
        for piece in self.pieces.iter().filter(|piece| piece.is_part_of(groups)) {
            spans.extend(piece.part(groups)?);
        }
        VerifiedBytes::join(spans).ok()
    }

    pub(crate) fn created(&self) -> Millis {
        self.created
    }

    /// Whether peers may be asked at all.
    pub(crate) fn is_for_peers(&self) -> bool {
        !self.pieces.is_empty()
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.is_for_peers() && self.pieces.iter().all(Piece::is_complete)
    }

    /// Whether the origin has failed every want.
    pub(crate) fn origin_failed(&self) -> bool {
        self.wants
            .values()
            .all(|want| want.origin == Origin::Failed)
    }

    pub(crate) fn origin_asked(&self) -> bool {
        self.origin_asks() > 0
    }

    /// For how many wants the origin is being asked.
    pub(crate) fn origin_asks(&self) -> usize {
        let asked = self.wants.values().filter(|want| want.origin.is_asked());
        asked.count()
    }

    /// When a want whose origin failed is given up. A body that has begun gets the time its length takes.
    pub(crate) fn give_up_at(&self, want: &Want, give_up_ms: u64) -> Millis {
        let more_ms = if self.has_begun() {
            own_time_ms(self.object.len)
        } else {
            0
        };
        want.created.after(give_up_ms).after(more_ms)
    }

    /// The whole object.
    pub(crate) fn into_bytes(self) -> Option<VerifiedBytes> {
        let mut spans = Vec::new();
        for piece in self.pieces {
            spans.extend(piece.into_spans());
        }
        VerifiedBytes::join(spans).ok()
    }
}

/// The time that so many bytes take at the slowest rate we put up with, in milliseconds.
fn own_time_ms(bytes: u64) -> u64 {
    ms_at(OVERDUE_BYTES_PER_S, bytes)
}
