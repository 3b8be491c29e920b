//! The written-down vectors in `tests/vectors/content`, for whoever implements the formats again. Each file is read and
//! judged here as any reader would; and each is exactly what the slow reference makes for the cases listed below, so no
//! byte in them came from the crate under test. The outcomes are written by hand.
//!
//! To write the files afresh: `SWARMFETCH_WRITE_VECTORS=1 cargo test -p swarmfetch-content vectors`.

mod cases;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::reference::{Node, honest_slice, object_of, parents, pattern};
use swarmfetch_content::{Error, GroupRange, Hash, ObjectId, Outboard, Proof, SliceVerifier};

/// One file: what a receiver is told, what it gets, and what it must say.
#[derive(Debug, PartialEq)]
struct Vector {
    /// The first line, for people.
    about: String,
    /// Length of the sender's object, whose byte `i` is `i mod 251` as in BLAKE3's own vectors.
    input: usize,
    /// What the receiver believes.
    object: ObjectId,
    /// The groups asked for; none when `parents` is an outboard.
    groups: Option<GroupRange>,
    /// Proof or outboard.
    parents: Vec<u8>,
    /// Position in the object of a byte whose lowest bit is flipped on its way.
    flip: Option<usize>,
    /// How many bytes of groups come, if not all: cut off, or zeros added.
    received: Option<usize>,
    /// `verified`, or the error.
    outcome: String,
}

fn range(start: u64, end: u64) -> GroupRange {
    GroupRange::new(start, end).expect("start < end")
}

impl Vector {
    fn outboard(input: usize, about: &str) -> Self {
        let bytes = pattern(input);
        Vector {
            about: about.to_owned(),
            input,
            object: object_of(&bytes),
            groups: None,
            parents: parents(&Node::root(&bytes).everything()),
            flip: None,
            received: None,
            outcome: "verified".to_owned(),
        }
    }

    fn slice(input: usize, groups: GroupRange, about: &str) -> Self {
        let bytes = pattern(input);
        Vector {
            groups: Some(groups),
            parents: parents(&honest_slice(&Node::root(&bytes).everything(), groups)),
            ..Vector::outboard(input, about)
        }
    }

    /// The same with a defect, and the error it must give.
    fn but(mut self, defect: impl FnOnce(&mut Vector), error: Error) -> Self {
        defect(&mut self);
        self.outcome = format!("{error:?}");
        self
    }

    fn text(&self) -> String {
        let mut text = format!("# {}\n", self.about);
        let mut line = |key: &str, value: &dyn std::fmt::Display| {
            writeln!(text, "{key}: {value}").expect("a string takes everything");
        };
        line("input", &self.input);
        line("hash", &self.object.hash);
        line("len", &self.object.len);
        if let Some(groups) = self.groups {
            line(
                "groups",
                &format_args!("{}..{}", groups.start(), groups.end()),
            );
        }
        for parent in self.parents.chunks(64) {
            let hex: String = parent.iter().map(|byte| format!("{byte:02x}")).collect();
            line("parent", &hex);
        }
        if let Some(flip) = self.flip {
            line("flip", &flip);
        }
        if let Some(received) = self.received {
            line("received", &received);
        }
        line("outcome", &self.outcome);
        text
    }

    fn read(text: &str) -> Self {
        let mut about = String::new();
        let mut keys: BTreeMap<&str, &str> = BTreeMap::new();
        let mut parents = Vec::new();
        for line in text.lines() {
            if let Some(comment) = line.strip_prefix("# ") {
                about = comment.to_owned();
                continue;
            }
            let (key, value) = line.split_once(": ").expect("a line is `key: value`");
            if key == "parent" {
                let byte =
                    |at: usize| u8::from_str_radix(&value[at..at + 2], 16).expect("hexadecimal");
                parents.extend((0..value.len()).step_by(2).map(byte));
            } else {
                assert_eq!(keys.insert(key, value), None, "{key} twice");
            }
        }
        let mut take = |key: &str| keys.remove(key);
        let number = |text: &str| text.parse::<u64>().expect("a number");
        let vector = Vector {
            about,
            input: number(take("input").expect("an input")) as usize,
            object: ObjectId {
                hash: Hash::from_hex(take("hash").expect("a hash")).expect("64 digits"),
                len: number(take("len").expect("a length")),
            },
            groups: take("groups").map(|text| {
                let (start, end) = text.split_once("..").expect("start..end");
                range(number(start), number(end))
            }),
            parents,
            flip: take("flip").map(|at| number(at) as usize),
            received: take("received").map(|len| number(len) as usize),
            outcome: take("outcome").expect("an outcome").to_owned(),
        };
        assert!(keys.is_empty(), "unknown: {keys:?}");
        vector
    }

    /// What the crate says.
    fn judge(&self) -> String {
        let judged = match self.groups {
            None => Outboard::parse(self.object, &self.parents).map(|outboard| {
                assert_eq!(Outboard::of(&pattern(self.input)), (self.object, outboard));
            }),
            Some(groups) => self.judge_slice(groups),
        };
        judged.map_or_else(|error| format!("{error:?}"), |()| "verified".to_owned())
    }

    fn judge_slice(&self, groups: GroupRange) -> Result<(), Error> {
        let mut slice = SliceVerifier::new(
            self.object,
            groups,
            &Proof::from_bytes(self.parents.clone()),
        )?;
        let mut bytes = pattern(self.input);
        let place = self.object.bytes_of(groups);
        if let Some(flip) = self.flip {
            bytes[flip] ^= 1;
        }
        bytes.resize(place.end as usize, 0);
        let mut left = bytes.split_off(place.start as usize);
        left.resize(self.received.unwrap_or(left.len()), 0);
        let mut through = Vec::new();
        while let Some((group, len)) = slice.next_group() {
            let is_last = group + 1 == groups.end();
            let rest = left.split_off(if is_last {
                left.len()
            } else {
                len.min(left.len())
            });
            through.extend(slice.verify(left)?.into_vec());
            left = rest;
        }
        assert_eq!(
            through,
            pattern(self.input)[place.start as usize..place.end as usize]
        );
        Ok(())
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/content")
}

fn file(name: &str) -> PathBuf {
    folder().join(name).with_extension("txt")
}

/// Everything in the folder but its README.
fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).expect("the folder is part of the repository");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    paths.filter(|path| !path.ends_with("README.md")).collect()
}

#[test]
fn vectors_are_what_the_reference_makes() {
    let cases = cases::cases();
    if std::env::var_os("SWARMFETCH_WRITE_VECTORS").is_some() {
        std::fs::create_dir_all(folder()).unwrap();
        for (name, vector) in &cases {
            std::fs::write(file(name), vector.text()).unwrap();
        }
    }
    for (name, vector) in &cases {
        let text = std::fs::read_to_string(file(name)).expect(name);
        assert_eq!(text, vector.text(), "{name}");
        assert_eq!(&Vector::read(&text), vector, "{name}");
    }
    let there: BTreeSet<PathBuf> = files().into_iter().collect();
    let known: BTreeSet<PathBuf> = cases.keys().map(|name| file(name)).collect();
    assert_eq!(
        there, known,
        "files without a case, or cases without a file"
    );
}

#[test]
fn vectors_are_judged_as_written() {
    let files = files();
    assert!(files.len() >= 30, "only {} vectors are there", files.len());
    for path in files {
        let vector = Vector::read(&std::fs::read_to_string(&path).unwrap());
        assert_eq!(vector.judge(), vector.outcome, "{}", path.display());
    }
}
