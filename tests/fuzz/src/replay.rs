//! Runs a target on a corpus, and on everything near it: each file as it is, cut off at every length, and with a bit flipped
//! at every byte (of long files at some). No chance is in it: the same files give the same runs.

use std::fmt;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::Target;

/// Longest seed that is cut and flipped at each byte; of longer ones so many places are taken, evenly.
const SEED_PLACES_MAX: usize = 512;

/// The same for what fuzzing found: hundreds of files, made of each other by cutting and flipping.
const FOUND_PLACES_MAX: usize = 48;

/// An input on which a target panicked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The target.
    pub target: &'static str,
    /// The file, and what was done to it.
    pub input: String,
    /// The input.
    pub bytes: Vec<u8>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, input, .. } = self;
        write!(f, "{target} fails on {input}: ")?;
        self.bytes
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::error::Error for Failure {}

/// Runs a target on all files of a folder and what comes of them; how many runs that were.
///
/// # Errors
/// [`Failure`] at the first input on which the target panics.
///
/// # Panics
/// When the folder is not there, or cannot be read.
pub fn replay(target: &Target, corpus: &Path) -> Result<u64, Failure> {
    let files = fs::read_dir(corpus).unwrap_or_else(|error| panic!("{corpus:?}: {error}"));
    let mut files: Vec<_> = files.map(|file| file.expect("readable").path()).collect();
    files.sort();
    let mut runs = 0;
    for path in files {
        let bytes = fs::read(&path).expect("readable");
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut run = |what: &str, bytes: &[u8]| {
            runs += 1;
            let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
            outcome.map_err(|_| Failure {
                target: target.name,
                input: format!("{name}{what}"),
                bytes: bytes.to_vec(),
            })
        };
        run("", &bytes)?;
        let places_max = if is_found(&name) {
            FOUND_PLACES_MAX
        } else {
            SEED_PLACES_MAX
        };
        for at in (0..bytes.len()).step_by(bytes.len().div_ceil(places_max).max(1)) {
            run(&format!(", cut off at byte {at}"), &bytes[..at])?;
            let mut flipped = bytes.clone();
            let bit = at % 8;
            flipped[at] ^= 1 << bit;
            run(&format!(", bit {bit} of byte {at} flipped"), &flipped)?;
        }
    }
    Ok(runs)
}

/// libFuzzer calls its files by their SHA-1.
fn is_found(name: &str) -> bool {
    name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}
