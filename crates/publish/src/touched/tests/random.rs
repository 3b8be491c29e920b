//! A folder that changes at random.

use proptest::prelude::*;

use super::*;

/// Names that files have or get.
const NAMES: [&str; 20] = [
    "index.html",
    "a.html",
    "b.html",
    "d/index.html",
    "d/a.html",
    "d/e/f.html",
    "d/e/g.html",
    "A.html",
    "s.css",
    "d/t.css",
    "d/u.css",
    "i.png",
    "d/j.png",
    "k|^.png",
    "x.js",
    "private/p.html",
    "n.txt",
    ".hidden",
    "d/.hidden",
    "large.bin",
];

/// What pages and stylesheets name.
const LINKS: [&str; 22] = [
    "/a.html",
    "/a.html?x=1",
    "/a.html?x=2",
    "/%61.html",
    "/d/",
    "/d/?q",
    "/d/index.html",
    "/d/e/f.html",
    "/s.css",
    "/s.css?v=1",
    "/d/t.css",
    "/d/u.css",
    "/i.png",
    "/i.png?1",
    "/d/j.png",
    "/k%7C%5E.png",
    "/k|^.png?2",
    "/x.js",
    "/missing.js",
    "/private/p.html",
    "/n.txt?ignored",
    "/swarmfetch.js",
];

pub(super) fn body(name: &str, picks: &[usize], salt: usize) -> Vec<u8> {
    let links = picks.iter().map(|pick| LINKS[pick % LINKS.len()]);
    let end = format!("<p>{}", "text ".repeat(salt % 200));
    if name.ends_with(".html") {
        let tag = |(n, link): (usize, &str)| match (n + salt) % 5 {
            _ if link.contains(".css") => format!("<link rel=stylesheet href='{link}'>"),
            0 => format!("<a href='{link}'></a>"),
            1 => format!("<script src='{link}'></script>"),
            2 => format!("<link rel=stylesheet href='{link}'>"),
            _ => format!("<img src='{link}'>"),
        };
        links
            .enumerate()
            .map(tag)
            .chain([end])
            .collect::<String>()
            .into_bytes()
    } else if name.ends_with(".css") {
        let rule = |(n, link): (usize, &str)| match n % 2 {
            _ if link.contains(".css") => format!("@import url('{link}');"),
            0 => format!("@font-face {{ src: url('{link}') }}"),
            _ => format!("a {{ background: url('{link}') }}"),
        };
        links.enumerate().map(rule).collect::<String>().into_bytes()
    } else if name == "large.bin" {
        vec![salt as u8; 300_000]
    } else {
        format!("{salt}").into_bytes()
    }
}

#[derive(Debug, Clone)]
enum Act {
    Put(usize, Vec<usize>, usize),
    Remove(usize),
    Rename(usize, usize),
    RenameFolder(usize),
    EmptyFolder(usize),
    Headers(usize),
    Rules(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let links = prop::collection::vec(0..LINKS.len(), 0..6);
    prop_oneof![
        12 => (0..NAMES.len(), links, 0usize..500).prop_map(|(name, links, salt)| Act::Put(name, links, salt)),
        4 => (0usize..20).prop_map(Act::Remove),
        3 => (0usize..20, 0..NAMES.len()).prop_map(|(from, to)| Act::Rename(from, to)),
        1 => (0usize..4).prop_map(Act::RenameFolder),
        1 => (0usize..4).prop_map(Act::EmptyFolder),
        1 => (0usize..3).prop_map(Act::Headers),
        1 => (0usize..3).prop_map(Act::Rules),
    ]
}

impl Twice {
    fn act(&mut self, act: &Act) {
        let there = |n: usize, site: &Self| site.files.keys().nth(n).cloned();
        match act {
            Act::Put(name, links, salt) => {
                self.put(NAMES[*name], &body(NAMES[*name], links, *salt))
            }
            Act::Remove(n) => {
                if let Some(name) = there(*n, self) {
                    self.remove(&name);
                }
            }
            Act::Rename(n, to) => {
                if let Some(name) = there(*n, self).filter(|name| name != NAMES[*to]) {
                    self.rename(&name, NAMES[*to]);
                }
            }
            Act::RenameFolder(n) => {
                let to = format!("moved-{}-{n}", self.now);
                if let Some((folder, _)) = there(*n, self)
                    .as_deref()
                    .and_then(|it| it.rsplit_once('/'))
                    && !self.path("knows", &to).exists()
                {
                    self.rename(folder, &to);
                }
            }
            Act::EmptyFolder(n) => {
                for site in ["knows", "forgets"] {
                    std::fs::create_dir_all(self.path(site, &format!("empty/{n}"))).unwrap();
                }
            }
            Act::Headers(n) => {
                let all = ["", "/a.html\n  Set-Cookie: a=b\n", "/d/*\n  X-A: b\n"];
                self.put("_headers", all[*n].as_bytes());
            }
            Act::Rules(n) => {
                self.config.rules = [
                    Vec::new(),
                    vec![("/i.png", Query::Ignore)],
                    vec![("/a.*", Query::None)],
                ][*n]
                    .iter()
                    .map(|(glob, query)| UrlRule {
                        glob: (*glob).to_owned(),
                        query: Some(*query),
                        mode: None,
                    })
                    .collect();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn what_is_made_of_changes_is_what_is_made_of_all(
        first in prop::collection::vec(act(), 10..25),
        rounds in prop::collection::vec(prop::collection::vec(act(), 0..4), 1..8),
        mirror in any::<bool>(),
    ) {
        let mut site = Twice::new(mirror);
        site.put("index.html", &body("index.html", &[21, 8, 12], 1));
        for act in &first {
            site.act(act);
        }
        site.publish();
        for acts in &rounds {
            for act in acts {
                site.act(act);
            }
            site.publish();
        }
        site.is_as_from_nothing();
        // What is kept goes when its day is over.
        site.now += 25 * 3600;
        site.publish();
    }
}
