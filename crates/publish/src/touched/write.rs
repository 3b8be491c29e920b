//! A version made of what has changed, written: the index first, the head last, and then what is known of it.

use std::path::PathBuf;

use swarmfetch_content::{Hash, ObjectId};
use swarmfetch_manifest::WallSecs;

use super::look::{After, Touched};
use super::relabel::Relabelled;
use super::{Before, Next};
use crate::Error;
use crate::index::Index;
use crate::index::table::Table;
use crate::output::{Leaving, Output, Standing};
use crate::publisher::{Publisher, Summary, note_on_the_index};

impl Next {
    /// # Errors
    /// [`Error::Io`]. Then the version that was there stands.
    pub(super) fn write(
        mut self,
        publisher: &Publisher,
        index: &Index,
        before: &Before<'_>,
        table: &Table<'_>,
        now: WallSecs,
    ) -> Result<Summary, Error> {
        let (config, root) = (&publisher.config, publisher.root());
        let written = match &self.after {
            _ if !self.is_after_new => Ok(Some(before.index.name)),
            After::Patched(patches) => index.patch(root, &before.index, patches).map(Some),
            After::Anew(_) => index.write_table(root, &self.after.table(table), false),
        };
        if let Err(error) = &written {
            self.summary.notes.push(note_on_the_index(error));
        }
        let mut standing = Standing {
            retired: self.published.retired(),
            is_swept: true,
            folders: self.published.folders,
        };
        before.output.write_touched(
            &self.release,
            &mut standing,
            &self.leaving,
            &bodies(&self.looked.touched, config.mirror),
            config.keep,
            now,
        )?;
        if let (Ok(Some(name)), true) = (written, standing.is_swept) {
            let published = &mut self.published;
            published.index = *name.as_bytes();
            published.record = *self.release.record.hash().as_bytes();
            published.set_retired(&standing.retired);
            published.folders = before.output.stamps().unwrap_or_default();
            if *published != before.published {
                // The next publishing takes longer without it, and nothing else.
                let _unwritten = published.write(index);
            }
        }
        let touched = self.looked.touched.iter();
        let files = touched
            .filter_map(|file| Some((file.path.as_path(), file.after.as_ref()?.facts.object)));
        self.summary.notes.extend(publisher.keep(files));
        Ok(self.summary)
    }
}

/// Bodies and outboards that no file has any more.
pub(super) fn unused(
    output: &Output,
    relabelled: &Relabelled,
    touched: &[Touched],
    after: &Table<'_>,
) -> Leaving {
    let mut leaving = Leaving::default();
    for file in touched {
        let Some(scanned) = file.before.as_deref() else {
            continue;
        };
        let body = scanned.facts.object.hash;
        let outboard = scanned.outboard.as_deref().map(Hash::of);
        let objects: Vec<Hash> = [Some(body), outboard]
            .into_iter()
            .flatten()
            .filter(|hash| output.object(*hash).exists())
            .collect();
        // Another file may have the same bytes.
        if objects.is_empty() || (0..after.len()).any(|row| after.has_hash(row, &body)) {
            continue;
        }
        if relabelled.had_urls(&file.name) {
            leaving.replaced.extend(objects);
        } else {
            leaving.abandoned.extend(objects);
        }
    }
    leaving
}

/// The bodies that a mirror has for the sake of what has changed.
fn bodies(touched: &[Touched], is_mirror: bool) -> Vec<(PathBuf, ObjectId)> {
    let touched = touched.iter().filter(|_| is_mirror);
    touched
        .filter_map(|file| Some((file.path.clone(), file.after.as_ref()?.facts.object)))
        .collect()
}
