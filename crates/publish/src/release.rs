//! One version of a site: tree, policy, keys, record and signed head, made from a [`Site`].
//!
//! Pure but for the key and earlier contents: the same site, configuration, key and predecessor give the same bytes. An
//! unchanged site keeps its version and its very head.

mod previous;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use swarmfetch_content::{Hash, ObjectId};
use swarmfetch_manifest::tree::Extent;
use swarmfetch_manifest::{
    Entry, Error as Defect, Head, HeaderSet, ObjectRef, OwnHeader, Policy, Query, Record, Rule,
    Rules, TreeBuilder, UrlKey, Version, WallSecs,
};

use crate::Error;
use crate::address::Address;
use crate::config::Config;
use crate::delta::{Earlier, Following, Uses};
use crate::folder::PAGE_SCRIPT;
use crate::headers::{ResponseHeaders, script_headers};
use crate::ice::IceServer;
use crate::scan::Scanned;
use crate::scripts::{Scripts, SiteData, SiteScripts};
use crate::signer::Signer;
use crate::site::{Labelled, Site};
use crate::tally::Tally;

pub use previous::{Chain, Previous, Unreadable};

/// Where the tracker answers on a site's own origin.
pub const TRACKER_PATH: &str = "/.well-known/swarmfetch/tracker";

/// The largest tree that is published as one object too, in bytes: about a thousand URLs, one fetch
/// for a visitor instead of one for every page.
const PACK_BYTES_MAX: usize = 256 * 1024;

/// The same, or what a test says.
pub(crate) fn pack_bytes_max() -> usize {
    #[cfg(test)]
    return TEST_PACK_BYTES_MAX.get();
    #[cfg(not(test))]
    PACK_BYTES_MAX
}

#[cfg(test)]
thread_local! {
    /// Small sites are as large ones, where this is small.
    pub(crate) static TEST_PACK_BYTES_MAX: std::cell::Cell<usize> =
        const { std::cell::Cell::new(PACK_BYTES_MAX) };
}

/// A year, in seconds.
pub(crate) const YEAR_SECS: u64 = 365 * 24 * 3600;

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
    /// Its record.
    pub record: ObjectRef,
    /// The nodes of its tree and how much is below each.
    pub(crate) extents: BTreeMap<Hash, Extent>,
    /// A pack of its tree would take so many bytes at least.
    pub(crate) pack_bytes_min: usize,
    /// The patches that its entries name.
    pub(crate) patches: Uses,
}

/// What a version says, before it has a number.
pub(crate) struct Contents {
    pub(crate) rules: Rules,
    pub(crate) header_sets: Vec<HeaderSet>,
    pub(crate) scripts: SiteScripts,
    /// The tree's root.
    pub(crate) root: Hash,
    /// How many URLs are in the tree.
    pub(crate) urls: u64,
    /// The tree as one object.
    pub(crate) pack: Option<ObjectRef>,
    /// A pack takes so many bytes at least.
    pub(crate) pack_bytes_min: usize,
    pub(crate) extents: BTreeMap<Hash, Extent>,
    /// Nodes and outboards.
    pub(crate) objects: BTreeMap<Hash, Vec<u8>>,
    pub(crate) patches: Uses,
    pub(crate) difference: Difference,
}

