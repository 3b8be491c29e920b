//! Who checks signatures: a library at once, or a platform that takes its time.

use crate::PublicKey;

/// Checks Ed25519 signatures (RFC 8032); malleable ones are false. [`Dalek`] refuses keys of small order as well, which
/// Chromium's Web Cryptography does not. Keys come from the owner's root: whoever got one of small order signed could as well
/// have told its private half.
pub trait Signatures {
    /// Whether `key` signed `message` so. Nothing: that is being found out, and the question is to be asked again.
    fn verdict(&mut self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Option<bool>;
}

/// `ed25519-dalek`, which answers at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct Dalek;

impl Signatures for Dalek {
    fn verdict(&mut self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Option<bool> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&key.0);
        let signature = ed25519_dalek::Signature::from_slice(signature);
        Some(match (key, signature) {
            (Ok(key), Ok(signature)) => key.verify_strict(message, &signature).is_ok(),
            _ => false,
        })
    }
}
