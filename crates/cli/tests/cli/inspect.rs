//! `swarmfetch inspect`.

use crate::workbench::Bench;

fn published() -> Bench {
    let bench = Bench::with_site(&[
        ("index.html", "<link rel=stylesheet href='s.css?2022.1'><p>"),
        ("s.css", "a{}"),
        ("n.txt", "n"),
        ("c.html", "<p>"),
        ("_headers", "/c.html\n  Set-Cookie: a=b\n"),
    ]);
    bench.configure("share = [\"/**\"]", "share = [\"/*.html\", \"/*.css\"]");
    bench.configure("#: private = [\"/drafts/**\"]", "private = [\"/n*\"]");
    bench.done(&["publish", "--out", "out"]);
    bench
}

#[test]
fn a_url_is_proved_up_to_the_root_key() {
    let bench = published();
    let shown = bench.done(&["inspect", "out", "/s.css?2022.1"]);
    for part in [
        "proof      1 nodes",
        "up to tree ",
        "header     content-type: text/css",
        "these very bytes",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(
        bench
            .done(&["inspect", "out", "/"])
            .contains("needs      1 more")
    );
    let site = bench.done(&["inspect", "out"]);
    for part in [
        "head       version ",
        "share    /*.html",
        "private  /n*",
        "5 URLs",
    ] {
        assert!(site.contains(part), "{part}: {site}");
    }
}

#[test]
fn what_is_not_shared_has_a_reason() {
    let bench = published();
    for (url, reason) in [
        ("/n.txt", "private rule \"/n*\""),
        ("/x.png", "no share rule"),
        ("/missing.html", "no such file"),
        ("/c.html", "its headers forbid it"),
        ("/s.css?other", "names this query"),
    ] {
        let shown = bench.done(&["inspect", "out", url]);
        assert!(
            shown.contains("not shared: ") && shown.contains(reason),
            "{url}: {shown}"
        );
    }
}

#[test]
fn other_bytes_than_signed_are_noticed() {
    let bench = published();
    bench.write("out/s.css", "b{}");
    assert!(
        bench
            .done(&["inspect", "out", "/s.css"])
            .contains("other bytes")
    );
}

#[test]
fn a_broken_chain_is_a_failure_with_its_link() {
    for (file, what) in [
        ("swarmfetch-sw.js", "/swarmfetch-sw.js"),
        (".well-known/swarmfetch/head", "head"),
    ] {
        let bench = published();
        bench.write(&format!("out/{file}"), "nonsense");
        let line = bench.failed(&["inspect", "out"]);
        assert!(line.contains(what), "{line}");
    }
    let bench = published();
    let head = bench.read("out/.well-known/swarmfetch/head");
    let flipped = head
        .replacen("sig ", "sig 0", 1)
        .replacen("sig 0", "sig ", 1)
        .replace("payload c3", "payload d3");
    bench.write("out/.well-known/swarmfetch/head", &flipped);
    assert!(
        bench
            .failed(&["inspect", "out"])
            .contains("0 valid signatures")
    );
    let bench = published();
    for entry in std::fs::read_dir(bench.path("out/.well-known/swarmfetch/o"))
        .unwrap()
        .map(Result::unwrap)
    {
        let mut bytes = std::fs::read(entry.path()).unwrap();
        bytes[10] ^= 1;
        std::fs::write(entry.path(), bytes).unwrap();
    }
    assert!(
        bench
            .failed(&["inspect", "out"])
            .contains("do not match their hash")
    );
}

#[test]
fn nobody_there_is_a_failure_too() {
    let bench = Bench::new();
    assert!(
        bench
            .failed(&["inspect", "none"])
            .contains("there is no /swarmfetch-sw.js")
    );
    assert!(
        bench
            .failed(&["inspect", "http://127.0.0.1:1/"])
            .contains("check that the site is up")
    );
}
