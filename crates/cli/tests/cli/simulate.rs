//! `swarmfetch simulate`.

use crate::workbench::Bench;

#[test]
fn a_scenario_is_played_and_reported_three_ways() {
    let bench = Bench::new();
    bench.write(
        "mine.toml",
        "name = \"Mine\"\nminutes = 2\n[[site]]\nvisitors = { count = 20 }\n",
    );
    let shown = bench.done(&["simulate", "mine.toml", "--html", "report.html"]);
    assert!(
        shown.starts_with("Mine: ") && shown.contains("20 in 2 minutes"),
        "{shown}"
    );
    let page = bench.read("report.html");
    assert!(page.contains("<title>Mine</title>") && page.matches("<svg").count() == 5);
    assert!(!page.contains("<script"));
    let json = bench.done(&["simulate", "mine.toml", "--json", "--visitors", "9"]);
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["visitors"], 9);
    assert_eq!(
        json,
        bench.done(&["simulate", "mine.toml", "--json", "--visitors", "9"])
    );
    let other = bench.done(&[
        "simulate",
        "mine.toml",
        "--json",
        "--visitors",
        "9",
        "--seed",
        "2",
    ]);
    assert_ne!(json, other);
}

#[test]
fn small_worlds_run_clean_and_say_what_they_did() {
    let said = Bench::new().done(&["simulate", "--worlds", "4", "--from", "7"]);
    assert!(said.starts_with("4 worlds from 7 on ran clean: "), "{said}");
}

#[test]
fn a_bad_scenario_is_told_in_one_line() {
    let bench = Bench::new();
    bench.write("bad.toml", "[network]\nlatency = 5\n");
    for (named, part) in [
        ("bad.toml", "unknown field `latency`"),
        ("gone.toml", "name a scenario's file, or one of flash-crowd"),
    ] {
        let line = bench.failed(&["simulate", named]);
        assert!(line.contains(part), "{line}");
    }
}
