//! What the origin has promised so far, and what of it is to be believed.
//!
//! Trust: the root key of the script signs the keys object, that names the keys that sign heads. A version never falls
//! below the floor of the script or the newest that was accepted. Nothing is kept before all checks hold.

use swarmfetch_content::SortedMap;
use swarmfetch_content::text::push_decimal;
use swarmfetch_manifest::keys::KEYS_BYTES_MAX;
use swarmfetch_manifest::policy::POLICY_BYTES_MAX;
use swarmfetch_manifest::record::RECORD_BYTES_MAX;
use swarmfetch_manifest::tree::PARTIAL_BYTES_MAX;
use swarmfetch_manifest::{
    Error, HeadEnvelope, Keys, ObjectRef, Policy, Record, TrustedRoot, Version, WallSecs,
};

use crate::edition::Edition;
use crate::text::name;

pub(crate) struct Site {
    root: TrustedRoot,
    floor: Version,
    keys: Option<(ObjectRef, Keys)>,
    editions: SortedMap<Version, Edition>,
}

impl Site {
    pub(crate) fn new(root: TrustedRoot, floor: Version) -> Self {
        Self {
            root,
            floor,
            keys: None,
            editions: SortedMap::new(),
        }
    }

    pub(crate) fn newest(&self) -> Option<Version> {
        self.editions.last_key_value().map(|(version, _)| *version)
    }

    pub(crate) fn edition(&self, version: f64) -> Option<&Edition> {
        self.editions.get(&Version(version as u64))
    }

    pub(crate) fn edition_mut(&mut self, version: f64) -> Option<&mut Edition> {
        self.editions.get_mut(&Version(version as u64))
    }

    pub(crate) fn forget(&mut self, version: f64) {
        self.editions.remove(&Version(version as u64));
    }

