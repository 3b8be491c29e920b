//! `swarmfetch rotate-key`.

use crate::workbench::Bench;

#[test]
fn keys_are_rotated_and_say_where_they_are() {
    let bench = Bench::with_site(&[("index.html", "<p>")]);
    bench.done(&["publish"]);
    let said = bench.done(&["rotate-key"]);
    for part in ["list 2", "swarmfetch-root.pem", "Now publish"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let published = bench.done(&["publish"]);
    assert!(published.contains("0 new, 0 changed"), "{published}");
    let shown = bench.done(&["inspect", "site"]);
    assert!(shown.contains("list 2: 1 of 1"), "{shown}");
    let said = bench.done(&["rotate-key", "--json"]);
    for part in ["\"number\": 3", "\"parted\": false"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    std::fs::remove_file(bench.path("swarmfetch-root.pem")).unwrap();
    let line = bench.failed(&["rotate-key"]);
    assert!(line.contains("swarmfetch-root.pem"), "{line}");
    bench.done(&["publish"]);
}

#[cfg(unix)]
#[test]
fn private_keys_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::with_site(&[("index.html", "<p>")]);
    bench.done(&["rotate-key"]);
    for name in ["swarmfetch-key.pem", "swarmfetch-root.pem"] {
        let mode = std::fs::metadata(bench.path(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
