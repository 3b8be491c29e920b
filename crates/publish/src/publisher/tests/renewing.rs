//! Signing again what stands.

use super::*;
use crate::disk::fault;
use crate::renewal::{Renewal, renew};

/// Later than the first head runs out.
const LATE: WallSecs = WallSecs(START.0 + 31 * DAY);

impl Case {
    fn renew(&self, now: WallSecs) -> Result<Renewal, Error> {
        renew(&self.publisher.config, Some(&self.out()), now)
    }
}

#[test]
fn renewing_writes_the_head_alone_and_reads_no_content() {
    let case = Case::new(&[("index.html", "<p>"), ("a.css", "a{}")]);
    let first = case.publish(START);
    let before = case.tree();
    // Not of this version.
    case.put("index.html", "<p>changed");
    case.put("new.html", "<p>new");
    let renewal = case.renew(LATE).unwrap();
    assert_eq!(renewal.version, first.version);
    assert_eq!(renewal.expires, LATE.0 + 30 * DAY);
    let head = Output::new(case.out()).head();
    let mut after = case.tree();
    let old = before.get(&head).unwrap().clone();
    assert_ne!(after.insert(head, old.clone()).unwrap().0, old.0);
    assert_eq!(after, before, "nothing else was touched");
    let later = WallSecs(renewal.expires - 1);
    assert_eq!(
        case.look_up(later, "/"),
        Some(Hash::of(b"<p>")),
        "visitors go on"
    );
    assert_eq!(case.look_up(later, "/new.html"), None);
    // Publishing goes on from there.
    let next = case.publish(LATE);
    assert!(next.version > first.version);
    assert_eq!(next.difference.changed, 2, "two URLs of one file");
}

#[test]
fn what_cannot_be_renewed_stands_as_it_was() {
    let case = Case::new(&[("index.html", "<p>")]);
    let error = case.renew(START).unwrap_err();
    assert!(
        error.to_string().ends_with("nothing is published"),
        "{error}"
    );
    case.publish(START);
    let before = case.tree();
    let years = WallSecs(START.0 + 3 * 366 * DAY);
    let error = case.renew(years).unwrap_err();
    assert!(error.to_string().contains("keys"), "{error}");
    let other = Case::new(&[]);
    let mut config = other.publisher.config.clone();
    config.site = case.publisher.config.site;
    let error = renew(&config, Some(&case.out()), LATE).unwrap_err();
    assert!(error.to_string().contains("another key"), "{error}");
    config = case.publisher.config.clone();
    config.site = SiteId([4; 16]);
    let error = renew(&config, Some(&case.out()), LATE).unwrap_err();
    assert!(error.to_string().contains("another site"), "{error}");
    assert_eq!(case.tree(), before);
}

#[test]
fn a_renewal_that_fails_or_is_stopped_leaves_one_head_or_the_other() {
    at_each_step(|fault, steps| {
        let case = Case::new(&[("index.html", "<p>")]);
        case.publish(START);
        let (_, reached) = fault::at(fault, steps, || case.renew(LATE));
        let standing = std::fs::read(Output::new(case.out()).head()).unwrap();
        assert!(
            HeadEnvelope::parse(&standing).is_ok(),
            "{fault:?} after {steps} steps"
        );
        if reached {
            case.renew(LATE).unwrap();
        }
        reached
    });
}
