//! A URL of the site as browsers write it: path and query, WHATWG-serialised.
//!
//! Keys of the tree are hashes of exactly this text, so it must equal what a browser sends as
//! `request.url` after the origin. Scheme, host and port are no part of it.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use url::Url;

/// The page that a directory stands for.
pub const INDEX: &str = "index.html";

/// Stands in for the site's origin while references are resolved; `.invalid` never resolves.
const ORIGIN: &str = "http://site.invalid";

/// The path percent-encode set of the URL standard, with `%` and `\` that stand in a file's name,
/// and with `^` and `|` as Chromium encodes them (measured; the standard leaves `|`).
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'%')
    .add(b'\\')
    .add(b'^')
    .add(b'|');

/// Path and query of a URL of the site, beginning with `/`, without a fragment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Address(String);

impl Address {
    /// The address of a file, by its name relative to the published folder with `/` between.
    #[must_use]
    pub fn of_file(name: &str) -> Self {
        Self(format!("/{}", utf8_percent_encode(name, PATH)))
    }

    /// The address of the folder of which this file is the index, if it is one.
    #[must_use]
    pub fn of_folder_of(name: &str) -> Option<Self> {
        let folder = name.strip_suffix(INDEX)?;
        (folder.is_empty() || folder.ends_with('/')).then(|| Self::of_file(folder))
    }

    /// Every address by which a file has a URL of itself: its name, the folder it is the index of, and as engines write
    /// these that leave `^` and `|` as they are.
    pub(crate) fn own_of(name: &str) -> impl Iterator<Item = Self> {
        let names = [Some(Self::of_file(name)), Self::of_folder_of(name)];
        let names = names.into_iter().flatten();
        names.flat_map(|address| {
            [address.spelled_plainly(), Some(address)]
                .into_iter()
                .flatten()
        })
    }

    /// An address that was written down.
    pub(crate) fn of_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The file that it would name beside that file's own addresses.
    pub(crate) fn other_name_of(&self) -> Option<String> {
        // Most are a file's own.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./~".contains(&byte);
        if self.0.bytes().all(plain) {
            return None;
        }
        let name = self.file_name()?;
        let own = Self::own_of(&name).any(|own| own == *self);
        (!own).then_some(name)
    }

    /// What a reference on a page means, when it means a URL of the same site.
    #[must_use]
    pub fn resolve(&self, reference: &str) -> Option<Self> {
        Base::of(self)?.resolve(reference)
    }

    /// The same address without its query.
    #[must_use]
    pub fn of_path_of(other: &Self) -> Self {
        Self(other.path().to_owned())
    }

    /// The text, as `manifest` hashes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path, without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.split_once('?').map_or(&self.0, |(path, _)| path)
    }

    /// The name of the file that the path stands for on a plain static host.
    ///
    /// `None` for what no file of the folder can be: `%2F` or NUL inside a name, `..`, empty names.
    #[must_use]
    pub fn file_name(&self) -> Option<String> {
        file_name_of(self.path())
    }

    /// The same address as engines write it that leave `^` and `|` in paths as they are.
    #[must_use]
    pub fn spelled_plainly(&self) -> Option<Self> {
        let path = self.path();
        let plain = path.replace("%5E", "^").replace("%7C", "|");
        (plain != path).then(|| Self(plain + &self.0[path.len()..]))
    }
}

/// An address ready to resolve many references against.
#[derive(Debug, Clone)]
pub struct Base(Url);

impl Base {
    /// None for an address that no URL can have.
    #[must_use]
    pub fn of(address: &Address) -> Option<Self> {
        Url::parse(&format!("{ORIGIN}{}", address.0)).ok().map(Self)
    }

