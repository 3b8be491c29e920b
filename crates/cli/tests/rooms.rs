//! The rooms and their edges: reads the manifest of every crate and fails on an edge that the design does not have.
//!
//! Lower floors never import upper ones, only the worker knows of JavaScript, and what the pure floor leans on besides
//! is a short list. Dependencies of tests count as edges too; only their foreign crates are free.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// The pure crates: no clock, no randomness of their own, no I/O, no JavaScript, no async.
const FLOOR_1: [&str; 5] = ["content", "manifest", "wire", "swarm", "rendezvous"];

/// Each room and the rooms that it may import.
const EDGES: [(&str, &[&str]); 11] = [
    ("content", &[]),
    ("manifest", &["content"]),
    ("wire", &["manifest", "content"]),
    ("swarm", &["wire", "manifest", "content"]),
    ("rendezvous", &["wire"]),
    ("sim", &FLOOR_1),
    ("worker", &FLOOR_1),
    ("tracker", &FLOOR_1),
    ("node", &FLOOR_1),
    ("publish", &FLOOR_1),
    // A shell itself: what it inspects, it reads through the crates that define it.
    (
        "cli",
        &["content", "manifest", "publish", "tracker", "node", "sim"],
    ),
];

/// The foreign crates that floor 1 may lean on. A new one is chosen, with a reason and its cost in the wasm: none may
/// read a clock, draw random numbers of its own, do I/O or await.
const FLOOR_1_LEANS_ON: [&str; 7] = [
    "base64",
    "blake3",
    "ed25519-dalek",
    "fastrand",
    "postcard",
    "serde",
    "serde_bytes",
];

/// What speaks with JavaScript: the worker's alone.
const JAVASCRIPT: [&str; 6] = [
    "gloo",
    "js-sys",
    "serde-wasm-bindgen",
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "web-sys",
];

/// One line of a manifest: the package, and whether only tests use it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Dependency {
    package: String,
    tests_only: bool,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn table(path: &Path) -> Table {
    let text = fs::read_to_string(path).unwrap();
    text.parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The manifests of all rooms, by folder.
fn rooms() -> BTreeMap<String, Table> {
    let folders = fs::read_dir(root().join("crates")).unwrap();
    let folders = folders.map(|folder| folder.unwrap().path());
    folders
        .filter(|folder| folder.join("Cargo.toml").exists())
        .map(|folder| {
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            (name, table(&folder.join("Cargo.toml")))
        })
        .collect()
}

/// The packages that the workspace's own table gives other names to.
fn renamed() -> BTreeMap<String, String> {
    let workspace = table(&root().join("Cargo.toml"));
    let shared = workspace["workspace"]["dependencies"].as_table().unwrap();
    let named = |(name, value): (&String, &Value)| {
        Some((name.clone(), value.get("package")?.as_str()?.to_owned()))
    };
    shared.iter().filter_map(named).collect()
}

/// All dependencies of a manifest, of every kind and for every target.
fn dependencies(manifest: &Table, renamed: &BTreeMap<String, String>) -> Vec<Dependency> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let tables = targets
        .into_iter()
        .flat_map(|targets| targets.values())
        .filter_map(Value::as_table)
        .chain([manifest]);
    let mut found = Vec::new();
    for table in tables {
        for (kind, tests_only) in [
            ("dependencies", false),
            ("build-dependencies", false),
            ("dev-dependencies", true),
        ] {
            let Some(dependencies) = table.get(kind).and_then(Value::as_table) else {
                continue;
            };
            for (name, value) in dependencies {
                let package = value.get("package").and_then(Value::as_str);
                let package = package.or(renamed.get(name).map(String::as_str));
                let package = package.unwrap_or(name).to_owned();
                found.push(Dependency {
                    package,
                    tests_only,
                });
            }
        }
    }
    found
}

/// What is wrong with these dependencies of a room; empty when nothing is.
fn defects(room: &str, dependencies: &[Dependency]) -> Vec<String> {
    let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{room} is a room that the design does not have")];
    };
    let mut defects = Vec::new();
    for Dependency {
        package,
        tests_only,
    } in dependencies
    {
        let ours = match package.as_str() {
            "swarmfetch" => Some("cli"),
            name => name.strip_prefix("swarmfetch-"),
        };
        if let Some(ours) = ours {
            if !allowed.contains(&ours) {
                defects.push(format!("{room} must not import {ours}"));
            }
        } else if room != "worker" && JAVASCRIPT.contains(&package.as_str()) {
            defects.push(format!("{room} must not know of JavaScript: {package}"));
        } else if FLOOR_1.contains(&room)
            && !tests_only
            && !FLOOR_1_LEANS_ON.contains(&package.as_str())
        {
            defects.push(format!("{room} is pure and has not chosen {package}"));
        }
    }
    defects
}

#[test]
fn every_edge_is_one_of_the_design() {
    let renamed = renamed();
    let rooms = rooms();
    let mut ours = 0;
    for (room, manifest) in &rooms {
        let dependencies = dependencies(manifest, &renamed);
        assert_eq!(defects(room, &dependencies), Vec::<String>::new());
        let edge = |one: &&Dependency| one.package.starts_with("swarmfetch-");
        ours += dependencies.iter().filter(edge).count();
    }
    assert!(ours >= rooms.len(), "the manifests were not read");
}

#[test]
fn packages_are_called_like_their_folders() {
    for (room, manifest) in rooms() {
        let expected = match room.as_str() {
            "cli" => "swarmfetch".to_owned(),
            room => format!("swarmfetch-{room}"),
        };
        assert_eq!(manifest["package"]["name"].as_str(), Some(&*expected));
    }
}

#[test]
fn every_crate_obeys_the_lints_of_the_workspace() {
    for (room, manifest) in rooms() {
        let inherited = manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"));
        assert_eq!(inherited, Some(&Value::Boolean(true)), "{room}");
    }
}

#[test]
fn other_edges_are_noticed() {
    let renamed = BTreeMap::from([("tree".to_owned(), "swarmfetch-manifest".to_owned())]);
    let judge = |room: &str, manifest: &str| {
        defects(room, &dependencies(&manifest.parse().unwrap(), &renamed)).join("; ")
    };
    for (room, manifest, expected) in [
        (
            "manifest",
            "[dependencies]\nswarmfetch-swarm.workspace = true",
            "manifest must not import swarm",
        ),
        (
            "content",
            "[dev-dependencies]\ntree = { workspace = true }",
            "content must not import manifest",
        ),
        (
            "publish",
            "[dependencies]\nswarmfetch = { path = \"../cli\" }",
            "publish must not import cli",
        ),
        (
            "cli",
            "[dependencies]\ntree.workspace = true\nworker = { package = \"swarmfetch-worker\", path = \"../worker\" }",
            "cli must not import worker",
        ),
        (
            "swarm",
            "[target.'cfg(target_arch = \"wasm32\")'.dependencies]\njs-sys = \"0.3\"",
            "swarm must not know of JavaScript: js-sys",
        ),
        (
            "rendezvous",
            "[build-dependencies]\ntokio = \"1\"",
            "rendezvous is pure and has not chosen tokio",
        ),
        ("rendezvous", "[dev-dependencies]\ntokio = \"1\"", ""),
        ("worker", "[dependencies]\nweb-sys = \"0.3\"", ""),
        ("utils", "", "utils is a room that the design does not have"),
    ] {
        assert_eq!(judge(room, manifest), expected, "{room}: {manifest}");
    }
}
