//! What came of a world, in both arms: figures for a terminal, for machines, and (in [`html`]) for people.

mod figures;
pub mod html;
mod plots;

use serde::Serialize;

use crate::run::Played;
use crate::scenario::{Comparison, Scenario};
use crate::tally::{From, Span, Tally};

pub use figures::Quantiles;
use figures::{fairness, percent, quantiles};

/// What came of a world, with the swarm and without.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The scenario's name.
    pub name: String,
    /// What it is about.
    pub about: String,
    /// The seed.
    pub seed: u64,
    /// Simulated minutes in which people came.
    pub minutes: f64,
    /// People who came.
    pub visitors: usize,
    /// Of them, those whose worker took control before they left.
    pub controlled: u64,
    /// Pages and scenes that were loaded to their end, first ones left out.
    pub pages: usize,
    /// Bytes delivered to pages, by where they came from; decoded bodies.
    pub bytes: Sources,
    /// Requests of pages, likewise.
    pub requests: Sources,
    /// Of the bytes that workers asked peers or the origin for, those from peers, in percent.
    pub from_peers_percent: f64,
    /// The bound: those that somebody who was there, could be reached and gives held at that moment, in percent.
    pub reachable_percent: f64,
    /// Bytes that came from peers although they were here already, in percent of those from peers.
    pub duplicates_percent: f64,
    /// What the origins sent.
    pub origin: OriginBytes,
    /// Milliseconds from the click to the last file of a page, or of a scene.
    pub page_ms: Arms,
    /// The same of everybody's first page.
    pub first_page_ms: Arms,
    /// Milliseconds of a request answered by peers, and by the origin, with the swarm.
    pub from_peers_ms: Quantiles,
    /// The same from the origin.
    pub from_origin_ms: Quantiles,
    /// Milliseconds from control to the first open link, of those who ever had one.
    pub first_link_ms: Quantiles,
    /// Milliseconds from a release until a visitor who was there had it.
    pub update_ms: Quantiles,
    /// Megabytes given by each visitor with a worker who gives.
    pub upload_mb: Quantiles,
    /// Jain's index of these: 1 if all gave the same, 1/n if one gave all.
    pub upload_fairness: f64,
    /// Requests that ended with an error, with the swarm and without.
    pub missed: [u64; 2],
    /// Answers of peers that were false and were found out.
    pub rejected: u64,
    /// What happened, in number.
    pub events: u64,
    /// Of everything that happened in both arms, in hexadecimal: equal for equal runs. A change that is to change
    /// nothing but the cost of a simulation leaves it as it was.
    pub digest: String,
    /// What others reported.
    pub compare: Vec<Comparison>,
    #[serde(skip)]
    curves: Curves,
}

/// One figure for each source.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Sources {
    /// The visitor's own store.
    pub cache: u64,
    /// Peers.
    pub peers: u64,
    /// The origin, its answers verified or passed on.
    pub origin: u64,
    /// The origin, before a worker had control.
    pub before: u64,
}

/// What origins sent, in bytes as they are on the wire, bodies only.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct OriginBytes {
    /// Content, with the swarm.
    pub content: u64,
    /// Scripts, heads, records, keys, policies, trees.
    pub files: u64,
    /// The tracker's messages.
    pub tracker: u64,
    /// Everything, without the swarm.
    pub without: u64,
    /// What the swarm saved, in percent.
    pub saved_percent: f64,
    /// Kilobytes for each visitor, with the swarm.
    pub kb_per_visitor: f64,
    /// The same without.
    pub kb_per_visitor_without: f64,
}

/// The same figure with the swarm and without.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Arms {
    /// With.
    pub with: Quantiles,
    /// Without.
    pub without: Quantiles,
}

/// What the plots are drawn from.
#[derive(Debug, Clone, Default)]
struct Curves {
    minutes: f64,
    with: Vec<Span>,
    without: Vec<Span>,
    /// Sorted.
    pages_with: Vec<f32>,
    pages_without: Vec<f32>,
    uploads: Vec<u64>,
}

fn sources(counts: &[u64; 5]) -> Sources {
    let of = |from: From| counts[from as usize];
    Sources {
        cache: of(From::Cache),
        peers: of(From::Peers),
        origin: of(From::Origin) + of(From::Passed),
        before: of(From::Before),
    }
}

fn sorted(ms: &[f32]) -> Vec<f32> {
    let mut sorted = ms.to_vec();
    sorted.sort_by(f32::total_cmp);
    sorted
}

