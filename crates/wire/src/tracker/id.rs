//! The 20-byte ids of the protocol, which travel as strings of 20 characters below U+0100.

use super::MessageError;
use super::json::{Reader, Writer};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 20]);

        impl $name {
            pub(super) fn read(reader: &mut Reader<'_>, key: &'static str) -> Result<Self, MessageError> {
                read_binary(reader, key).map(Self)
            }

            pub(super) fn write(self, writer: &mut Writer, key: &str) {
                writer.text(key, &self.to_binary_string());
            }

            /// The 20 characters that stand for the bytes in JSON.
            #[must_use]
            pub fn to_binary_string(self) -> String {
                self.0.iter().copied().map(char::from).collect()
            }
        }
    };
}

id! {
    /// Names a swarm.
    InfoHash
}
id! {
    /// Names a peer within its session.
    PeerId
}
id! {
    /// Names an offer among those of its maker.
    OfferId
}

/// Reads the string of 20 characters below U+0100; what else stands there is skipped and refused under `key`.
fn read_binary(reader: &mut Reader<'_>, key: &'static str) -> Result<[u8; 20], MessageError> {
    let invalid = MessageError::Invalid { key };
    if reader.peek() != Some(b'"') {
        reader.skip()?;
        return Err(invalid);
    }
    let text = reader.string()?;
    let mut bytes = [0; 20];
    let mut chars = text.chars();
    for byte in &mut bytes {
        *byte = chars
            .next()
            .and_then(|char| u8::try_from(char).ok())
            .ok_or(invalid)?;
    }
    if chars.next().is_some() {
        Err(invalid)
    } else {
        Ok(bytes)
    }
}
