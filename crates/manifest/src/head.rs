//! The head: the one small mutable signed file of a site, `/.well-known/swarmfetch/head`.
//!
//! A text file of at most 1 KiB (under 512 bytes with one signature) that a person can read with
//! `curl` and `base64 -d`:
//!
//! ```text
//! swarmfetch head 1
//! payload <base64 of the payload>
//! keys <hash of the keys object> <its length>
//! sig <key id, 16 hex digits> <base64 of an Ed25519 signature over the payload's raw bytes>
//! ```
//! The `keys` line is a hint, unsigned: it says which keys object to check the signatures with;
//! that object proves itself by the root key. There may be several `sig` lines. The payload:
//!
//! ```text
//! swarmfetch head 1
//! site <32 hex digits>
//! version <decimal>
//! record <64 hex digits> <length>
//! published <seconds since 1970>
//! expires <seconds since 1970>
//! ```
//! Later specifications may append lines to the payload; readers of this one ignore them.

use ::base64::Engine;
use ::base64::engine::general_purpose::STANDARD;
use swarmfetch_content::text::{Lines, cut, decimal, hex_into, lines};
use swarmfetch_content::{Hash, ObjectId};

use crate::base64;
use crate::keys::{KEYS_MAX, require};
use crate::signature::{Dalek, Signatures};
use crate::{Error, KeyId, Keys, ObjectRef, SigningKey, SiteId, Version, WallSecs};

/// The most a head file may take, in bytes: five signatures fit.
pub const HEAD_BYTES_MAX: usize = 1024;

const FIRST_LINE: &str = "swarmfetch head 1";

const MALFORMED: Error = Error::Malformed { what: "head" };

/// What a verified head says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The site.
    pub site: SiteId,
    /// The version it announces; only grows.
    pub version: Version,
    /// The record of that version.
    pub record: ObjectRef,
    /// When it was signed.
    pub published: WallSecs,
    /// From then on it is no longer believed.
    pub expires: WallSecs,
}

impl Head {
    /// May this head follow what is already believed? (TUF 5.4.3: no rollback.)
    ///
    /// # Errors
    /// [`Error::Rollback`] when its version is below `floor`.
    pub fn not_below(&self, floor: Version) -> Result<(), Error> {
        if self.version < floor {
            return Err(Error::Rollback {
                offered: self.version.0,
                floor: floor.0,
            });
        }
        Ok(())
    }

    fn payload(&self) -> String {
        format!(
            "{FIRST_LINE}\nsite {}\nversion {}\nrecord {} {}\npublished {}\nexpires {}\n",
            self.site,
            self.version.0,
            self.record.hash(),
            self.record.len(),
            self.published.0,
            self.expires.0
        )
    }

    fn parse(payload: &[u8]) -> Result<Self, Error> {
        let lines = first_line(payload)?;
        Self::read(lines).ok_or(MALFORMED)
    }

    fn read(mut lines: Lines<'_>) -> Option<Self> {
        let mut field = |name: &str| {
            let (found, value) = cut(lines.next()?, b' ')?;
            (found == name).then_some(value)
        };
        Some(Self {
            site: SiteId::from_hex(field("site")?).ok()?,
            version: Version(number(field("version")?)?),
            record: object_ref(field("record")?)?,
            published: WallSecs(number(field("published")?)?),
            expires: WallSecs(number(field("expires")?)?),
        })
    }
}

/// Writes and signs a head file; `keys` names the keys object its signers stand in.
#[must_use]
pub fn sign_head(head: &Head, keys: &ObjectRef, signers: &[SigningKey]) -> Vec<u8> {
    let payload = head.payload();
    let mut file = format!(
        "{FIRST_LINE}\npayload {}\nkeys {} {}\n",
        STANDARD.encode(&payload),
        keys.hash(),
        keys.len()
    );
    for signer in signers {
        let signature = signer.sign(payload.as_bytes());
        file += &format!(
            "sig {} {}\n",
            signer.public().id(),
            STANDARD.encode(signature)
        );
    }
    file.into_bytes()
}

