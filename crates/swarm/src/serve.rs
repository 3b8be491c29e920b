//! A serve: one request of a peer, from its arrival to the last data frame.

use std::sync::Arc;

use swarmfetch_content::{GroupRange, ObjectId, Proof, VerifiedBytes};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{ClaimedGroups, Data, Encoding, RequestId, Slice};
use swarmfetch_wire::limits::FRAME_BYTES_MAX;

/// Shortest answer that is worth compressing, in bytes.
const COMPRESS_BYTES_MIN: usize = 256;

/// Bytes of a data frame besides its body, at most: kind, number, length.
const DATA_OVERHEAD_BYTES: usize = 9;

/// One request of a peer.
#[derive(Debug)]
pub(crate) struct Serve {
    pub(crate) object: ObjectId,
    pub(crate) groups: GroupRange,
    /// Whether the asker takes the answer compressed.
    pub(crate) deflate: bool,
    /// What the request cost the peer's control allowance, given back when it is answered.
    pub(crate) cost_bytes: u64,
    pub(crate) stage: ServeStage,
}

impl Serve {
    /// What is still to be sent, in bytes, once that is known.
    pub(crate) fn bytes_left(&self) -> Option<usize> {
        match &self.stage {
            ServeStage::Sending(answer) => Some(answer.body().len() - answer.sent),
            _ => None,
        }
    }
}

/// How far a serve is.
#[derive(Debug)]
pub(crate) enum ServeStage {
    /// It waits for its turn.
    Queued,
    /// The shell reads.
    Reading,
    /// The shell compresses.
    Compressing(Answer),
    /// Frames go out.
    Sending(Answer),
}

/// An answer, ready to be sent frame by frame. Made of nothing but verified bytes.
#[derive(Debug)]
pub(crate) struct Answer {
    groups: GroupRange,
    proof: Vec<u8>,
    plain: Arc<VerifiedBytes>,
    deflated: Option<Vec<u8>>,
    begun: bool,
    sent: usize,
}

impl Answer {
    /// Cuts the groups out of what was read; `None` if they are not in it.
    pub(crate) fn of(
        object: ObjectId,
        groups: GroupRange,
        bytes: VerifiedBytes,
        proof: Proof,
    ) -> Option<Self> {
        if bytes.object() != object {
            return None;
        }
        let place = object.bytes_of(groups);
        let (plain, proof) = if bytes.offset() == place.start && bytes.end() == place.end {
            (bytes, proof)
        } else {
            let read = object.covering(bytes.offset()..bytes.end()).ok()?;
            (
                bytes.slice(place).ok()?,
                proof.narrow(object, read, groups).ok()?,
            )
        };
        Some(Answer {
            groups,
            proof: proof.into_bytes(),
            plain: Arc::new(plain),
            deflated: None,
            begun: false,
            sent: 0,
        })
    }

    /// Whether compressing might pay.
    pub(crate) fn is_worth_compressing(&self) -> bool {
        self.plain.len() >= COMPRESS_BYTES_MIN
    }

    /// The bytes, decoded.
    pub(crate) fn plain(&self) -> Arc<VerifiedBytes> {
        Arc::clone(&self.plain)
    }

    /// Takes the compressed form if it is shorter.
    pub(crate) fn compressed(&mut self, deflated: Option<Vec<u8>>) {
        self.deflated =
            deflated.filter(|stream| !stream.is_empty() && stream.len() < self.plain.len());
    }

    fn body(&self) -> &[u8] {
        self.deflated.as_deref().unwrap_or(self.plain.as_slice())
    }

    /// Whether the last frame was taken.
    pub(crate) fn is_done(&self) -> bool {
        self.begun && self.sent == self.body().len()
    }

    /// The next frame, not longer than the link takes, with at most so many bytes of the body.
    pub(crate) fn next_frame(
        &mut self,
        id: RequestId,
        frame_bytes_max: usize,
        data_bytes_max: usize,
    ) -> Vec<u8> {
        if !self.begun {
            self.begun = true;
            return Frame::Slice(Slice {
                id,
                groups: ClaimedGroups::from(self.groups),
                encoding: if self.deflated.is_some() {
                    Encoding::Deflate
                } else {
                    Encoding::Identity
                },
                encoded_bytes: self.body().len() as u64,
                proof: &self.proof,
            })
            .encode();
        }
        let room = frame_bytes_max.min(FRAME_BYTES_MAX) - DATA_OVERHEAD_BYTES;
        let end = self.body().len().min(self.sent + room.min(data_bytes_max));
        let frame = Frame::Data(Data {
            id,
            bytes: &self.body()[self.sent..end],
        })
        .encode();
        self.sent = end;
        frame
    }
}
