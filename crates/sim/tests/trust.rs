//! Trust at scale, `THREATS.md` T16 and T21 to T23: free riders take their share with them, floods, false haves and Sybils only
//! slow, and nobody falsifies or blocks. What must hold after every event is watched in each of these worlds, too.

use swarmfetch_sim::{Report, Scenario, simulate};

/// One deadline of a link that is asked for the first time, in milliseconds: what an attack may add to a page.
const DEADLINE_MS: f64 = 600.0;

/// A small site's evening: 80 readers, some pages each, who stay a few minutes.
const EVENING: &str = r#"
name = "Evening"
about = "80 readers of a small site."
minutes = 6
seed = 1

[people]
stay_s = [150, 0.7]
think_s = [10, 0.6]

[[site]]
visitors = { count = 80 }

[site.pages]
count = 30
document_kb = 15
images = 2
image_kb = 40
common = 4
common_kb = 20
"#;

fn evening(change: impl FnOnce(&mut Scenario)) -> Report {
    let mut scenario = Scenario::parse(EVENING).expect("a scenario");
    change(&mut scenario);
    let report = simulate(&scenario, 5).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.missed, [0, 0], "a request without its answer");
    report
}

/// How much later than without the swarm a page in 20 is, in milliseconds.
fn added_ms(report: &Report) -> f64 {
    report.page_ms.with.p95 - report.page_ms.without.p95
}

#[test]
fn t16_of_half_free_riders_half_the_offload_is_left() {
    let offload =
        |not_seeding| evening(|it| it.people.not_seeding = not_seeding).from_peers_percent;
    let (honest, half) = (offload(0.0), offload(0.5));
    assert!(honest > 40.0, "{honest} % among honest visitors");
    assert!(half >= 0.5 * honest, "{half} % of {honest}");
}

#[test]
fn t21_floods_slow_nobody_for_long() {
    let report = evening(|it| it.faults.flooders = 0.5);
    assert!(report.bytes.peers > 0, "nothing came from peers");
    assert!(added_ms(&report) <= DEADLINE_MS, "{} ms", added_ms(&report));
}

#[test]
fn t22_where_everybody_holds_nothing_or_never_answers_a_page_waits_one_deadline() {
    for (what, boasters, droppers, stallers) in [
        ("false haves", 1.0, 0.0, 0.0),
        ("silence", 0.0, 1.0, 0.0),
        ("half answers", 0.0, 0.0, 1.0),
    ] {
        let report = evening(|it| {
            (it.faults.boasters, it.faults.droppers) = (boasters, droppers);
            it.faults.stallers = stallers;
        });
        assert!(
            added_ms(&report) <= DEADLINE_MS,
            "{what}: {} ms",
            added_ms(&report)
        );
    }
}

#[test]
fn t23_sybils_around_a_few_honest_visitors_only_slow_them() {
    // A hundred for each honest one; liars among them, who are found out, and such as hold nothing.
    let report = evening(|it| {
        it.site[0].visitors.count = 200;
        (it.faults.boasters, it.faults.liars) = (0.66, 0.33);
    });
    assert!(report.rejected > 0, "nobody lied");
    assert!(added_ms(&report) <= DEADLINE_MS, "{} ms", added_ms(&report));
}
