//! Cases of the public `tuf-conformance` suite, by their names there, as far as a visitor's trust has a counterpart to them.
//!
//! TUF's root role is our keys object; its timestamp, snapshot and targets are head, record and tree, of which only the head is signed, by the
//! publishers: the others are named by hash. What has no counterpart:
//!
//! - `test_root_rotation` (15), `test_invalid_initial_root`, `test_unsigned_initial_root`, `test_expired_local_root`: the anchor is a key in the
//!   worker script, and the origin replaces it with the script;
//! - versions in file names, metadata without hashes, hash algorithms, key types but Ed25519, delegated roles, role names that want quoting, static
//!   repositories made with other clients;
//! - which requests a client makes (`test_basic_refresh_requests` and others): the browser tests count them;
//! - downloads of targets: `crates/content` and the tests of liars.

use super::*;

/// A case of `test_non_root_rotations`.
struct Rotation {
    name: &'static str,
    keys: &'static [u8],
    threshold: u8,
    signed_by: &'static [u8],
    holds: bool,
}

const ROTATIONS: [Rotation; 10] = [
    rotation("1-of-1-key-rotation", &[2], 1, &[2], true),
    rotation(
        "1-of-1-key-rotation-unused-signatures",
        &[1],
        1,
        &[3, 1, 4],
        true,
    ),
    rotation(
        "1-of-1-key-rotation-fail-not-signed-with-new-key",
        &[2],
        1,
        &[1, 3, 4],
        false,
    ),
    rotation(
        "3-of-5-one-key-signature-wrong-not-signed-with-3-expected-keys",
        &[10, 1, 3, 4, 5],
        3,
        &[10, 2, 4],
        false,
    ),
    rotation(
        "2-of-5-one-key-signature-mising-threshold-not-reached",
        &[10, 1, 3, 4, 5],
        3,
        &[10, 4],
        false,
    ),
    rotation(
        "3-of-5-sign-first-combo",
        &[10, 1, 2, 3, 4],
        3,
        &[10, 2, 4],
        true,
    ),
    rotation(
        "3-of-5-sign-second-combo",
        &[10, 1, 2, 3, 4],
        3,
        &[10, 4, 1],
        true,
    ),
    rotation(
        "3-of-5-sign-third-combo",
        &[10, 1, 2, 3, 4],
        3,
        &[10, 1, 3],
        true,
    ),
    rotation(
        "3-of-5-sign-fourth-combo",
        &[10, 1, 2, 3, 4],
        3,
        &[1, 2, 3],
        true,
    ),
    rotation(
        "3-of-5-sign-fifth-combo",
        &[10, 1, 2, 3, 4],
        3,
        &[2, 3, 4],
        true,
    ),
];

const fn rotation(
    name: &'static str,
    keys: &'static [u8],
    threshold: u8,
    signed_by: &'static [u8],
    holds: bool,
) -> Rotation {
    Rotation {
        name,
        keys,
        threshold,
        signed_by,
        holds,
    }
}

#[test]
fn test_non_root_rotations() {
    for case in ROTATIONS {
        let mut trust = trust();
        assert!(takes(&mut trust, &Release::default()));
        let rotated = Release {
            version: 4,
            number: 2,
            publishers: case.keys.to_vec(),
            threshold: case.threshold,
            signers: case.signed_by.to_vec(),
            ..Release::default()
        };
        assert_eq!(takes(&mut trust, &rotated), case.holds, "{}", case.name);
        let newest = if case.holds { 4 } else { 3 };
        assert_eq!(trust.newest(), Some(Version(newest)), "{}", case.name);
    }
}

/// Three keys, all of which sign.
fn three(version: u64) -> Release {
    Release {
        version,
        publishers: vec![1, 2, 3],
        threshold: 3,
        signers: vec![1, 2, 3],
        ..Release::default()
    }
}

#[test]
fn test_snapshot_does_not_meet_threshold() {
    let mut trust = trust();
    assert!(takes(&mut trust, &three(3)));
    let two = Release {
        signers: vec![1, 2],
        ..three(4)
    };
    assert!(!takes(&mut trust, &two));
}

#[test]
fn test_snapshot_has_too_few_keys() {
    let impossible = Release {
        threshold: 4,
        ..three(3)
    };
    assert!(!takes(&mut trust(), &impossible));
}

#[test]
fn test_duplicate_keys_and_test_duplicate_sig_keyids() {
    let same = Release {
        publishers: vec![2; 9],
        threshold: 3,
        signers: vec![2; 5],
        ..Release::default()
    };
    assert!(!takes(&mut trust(), &same));
    let counted_once = Release {
        signers: vec![1, 1, 2],
        ..three(3)
    };
    assert!(!takes(&mut trust(), &counted_once));
}

