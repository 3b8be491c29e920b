//! A WebRTC session description as it travels: the JSON object `{"type": "offer", "sdp": "…"}`.
//!
//! The tracker relays the object as it came, extra members included (simple-peer adds some), and never looks inside.
//! A client takes out the `sdp` and parses it ([`super::Description`]) before anyone else sees it.

use super::json::{Reader, Writer};
use super::{MessageError, SESSION_BYTES_MAX};

/// Which half of an exchange a description is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// Of who speaks first.
    Offer,
    /// Of who was asked.
    Answer,
}

/// A description's JSON object: checked to be JSON and bounded, but not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session(String);

impl Session {
    /// Wraps a description's text.
    #[must_use]
    pub fn new(kind: SessionKind, sdp: &str) -> Self {
        let mut writer = Writer::default();
        writer.open('{');
        writer.text(
            "type",
            if kind == SessionKind::Offer {
                "offer"
            } else {
                "answer"
            },
        );
        writer.text("sdp", sdp);
        writer.close('}');
        Self(writer.finish())
    }

    /// The description's text.
    ///
    /// # Errors
    /// When the object has no string `sdp`.
    pub fn sdp(&self) -> Result<String, MessageError> {
        let mut sdp = None;
        let mut reader = Reader::new(&self.0);
        reader.object(&mut |key, reader| {
            if key == "sdp" && reader.peek() == Some(b'"') {
                sdp = Some(reader.string());
            } else {
                reader.skip();
            }
        });
        reader.so_far()?;
        sdp.ok_or(MessageError::Missing { key: "sdp" })
    }

    pub(super) fn read(reader: &mut Reader<'_>, key: &'static str) -> Self {
        let object = reader.peek() == Some(b'{');
        let text = reader.raw();
        if !object {
            reader.fail(MessageError::Invalid { key });
        }
        if text.len() > SESSION_BYTES_MAX {
            reader.fail(MessageError::TooLong { bytes: text.len() });
        }
        Self(text.to_owned())
    }

    pub(super) fn write(&self, writer: &mut Writer, key: &str) {
        writer.key(key);
        writer.raw(&self.0);
    }
}
