//! One version of a site: tree, policy, keys, record and signed head, made from a [`Site`].
//!
//! Pure but for the key: the same site, configuration, key and predecessor give the same bytes. An
//! unchanged site keeps its version and its very head.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use swarmfetch_content::{Hash, ObjectId};
use swarmfetch_manifest::{
    Entry, Error as Defect, Head, HeaderSet, Keys, ObjectRef, OwnHeader, Policy, Query, Record,
    Rule, Rules, SigningKey, TreeBuilder, TreeView, TrustedRoot, UrlKey, Version, WallSecs,
    sign_head,
};

use crate::Error;
use crate::address::Address;
use crate::config::Config;
use crate::folder::PAGE_SCRIPT;
use crate::headers::script_headers;
use crate::ice::IceServer;
use crate::scripts::{Scripts, SiteData, SiteScripts};
use crate::site::Site;

/// Where the tracker answers on a site's own origin.
pub const TRACKER_PATH: &str = "/.well-known/swarmfetch/tracker";

/// The largest tree that is published as one object too, in bytes: about a thousand URLs, one fetch
/// for a visitor instead of one for every page.
const PACK_BYTES_MAX: usize = 256 * 1024;

/// A year, in seconds.
const YEAR_SECS: u64 = 365 * 24 * 3600;

/// What the output holds of an earlier version.
#[derive(Debug, Clone)]
pub struct Previous {
    /// Its verified head.
    pub head: Head,
    /// The head's file.
    pub head_file: Vec<u8>,
    /// Its record.
    pub record: Record,
    /// Its keys object.
    pub keys: Keys,
    /// The keys object's bytes.
    pub keys_bytes: Vec<u8>,
    /// Every URL it labelled.
    pub urls: BTreeMap<UrlKey, Entry>,
    /// The tree's nodes, read and verified; none of a site that came as one pack.
    pub nodes: BTreeSet<Hash>,
}

/// Why an earlier version cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// Something it names is not there.
    #[error("missing: {what}")]
    Missing {
        /// What.
        what: &'static str,
    },
    /// Something is there that it is not.
    #[error(transparent)]
    Defect(#[from] Defect),
}

/// What happened to the version number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// There was no earlier version.
    First,
    /// Something differs.
    Changed,
    /// Nothing differs, but the head would have run out: it was signed again.
    Renewed,
    /// Nothing differs.
    Unchanged,
}

/// How a version's URLs differ from its predecessor's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// URLs that were not labelled before.
    pub new: usize,
    /// URLs whose content or headers differ.
    pub changed: usize,
    /// URLs that are no longer labelled.
    pub gone: usize,
}

/// One version of a site, ready to be written.
#[derive(Debug, Clone)]
pub struct Release {
    /// Its number.
    pub version: Version,
    /// What happened to the number.
    pub change: Change,
    /// How its URLs differ.
    pub difference: Difference,
    /// Until when the head is believed.
    pub expires: WallSecs,
    /// The signed head's file.
    pub head: Vec<u8>,
    /// Everything below it but the content itself, by the hash it is stored under.
    pub objects: BTreeMap<Hash, Vec<u8>>,
    /// The site's scripts.
    pub scripts: SiteScripts,
}

impl Release {
    /// Makes the version that follows `previous`.
    ///
    /// # Errors
    /// [`Error::Manifest`] for what the formats cannot carry, [`Error::Script`].
    pub fn make(
        site: &Site,
        config: &Config,
        key: &SigningKey,
        scripts: &Scripts,
        previous: Option<&Previous>,
        now: WallSecs,
    ) -> Result<Self, Error> {
        let rules = rules(site, config);
        let scripts = scripts.of_site(&SiteData {
            site: config.site,
            root: key.public(),
            rules: &rules,
            start: config.start,
        })?;
        let page_script = Address::of_file(PAGE_SCRIPT);
        let script_headers = script_headers();
        let (sets, indices) = header_sets(site, &script_headers);
        let mut entries = entries(site, &indices);
        entries.push((
            &page_script,
            UrlKey::of_path(page_script.as_str()),
            script_entry(&scripts.page, indices[&script_headers]),
        ));
        let mut tree = TreeBuilder::new();
        for (address, key, entry) in &entries {
            tree.insert(*key, entry).map_err(defect(address.as_str()))?;
        }
        let mut objects: BTreeMap<Hash, Vec<u8>> = tree.nodes().into_iter().collect();
        let root = tree.root();
        let pack = tree.pack_within(PACK_BYTES_MAX);
        for outboard in site
            .scanned
            .iter()
            .flatten()
            .filter_map(|scanned| scanned.outboard.as_ref())
        {
            store(&mut objects, outboard.clone());
        }
        let pack = pack.map(|pack| store(&mut objects, pack));
        let policy = policy(rules, config, sets)
            .encode()
            .map_err(defect("the policy"))?;
        // Limits that only readers know are the publisher's too.
        Policy::parse(&policy).map_err(defect("the policy"))?;
        let policy = store(&mut objects, policy);
        let keys = store(&mut objects, keys(config, key, previous, now)?);
        let record = |version| Record::new(version, root, tree.len() as u64, pack, policy, keys);

        let same = previous.filter(|previous| record(previous.record.version) == previous.record);
        let version = match (same, previous) {
            (Some(same), _) => same.record.version,
            // Versions only grow. They follow the clock, so that publishing into a fresh folder,
            // without the earlier output, is no rollback in the eyes of visitors.
            (None, Some(previous)) => Version(now.0.max(previous.head.version.0 + 1)),
            (None, None) => Version(now.0.max(1)),
        };
        let record = store(&mut objects, record(version).encode());
        let lasting = same.filter(|same| lasts(&same.head, config.expires, now));
        let (head, expires) = match lasting {
            Some(same) => (same.head_file.clone(), same.head.expires),
            None => {
                let expires = WallSecs(now.0 + config.expires.as_secs());
                let head = Head {
                    site: config.site,
                    version,
                    record,
                    published: now,
                    expires,
                };
                (sign_head(&head, &keys, std::slice::from_ref(key)), expires)
            }
        };
        Ok(Self {
            version,
            change: match (previous, same, lasting) {
                (None, ..) => Change::First,
                (Some(_), None, _) => Change::Changed,
                (Some(_), Some(_), None) => Change::Renewed,
                (Some(_), Some(_), Some(_)) => Change::Unchanged,
            },
            difference: difference(&entries, previous),
            expires,
            head,
            objects,
            scripts,
        })
    }
}

