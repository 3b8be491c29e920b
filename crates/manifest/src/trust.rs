//! What of an origin's promises is to be believed, from one head to the next.
//!
//! The root key signs the keys object, which names the keys that sign heads. A version never falls below the floor that
//! came with the root key, nor below the newest that was accepted; the number of the keys never falls either. Nothing is
//! kept before all checks hold (the order of the TUF specification, 5.3 to 5.6, with our names).
//!
//! Who steals a publishing key can sign a version so high that none of the owner's would ever be newer. So what is remembered as the
//! newest is forgotten when a later keys object names other publishers (TUF 5.3.11, fast-forward recovery): heads of those that it does
//! not name are not believed any more, old or new. The root key is replaced with the script that carries it.

use crate::keys::KEYS_BYTES_MAX;
use crate::policy::POLICY_BYTES_MAX;
use crate::record::RECORD_BYTES_MAX;
use crate::signature::{Dalek, Signatures};
use crate::{
    Error, Head, HeadEnvelope, Keys, ObjectRef, Policy, Record, TrustedRoot, Version, WallSecs,
};

/// What a visitor believes of one site; `S` checks the signatures.
#[derive(Debug)]
pub struct Trust<S = Dalek> {
    /// Who checks them.
    pub signatures: S,
    root: TrustedRoot,
    floor: Version,
    keys: Option<(ObjectRef, Box<Keys>)>,
    newest: Option<Version>,
    /// Of the newest version.
    record: Option<ObjectRef>,
}

/// A file that a head leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The keys that may sign heads.
    Keys,
    /// The version's record.
    Record,
    /// The owner's decisions.
    Policy,
}

/// What came of a head that is not to be refused.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one is made for each head, and taken apart at once"
)]
pub enum Step {
    /// Signatures are being checked: to be handed in again when that is done.
    Unchecked,
    /// This is needed next, and not longer than such a file may be.
    Missing(Part, ObjectRef),
    /// All is there and holds: the version is accepted.
    Accepted(Head, Record, Policy),
}

/// What is to be thought of a head that a stranger told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It is certainly forged.
    Forged,
    /// It is signed and newer: this version.
    Newer(Version),
    /// That cannot be said here, or it is no news.
    Unsaid,
    /// Signatures are being checked: to be asked again when that is done.
    Unchecked,
}

impl Trust {
    /// Believes nothing yet but the root key, and no version below the floor.
    #[must_use]
    pub const fn new(root: TrustedRoot, floor: Version) -> Self {
        Self::with(Dalek, root, floor)
    }
}

impl<S> Trust<S> {
    /// As [`Trust::new`], with signatures checked by another.
    #[must_use]
    pub const fn with(signatures: S, root: TrustedRoot, floor: Version) -> Self {
        Self {
            signatures,
            root,
            floor,
            keys: None,
            newest: None,
            record: None,
        }
    }

    /// The newest version that was accepted.
    #[must_use]
    pub const fn newest(&self) -> Option<Version> {
        self.newest
    }
}

impl<S: Signatures> Trust<S> {
    /// Takes a head with the keys, record and policy that it leads to, as far as they are at hand: bytes that are not
    /// what is wanted count as missing. Nothing when the head is not to be believed.
    pub fn adopt(
        &mut self,
        head: &[u8],
        keys: &[u8],
        record: &[u8],
        policy: &[u8],
        now: WallSecs,
    ) -> Option<Step> {
        let envelope = HeadEnvelope::parse(head).ok()?;
        let hint = envelope.keys_hint();
        let held = self
            .keys
            .take_if(|(name, keys)| *name == hint && keys.expires >= now);
        let keys = match held {
            Some((_, keys)) => keys,
            None if hint != ObjectRef::of(keys) => {
                return missing(Part::Keys, hint, KEYS_BYTES_MAX);
            }
            None => match Keys::verify_with(&mut self.signatures, keys, &self.root, now) {
                Err(Error::Unchecked) => return Some(Step::Unchecked),
                verified => Box::new(verified.ok()?),
            },
        };
        // Rotations only go forward.
        let number = self.keys.as_ref().map_or(0, |(_, held)| held.number);
        if keys.number < number {
            return None;
        }
        let verified = envelope.verify_with(&mut self.signatures, &keys, now);
        let head = match verified {
            Ok(head) => head,
            Err(error) => {
                // As keys they hold; only this head does not, or not yet.
                self.keys.get_or_insert((hint, keys));
                return matches!(error, Error::Unchecked).then_some(Step::Unchecked);
            }
        };
        let before = self.keys.replace((hint, keys));
        if before.is_some_and(|(_, before)| self.names_others(&before)) {
            self.newest = None;
        }
        let floor = self.newest.map_or(self.floor, |it| it.max(self.floor));
        head.not_below(floor).ok()?;
        // A version is one thing only: pages that have begun with it go on with it.
        if self.newest == Some(head.version) && self.record != Some(head.record) {
            return None;
        }
        if head.record != ObjectRef::of(record) {
            return missing(Part::Record, head.record, RECORD_BYTES_MAX);
        }
        let record = Record::parse(record).ok()?;
        if record.version != head.version {
            return None;
        }
        if record.policy != ObjectRef::of(policy) {
            return missing(Part::Policy, record.policy, POLICY_BYTES_MAX);
        }
        let policy = Policy::parse(policy).ok()?;
        self.newest = Some(head.version);
        self.record = Some(head.record);
        Some(Step::Accepted(head, record, policy))
    }

    /// Whether the keys name other publishers than these did.
    fn names_others(&self, before: &Keys) -> bool {
        let now = self.keys.as_ref();
        now.is_none_or(|(_, now)| now.publishers != before.publishers)
    }

    /// What is to be thought of a head that a stranger told, with its record.
    pub fn news(&mut self, head: &[u8], record: &[u8], now: WallSecs) -> News {
        let Ok(envelope) = HeadEnvelope::parse(head) else {
            return News::Forged;
        };
        let Some((name, keys)) = self.keys.as_ref() else {
            return News::Unsaid;
        };
        if envelope.keys_hint() != *name {
            return News::Unsaid;
        }
        match envelope.verify_with(&mut self.signatures, keys, now) {
            Ok(head) if head.record == ObjectRef::of(record) => {
                if Some(head.version) > self.newest {
                    News::Newer(head.version)
                } else {
                    News::Unsaid
                }
            }
            // An old head that ran out was true once.
            Err(Error::Expired { .. }) => News::Unsaid,
            Err(Error::Unchecked) => News::Unchecked,
            _ => News::Forged,
        }
    }
}

/// Says that a file is needed; nothing when it is longer than such a file may be.
fn missing(part: Part, file: ObjectRef, max: usize) -> Option<Step> {
    (file.len() <= max as u64).then_some(Step::Missing(part, file))
}

#[cfg(test)]
mod tests;
