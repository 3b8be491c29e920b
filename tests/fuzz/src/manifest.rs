//! What the origin promises: head, keys, record, policy, entry.
//!
//! Nobody can forge a signature, so bytes alone would never reach what stands behind one. Head and keys therefore have two
//! modes, by the first byte: even, a stranger's file, of which nothing but the owner's one true one may pass; odd, a
//! payload that the owner signed, whatever it says.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer;
use swarmfetch_content::codec::Reader;
use swarmfetch_manifest::{
    Entry, Head, HeadEnvelope, Keys, ObjectRef, Policy, Record, SigningKey, SiteId, TrustedRoot,
    WallSecs, record, sign_head,
};

/// When all of it happens: the vectors' time.
const NOW: WallSecs = WallSecs(1_795_000_000);

/// Longest path that a policy is asked about, in bytes: matching takes the product of its length and the globs'.
const PATH_BYTES_MAX: usize = 256;

/// The owner's key, which signed the vectors.
const SECRET: [u8; 32] = [1; 32];

static ROOT: LazyLock<TrustedRoot> = LazyLock::new(|| TrustedRoot {
    site: SiteId([7; 16]),
    key: SigningKey::from_bytes(&SECRET).public(),
});

static TRUE_KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let file = include_bytes!("../../vectors/manifest/keys/good");
    Keys::verify(file, &ROOT, NOW).expect("the vector is good")
});

static TRUE_HEAD: LazyLock<Head> = LazyLock::new(|| {
    let envelope = HeadEnvelope::parse(include_bytes!("../../vectors/manifest/head/good"));
    let head = envelope.and_then(|envelope| envelope.verify(&TRUE_KEYS, NOW));
    head.expect("the vector is good")
});

fn signature(message: &[u8]) -> [u8; 64] {
    ed25519_dalek::SigningKey::from_bytes(&SECRET)
        .sign(message)
        .to_bytes()
}

/// A head file, or the payload of one.
pub(crate) fn head(input: &[u8]) {
    let Some((mode, bytes)) = input.split_first() else {
        return;
    };
    if mode % 2 == 0 {
        if let Ok(envelope) = HeadEnvelope::parse(bytes)
            && let Ok(head) = envelope.verify(&TRUE_KEYS, NOW)
        {
            assert_eq!(head, *TRUE_HEAD, "forged");
        }
    } else {
        head_of_the_owner(bytes);
    }
}

fn head_of_the_owner(payload: &[u8]) {
    // The envelope's writer takes a head and no payload: a true file, with another payload and its signature.
    let hint = ObjectRef::of(b"keys");
    let file = format!(
        "swarmfetch head 1\npayload {}\nkeys {} {}\nsig {} {}\n",
        STANDARD.encode(payload),
        hint.hash(),
        hint.len(),
        ROOT.key.id(),
        STANDARD.encode(signature(payload))
    );
    let Ok(envelope) = HeadEnvelope::parse(file.as_bytes()) else {
        return;
    };
    assert_eq!(envelope.keys_hint(), hint);
    let Ok(head) = envelope.verify(&TRUE_KEYS, NOW) else {
        return;
    };
    assert!(head.site == ROOT.site && head.expires >= NOW);
    let again = sign_head(&head, &hint, &[SigningKey::from_bytes(&SECRET)]);
    let envelope = HeadEnvelope::parse(&again).expect("what is written can be read");
    assert_eq!(envelope.verify(&TRUE_KEYS, NOW), Ok(head));
}

/// A keys object, or the payload of one.
pub(crate) fn keys(input: &[u8]) {
    let Some((mode, bytes)) = input.split_first() else {
        return;
    };
    if mode % 2 == 0 {
        if let Ok(keys) = Keys::verify(bytes, &ROOT, NOW) {
            assert_eq!(keys, *TRUE_KEYS, "forged");
        }
        return;
    }
    let signed = signature(&[b"swarmfetch keys 1\n", bytes].concat());
    let object = (bytes, vec![(ROOT.key.id(), &signed[..])]);
    let file = postcard::to_extend(&object, vec![b'K', 1]).expect("bytes can be written");
    let Ok(keys) = Keys::verify(&file, &ROOT, NOW) else {
        return;
    };
    assert!(keys.site == ROOT.site && keys.expires >= NOW && keys.roots.contains(&ROOT.key));
    assert!(keys.root_threshold == 1 && keys.threshold > 0);
    let again = keys.sign(&[SigningKey::from_bytes(&SECRET)]);
    let again = again.expect("what was read can be written");
    assert_eq!(Keys::verify(&again, &ROOT, NOW), Ok(keys));
}

/// A record.
pub(crate) fn record(input: &[u8]) {
    if let Ok(record) = Record::parse(input) {
        let again = record.encode();
        assert!(again.len() <= record::RECORD_BYTES_MAX);
        assert_eq!(Record::parse(&again), Ok(record));
    }
}

/// A path, and the policy that is asked about it.
pub(crate) fn policy(input: &[u8]) {
    let mut reader = Reader::new(input);
    let Some(path) = reader.read::<&[u8]>() else {
        return;
    };
    let Ok(policy) = Policy::parse(reader.rest()) else {
        return;
    };
    let path = String::from_utf8_lossy(&path[..path.len().min(PATH_BYTES_MAX)]);
    let nominated = policy.rules.nominate(None, &path, None);
    assert!(nominated.is_none_or(|rule| policy.rules.share.contains(rule)));
    let again = policy.encode().expect("what was read can be written");
    assert_eq!(Policy::parse(&again), Ok(policy));
}

/// An entry.
pub(crate) fn entry(input: &[u8]) {
    if let Ok(entry) = Entry::parse(input) {
        assert_eq!(entry.own_header_pairs().len(), entry.own_headers.len());
        if let Ok(again) = entry.encode() {
            assert_eq!(Entry::parse(&again), Ok(entry));
        }
    }
}
