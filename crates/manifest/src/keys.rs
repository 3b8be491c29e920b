//! The keys object: which keys may sign heads. Signed by the site's root keys.
//!
//! Format: the two bytes `0x4B 0x01` ("K", specification 1), then postcard of
//! `(payload: bytes, signatures: [(key id: 8 bytes, signature: bytes)])`. The signatures cover
//! `"swarmfetch keys 1\n"` followed by the payload's raw bytes. The payload is postcard of [`Keys`].
//!
//! The worker script pins one root key. In a small site one key serves as root and for publishing.
//! A publishing key cannot replace itself: only roots sign this object.

use core::fmt;

use ed25519_dalek::Signer;
use serde::{Deserialize, Serialize};
use swarmfetch_content::codec::Reader;
use swarmfetch_content::text::hex_into;
use swarmfetch_content::{Hash, decode_fields};

use crate::ids::write_hex;
use crate::signature::{Dalek, Signatures};
use crate::{Error, ObjectRef, SiteId, WallSecs};

/// The most a keys object may take, in bytes: 32 keys and as many signatures fit.
pub const KEYS_BYTES_MAX: usize = 8 * 1024;

/// The most keys of one kind, and the most signatures looked at: bounds the work a forger can ask.
pub const KEYS_MAX: usize = 32;

const MAGIC: [u8; 2] = [b'K', 1];
const MALFORMED: Error = Error::Malformed { what: "keys" };
const CONTEXT: &[u8] = b"swarmfetch keys 1\n";

/// An Ed25519 public key (RFC 8032).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PublicKey(pub [u8; 32]);

decode_fields!(PublicKey { 0 });

impl PublicKey {
    /// Reads 64 lower-case hex digits.
    ///
    /// # Errors
    /// [`Error::Malformed`] for anything else.
    pub fn from_hex(text: &str) -> Result<Self, Error> {
        let mut key = [0; 32];
        hex_into(text, &mut key).ok_or(Error::Malformed { what: "public key" })?;
        Ok(Self(key))
    }

    /// The short name signatures carry.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let mut id = [0; 8];
        id.copy_from_slice(&Hash::of(&self.0).as_bytes()[..8]);
        KeyId(id)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

/// The first eight bytes of BLAKE3 of a public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyId(pub [u8; 8]);

decode_fields!(KeyId { 0 });

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

/// An Ed25519 private key, held by the owner's machine only.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// From the 32 secret bytes of RFC 8032.
    #[must_use]
    pub fn from_bytes(secret: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(secret))
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs these raw bytes (Ed25519, deterministic).
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {})", self.public())
    }
}

/// What the worker script pins: the anchor of everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedRoot {
    /// The site.
    pub site: SiteId,
    /// Its root key.
    pub key: PublicKey,
}

/// Which keys may sign heads, and how many of them must.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// The site they belong to.
    pub site: SiteId,
    /// Counts rotations; only grows.
    pub number: u64,
    /// Root keys.
    pub roots: Vec<PublicKey>,
    /// How many distinct roots sign a keys object.
    pub root_threshold: u8,
    /// Publishing keys.
    pub publishers: Vec<PublicKey>,
    /// How many distinct publishers sign a head.
    pub threshold: u8,
    /// When this object runs out.
    pub expires: WallSecs,
    /// The keys object that this one replaces.
    pub previous: Option<ObjectRef>,
}

decode_fields!(Keys {
    site,
    number,
    roots,
    root_threshold,
    publishers,
    threshold,
    expires,
    previous
});

