//! Slices and outboards: the vectors, as claims about the samples. And patches.

use std::collections::BTreeMap;

use swarmfetch_content::codec::Encode;
use swarmfetch_content::{GroupRange, ObjectId};

use super::{Seed, hex, list, vectors};
use crate::content::{Claim, LENGTHS, OTHER_END, OTHER_HASH, OTHER_LENGTH, OTHER_PARENTS, Sample};

pub(super) fn seeds() -> Vec<Seed> {
    let files = vectors("content");
    files
        .iter()
        .filter_map(|(name, text)| seed(name.strip_suffix(".txt")?, str::from_utf8(text).ok()?))
        .chain([
            patch(
                "line",
                b"<p>one line<p>and another",
                b"<p>one word<p>and another",
            ),
            patch(
                "moved",
                b"abcdefghijklmnopqrstuvwxyz0123456789",
                b"0123456789-abcdefghijklmnop",
            ),
            patch("from-nothing", b"", b"all of it"),
        ])
        .collect()
}

/// Old bytes, and what makes the new ones of them.
fn patch(name: &str, old: &[u8], new: &[u8]) -> Seed {
    let mut patch = Vec::new();
    bsdiff::diff(old, new, &mut patch).expect("memory takes all");
    let mut bytes = list(old);
    (new.len() as u32).encode(&mut bytes);
    bytes.extend(list(&patch));
    Seed::new("delta", name, bytes)
}

/// The vector as a seed; none if it is of no sample.
fn seed(name: &str, text: &str) -> Option<Seed> {
    let lines = || text.lines().filter_map(|line| line.split_once(": "));
    let keys: BTreeMap<&str, &str> = lines().collect();
    let number = |key: &str| keys.get(key).and_then(|text| text.parse::<u64>().ok());
    let input = number("input")?;
    let sample = LENGTHS.iter().position(|len| *len as u64 == input)?;
    let truth = Sample::of_length(LENGTHS[sample]).object;
    let groups = keys.get("groups").and_then(|text| text.split_once(".."));
    let (start, end) = match groups {
        Some((start, end)) => (start.parse().ok()?, end.parse().ok()?),
        None => (0, truth.groups()),
    };
    let mut claim = Claim {
        sample: sample as u8,
        flags: OTHER_PARENTS,
        len: number("len")?,
        start,
        end,
    };
    if claim.len != truth.len {
        claim.flags |= OTHER_LENGTH;
    }
    if keys["hash"] != truth.hash.to_string() {
        claim.flags |= OTHER_HASH;
    }
    let parents = lines().filter(|(key, _)| *key == "parent");
    let parents: Vec<u8> = parents.flat_map(|(_, text)| hex(text.as_bytes())).collect();
    let received = number("received");
    if received.is_some() {
        claim.flags |= OTHER_END;
    }
    let mut bytes = Vec::new();
    claim.encode(&mut bytes);
    bytes.extend(list(&parents));
    if let Some(received) = received {
        u16::try_from(received).ok()?.encode(&mut bytes);
    }
    if let Some(flip) = number("flip") {
        let place = parents.len() as u64 + flip - begin(truth, start, end)?;
        bytes.push(1);
        u32::try_from(place).ok()?.encode(&mut bytes);
        bytes.push(1);
    }
    let target = if groups.is_some() {
        "slice"
    } else {
        "outboard"
    };
    Some(Seed::new(target, name, bytes))
}

fn begin(object: ObjectId, start: u64, end: u64) -> Option<u64> {
    Some(object.bytes_of(GroupRange::new(start, end).ok()?).start)
}
