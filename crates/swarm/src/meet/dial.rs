//! One connection being made: what this end has said of itself, what it still has to say, and until when.

use swarmfetch_wire::tracker::{Candidate, Description, OfferId, PeerId};

use super::limits::{
    ANSWER_AGAIN_MS, ANSWER_MS, CANDIDATES_MAX, CONNECT_MS, GATHER_MS, LOCAL_MS, SETTLE_MS,
};
use crate::Millis;

/// Who spoke first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// This end made the offer.
    Offerer,
    /// This end answers one.
    Answerer,
}

/// How far the exchange of descriptions got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The page is making its description.
    Asked,
    /// The description waits to be sent, at the latest then.
    Ready(Millis),
    /// An offer was sent and not yet answered.
    Offered,
    /// Both descriptions are known; the page is connecting.
    Connecting,
}

/// One connection being made.
#[derive(Clone, Debug)]
pub(super) struct Dial {
    pub(super) side: Side,
    /// Who is at the other end; unknown while an offer to anyone is not answered.
    pub(super) peer: Option<PeerId>,
    pub(super) offer_id: OfferId,
    /// The offer is for `peer` alone, made for the so-manieth time; 0: it is for anyone.
    pub(super) directed: u8,
    /// Candidates may follow their description in either direction.
    pub(super) trickle: bool,
    pub(super) stage: Stage,
    pub(super) deadline: Millis,
    pub(super) began: Millis,
    local: Option<Description>,
    /// Candidates that came before the description they belong to.
    early: Vec<Candidate>,
    ended: bool,
    /// Candidates that wait to be sent, and when they are.
    outgoing: Vec<String>,
    flush: Option<Millis>,
    candidates_out: usize,
    candidates_in: usize,
}

impl Dial {
    /// A dial that the page has just been asked for.
    pub(super) fn new(now: Millis, side: Side, peer: Option<PeerId>, offer_id: OfferId) -> Self {
        Self {
            side,
            peer,
            offer_id,
            directed: 0,
            trickle: false,
            stage: Stage::Asked,
            deadline: now.after(LOCAL_MS),
            began: now,
            local: None,
            early: Vec::new(),
            ended: false,
            outgoing: Vec::new(),
            flush: None,
            candidates_out: 0,
            candidates_in: 0,
        }
    }

    /// Takes the page's description. It is sent when it has settled; where candidates cannot follow, when it is
    /// complete.
    pub(super) fn describe(&mut self, now: Millis, mut description: Description) {
        for candidate in self.early.drain(..) {
            description.add(&candidate);
        }
        if self.ended {
            description.end();
        }
        let wait_ms = if self.is_complete() {
            SETTLE_MS
        } else {
            GATHER_MS
        };
        self.local = Some(description);
        self.stage = Stage::Ready(now.after(wait_ms));
        self.deadline = now.after(wait_ms + ANSWER_MS);
    }

    /// Takes a candidate of this end, or the end of them.
    pub(super) fn gather(&mut self, now: Millis, candidate: Option<Candidate>) {
        if self.ended || (candidate.is_some() && self.candidates_out == CANDIDATES_MAX) {
            return;
        }
        self.candidates_out += usize::from(candidate.is_some());
        self.ended = candidate.is_none();
        match (self.stage, &mut self.local) {
            (Stage::Asked, _) => self.early.extend(candidate),
            (Stage::Ready(_), Some(description)) => match candidate {
                // One too many for a description is lost: it has eight already.
                Some(candidate) => {
                    description.add(&candidate);
                }
                None => {
                    description.end();
                    self.stage = Stage::Ready(now.after(SETTLE_MS));
                }
            },
            _ if self.trickle => {
                self.outgoing
                    .push(candidate.map_or_else(String::new, |one| one.as_str().to_owned()));
                self.flush.get_or_insert(now.after(SETTLE_MS));
            }
            _ => {}
        }
    }

    /// The description's text, once it is there; the dial then counts as sent.
    pub(super) fn send(&mut self, now: Millis) -> Option<String> {
        let sdp = self.local.take()?.into_sdp();
        match self.side {
            Side::Offerer => {
                self.stage = Stage::Offered;
                self.deadline = now.after(match self.directed {
                    0 => ANSWER_MS,
                    times => ANSWER_AGAIN_MS << times.min(8) >> 1,
                });
            }
            Side::Answerer => self.connect(now),
        }
        Some(sdp)
    }

    /// Both descriptions are known.
    pub(super) fn connect(&mut self, now: Millis) {
        self.stage = Stage::Connecting;
        self.deadline = now.after(CONNECT_MS);
    }

    /// Candidates to be sent now.
    pub(super) fn flush(&mut self) -> Vec<String> {
        self.flush = None;
        std::mem::take(&mut self.outgoing)
    }

    /// Counts a candidate of the other end; false when it had its share.
    pub(super) fn hear_candidate(&mut self) -> bool {
        self.candidates_in += 1;
        self.candidates_in <= CANDIDATES_MAX
    }

    /// When something waits to be sent.
    pub(super) fn send_at(&self) -> Option<Millis> {
        match self.stage {
            Stage::Ready(at) => Some(at),
            _ => self.flush,
        }
    }

    /// Whether the description is there.
    pub(super) fn is_ready(&self) -> bool {
        matches!(self.stage, Stage::Ready(_))
    }

    /// Whether all is said that the description must say: it waits only for company.
    pub(super) fn is_complete(&self) -> bool {
        self.ended || self.trickle
    }
}
