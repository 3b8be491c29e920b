//! The 20-byte ids of the protocol, which travel as strings of 20 characters below U+0100.

use swarmfetch_content::Hash;

use super::MessageError;
use super::json::{Reader, Writer};
use crate::frame::PeerId;

/// Names a swarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InfoHash(pub [u8; 20]);

impl InfoHash {
    /// The swarm of all visitors of a site: the first 20 bytes of BLAKE3(site id, "all").
    #[must_use]
    pub fn of_site(site: &[u8; 16]) -> Self {
        let hash = Hash::of(&[&site[..], b"all"].concat());
        let mut name = [0; 20];
        name.copy_from_slice(&hash.as_bytes()[..20]);
        Self(name)
    }
}

/// Names an offer among those of its maker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfferId(pub [u8; 20]);

/// What all three ids have in common.
pub(super) trait Id: Sized {
    fn from_bytes(bytes: [u8; 20]) -> Self;
    fn bytes(&self) -> &[u8; 20];

    fn read(reader: &mut Reader<'_>, key: &'static str) -> Self {
        Self::from_bytes(read_binary(reader, key))
    }

    fn write(&self, writer: &mut Writer, key: &str) {
        writer.text(key, &self.to_binary_string());
    }

    /// The 20 characters that stand for the bytes in JSON.
    fn to_binary_string(&self) -> String {
        self.bytes().iter().copied().map(char::from).collect()
    }
}

impl Id for InfoHash {
    fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    fn bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl Id for OfferId {
    fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    fn bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl Id for PeerId {
    fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    fn bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

/// Reads the string of 20 characters below U+0100; what else stands there is skipped and refused under `key`.
#[inline(never)]
fn read_binary(reader: &mut Reader<'_>, key: &'static str) -> [u8; 20] {
    let mut bytes = [0; 20];
    if !fill(&mut bytes, reader) {
        reader.fail(MessageError::Invalid { key });
    }
    bytes
}

fn fill(bytes: &mut [u8; 20], reader: &mut Reader<'_>) -> bool {
    if reader.peek() != Some(b'"') {
        reader.skip();
        return false;
    }
    let text = reader.string();
    let mut chars = text.chars();
    for byte in bytes {
        match chars.next().map(u8::try_from) {
            Some(Ok(char)) => *byte = char,
            _ => return false,
        }
    }
    chars.next().is_none()
}
