//! The attacks that the TUF specification lists (1.5.2), each by its name there, on a visitor's trust.
//!
//! Without a counterpart: extraneous dependencies (a version is one tree), slow retrieval (the worker's deadlines see to it) and
//! malicious mirrors that prevent updates (the head comes from the origin).

use super::*;
use crate::head::HEAD_BYTES_MAX;

/// The owner publishes with key 2; the root key stays at home.
fn delegated(version: u64) -> Release {
    Release {
        version,
        publishers: vec![2],
        signers: vec![2],
        ..Release::default()
    }
}

#[test]
fn rollback() {
    let mut trust = trust();
    assert!(
        !takes(&mut trust, &delegated(1)),
        "below the script's floor"
    );
    assert!(takes(&mut trust, &delegated(5)));
    assert!(!takes(&mut trust, &delegated(4)), "true once");
    assert_eq!(trust.newest(), Some(Version(5)));
}

#[test]
fn indefinite_freeze() {
    let mut trust = trust();
    let frozen = delegated(3).files();
    assert!(adopt(&mut trust, &frozen, LATER).is_some());
    let late = WallSecs(LATER.0 + 1);
    assert!(adopt(&mut trust, &frozen, late).is_none(), "ran out");
    let renewed = Release {
        expires: WallSecs(LATER.0 + 1_000),
        keys_expire: WallSecs(LATER.0 + 1_000),
        ..delegated(3)
    };
    let renewed = renewed.files();
    assert!(
        adopt(&mut trust, &renewed, late).is_none(),
        "other keys, so another record"
    );
    let next = Release {
        expires: WallSecs(LATER.0 + 1_000),
        keys_expire: WallSecs(LATER.0 + 1_000),
        number: 2,
        ..delegated(4)
    };
    let step = adopt(&mut trust, &next.files(), late);
    assert!(
        matches!(step, Some(Step::Accepted(..))),
        "what is newer holds"
    );
}

#[test]
fn mix_and_match() {
    let mut trust = trust();
    let (old, new) = (
        delegated(4).files(),
        Release {
            freshness_secs: 61,
            ..delegated(5)
        }
        .files(),
    );
    let step = trust.adopt(&new.head, &new.keys, &old.record, &old.policy, NOW);
    assert!(
        matches!(step, Some(Step::Missing(Part::Record, _))),
        "{step:?}"
    );
    let step = trust.adopt(&new.head, &new.keys, &new.record, &old.policy, NOW);
    assert!(
        matches!(step, Some(Step::Missing(Part::Policy, _))),
        "{step:?}"
    );
    // Signed by the owner himself, by mistake.
    let mixed = Release {
        record_version: Some(4),
        ..delegated(5)
    };
    assert!(!takes(&mut trust, &mixed));
    assert_eq!(trust.newest(), None);
    // One version, two contents.
    assert!(takes(&mut trust, &delegated(5)));
    let other = Release {
        freshness_secs: 61,
        ..delegated(5)
    };
    assert!(!takes(&mut trust, &other));
    assert!(takes(&mut trust, &delegated(5)), "the same again");
}

#[test]
fn fast_forward() {
    let mut trust = trust();
    assert!(takes(&mut trust, &delegated(5)));
    let stolen = delegated(u64::MAX);
    assert!(takes(&mut trust, &stolen), "nobody can know yet");
    assert!(
        !takes(&mut trust, &delegated(6)),
        "never again, without new keys"
    );
    let recovered = Release {
        number: 2,
        publishers: vec![3],
        signers: vec![3],
        ..delegated(7)
    };
    assert!(takes(&mut trust, &recovered));
    assert_eq!(trust.newest(), Some(Version(7)));
    assert!(
        !takes(&mut trust, &stolen),
        "the thief's keys object is older"
    );
}

#[test]
fn new_keys_object_for_the_same_publishers_forgets_no_version() {
    let mut trust = trust();
    assert!(takes(&mut trust, &delegated(5)));
    let renewed = Release {
        number: 2,
        ..delegated(4)
    };
    assert!(!takes(&mut trust, &renewed));
    assert_eq!(trust.newest(), Some(Version(5)));
}

