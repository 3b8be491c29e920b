//! `swarmfetch disable`.

use crate::workbench::Bench;

#[test]
fn a_site_is_switched_off_and_on_again() {
    let bench = Bench::with_site(&[("index.html", "<p>")]);
    bench.done(&["publish"]);
    let said = bench.done(&["disable"]);
    for part in ["switched off. ", "within 1m, ", "`swarmfetch publish`"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let shown = bench.done(&["inspect", "site"]);
    assert!(shown.contains("nothing is shared"), "{shown}");
    let script = std::fs::read_to_string(bench.path("site/swarmfetch-sw.js")).unwrap();
    assert!(!script.contains("fetch\","), "it answers nothing");
    assert!(script.len() < 1024, "{} bytes", script.len());
    let again = bench.done(&["disable", "--json"]);
    assert!(again.contains("\"unchanged\""), "{again}");
    let published = bench.done(&["publish"]);
    assert!(published.contains(", 3 new, "), "{published}");
    let shown = bench.done(&["inspect", "site"]);
    assert!(shown.contains("3 URLs"), "{shown}");
}

#[test]
fn a_folder_that_is_no_copy_is_not_written_into() {
    let bench = Bench::with_site(&[("index.html", "<p>")]);
    bench.write("other/notes.txt", "mine");
    let line = bench.failed(&["disable", "--out", "other"]);
    assert!(line.contains("holds something else"), "{line}");
    assert_eq!(bench.tree("other").len(), 1);
}
