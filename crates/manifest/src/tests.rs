//! The chain from root key to record, and the committed vectors of every format.

use std::path::PathBuf;

use crate::*;
use swarmfetch_content::{Hash, ObjectId};

const NOW: WallSecs = WallSecs(1_795_000_000);
const LATER: WallSecs = WallSecs(1_797_592_000);

fn signer(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

fn site() -> SiteId {
    SiteId([7; 16])
}

fn root() -> TrustedRoot {
    TrustedRoot {
        site: site(),
        key: signer(1).public(),
    }
}

fn keys() -> Keys {
    Keys::single(site(), signer(1).public(), LATER)
}

fn signed_keys() -> Vec<u8> {
    keys().sign(&[signer(1)]).expect("one key")
}

fn record() -> Record {
    Record::new(
        Version(3),
        Hash::of(b"root"),
        12,
        Some(ObjectRef::of(b"pack")),
        ObjectRef::of(&policy().encode().expect("small")),
        ObjectRef::of(&signed_keys()),
    )
}

fn head() -> Head {
    Head {
        site: site(),
        version: Version(3),
        record: ObjectRef::of(&record().encode()),
        published: NOW,
        expires: LATER,
    }
}

fn signed_head(head: &Head, signers: &[SigningKey]) -> Vec<u8> {
    sign_head(head, &ObjectRef::of(&signed_keys()), signers)
}

fn policy() -> Policy {
    Policy {
        rules: Rules {
            share: vec![Rule {
                path: "/**".into(),
                origin: None,
                query: Query::Exact,
                mode: HedgeMode::Speed,
                extensions: vec!["html".into()],
            }],
            private: vec!["/private/**".into()],
        },
        header_sets: vec![HeaderSet(vec![(
            "content-type".into(),
            "text/html; charset=utf-8".into(),
        )])],
        freshness_secs: 60,
        trackers: vec!["/.well-known/swarmfetch/tracker".into()],
        ice: Vec::new(),
        stun_port: Some(8080),
        mirrors: Vec::new(),
        mirror: false,
        budgets: policy::Budgets::default(),
    }
}

fn entry() -> Entry {
    let mut entry = Entry::new(
        ObjectId {
            hash: Hash::of(b"content"),
            len: 7,
        },
        0,
    );
    entry.set_compressible(true);
    entry.own_headers = vec![
        OwnHeader::EtagOfHash { weak: true },
        OwnHeader::LastModified(NOW),
        OwnHeader::Text("x-a".into(), "b".into()),
    ];
    entry.needs = vec![UrlKey::of_path("/style.css").prefix()];
    entry
}

fn read_head(bytes: &[u8], keys: &Keys, now: WallSecs) -> Result<Head, Error> {
    HeadEnvelope::parse(bytes)?.verify(keys, now)
}

#[test]
fn a_head_with_one_signature_is_under_512_bytes() {
    let mut head = head();
    head.version = Version(u64::MAX);
    let file = signed_head(&head, &[signer(1)]);
    assert!(file.len() < 512, "{}", file.len());
    assert_eq!(read_head(&file, &keys(), NOW), Ok(head));
}

#[test]
fn a_record_is_at_most_256_bytes() {
    let mut record = record();
    record.version = Version(u64::MAX);
    record.entries = u64::MAX;
    let huge = ObjectRef::from(ObjectId {
        hash: Hash::of(b"x"),
        len: u64::MAX,
    });
    (record.pack, record.policy, record.keys) = (Some(huge), huge, huge);
    record.edits = Some((Version(u64::MAX), huge));
    let bytes = record.encode();
    assert!(bytes.len() <= record::RECORD_BYTES_MAX, "{}", bytes.len());
    assert_eq!(Record::parse(&bytes), Ok(record));
}

#[test]
fn every_flipped_bit_of_a_head_is_noticed_or_changes_nothing() {
    let file = signed_head(&head(), &[signer(1)]);
    for at in 0..file.len() {
        for bit in 0..8 {
            let mut forged = file.clone();
            forged[at] ^= 1 << bit;
            if let Ok(read) = read_head(&forged, &keys(), NOW) {
                assert_eq!(read, head(), "byte {at} bit {bit}");
            }
        }
    }
}

#[test]
fn every_flipped_bit_of_a_keys_object_is_noticed() {
    let file = signed_keys();
    for at in 0..file.len() {
        for bit in 0..8 {
            let mut forged = file.clone();
            forged[at] ^= 1 << bit;
            assert!(
                Keys::verify(&forged, &root(), NOW).is_err(),
                "byte {at} bit {bit}"
            );
        }
    }
}

#[test]
fn a_threshold_counts_distinct_known_keys() {
    let mut two = keys();
    two.publishers = vec![signer(2).public(), signer(3).public(), signer(4).public()];
    two.threshold = 2;
    let read = |signers: &[SigningKey]| read_head(&signed_head(&head(), signers), &two, NOW);
    let unsigned = |valid| Err(Error::Unsigned { valid, needed: 2 });
    assert_eq!(read(&[signer(2), signer(4)]), Ok(head()));
    assert_eq!(read(&[signer(2), signer(2)]), unsigned(1));
    assert_eq!(read(&[signer(2), signer(9)]), unsigned(1));
    assert_eq!(read(&[signer(1)]), unsigned(0));
}

#[test]
fn a_publishing_key_cannot_make_a_keys_object() {
    let mut mine = keys();
    mine.publishers = vec![signer(2).public()];
    let forged = mine.sign(&[signer(2)]).expect("small");
    assert_eq!(
        Keys::verify(&forged, &root(), NOW),
        Err(Error::Unsigned {
            valid: 0,
            needed: 1
        })
    );
}

#[test]
fn signatures_of_one_format_do_not_pass_for_another() {
    // The payload of a head, signed as a keys object would be.
    assert_ne!(b"swarmfetch head 1\n", b"swarmfetch keys 1\n");
    let keys_file = signed_keys();
    assert!(matches!(
        HeadEnvelope::parse(&keys_file),
        Err(Error::Malformed { .. })
    ));
}

#[test]
fn versions_never_fall() {
    assert_eq!(head().not_below(Version(3)), Ok(()));
    assert_eq!(
        head().not_below(Version(4)),
        Err(Error::Rollback {
            offered: 3,
            floor: 4
        })
    );
}

/// The committed vectors: files named by their defect, `good` for none. A difference means that
/// the format changed; `SWARMFETCH_BLESS=1` writes them anew.
#[test]
fn committed_vectors_are_what_this_code_makes_and_reads() {
    let other = SigningKey::from_bytes(&[66; 32]);
    let mut foreign = head();
    foreign.site = SiteId([8; 16]);
    let mut old = head();
    old.expires = WallSecs(1_700_000_000);
    let good = String::from_utf8(signed_head(&head(), &[signer(1)])).expect("text");
    let heads: Vec<(&str, Vec<u8>)> = vec![
        ("good", good.clone().into_bytes()),
        ("signed-by-a-stranger", signed_head(&head(), &[other])),
        ("unsigned", signed_head(&head(), &[])),
        ("of-another-site", signed_head(&foreign, &[signer(1)])),
        ("expired", signed_head(&old, &[signer(1)])),
        (
            "later-specification",
            good.replace("head 1", "head 2").into_bytes(),
        ),
        (
            "two-payloads",
            good.replace("keys ", "payload AAAA\nkeys ").into_bytes(),
        ),
        (
            "bad-base64",
            good.replace("payload ", "payload !").into_bytes(),
        ),
        ("truncated", good.as_bytes()[..200].to_vec()),
        ("empty", Vec::new()),
        ("endless", good.repeat(4).into_bytes()),
    ];
    for (name, bytes) in heads {
        committed("head", name, &bytes);
        assert_eq!(
            name == "good",
            read_head(&bytes, &keys(), NOW).is_ok(),
            "head/{name}"
        );
    }

    let mut expired = keys();
    expired.expires = WallSecs(1_700_000_000);
    let mut zero = keys();
    zero.threshold = 0;
    let mut elsewhere = keys();
    elsewhere.site = SiteId([8; 16]);
    let sign = |keys: &Keys| keys.sign(&[signer(1)]).expect("small");
    let objects: Vec<(&str, Vec<u8>)> = vec![
        ("good", signed_keys()),
        (
            "signed-by-a-stranger",
            keys().sign(&[signer(9)]).expect("small"),
        ),
        ("unsigned", keys().sign(&[]).expect("small")),
        ("expired", sign(&expired)),
        ("threshold-of-none", sign(&zero)),
        ("of-another-site", sign(&elsewhere)),
        ("truncated", signed_keys()[..60].to_vec()),
        ("empty", Vec::new()),
    ];
    for (name, bytes) in objects {
        committed("keys", name, &bytes);
        assert_eq!(
            name == "good",
            Keys::verify(&bytes, &root(), NOW).is_ok(),
            "keys/{name}"
        );
    }

    committed("record", "good", &record().encode());
    assert_eq!(Record::parse(&record().encode()), Ok(record()));
    committed("record", "truncated", &record().encode()[..40]);
    assert!(Record::parse(&record().encode()[..40]).is_err());
    let policy_bytes = policy().encode().expect("small");
    committed("policy", "good", &policy_bytes);
    assert_eq!(Policy::parse(&policy_bytes), Ok(policy()));
    let entry_bytes = entry().encode().expect("small");
    committed("entry", "good", &entry_bytes);
    assert_eq!(Entry::parse(&entry_bytes), Ok(entry()));

    let mut tree = TreeBuilder::new();
    for path in ["/", "/index.html", "/style.css?v=2", "/a/b.png"] {
        tree.insert(UrlKey::of_path(path), &entry())
            .expect("distinct");
    }
    committed("tree", &format!("pack-of-{}", tree.root()), &tree.pack());
    committed(
        "tree",
        &format!("proof-of-index-in-{}", tree.root()),
        &tree.proof(&UrlKey::of_path("/index.html")),
    );
}

fn committed(format: &str, name: &str, bytes: &[u8]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/vectors/manifest")
        .join(format)
        .join(name);
    if std::env::var_os("SWARMFETCH_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("has a folder")).expect("writable");
        std::fs::write(&path, bytes).expect("writable");
    }
    let found = std::fs::read(&path).unwrap_or_else(|e| panic!("{format}/{name}: {e}"));
    assert_eq!(found, bytes, "{format}/{name} changed");
}
