//! `swarmfetch publish`.

use crate::workbench::Bench;

#[test]
fn publishing_again_rewrites_nothing() {
    let bench = Bench::with_site(&[("index.html", "<p>"), ("a/b.css", "a{}")]);
    bench.done(&["publish"]);
    let before = bench.tree("site");
    let again = bench.done(&["publish"]);
    assert!(again.contains("unchanged"), "{again}");
    assert_eq!(bench.tree("site"), before);
    for name in [
        "swarmfetch.js",
        "swarmfetch-sw.js",
        ".well-known/swarmfetch/head",
    ] {
        assert!(
            before.contains_key(&bench.path("site").join(name)),
            "{name}"
        );
    }
}

#[test]
fn renewing_signs_what_stands() {
    let bench = Bench::with_site(&[("index.html", "<p>")]);
    let line = bench.failed(&["publish", "--renew"]);
    for part in ["head: nothing is published", "`swarmfetch publish`"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    let published = bench.done(&["publish"]);
    bench.write("site/index.html", "<p>not of this version");
    let said = bench.done(&["publish", "--renew"]);
    let version = published.split(':').next().unwrap();
    assert_eq!(
        said.trim(),
        format!("{version}: signed again, for 30 days from now")
    );
    let json = bench.done(&["publish", "--renew", "--json"]);
    assert!(json.contains("\"expires\": "), "{json}");
}

#[test]
fn the_same_input_gives_the_same_files_in_another_place() {
    let bench = Bench::with_site(&[("index.html", "<p>"), ("big.bin", &"x".repeat(300_000))]);
    bench.done(&["publish", "--out", "one"]);
    let copy = std::process::Command::new("cp")
        .args(["-a", "one", "two"])
        .current_dir(bench.path(""))
        .status()
        .unwrap();
    assert!(copy.success());
    bench.done(&["publish", "--out", "two"]);
    let files = |name: &str| -> Vec<_> {
        let root = bench.path(name);
        bench
            .tree(name)
            .into_iter()
            .map(|(path, file)| (path.strip_prefix(&root).unwrap().to_owned(), file))
            .collect()
    };
    assert_eq!(files("one"), files("two"));
}

#[test]
fn an_output_is_complete_and_the_content_is_left_as_it_was() {
    let bench = Bench::with_site(&[
        ("index.html", "<p>"),
        ("d/x.png", "x"),
        ("_headers", "/*\n  X-A: b\n"),
        (".env", "secret"),
    ]);
    bench.write("site/.well-known/security.txt", "Contact: me");
    let before = bench.tree("site");
    bench.done(&["publish", "--out", "out"]);
    assert_eq!(bench.tree("site"), before);
    for name in [
        "index.html",
        "d/x.png",
        "_headers",
        ".well-known/security.txt",
    ] {
        assert_eq!(
            bench.read(&format!("out/{name}")),
            bench.read(&format!("site/{name}"))
        );
        let modified = |folder: &str| {
            bench
                .path(&format!("{folder}/{name}"))
                .metadata()
                .unwrap()
                .modified()
                .unwrap()
        };
        let secs = |time: std::time::SystemTime| {
            time.duration_since(std::time::UNIX_EPOCH)
                .unwrap()
                .as_secs()
        };
        assert_eq!(
            secs(modified("out")),
            secs(modified("site")),
            "Last-Modified stays true"
        );
    }
    assert!(!bench.path("out/.env").exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = bench
            .path("out/.well-known/swarmfetch/head")
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o444, 0o444, "a web server of another user reads it");
    }
}

#[test]
fn an_output_inside_of_the_content_is_not_content() {
    let bench = Bench::with_site(&[("index.html", "<p>")]);
    let first = bench.done(&["publish", "--out", "site/out"]);
    let second = bench.done(&["publish", "--out", "site/out"]);
    assert!(
        first.contains("2 URLs of 1 files") && second.contains("2 URLs of 1 files"),
        "{first}{second}"
    );
}

#[test]
fn a_folder_with_something_else_is_no_output() {
    let bench = Bench::with_site(&[("index.html", "<p>")]);
    bench.write("mine/thesis.txt", "years of work");
    assert!(
        bench
            .failed(&["publish", "--out", "mine"])
            .contains("holds something else")
    );
    assert_eq!(bench.tree("mine").len(), 1);
}

#[test]
fn a_file_that_is_private_and_shared_is_an_error_that_names_both_rules() {
    let bench = Bench::with_site(&[("index.html", "<p>"), ("drafts/a.html", "<p>")]);
    bench.configure("#: private = ", "private = ");
    let line = bench.failed(&["publish"]);
    for part in ["/drafts/a.html", "\"/**\"", "\"/drafts/**\""] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(
        !bench.path("site/swarmfetch.js").exists(),
        "nothing was written"
    );
    bench.configure("share = [\"/**\"]", "share = [\"/*.html\"]");
    let summary = bench.done(&["publish"]);
    assert!(
        summary.contains("not shared: 1 (private by \"/drafts/**\"): drafts/a.html"),
        "{summary}"
    );
}

#[test]
fn a_misspelt_key_is_an_error_with_its_line() {
    let bench = Bench::with_site(&[]);
    bench.configure("#: private = ", "privat = ");
    let text = bench.read("swarmfetch.toml");
    let line = 1 + text
        .lines()
        .position(|line| line.starts_with("privat = "))
        .unwrap();
    let said = bench.failed(&["publish"]);
    assert!(
        said.contains(&format!("swarmfetch.toml:{line}: unknown field `privat`")),
        "{said}"
    );
}

