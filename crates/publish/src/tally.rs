//! What can be counted of a site, file by file: sums that follow each change of a file without a look at the others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use swarmfetch_manifest::rules::extension;
use swarmfetch_manifest::{HeaderSet, Query};

use crate::address::Address;
use crate::folder::PAGE_SCRIPT;
use crate::headers::{ResponseHeaders, is_html};
use crate::labels::Labels;
use crate::links::Purpose;
use crate::scan::Scanned;

/// The most other names a file is labelled under: `page.html?sort=…` could go on for ever.
pub(crate) const NAMES_MAX: usize = 64;

/// Sums over the files of a site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Labelled URLs.
    pub(crate) urls: u64,
    /// Files behind them.
    pub(crate) files: u64,
    /// Bytes in these files.
    pub(crate) bytes: u64,
    /// Pages that are shared.
    pages: u64,
    /// Those of them that load the page script.
    starting: u64,
    /// URLs by what their answers' headers have in common.
    pub(crate) sets: BTreeMap<HeaderSet, u64>,
    /// URLs by the rule they are under.
    pub(crate) under: Vec<Under>,
}

/// The URLs under one rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Under {
    /// Those with a query.
    queries: u64,
    /// By extension.
    extensions: BTreeMap<String, u64>,
}

/// Is a file there that was not, or the other way round?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Comes,
    Goes,
}

/// A file, as far as it is counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted<'a> {
    /// Its name in the folder.
    pub(crate) name: &'a str,
    /// What its bytes say.
    pub(crate) scanned: &'a Scanned,
}

impl Tally {
    pub(crate) fn step_file(&mut self, file: Counted<'_>, has_url: bool, step: Step) {
        if has_url {
            self.files = step.of(self.files, 1);
            self.bytes = step.of(self.bytes, file.scanned.facts.object.len);
        }
        if is_html(file.name) {
            self.pages = step.of(self.pages, 1);
            let script = Address::of_file(PAGE_SCRIPT);
            let mut links = file.scanned.links.iter();
            if links.any(|(address, _)| address.path() == script.path()) {
                self.starting = step.of(self.starting, 1);
            }
        }
    }

    pub(crate) fn step_url(
        &mut self,
        address: &Address,
        headers: &ResponseHeaders,
        labels: &Labels,
        step: Step,
    ) {
        self.urls = step.of(self.urls, 1);
        step.entry(&mut self.sets, &headers.set);
        let Some(place) = labels.place(address) else {
            return;
        };
        if self.under.len() <= place {
            self.under.resize(place + 1, Under::default());
        }
        let under = &mut self.under[place];
        if address.as_str() != address.path() {
            under.queries = step.of(under.queries, 1);
        }
        step.entry(&mut under.extensions, extension(address.path()));
        if step == Step::Goes {
            while self.under.last().is_some_and(Under::is_empty) {
                self.under.pop();
            }
        }
    }

    /// Are there pages of which none loads the page script? Then nothing ever starts.
    pub(crate) fn never_starts(&self) -> bool {
        self.pages > 0 && self.starting == 0
    }
}

impl Under {
    pub(crate) fn is_empty(&self) -> bool {
        self.extensions.is_empty()
    }

    pub(crate) fn has_queries(&self) -> bool {
        self.queries > 0
    }

    pub(crate) fn extensions(&self) -> impl ExactSizeIterator<Item = &str> {
        self.extensions.keys().map(String::as_str)
    }
}

impl Step {
    fn of(self, sum: u64, by: u64) -> u64 {
        match self {
            Self::Comes => sum.saturating_add(by),
            Self::Goes => sum.saturating_sub(by),
        }
    }

    /// Counts one more or less of these; nothing is kept of what there is none of.
    fn entry<K, Q>(self, sums: &mut BTreeMap<K, u64>, key: &Q)
    where
        K: Ord + std::borrow::Borrow<Q>,
        Q: Ord + ToOwned<Owned = K> + ?Sized,
    {
        match sums.get_mut(key) {
            Some(sum) => {
                *sum = self.of(*sum, 1);
                if *sum == 0 {
                    sums.remove(key);
                }
            }
            None if self == Self::Comes => drop(sums.insert(key.to_owned(), 1)),
            None => {}
        }
    }
}

/// Other addresses of files than their own, by file; how many links each has. Of files that are not there, too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Others(BTreeMap<(String, Address), u64>);

impl Others {
    /// Counts the links of a file.
    pub(crate) fn step(&mut self, links: &[(Address, Purpose)], step: Step) {
        for (address, _) in links {
            if let Some(name) = address.other_name_of() {
                step.entry(&mut self.0, &(name, address.clone()));
            }
        }
    }

    fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Address> {
        let first = (name.to_owned(), Address::of_text(""));
        self.0
            .range(first..)
            .map(|((of, address), _)| (of, address))
            .take_while(move |(of, _)| *of == name)
            .map(|(_, address)| address)
    }
}

/// Every address of a shared file: its name, the folder it is the index of, and the other forms in which the site's own
/// pages and stylesheets name it, the first of them by their text.
pub(crate) fn addresses(name: &str, others: &Others, labels: &Labels) -> Vec<Address> {
    let allowed = |address: &&Address| {
        let has_query = address.as_str() != address.path();
        !has_query || labels.query(address) == Query::Exact
    };
    let others = others.of(name).filter(allowed).take(NAMES_MAX).cloned();
    Address::own_of(name).chain(others).collect()
}
