//! Small worlds with faults: nothing that must hold is broken, and what happens is decided by the seed alone.

use swarmfetch_sim::scenario::BUILT_IN;
use swarmfetch_sim::{Error, Scenario, report, simulate, small};

/// Worlds of a test run; `make sim` lets thousands more run.
const WORLDS: u64 = 60;

#[test]
fn small_worlds_with_faults_run_clean_and_twice_alike() {
    let mut from_peers = 0;
    for seed in 0..WORLDS {
        match small::check(seed, seed % 10 == 0) {
            Ok(outcome) => from_peers += outcome.from_peers,
            Err(fault) => panic!(
                "{fault}\n  see it with swarmfetch simulate --worlds 1 --from {seed} --trace"
            ),
        }
    }
    assert!(
        from_peers > 20 * WORLDS,
        "only {from_peers} requests were answered by peers"
    );
}

#[test]
fn the_scenarios_that_come_along_run_with_fewer_visitors() {
    for (name, text) in BUILT_IN {
        let mut scenario = Scenario::parse(text).unwrap();
        let site = &mut scenario.site[0];
        site.visitors.count = 30;
        site.pages.count = site.pages.count.min(500);
        scenario.minutes = 2.0;
        let report = simulate(&scenario, 3).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(report.visitors, 30, "{name}");
        assert_eq!(
            report.missed,
            [0, 0],
            "{name}: nobody misses anything while the origin is well"
        );
        let plots = report::html::page(&report).unwrap().matches("<svg").count();
        assert_eq!(plots, 5, "{name}");
    }
}

#[test]
fn a_scenario_that_is_none_is_told_where() {
    let told = |text: &str| match Scenario::parse(text) {
        Err(Error::Scenario(words)) => words,
        other => panic!("{other:?}"),
    };
    assert!(told("minutes = \"ten\"").contains("line 1"));
    assert!(told("[network]\nlatency = 5").contains("unknown field `latency`"));
    assert_eq!(
        told("[people]\nvanish = 2"),
        "people.vanish is 2; a share is 0 to 1"
    );
    assert!(told("[network]\nuplink_mbit = [10, 2]").contains("[smallest, largest]"));
    assert_eq!(told("site = []"), "there is no [[site]]");
}
