//! Finds the built scripts, so that the binary can carry them.
//!
//! They come from `make build`, before the binary, into `worker/` in the target folder, or from the
//! folder that `SWARMFETCH_WORKER_DIR` names. A release build without them fails; a debug build goes
//! on, so that the other crates can be checked and tested alone, and publishing then says so.
//! And names the code, for the index of what it learned of files.

use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

/// The scripts, and what the code knows them by.
const SCRIPTS: [(&str, &str); 4] = [
    ("swarmfetch-sw.js", "SWARMFETCH_WORKER_SCRIPT"),
    ("swarmfetch.js", "SWARMFETCH_PAGE_SCRIPT"),
    ("retired-sw.js", "SWARMFETCH_RETIRED_WORKER_SCRIPT"),
    ("retired.js", "SWARMFETCH_RETIRED_PAGE_SCRIPT"),
];

fn main() {
    name_the_code();
    println!("cargo::rerun-if-env-changed=SWARMFETCH_WORKER_DIR");
    println!("cargo::rustc-check-cfg=cfg(scripts)");
    let candidates = candidates();
    for (folder, (file, _)) in candidates
        .iter()
        .flat_map(|it| SCRIPTS.map(|script| (it, script)))
    {
        println!("cargo::rerun-if-changed={}", folder.join(file).display());
    }
    let built = candidates
        .iter()
        .find(|folder| SCRIPTS.iter().all(|(file, _)| folder.join(file).is_file()));
    match built {
        Some(folder) => {
            println!("cargo::rustc-cfg=scripts");
            for (file, name) in SCRIPTS {
                println!("cargo::rustc-env={name}={}", folder.join(file).display());
            }
        }
        None if std::env::var("PROFILE").as_deref() == Ok("release") => {
            println!("cargo::error=the worker and page scripts are not built: run make build");
        }
        None => {}
    }
}

/// Names the code that a version is made by, and what it is built with: what another build learned is not believed.
fn name_the_code() {
    let mut files: Vec<PathBuf> = vec!["../../Cargo.lock".into()];
    let sources = ["src", "../manifest/src", "../content/src"];
    let mut folders: Vec<PathBuf> = sources.map(PathBuf::from).into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    for folder in sources {
        println!("cargo::rerun-if-changed={folder}");
    }
    println!("cargo::rerun-if-changed=../../Cargo.lock");
    let mut hasher = DefaultHasher::new();
    for file in files {
        hasher.write(&std::fs::read(file).unwrap_or_default());
    }
    println!(
        "cargo::rustc-env=SWARMFETCH_PUBLISH_CODE={:016x}",
        hasher.finish()
    );
}

/// Where the scripts may be: the folder named, else `worker/` beside the profile's folder.
fn candidates() -> Vec<PathBuf> {
    if let Some(folder) = std::env::var_os("SWARMFETCH_WORKER_DIR") {
        return vec![folder.into()];
    }
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    // <target>[/<triple>]/<profile>/build/<package>/out
    let above = Path::new(&out).ancestors().skip(4).take(2);
    above.map(|folder| folder.join("worker")).collect()
}
