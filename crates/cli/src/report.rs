//! What a publishing did, in a few lines.

use std::collections::BTreeMap;

use swarmfetch_publish::publisher::Summary;
use swarmfetch_publish::release::Change;

/// How many of the things that are not shared are named for each reason.
const NAMED_MAX: usize = 3;

/// How many notes are shown.
const NOTES_MAX: usize = 5;

/// What changed, on one line.
pub(crate) fn headline(summary: &Summary) -> String {
    let shared = &summary.shared;
    let difference = &summary.difference;
    let changes = match summary.change {
        Change::First => String::new(),
        Change::Unchanged => ", unchanged".to_owned(),
        Change::Renewed => ", unchanged, signed again".to_owned(),
        Change::Changed => format!(
            ", {} new, {} changed, {} gone",
            difference.new, difference.changed, difference.gone
        ),
    };
    format!(
        "version {}: {} URLs of {} files, {}{changes}",
        summary.version,
        shared.urls,
        shared.files,
        size(shared.bytes)
    )
}

/// What is not shared and why, and what else there is to know.
pub(crate) fn details(summary: &Summary) -> Vec<String> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for unshared in &summary.unshared {
        reasons
            .entry(&unshared.reason)
            .or_default()
            .push(&unshared.name);
    }
    let mut lines = Vec::new();
    let patches = summary.patches;
    if patches.count > 0 {
        lines.push(format!(
            "patches from earlier versions: {}, {}",
            patches.count,
            size(patches.bytes)
        ));
    }
    for (reason, names) in reasons {
        let more = if names.len() > NAMED_MAX { ", …" } else { "" };
        let first = &names[..names.len().min(NAMED_MAX)];
        lines.push(format!(
            "not shared: {} ({reason}): {}{more}",
            names.len(),
            first.join(", ")
        ));
    }
    lines.extend(
        summary
            .notes
            .iter()
            .take(NOTES_MAX)
            .map(|note| format!("note: {note}")),
    );
    if summary.notes.len() > NOTES_MAX {
        lines.push(format!(
            "note: and {} more like these",
            summary.notes.len() - NOTES_MAX
        ));
    }
    lines
}

/// Bytes for people.
pub(crate) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1000.0 {
            return match unit {
                "B" => format!("{bytes} B"),
                _ => format!("{value:.1} {unit}"),
            };
        }
        value /= 1000.0;
    }
    format!("{value:.1} TB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (12_345_678, "12.3 MB"),
            (5_000_000_000_000, "5.0 TB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
