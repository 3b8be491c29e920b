//! Rules: which URLs may be worth asking the tree about.
//!
//! Rules only *nominate*: the worker decides with them, synchronously and before anything is
//! loaded, whether a request might be ours. Policy and tree decide. They are baked into the worker
//! script as JSON (this type's serde form), so `sw-shim/boot/nominate.js` follows the same text; both
//! are tested against `tests/vectors/rules/cases.json`.
//!
//! A glob is matched against the path of the URL (as the WHATWG URL standard serialises it, begins
//! with `/`): `*` is any run of characters but `/`, `**` any run, `?` one character but `/`, all
//! else is itself. A path that ends with `/` is also tried as `<path>index.html`.

use serde::{Deserialize, Serialize};
use swarmfetch_content::codec::{Decode, Reader};
use swarmfetch_content::decode_fields;
use swarmfetch_content::text::{behind_last, cut};

use crate::policy::HedgeMode;

/// The most rules of one kind a site may have: the shim tries them one by one on every fetch.
pub const RULES_MAX: usize = 256;

/// What a URL's query means under a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Query {
    /// No URL with a query is labelled under this rule.
    None,
    /// The query is part of the URL's name.
    Exact,
    /// The query does not matter: the key is the path's.
    Ignore,
}

impl Decode<'_> for Query {
    fn decode(from: &mut Reader<'_>) -> Self {
        match from.part::<u32>() {
            0 => Self::None,
            1 => Self::Exact,
            2 => Self::Ignore,
            _ => from.fail(Self::None),
        }
    }
}

/// One share rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Glob over the path.
    pub path: String,
    /// The origin it speaks of (`https://cdn.example`); none is the site itself.
    pub origin: Option<String>,
    /// What a query means.
    pub query: Query,
    /// How far the visitor waits for peers.
    pub mode: HedgeMode,
    /// The last path segment's extensions that the content really has (lower case, `""` for none,
    /// `"/"` for a directory); empty when unknown. `publish` fills it, so that a URL under a rule
    /// that is not in the tree stays rare.
    pub extensions: Vec<String>,
}

decode_fields!(Rule {
    path,
    origin,
    query,
    mode,
    extensions
});

/// All rules of a site: what a private glob names is never nominated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// What may be shared, first match wins.
    pub share: Vec<Rule>,
    /// Globs over paths that are never shared.
    pub private: Vec<String>,
}

decode_fields!(Rules { share, private });

impl Rules {
    /// The rule that nominates this URL, if any. `origin` is none for the site itself; `query` is
    /// the part after `?`, none without one.
    #[must_use]
    pub fn nominate(&self, origin: Option<&str>, path: &str, query: Option<&str>) -> Option<&Rule> {
        if self.private.iter().any(|glob| path_matches(glob, path)) {
            return None;
        }
        self.share.iter().find(|rule| {
            rule.origin.as_deref() == origin
                && (query.is_none() || rule.query != Query::None)
                && (rule.extensions.is_empty()
                    || rule.extensions.iter().any(|known| known == extension(path)))
                && path_matches(&rule.path, path)
        })
    }
}

/// The extension of a path's last segment as [`Rule::extensions`] spells it, case kept.
#[must_use]
pub fn extension(path: &str) -> &str {
    let file = behind_last(path, b'/');
    if file.is_empty() {
        return "/";
    }
    match cut(file, b'.') {
        Some(_) => behind_last(file, b'.'),
        None => "",
    }
}

/// Does a glob match a path, or the index of the directory it names?
#[must_use]
pub fn path_matches(glob: &str, path: &str) -> bool {
    glob_matches(glob.as_bytes(), path.as_bytes())
        || path.ends_with('/')
            && glob_matches(glob.as_bytes(), &[path.as_bytes(), b"index.html"].concat())
}

/// Iterative matching with one point of return for each kind of star: time is at most
/// `glob.len() * path.len()`, whatever the glob.
fn glob_matches(glob: &[u8], path: &[u8]) -> bool {
    // reachable[g]: the glob's first g bytes match the path read so far.
    let mut reachable = vec![false; glob.len() + 1];
    reachable[0] = true;
    skip_stars(glob, &mut reachable);
    for &byte in path {
        let mut next = vec![false; glob.len() + 1];
        for at in 0..glob.len() {
            if !reachable[at] {
                continue;
            }
            match star(glob, at) {
                Some(Star::Deep) => next[at] = true,
                Some(Star::Segment) => next[at] |= byte != b'/',
                None if glob[at] == b'?' => next[at + 1] |= byte != b'/',
                None => next[at + 1] |= byte == glob[at],
            }
        }
        skip_stars(glob, &mut next);
        reachable = next;
    }
    reachable[glob.len()]
}

enum Star {
    Segment,
    Deep,
}

fn star(glob: &[u8], at: usize) -> Option<Star> {
    (glob[at] == b'*').then(|| {
        if glob.get(at + 1) == Some(&b'*') {
            Star::Deep
        } else {
            Star::Segment
        }
    })
}

/// A star may match nothing.
fn skip_stars(glob: &[u8], reachable: &mut [bool]) {
    for at in 0..glob.len() {
        if reachable[at] {
            match star(glob, at) {
                Some(Star::Deep) => reachable[at + 2] = true,
                Some(Star::Segment) => reachable[at + 1] = true,
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_written_down() {
        for (glob, path, expected) in [
            ("/**", "/", true),
            ("/**", "/a/b.html", true),
            ("/*", "/a", true),
            ("/*", "/a/b", false),
            ("/a/**/c.png", "/a/b/b/c.png", true),
            ("/a/**/c.png", "/a/c.png", false),
            ("/a/**c.png", "/a/c.png", true),
            ("/?.css", "/x.css", true),
            ("/?.css", "/.css", false),
            ("/*.html", "/", true),
            ("/d/*.html", "/d/", true),
            ("/d/*.html", "/d", false),
            ("/d/x.html", "/d/", false),
            ("/a*b*c", "/aXbYc", true),
            ("/a*b*c", "/aXbYcd", false),
            ("", "/", false),
        ] {
            assert_eq!(path_matches(glob, path), expected, "{glob} on {path}");
        }
    }

    #[test]
    fn a_hostile_glob_takes_polynomial_time() {
        let glob = "*a".repeat(200);
        assert!(!path_matches(&glob, &"a".repeat(4000).replace('a', "ab")));
    }

    fn rule(path: &str) -> Rule {
        Rule {
            path: path.into(),
            origin: None,
            query: Query::Exact,
            mode: HedgeMode::Speed,
            extensions: Vec::new(),
        }
    }

    #[test]
    fn private_wins_and_extensions_narrow() {
        let mut rules = Rules {
            share: vec![rule("/**")],
            private: vec!["/admin/**".into()],
        };
        assert!(rules.nominate(None, "/a.html", None).is_some());
        assert!(rules.nominate(None, "/admin/a.html", None).is_none());
        assert!(rules.nominate(Some("https://x"), "/a.html", None).is_none());
        rules.share[0].extensions = vec!["html".into(), "/".into()];
        assert!(rules.nominate(None, "/d/", None).is_some());
        assert!(rules.nominate(None, "/api", None).is_none());
        rules.share[0].query = Query::None;
        assert!(rules.nominate(None, "/a.html", Some("v=1")).is_none());
    }
}