impl Release {
    /// Makes the version that follows `previous`.
    ///
    /// # Errors
    /// [`Error::Manifest`] for what the formats cannot carry, [`Error::Script`].
    pub(crate) fn make(
        site: &Site,
        config: &Config,
        signer: &Signer,
        scripts: &Scripts,
        previous: Option<&Previous>,
        earlier: &Earlier<'_>,
        now: WallSecs,
    ) -> Result<Self, Error> {
        let (rules, scripts) = site_scripts(&site.rules, config, signer, scripts)?;
        let page_script = Address::of_file(PAGE_SCRIPT);
        let sets = HeaderSets::of(&site.tally);
        let mut entries = Vec::with_capacity(site.labelled.len() + 1);
        for (address, labelled) in &site.labelled {
            if let Some(scanned) = &site.scanned[labelled.file] {
                let Labelled { headers, needs, .. } = labelled;
                entries.push((address, sets.entry(scanned, headers, needs)));
            }
        }
        let patches = patch(&mut entries, site, previous, earlier);
        entries.push((&page_script, sets.script_entry(&scripts.page)));
        let mut tree = TreeBuilder::new();
        for (address, entry) in &entries {
            let key = UrlKey::of_path(address.as_str());
            tree.insert(key, entry).map_err(defect(address.as_str()))?;
        }
        let nodes = tree.cut();
        let extents = nodes.iter().map(|node| (node.hash, node.extent)).collect();
        let nodes = nodes.into_iter().map(|node| (node.hash, node.bytes));
        let mut objects: BTreeMap<Hash, Vec<u8>> = nodes.collect();
        objects.extend(patches);
        let mut uses = Uses::default();
        for (_, entry) in &entries {
            uses.come(entry);
        }
        for outboard in site
            .scanned
            .iter()
            .flatten()
            .filter_map(|scanned| scanned.outboard.as_ref())
        {
            store(&mut objects, outboard.clone());
        }
        let pack = tree.pack_within(pack_bytes_max());
        let contents = Contents {
            rules,
            scripts,
            root: tree.root(),
            urls: tree.len() as u64,
            pack: pack.map(|pack| store(&mut objects, pack)),
            pack_bytes_min: tree.pack_bytes_min(),
            extents,
            objects,
            patches: uses,
            difference: difference(&entries, previous),
            header_sets: sets.listed,
        };
        let chain = previous.map(|previous| &previous.chain);
        Self::sign(contents, config, signer, chain, now)
    }

    /// Gives a version its number, and signs it.
    ///
    /// # Errors
    /// [`Error::Manifest`] for what the formats cannot carry.
    pub(crate) fn sign(
        contents: Contents,
        config: &Config,
        signer: &Signer,
        previous: Option<&Chain>,
        now: WallSecs,
    ) -> Result<Self, Error> {
        let Contents {
            rules,
            header_sets,
            mut objects,
            root,
            urls,
            pack,
            ..
        } = contents;
        let policy = policy(rules, config, header_sets)
            .encode()
            .map_err(defect("the policy"))?;
        // Limits that only readers know are the publisher's too.
        Policy::parse(&policy).map_err(defect("the policy"))?;
        let policy = store(&mut objects, policy);
        let keys = store(&mut objects, signer.keys(previous, now)?);
        let record = |version| Record::new(version, root, urls, pack, policy, keys);

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
                (signer.sign_head(&head, &keys), expires)
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
            difference: contents.difference,
            expires,
            head,
            objects,
            scripts: contents.scripts,
            record,
            extents: contents.extents,
            patches: contents.patches,
            pack_bytes_min: contents.pack_bytes_min,
        })
    }
}

/// The rules for the worker, and the scripts that say them.
///
/// # Errors
/// [`Error::Script`].
pub(crate) fn site_scripts(
    baked: &Rules,
    config: &Config,
    signer: &Signer,
    scripts: &Scripts,
) -> Result<(Rules, SiteScripts), Error> {
    let rules = rules(baked, config);
    let scripts = scripts.of_site(&SiteData {
        site: config.site,
        root: signer.root().key,
        rules: &rules,
        start: config.start,
    })?;
    Ok((rules, scripts))
}

/// Every header set once, in an order that depends on nothing but the sets.
pub(crate) struct HeaderSets {
    pub(crate) listed: Vec<HeaderSet>,
}

impl HeaderSets {
    /// Those of the URLs that were counted, and of the page script.
    pub(crate) fn of(tally: &Tally) -> Self {
        let script = script_headers();
        let sets: BTreeSet<&HeaderSet> = tally.sets.keys().chain([&script]).collect();
        Self {
            listed: sets.into_iter().cloned().collect(),
        }
    }

    fn index(&self, set: &HeaderSet) -> u16 {
        let index = self.listed.binary_search(set).unwrap_or(usize::MAX);
        // More than 65,536 sets do not fit into a policy of 64 KiB, which is then the error.
        u16::try_from(index).unwrap_or(u16::MAX)
    }

