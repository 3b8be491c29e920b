//! An ask: one request of ours on a link, from the request frame to its end.

use swarmfetch_content::{Error, GroupRange, ObjectId, Proof, SliceVerifier, VerifiedBytes};
use swarmfetch_wire::frame::{ClaimedGroups, Encoding, Slice};
use swarmfetch_wire::limits::DATA_BYTES_MIN;

use crate::piece::len_of;
use crate::{Millis, Violation};

/// One request of ours.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) object: ObjectId,
    /// Which piece of the object.
    pub(crate) piece: usize,
    pub(crate) groups: GroupRange,
    /// Whether the answer may be compressed.
    pub(crate) deflate: bool,
    pub(crate) sent: Millis,
    /// The link had nothing else to do: how long its first byte takes tells of the link, not of our queue.
    pub(crate) alone: bool,
    /// What was asked of the link then, with this, in bytes.
    pub(crate) queued_bytes: u64,
    /// Useful bytes that the link had brought by then.
    pub(crate) link_bytes_before: u64,
    /// Somebody had lied by then, or never answered: whoever has not proved itself is given less time.
    pub(crate) wary: bool,
    pub(crate) hedge: Hedge,
    /// Nobody knew how long the link would take for so much.
    pub(crate) on_trial: bool,
    /// It let a deadline pass.
    pub(crate) late: bool,
    pub(crate) stage: Stage,
}

/// Whether the origin is asked beside a link that takes longer than is usual for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hedge {
    /// No: it is being asked anyway, there are others to turn to first, or nobody presses.
    Never,
    /// It is to be.
    ToCome,
    /// It was, before the time that is usual for the link.
    Early,
    /// It was.
    Done,
}

/// How far the answer is.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Nothing came.
    Waiting,
    /// Groups come as they are.
    Plain {
        verifier: SliceVerifier,
        /// The beginning of the next group.
        partial: Vec<u8>,
        left: u64,
    },
    /// A compressed stream comes.
    Deflated {
        verifier: SliceVerifier,
        stream: Vec<u8>,
        left: u64,
    },
    /// The stream is complete, the shell inflates it.
    Inflating { verifier: SliceVerifier },
    /// We cancelled it, and what was on its way may still come: so many bytes, if that is known.
    Cancelled { left: Option<u64> },
}

/// What is wrong with an answer.
#[derive(Debug)]
pub(crate) enum AnswerError {
    /// The peer does not keep to the protocol.
    Violation(Violation),
    /// The bytes or their proof are false.
    False,
}

impl From<Error> for AnswerError {
    /// Lengths are checked before bytes are, so whatever is left is the sender's fault.
    fn from(_: Error) -> Self {
        AnswerError::False
    }
}

/// What a data frame brought.
#[derive(Debug)]
pub(crate) enum Progress {
    /// Groups that proved themselves, maybe none yet.
    Groups(Vec<VerifiedBytes>),
    /// The end of a compressed stream, to be inflated.
    Stream(Vec<u8>),
    /// Bytes of a cancelled answer.
    Needless,
}

impl Ask {
    /// Decoded bytes asked for.
    pub(crate) fn bytes(&self) -> u64 {
        len_of(self.object, self.groups)
    }

    /// Whether something is to come from the peer that is still of use.
    pub(crate) fn is_awaited(&self) -> bool {
        matches!(
            self.stage,
            Stage::Waiting | Stage::Plain { .. } | Stage::Deflated { .. }
        )
    }

    /// Whether the peer still owes a word, be the answer of use or not.
    pub(crate) fn is_owed(&self) -> bool {
        self.is_awaited() || matches!(self.stage, Stage::Cancelled { left: None })
    }

    /// How long what is still to come will take at the pace of what came, in milliseconds; `None` while nothing has.
    pub(crate) fn rest_ms(&self, now: Millis) -> Option<u64> {
        let (came, left) = match &self.stage {
            Stage::Plain { left, .. } => (self.bytes().saturating_sub(*left), *left),
            Stage::Deflated { stream, left, .. } => (stream.len() as u64, *left),
            _ => return None,
        };
        (now.since(self.sent) * left).checked_div(came)
    }

    /// Whether not a word of it came.
    pub(crate) fn no_word(&self) -> bool {
        matches!(self.stage, Stage::Waiting | Stage::Cancelled { left: None })
    }

    /// Whether all bytes came, or all that were still to come after it was cancelled.
    pub(crate) fn is_over(&self) -> bool {
        match &self.stage {
            Stage::Plain { verifier, left, .. } => *left == 0 && verifier.next_group().is_none(),
            Stage::Cancelled { left } => *left == Some(0),
            Stage::Waiting | Stage::Deflated { .. } | Stage::Inflating { .. } => false,
        }
    }

    /// Whether every byte came that the answer announced.
    pub(crate) fn is_whole(&self) -> bool {
        match self.stage {
            Stage::Plain { left, .. } | Stage::Deflated { left, .. } => left == 0,
            _ => false,
        }
    }