#[test]
fn json_says_what_is_shared_and_what_is_not() {
    let bench = Bench::with_site(&[
        ("index.html", "<p>"),
        (".env", "x"),
        ("c.html", "<p>"),
        ("_headers", "/c.html\n  Set-Cookie: a=b\n"),
    ]);
    let json: serde_json::Value =
        serde_json::from_str(&bench.done(&["publish", "--json"])).unwrap();
    assert_eq!(json["shared"]["files"], 1);
    assert_eq!(json["change"], "first");
    let reason = |name: &str| {
        let list = json["unshared"].as_array().unwrap();
        list.iter()
            .find(|entry| entry["name"] == name)
            .map(|entry| entry["reason"].as_str().unwrap().to_owned())
    };
    assert_eq!(reason(".env").as_deref(), Some("a dot-file"));
    assert_eq!(
        reason("c.html").as_deref(),
        Some("_headers sets set-cookie")
    );
}

#[test]
fn without_a_configuration_the_remedy_is_init() {
    let bench = Bench::new();
    bench.write("site/index.html", "<p>");
    assert!(
        bench
            .failed(&["publish", "site"])
            .contains("swarmfetch init")
    );
    let bench = Bench::with_site(&[]);
    bench.write("other/index.html", "<p>");
    assert!(
        bench
            .failed(&["publish", "other"])
            .contains("about another folder"),
        "no key signs by accident"
    );
}

#[test]
fn scripts_change_with_the_rules_only() {
    let bench = Bench::with_site(&[("index.html", "<p>"), ("a.html", "<p>")]);
    bench.done(&["publish"]);
    let scripts = || {
        [
            bench.read("site/swarmfetch.js"),
            bench.read("site/swarmfetch-sw.js"),
        ]
    };
    let before = scripts();
    bench.write("site/a.html", "<p>other");
    bench.write("site/b.html", "<p>new");
    bench.done(&["publish"]);
    assert_eq!(scripts(), before);
    bench.configure("share = [\"/**\"]", "share = [\"/*.html\"]");
    bench.done(&["publish"]);
    assert_ne!(scripts()[1], before[1]);
    bench.configure("start = \"load\"", "start = \"early\"");
    bench.done(&["publish"]);
    assert_ne!(scripts()[0], before[0]);
}

#[test]
fn the_index_stands_in_the_users_cache_folder() {
    let bench = Bench::with_site(&[("index.html", "<p>")]);
    bench.done(&["publish"]);
    let found = bench.tree("home/.cache/swarmfetch");
    let names: Vec<_> = found.keys().filter_map(|path| path.file_name()).collect();
    assert_eq!(names, ["index", "published"]);
    assert!(
        bench
            .tree("site")
            .keys()
            .all(|path| !path.ends_with("index"))
    );
    let json: serde_json::Value =
        serde_json::from_str(&bench.done(&["publish", "--rehash", "--json"])).unwrap();
    assert_eq!(json["read"], 1);
}

#[test]
fn a_cache_folder_inside_of_the_site_gets_no_index() {
    let bench = Bench::with_site(&[("index.html", "<p>")]);
    let mut command = bench.command(&["publish"]);
    command.env("XDG_CACHE_HOME", bench.path("site/cache"));
    assert!(command.status().unwrap().success());
    assert!(
        bench
            .tree("site")
            .keys()
            .all(|path| !path.ends_with("index"))
    );
}

/// A limit to the length of files stands in for a disk that is full: no test can fill that.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_one_line_and_leaves_what_was_there() {
    let bench = Bench::with_site(&[("index.html", "<p>"), ("big.bin", &"x".repeat(300_000))]);
    bench.done(&["publish", "--out", "out"]);
    let before = bench.tree("out");
    bench.write("site/big.bin", &"y".repeat(400_000));
    let publish = bench.command(&["publish", "--out", "out"]);
    let output = std::process::Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 64; exec \"$0\" publish --out out",
        ])
        .arg(publish.get_program())
        .current_dir(bench.path(""))
        .env("HOME", bench.path("home"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("out/big.bin: cannot write"), "{said}");
    assert!(said.contains("make room there"), "{said}");
    let after = bench.tree("out");
    let kept = after.iter().filter(|(path, _)| before.contains_key(*path));
    assert!(kept.eq(&before), "what was there is as it was");
    bench.done(&["publish", "--out", "out"]);
    assert_eq!(bench.read("out/big.bin").len(), 400_000);
}

#[test]
fn patches_from_earlier_versions_are_told_and_shown() {
    let lines = |n: u32| format!("<p>line {:x}\n", n.wrapping_mul(2_654_435_761));
    let article: String = (0..3000).map(lines).collect();
    let bench = Bench::with_site(&[("index.html", "<p>"), ("a.html", &article)]);
    let first = bench.done(&["publish"]);
    assert!(!first.contains("patches"), "{first}");
    bench.write("site/a.html", &article.replace("line 0\n", "line one\n"));
    let said = bench.done(&["publish"]);
    assert!(
        said.contains("patches from earlier versions: 1, "),
        "{said}"
    );
    let shown = bench.done(&["inspect", "site", "/a.html"]);
    let patch = shown.lines().find(|line| line.starts_with("patch "));
    let hash = patch.and_then(|line| line.split([' ', ',']).find(|word| word.len() == 64));
    let object = format!("site/.well-known/swarmfetch/o/{}", hash.expect("shown"));
    let bytes = std::fs::read(bench.path(&object)).unwrap();
    assert!(bytes.len() < 500, "{} bytes", bytes.len());
    let json = bench.done(&["publish", "--json"]);
    let patches: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(patches["patches"]["count"], 1, "{json}");
    assert_eq!(patches["patches"]["bytes"], bytes.len(), "{json}");
}