#[test]
fn test_keytype_and_scheme_ed25519_and_test_invalid_sig_in_valid_metadata() {
    // Another's signature under the name of the first key, beside a good one.
    let with_false = |threshold| {
        let good = Release {
            publishers: vec![1, 2],
            threshold,
            signers: vec![1, 2],
            ..Release::default()
        };
        let mut it = good.files();
        let text = String::from_utf8(it.head).expect("text");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let of = |lines: &[String], n: usize| lines[n].rsplit(' ').next().map(str::to_owned);
        let (first, second) = (lines.len() - 2, lines.len() - 1);
        let (right, wrong) = (of(&lines, first), of(&lines, second));
        lines[first] = lines[first].replace(&right.expect("a word"), &wrong.expect("a word"));
        it.head = (lines.join("\n") + "\n").into_bytes();
        it
    };
    for (threshold, holds) in [(1, true), (2, false)] {
        let step = adopt(&mut trust(), &with_false(threshold), NOW);
        assert_eq!(matches!(step, Some(Step::Accepted(..))), holds, "{step:?}");
    }
}

#[test]
fn test_unsigned_metadata_root_and_timestamp() {
    for unsigned in [
        Release {
            root_signers: Vec::new(),
            ..Release::default()
        },
        Release {
            signers: Vec::new(),
            ..Release::default()
        },
    ] {
        assert!(!takes(&mut trust(), &unsigned));
    }
}

#[test]
fn test_url_and_metadata_version_mismatch_snapshot() {
    let mismatch = Release {
        record_version: Some(4),
        ..Release::default()
    };
    assert!(!takes(&mut trust(), &mismatch));
}

#[test]
fn test_timestamp_content_changes() {
    let mut trust = trust();
    assert!(takes(&mut trust, &Release::default()));
    let changed = Release {
        freshness_secs: 100,
        ..Release::default()
    };
    assert!(!takes(&mut trust, &changed));
    // Renewed: what it leads to is the same.
    let renewed = Release {
        expires: WallSecs(LATER.0 + 1),
        ..Release::default()
    };
    assert!(takes(&mut trust, &renewed));
}

#[test]
fn test_snapshot_hash_mismatch_and_test_snapshot_404() {
    let mut trust = trust();
    assert!(takes(&mut trust, &Release::default()));
    let next = Release {
        version: 4,
        ..Release::default()
    };
    let it = next.files();
    for bytes in [&b"other"[..], &[]] {
        let step = trust.adopt(&it.head, &it.keys, bytes, &it.policy, NOW);
        assert!(
            matches!(step, Some(Step::Missing(Part::Record, _))),
            "{step:?}"
        );
        assert_eq!(trust.newest(), Some(Version(3)), "goes on with what it has");
    }
}

#[test]
fn test_incorrect_metadata_type() {
    let it = Release::default().files();
    let step = trust().adopt(&it.head, &it.record, &it.record, &it.policy, NOW);
    assert!(
        matches!(step, Some(Step::Missing(Part::Keys, _))),
        "{step:?}"
    );
    let step = trust().adopt(&it.record, &it.keys, &it.record, &it.policy, NOW);
    assert!(step.is_none());
}

#[test]
fn test_root_expired_and_test_timestamp_expired() {
    let late = WallSecs(LATER.0 + 1);
    for (keys_expire, expires) in [(LATER, late), (late, LATER)] {
        let expired = Release {
            keys_expire,
            expires,
            ..Release::default()
        };
        assert!(adopt(&mut trust(), &expired.files(), late).is_none());
    }
}

#[test]
fn test_expired_local_timestamp() {
    let mut trust = trust();
    assert!(takes(&mut trust, &Release::default()));
    let late = WallSecs(LATER.0 + 1);
    let next = Release {
        version: 4,
        number: 2,
        keys_expire: late,
        expires: late,
        ..Release::default()
    };
    let step = adopt(&mut trust, &next.files(), late);
    assert!(matches!(step, Some(Step::Accepted(..))), "{step:?}");
}

#[test]
fn test_new_timestamp_version_rollback_and_test_snapshot_rollback_and_test_targets_rollback() {
    let mut trust = trust();
    let second = Release {
        version: 4,
        ..Release::default()
    };
    assert!(takes(&mut trust, &second));
    assert!(!takes(&mut trust, &Release::default()));
    let behind = Release {
        version: 5,
        record_version: Some(3),
        ..Release::default()
    };
    assert!(!takes(&mut trust, &behind), "the record is behind");
    assert_eq!(trust.newest(), Some(Version(4)));
}

#[test]
fn test_new_timestamp_fast_forward_recovery_and_those_of_snapshot_and_targets() {
    let mut trust = trust();
    let far = Release {
        version: 100,
        ..Release::default()
    };
    assert!(takes(&mut trust, &far));
    let recovered = Release {
        number: 2,
        publishers: vec![2],
        signers: vec![2],
        ..Release::default()
    };
    assert!(takes(&mut trust, &recovered));
    assert_eq!(trust.newest(), Some(Version(3)));
}
