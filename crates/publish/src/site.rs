//! A folder under the owner's rules: every URL that is labelled, with its content, headers and
//! needs, and everything that is not, with the reason.
//!
//! Knows nothing of signatures and versions ([`crate::release`]) or of where it is written.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use swarmfetch_manifest::entry::NEEDS_MAX;
use swarmfetch_manifest::{Query, Rules, UrlKey};

use crate::Error;
use crate::address::Address;
use crate::config::Config;
use crate::folder::{File, PAGE_SCRIPT, Root, WORKER_SCRIPT};
use crate::headers::{OwnerHeaders, ResponseHeaders, is_html};
use crate::labels::{Labels, Verdict};
use crate::links::Purpose;
use crate::scan::{Scanned, Scanner, Stamp};

/// The most other names a file is labelled under: `page.html?sort=…` could go on for ever.
const NAMES_MAX: usize = 64;

/// Stylesheets that import each other are followed this deep for what a page needs.
const IMPORTS_MAX: usize = 8;

/// A labelled URL.
#[derive(Debug, Clone)]
pub struct Labelled {
    /// Index of its content in [`Site::files`].
    pub file: usize,
    /// What a plain fetch answers.
    pub headers: ResponseHeaders,
    /// What the document will need, in the order it names it.
    pub needs: Vec<UrlKey>,
}

/// A published folder, read and judged.
#[derive(Debug)]
pub struct Site {
    /// All content, shared or not, ordered by name.
    pub files: Vec<File>,
    /// What the bytes of each file say, in the same order; none for files that no rule shares.
    pub scanned: Vec<Option<Arc<Scanned>>>,
    /// What the system says of each file whose bytes last as long as that.
    pub(crate) lasting: Vec<Option<Stamp>>,
    /// Files that were read: the others were known.
    pub read: usize,
    /// Every labelled URL.
    pub labelled: BTreeMap<Address, Labelled>,
    /// What is not shared, and why, ordered by name.
    pub unshared: Vec<(String, String)>,
    /// What the owner may want to know.
    pub notes: Vec<String>,
    /// The owner's rules as the worker gets them.
    pub rules: Rules,
}

impl Site {
    /// Reads and judges a folder.
    ///
    /// # Errors
    /// Whatever [`Error`] says.
    pub fn read(root: &Root, config: &Config, scanner: &Scanner) -> Result<Self, Error> {
        let folder = root.walk()?;
        let owner = OwnerHeaders::read(root.path())?;
        let labels = Labels::of(config);
        let mut site = Self {
            unshared: folder
                .left_alone
                .into_iter()
                .map(|(name, why)| (name, why.to_owned()))
                .collect(),
            notes: labels
                .elsewhere
                .iter()
                .map(|rule| format!("{rule}: only this origin's files are labelled"))
                .collect(),
            scanned: Vec::new(),
            lasting: Vec::new(),
            read: 0,
            files: folder.files,
            labelled: BTreeMap::new(),
            rules: Rules::default(),
        };
        let shared = site.judge(&labels)?;
        site.scan(&shared, scanner)?;
        for (address, file) in site.names(&shared, &labels) {
            site.label(address, file, &owner);
        }
        site.name_needs(&labels);
        site.miss_the_script();
        site.notes
            .extend(case_twins(&site.files).map(|(first, second)| {
                format!(
                    "{first} and {second} differ in case only: a host that ignores case has one of them: rename one"
                )
            }));
        site.rules = labels.bake(&site.labelled.keys().collect());
        site.unshared.sort();
        Ok(site)
    }

    /// Notes when no page loads the page script: then nothing ever starts.
    fn miss_the_script(&mut self) {
        let script = Address::of_file(PAGE_SCRIPT);
        let pages = self
            .files
            .iter()
            .zip(&self.scanned)
            .filter(|(file, _)| is_html(&file.name));
        let mut pages = pages.filter_map(|(_, scanned)| scanned.as_ref()).peekable();
        let are_pages = pages.peek().is_some();
        if are_pages
            && !pages.any(|page| {
                page.links
                    .iter()
                    .any(|(address, _)| address.path() == script.path())
            })
        {
            self.notes.push(format!(
                "no page has <script async src=\"{script}\"></script>: visitors share nothing until one does \
                 (or until the site's own worker imports /{WORKER_SCRIPT})"
            ));
        }
    }

