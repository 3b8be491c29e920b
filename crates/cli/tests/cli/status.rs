//! `swarmfetch status`; with visitors it is tried in `tests/browser/release.test.mjs`.

use crate::workbench::Bench;

#[test]
fn a_folder_or_nothing_is_no_site() {
    let bench = Bench::with_site(&[("index.html", "<p>")]);
    bench.done(&["publish"]);
    let line = bench.failed(&["status", "site"]);
    assert!(line.contains("`swarmfetch inspect`"), "{line}");
    // Port 9 is the discard service's: nobody listens there.
    let line = bench.failed(&["status", "http://127.0.0.1:9/"]);
    assert!(line.contains("reachable"), "{line}");
}
