//! Which URLs come and go with files that have changed, and whose entries differ for it.

use std::collections::{BTreeMap, BTreeSet};

use super::Judge;
use super::look::Touched;
use crate::address::Address;
use crate::headers::ResponseHeaders;
use crate::index::table::{RareRows, Table};
use crate::links::Purpose;
use crate::needs::meant;
use crate::published::Published;
use crate::scan::Scanned;
use crate::site::urls;
use crate::tally::{Counted, Others, Step};

/// More pages than one in so many need something that has come or gone: then all are made anew.
const NEEDING_PART: usize = 8;

/// So many are never too many.
const NEEDING_FEW: usize = 5000;

/// URLs of one file and what is answered there.
type Urls = BTreeMap<Address, ResponseHeaders>;

/// What has changed of the labels.
#[derive(Debug, Default)]
pub(super) struct Relabelled {
    /// Files that have changed or are named otherwise, with their URLs as they are now.
    pub(super) files: BTreeMap<String, Urls>,
    /// Other files that need something that has changed, by their old rows.
    pub(super) needing: BTreeSet<usize>,
    /// URLs that are labelled no more.
    pub(super) gone: BTreeSet<Address>,
    /// Files that had a URL.
    had_urls: BTreeSet<String>,
    /// Files whose headers keep one of their URLs from being shared.
    remarkable: BTreeSet<String>,
}

impl Relabelled {
    pub(super) fn is_remarkable(&self, name: &str) -> bool {
        self.remarkable.contains(name)
    }

    pub(super) fn had_urls(&self, name: &str) -> bool {
        self.had_urls.contains(name)
    }
}

impl Judge<'_> {
    /// Counts what comes and goes; `known` is of the version before, and afterwards of this one. None where all must be
    /// looked at.
    pub(super) fn relabel(
        &self,
        table: &Table<'_>,
        rare: &RareRows,
        touched: &[Touched],
        known: &mut Published,
    ) -> Option<Relabelled> {
        let own: BTreeSet<&str> = touched.iter().map(|file| file.name.as_str()).collect();
        let named = named_otherwise(table, rare, touched, &own);
        let mut relabelled = Relabelled::default();
        let mut before: BTreeMap<&str, Urls> = BTreeMap::new();
        for (name, scanned) in files(touched, &named, |file| file.before.as_deref()) {
            let (urls, _) = self.step(name, scanned, known, Step::Goes);
            if !urls.is_empty() {
                relabelled.had_urls.insert(name.to_owned());
            }
            before.insert(name, urls);
        }
        for file in touched {
            for (side, step) in [(&file.before, Step::Goes), (&file.after, Step::Comes)] {
                if let Some(scanned) = side {
                    known.others.step(&scanned.links, step);
                }
            }
        }
        for (name, scanned) in files(touched, &named, |file| file.after.as_deref()) {
            let (urls, is_remarkable) = self.step(name, scanned, known, Step::Comes);
            if is_remarkable {
                relabelled.remarkable.insert(name.to_owned());
            }
            relabelled.files.insert(name.to_owned(), urls);
        }
        // Their rows are kept, and what is said there of their headers.
        for (name, _) in &named {
            let row = table.find(name)?;
            if relabelled.is_remarkable(name) || table.is_remarkable(row) {
                return None;
            }
        }
        relabelled.gone = only_in(before.iter().map(|(name, urls)| (*name, urls)), |name| {
            relabelled.files.get(name)
        });
        let files = relabelled.files.iter();
        let mut moved = only_in(files.map(|(name, urls)| (name.as_str(), urls)), |name| {
            before.get(name)
        });
        moved.extend(relabelled.gone.iter().cloned());
        for file in touched {
            if let (Some(old), Some(new)) = (&file.before, &file.after)
                && !needed(old).eq(needed(new))
            {
                let urls = relabelled.files.get(&file.name).into_iter();
                moved.extend(urls.flat_map(BTreeMap::keys).cloned());
            }
        }
        let rows: BTreeSet<usize> = own.iter().filter_map(|name| table.find(name)).collect();
        relabelled.needing = self.needing(table, rare, moved, &rows, &known.others)?;
        Some(relabelled)
    }

    /// Counts a file's URLs; which they are, and whether its headers keep one from being shared.
    fn step(
        &self,
        name: &str,
        scanned: &Scanned,
        known: &mut Published,
        step: Step,
    ) -> (Urls, bool) {
        let all = urls(name, scanned, &known.others, self.labels, self.owner);
        let count = all.len();
        let shared: Urls = all
            .into_iter()
            .filter(|(_, headers)| headers.unshareable.is_none())
            .collect();
        for (address, headers) in &shared {
            known.tally.step_url(address, headers, self.labels, step);
        }
        let counted = Counted { name, scanned };
        known.tally.step_file(counted, !shared.is_empty(), step);
        let is_remarkable = shared.len() < count;
        (shared, is_remarkable)
    }

    /// The rows of files that need one of these URLs, or what needs one: stylesheets import others. None for too many.
    fn needing(
        &self,
        table: &Table<'_>,
        rare: &RareRows,
        mut moved: BTreeSet<Address>,
        but: &BTreeSet<usize>,
        others: &Others,
    ) -> Option<BTreeSet<usize>> {
        let mut needing = BTreeSet::new();
        while !moved.is_empty() {
            let is_moved: Vec<bool> = (0..table.addresses())
                .map(|id| {
                    let address = table.address(id as u32);
                    address.is_some_and(|address| moved.contains(&meant(&address, self.labels)))
                })
                .collect();
            moved.clear();
            if !is_moved.contains(&true) {
                break;
            }
            for row in 0..table.len() {
                let needs = table.link_ids(row).any(|(id, purpose)| {
                    purpose != Purpose::Other && is_moved.get(id as usize) == Some(&true)
                });
                if !needs || but.contains(&row) || !needing.insert(row) {
                    continue;
                }
                let (name, scanned) = (table.name(row), table.scanned(row, rare)?);
                let urls = urls(&name, &scanned, others, self.labels, self.owner);
                moved.extend(urls.into_iter().map(|(address, _)| address));
                if needing.len() > NEEDING_FEW.max(table.len() / NEEDING_PART) {
                    return None;
                }
            }
        }
        Some(needing)
    }
}

