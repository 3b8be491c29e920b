//! What was done, as if all had been looked at.

use super::Judge;
use super::look::Looked;
use crate::address::Address;
use crate::index::table::Table;
use crate::published::Published;
use crate::publisher::{Shared, Summary, Unshared};
use crate::release::Release;
use crate::site::{name_of, note_on_the_script, notes_on_defects, notes_on_rules, reason, urls};

impl Judge<'_> {
    /// What was done. None where what is known of a file cannot be read.
    pub(super) fn summary(
        &self,
        release: &Release,
        after: &Table<'_>,
        looked: &Looked,
        next: &Published,
    ) -> Option<Summary> {
        let mut unshared = next.left_alone.clone();
        let mut defects: Vec<(String, String)> = Vec::new();
        let rare = after.rare()?;
        for row in 0..after.len() {
            if !after.is_shared(row) {
                let name = after.name(row);
                let verdict = self.labels.verdict(&Address::of_file(&name)).ok()?;
                unshared.push((name, reason(verdict)?));
            } else if after.is_remarkable(row) {
                let (name, scanned) = (after.name(row), after.scanned(row, &rare)?);
                for (address, headers) in
                    urls(&name, &scanned, &next.others, self.labels, self.owner)
                {
                    let reason = headers.unshareable;
                    unshared.extend(reason.map(|reason| (name_of(&address), reason)));
                }
                defects.extend(scanned.defect.map(|defect| (name, defect)));
            }
        }
        unshared.sort();
        let mut notes = notes_on_rules(self.labels);
        let defects = defects.iter();
        notes.extend(notes_on_defects(
            defects
                .map(|(name, defect)| (name.as_str(), defect.as_str()))
                .collect(),
        ));
        notes.extend(note_on_the_script(&next.tally));
        notes.extend(next.twins.iter().cloned());
        let unshared = unshared.into_iter();
        Some(Summary {
            version: release.version.0,
            change: release.change,
            difference: release.difference,
            expires: release.expires.0,
            shared: Shared {
                urls: usize::try_from(next.tally.urls).ok()?,
                files: usize::try_from(next.tally.files).ok()?,
                bytes: next.tally.bytes,
            },
            patches: release.patches.patched(),
            read: looked.touched.iter().filter(|file| file.read).count(),
            unshared: unshared
                .map(|(name, reason)| Unshared { name, reason })
                .collect(),
            notes,
        })
    }
}