type Entries<'a> = Vec<(&'a Address, UrlKey, Entry)>;

fn entries<'a>(site: &'a Site, indices: &BTreeMap<&HeaderSet, u16>) -> Entries<'a> {
    let mut entries = Vec::with_capacity(site.labelled.len());
    for (address, labelled) in &site.labelled {
        let Some(scanned) = &site.scanned[labelled.file] else {
            continue;
        };
        let mut entry = Entry::new(scanned.facts.object, indices[&labelled.headers.set]);
        entry.own_headers = labelled.headers.own.clone();
        entry.needs = labelled.needs.iter().map(UrlKey::prefix).collect();
        entry.set_compressible(labelled.headers.compressible);
        if let Some(outboard) = &scanned.outboard {
            entry.set_outboard(Hash::of(outboard));
        }
        entries.push((address, UrlKey::of_path(address.as_str()), entry));
    }
    entries
}

/// The owner's rules, and one for the page's script: a page needs it to carry the swarm, also while
/// the origin is down.
fn rules(site: &Site, config: &Config) -> Rules {
    let mut rules = site.rules.clone();
    let script = Rule {
        path: format!("/{PAGE_SCRIPT}"),
        origin: None,
        query: Query::None,
        mode: config.mode,
        extensions: Vec::new(),
    };
    rules.share.insert(0, script);
    rules
}

fn script_entry(script: &[u8], header_set: u16) -> Entry {
    let mut entry = Entry::new(ObjectId::of(script), header_set);
    entry.own_headers = vec![OwnHeader::EtagOfHash { weak: true }];
    entry.set_compressible(true);
    entry
}

/// Every header set once, in an order that depends on nothing but the sets.
fn header_sets<'a>(
    site: &'a Site,
    script: &'a HeaderSet,
) -> (Vec<HeaderSet>, BTreeMap<&'a HeaderSet, u16>) {
    let sets: BTreeSet<&HeaderSet> = site
        .labelled
        .values()
        .map(|labelled| &labelled.headers.set)
        .chain([script])
        .collect();
    let listed = sets.iter().map(|set| (*set).clone()).collect();
    // More than 65,536 sets do not fit into a policy of 64 KiB, which is then the error.
    let indices = sets
        .into_iter()
        .zip((0..=u16::MAX).chain(std::iter::repeat(u16::MAX)))
        .collect();
    (listed, indices)
}

fn policy(rules: Rules, config: &Config, header_sets: Vec<HeaderSet>) -> Policy {
    let trackers = match config.trackers.as_slice() {
        [] => vec![TRACKER_PATH.to_owned()],
        named => named.to_vec(),
    };
    Policy {
        rules,
        header_sets,
        freshness_secs: u32::try_from(config.freshness.as_secs()).unwrap_or(u32::MAX),
        trackers,
        ice: config.ice.iter().map(IceServer::line).collect(),
        stun_port: config.stun_port,
        mirrors: Vec::new(),
        mirror: config.mirror,
        budgets: config.budgets.clone(),
    }
}

