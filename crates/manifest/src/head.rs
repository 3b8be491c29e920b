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
use swarmfetch_content::text::{cut, decimal, hex_into, lines};
use swarmfetch_content::{Hash, ObjectId};

use crate::base64;
use crate::keys::{KEYS_MAX, require};
use crate::{Error, KeyId, Keys, ObjectRef, SigningKey, SiteId, Version, WallSecs};

/// The most a head file may take, in bytes: five signatures fit.
pub const HEAD_BYTES_MAX: usize = 1024;

const FIRST_LINE: &str = "swarmfetch head 1";

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
        let malformed = Error::Malformed {
            what: "head payload",
        };
        let text = core::str::from_utf8(payload).map_err(|_| malformed.clone())?;
        let mut lines = lines(text);
        first_line(lines.next())?;
        let mut field = |name: &str| -> Result<&str, Error> {
            lines
                .next()
                .and_then(|line| line.strip_prefix(name))
                .and_then(|rest| rest.strip_prefix(' '))
                .ok_or(malformed.clone())
        };
        Ok(Self {
            site: SiteId::from_hex(field("site")?)?,
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
        let malformed = Error::Malformed { what: "head" };
        if file.len() > HEAD_BYTES_MAX {
            return Err(Error::TooLong {
                what: "head",
                len: file.len() as u64,
                limit: HEAD_BYTES_MAX as u64,
            });
        }
        let text = core::str::from_utf8(file).map_err(|_| malformed.clone())?;
        let mut lines = lines(text);
        first_line(lines.next())?;
        let (mut payload, mut keys, mut signatures) = (None, None, Vec::new());
        for line in lines {
            let (name, value) = cut(line, b' ').ok_or(malformed.clone())?;
            match name {
                "payload" if payload.is_none() => payload = Some(decode(value)?),
                "keys" if keys.is_none() => keys = Some(object_ref(value)?),
                "sig" if signatures.len() < KEYS_MAX => {
                    let (id, signature) = cut(value, b' ').ok_or(malformed.clone())?;
                    let mut key = [0; 8];
                    hex_into(id, &mut key).ok_or(malformed.clone())?;
                    signatures.push((KeyId(key), decode(signature)?));
                }
                _ => return Err(malformed),
            }
        }
        Ok(Self {
            payload: payload.ok_or(malformed.clone())?,
            keys: keys.ok_or(malformed)?,
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
        let signatures: Vec<(KeyId, &[u8])> = self
            .signatures
            .iter()
            .map(|(id, signature)| (*id, signature.as_slice()))
            .collect();
        require(&self.payload, &signatures, &keys.publishers, keys.threshold)?;
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

fn first_line(line: Option<&str>) -> Result<(), Error> {
    match line {
        Some(FIRST_LINE) => Ok(()),
        Some(line) if line.starts_with("swarmfetch head ") => {
            Err(Error::UnknownSpec { what: "head" })
        }
        _ => Err(Error::Malformed { what: "head" }),
    }
}

fn decode(text: &str) -> Result<Vec<u8>, Error> {
    base64::decode(text).ok_or(Error::Malformed {
        what: "head: base64",
    })
}

/// Canonical decimal: no sign, no leading zero.
fn number(text: &str) -> Result<u64, Error> {
    let canonical = text == "0" || !text.starts_with('0');
    decimal(text).filter(|_| canonical).ok_or(Error::Malformed {
        what: "head: number",
    })
}

fn object_ref(text: &str) -> Result<ObjectRef, Error> {
    let malformed = Error::Malformed {
        what: "head: object",
    };
    let (hash, len) = cut(text, b' ').ok_or(malformed.clone())?;
    let mut bytes = [0; 32];
    hex_into(hash, &mut bytes).ok_or(malformed)?;
    Ok(ObjectRef::from(ObjectId {
        hash: Hash::from_bytes(bytes),
        len: number(len)?,
    }))
}
