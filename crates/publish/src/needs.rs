//! What a document loads by itself: its stylesheets and what they import, scripts, images, fonts.

use std::borrow::Cow;

use swarmfetch_manifest::entry::NEEDS_MAX;
use swarmfetch_manifest::{Query, UrlKey};

use crate::address::Address;
use crate::labels::Labels;
use crate::links::Purpose;

/// Stylesheets that import each other are followed this deep for what a page needs.
const IMPORTS_MAX: usize = 8;

/// Which URLs are labelled, and what the files behind them name.
pub(crate) trait Labelled {
    /// The number of the file that a labelled URL has. None for a URL that is not labelled.
    fn file(&self, address: &Address) -> Option<usize>;

    /// What that file names.
    fn links(&self, file: usize) -> Cow<'_, [(Address, Purpose)]>;
}

/// The keys of what the document in that file needs, which stands at that address, in the order it names it.
pub(crate) fn needs(
    of: &Address,
    file: usize,
    labels: &Labels,
    labelled: &impl Labelled,
) -> Vec<UrlKey> {
    let mut found = Vec::new();
    collect(of, file, IMPORTS_MAX, labels, labelled, &mut found);
    let keys = found.iter();
    keys.map(|address| UrlKey::of_path(address.as_str()))
        .collect()
}

fn collect(
    of: &Address,
    file: usize,
    depth: usize,
    labels: &Labels,
    labelled: &impl Labelled,
    found: &mut Vec<Address>,
) {
    for (address, purpose) in labelled.links(file).iter() {
        if *purpose == Purpose::Other {
            continue;
        }
        let address = meant(address, labels);
        let Some(file) = labelled.file(&address) else {
            continue;
        };
        if address == *of || found.contains(&address) || found.len() == NEEDS_MAX {
            continue;
        }
        found.push(address);
        if *purpose == Purpose::Stylesheet && depth > 0 {
            collect(of, file, depth - 1, labels, labelled, found);
        }
    }
}

/// The address that a link means: without its query, where that means nothing.
pub(crate) fn meant(address: &Address, labels: &Labels) -> Address {
    match labels.query(address) {
        Query::Ignore => Address::of_path_of(address),
        _ => address.clone(),
    }
}
