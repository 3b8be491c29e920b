//! Another publishing key.

use swarmfetch_manifest::trust::{Step, Trust};
use swarmfetch_manifest::{PublicKey, Version};

use super::*;
use crate::disk::fault;
use crate::renewal::renew;
use crate::rotation::{Rotation, rotate};

const LATER: WallSecs = WallSecs(START.0 + DAY);

impl Case {
    fn rotate(&self) -> Result<Rotation, Error> {
        rotate(&self.publisher.config, None, START)
    }

    fn key(&self, name: &str) -> PublicKey {
        key::read(&self.folder.path().join(name)).unwrap().public()
    }

    /// As a new process does it.
    fn publish_as(&self, now: WallSecs) -> Result<Summary, Error> {
        let config = self.publisher.config.clone();
        Publisher::open(config, &[], SCRIPTS)?.publish(Some(&self.out()), now)
    }

    fn worker_script(&self) -> String {
        std::fs::read_to_string(self.out().join("swarmfetch-sw.js")).unwrap()
    }

    /// Does a visitor believe this head?
    fn believes(&self, trust: &mut Trust, head: &[u8], now: WallSecs) -> bool {
        let output = Output::new(self.out());
        let mut parts = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..4 {
            match trust.adopt(head, &parts[0], &parts[1], &parts[2], now) {
                Some(Step::Missing(part, file)) => {
                    parts[part as usize] = std::fs::read(output.object(file.hash())).unwrap();
                }
                other => return other.is_some(),
            }
        }
        false
    }
}

fn files(case: &Case) -> BTreeMap<String, Vec<u8>> {
    let names = ["key.pem", "swarmfetch-keys", "swarmfetch-root.pem"];
    let there = names.map(|name| {
        (
            name.to_owned(),
            std::fs::read(case.folder.path().join(name)).ok(),
        )
    });
    there
        .into_iter()
        .filter_map(|(name, bytes)| Some((name, bytes?)))
        .collect()
}

#[test]
fn after_a_rotation_visitors_believe_the_new_key_and_not_the_last() {
    let case = Case::new(&[("index.html", "<p>")]);
    let first = case.publish(START);
    let (root, script) = (case.key("key.pem"), case.worker_script());
    let stolen = case.folder.path().join("stolen.pem");
    std::fs::copy(&case.publisher.config.key, stolen).unwrap();
    let old = std::fs::read(Output::new(case.out()).head()).unwrap();
    let mut trust = Trust::new(case.publisher.trusted_root(), Version(0));
    assert!(case.believes(&mut trust, &old, START));

    let rotation = case.rotate().unwrap();
    assert_eq!((rotation.number, rotation.parted), (2, true));
    assert_eq!(case.key("swarmfetch-root.pem"), root);
    assert_ne!(case.key("key.pem"), root);
    let next = case.publish_as(LATER).unwrap();
    assert!(next.version > first.version);
    assert_eq!(case.worker_script(), script, "the root key is the same");
    let new = std::fs::read(Output::new(case.out()).head()).unwrap();
    assert!(case.believes(&mut trust, &new, LATER));
    assert!(!case.believes(&mut trust, &old, LATER));

    // Once more, from the root key's file.
    let rotation = case.rotate().unwrap();
    assert_eq!((rotation.number, rotation.parted), (3, false));
    let third = case.publish_as(LATER).unwrap();
    assert!(third.version > next.version);
    let newest = std::fs::read(Output::new(case.out()).head()).unwrap();
    assert!(case.believes(&mut trust, &newest, LATER));
    assert!(!case.believes(&mut trust, &new, LATER));
    assert_eq!(case.publish_as(LATER).unwrap().change, Change::Unchanged);
}

#[test]
fn nothing_is_rotated_by_a_key_that_is_not_the_root() {
    let case = Case::new(&[("index.html", "<p>")]);
    let other = case.folder.path().join("other.pem");
    key::create(&other).unwrap();
    let attempt = || rotate(&case.publisher.config, Some(&other), START).unwrap_err();
    for _ in 0..2 {
        let before = files(&case);
        let error = attempt();
        assert!(error.to_string().contains("root key"), "{error}");
        assert_eq!(files(&case), before);
        // The second time, with the two keys apart.
        case.rotate().unwrap();
    }
}

