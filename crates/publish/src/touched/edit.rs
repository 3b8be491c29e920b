//! The tree of a version with the entries of what has changed, and the rest of the version around it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use swarmfetch_content::Hash;
use swarmfetch_manifest::tree::{self, Edited, Extent, Nodes, pack_bytes_of};
use swarmfetch_manifest::{Entry, UrlKey, WallSecs};

use super::relabel::Relabelled;
use super::{Before, Judge};
use crate::Error;
use crate::address::Address;
use crate::delta::{Following, Uses};
use crate::index::table::{RareRows, Table};
use crate::links::Purpose;
use crate::needs::{Labelled, needs};
use crate::output::Output;
use crate::published::Published;
use crate::publisher::Publisher;
use crate::release::{
    Contents, Difference, HeaderSets, Release, defect, pack_bytes_max, site_scripts,
};
use crate::site::urls;
use crate::tally::Others;

/// A version that is ready to be written.
pub(super) struct Made {
    pub(super) release: Release,
    /// Objects of the version before that this one has no more, but for bodies and outboards.
    pub(super) replaced: BTreeSet<Hash>,
}

/// Entries by key; none for a key that has one no more.
type Edits = BTreeMap<UrlKey, Option<Vec<u8>>>;

/// The entry of one URL as it is now.
struct Answer {
    address: Address,
    entry: Entry,
    /// The file that holds its content.
    path: PathBuf,
}

/// What URLs answer now; none for one that is labelled no more.
type Answers = BTreeMap<UrlKey, Option<Answer>>;

/// Makes the version. None where all must be made anew.
///
/// # Errors
/// [`Error::Manifest`] for what the formats cannot carry, [`Error::Script`].
pub(super) fn make(
    publisher: &Publisher,
    judge: &Judge<'_>,
    before: &Before<'_>,
    [table, after]: [&Table<'_>; 2],
    relabelled: &Relabelled,
    next: &mut Published,
    now: WallSecs,
) -> Result<Option<Made>, Error> {
    // Entries name header sets by their places: another set moves them all.
    let sets = HeaderSets::of(&next.tally);
    if sets.listed != HeaderSets::of(&before.published.tally).listed {
        return Ok(None);
    }
    let Some(rare) = after.rare() else {
        return Ok(None);
    };
    let site = Site {
        judge,
        after,
        rare: &rare,
        others: &next.others,
        found: RefCell::default(),
    };
    let Some(mut answers) = site.answers(table, relabelled, &sets, publisher.root().path()) else {
        return Ok(None);
    };
    let mut extents = next.extents();
    let stored = Stored {
        extents: &extents,
        output: before.output,
    };
    let root = before.chain.record.tree_root();
    // Where a node is damaged or not there, all are made anew.
    let mut edits = encoded(&answers)?;
    let Ok(mut edited) = tree::edit(root, &edits, &stored) else {
        return Ok(None);
    };
    // Patches follow from what stood there, which is known only now.
    let Some(patches) = patch(&mut answers, &edited, publisher, before.output) else {
        return Ok(None);
    };
    if !patches.is_empty() {
        edits = encoded(&answers)?;
        let Ok(again) = tree::edit(root, &edits, &stored) else {
            return Ok(None);
        };
        edited = again;
    }
    let mut uses = next.patches();
    let Some(unnamed) = count(&mut uses, &answers, &edited) else {
        return Ok(None);
    };
    let Some((difference, pack_bytes_min)) = compare(&edits, &edited, next.pack_bytes_min) else {
        return Ok(None);
    };
    if pack_bytes_min <= pack_bytes_max() as u64 {
        return Ok(None);
    }
    let mut replaced: BTreeSet<Hash> = before.chain.objects().collect();
    replaced.extend(&edited.gone);
    replaced.extend(unnamed);
    extents.retain(|hash, _| !edited.gone.contains(hash));
    let new = edited.new.iter();
    extents.extend(new.map(|node| (node.hash, node.extent)));
    let nodes = edited.new.into_iter();
    let mut objects: BTreeMap<Hash, Vec<u8>> = nodes.map(|node| (node.hash, node.bytes)).collect();
    objects.extend(patches);
    for name in relabelled.files.keys() {
        let scanned = after.find(name).and_then(|row| after.scanned(row, &rare));
        let outboard = scanned.and_then(|scanned| scanned.outboard);
        objects.extend(outboard.map(|outboard| (Hash::of(&outboard), outboard)));
    }
    let baked = judge.labels.bake(&next.tally.under);
    let (config, signer) = (&publisher.config, &publisher.signer);
    let (rules, scripts) = site_scripts(&baked, config, signer, &publisher.scripts)?;
    next.set_extents(&extents);
    next.set_patches(&uses);
    next.pack_bytes_min = pack_bytes_min;
    let contents = Contents {
        rules,
        scripts,
        root: edited.root,
        // And the page script's.
        urls: next.tally.urls + 1,
        pack: None,
        pack_bytes_min: 0,
        extents,
        objects,
        patches: uses,
        difference,
        header_sets: sets.listed,
    };
    let release = Release::sign(contents, config, signer, Some(&before.chain), now)?;
    replaced.retain(|hash| !release.objects.contains_key(hash));
    Ok(Some(Made { release, replaced }))
}

/// # Errors
/// [`Error::Manifest`] for an entry that is too long.
fn encoded(answers: &Answers) -> Result<Edits, Error> {
    let answers = answers.iter().map(|(key, answer)| {
        let encode = |answer: &Answer| {
            let bytes = answer.entry.encode();
            bytes.map_err(defect(answer.address.as_str()))
        };
        Ok((*key, answer.as_ref().map(encode).transpose()?))
    });
    answers.collect()
}

/// Gives entries their patches; what these consist of. None where an entry of before cannot be read.
fn patch(
    answers: &mut Answers,
    edited: &Edited,
    publisher: &Publisher,
    output: &Output,
) -> Option<BTreeMap<Hash, Vec<u8>>> {
    let mut following = Vec::new();
    for (key, answer) in answers {
        if let (Some(answer), Some(before)) = (answer, edited.before.get(key)) {
            following.push(Following {
                before: Entry::parse(before).ok()?,
                path: answer.path.clone(),
                entry: &mut answer.entry,
            });
        }
    }
    Some(publisher.earlier(output).patch(&mut following))
}

/// Counts the patches that entries name now; which nobody names any more. None where an entry of before cannot be read.
fn count(uses: &mut Uses, answers: &Answers, edited: &Edited) -> Option<Vec<Hash>> {
    for answer in answers.values().flatten() {
        uses.come(&answer.entry);
    }
    let mut unnamed = Vec::new();
    for bytes in answers.keys().filter_map(|key| edited.before.get(key)) {
        unnamed.extend(uses.go(&Entry::parse(bytes).ok()?));
    }
    Some(unnamed)
}

/// How entries differ, and how many bytes a pack takes at least. None where one of before cannot be read.
fn compare(edits: &Edits, edited: &Edited, pack_bytes_min: u64) -> Option<(Difference, u64)> {
    let entry = |bytes: Option<&Vec<u8>>| match bytes {
        Some(bytes) => Entry::parse(bytes).map(Some).ok(),
        None => Some(None),
    };
    let pack_bytes = |entry: Option<&Vec<u8>>| entry.map_or(0, |it| pack_bytes_of(it) as u64);
    let mut difference = Difference::default();
    let mut bytes = pack_bytes_min;
    for (key, after) in edits {
        let (before, after) = (edited.before.get(key), after.as_ref());
        difference.count(entry(before)?.as_ref(), entry(after)?.as_ref());
        bytes = (bytes + pack_bytes(after)).checked_sub(pack_bytes(before))?;
    }
    Some((difference, bytes))
}

/// The stored nodes of the version before.
struct Stored<'a> {
    extents: &'a BTreeMap<Hash, Extent>,
    output: &'a Output,
}

