//! Small folders, and what is labelled of them under which rules.

use super::*;
use crate::tally::NAMES_MAX;
use swarmfetch_manifest::{Query, SiteId};

struct Made {
    _folder: tempfile::TempDir,
    site: Site,
}

fn read(files: &[(&str, &str)], change: impl Fn(&mut Config)) -> Result<Made, Error> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut config = Config::sensible(folder.path().into(), "key".into(), SiteId([1; 16]));
    change(&mut config);
    let root = Root::open(folder.path(), [])?;
    let site = Site::read(&root, &config, &Scanner::default())?;
    Ok(Made {
        _folder: folder,
        site,
    })
}

fn addresses(made: &Made) -> Vec<&str> {
    made.site.labelled.keys().map(Address::as_str).collect()
}

const PAGE: &str = "<link rel=stylesheet href='../s.css?2022.1'><script src=/j.js></script><img src=i.png?x=1>\
    <img src=missing.png><a href='other.html?from=index'></a><a href='a%62c.html'></a>";

#[test]
fn a_url_is_labelled_under_every_name_the_site_uses() {
    let files = [
        ("index.html", "<p>"),
        ("d/index.html", PAGE),
        ("d/other.html", "<p>"),
        ("d/abc.html", "<p>"),
        ("d/i.png", "i"),
        ("j.js", "j"),
        (
            "s.css",
            "@import url(t.css); @font-face { src: url(f.woff2?v=3) } a { background: url(b.png) }",
        ),
        ("t.css", "@import 's.css?2022.1'; /* a circle */"),
        ("f.woff2", "f"),
        ("b.png", "b"),
    ];
    let made = read(&files, |_| {}).unwrap();
    assert_eq!(
        addresses(&made),
        [
            "/",
            "/b.png",
            "/d/",
            "/d/a%62c.html",
            "/d/abc.html",
            "/d/i.png",
            "/d/i.png?x=1",
            "/d/index.html",
            "/d/other.html",
            "/d/other.html?from=index",
            "/f.woff2",
            "/f.woff2?v=3",
            "/index.html",
            "/j.js",
            "/s.css",
            "/s.css?2022.1",
            "/t.css"
        ]
    );
    let labelled = &made.site.labelled;
    let page = &labelled[&Address::of_file("d/index.html")];
    let folder = &labelled[&Address::of_file("d/")];
    assert_eq!(page.file, folder.file);
    let needs = [
        "/s.css?2022.1",
        "/t.css",
        "/f.woff2?v=3",
        "/j.js",
        "/d/i.png?x=1",
    ]
    .map(UrlKey::of_path);
    assert_eq!(page.needs, needs);
    assert_eq!(folder.needs, needs);
}

#[test]
fn a_query_can_be_told_to_mean_nothing() {
    let files = [
        ("index.html", "<img src=a.png?1><img src=b.png?2>"),
        ("a.png", "a"),
        ("b.png", "b"),
    ];
    let made = read(&files, |config| {
        config.rules.push(crate::config::UrlRule {
            glob: "/a.*".into(),
            query: Some(Query::Ignore),
            mode: None,
        });
    })
    .unwrap();
    assert_eq!(
        addresses(&made),
        ["/", "/a.png", "/b.png", "/b.png?2", "/index.html"]
    );
    let page = &made.site.labelled[&Address::of_file("index.html")];
    assert_eq!(page.needs, ["/a.png", "/b.png?2"].map(UrlKey::of_path));
}

#[test]
fn everything_unshared_has_its_reason() {
    let files = [
        ("a.html", "<a href='p.txt'></a>"),
        ("p.txt", "p"),
        ("n.txt", "n"),
        (".env", "e"),
        ("c.html", "<p>"),
        ("_headers", "/c.html\n  Set-Cookie: a=b\n"),
    ];
    let pattern = |glob: &str| crate::config::Pattern {
        glob: glob.into(),
        origin: None,
    };
    let made = read(&files, |config| {
        config.share = vec![pattern("/*.html")];
        config.private = vec![pattern("/p*")];
    })
    .unwrap();
    assert_eq!(addresses(&made), ["/a.html"]);
    let reasons: Vec<_> = made
        .site
        .unshared
        .iter()
        .map(|(name, why)| format!("{name}: {why}"))
        .collect();
    assert_eq!(
        reasons,
        [
            ".env: a dot-file",
            "_headers: it is for the host",
            "c.html: _headers sets set-cookie",
            "n.txt: no share rule names it",
            "p.txt: private by \"/p*\""
        ]
    );
    assert!(made.site.rules.nominate(None, "/p.txt", None).is_none());
}

#[test]
fn a_site_whose_pages_do_not_load_the_script_is_told_so() {
    let notes = |page: &str| read(&[("d/a.html", page)], |_| {}).unwrap().site.notes;
    assert!(notes("<p>")[0].contains("<script async src=\"/swarmfetch.js\">"));
    assert!(notes("<script async src=../swarmfetch.js></script>").is_empty());
    assert!(
        read(&[("a.png", "x")], |_| {})
            .unwrap()
            .site
            .notes
            .is_empty()
    );
}

#[test]
fn endless_names_are_bounded() {
    let page: String = (0..1000)
        .map(|n| format!("<a href='?page={n}'></a>"))
        .collect();
    let made = read(&[("a.html", &page)], |_| {}).unwrap();
    assert_eq!(made.site.labelled.len(), 1 + NAMES_MAX);
}

#[test]
fn names_that_differ_in_case_only_are_told() {
    let made = read(
        &[("A/x.html", "1"), ("a/X.html", "2"), ("a/y.html", "3")],
        |_| {},
    )
    .unwrap();
    let told: Vec<_> = made
        .site
        .notes
        .iter()
        .filter(|note| note.contains("case"))
        .collect();
    // Where they are one file, nothing is to be told.
    let files = made.site.files.len();
    assert_eq!(told.len(), files - 2, "{told:?}");
    assert!(files < 3 || told[0].starts_with("A/x.html and a/X.html differ in case only"));
}

#[test]
fn a_file_that_changes_each_time_it_is_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.html", "b.log", "c.log"] {
        std::fs::write(folder.path().join(name), "1").unwrap();
    }
    let config = Config::sensible(folder.path().into(), "key".into(), SiteId([1; 16]));
    let root = Root::open(folder.path(), []).unwrap();
    let mut scanner = Scanner::default();
    scanner.meanwhile = Some(|path| {
        if path.extension().is_some_and(|end| end == "log") {
            let mut longer = std::fs::read(path).unwrap();
            longer.push(b'1');
            std::fs::write(path, longer).unwrap();
        }
    });
    match Site::read(&root, &config, &scanner) {
        Err(Error::Changing { path }) => assert!(path.ends_with("b.log"), "the first one"),
        other => panic!("{other:?}"),
    }
    let mut config = config;
    config.share = vec![crate::config::Pattern {
        glob: "/*.html".into(),
        origin: None,
    }];
    assert!(
        Site::read(&root, &config, &scanner).is_ok(),
        "nobody shares them"
    );
}