    pub(crate) fn entry(
        &self,
        scanned: &Scanned,
        headers: &ResponseHeaders,
        needs: &[UrlKey],
    ) -> Entry {
        let mut entry = Entry::new(scanned.facts.object, self.index(&headers.set));
        entry.own_headers.clone_from(&headers.own);
        entry.needs = needs.iter().map(UrlKey::prefix).collect();
        entry.set_compressible(headers.compressible);
        if let Some(outboard) = &scanned.outboard {
            entry.set_outboard(Hash::of(outboard));
        }
        entry
    }

    fn script_entry(&self, script: &[u8]) -> Entry {
        let mut entry = Entry::new(ObjectId::of(script), self.index(&script_headers()));
        entry.own_headers = vec![OwnHeader::EtagOfHash { weak: true }];
        entry.set_compressible(true);
        entry
    }
}

/// The owner's rules, and one for the page's script: a page needs it to carry the swarm, also while
/// the origin is down.
fn rules(baked: &Rules, config: &Config) -> Rules {
    let mut rules = baked.clone();
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

impl Contents {
    /// A version that shares nothing ([`Record::is_off`]).
    pub(crate) fn nothing(scripts: SiteScripts, previous: Option<&Previous>) -> Self {
        let tree = TreeBuilder::new();
        Self {
            rules: Rules::default(),
            header_sets: Vec::new(),
            scripts,
            root: tree.root(),
            urls: 0,
            pack: None,
            pack_bytes_min: 0,
            extents: BTreeMap::new(),
            objects: BTreeMap::new(),
            patches: Uses::default(),
            difference: difference(&[], previous),
        }
    }
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

/// Has this head more than half of its life before it? Then it stays as it is.
fn lasts(head: &Head, life: Duration, now: WallSecs) -> bool {
    let half = life.as_secs() / 2;
    head.published <= now
        && head.expires.0 > now.0 + half
        && head.expires.0 <= now.0 + life.as_secs()
}

fn difference(entries: &[(&Address, Entry)], previous: Option<&Previous>) -> Difference {
    let empty = BTreeMap::new();
    let before = previous.map_or(&empty, |previous| &previous.urls);
    let mut difference = Difference::default();
    for (address, entry) in entries {
        difference.count(before.get(&UrlKey::of_path(address.as_str())), Some(entry));
    }
    difference.gone = (before.len() + difference.new).saturating_sub(entries.len());
    difference
}

impl Difference {
    /// Counts what came of one URL.
    pub(crate) fn count(&mut self, before: Option<&Entry>, after: Option<&Entry>) {
        match (before, after) {
            (None, Some(_)) => self.new += 1,
            (Some(_), None) => self.gone += 1,
            (Some(old), Some(new)) => {
                let differ = old.object() != new.object() || old.own_headers != new.own_headers;
                self.changed += usize::from(differ);
            }
            (None, None) => {}
        }
    }
}

/// Gives entries their patches from the version before; what these consist of.
fn patch(
    entries: &mut [(&Address, Entry)],
    site: &Site,
    previous: Option<&Previous>,
    earlier: &Earlier<'_>,
) -> BTreeMap<Hash, Vec<u8>> {
    let mut following: Vec<Following<'_>> = entries
        .iter_mut()
        .filter_map(|(address, entry)| {
            let before = previous?.entry(address)?;
            let labelled = site.labelled.get(*address)?;
            let is_any = before.object() != entry.object() || !before.patches.is_empty();
            is_any.then(|| Following {
                entry,
                before: before.clone(),
                path: site.files[labelled.file].path.clone(),
            })
        })
        .collect();
    earlier.patch(&mut following)
}

fn store(objects: &mut BTreeMap<Hash, Vec<u8>>, bytes: Vec<u8>) -> ObjectRef {
    let name = ObjectRef::of(&bytes);
    objects.insert(name.hash(), bytes);
    name
}

pub(crate) fn defect(what: &str) -> impl FnOnce(Defect) -> Error {
    let what = what.to_owned();
    move |source| Error::Manifest { what, source }
}
