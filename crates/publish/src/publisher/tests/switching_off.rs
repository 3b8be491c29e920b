//! Switching the swarm off, and on again.

use super::*;
use crate::disabling::{Disabled, disable};
use crate::disk::fault;
use crate::release::{Chain, Change};

const LATER: WallSecs = WallSecs(START.0 + DAY);
const RETIRED: Scripts = Scripts {
    worker: "retired(/*SWARMFETCH-SITE*/null)",
    page: "retired",
};

impl Case {
    fn disable(&self, now: WallSecs) -> Result<Disabled, Error> {
        disable(&self.publisher.config, &RETIRED, Some(&self.out()), now)
    }

    fn chain(&self) -> Chain {
        let root = self.publisher.trusted_root();
        Output::new(self.out()).standing(&root).unwrap()
    }

    /// Which scripts stand there.
    fn is_retired(&self) -> bool {
        let texts = ["swarmfetch-sw.js", "swarmfetch.js"]
            .map(|name| std::fs::read_to_string(self.out().join(name)).unwrap());
        let retired = texts.each_ref().map(|text| text.starts_with("retired"));
        assert_eq!(retired[0], retired[1], "{texts:?}");
        retired[0]
    }
}

#[test]
fn a_site_that_is_switched_off_shares_nothing_until_it_is_published_again() {
    let case = Case::new(&[("index.html", "<p>"), ("a.css", "a{}")]);
    let first = case.publish(START);
    let before = case.tree();
    let disabled = case.disable(LATER).unwrap();
    assert!(disabled.version > first.version, "visitors take it as news");
    assert!(
        disabled.expires > LATER.0 + 300 * DAY,
        "nobody is to renew it"
    );
    let chain = case.chain();
    assert!(chain.record.is_off());
    assert_eq!(chain.head.version.0, disabled.version);
    assert!(case.is_retired());
    let worker = std::fs::read_to_string(case.out().join("swarmfetch-sw.js")).unwrap();
    let site = case.publisher.config.site.to_string();
    assert!(worker.contains(&site), "it knows whose cache to take away");
    for (path, (bytes, _)) in &before {
        let is_replaced = path.ends_with("head") || path.ends_with("swarmfetch.js");
        if is_replaced || path.ends_with("swarmfetch-sw.js") {
            continue;
        }
        let there = std::fs::read(path).unwrap();
        assert_eq!(&there, bytes, "who has not seen it goes on: {path:?}");
    }
    let next = case.publish(WallSecs(LATER.0 + 1));
    assert!(next.version > disabled.version);
    assert_eq!(next.difference.new, 4, "all of it, and the page's script");
    assert_eq!(case.look_up(LATER, "/"), Some(Hash::of(b"<p>")));
    assert!(!case.is_retired());
}

#[test]
fn switching_off_again_changes_nothing() {
    let case = Case::new(&[("index.html", "<p>")]);
    case.publish(START);
    let first = case.disable(LATER).unwrap();
    let before = case.tree();
    let again = case.disable(WallSecs(LATER.0 + 60)).unwrap();
    assert_eq!(
        (again.change, again.version),
        (Change::Unchanged, first.version)
    );
    assert_eq!(case.tree(), before);
}

/// The published copy may be out of reach; visitors know its version all the same.
#[test]
fn without_the_version_at_hand_it_is_newer_by_the_clock() {
    let case = Case::new(&[]);
    std::fs::create_dir(case.out()).unwrap();
    assert_eq!(case.disable(LATER).unwrap().version, LATER.0);
    assert!(case.chain().record.is_off());
}

#[test]
fn what_another_key_published_is_not_switched_off() {
    let (case, other) = (Case::new(&[("index.html", "<p>")]), Case::new(&[]));
    case.publish(START);
    let before = case.tree();
    let error = disable(&other.publisher.config, &RETIRED, Some(&case.out()), LATER).unwrap_err();
    assert!(error.to_string().contains("another key"), "{error}");
    assert_eq!(case.tree(), before);
}

#[test]
fn a_switching_off_that_fails_or_is_stopped_leaves_one_version_or_the_other() {
    at_each_step(|fault, steps| {
        let case = Case::new(&[("index.html", "<p>")]);
        case.publish(START);
        let (_, reached) = fault::at(fault, steps, || case.disable(LATER));
        if !case.chain().record.is_off() {
            assert_eq!(case.look_up(LATER, "/"), Some(Hash::of(b"<p>")));
        }
        if reached {
            case.disable(LATER).unwrap();
        }
        assert!(case.chain().record.is_off() && case.is_retired());
        reached
    });
}
