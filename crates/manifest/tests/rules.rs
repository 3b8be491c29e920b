//! Rules against `tests/vectors/rules/cases.json`, which the shim's matcher is held to as well (`tests/shim/nominate.test.mjs`).

use std::path::Path;

use serde::Deserialize;
use swarmfetch_manifest::Rules;

#[derive(Deserialize)]
struct Vectors {
    groups: Vec<Group>,
}

/// Rules, and what they say of some URLs.
#[derive(Deserialize)]
struct Group {
    about: String,
    rules: Rules,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    /// Path and query.
    url: String,
    origin: Option<String>,
    /// Index of the share rule.
    nominated: Option<usize>,
}

#[test]
fn rules_nominate_as_written_down() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/rules/cases.json");
    let vectors: Vectors = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(!vectors.groups.is_empty());
    for group in vectors.groups {
        assert!(!group.cases.is_empty(), "{}", group.about);
        for case in group.cases {
            let (path, query) = match case.url.split_once('?') {
                Some((path, query)) => (path, Some(query)),
                None => (&*case.url, None),
            };
            let rule = group.rules.nominate(case.origin.as_deref(), path, query);
            let expected = case.nominated.map(|index| &group.rules.share[index]);
            // Which one, not just an equal one.
            assert_eq!(
                rule.map(std::ptr::from_ref),
                expected.map(std::ptr::from_ref),
                "{}: {} of {:?}",
                group.about,
                case.url,
                case.origin,
            );
        }
    }
}