    /// Which files the rules share, by index.
    fn judge(&mut self, labels: &Labels) -> Result<Vec<bool>, Error> {
        let mut shared = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let verdict = labels.verdict(&Address::of_file(&file.name))?;
            shared.push(verdict == Verdict::Shared);
            match verdict {
                Verdict::Shared => {}
                Verdict::Private(rule) => {
                    self.unshared
                        .push((file.name.clone(), format!("private by \"{rule}\"")));
                }
                Verdict::Unnamed => self
                    .unshared
                    .push((file.name.clone(), "no share rule names it".into())),
            }
        }
        Ok(shared)
    }

    /// Hashes what is shared, several files at a time, the longest first: one that began last would keep one core busy
    /// when all others are done.
    fn scan(&mut self, shared: &[bool], scanner: &Scanner) -> Result<(), Error> {
        let mut order: Vec<usize> = (0..self.files.len()).filter(|n| shared[*n]).collect();
        order.sort_by_key(|n| std::cmp::Reverse(self.files[*n].len));
        let next = AtomicUsize::new(0);
        let found = rayon::broadcast(|_| {
            let mut found = Vec::new();
            while let Some(n) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                let file = &self.files[*n];
                found.push((*n, scanner.look(&file.path, &file.name)));
            }
            found
        });
        self.scanned = vec![None; self.files.len()];
        self.lasting = vec![None; self.files.len()];
        let mut failed = BTreeMap::new();
        for (n, look) in found.into_iter().flatten() {
            match look {
                Ok(look) if !look.steady => {
                    let path = self.files[n].path.clone();
                    failed.insert(n, Error::Changing { path });
                }
                Ok(look) => {
                    self.scanned[n] = Some(look.scanned);
                    self.lasting[n] = look.lasting;
                    self.read += usize::from(look.read);
                }
                Err(error) => drop(failed.insert(n, error)),
            }
        }
        // The same one each time, whichever thread was first.
        if let Some((_, error)) = failed.pop_first() {
            return Err(error);
        }
        scanner.retain(
            &self
                .files
                .iter()
                .map(|file| file.path.as_os_str())
                .collect::<BTreeSet<&OsStr>>(),
        );
        for (file, scanned) in self.files.iter().zip(&self.scanned) {
            if let Some(defect) = scanned.as_ref().and_then(|scanned| scanned.defect.as_ref()) {
                self.notes
                    .push(format!("{}: not read for links: {defect}", file.name));
            }
        }
        Ok(())
    }

    /// Every address of a shared file: its name, the folder it is the index of, and the other
    /// forms in which the site's own pages and stylesheets name it.
    fn names(&self, shared: &[bool], labels: &Labels) -> BTreeMap<Address, usize> {
        let by_name: BTreeMap<&str, usize> = self
            .files
            .iter()
            .enumerate()
            .filter(|(index, _)| shared[*index])
            .map(|(index, file)| (file.name.as_str(), index))
            .collect();
        let mut names = BTreeMap::new();
        for (name, index) in &by_name {
            for address in [Some(Address::of_file(name)), Address::of_folder_of(name)]
                .into_iter()
                .flatten()
            {
                names.extend(address.spelled_plainly().map(|plain| (plain, *index)));
                names.insert(address, *index);
            }
        }
        let mut other_names: BTreeMap<usize, usize> = BTreeMap::new();
        for (address, _) in self
            .scanned
            .iter()
            .flatten()
            .flat_map(|scanned| &scanned.links)
        {
            // Most are written as a file's own name is.
            if names.contains_key(address) {
                continue;
            }
            let Some(index) = address
                .file_name()
                .and_then(|name| by_name.get(name.as_str()).copied())
            else {
                continue;
            };
            let has_query = address.as_str() != address.path();
            if has_query && labels.query(address) != Query::Exact {
                continue;
            }
            let count = other_names.entry(index).or_default();
            if *count < NAMES_MAX {
                *count += 1;
                names.insert(address.clone(), index);
            }
        }
        names
    }

    /// Labels one URL, unless its headers forbid it.
    fn label(&mut self, address: Address, file: usize, owner: &OwnerHeaders) {
        let Some(scanned) = &self.scanned[file] else {
            return;
        };
        let headers = ResponseHeaders::of(
            address.path(),
            &self.files[file].name,
            &scanned.facts,
            owner,
        );
        if let Some(reason) = headers.unshareable {
            self.unshared
                .push((address.as_str().trim_start_matches('/').to_owned(), reason));
            return;
        }
        let labelled = Labelled {
            file,
            headers,
            needs: Vec::new(),
        };
        self.labelled.insert(address, labelled);
    }

    /// Names what each document loads by itself: its stylesheets and what they import, scripts,
    /// images, fonts.
    fn name_needs(&mut self, labels: &Labels) {
        let needs: Vec<Vec<UrlKey>> = self
            .labelled
            .iter()
            .map(|(address, labelled)| {
                let mut found = Vec::new();
                self.collect_needs(address, labelled.file, IMPORTS_MAX, labels, &mut found);
                found
                    .iter()
                    .map(|address| UrlKey::of_path(address.as_str()))
                    .collect()
            })
            .collect();
        for (labelled, needs) in self.labelled.values_mut().zip(needs) {
            labelled.needs = needs;
        }
    }

    fn collect_needs(
        &self,
        of: &Address,
        file: usize,
        depth: usize,
        labels: &Labels,
        found: &mut Vec<Address>,
    ) {
        let Some(scanned) = &self.scanned[file] else {
            return;
        };
        for (address, purpose) in &scanned.links {
            if *purpose == Purpose::Other {
                continue;
            }
            let address = match labels.query(address) {
                Query::Ignore => Address::of_path_of(address),
                _ => address.clone(),
            };
            let Some(labelled) = self.labelled.get(&address) else {
                continue;
            };
            if address == *of || found.contains(&address) || found.len() == NEEDS_MAX {
                continue;
            }
            found.push(address);
            if *purpose == Purpose::Stylesheet && depth > 0 {
                self.collect_needs(of, labelled.file, depth - 1, labels, found);
            }
        }
    }
}

/// Files whose names differ in case only, in pairs.
pub(crate) fn case_twins(files: &[File]) -> impl Iterator<Item = (&str, &str)> {
    let mut folded: BTreeMap<String, &str> = BTreeMap::new();
    files.iter().filter_map(move |file| {
        let first = folded.insert(file.name.to_lowercase(), &file.name)?;
        Some((first, file.name.as_str()))
    })
}

#[cfg(test)]
mod tests;
