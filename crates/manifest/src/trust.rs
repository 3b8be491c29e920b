//! What of an origin's promises is to be believed, from one head to the next.
//!
//! The root key signs the keys object, which names the keys that sign heads. A version never falls below the floor that
//! came with the root key, nor below the newest that was accepted; the number of the keys never falls either. Nothing is
//! kept before all checks hold (the order of the TUF specification, 5.3 to 5.6, with our names).

use crate::keys::KEYS_BYTES_MAX;
use crate::policy::POLICY_BYTES_MAX;
use crate::record::RECORD_BYTES_MAX;
use crate::{
    Error, Head, HeadEnvelope, Keys, ObjectRef, Policy, Record, TrustedRoot, Version, WallSecs,
};

/// What a visitor believes of one site.
#[derive(Debug)]
pub struct Trust {
    root: TrustedRoot,
    floor: Version,
    keys: Option<(ObjectRef, Keys)>,
    newest: Option<Version>,
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
    /// This is needed next, and not longer than such a file may be.
    Missing(Part, ObjectRef),
    /// All is there and holds: the version is accepted.
    Accepted(Head, Record, Policy),
}

impl Trust {
    /// Believes nothing yet but the root key, and no version below the floor.
    #[must_use]
    pub const fn new(root: TrustedRoot, floor: Version) -> Self {
        Self {
            root,
            floor,
            keys: None,
            newest: None,
        }
    }

    /// The newest version that was accepted.
    #[must_use]
    pub const fn newest(&self) -> Option<Version> {
        self.newest
    }

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
            None => Keys::verify(keys, &self.root, now).ok()?,
        };
        // Rotations only go forward.
        let number = self.keys.as_ref().map_or(0, |(_, held)| held.number);
        if keys.number < number {
            return None;
        }
        let verified = envelope.verify(&keys, now);
        let head = match verified {
            Ok(head) => head,
            Err(_) => {
                // As keys they hold; only this head does not.
                self.keys.get_or_insert((hint, keys));
                return None;
            }
        };
        self.keys = Some((hint, keys));
        let floor = self.newest.map_or(self.floor, |it| it.max(self.floor));
        head.not_below(floor).ok()?;
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
        Some(Step::Accepted(head, record, policy))
    }

    /// Of a head that a stranger told: false when it is certainly forged, true when it is signed and newer, nothing
    /// when that cannot be said here.
    #[must_use]
    pub fn is_news(&self, head: &[u8], record: &[u8], now: WallSecs) -> Option<bool> {
        let Ok(envelope) = HeadEnvelope::parse(head) else {
            return Some(false);
        };
        let (name, keys) = self.keys.as_ref()?;
        if envelope.keys_hint() != *name {
            return None;
        }
        match envelope.verify(keys, now) {
            Ok(head) if head.record == ObjectRef::of(record) => {
                (Some(head.version) > self.newest).then_some(true)
            }
            // An old head that ran out was true once.
            Err(Error::Expired { .. }) => None,
            _ => Some(false),
        }
    }
}

