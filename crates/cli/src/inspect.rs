//! `swarmfetch inspect`: walk the chain from the root key to one URL, as a visitor's worker does,
//! and show every step; or say where it ends.

mod source;

use swarmfetch_content::text::push_hex;
use swarmfetch_content::{Hash, ObjectId};
use swarmfetch_manifest::entry::http_date;
use swarmfetch_manifest::rules::path_matches;
use swarmfetch_manifest::{
    Entry, Head, HeadEnvelope, Keys, Lookup, ObjectRef, Policy, PublicKey, Query, Record, SiteId,
    TreeView, TrustedRoot, UrlKey, WallSecs,
};
use swarmfetch_publish::address::Address;
use swarmfetch_publish::folder::{WELL_KNOWN, WORKER_SCRIPT};
use swarmfetch_publish::publisher::now;

use crate::failure::Failure;
use crate::report::size;
pub(crate) use source::Source;

/// Show what is published: head, record and policy, or the entry and proof of one URL
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A published folder, or the address of a site or of one of its pages
    path_or_url: String,
    /// A URL path of the site, such as /docs/
    url_path: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (source, page) = Source::of(&arguments.path_or_url)?;
    let site = Chain::verify(&source)?;
    let home = Address::of_file("");
    let address = match (&arguments.url_path, page) {
        (Some(path), _) => Some(home.resolve(path).ok_or_else(|| {
            Failure::new(
                format!("\"{path}\" is no URL path of the site"),
                "write it as in the browser's address bar, from the first /",
            )
        })?),
        (None, page) => page,
    };
    match address {
        None => site.describe(),
        Some(address) => site.look_up(&source, &address)?,
    }
    Ok(())
}

/// A site's chain of trust, every link of it checked.
pub(crate) struct Chain {
    root: TrustedRoot,
    keys: Keys,
    pub(crate) head: Head,
    record: Record,
    pub(crate) policy: Policy,
}

