//! Where fuzzing begins: the vectors in `tests/vectors`, in the form that each target takes; and where there are no
//! vectors, messages and scripts as they happen.

mod content;
mod tracker;
mod transfer;

use std::fs;
use std::path::PathBuf;

use swarmfetch_content::codec::{Encode, Reader};
use swarmfetch_manifest::{Entry, UrlKey};

use crate::tree::STAND_IN;

/// One file of a corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// The target.
    pub target: &'static str,
    /// The file's name, after `seed-`.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Seed {
    fn new(target: &'static str, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            target,
            name: name.into(),
            bytes: bytes.into(),
        }
    }
}

/// All seeds.
///
/// # Panics
/// When the vectors are not there, or are none.
#[must_use]
pub fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (target, mode) in [
        ("head", &[0][..]),
        ("keys", &[0]),
        ("record", &[]),
        ("entry", &[]),
    ] {
        for (name, bytes) in vectors(&format!("manifest/{target}")) {
            seeds.push(Seed::new(target, name, [mode, &bytes].concat()));
        }
    }
    seeds.extend([head_of_the_owner(), keys_of_the_owner()]);
    for (name, bytes) in vectors("manifest/policy") {
        let path = list("/a/index.html".as_bytes());
        seeds.push(Seed::new("policy", name, [path, bytes].concat()));
    }
    for (name, bytes) in vectors("manifest/tree") {
        let name = name.split("-in-").next().unwrap_or_default();
        let name = name.split("-of-").next().unwrap_or_default();
        seeds.push(Seed::new("tree", name, list(&bytes)));
    }
    seeds.push(tree_of_two_parts());
    for (name, text) in vectors("wire") {
        if let Some(name) = name.strip_suffix(".hex") {
            seeds.push(Seed::new("frame", name, hex(&text)));
        }
    }
    seeds.extend(content::seeds());
    seeds.extend(tracker::seeds());
    seeds.extend(transfer::seeds());
    seeds
}

/// The files of a folder of vectors.
fn vectors(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../vectors")
        .join(folder);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut vectors: Vec<_> = files
        .map(|file| {
            let path = file.expect("readable").path();
            let name = path.file_name().unwrap_or_default();
            let bytes = fs::read(&path).expect("readable");
            (name.to_string_lossy().into_owned(), bytes)
        })
        .collect();
    vectors.sort();
    vectors
}

/// Hexadecimal digits, with comments from `#` to the end of the line.
fn hex(text: &[u8]) -> Vec<u8> {
    let text = str::from_utf8(text).expect("text");
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or(""));
    let digits: Vec<u8> = lines
        .flat_map(str::chars)
        .filter_map(|digit| Some(digit.to_digit(16)? as u8))
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

/// Bytes with their length before them.
fn list(bytes: &[u8]) -> Vec<u8> {
    let mut list = Vec::new();
    bytes.encode(&mut list);
    list
}

fn head_of_the_owner() -> Seed {
    let payload = "swarmfetch head 1\nsite 07070707070707070707070707070707\nversion 3\n\
        record 5371d3640214e7a9c20c97e1a56006f10a4ff5d725f652a941c006c8a6d05b87 138\n\
        published 1795000000\nexpires 1797592000\n";
    Seed::new(
        "head",
        "of-the-owner",
        [b"\x01", payload.as_bytes()].concat(),
    )
}

fn keys_of_the_owner() -> Seed {
    let file = include_bytes!("../../vectors/manifest/keys/good");
    let payload: Option<&[u8]> = Reader::new(&file[2..]).read();
    let payload = payload.expect("the vector is good");
    Seed::new("keys", "of-the-owner", [&[1], payload].concat())
}

fn tree_of_two_parts() -> Seed {
    let entry = include_bytes!("../../vectors/manifest/entry/good");
    Entry::parse(entry).expect("the vector is good");
    let keys = ["/", "/style.css", "/a/b.png"].map(|path| UrlKey::of_path(path).0);
    let leaf = |key: [u8; 32]| [&[3], &key[..], &list(entry)].concat();
    let (mut left, mut right) = (vec![1, 1], vec![1, 0, 1, 2]);
    // A leaf on the side that its key leads to, and one of the other side.
    let on_the_left = keys.iter().find(|key| key[0] < 0x80).expect("one of three");
    left.extend([&[1], &leaf(*on_the_left)[..], &[0]].concat());
    right.extend([&STAND_IN[..], &leaf(keys[0])].concat());
    Seed::new("tree", "two-parts", [list(&right), list(&left)].concat())
}
