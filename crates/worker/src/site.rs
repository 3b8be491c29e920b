//! The versions of the site that are known: what of the origin's promises [`Trust`] believes, and what JavaScript is told
//! of it.

use swarmfetch_content::SortedMap;
use swarmfetch_content::text::push_decimal;
#[cfg(doc)]
use swarmfetch_manifest::Record;
use swarmfetch_manifest::tree::PARTIAL_BYTES_MAX;
use swarmfetch_manifest::trust::{Part, Step, Trust};
use swarmfetch_manifest::{Signatures, Version, WallSecs};

use crate::edition::Edition;
use crate::signatures::Platform;
use crate::text::name;

pub(crate) struct Site<S = Platform> {
    pub(crate) trust: Trust<S>,
    editions: SortedMap<Version, Edition>,
}

impl<S: Signatures> Site<S> {
    pub(crate) fn new(trust: Trust<S>) -> Self {
        let editions = SortedMap::new();
        Self { trust, editions }
    }

    pub(crate) fn edition(&self, version: f64) -> Option<&Edition> {
        self.editions.get(&Version(version as u64))
    }

    pub(crate) fn edition_mut(&mut self, version: f64) -> Option<&mut Edition> {
        self.editions.get_mut(&Version(version as u64))
    }

    pub(crate) fn editions(&self) -> impl Iterator<Item = &Edition> {
        self.editions.values()
    }

    pub(crate) fn editions_mut(&mut self) -> impl Iterator<Item = &mut Edition> {
        self.editions.values_mut()
    }

    pub(crate) fn forget(&mut self, version: f64) {
        self.editions.remove(&Version(version as u64));
    }

    /// What came of a head ([`Trust::adopt`]), in lines:
    ///
    /// - Signatures are being checked: `signatures`, to be handed in again when all are.
    /// - The owner has switched the swarm off ([`Record::is_off`]): `off`.
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
        match self.trust.adopt(head, keys, record, policy, now)? {
            Step::Unchecked => Some("signatures".to_owned()),
            Step::Missing(part, file) => {
                let part = match part {
                    Part::Keys => "keys\n",
                    Part::Record => "record\n",
                    Part::Policy => "policy\n",
                };
                let mut lines = part.to_owned();
                lines.push_str(&name(file.id()));
                Some(lines)
            }
            Step::Accepted(_, record, _) if record.is_off() => Some("off".to_owned()),
            Step::Accepted(head, record, policy) => {
                let version = head.version;
                let edition = Edition::new(head, record, policy);
                let lines = described(&edition);
                self.editions.insert(version, edition);
                Some(lines)
            }
        }
    }
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
    line(&decimal(policy.budgets.upload_bytes_per_day));
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
    use swarmfetch_manifest::{
        Head, Keys, ObjectRef, Policy, Record, Rules, SigningKey, SiteId, TrustedRoot, sign_head,
    };

    const NOW: WallSecs = WallSecs(1_795_000_000);
    const LATER: WallSecs = WallSecs(1_797_592_000);
    const SITE: SiteId = SiteId([7; 16]);

    #[test]
    fn what_is_missing_and_what_is_known_is_told_in_lines() {
        let signer = || SigningKey::from_bytes(&[1; 32]);
        let policy = Policy {
            rules: Rules::default(),
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
        let keys = Keys::single(SITE, signer().public(), LATER);
        let keys = keys.sign(&[signer()]).expect("one key");
        let [pack, named] = [ObjectRef::of(b"pack"), ObjectRef::of(&keys)];
        let (root, version) = (Hash::of(b"root"), Version(3));
        let record = Record::new(version, root, 1, Some(pack), ObjectRef::of(&policy), named);
        let record = record.encode();
        let head = Head {
            site: SITE,
            version,
            record: ObjectRef::of(&record),
            published: NOW,
            expires: LATER,
        };
        let head = sign_head(&head, &named, &[signer()]);
        let key = signer().public();
        let mut site = Site::new(Trust::new(TrustedRoot { site: SITE, key }, Version(2)));
        for (what, file, rest) in [
            ("keys", &keys, [&[][..], &[], &[]]),
            ("record", &record, [&keys, &[], &[]]),
            ("policy", &policy, [&keys, &record, &[]]),
        ] {
            let told = site.adopt(&head, rest[0], rest[1], rest[2], NOW);
            let (hash, len) = (ObjectRef::of(file).hash(), file.len());
            assert_eq!(told, Some(format!("{what}\n{hash}/{len}")));
        }
        let told = site.adopt(&head, &keys, &record, &policy, NOW);
        let (root, pack) = (root.to_string(), format!("{}/{}", pack.hash(), pack.len()));
        let lines = [
            "3",
            "1797592000",
            &root,
            &pack,
            "60",
            "500000000",
            "200000000",
            "8080",
            "/tracker",
            "",
            "stun:stun.example",
        ];
        assert_eq!(told, Some(lines.join("\n") + "\n"));
    }
}