    /// As [`Address::resolve`].
    #[must_use]
    pub fn resolve(&self, reference: &str) -> Option<Address> {
        let base = &self.0;
        let url = base.join(reference).ok()?;
        let same =
            url.scheme() == base.scheme() && url.host() == base.host() && url.port().is_none();
        same.then(|| Address(after_origin(&url)))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The file's name that a request path stands for, `index.html` for a path that ends in `/`.
#[must_use]
pub fn file_name_of(path: &str) -> Option<String> {
    let mut names = Vec::new();
    let mut parts = path.strip_prefix('/')?.split('/').peekable();
    while let Some(part) = parts.next() {
        if part.is_empty() && parts.peek().is_none() {
            names.push(INDEX.to_owned());
            break;
        }
        let name = percent_decode_str(part).decode_utf8().ok()?;
        let escapes = matches!(&*name, "" | "." | "..") || name.contains(['/', '\\', '\0']);
        if escapes && !is_plain_backslash(&name) {
            return None;
        }
        names.push(name.into_owned());
    }
    Some(names.join("/"))
}

/// A backslash is part of a name where the system's separator is another.
fn is_plain_backslash(name: &str) -> bool {
    !cfg!(windows) && name.contains('\\') && !name.contains(['/', '\0'])
}

/// Path and query, with the characters that Chromium encodes and the `url` crate does not.
fn after_origin(url: &Url) -> String {
    let path = url.path().replace('^', "%5E").replace('|', "%7C");
    match url.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As measured in Chromium 156 with `new URL(…).pathname` for every printable ASCII character.
    #[test]
    fn names_are_encoded_as_chromium_does() {
        let expected = "/a%20!%22%23$%25&'()*+,-.0:;%3C=%3E%3F@[%5C]%5E_%60%7B%7C%7D~%C3%A9";
        let name = "a !\"#$%&'()*+,-.0:;<=>?@[\\]^_`{|}~é";
        assert_eq!(Address::of_file(name).as_str(), expected);
        assert_eq!(Address::of_file(name).file_name().unwrap(), name);
    }

    #[test]
    fn references_resolve_as_in_a_browser() {
        let page = Address::of_file("a/b c.html");
        for (reference, meaning) in [
            ("x.css?2022.1", Some("/a/x.css?2022.1")),
            (
                "../é^|.png?é'^|`{}",
                Some("/%C3%A9%5E%7C.png?%C3%A9%27^|`{}"),
            ),
            ("#top", Some("/a/b%20c.html")),
            ("?q", Some("/a/b%20c.html?q")),
            ("", Some("/a/b%20c.html")),
            ("%2e%2e/./y%41", Some("/y%41")),
            ("  z.png\n", Some("/a/z.png")),
            ("/d/?", Some("/d/?")),
            ("//elsewhere.example/x", None),
            ("https://site.invalid/x", None),
            ("http://site.invalid:81/x", None),
            ("data:text/css,", None),
            ("javascript:void(0)", None),
            ("mailto:a@b", None),
        ] {
            let resolved = page.resolve(reference);
            assert_eq!(
                resolved.as_ref().map(Address::as_str),
                meaning,
                "{reference}"
            );
        }
    }

    #[test]
    fn a_path_never_names_a_file_outside() {
        for path in [
            "/..",
            "/../x",
            "/a/../x",
            "/%2e%2e/x",
            "/a/%2E%2E",
            "/a%2fb",
            "/a%2F..%2Fb",
            "/a%00",
            "//a",
            "/a//b",
            "/.",
            "x",
            "",
            "/%ff",
        ] {
            assert_eq!(file_name_of(path), None, "{path}");
        }
        for (path, name) in [
            ("/", "index.html"),
            ("/d/", "d/index.html"),
            ("/d", "d"),
            ("/%41%20b", "A b"),
        ] {
            assert_eq!(file_name_of(path).as_deref(), Some(name), "{path}");
        }
    }

    #[test]
    fn a_folder_is_its_index() {
        let folder = |name| Address::of_folder_of(name).map(|address| address.0);
        assert_eq!(folder("index.html").as_deref(), Some("/"));
        assert_eq!(folder("a b/index.html").as_deref(), Some("/a%20b/"));
        assert_eq!(folder("a/myindex.html"), None);
        assert_eq!(folder("a/x.html"), None);
    }

    #[test]
    fn whatever_is_no_files_own_address_names_it_otherwise() {
        for (address, other) in [
            ("/a/b.html", None),
            ("/a/", None),
            ("/", None),
            ("/%C3%A9.html", None),
            ("/a|b", None),
            ("/a%7Cb", None),
            ("/a%2Fb?x", None),
            ("/a/?x", Some("a/index.html")),
            ("/a.html?", Some("a.html")),
            ("/%61.html", Some("a.html")),
            ("/a|%5E", Some("a|^")),
        ] {
            let found = Address::of_text(address).other_name_of();
            assert_eq!(found.as_deref(), other, "{address}");
        }
    }

    #[test]
    fn some_engines_spell_two_characters_plainly() {
        let spelled = |name| {
            Address::of_file(name)
                .spelled_plainly()
                .map(|address| address.0)
        };
        assert_eq!(spelled("a|b^").as_deref(), Some("/a|b^"));
        assert_eq!(spelled("a b"), None);
    }
}
