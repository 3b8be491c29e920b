//! The `swarmfetch` key: everything that ours add to the protocol, in one object that others ignore.

use super::json::{Reader, Writer};
use super::{CANDIDATES_MAX, PROTOCOL};

/// Longest candidate line in a signal, in bytes.
const CANDIDATE_BYTES_MAX: usize = 512;

/// What a [`super::Signal`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignalKind {
    /// Candidate lines, `""` for "no more".
    Candidates(Vec<String>),
    /// The offer will not be answered: the receiver has links enough, or one to this peer.
    Refused,
}

/// What a `swarmfetch` key says; absent or of another form, nothing.
#[derive(Default)]
pub(super) struct Marker {
    /// There is one, of a protocol that we know.
    pub(super) ours: bool,
    /// The offer it stands with was made for its receiver alone.
    pub(super) directed: bool,
    /// It has something to say about an offer.
    pub(super) kind: Option<SignalKind>,
    /// The newest version of the site that its sender knows of.
    pub(super) version: Option<u64>,
}

impl Marker {
    /// One that says nothing but that it is there, or none.
    pub(super) fn here(ours: bool) -> Self {
        Self {
            ours,
            ..Self::default()
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let mut marker = Self::default();
        if reader.peek() != Some(b'{') {
            reader.skip();
            return marker;
        }
        reader.object(&mut |key, reader| match (key, reader.peek()) {
            ("protocol", _) => marker.ours = reader.whole() == Some(PROTOCOL),
            ("version", _) => marker.version = reader.whole(),
            ("directed", _) => marker.directed = reader.is_true(),
            ("candidates", Some(b'[')) => {
                marker.kind = Some(SignalKind::Candidates(read_candidates(reader)));
            }
            ("refused", Some(b't')) => {
                reader.skip();
                marker.kind = Some(SignalKind::Refused);
            }
            _ => reader.skip(),
        });
        // Whatever else a protocol that we do not know says, it may mean something else.
        if marker.ours { marker } else { Self::default() }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        if !self.ours {
            return;
        }
        writer.key("swarmfetch");
        writer.open('{');
        writer.count("protocol", PROTOCOL);
        if let Some(version) = self.version {
            writer.count("version", version);
        }
        if self.directed {
            writer.key("directed");
            writer.raw("true");
        }
        match &self.kind {
            Some(SignalKind::Candidates(lines)) => {
                writer.key("candidates");
                writer.open('[');
                for line in lines {
                    writer.string(line);
                }
                writer.close(']');
            }
            Some(SignalKind::Refused) => {
                writer.key("refused");
                writer.raw("true");
            }
            None => {}
        }
        writer.close('}');
    }
}

fn read_candidates(reader: &mut Reader<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    reader.array(&mut |reader| {
        let line = reader.string();
        // One more than candidates may be given, for the "no more" at their end.
        if lines.len() <= CANDIDATES_MAX && line.len() <= CANDIDATE_BYTES_MAX {
            lines.push(line);
        }
    });
    lines
}
