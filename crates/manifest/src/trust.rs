//! What of an origin's promises is to be believed, from one head to the next.
//!
//! The root key signs the keys object, which names the keys that sign heads. A version never falls below the floor that
//! came with the root key, nor below the newest that was accepted; the number of the keys never falls either. Nothing is
//! kept before all checks hold (the order of the TUF specification, 5.3 to 5.6, with our names).

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
    /// It is signed and newer.
    Newer,
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
                    News::Newer
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
mod tests {
    use super::*;
    use crate::{PublicKey, SigningKey, SiteId, sign_head};
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
        let no_keys_yet = trust.news(&new.head, &new.record, NOW);
        assert_eq!(no_keys_yet, News::Unsaid);
        adopt(&mut trust, &now, NOW).expect("good");
        let forged = files(5, 1, 2);
        let late = WallSecs(LATER.0 + 1);
        for (what, head, record, at, news) in [
            ("newer", &new.head, &new.record, NOW, News::Newer),
            ("older", &old.head, &old.record, NOW, News::Unsaid),
            ("another record", &new.head, &old.record, NOW, News::Forged),
            ("forged", &forged.head, &forged.record, NOW, News::Forged),
            ("none", &b"garbage".to_vec(), &new.record, NOW, News::Forged),
            ("true once", &new.head, &new.record, late, News::Unsaid),
        ] {
            assert_eq!(trust.news(head, record, at), news, "{what}");
        }
    }

    /// A platform that takes its time: what was asked is answered when the test says so.
    #[derive(Default)]
    struct Slow {
        asked: Vec<(PublicKey, Vec<u8>, Vec<u8>)>,
        checked: usize,
    }

    impl Signatures for Slow {
        fn verdict(&mut self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Option<bool> {
            let question = (*key, message.to_vec(), signature.to_vec());
            let Some(at) = self.asked.iter().position(|it| *it == question) else {
                self.asked.push(question);
                return None;
            };
            if at >= self.checked {
                return None;
            }
            Dalek.verdict(key, message, signature)
        }
    }

    #[test]
    fn nothing_is_believed_before_its_signatures_are_checked() {
        let key = signer(1).public();
        let root = TrustedRoot { site: SITE, key };
        let mut trust = Trust::with(Slow::default(), root, Version(2));
        let (it, forged) = (files(3, 1, 1), files(4, 1, 2));
        let step = |trust: &mut Trust<Slow>, it: &Files| {
            trust.adopt(&it.head, &it.keys, &it.record, &it.policy, NOW)
        };
        for asked in 1..=2 {
            // The keys' signature, then the head's; asking again asks nothing new.
            for _ in 0..2 {
                assert!(matches!(step(&mut trust, &it), Some(Step::Unchecked)));
                assert_eq!(trust.signatures.asked.len(), asked);
            }
            trust.signatures.checked = asked;
        }
        assert_eq!(trust.newest(), None);
        assert!(matches!(step(&mut trust, &it), Some(Step::Accepted(..))));
        let news = |trust: &mut Trust<Slow>| trust.news(&forged.head, &forged.record, NOW);
        // A stranger's key id: nothing to be checked.
        assert_eq!(news(&mut trust), News::Forged);
        let next = files(4, 1, 1);
        let news = |trust: &mut Trust<Slow>| trust.news(&next.head, &next.record, NOW);
        assert_eq!(news(&mut trust), News::Unchecked);
        trust.signatures.checked = 3;
        assert_eq!(news(&mut trust), News::Newer);
    }
}
