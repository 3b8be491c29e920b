//! A folder under the owner's rules: every URL that is labelled, with its content, headers and
//! needs, and everything that is not, with the reason.
//!
//! Knows nothing of signatures and versions ([`crate::release`]) or of where it is written.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use swarmfetch_manifest::{Rules, UrlKey};

use crate::Error;
use crate::address::Address;
use crate::config::Config;
use crate::folder::{File, PAGE_SCRIPT, Root, WORKER_SCRIPT};
use crate::headers::{OwnerHeaders, ResponseHeaders};
use crate::labels::{Labels, Verdict};
use crate::links::Purpose;
use crate::needs::{self, needs};
use crate::scan::{Scanned, Scanner, Stamp, now_ns};
use crate::tally::{Counted, Others, Step, Tally, addresses};

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
#[derive(Debug, Default)]
pub struct Site {
    /// All content, shared or not, ordered by name.
    pub files: Vec<File>,
    /// What the bytes of each file say, in the same order; none for files that no rule shares.
    pub scanned: Vec<Option<Arc<Scanned>>>,
    /// What the system says of each file that was scanned, and whether another change will show in that.
    pub(crate) stamps: Vec<(Stamp, bool)>,
    /// All folders, and what the system says of those in which another name will show in that.
    pub(crate) folders: BTreeMap<String, Option<Stamp>>,
    /// Was a symbolic link met?
    pub(crate) linked: bool,
    /// What was left alone from the start, and why.
    pub(crate) left_alone: Vec<(String, String)>,
    /// Files whose headers keep one of their URLs from being shared, by index.
    pub(crate) remarks: BTreeSet<usize>,
    pub(crate) tally: Tally,
    pub(crate) others: Others,
    /// Notes on files whose names differ in case only.
    pub(crate) twins: Vec<String>,
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
        let began_ns = now_ns();
        let folder = root.walk()?;
        let owner = OwnerHeaders::read(root.path())?;
        let labels = Labels::of(config);
        let left_alone = folder.left_alone.into_iter();
        let left_alone: Vec<_> = left_alone
            .map(|(name, why)| (name, why.to_owned()))
            .collect();
        let mut site = Self {
            unshared: left_alone.clone(),
            left_alone,
            notes: notes_on_rules(&labels),
            folders: stamps_of(root, folder.folders, began_ns, scanner),
            linked: folder.linked,
            twins: notes_on_twins(&folder.files),
            files: folder.files,
            ..Self::default()
        };
        let shared = site.judge(&labels)?;
        site.scan(&shared, scanner)?;
        for scanned in site.scanned.iter().flatten() {
            site.others.step(&scanned.links, Step::Comes);
        }
        for file in 0..site.files.len() {
            site.label(file, &labels, &owner);
        }
        site.name_needs(&labels);
        site.notes.extend(note_on_the_script(&site.tally));
        site.notes.extend(site.twins.iter().cloned());
        site.rules = labels.bake(&site.tally.under);
        site.unshared.sort();
        Ok(site)
    }

    /// Which files the rules share, by index.
    fn judge(&mut self, labels: &Labels) -> Result<Vec<bool>, Error> {
        let mut shared = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let verdict = labels.verdict(&Address::of_file(&file.name))?;
            shared.push(verdict == Verdict::Shared);
            self.unshared
                .extend(reason(verdict).map(|reason| (file.name.clone(), reason)));
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
        self.stamps = vec![(Stamp::default(), false); self.files.len()];
        let mut failed = BTreeMap::new();
        for (n, look) in found.into_iter().flatten() {
            match look {
                Ok(look) if !look.steady => {
                    let path = self.files[n].path.clone();
                    failed.insert(n, Error::Changing { path });
                }
                Ok(look) => {
                    self.scanned[n] = Some(look.scanned);
                    self.stamps[n] = (look.stamp, look.lasts);
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
        let files = self.files.iter().zip(&self.scanned);
        let defects = files.filter_map(|(file, scanned)| {
            let defect = scanned.as_ref()?.defect.as_ref()?;
            Some((file.name.as_str(), defect.as_str()))
        });
        self.notes.extend(notes_on_defects(defects.collect()));
        Ok(())
    }

    /// Labels the URLs of a file, unless their headers forbid it.
    fn label(&mut self, file: usize, labels: &Labels, owner: &OwnerHeaders) {
        let (Some(scanned), name) = (&self.scanned[file], &self.files[file].name) else {
            return;
        };
        let mut has_url = false;
        for (address, headers) in urls(name, scanned, &self.others, labels, owner) {
            if let Some(reason) = headers.unshareable {
                self.unshared.push((name_of(&address), reason));
                self.remarks.insert(file);
                continue;
            }
            self.tally.step_url(&address, &headers, labels, Step::Comes);
            has_url = true;
            let labelled = Labelled {
                file,
                headers,
                needs: Vec::new(),
            };
            self.labelled.insert(address, labelled);
        }
        let counted = Counted { name, scanned };
        self.tally.step_file(counted, has_url, Step::Comes);
    }

    /// Names what each document loads by itself: its stylesheets and what they import, scripts,
    /// images, fonts.
    fn name_needs(&mut self, labels: &Labels) {
        let named: Vec<Vec<UrlKey>> = self
            .labelled
            .iter()
            .map(|(address, labelled)| needs(address, labelled.file, labels, self))
            .collect();
        for (labelled, needs) in self.labelled.values_mut().zip(named) {
            labelled.needs = needs;
        }
    }
}

impl needs::Labelled for Site {
    fn file(&self, address: &Address) -> Option<usize> {
        Some(self.labelled.get(address)?.file)
    }

    fn links(&self, file: usize) -> Cow<'_, [(Address, Purpose)]> {
        let scanned = self.scanned[file].as_ref();
        Cow::Borrowed(scanned.map_or(&[], |scanned| &scanned.links))
    }
}

/// Every URL of a file and what a plain fetch of it answers.
pub(crate) fn urls(
    name: &str,
    scanned: &Scanned,
    others: &Others,
    labels: &Labels,
    owner: &OwnerHeaders,
) -> Vec<(Address, ResponseHeaders)> {
    let addresses = addresses(name, others, labels).into_iter();
    addresses
        .map(|address| {
            let headers = ResponseHeaders::of(address.path(), name, &scanned.facts, owner);
            (address, headers)
        })
        .collect()
}

/// How a URL that is not shared is named.
pub(crate) fn name_of(address: &Address) -> String {
    address.as_str().trim_start_matches('/').to_owned()
}

/// Why the rules do not share a file.
pub(crate) fn reason(verdict: Verdict<'_>) -> Option<String> {
    match verdict {
        Verdict::Shared => None,
        Verdict::Private(rule) => Some(format!("private by \"{rule}\"")),
        Verdict::Unnamed => Some("no share rule names it".into()),
    }
}

pub(crate) fn notes_on_rules(labels: &Labels) -> Vec<String> {
    let rules = labels.elsewhere.iter();
    rules
        .map(|rule| format!("{rule}: only this origin's files are labelled"))
        .collect()
}

/// Notes on pages that the parser gave up on, by name and with its word.
pub(crate) fn notes_on_defects(mut defects: Vec<(&str, &str)>) -> Vec<String> {
    defects.sort_unstable();
    let defects = defects.into_iter();
    defects
        .map(|(name, defect)| format!("{name}: not read for links: {defect}"))
        .collect()
}

pub(crate) fn note_on_the_script(tally: &Tally) -> Option<String> {
    let script = Address::of_file(PAGE_SCRIPT);
    tally.never_starts().then(|| {
        format!(
            "no page has <script async src=\"{script}\"></script>: visitors share nothing until one does \
             (or until the site's own worker imports /{WORKER_SCRIPT})"
        )
    })
}

fn notes_on_twins(files: &[File]) -> Vec<String> {
    case_twins(files)
        .map(|(first, second)| {
            format!(
                "{first} and {second} differ in case only: a host that ignores case has one of them: rename one"
            )
        })
        .collect()
}

/// What the system says of folders, which were listed after that time.
fn stamps_of(
    root: &Root,
    folders: Vec<String>,
    began_ns: i64,
    scanner: &Scanner,
) -> BTreeMap<String, Option<Stamp>> {
    folders
        .into_iter()
        .map(|name| {
            let metadata = root.path().join(&name).symlink_metadata();
            let stamp = metadata.ok().map(|metadata| Stamp::of(&metadata));
            let settled = stamp.filter(|stamp| stamp.is_settled(began_ns, scanner.tick()));
            (name, settled)
        })
        .collect()
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
