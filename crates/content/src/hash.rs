//! The 32-byte name of bytes. Made by hashing, or taken from outside as a mere claim; it proves nothing by itself.

use core::fmt;

use crate::Error;
use crate::text::{hex_into, push_hex};

/// A BLAKE3 hash. Shown, and read, as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of `bytes`. By the hasher, which is there for groups anyway: `blake3::hash` is 1 KB of wasm more.
    #[inline(never)]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(bytes);
        Hash(*hasher.finalize().as_bytes())
    }

    /// A hash from its 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Hash(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A hash from its hexadecimal form, as file names have it.
    ///
    /// # Errors
    /// [`Error::NotAHash`] for anything but 64 lower-case digits: one hash has one name.
    pub fn from_hex(text: &str) -> Result<Self, Error> {
        let mut bytes = [0; 32];
        hex_into(text, &mut bytes).ok_or(Error::NotAHash)?;
        Ok(Hash(bytes))
    }

    /// The hexadecimal form.
    pub fn to_hex(&self) -> String {
        let mut text = String::new();
        push_hex(&mut text, &self.0);
        text
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From BLAKE3's `test_vectors.json`, the inputs of 0 and 1 bytes.
    const EMPTY: &str = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
    const ZERO: &str = "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213";

    #[test]
    fn hashes_are_blake3() {
        assert_eq!(Hash::of(&[]).to_string(), EMPTY);
        assert_eq!(format!("{:?}", Hash::of(&[0])), ZERO);
        assert_eq!(
            Hash::from_hex(ZERO).unwrap().as_bytes()[..4],
            [0x2d, 0x3a, 0xde, 0xdf]
        );
    }

    #[test]
    fn a_hash_has_one_name() {
        let upper = EMPTY.to_uppercase();
        let umlaut = format!("{}ä", &EMPTY[2..]);
        for text in [
            "",
            &EMPTY[1..],
            &format!("{EMPTY}0"),
            &upper,
            &format!(" {}", &EMPTY[1..]),
            &umlaut,
        ] {
            assert_eq!(Hash::from_hex(text), Err(Error::NotAHash), "{text:?}");
        }
    }
}