/// The keys object: the earlier one while it lasts another year, so that records do not change for
/// the clock's sake; else one that runs to the end of the third year from now.
fn keys(
    config: &Config,
    key: &SigningKey,
    previous: Option<&Previous>,
    now: WallSecs,
) -> Result<Vec<u8>, Error> {
    if let Some(previous) = previous
        && previous.keys.expires.0 > now.0 + YEAR_SECS
    {
        return Ok(previous.keys_bytes.clone());
    }
    let expires = WallSecs((now.0 / YEAR_SECS + 3) * YEAR_SECS);
    Keys::single(config.site, key.public(), expires)
        .sign(std::slice::from_ref(key))
        .map_err(defect("the keys object"))
}

/// Has this head more than half of its life before it? Then it stays as it is.
fn lasts(head: &Head, life: Duration, now: WallSecs) -> bool {
    let half = life.as_secs() / 2;
    head.published <= now
        && head.expires.0 > now.0 + half
        && head.expires.0 <= now.0 + life.as_secs()
}

fn difference(entries: &Entries<'_>, previous: Option<&Previous>) -> Difference {
    let empty = BTreeMap::new();
    let before = previous.map_or(&empty, |previous| &previous.urls);
    let (mut new, mut changed) = (0, 0);
    for (_, key, entry) in entries {
        match before.get(key) {
            None => new += 1,
            Some(old) if old.object() != entry.object() || old.own_headers != entry.own_headers => {
                changed += 1
            }
            Some(_) => {}
        }
    }
    Difference {
        new,
        changed,
        gone: (before.len() + new).saturating_sub(entries.len()),
    }
}

fn store(objects: &mut BTreeMap<Hash, Vec<u8>>, bytes: Vec<u8>) -> ObjectRef {
    let name = ObjectRef::of(&bytes);
    objects.insert(name.hash(), bytes);
    name
}

fn defect(what: &str) -> impl FnOnce(Defect) -> Error {
    let what = what.to_owned();
    move |source| Error::Manifest { what, source }
}

impl Previous {
    /// Reads an earlier version: `head_file` is its head, `object` finds what it names.
    ///
    /// # Errors
    /// The first defect found; nothing is believed that the root key does not vouch for. Expired
    /// heads and keys are read too: the publisher only wants to know where it was.
    pub fn read(
        head_file: Vec<u8>,
        root: &TrustedRoot,
        object: impl Fn(Hash) -> Option<Vec<u8>>,
    ) -> Result<Self, Unreadable> {
        let ever = WallSecs(0);
        let missing = |what| Unreadable::Missing { what };
        let fetch = |name: ObjectRef, what: &'static str| -> Result<Vec<u8>, Unreadable> {
            let bytes = object(name.hash()).ok_or(missing(what))?;
            name.check(what, &bytes)?;
            Ok(bytes)
        };
        let envelope = swarmfetch_manifest::HeadEnvelope::parse(&head_file)?;
        let keys_bytes = fetch(envelope.keys_hint(), "keys")?;
        let keys = Keys::verify(&keys_bytes, root, ever)?;
        let head = envelope.verify(&keys, ever)?;
        let record = Record::parse(&fetch(head.record, "record")?)?;
        let mut tree = TreeView::new(record.tree_root());
        if let Some(pack) = record.pack {
            tree.graft(record.tree_root(), fetch(pack, "tree pack")?)?;
        }
        // Level by level: to ask what is missing is to look at all that is there.
        let mut nodes = BTreeSet::new();
        loop {
            let level = tree.missing();
            if level.is_empty() {
                break;
            }
            for node in level {
                tree.graft(node, object(node).ok_or(missing("tree nodes"))?)?;
                nodes.insert(node);
            }
        }
        let urls = tree
            .urls()?
            .into_iter()
            .map(|url| (url.key(), url.entry().clone()))
            .collect();
        Ok(Self {
            head,
            head_file,
            record,
            keys,
            keys_bytes,
            urls,
            nodes,
        })
    }

    /// Every object that the earlier version consists of, content included.
    #[must_use]
    pub fn objects(&self) -> BTreeSet<Hash> {
        let mut objects = BTreeSet::from([
            self.head.record.hash(),
            self.record.policy.hash(),
            self.record.keys.hash(),
        ]);
        objects.extend(self.record.pack.map(|pack| pack.hash()));
        for entry in self.urls.values() {
            objects.insert(entry.object().hash);
            objects.extend(entry.outboard());
        }
        if self.nodes.is_empty() {
            let mut tree = TreeBuilder::new();
            for (key, entry) in &self.urls {
                // Entries that were read fit, and each key comes once.
                let _inserted = tree.insert(*key, entry);
            }
            objects.extend(tree.nodes().into_iter().map(|(hash, _)| hash));
        } else {
            objects.extend(&self.nodes);
        }
        objects
    }

    /// What the earlier version answered for a URL.
    #[must_use]
    pub fn entry(&self, address: &Address) -> Option<&Entry> {
        self.urls.get(&UrlKey::of_path(address.as_str()))
    }
}