impl Report {
    pub(crate) fn new(scenario: &Scenario, seed: u64, with: &Played, without: &Played) -> Self {
        let (tally, plain) = (&with.tally, &without.tally);
        let bytes = sources(&tally.bytes);
        let visitors = scenario.visitors();
        let sent = |tally: &Tally| tally.origin_content + tally.origin_files + tally.tracker_bytes;
        let per_visitor = |bytes: u64| bytes as f64 / 1000.0 / visitors.max(1) as f64;
        let mut uploads = tally.uploads.clone();
        uploads.sort_unstable();
        let megabytes: Vec<f32> = uploads.iter().map(|bytes| *bytes as f32 / 1e6).collect();
        let [pages_with, pages_without] = [tally, plain].map(|tally| sorted(&tally.pages_ms));
        let first = [tally, plain].map(|tally| quantiles(&sorted(&tally.first_pages_ms)));
        Report {
            name: scenario.name.clone(),
            about: scenario.about.clone(),
            seed,
            minutes: scenario.minutes,
            visitors,
            controlled: tally.controlled,
            pages: tally.pages_ms.len(),
            bytes,
            requests: sources(&tally.requests),
            from_peers_percent: percent(bytes.peers, bytes.peers + bytes.origin),
            reachable_percent: percent(tally.reachable, tally.wanted),
            duplicates_percent: percent(tally.duplicates, bytes.peers),
            origin: OriginBytes {
                content: tally.origin_content,
                files: tally.origin_files,
                tracker: tally.tracker_bytes,
                without: sent(plain),
                saved_percent: 100.0 - percent(sent(tally), sent(plain)),
                kb_per_visitor: per_visitor(sent(tally)),
                kb_per_visitor_without: per_visitor(sent(plain)),
            },
            page_ms: Arms {
                with: quantiles(&pages_with),
                without: quantiles(&pages_without),
            },
            first_page_ms: Arms {
                with: first[0],
                without: first[1],
            },
            from_peers_ms: quantiles(&sorted(&tally.from_peers_ms)),
            from_origin_ms: quantiles(&sorted(&tally.from_origin_ms)),
            first_link_ms: quantiles(&sorted(&tally.first_links_ms)),
            update_ms: quantiles(&sorted(&tally.updates_ms)),
            upload_mb: quantiles(&megabytes),
            upload_fairness: fairness(&uploads),
            missed: [tally.missed, plain.missed],
            rejected: tally.rejected,
            events: with.events,
            digest: format!("{:016x}", with.digest ^ without.digest.rotate_left(32)),
            compare: scenario.compare.clone(),
            curves: Curves {
                minutes: scenario.minutes,
                with: tally.spans.clone(),
                without: plain.spans.clone(),
                pages_with,
                pages_without,
                uploads,
            },
        }
    }

    /// The figures as rows: what, and how much.
    #[must_use]
    pub fn rows(&self) -> Vec<[String; 2]> {
        let row = |what: &str, how_much: String| [what.to_owned(), how_much];
        let mb = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
        let arms =
            |arms: &Arms| format!("{}   without: {}", arms.with.as_ms(), arms.without.as_ms());
        let mut rows = vec![
            row(
                "visitors",
                format!(
                    "{} in {} minutes, {} under a worker's control",
                    self.visitors, self.minutes, self.controlled
                ),
            ),
            row(
                "bytes from peers",
                format!(
                    "{:.1} % of what workers asked for; {:.1} % could have been had",
                    self.from_peers_percent, self.reachable_percent
                ),
            ),
            row(
                "bytes to pages",
                format!(
                    "cache {}, peers {}, origin {}, before control {}",
                    mb(self.bytes.cache),
                    mb(self.bytes.peers),
                    mb(self.bytes.origin),
                    mb(self.bytes.before)
                ),
            ),
            row(
                "origin's bytes",
                format!(
                    "{:.1} kB a visitor, without {:.1}: {:.1} % saved",
                    self.origin.kb_per_visitor,
                    self.origin.kb_per_visitor_without,
                    self.origin.saved_percent
                ),
            ),
            row(
                "of these",
                format!(
                    "content {}, site files {}, tracker {}",
                    mb(self.origin.content),
                    mb(self.origin.files),
                    mb(self.origin.tracker)
                ),
            ),
            row(
                "duplicates",
                format!("{:.2} % of the bytes from peers", self.duplicates_percent),
            ),
            row("page loads", arms(&self.page_ms)),
            row("first pages", arms(&self.first_page_ms)),
            row(
                "a request",
                format!(
                    "{} from peers   {} from the origin",
                    self.from_peers_ms.as_ms(),
                    self.from_origin_ms.as_ms()
                ),
            ),
            row("first link", self.first_link_ms.as_ms()),
            row(
                "given",
                format!(
                    "median {:.2} MB, p95 {:.2}, most {:.2}; Jain's fairness {:.2}",
                    self.upload_mb.p50,
                    self.upload_mb.p95,
                    self.upload_mb.most,
                    self.upload_fairness
                ),
            ),
            row(
                "errors",
                format!(
                    "{} requests, without {}; {} false answers found out",
                    self.missed[0], self.missed[1], self.rejected
                ),
            ),
        ];
        if self.update_ms.most > 0.0 {
            rows.push(row(
                "a release",
                format!("reaches who is there in {}", self.update_ms.as_ms()),
            ));
        }
        for other in &self.compare {
            rows.push(row(
                "beside it",
                format!("{}: {:.1} % from peers", other.of, other.peers_percent),
            ));
        }
        rows
    }
}
