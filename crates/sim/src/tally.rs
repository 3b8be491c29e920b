//! What a world counts, for its report.

use swarmfetch_swarm::Counters;

use crate::time::Micros;

/// Where a request was answered from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// What the visitor held.
    Cache,
    /// Peers.
    Peers,
    /// The origin, checked by the machine.
    Origin,
    /// The origin, because the machine passed its answer on.
    Passed,
    /// The origin, before the worker had control.
    Before,
}

/// Spans of time that the report's curves are made of.
pub(crate) const SPANS: usize = 60;

/// Bytes in one span.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    /// Delivered to pages, by source; decoded bodies.
    pub(crate) cache: u64,
    pub(crate) peers: u64,
    pub(crate) origin: u64,
    pub(crate) before: u64,
    /// Sent by origins: bodies as they are on the wire.
    pub(crate) origin_sent: u64,
    /// People there at most.
    pub(crate) here: usize,
}

/// What a world counts.
#[derive(Debug)]
pub(crate) struct Tally {
    span: Micros,
    pub(crate) spans: Vec<Span>,
    /// Requests by source, as in `From`.
    pub(crate) requests: [u64; 5],
    /// Bytes delivered by source.
    pub(crate) bytes: [u64; 5],
    pub(crate) missed: u64,
    /// Bytes of objects that machines were asked for, and of those that somebody there could have given.
    pub(crate) wanted: u64,
    pub(crate) reachable: u64,
    /// Bytes that origins sent: content, and what sites publish about themselves.
    pub(crate) origin_content: u64,
    pub(crate) origin_files: u64,
    pub(crate) tracker_bytes: u64,
    /// Milliseconds: of requests answered by peers and by the origin, of pages, of first pages, to the first link, from
    /// a release to a visitor who has it.
    pub(crate) from_peers_ms: Vec<f32>,
    pub(crate) from_origin_ms: Vec<f32>,
    pub(crate) pages_ms: Vec<f32>,
    pub(crate) first_pages_ms: Vec<f32>,
    pub(crate) first_links_ms: Vec<f32>,
    pub(crate) updates_ms: Vec<f32>,
    /// Bytes that each visitor with a worker gave, of those who give.
    pub(crate) uploads: Vec<u64>,
    pub(crate) controlled: u64,
    /// What the machines counted: requests answered by peers, bytes that came twice, answers that were false.
    pub(crate) wants_from_peers: u64,
    pub(crate) duplicates: u64,
    pub(crate) rejected: u64,
}

fn ms(took: Micros) -> f32 {
    took.0 as f32 / 1000.0
}

impl Tally {
    pub(crate) fn new(minutes: f64) -> Self {
        Tally {
            span: Micros::of_seconds((minutes * 60.0 / SPANS as f64).max(0.001)),
            spans: vec![Span::default(); SPANS],
            requests: [0; 5],
            bytes: [0; 5],
            missed: 0,
            wanted: 0,
            reachable: 0,
            origin_content: 0,
            origin_files: 0,
            tracker_bytes: 0,
            from_peers_ms: Vec::new(),
            from_origin_ms: Vec::new(),
            pages_ms: Vec::new(),
            first_pages_ms: Vec::new(),
            first_links_ms: Vec::new(),
            updates_ms: Vec::new(),
            uploads: Vec::new(),
            controlled: 0,
            wants_from_peers: 0,
            duplicates: 0,
            rejected: 0,
        }
    }

    /// The span of a moment; what comes after the last visitor's arrival belongs to the last.
    fn span(&mut self, now: Micros) -> &mut Span {
        let index = (now.0 / self.span.0.max(1)) as usize;
        &mut self.spans[index.min(SPANS - 1)]
    }

    pub(crate) fn request(&mut self, now: Micros, from: From, bytes: u64, took: Micros) {
        self.requests[from as usize] += 1;
        self.bytes[from as usize] += bytes;
        match from {
            From::Peers => self.from_peers_ms.push(ms(took)),
            From::Origin => self.from_origin_ms.push(ms(took)),
            _ => {}
        }
        let span = self.span(now);
        match from {
            From::Cache => span.cache += bytes,
            From::Peers => span.peers += bytes,
            From::Origin | From::Passed => span.origin += bytes,
            From::Before => span.before += bytes,
        }
    }

    pub(crate) fn missed(&mut self) {
        self.missed += 1;
    }

    pub(crate) fn wanted(&mut self, bytes: u64, reachable: bool) {
        self.wanted += bytes;
        self.reachable += if reachable { bytes } else { 0 };
    }

    pub(crate) fn origin_sent(&mut self, now: Micros, bytes: u64, file: bool) {
        if file {
            self.origin_files += bytes;
        } else {
            self.origin_content += bytes;
        }
        self.span(now).origin_sent += bytes;
    }

    pub(crate) fn tracker(&mut self, now: Micros, bytes: u64) {
        self.tracker_bytes += bytes;
        self.span(now).origin_sent += bytes;
    }

    pub(crate) fn page(&mut self, took: Micros, first: bool) {
        if first {
            self.first_pages_ms.push(ms(took));
        } else {
            self.pages_ms.push(ms(took));
        }
    }

    pub(crate) fn first_link(&mut self, took: Micros) {
        self.first_links_ms.push(ms(took));
    }

    pub(crate) fn updated(&mut self, age: Micros) {
        self.updates_ms.push(ms(age));
    }

    pub(crate) fn here(&mut self, now: Micros, here: usize) {
        let span = self.span(now);
        span.here = span.here.max(here);
    }

    /// Somebody with a worker has left.
    pub(crate) fn left(&mut self, uploaded: u64, gives: bool) {
        self.controlled += 1;
        if gives {
            self.uploads.push(uploaded);
        }
    }

    pub(crate) fn settle(&mut self, counters: &Counters) {
        self.wants_from_peers += counters.wants_from_peers;
        self.duplicates += counters.bytes_duplicate;
        self.rejected += counters.rejected;
    }
}