/// Says that a file is needed; nothing when it is longer than such a file may be.
fn missing(part: Part, file: ObjectRef, max: usize) -> Option<Step> {
    (file.len() <= max as u64).then_some(Step::Missing(part, file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SigningKey, SiteId, sign_head};
    use swarmfetch_content::Hash;

    const NOW: WallSecs = WallSecs(1_795_000_000);
    const LATER: WallSecs = WallSecs(1_797_592_000);
    const SITE: SiteId = SiteId([7; 16]);

    /// The files of one version.
    struct Files {
        head: Vec<u8>,
        keys: Vec<u8>,
        record: Vec<u8>,
        policy: Vec<u8>,
    }

    fn signer(n: u8) -> SigningKey {
        SigningKey::from_bytes(&[n; 32])
    }

    fn files(version: u64, number: u64, signed_by: u8) -> Files {
        let policy = Policy {
            rules: crate::Rules::default(),
            header_sets: Vec::new(),
            freshness_secs: 60,
            trackers: vec!["/tracker".into()],
            ice: vec!["stun:stun.example".into()],
            stun_port: Some(8080),
            mirrors: Vec::new(),
            mirror: false,
            budgets: crate::policy::Budgets::default(),
        };
        let policy = policy.encode().expect("small");
        let mut keys = Keys::single(SITE, signer(1).public(), LATER);
        keys.number = number;
        let keys = keys.sign(&[signer(1)]).expect("one key");
        let pack = Some(ObjectRef::of(b"pack"));
        let record = Record::new(
            Version(version),
            Hash::of(b"root"),
            1,
            pack,
            ObjectRef::of(&policy),
            ObjectRef::of(&keys),
        );
        let record = record.encode();
        let head = Head {
            site: SITE,
            version: Version(version),
            record: ObjectRef::of(&record),
            published: NOW,
            expires: LATER,
        };
        let head = sign_head(&head, &ObjectRef::of(&keys), &[signer(signed_by)]);
        Files {
            head,
            keys,
            record,
            policy,
        }
    }

    fn trust() -> Trust {
        let key = signer(1).public();
        Trust::new(TrustedRoot { site: SITE, key }, Version(2))
    }

    fn adopt(trust: &mut Trust, it: &Files, now: WallSecs) -> Option<Step> {
        trust.adopt(&it.head, &it.keys, &it.record, &it.policy, now)
    }

    #[test]
    fn what_is_missing_is_asked_for_in_turn_and_nothing_is_believed_before_all_is_there() {
        let (mut trust, it) = (trust(), files(3, 1, 1));
        let missing = |step: Option<Step>, part: Part, file: &[u8]| match step {
            Some(Step::Missing(missing, named)) => {
                assert_eq!((missing, named), (part, ObjectRef::of(file)));
            }
            other => panic!("{part:?}: {other:?}"),
        };
        let other = &b"other"[..];
        for keys in [&[], other] {
            let step = trust.adopt(&it.head, keys, &[], &[], NOW);
            missing(step, Part::Keys, &it.keys);
        }
        let step = trust.adopt(&it.head, &it.keys, other, &[], NOW);
        missing(step, Part::Record, &it.record);
        // The keys are known by now.
        let step = trust.adopt(&it.head, &[], &it.record, other, NOW);
        missing(step, Part::Policy, &it.policy);
        assert_eq!(trust.newest(), None);
        let step = adopt(&mut trust, &it, NOW);
        assert!(matches!(step, Some(Step::Accepted(head, ..)) if head.version == Version(3)));
        assert_eq!(trust.newest(), Some(Version(3)));
    }

    #[test]
    fn a_version_never_falls_and_a_stranger_signs_nothing() {
        let mut trust = trust();
        assert!(
            adopt(&mut trust, &files(1, 1, 1), NOW).is_none(),
            "below the script's floor"
        );
        assert!(
            adopt(&mut trust, &files(5, 1, 2), NOW).is_none(),
            "another's signature"
        );
        assert!(
            adopt(&mut trust, &files(5, 1, 1), WallSecs(LATER.0 + 1)).is_none(),
            "ran out"
        );
        assert!(adopt(&mut trust, &files(5, 2, 1), NOW).is_some());
        assert!(
            adopt(&mut trust, &files(4, 2, 1), NOW).is_none(),
            "below the newest"
        );
        assert!(
            adopt(&mut trust, &files(6, 1, 1), NOW).is_none(),
            "older keys"
        );
        assert!(
            adopt(&mut trust, &files(5, 2, 1), NOW).is_some(),
            "the same again"
        );
        assert_eq!(trust.newest(), Some(Version(5)));
    }

    #[test]
    fn news_is_what_is_signed_and_newer() {
        let mut trust = trust();
        let (old, now, new) = (files(3, 1, 1), files(4, 1, 1), files(5, 1, 1));
        assert_eq!(
            trust.is_news(&new.head, &new.record, NOW),
            None,
            "no keys yet"
        );
        adopt(&mut trust, &now, NOW).expect("good");
        assert_eq!(trust.is_news(&new.head, &new.record, NOW), Some(true));
        assert_eq!(trust.is_news(&old.head, &old.record, NOW), None);
        assert_eq!(trust.is_news(&new.head, &old.record, NOW), Some(false));
        let forged = files(5, 1, 2);
        assert_eq!(
            trust.is_news(&forged.head, &forged.record, NOW),
            Some(false)
        );
        assert_eq!(trust.is_news(b"garbage", &new.record, NOW), Some(false));
        let late = WallSecs(LATER.0 + 1);
        assert_eq!(
            trust.is_news(&new.head, &new.record, late),
            None,
            "was true once"
        );
    }
}