    /// Takes a head with the keys, record and policy that it leads to, as far as they are at hand: bytes that are not
    /// what is wanted count as missing. Nothing when the head is not to be believed. Else lines:
    ///
    /// - Something is missing: `keys`, `record` or `policy`; and its name.
    /// - The version is known now: its number, the second at which it runs out, the root of its tree, the name of its
    ///   pack or nothing, freshness in seconds, bytes that the store may hold, and the STUN port or nothing; then the
    ///   trackers, a line each; an empty line; and the other ICE servers.
    pub(crate) fn adopt(
        &mut self,
        head: &[u8],
        keys: &[u8],
        record: &[u8],
        policy: &[u8],
        now: WallSecs,
    ) -> Option<String> {
        let envelope = HeadEnvelope::parse(head).ok()?;
        let hint = envelope.keys_hint();
        let held = self
            .keys
            .take_if(|(name, keys)| *name == hint && keys.expires >= now);
        let keys = match held {
            Some((_, keys)) => keys,
            None if hint != ObjectRef::of(keys) => return missing("keys", hint, KEYS_BYTES_MAX),
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
        let floor = self.newest().map_or(self.floor, |it| it.max(self.floor));
        head.not_below(floor).ok()?;
        if head.record != ObjectRef::of(record) {
            return missing("record", head.record, RECORD_BYTES_MAX);
        }
        let record = Record::parse(record).ok()?;
        if record.version != head.version {
            return None;
        }
        if record.policy != ObjectRef::of(policy) {
            return missing("policy", record.policy, POLICY_BYTES_MAX);
        }
        let policy = Policy::parse(policy).ok()?;
        let version = head.version;
        let edition = Edition::new(head, record, policy);
        let lines = described(&edition);
        self.editions.insert(version, edition);
        Some(lines)
    }

    /// Of a head that a stranger told: false when it is certainly forged, true when it is signed and newer, nothing
    /// when that cannot be said here.
    pub(crate) fn is_news(&self, head: &[u8], record: &[u8], now: WallSecs) -> Option<bool> {
        let Ok(envelope) = HeadEnvelope::parse(head) else {
            return Some(false);
        };
        let (name, keys) = self.keys.as_ref()?;
        if envelope.keys_hint() != *name {
            return None;
        }
        match envelope.verify(keys, now) {
            Ok(head) if head.record == ObjectRef::of(record) => {
                (Some(head.version) > self.newest()).then_some(true)
            }
            // An old head that ran out was true once.
            Err(Error::Expired { .. }) => None,
            _ => Some(false),
        }
    }
}

/// Says that a file is needed; nothing when it is longer than such a file may be.
fn missing(what: &str, file: ObjectRef, max: usize) -> Option<String> {
    if file.len() > max as u64 {
        return None;
    }
    let mut lines = what.to_owned();
    lines.push('\n');
    lines.push_str(&name(file.id()));
    Some(lines)
}

fn described(edition: &Edition) -> String {
    let policy = &edition.policy;
    let mut lines = String::new();
    let mut line = |text: &str| {
        lines.push_str(text);
        lines.push('\n');
    };
    let decimal = |number| {
        let mut text = String::new();
        push_decimal(&mut text, number, 1);
        text
    };
    let pack = edition.record.pack;
    let pack = pack.filter(|pack| pack.len() <= PARTIAL_BYTES_MAX as u64);
    line(&decimal(edition.head.version.0));
    line(&decimal(edition.expires().0));
    line(&edition.record.tree_root().to_hex());
    line(&pack.map(|it| name(it.id())).unwrap_or_default());
    line(&decimal(policy.freshness_secs.into()));
    line(&decimal(policy.budgets.cache_bytes));
    let stun_port = policy.stun_port.map(u64::from);
    line(&stun_port.map(decimal).unwrap_or_default());
    policy.trackers.iter().for_each(|it| line(it));
    line("");
    policy.ice.iter().for_each(|it| line(it));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use swarmfetch_content::Hash;
    use swarmfetch_manifest::{Head, SigningKey, SiteId, sign_head};

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
            rules: swarmfetch_manifest::Rules::default(),
            header_sets: Vec::new(),
            freshness_secs: 60,
            trackers: vec!["/tracker".into()],
            ice: vec!["stun:stun.example".into()],
            stun_port: Some(8080),
            mirrors: Vec::new(),
            mirror: false,
            budgets: swarmfetch_manifest::policy::Budgets::default(),
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

    fn site() -> Site {
        let key = signer(1).public();
        Site::new(TrustedRoot { site: SITE, key }, Version(2))
    }

    fn adopt(site: &mut Site, it: &Files, now: WallSecs) -> Option<String> {
        site.adopt(&it.head, &it.keys, &it.record, &it.policy, now)
    }

    #[test]
    fn what_is_missing_is_asked_for_in_turn_and_nothing_is_believed_before_all_is_there() {
        let (mut site, it) = (site(), files(3, 1, 1));
        let lines = |what: &str, file: &[u8]| {
            Some(format!(
                "{what}\n{}/{}",
                ObjectRef::of(file).hash(),
                file.len()
            ))
        };
        let other = &b"other"[..];
        for keys in [&[], other] {
            let asked = site.adopt(&it.head, keys, &[], &[], NOW);
            assert_eq!(asked, lines("keys", &it.keys));
        }
        let asked = site.adopt(&it.head, &it.keys, other, &[], NOW);
        assert_eq!(asked, lines("record", &it.record));
        // The keys are known by now.
        let asked = site.adopt(&it.head, &[], &it.record, other, NOW);
        assert_eq!(asked, lines("policy", &it.policy));
        assert_eq!(site.newest(), None);
        let known = adopt(&mut site, &it, NOW).expect("all is there");
        let known: Vec<&str> = known.lines().collect();
        let (root, pack) = (Hash::of(b"root").to_string(), ObjectRef::of(b"pack"));
        let pack = format!("{}/{}", pack.hash(), pack.len());
        assert_eq!(known[..4], ["3", "1797592000", &root, &pack]);
        assert_eq!(
            known[4..],
            [
                "60",
                "500000000",
                "8080",
                "/tracker",
                "",
                "stun:stun.example"
            ]
        );
        assert_eq!(site.newest(), Some(Version(3)));
    }

    #[test]
    fn a_version_never_falls_and_a_stranger_signs_nothing() {
        let mut site = site();
        assert!(
            adopt(&mut site, &files(1, 1, 1), NOW).is_none(),
            "below the script's floor"
        );
        assert!(
            adopt(&mut site, &files(5, 1, 2), NOW).is_none(),
            "another's signature"
        );
        assert!(
            adopt(&mut site, &files(5, 1, 1), WallSecs(LATER.0 + 1)).is_none(),
            "ran out"
        );
        assert!(adopt(&mut site, &files(5, 2, 1), NOW).is_some());
        assert!(
            adopt(&mut site, &files(4, 2, 1), NOW).is_none(),
            "below the newest"
        );
        assert!(
            adopt(&mut site, &files(6, 1, 1), NOW).is_none(),
            "older keys"
        );
        assert!(
            adopt(&mut site, &files(5, 2, 1), NOW).is_some(),
            "the same again"
        );
        assert_eq!(site.newest(), Some(Version(5)));
    }

    #[test]
    fn news_is_what_is_signed_and_newer() {
        let mut site = site();
        let (old, now, new) = (files(3, 1, 1), files(4, 1, 1), files(5, 1, 1));
        assert_eq!(
            site.is_news(&new.head, &new.record, NOW),
            None,
            "no keys yet"
        );
        adopt(&mut site, &now, NOW).expect("good");
        assert_eq!(site.is_news(&new.head, &new.record, NOW), Some(true));
        assert_eq!(site.is_news(&old.head, &old.record, NOW), None);
        assert_eq!(site.is_news(&new.head, &old.record, NOW), Some(false));
        let forged = files(5, 1, 2);
        assert_eq!(site.is_news(&forged.head, &forged.record, NOW), Some(false));
        assert_eq!(site.is_news(b"garbage", &new.record, NOW), Some(false));
        let late = WallSecs(LATER.0 + 1);
        assert_eq!(
            site.is_news(&new.head, &new.record, late),
            None,
            "was true once"
        );
    }
}