#[test]
fn arbitrary_software() {
    let mut trust = trust();
    let stranger = Release {
        signers: vec![9],
        ..delegated(5)
    };
    assert!(!takes(&mut trust, &stranger), "a stranger's head");
    let forger = Release {
        roots: vec![9],
        root_signers: vec![9],
        publishers: vec![9],
        signers: vec![9],
        ..delegated(5)
    };
    assert!(!takes(&mut trust, &forger), "a stranger's keys object");
    assert_eq!(trust.newest(), None);
}

#[test]
fn endless_data() {
    let mut trust = trust();
    let mut it = delegated(5).files();
    it.head.resize(HEAD_BYTES_MAX + 1, b'\n');
    assert!(adopt(&mut trust, &it, NOW).is_none(), "a long head");
    // What a head names is never asked for when it is longer than such a thing may be.
    let endless = |len: usize| ObjectRef::of(&vec![0; len]);
    let it = delegated(5).files();
    let signers = signers(&[2]);
    let keys = ObjectRef::of(&it.keys);
    let head = |record: ObjectRef| Head {
        site: SITE,
        version: Version(5),
        record,
        published: NOW,
        expires: LATER,
    };
    let long_keys = sign_head(
        &head(ObjectRef::of(&it.record)),
        &endless(KEYS_BYTES_MAX + 1),
        &signers,
    );
    assert!(trust.adopt(&long_keys, &[], &[], &[], NOW).is_none());
    let long_record = sign_head(&head(endless(RECORD_BYTES_MAX + 1)), &keys, &signers);
    assert!(trust.adopt(&long_record, &it.keys, &[], &[], NOW).is_none());
    let allowed = sign_head(&head(endless(RECORD_BYTES_MAX)), &keys, &signers);
    let step = trust.adopt(&allowed, &it.keys, &[], &[], NOW);
    assert!(
        matches!(step, Some(Step::Missing(Part::Record, _))),
        "{step:?}"
    );
}

#[test]
fn wrong_key() {
    let mut trust = trust();
    let by_root = Release {
        signers: vec![1],
        ..delegated(5)
    };
    assert!(!takes(&mut trust, &by_root), "the root publishes nothing");
    let by_publisher = Release {
        root_signers: vec![2],
        ..delegated(5)
    };
    assert!(
        !takes(&mut trust, &by_publisher),
        "a publisher names no keys"
    );
    let replaced = Release {
        number: 2,
        root_signers: vec![2],
        publishers: vec![3],
        signers: vec![3],
        ..delegated(6)
    };
    assert!(takes(&mut trust, &delegated(5)));
    assert!(!takes(&mut trust, &replaced), "and does not replace itself");
}

#[test]
fn key_compromise_and_recovery() {
    let team = |version| Release {
        publishers: vec![2, 3, 4],
        threshold: 2,
        signers: vec![2, 3],
        ..delegated(version)
    };
    let mut trust = trust();
    assert!(takes(&mut trust, &team(5)));
    let one_stolen = Release {
        signers: vec![2],
        ..team(6)
    };
    assert!(
        !takes(&mut trust, &one_stolen),
        "one of three is not enough"
    );
    let revoked = Release {
        number: 2,
        publishers: vec![3, 4, 5],
        signers: vec![4, 5],
        ..team(6)
    };
    assert!(takes(&mut trust, &revoked));
    let with_the_stolen = Release {
        number: 2,
        publishers: vec![3, 4, 5],
        signers: vec![2, 3],
        ..team(7)
    };
    assert!(!takes(&mut trust, &with_the_stolen));
    // A worker that starts again has the later keys and an earlier head in its store.
    let (before, after) = (team(5).files(), revoked.files());
    let mut again = self::trust();
    assert!(adopt(&mut again, &after, NOW).is_some());
    let step = again.adopt(
        &before.head,
        &after.keys,
        &before.record,
        &before.policy,
        NOW,
    );
    assert!(!matches!(step, Some(Step::Accepted(..))), "{step:?}");
}
