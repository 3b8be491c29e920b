//! Every target on its corpus; and that a wrong target would be noticed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use swarmfetch_fuzz::{Failure, PLANTED, TARGETS, Target, replay, seeds};

/// The most that all corpora together take, in bytes: they are cloned with the code.
const CORPUS_BYTES_MAX: u64 = 400_000;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn holds(name: &str) {
    let target = Target::named(name).expect("a target");
    match replay(target, &corpus().join(name)) {
        Ok(runs) => assert!(runs > 50, "only {runs} runs: is the corpus there?"),
        Err(failure) => panic!("{failure}"),
    }
}

/// A test for each target, so that they run beside each other and a failure has its name.
macro_rules! targets {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            holds(stringify!($name));
        })*

        #[test]
        fn every_target_has_a_test_and_a_corpus() {
            let known: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(known, [$(stringify!($name)),*]);
            let folders = fs::read_dir(corpus()).expect("the corpora are part of the repository");
            let folders: BTreeSet<_> = folders.map(|it| it.expect("readable").file_name()).collect();
            assert_eq!(folders, known.iter().map(Into::into).collect());
        }
    };
}

targets!(
    candidate,
    delta,
    description,
    entry,
    frame,
    head,
    keys,
    outboard,
    policy,
    record,
    slice,
    tracker,
    transfer,
    tree
);

#[test]
fn corpora_have_every_seed_and_are_small() {
    let seeds = seeds();
    for seed in &seeds {
        let path = corpus()
            .join(seed.target)
            .join(format!("seed-{}", seed.name));
        if std::env::var_os("SWARMFETCH_BLESS").is_some() {
            fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
            fs::write(&path, &seed.bytes).expect("writable");
        }
        let there = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(there == seed.bytes, "{} changed", path.display());
    }
    let mut bytes = 0;
    for target in TARGETS {
        for file in fs::read_dir(corpus().join(target.name)).expect("a folder") {
            let file = file.expect("readable");
            bytes += file.metadata().expect("readable").len();
            let name = file.file_name().into_string().expect("plain");
            let is_known = |seed: &str| {
                let mut of_target = seeds.iter().filter(|known| known.target == target.name);
                of_target.any(|known| known.name == seed)
            };
            let is_stale = name
                .strip_prefix("seed-")
                .is_some_and(|seed| !is_known(seed));
            assert!(!is_stale, "{name} of {} is made no more", target.name);
        }
    }
    assert!(bytes <= CORPUS_BYTES_MAX, "{bytes} bytes");
}

/// Wrong on a file, on what is left of it, and on what was made of it.
#[test]
fn wrong_targets_are_caught() {
    const TRUTH: &[u8] = include_bytes!("../../vectors/manifest/entry/good");
    fn fails_on_the_file(input: &[u8]) {
        assert!(input != TRUTH, "the planted bug");
    }
    fn fails_when_cut(input: &[u8]) {
        assert!(input.len() != 17, "the planted bug");
    }
    fn fails_when_flipped(input: &[u8]) {
        let differs = |at: usize| input.get(at).is_some_and(|byte| *byte != TRUTH[at]);
        assert!(!differs(9), "the planted bug");
    }
    let folder = corpus().join("../../vectors/manifest/entry");
    for (run, expected) in [
        (fails_on_the_file as fn(&[u8]), "good"),
        (fails_when_cut, "good, cut off at byte 17"),
        (fails_when_flipped, "good, bit 1 of byte 9 flipped"),
    ] {
        let wrong = Target { name: "wrong", run };
        let Err(failure) = replay(&wrong, &folder) else {
            panic!("nobody noticed: {expected}");
        };
        assert_eq!(failure.input, expected);
        assert!(std::panic::catch_unwind(|| run(&failure.bytes)).is_err());
    }
}

/// What `make fuzz` has to find before it is believed, and the replay cannot.
#[test]
fn the_planted_bug_is_one() {
    assert_eq!(
        replay(&PLANTED, &corpus().join("frame")).map_err(drop_bytes),
        Ok(runs_of("frame"))
    );
    assert!(std::panic::catch_unwind(|| (PLANTED.run)(b"islands")).is_err());
}

fn drop_bytes(failure: Failure) -> String {
    failure.input
}

fn runs_of(name: &str) -> u64 {
    let nothing = Target {
        name: "nothing",
        run: |_| {},
    };
    replay(&nothing, &corpus().join(name)).expect("it does nothing")
}