#[test]
fn the_root_key_goes_where_it_is_told_to() {
    let case = Case::new(&[("index.html", "<p>")]);
    let root = case.key("key.pem");
    let safe = case.folder.path().join("safe/root.pem");
    rotate(&case.publisher.config, Some(&safe), START).unwrap();
    assert_eq!(key::read(&safe).unwrap().public(), root);
    assert!(!case.folder.path().join("swarmfetch-root.pem").exists());
    assert!(case.publish_as(START).is_ok(), "publishing does without it");
    assert!(matches!(case.rotate(), Err(Error::Io { .. })));
    assert_eq!(
        rotate(&case.publisher.config, Some(&safe), START)
            .unwrap()
            .number,
        3
    );
}

#[test]
fn a_list_that_does_not_fit_is_told() {
    let case = Case::new(&[("index.html", "<p>")]);
    case.publish(START);
    case.rotate().unwrap();
    let second = files(&case);
    // What stands was signed by the last key.
    let error = renew(&case.publisher.config, Some(&case.out()), LATER).unwrap_err();
    assert!(error.to_string().contains("other keys"), "{error}");
    case.publish_as(LATER).unwrap();
    assert!(renew(&case.publisher.config, Some(&case.out()), LATER).is_ok());
    case.rotate().unwrap();
    case.publish_as(LATER).unwrap();
    let error = |changed: &BTreeMap<String, Vec<u8>>, now| {
        for (name, bytes) in changed {
            std::fs::write(case.folder.path().join(name), bytes).unwrap();
        }
        case.publish_as(now).unwrap_err().to_string()
    };
    let third = files(&case);
    let only = |name: &str, of: &BTreeMap<String, Vec<u8>>| {
        BTreeMap::from([(name.to_owned(), of[name].clone())])
    };
    let told = error(&only("key.pem", &second), LATER);
    assert!(told.contains("does not name the key"), "{told}");
    let told = error(&second, LATER);
    assert!(told.contains("list 3 was published"), "{told}");
    let garbage = BTreeMap::from([("swarmfetch-keys".to_owned(), b"garbage".to_vec())]);
    let told = error(&garbage, LATER);
    assert!(told.contains("no list of keys"), "{told}");
    std::fs::write(
        case.folder.path().join("swarmfetch-keys"),
        &third["swarmfetch-keys"],
    )
    .unwrap();
    std::fs::write(case.folder.path().join("key.pem"), &third["key.pem"]).unwrap();
    let is_noted = |now| {
        let notes = case.publish_as(now).unwrap().notes;
        notes.iter().any(|note| note.contains("runs out on"))
    };
    assert!(!is_noted(LATER));
    assert!(is_noted(WallSecs(START.0 + 900 * DAY)));
    let told = error(&third, WallSecs(START.0 + 4 * 366 * DAY));
    assert!(told.contains("run out"), "{told}");
    // Without the list the key would be taken for another root.
    std::fs::remove_file(case.folder.path().join("swarmfetch-keys")).unwrap();
    let told = case.publish_as(LATER).unwrap_err().to_string();
    assert!(told.contains("another key"), "{told}");
}

#[test]
fn a_rotation_that_fails_or_is_stopped_loses_no_key_and_is_run_again() {
    for before in [0, 1] {
        at_each_step(|fault, steps| {
            let case = Case::new(&[("index.html", "<p>")]);
            let root = case.key("key.pem");
            for _ in 0..before {
                case.rotate().unwrap();
            }
            let (_, reached) = fault::at(fault, steps, || case.rotate());
            let kept = case.folder.path().join("swarmfetch-root.pem").exists();
            let place = if kept {
                "swarmfetch-root.pem"
            } else {
                "key.pem"
            };
            assert_eq!(case.key(place), root, "{fault:?} after {steps} steps");
            if reached {
                case.rotate().unwrap();
            }
            assert_eq!(case.key("swarmfetch-root.pem"), root);
            assert_eq!(case.publisher.trusted_root().key, root);
            case.publish_as(LATER).unwrap();
            assert_eq!(case.look_up(LATER, "/"), Some(Hash::of(b"<p>")));
            reached
        });
    }
}