/// The payload and its signatures, not verified.
type Signed<'a> = (&'a [u8], Vec<(KeyId, &'a [u8])>);

impl Keys {
    /// One key for both roles, as a small site has it.
    #[must_use]
    pub fn single(site: SiteId, key: PublicKey, expires: WallSecs) -> Self {
        Self {
            site,
            number: 1,
            roots: vec![key],
            root_threshold: 1,
            publishers: vec![key],
            threshold: 1,
            expires,
            previous: None,
        }
    }

    /// The signed object's bytes.
    ///
    /// # Errors
    /// [`Error::TooLong`] with more keys than fit.
    pub fn sign(&self, roots: &[SigningKey]) -> Result<Vec<u8>, Error> {
        let encode = |_| Error::Unencodable { what: "keys" };
        let payload = postcard::to_allocvec(self).map_err(encode)?;
        let message = [CONTEXT, &payload].concat();
        let signatures: Vec<(KeyId, Vec<u8>)> = roots
            .iter()
            .map(|root| (root.public().id(), root.sign(&message).to_vec()))
            .collect();
        let bytes = postcard::to_extend(&(payload, signatures), MAGIC.to_vec()).map_err(encode)?;
        Self::limit(&bytes)?;
        Ok(bytes)
    }

    /// Verifies the roots' signatures, then reads.
    ///
    /// # Errors
    /// [`Error::Unsigned`], [`Error::OtherSite`], [`Error::Expired`], or a defect of the format.
    pub fn verify(bytes: &[u8], root: &TrustedRoot, now: WallSecs) -> Result<Self, Error> {
        Self::verify_with(&mut Dalek, bytes, root, now)
    }

    /// As [`verify`](Self::verify), with signatures checked by another.
    ///
    /// # Errors
    /// Those, and [`Error::Unchecked`].
    pub fn verify_with(
        signatures: &mut impl Signatures,
        bytes: &[u8],
        root: &TrustedRoot,
        now: WallSecs,
    ) -> Result<Self, Error> {
        let by = signatures;
        Self::limit(bytes)?;
        let body = crate::record::body(bytes, MAGIC, KEYS_BYTES_MAX, "keys")?;
        let signed: Option<Signed<'_>> = Reader::new(body).read();
        let (payload, signatures) = signed.ok_or(MALFORMED)?;
        let message = [CONTEXT, payload].concat();
        require(by, &message, &signatures, &[root.key], 1)?;
        // Signed by the pinned root: from here on the payload is the owner's word.
        let keys: Option<Self> = Reader::new(payload).read();
        let keys = keys.ok_or(MALFORMED)?;
        if keys.roots.len() > KEYS_MAX || keys.publishers.len() > KEYS_MAX {
            return Err(Error::Malformed {
                what: "keys: more than 32",
            });
        }
        if keys.root_threshold == 0 || keys.threshold == 0 || !keys.roots.contains(&root.key) {
            return Err(Error::Malformed {
                what: "keys: threshold or root",
            });
        }
        require(by, &message, &signatures, &keys.roots, keys.root_threshold)?;
        if keys.site != root.site {
            return Err(Error::OtherSite);
        }
        if keys.expires < now {
            return Err(Error::Expired {
                expired: keys.expires.0,
                now: now.0,
            });
        }
        Ok(keys)
    }

    fn limit(bytes: &[u8]) -> Result<(), Error> {
        if bytes.len() > KEYS_BYTES_MAX {
            return Err(Error::TooLong {
                what: "keys",
                len: bytes.len() as u64,
                limit: KEYS_BYTES_MAX as u64,
            });
        }
        Ok(())
    }
}

/// At least `threshold` distinct `keys` signed `message` (TUF 5.3.4: the same key counts once).
pub(crate) fn require(
    by: &mut impl Signatures,
    message: &[u8],
    signatures: &[(KeyId, &[u8])],
    keys: &[PublicKey],
    threshold: u8,
) -> Result<(), Error> {
    let mut signers: Vec<PublicKey> = Vec::new();
    let mut unchecked = false;
    for (id, signature) in signatures.iter().take(KEYS_MAX) {
        let signer = keys
            .iter()
            .find(|key| key.id() == *id && !signers.contains(key));
        let Some(key) = signer else {
            continue;
        };
        match by.verdict(key, message, signature) {
            Some(true) => signers.push(*key),
            Some(false) => {}
            None => unchecked = true,
        }
    }
    if signers.len() >= usize::from(threshold) {
        return Ok(());
    }
    if unchecked {
        return Err(Error::Unchecked);
    }
    Err(Error::Unsigned {
        valid: signers.len(),
        needed: usize::from(threshold),
    })
}