/// A head file taken apart, nothing in it believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadEnvelope {
    payload: Vec<u8>,
    keys: ObjectRef,
    signatures: Vec<(KeyId, Vec<u8>)>,
}

impl HeadEnvelope {
    /// Takes a head file apart.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::UnknownSpec`], [`Error::Malformed`].
    pub fn parse(file: &[u8]) -> Result<Self, Error> {
        if file.len() > HEAD_BYTES_MAX {
            return Err(Error::TooLong {
                what: "head",
                len: file.len() as u64,
                limit: HEAD_BYTES_MAX as u64,
            });
        }
        let lines = first_line(file)?;
        Self::read(lines).ok_or(MALFORMED)
    }

    fn read(lines: Lines<'_>) -> Option<Self> {
        let (mut payload, mut keys, mut signatures) = (None, None, Vec::new());
        for line in lines {
            let (name, value) = cut(line, b' ')?;
            match name {
                "payload" if payload.is_none() => payload = Some(base64::decode(value)?),
                "keys" if keys.is_none() => keys = Some(object_ref(value)?),
                "sig" if signatures.len() < KEYS_MAX => {
                    let (id, signature) = cut(value, b' ')?;
                    let mut key = KeyId([0; 8]);
                    hex_into(id, &mut key.0)?;
                    signatures.push((key, base64::decode(signature)?));
                }
                _ => return None,
            }
        }
        Some(Self {
            payload: payload?,
            keys: keys?,
            signatures,
        })
    }

    /// Which keys object the signatures are to be checked with: a hint that proves itself.
    #[must_use]
    pub fn keys_hint(&self) -> ObjectRef {
        self.keys
    }

    /// Verifies the signatures over the raw payload, then reads it.
    ///
    /// # Errors
    /// [`Error::Unsigned`], [`Error::OtherSite`], [`Error::Expired`], or a defect of the payload.
    pub fn verify(&self, keys: &Keys, now: WallSecs) -> Result<Head, Error> {
        self.verify_with(&mut Dalek, keys, now)
    }

    /// As [`verify`](Self::verify), with signatures checked by another.
    ///
    /// # Errors
    /// Those, and [`Error::Unchecked`].
    pub fn verify_with(
        &self,
        by: &mut impl Signatures,
        keys: &Keys,
        now: WallSecs,
    ) -> Result<Head, Error> {
        let signatures: Vec<(KeyId, &[u8])> = self
            .signatures
            .iter()
            .map(|(id, signature)| (*id, signature.as_slice()))
            .collect();
        require(
            by,
            &self.payload,
            &signatures,
            &keys.publishers,
            keys.threshold,
        )?;
        let head = Head::parse(&self.payload)?;
        if head.site != keys.site {
            return Err(Error::OtherSite);
        }
        if head.expires < now {
            return Err(Error::Expired {
                expired: head.expires.0,
                now: now.0,
            });
        }
        Ok(head)
    }
}

/// The lines behind the first, which says what this is.
fn first_line(file: &[u8]) -> Result<Lines<'_>, Error> {
    let text = core::str::from_utf8(file).map_err(|_| MALFORMED)?;
    let mut lines = lines(text);
    match lines.next() {
        Some(FIRST_LINE) => Ok(lines),
        Some(line) if line.starts_with("swarmfetch head ") => {
            Err(Error::UnknownSpec { what: "head" })
        }
        _ => Err(MALFORMED),
    }
}

/// Canonical decimal: no sign, no leading zero.
fn number(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    decimal(text).filter(|_| canonical)
}

fn object_ref(text: &str) -> Option<ObjectRef> {
    let (hash, len) = cut(text, b' ')?;
    Some(ObjectRef::from(ObjectId {
        hash: Hash::from_hex(hash).ok()?,
        len: number(len)?,
    }))
}