impl Nodes for Stored<'_> {
    fn bytes(&self, hash: Hash) -> Option<Vec<u8>> {
        self.output.read(hash)
    }

    fn extent(&self, hash: Hash) -> Option<Extent> {
        self.extents.get(&hash).copied()
    }
}

/// The files as they are now; their numbers are rows.
struct Site<'a> {
    judge: &'a Judge<'a>,
    after: &'a Table<'a>,
    rare: &'a RareRows,
    others: &'a Others,
    /// What was found out already of addresses.
    found: RefCell<BTreeMap<Address, Option<usize>>>,
}

impl Labelled for Site<'_> {
    fn file(&self, address: &Address) -> Option<usize> {
        if let Some(known) = self.found.borrow().get(address) {
            return *known;
        }
        let found = self.look_up(address);
        self.found.borrow_mut().insert(address.clone(), found);
        found
    }

    fn links(&self, file: usize) -> Cow<'_, [(Address, Purpose)]> {
        Cow::Owned(self.after.links(file))
    }
}

impl Site<'_> {
    fn look_up(&self, address: &Address) -> Option<usize> {
        let name = address.file_name()?;
        let row = self.after.find(&name)?;
        let scanned = self.after.scanned(row, self.rare)?;
        let Judge { labels, owner } = self.judge;
        let mut urls = urls(&name, &scanned, self.others, labels, owner).into_iter();
        urls.any(|(url, headers)| url == *address && headers.unshareable.is_none())
            .then_some(row)
    }

    /// What URLs answer otherwise than before. None where what is known of a file cannot be read.
    ///
    fn answers(
        &self,
        table: &Table<'_>,
        relabelled: &Relabelled,
        sets: &HeaderSets,
        root: &Path,
    ) -> Option<Answers> {
        let gone = relabelled.gone.iter();
        let mut answers: Answers = gone
            .map(|address| (UrlKey::of_path(address.as_str()), None))
            .collect();
        let needing = relabelled.needing.iter().map(|row| table.name(*row));
        let names: BTreeSet<String> = needing.chain(relabelled.files.keys().cloned()).collect();
        for name in names {
            let row = self.after.find(&name);
            let known = row.and_then(|row| Some((row, self.after.scanned(row, self.rare)?)));
            let (row, scanned) = known?;
            let Judge { labels, owner } = self.judge;
            for (address, headers) in urls(&name, &scanned, self.others, labels, owner) {
                if headers.unshareable.is_none() {
                    let needs = needs(&address, row, labels, self);
                    let entry = sets.entry(&scanned, &headers, &needs);
                    let answer = Answer {
                        path: root.join(&name),
                        address: address.clone(),
                        entry,
                    };
                    answers.insert(UrlKey::of_path(address.as_str()), Some(answer));
                }
            }
        }
        Some(answers)
    }
}
