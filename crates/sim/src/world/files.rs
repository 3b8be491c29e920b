//! What a site publishes about itself, as a visitor's worker gets, checks and believes it.

use swarmfetch_manifest::trust::{News, Part, Step, Trust};
use swarmfetch_manifest::{TrustedRoot, Version};
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

/// What is being fetched to know a version, one thing after the other, and what is at hand of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chain {
    /// The version whose head came first.
    version: Option<Version>,
    had: [bool; 3],
    /// Everything else is believed.
    accepted: bool,
}

impl Chain {
    const NEW: Chain = Chain {
        version: None,
        had: [false; 3],
        accepted: false,
    };

    /// The file, if it is at hand.
    fn file<'a>(&self, part: Part, edition: &'a Edition) -> &'a [u8] {
        let file = match part {
            Part::Keys => &edition.keys,
            Part::Record => &edition.record,
            Part::Policy => &edition.policy,
        };
        if self.had[part as usize] { file } else { &[] }
    }
}

/// What a visitor believes of its site. It outlives the worker, as the saved state does.
#[derive(Debug)]
pub(crate) struct Belief {
    trust: Trust,
    /// The newest version that is in use.
    pub(crate) newest: Option<Version>,
    /// When the origin's head was last asked for.
    checked: Option<Micros>,
    /// What the origin took to give it, in milliseconds.
    pub(crate) origin_ms: Option<u64>,
}

/// Between two head requests of a visitor, in milliseconds.
const FRESHNESS_MS: u64 = 60_000;

impl Belief {
    pub(crate) fn new(root: TrustedRoot) -> Self {
        Belief {
            trust: Trust::new(root, Version(1)),
            newest: None,
            checked: None,
            origin_ms: None,
        }
    }

    /// As one who was here before, and believed this version then.
    pub(crate) fn knows(&mut self, edition: &Edition, now: Micros) -> bool {
        let (head, keys) = (&edition.head, &edition.keys);
        let (record, policy) = (&edition.record, &edition.policy);
        let step = self.trust.adopt(head, keys, record, policy, wall(now));
        if let Some(Step::Accepted(head, ..)) = step {
            self.newest = Some(head.version);
            self.checked = Some(now);
        }
        self.newest.is_some()
    }
}

impl World {
    /// Asks the origin for its head, if the last time is long enough ago, and for whatever it leads to.
    pub(super) fn refresh(&mut self, visitor: VisitorId) {
        let now = self.now;
        let of = self.visitor_mut(visitor);
        let stale = of
            .belief
            .checked
            .is_none_or(|at| at.after_ms(FRESHNESS_MS) <= now);
        if stale && of.chain.is_none() {
            of.belief.checked = Some(now);
            of.chain = Some(Chain::NEW);
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
            _ if got => {
                if file == File::Head {
                    self.origin_took(visitor);
                }
                self.next_file(visitor, file);
            }
            _ => self.visitor_mut(visitor).chain = None,
        }
    }

    /// The head came from the origin: the machine learns, now or when it begins, how long that takes.
    fn origin_took(&mut self, visitor: VisitorId) {
        let now = self.now;
        let belief = &mut self.visitor_mut(visitor).belief;
        if let Some(asked) = belief.checked {
            let took_ms = now.since(asked).millis().0;
            belief.origin_ms = Some(took_ms);
            self.tell(visitor, Input::OriginTook { took_ms });
        }
    }

    /// Believes a version as far as it is known, and fetches what it says that it lacks.
    fn next_file(&mut self, visitor: VisitorId, had: File) {
        let now = wall(self.now);
        let site = self.visitor(visitor).site;
        let of = &mut self.visitors[visitor.0 as usize];
        let Some(mut chain) = of.chain.take() else {
            return;
        };
        match had {
            File::Keys => chain.had[Part::Keys as usize] = true,
            File::Record => chain.had[Part::Record as usize] = true,
            File::Policy => chain.had[Part::Policy as usize] = true,
            _ => {}
        }
        let origin = &self.origins[site.0];
        let version = chain.version.unwrap_or(origin.served(self.now).version);
        chain.version = Some(version);
        let Some(edition) = origin.published.edition(version) else {
            return;
        };
        if Some(version) == of.belief.newest {
            return;
        }
        let mut next = None;
        if !chain.accepted {
            let [keys, record, policy] =
                [Part::Keys, Part::Record, Part::Policy].map(|part| chain.file(part, edition));
            match of
                .belief
                .trust
                .adopt(&edition.head, keys, record, policy, now)
            {
                None | Some(Step::Unchecked) => return,
                Some(Step::Missing(Part::Keys, _)) => next = Some(File::Keys),
                Some(Step::Missing(Part::Record, _)) => next = Some(File::Record),
                Some(Step::Missing(Part::Policy, _)) => next = Some(File::Policy),
                Some(Step::Accepted(..)) => {
                    chain.accepted = true;
                    next = Some(File::Pack).filter(|_| edition.pack_bytes > 0);
                }
            }
        }
        match next {
            Some(file) => {
                of.chain = Some(chain);
                self.fetch(visitor, Purpose::File(file));
            }
            None => self.uses(visitor, version),
        }
    }

    /// A version is in use from now on.
    fn uses(&mut self, visitor: VisitorId, version: Version) {
        let site = self.visitor(visitor).site;
        let Some(edition) = self.origins[site.0].published.edition(version) else {
            return;
        };
        let age = self.now.since(edition.released);
        let told = Input::HeadSeen {
            version: version.0,
            head: edition.head.clone(),
            record: edition.record.clone(),
        };
        let before = self.visitor_mut(visitor).belief.newest.replace(version);
        self.watch.adopted(self.now, visitor, before, version);
        if before.is_some() {
            self.tally.updated(age);
            self.tell(visitor, told);
        } else {
            self.takes_control(visitor);
        }
    }

    /// What a worker tells a new machine of the version that it has.
    pub(super) fn known_head(&self, visitor: VisitorId) -> Option<Input> {
        let of = self.visitor(visitor);
        let edition = self.origin(of.site).published.edition(of.belief.newest?)?;
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
        let at = wall(self.now);
        let news = self
            .visitor_mut(visitor)
            .belief
            .trust
            .news(head, record, at);
        let of = self.visitor(visitor);
        match news {
            News::Forged => self.tell(visitor, Input::LinkLied { link }),
            News::Newer(_) if of.chain.is_none() => {
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
                self.visitor_mut(visitor).chain = Some(Chain {
                    version,
                    ..Chain::NEW
                });
                // The record came with it.
                self.next_file(visitor, File::Record);
            }
            _ => {}
        }
    }
}
