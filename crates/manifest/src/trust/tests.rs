//! What is believed, in which order, and what is thought of a stranger's news.

use super::*;
use crate::{PublicKey, SigningKey, SiteId, sign_head};
use swarmfetch_content::Hash;

mod attacks;
mod conformance;

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

/// What an owner makes, or a forger; keys by their number in [`signer`].
struct Release {
    version: u64,
    /// What the record says, when that is another.
    record_version: Option<u64>,
    /// Of the keys object.
    number: u64,
    roots: Vec<u8>,
    root_threshold: u8,
    root_signers: Vec<u8>,
    keys_expire: WallSecs,
    publishers: Vec<u8>,
    threshold: u8,
    signers: Vec<u8>,
    expires: WallSecs,
    freshness_secs: u32,
}

impl Default for Release {
    /// As a small site has it: one key, the first, for everything.
    fn default() -> Self {
        Self {
            version: 3,
            record_version: None,
            number: 1,
            roots: vec![1],
            root_threshold: 1,
            root_signers: vec![1],
            keys_expire: LATER,
            publishers: vec![1],
            threshold: 1,
            signers: vec![1],
            expires: LATER,
            freshness_secs: 60,
        }
    }
}

fn signers(numbers: &[u8]) -> Vec<SigningKey> {
    numbers.iter().map(|n| signer(*n)).collect()
}

fn publics(numbers: &[u8]) -> Vec<PublicKey> {
    numbers.iter().map(|n| signer(*n).public()).collect()
}

impl Release {
    fn files(&self) -> Files {
        let policy = Policy {
            rules: crate::Rules::default(),
            header_sets: Vec::new(),
            freshness_secs: self.freshness_secs,
            trackers: vec!["/tracker".into()],
            ice: vec!["stun:stun.example".into()],
            stun_port: Some(8080),
            mirrors: Vec::new(),
            mirror: false,
            budgets: crate::policy::Budgets::default(),
        };
        let policy = policy.encode().expect("small");
        let keys = Keys {
            site: SITE,
            number: self.number,
            roots: publics(&self.roots),
            root_threshold: self.root_threshold,
            publishers: publics(&self.publishers),
            threshold: self.threshold,
            expires: self.keys_expire,
            previous: None,
        };
        let keys = keys.sign(&signers(&self.root_signers)).expect("few keys");
        let record = Record::new(
            Version(self.record_version.unwrap_or(self.version)),
            Hash::of(b"root"),
            1,
            Some(ObjectRef::of(b"pack")),
            ObjectRef::of(&policy),
            ObjectRef::of(&keys),
        );
        let record = record.encode();
        let head = Head {
            site: SITE,
            version: Version(self.version),
            record: ObjectRef::of(&record),
            published: NOW,
            expires: self.expires,
        };
        let head = sign_head(&head, &ObjectRef::of(&keys), &signers(&self.signers));
        Files {
            head,
            keys,
            record,
            policy,
        }
    }
}

fn files(version: u64, number: u64, signed_by: u8) -> Files {
    let release = Release {
        version,
        number,
        signers: vec![signed_by],
        ..Release::default()
    };
    release.files()
}

fn trust() -> Trust {
    let key = signer(1).public();
    Trust::new(TrustedRoot { site: SITE, key }, Version(2))
}

fn adopt(trust: &mut Trust, it: &Files, now: WallSecs) -> Option<Step> {
    trust.adopt(&it.head, &it.keys, &it.record, &it.policy, now)
}

/// Whether a visitor with this trust goes over to the release, which is all at hand.
fn takes(trust: &mut Trust, release: &Release) -> bool {
    matches!(
        adopt(trust, &release.files(), NOW),
        Some(Step::Accepted(..))
    )
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
        (
            "newer",
            &new.head,
            &new.record,
            NOW,
            News::Newer(Version(5)),
        ),
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
    assert_eq!(news(&mut trust), News::Newer(Version(4)));
}
