//! The next version of a site, made of the one before and of what has changed since: entries, labels and links are
//! taken from the index, the tree is made anew along the ways to what changes, and no folder is listed that did not change.
//!
//! What it makes is, to the byte, what [`crate::site`] and [`crate::release`] make of the whole folder. Where that is not
//! certain it makes nothing, and they do it. Called by [`crate::publisher`], for a folder that is published in its place.
//!
//! ```text
//! changes ──► look ───────► relabel ─────────► edit ─────────► write
//! stamps      files read,   URLs that come     the tree,       index, objects,
//!             new table     and go, who needs  and a version   head last, what is known
//! ```

mod edit;
mod look;
mod relabel;
mod summary;
mod write;

use swarmfetch_content::Hash;
use swarmfetch_manifest::WallSecs;

use crate::Error;
use crate::changes::Changes;
use crate::headers::OwnerHeaders;
use crate::index::table::Table;
use crate::index::{Index, Read};
use crate::labels::Labels;
use crate::output::{Leaving, Output};
use crate::published::Published;
use crate::publisher::{Publisher, Summary};
use crate::release::{Chain, Release};
use look::{After, Looked};

/// The version that stands in the folder, and what is known of it.
pub(crate) struct Before<'a> {
    index: Read,
    published: Published,
    chain: Chain,
    output: &'a Output,
}

impl<'a> Before<'a> {
    /// None where it is not known, or not all of it is as it was left.
    pub(crate) fn read(
        publisher: &Publisher,
        index: &Index,
        inputs: &Hash,
        output: &'a Output,
    ) -> Option<Self> {
        let read = index.read(publisher.root())?;
        let published = Published::read(index, read.name)?;
        let chain = output.chain(&publisher.trusted_root())?;
        let [.., objects] = output.stamps()?;
        let known = published.inputs == *inputs.as_bytes()
            && published.record == *chain.head.record.hash().as_bytes()
            // A site that comes in one piece is made anew in no time.
            && chain.record.pack.is_none()
            && published.folders[2] == objects;
        known.then_some(Self {
            index: read,
            published,
            chain,
            output,
        })
    }
}

/// Publishes what has changed. None where all must be looked at.
///
/// # Errors
/// Whatever [`Error`] says. Then the version that was there stands untouched.
pub(crate) fn publish(
    publisher: &Publisher,
    index: &Index,
    before: Before<'_>,
    now: WallSecs,
) -> Result<Option<Summary>, Error> {
    let Some(table) = before.index.table() else {
        return Ok(None);
    };
    let Some(next) = Next::make(publisher, &before, &table, now)? else {
        return Ok(None);
    };
    next.write(publisher, index, &before, &table, now).map(Some)
}

/// A version that is ready to be written.
struct Next {
    release: Release,
    /// What is to be known of it.
    published: Published,
    after: After,
    /// Is that other than what stands in the index?
    is_after_new: bool,
    looked: Looked,
    leaving: Leaving,
    summary: Summary,
}

impl Next {
    fn make(
        publisher: &Publisher,
        before: &Before<'_>,
        table: &Table<'_>,
        now: WallSecs,
    ) -> Result<Option<Self>, Error> {
        let Some(rare) = table.rare() else {
            return Ok(None);
        };
        let (root, tick) = (publisher.root(), publisher.scanner.tick());
        let left_alone = &before.published.left_alone;
        let Some(changes) = Changes::find(root, table, left_alone, tick)? else {
            return Ok(None);
        };
        let judge = Judge {
            labels: &Labels::of(&publisher.config),
            owner: &OwnerHeaders::read(root.path())?,
        };
        let Some(looked) = Looked::at(publisher, table, &rare, &changes, judge.labels)? else {
            return Ok(None);
        };
        let mut published = before.published.clone();
        published.left_alone.clone_from(&changes.left_alone);
        let Some(relabelled) = judge.relabel(table, &rare, &looked.touched, &mut published) else {
            return Ok(None);
        };
        let Some(after) = After::of(table, &rare, &changes, &looked, &relabelled) else {
            return Ok(None);
        };
        let tables = [table, &after.table(table)];
        published.appended += (tables[1].addresses() - table.addresses()) as u64;
        if published.appended > APPENDED_FEW.max(table.addresses() as u64) {
            return Ok(None);
        }
        let relabelled = &relabelled;
        let made = edit::make(
            publisher,
            &judge,
            before,
            tables,
            relabelled,
            &mut published,
            now,
        )?;
        let Some(edit::Made { release, replaced }) = made else {
            return Ok(None);
        };
        let Some(summary) = judge.summary(&release, tables[1], &looked, &published) else {
            return Ok(None);
        };
        let mut leaving = write::unused(before.output, relabelled, &looked.touched, tables[1]);
        leaving.replaced.extend(replaced);
        Ok(Some(Self {
            release,
            published,
            after,
            is_after_new: changes.is_any,
            looked,
            leaving,
            summary,
        }))
    }
}

/// What the rules and the owner's headers say.
pub(crate) struct Judge<'a> {
    labels: &'a Labels,
    owner: &'a OwnerHeaders,
}

/// When so many addresses have been appended to the index, and as many as it had, it is made anew: some are of no use any
/// more.
const APPENDED_FEW: u64 = 10_000;

#[cfg(test)]
mod tests;