/// Files that have not changed themselves, and to which a link by another name may have come or gone.
fn named_otherwise(
    table: &Table<'_>,
    rare: &RareRows,
    touched: &[Touched],
    own: &BTreeSet<&str>,
) -> Vec<(String, Scanned)> {
    let sides = touched.iter().flat_map(|file| [&file.before, &file.after]);
    let links = sides.flatten().flat_map(|scanned| &scanned.links);
    let names: BTreeSet<String> = links
        .filter_map(|(address, _)| address.other_name_of())
        .filter(|name| !own.contains(name.as_str()))
        .collect();
    let known = |name: &String| table.scanned(table.find(name)?, rare);
    let names = names.into_iter();
    names
        .filter_map(|name| known(&name).map(|scanned| (name, scanned)))
        .collect()
}

/// Files that have changed as one side has them, and those that are named otherwise.
fn files<'a>(
    touched: &'a [Touched],
    named: &'a [(String, Scanned)],
    side: impl Fn(&'a Touched) -> Option<&'a Scanned>,
) -> impl Iterator<Item = (&'a str, &'a Scanned)> {
    let touched = touched
        .iter()
        .filter_map(move |file| Some((file.name.as_str(), side(file)?)));
    touched.chain(named.iter().map(|(name, scanned)| (name.as_str(), scanned)))
}

/// URLs that files have here and not there.
fn only_in<'a>(
    here: impl Iterator<Item = (&'a str, &'a Urls)>,
    there: impl Fn(&str) -> Option<&'a Urls>,
) -> BTreeSet<Address> {
    here.flat_map(|(name, urls)| {
        let there = there(name);
        let only = move |url: &&Address| !there.is_some_and(|there| there.contains_key(*url));
        urls.keys().filter(only)
    })
    .cloned()
    .collect()
}

/// The links that decide what a page needs that has this stylesheet.
fn needed(scanned: &Scanned) -> impl Iterator<Item = &(Address, Purpose)> {
    let links = scanned.links.iter();
    links.filter(|(_, purpose)| *purpose != Purpose::Other)
}
