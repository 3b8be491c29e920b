//! `swarmfetch init`, and who else can read its key.

use std::process::Command;

use crate::workbench::Bench;

#[test]
fn a_new_site_can_be_published_at_once() {
    let bench = Bench::with_site(&[("index.html", "<p>")]);
    assert!(bench.read("swarmfetch.toml").contains("dir = \"site\""));
    assert!(bench.done(&["publish"]).contains("2 URLs of 1 files"));
}

#[test]
fn every_site_has_another_id_and_key() {
    let (one, two) = (Bench::with_site(&[]), Bench::with_site(&[]));
    let site = |bench: &Bench| {
        bench
            .read("swarmfetch.toml")
            .lines()
            .find(|line| line.starts_with("site = "))
            .unwrap()
            .to_owned()
    };
    assert_ne!(site(&one), site(&two));
    assert_ne!(
        one.read("swarmfetch-key.pem"),
        two.read("swarmfetch-key.pem")
    );
}

#[test]
fn nothing_is_overwritten() {
    let bench = Bench::with_site(&[]);
    let (config, key) = (
        bench.read("swarmfetch.toml"),
        bench.read("swarmfetch-key.pem"),
    );
    assert!(
        bench
            .failed(&["init", "site"])
            .contains("swarmfetch.toml exists already")
    );
    std::fs::remove_file(bench.path("swarmfetch.toml")).unwrap();
    assert!(
        bench
            .failed(&["init", "site"])
            .contains("swarmfetch-key.pem exists already")
    );
    assert_eq!(bench.read("swarmfetch-key.pem"), key);
    assert!(!bench.path("swarmfetch.toml").exists(), "{config}");
}

#[test]
fn the_key_is_never_put_where_it_would_be_served() {
    let bench = Bench::new();
    bench.write("a/b/index.html", "<p>");
    for dir in [".", "..", "a/.."] {
        let said = bench.run(&["init", dir]);
        assert_eq!(said.code, 1, "{dir}");
        assert!(said.err.contains("would be served"), "{}", said.err);
    }
    assert!(!bench.path("swarmfetch-key.pem").exists());
    bench.done(&["init", "a/b"]);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let bench = Bench::new();
    assert!(
        bench
            .failed(&["init", "none"])
            .contains("none: cannot open")
    );
}

#[test]
fn wrong_usage_has_its_own_code() {
    let bench = Bench::new();
    for arguments in [
        &["init"][..],
        &["frobnicate"],
        &["publish", "--frobnicate"],
        &[],
        &["serve", "--listen", "here"],
    ] {
        assert_eq!(bench.run(arguments).code, 2, "{arguments:?}");
    }
    let help = bench.done(&["--help"]);
    for absent in ["seed", "proxy", "check", "plan"] {
        assert!(!help.contains(absent), "{absent} is not built yet");
    }
}

/// `openssl` is on every Debian; without it this cannot be shown.
#[test]
fn openssl_reads_our_keys_and_makes_keys_for_us() {
    let bench = Bench::with_site(&[("index.html", "<p>")]);
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(bench.path(""))
            .output()
            .expect("openssl is installed");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    };
    let public = openssl(&[
        "pkey",
        "-in",
        "swarmfetch-key.pem",
        "-pubout",
        "-outform",
        "DER",
    ]);
    bench.done(&["publish", "--out", "out"]);
    let shown = bench.done(&["inspect", "out"]);
    let hex: String = public[public.len() - 32..]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert!(shown.contains(&format!("root key {hex}")), "{shown}");

    openssl(&["genpkey", "-algorithm", "ed25519", "-out", "theirs.pem"]);
    bench.configure("swarmfetch-key.pem", "theirs.pem");
    bench.done(&["publish", "--out", "out2"]);
    let public = openssl(&["pkey", "-in", "theirs.pem", "-pubout", "-outform", "DER"]);
    let hex: String = public[public.len() - 32..]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert!(bench.done(&["inspect", "out2"]).contains(&hex));

    openssl(&["genpkey", "-algorithm", "x25519", "-out", "other.pem"]);
    bench.configure("theirs.pem", "other.pem");
    assert!(
        bench
            .failed(&["publish", "--out", "out3"])
            .contains("openssl genpkey"),
        "the remedy"
    );
}