    /// The answer begins. Gives the groups that are complete already: the one without bytes of the empty object.
    pub(crate) fn begin(&mut self, slice: &Slice<'_>) -> Result<Progress, AnswerError> {
        self.check(slice)?;
        let left = slice.encoded_bytes;
        match self.stage {
            Stage::Waiting => {}
            Stage::Cancelled { left: None } => {
                self.stage = Stage::Cancelled { left: Some(left) };
                return Ok(Progress::Needless);
            }
            _ => return Err(AnswerError::Violation(Violation::AnswerMismatch)),
        }
        let proof = Proof::from_bytes(slice.proof.to_vec());
        let mut verifier = SliceVerifier::new(self.object, self.groups, &proof)?;
        let mut groups = Vec::new();
        if left == 0 {
            groups.push(verifier.verify(Vec::new())?);
        }
        self.stage = match slice.encoding {
            Encoding::Identity => Stage::Plain {
                verifier,
                partial: Vec::new(),
                left,
            },
            Encoding::Deflate => Stage::Deflated {
                verifier,
                stream: Vec::new(),
                left,
            },
        };
        Ok(Progress::Groups(groups))
    }

    /// Whether this can be the answer to the request, by its lengths alone.
    fn check(&self, slice: &Slice<'_>) -> Result<(), AnswerError> {
        let length_fits = match slice.encoding {
            Encoding::Identity => slice.encoded_bytes == self.bytes(),
            Encoding::Deflate => self.deflate && (1..self.bytes()).contains(&slice.encoded_bytes),
        };
        if length_fits && slice.groups == ClaimedGroups::from(self.groups) {
            Ok(())
        } else {
            Err(AnswerError::Violation(Violation::AnswerMismatch))
        }
    }

    /// The answer's next bytes.
    pub(crate) fn data(&mut self, bytes: &[u8]) -> Result<Progress, AnswerError> {
        let left = match &mut self.stage {
            Stage::Plain { left, .. }
            | Stage::Deflated { left, .. }
            | Stage::Cancelled { left: Some(left) } => left,
            Stage::Waiting | Stage::Cancelled { left: None } => {
                return Err(AnswerError::Violation(Violation::AnswerMismatch));
            }
            Stage::Inflating { .. } => {
                return Err(AnswerError::Violation(Violation::OverDataCredit));
            }
        };
        let came = bytes.len() as u64;
        if came > *left {
            return Err(AnswerError::Violation(Violation::OverDataCredit));
        }
        if came == 0 || (came < *left && bytes.len() < DATA_BYTES_MIN) {
            return Err(AnswerError::Violation(Violation::DataTooShort));
        }
        *left -= came;
        let is_last = *left == 0;
        match &mut self.stage {
            Stage::Plain {
                verifier, partial, ..
            } => {
                partial.extend_from_slice(bytes);
                Ok(Progress::Groups(verify_full_groups(verifier, partial)?))
            }
            Stage::Deflated { stream, .. } => {
                stream.extend_from_slice(bytes);
                Ok(if is_last {
                    Progress::Stream(std::mem::take(stream))
                } else {
                    Progress::Groups(Vec::new())
                })
            }
            _ => Ok(Progress::Needless),
        }
    }

    /// The complete stream is being inflated.
    pub(crate) fn inflate(&mut self) {
        let stage = std::mem::replace(&mut self.stage, Stage::Waiting);
        self.stage = match stage {
            Stage::Deflated { verifier, .. } => Stage::Inflating { verifier },
            other => other,
        };
    }

    /// What came out of the stream.
    pub(crate) fn inflated(&mut self, bytes: Vec<u8>) -> Result<VerifiedBytes, AnswerError> {
        match &mut self.stage {
            Stage::Inflating { verifier, .. } => Ok(verifier.verify_rest(bytes)?),
            _ => Err(AnswerError::False),
        }
    }

    /// We need it no longer. `true`: the peer is to be told, and what is on its way still comes; `false`: nothing
    /// more comes, and the stage is as it was.
    pub(crate) fn cancel(&mut self) -> bool {
        let left = match &self.stage {
            Stage::Waiting => None,
            Stage::Plain { left, .. } | Stage::Deflated { left, .. } if *left > 0 => Some(*left),
            _ => return false,
        };
        self.stage = Stage::Cancelled { left };
        true
    }
}

/// Verifies and takes as many groups as `partial` has in full.
fn verify_full_groups(
    verifier: &mut SliceVerifier,
    partial: &mut Vec<u8>,
) -> Result<Vec<VerifiedBytes>, Error> {
    let mut groups = Vec::new();
    while let Some((_, bytes)) = verifier.next_group() {
        if partial.len() < bytes {
            break;
        }
        let rest = partial.split_off(bytes);
        groups.push(verifier.verify(std::mem::replace(partial, rest))?);
    }
    Ok(groups)
}
