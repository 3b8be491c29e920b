//! What a site publishes about itself, as a visitor's worker gets, checks and believes it.

use swarmfetch_manifest::{
    HeadEnvelope, Keys, ObjectRef, Policy, Record, TrustedRoot, Version, WallSecs,
};
use swarmfetch_swarm::{Input, LinkId};

use super::origin::{Purpose, Said};
use super::{VisitorId, World};
use crate::site::{Edition, wall};
use crate::time::Micros;

/// A file that is not content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum File {
    /// `/swarmfetch.js`.
    PageScript,
    /// `/swarmfetch-sw.js`.
    WorkerScript,
    Head,
    Keys,
    Record,
    Policy,
    /// The tree in one piece, where it is small enough.
    Pack,
}

/// Bytes of the scripts as a server compresses them: what `make size` prints.
const PAGE_SCRIPT_BYTES: u64 = 3_200;
const WORKER_SCRIPT_BYTES: u64 = 51_600;

impl File {
    pub(crate) fn bytes(self, edition: &Edition) -> u64 {
        match self {
            File::PageScript => PAGE_SCRIPT_BYTES,
            File::WorkerScript => WORKER_SCRIPT_BYTES,
            File::Head => edition.head.len() as u64,
            File::Keys => edition.keys.len() as u64,
            File::Record => edition.record.len() as u64,
            File::Policy => edition.policy.len() as u64,
            File::Pack => edition.pack_bytes,
        }
    }
}

/// What is being fetched to know a version, one thing after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chain {
    /// The version whose head came first.
    version: Option<Version>,
}

/// What a visitor believes of its site. It outlives the worker, as the saved state does.
#[derive(Debug)]
pub(crate) struct Trust {
    root: TrustedRoot,
    keys: Option<(ObjectRef, Keys)>,
    policy: Option<ObjectRef>,
    /// The newest version that was accepted.
    pub(crate) newest: Option<Version>,
    /// When the origin's head was last asked for.
    checked: Option<Micros>,
}

/// Between two head requests of a visitor, in milliseconds.
const FRESHNESS_MS: u64 = 60_000;

impl Trust {
    pub(crate) fn new(root: TrustedRoot) -> Self {
        Trust {
            root,
            keys: None,
            policy: None,
            newest: None,
            checked: None,
        }
    }

    /// Believes a head with what it leads to, or not: the order of `Site::adopt` in the worker.
    fn adopt(&mut self, files: &Edition, now: WallSecs) -> Option<Version> {
        let envelope = HeadEnvelope::parse(&files.head).ok()?;
        let hint = envelope.keys_hint();
        let keys = match self
            .keys
            .take()
            .filter(|(name, keys)| *name == hint && keys.expires >= now)
        {
            Some((_, keys)) => keys,
            None => {
                hint.check("keys", &files.keys).ok()?;
                Keys::verify(&files.keys, &self.root, now).ok()?
            }
        };
        let head = envelope.verify(&keys, now);
        self.keys = Some((hint, keys));
        let head = head.ok()?;
        head.not_below(self.newest.unwrap_or(Version(0))).ok()?;
        head.record.check("record", &files.record).ok()?;
        let record = Record::parse(&files.record).ok()?;
        record.policy.check("policy", &files.policy).ok()?;
        Policy::parse(&files.policy).ok()?;
        self.policy = Some(record.policy);
        (record.version == head.version).then_some(head.version)
    }

    /// As one who was here before, and believed this version then.
    pub(crate) fn knows(&mut self, edition: &Edition, now: Micros) -> bool {
        self.newest = self.adopt(edition, wall(now));
        self.checked = Some(now);
        self.newest.is_some()
    }

    /// Of a head that a stranger told: false when it is certainly forged, true when it is signed and newer.
    fn is_news(&self, head: &[u8], record: &[u8], now: WallSecs) -> Option<bool> {
        let Ok(envelope) = HeadEnvelope::parse(head) else {
            return Some(false);
        };
        let (name, keys) = self.keys.as_ref()?;
        if envelope.keys_hint() != *name {
            return None;
        }
        match envelope.verify(keys, now) {
            Ok(head) if head.record == ObjectRef::of(record) => {
                (Some(head.version) > self.newest).then_some(true)
            }
            Err(swarmfetch_manifest::Error::Expired { .. }) => None,
            _ => Some(false),
        }
    }
}