impl Chain {
    pub(crate) fn verify(source: &Source) -> Result<Self, Failure> {
        let root = root_of(&source.required(WORKER_SCRIPT)?)?;
        let defect = |what: &'static str| {
            move |error| {
                Failure::new(
                    format!("{what}: {error}"),
                    "publish again; visitors take the site as a plain one meanwhile",
                )
            }
        };
        // Whether it ran out is shown, not an end.
        let ever = WallSecs(0);
        let envelope = HeadEnvelope::parse(&source.required(&format!("{WELL_KNOWN}/head"))?)
            .map_err(defect("the head"))?;
        let keys = Keys::verify(&object(source, envelope.keys_hint(), "keys")?, &root, ever)
            .map_err(defect("the keys"))?;
        let head = envelope.verify(&keys, ever).map_err(defect("the head"))?;
        let record =
            Record::parse(&object(source, head.record, "record")?).map_err(defect("the record"))?;
        let policy = Policy::parse(&object(source, record.policy, "policy")?)
            .map_err(defect("the policy"))?;
        Ok(Self {
            root,
            keys,
            head,
            record,
            policy,
        })
    }

    fn describe(&self) {
        let Self {
            head,
            record,
            policy,
            ..
        } = self;
        println!("site       {}, root key {}", self.root.site, self.root.key);
        println!(
            "head       version {}, published {}, expires {}{}",
            head.version.0,
            http_date(head.published),
            http_date(head.expires),
            self.expiry()
        );
        println!(
            "keys       {}, list {}: {} of {} publishing keys sign, until {}",
            record.keys.hash(),
            self.keys.number,
            self.keys.threshold,
            self.keys.publishers.len(),
            http_date(self.keys.expires)
        );
        println!(
            "record     {}, {} bytes",
            head.record.hash(),
            head.record.len()
        );
        if record.is_off() {
            println!("off        nothing is shared: the owner has switched the swarm off");
            return;
        }
        println!("tree       {}, {} URLs", record.tree_root(), record.entries);
        match record.pack {
            Some(pack) => println!("pack       {}, {}", pack.hash(), size(pack.len())),
            None => println!("pack       none: the tree comes node by node"),
        }
        println!(
            "policy     {}, {} bytes",
            record.policy.hash(),
            record.policy.len()
        );
        for rule in &policy.rules.share {
            let query = match rule.query {
                Query::None => "without a query",
                Query::Exact => "with the queries that the site's pages name",
                Query::Ignore => "with any query",
            };
            let kinds = if rule.extensions.is_empty() {
                "any".to_owned()
            } else {
                rule.extensions.join(" ")
            };
            println!("  share    {} ({query}; extensions {kinds})", rule.path);
        }
        for glob in &policy.rules.private {
            println!("  private  {glob}");
        }
        println!("  headers  {} sets", policy.header_sets.len());
        println!(
            "  asked    at most every {} s for a newer head",
            policy.freshness_secs
        );
        println!("  trackers {}", policy.trackers.join(" "));
        let stun = policy.stun_port.map(|port| format!("udp port {port}"));
        println!(
            "  stun     {}",
            stun.into_iter()
                // Without the credentials that may stand behind them.
                .chain(
                    policy
                        .ice
                        .iter()
                        .filter_map(|it| Some(it.split(' ').next()?.to_owned()))
                )
                .collect::<Vec<_>>()
                .join(" ")
        );
    }

    fn expiry(&self) -> &'static str {
        if self.head.expires < now() {
            " (over: visitors no longer believe it)"
        } else {
            ""
        }
    }

    fn look_up(&self, source: &Source, address: &Address) -> Result<(), Failure> {
        println!("url        {address}{}", self.expiry());
        let query = address.as_str().split_once('?').map(|(_, query)| query);
        let rule = self.policy.rules.nominate(None, address.path(), query);
        let address = match rule {
            Some(rule) if rule.query == Query::Ignore => Address::of_path_of(address),
            _ => address.clone(),
        };
        let key = UrlKey::of_path(address.as_str());
        let (found, nodes, bytes) = self.prove(source, &key)?;
        let proof = format!(
            "{nodes} nodes, {bytes} bytes, up to tree {}",
            self.record.tree_root()
        );
        match (found, rule) {
            (Some(entry), Some(_)) => {
                println!("key        {}", Hash::from_bytes(key.0));
                println!("proof      {proof}");
                self.show(&entry);
                println!("content    {}", compare(source, &address, &entry)?);
            }
            (Some(_), None) => println!(
                "not shared: it is in the tree, but no rule in the worker script nominates it: publish again"
            ),
            (None, rule) => {
                println!("proof      of absence: {proof}");
                println!(
                    "not shared: {}",
                    self.reason(source, &address, rule.is_some())?
                );
            }
        }
        Ok(())
    }

    /// Looks a key up, fetching nodes as a visitor does. Counts them and their bytes.
    fn prove(
        &self,
        source: &Source,
        key: &UrlKey,
    ) -> Result<(Option<Entry>, usize, usize), Failure> {
        let mut tree = TreeView::new(self.record.tree_root());
        let (mut nodes, mut bytes) = (0, 0);
        let defect = |error| Failure::new(format!("the tree: {error}"), "publish again");
        loop {
            match tree.lookup(key).map_err(defect)? {
                Lookup::Found(url) => return Ok((Some(url.entry().clone()), nodes, bytes)),
                Lookup::Absent => return Ok((None, nodes, bytes)),
                Lookup::Needs(hash) => {
                    let node = source.required(&format!("{WELL_KNOWN}/o/{hash}"))?;
                    nodes += 1;
                    bytes += node.len();
                    tree.graft(hash, node).map_err(defect)?;
                }
            }
        }
    }

    fn show(&self, entry: &Entry) {
        let object = entry.object();
        println!(
            "object     {}, {}, {} groups",
            object.hash,
            size(object.len),
            object.groups()
        );
        if let Some(outboard) = entry.outboard() {
            println!("outboard   {outboard}");
        }
        let link = if entry.compressible() {
            "compressed"
        } else {
            "as it is"
        };
        println!("on links   {link}");
        let set = self.policy.header_sets.get(usize::from(entry.header_set));
        let common = set.map(|set| set.0.clone()).unwrap_or_default();
        for (name, value) in common.into_iter().chain(entry.own_header_pairs()) {
            println!("header     {name}: {value}");
        }
        for patch in &entry.patches {
            let (mut from, object) = (String::new(), patch.object.id());
            push_hex(&mut from, &patch.from);
            println!(
                "patch      {}, {}, from {from}…",
                object.hash,
                size(object.len)
            );
        }
        if !entry.needs.is_empty() {
            println!("needs      {} more URLs to be shown", entry.needs.len());
        }
    }

    fn reason(
        &self,
        source: &Source,
        address: &Address,
        nominated: bool,
    ) -> Result<String, Failure> {
        let private = self
            .policy
            .rules
            .private
            .iter()
            .find(|glob| path_matches(glob, address.path()));
        if let Some(glob) = private {
            return Ok(format!("the private rule \"{glob}\" names it"));
        }
        let with_any_query = self
            .policy
            .rules
            .nominate(None, address.path(), None)
            .is_some();
        if address.as_str() != address.path()
            && with_any_query
            && self
                .prove(source, &UrlKey::of_path(address.path()))?
                .0
                .is_some()
        {
            return Ok("the same path without the query is; no page or stylesheet of the site names this query".into());
        }
        if !nominated {
            return Ok(
                "no share rule names it, or nothing of its kind was published under one".into(),
            );
        }
        Ok(match source.content(address, 0)? {
            None => "there is no such file".into(),
            Some(_) => "it came after the last publishing, or its headers forbid it (see what `swarmfetch publish` says)".into(),
        })
    }
}

/// Does the URL answer with what was signed?
fn compare(source: &Source, address: &Address, entry: &Entry) -> Result<String, Failure> {
    let object = entry.object();
    Ok(match source.content(address, object.len)? {
        None => "the URL answers something else: visitors get that, and pass nothing on".into(),
        Some(bytes) if ObjectId::of(&bytes) == object => "the URL answers these very bytes".into(),
        Some(_) => {
            "the URL answers other bytes: visitors get those, and pass nothing on; publish again"
                .into()
        }
    })
}

fn object(source: &Source, name: ObjectRef, what: &'static str) -> Result<Vec<u8>, Failure> {
    let bytes = source.required(&format!("{WELL_KNOWN}/o/{}", name.hash()))?;
    name.check(what, &bytes)
        .map_err(|error| Failure::new(error, "publish again"))?;
    Ok(bytes)
}

/// What the worker script pins: the anchor of everything else.
fn root_of(script: &[u8]) -> Result<TrustedRoot, Failure> {
    let text = String::from_utf8_lossy(script);
    let value = |name: &str, digits: usize| {
        let pattern = format!("\"{name}\":\"([0-9a-f]{{{digits}}})\"");
        let expression = regex_lite::Regex::new(&pattern).expect("a fixed pattern");
        Some(expression.captures(&text)?.get(1)?.as_str().to_owned())
    };
    let site = value("site", 32).and_then(|site| SiteId::from_hex(&site).ok());
    let key = value("root", 64).and_then(|key| PublicKey::from_hex(&key).ok());
    match (site, key) {
        (Some(site), Some(key)) => Ok(TrustedRoot { site, key }),
        _ => Err(Failure::new(
            format!("/{WORKER_SCRIPT} names no site and root key"),
            "publish again: it is not a script of swarmfetch's",
        )),
    }
}