impl World {
    /// Asks the origin for its head, if the last time is long enough ago, and for whatever it leads to.
    pub(super) fn refresh(&mut self, visitor: VisitorId) {
        let now = self.now;
        let of = self.visitor_mut(visitor);
        let stale = of
            .trust
            .checked
            .is_none_or(|at| at.after_ms(FRESHNESS_MS) <= now);
        if stale && of.chain.is_none() {
            of.trust.checked = Some(now);
            of.chain = Some(Chain { version: None });
            self.fetch(visitor, Purpose::File(File::Head));
        }
    }

    /// A worker is being installed: its script first.
    pub(super) fn install(&mut self, visitor: VisitorId) {
        self.fetch(visitor, Purpose::File(File::WorkerScript));
    }

    pub(super) fn file_fetched(&mut self, visitor: VisitorId, file: File, said: Said) {
        let got = matches!(said, Said::Body(..));
        match file {
            File::PageScript => {
                if got {
                    self.page_script_came(visitor);
                }
            }
            File::WorkerScript => {
                if got {
                    self.refresh(visitor);
                }
            }
            _ if got => self.next_file(visitor, file),
            _ => self.visitor_mut(visitor).chain = None,
        }
    }

    /// What a version that was heard of still lacks is fetched, one thing after the other.
    fn next_file(&mut self, visitor: VisitorId, had: File) {
        let of = self.visitor(visitor);
        let Some(chain) = of.chain else {
            return;
        };
        let origin = self.origin(of.site);
        let published = &origin.published;
        let version = chain.version.unwrap_or(origin.served(self.now).version);
        if Some(version) == of.trust.newest {
            self.visitor_mut(visitor).chain = None;
            return;
        }
        let Some(edition) = published.edition(version) else {
            return;
        };
        let order = [
            File::Head,
            File::Keys,
            File::Record,
            File::Policy,
            File::Pack,
        ];
        let policy = ObjectRef::of(&edition.policy);
        let needed = |file: &File| match file {
            File::Keys => of.trust.keys.is_none(),
            File::Policy => of.trust.policy != Some(policy),
            File::Pack => edition.pack_bytes > 0,
            _ => true,
        };
        let next = order.into_iter().filter(|file| *file > had).find(needed);
        let version = Some(version);
        self.visitor_mut(visitor).chain = Some(Chain { version });
        match next {
            Some(file) => {
                self.fetch(visitor, Purpose::File(file));
            }
            None => self.adopt(visitor, version),
        }
    }

    /// All is here: the version is believed, or not.
    fn adopt(&mut self, visitor: VisitorId, version: Option<Version>) {
        self.visitor_mut(visitor).chain = None;
        let (now, site) = (wall(self.now), self.visitor(visitor).site);
        let origin = &self.origins[site.0];
        let Some(edition) = version.and_then(|version| origin.published.edition(version)) else {
            return;
        };
        let of = &mut self.visitors[visitor.0 as usize];
        let Some(adopted) = of.trust.adopt(edition, now) else {
            return;
        };
        let before = of.trust.newest;
        of.trust.newest = Some(adopted);
        let told = Input::HeadSeen {
            version: adopted.0,
            head: edition.head.clone(),
            record: edition.record.clone(),
        };
        let age = self.now.since(edition.released);
        self.watch
            .adopted(self.now, visitor, before, adopted, edition.version);
        if before.is_some() {
            self.tally.updated(age);
        }
        match before {
            None => self.takes_control(visitor),
            Some(_) => self.tell(visitor, told),
        }
    }

    /// What a worker tells a new machine of the version that it has.
    pub(super) fn known_head(&self, visitor: VisitorId) -> Option<Input> {
        let of = self.visitor(visitor);
        let edition = self.origin(of.site).published.edition(of.trust.newest?)?;
        Some(Input::HeadSeen {
            version: edition.version.0,
            head: edition.head.clone(),
            record: edition.record.clone(),
        })
    }

    /// A link told of a head.
    pub(super) fn head_heard(
        &mut self,
        visitor: VisitorId,
        link: LinkId,
        head: &[u8],
        record: &[u8],
    ) {
        let of = self.visitor(visitor);
        let news = of.trust.is_news(head, record, wall(self.now));
        match news {
            Some(false) => self.tell(visitor, Input::LinkLied { link }),
            Some(true) if of.chain.is_none() => {
                let published = &self.origin(of.site).published;
                // A signed head is one that the origin published, or the signature is worth nothing.
                let told = published
                    .editions
                    .iter()
                    .find(|edition| edition.head == head);
                let Some(version) = told.map(|edition| edition.version) else {
                    self.watch.forged(self.now, visitor);
                    return;
                };
                let version = Some(version);
                self.visitor_mut(visitor).chain = Some(Chain { version });
                self.next_file(visitor, File::Record);
            }
            _ => {}
        }
    }
}
