//! The response headers of a file: one function for what `serve` sends and what `publish` signs.
//!
//! A response that a visitor's worker rebuilds from the signed headers must equal a plain fetch,
//! header by header. So there is no second place that decides a header. Left to the transport, and
//! never signed: Content-Encoding, Content-Length, Content-Range, Date, Connection.

mod owner;
mod types;

use std::collections::BTreeMap;

use swarmfetch_content::ObjectId;
use swarmfetch_manifest::entry::{OwnHeader, etag, http_date};
use swarmfetch_manifest::{HeaderSet, WallSecs};

pub use owner::OwnerHeaders;
pub use types::{is_css, is_html};

/// Shorter text is sent as it is: a gzip member alone takes 18 bytes, and one packet is one packet.
pub const COMPRESS_BYTES_MIN: u64 = 512;

/// Longer text is sent as it is: it is compressed in memory.
pub const COMPRESS_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What the headers of a file depend on, beside its name and the owner's wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Hash and length.
    pub object: ObjectId,
    /// Last modification, in seconds since 1970; zero when unknown.
    pub modified_secs: u64,
    /// Are the bytes valid UTF-8?
    pub utf8: bool,
}

/// The headers of one URL's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHeaders {
    /// Those that many URLs have in common, ordered by name, names in lower case.
    pub set: HeaderSet,
    /// Those that differ from URL to URL.
    pub own: Vec<OwnHeader>,
    /// May the body be sent compressed?
    pub compressible: bool,
    /// Why this answer must not be shared, if so.
    pub unshareable: Option<String>,
    object: ObjectId,
}

impl ResponseHeaders {
    /// What a static host sends for the file `name` under the URL path `path`.
    #[must_use]
    pub fn of(path: &str, name: &str, facts: &Facts, owner: &OwnerHeaders) -> Self {
        let media = types::media_type(name, facts.utf8);
        let sizes = COMPRESS_BYTES_MIN..=COMPRESS_BYTES_MAX;
        let compressible = types::is_compressible(&media) && sizes.contains(&facts.object.len);
        let mut headers: BTreeMap<String, String> = [
            ("accept-ranges", "bytes"),
            ("cache-control", "public, max-age=0, must-revalidate"),
            ("content-type", &media),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        owner.apply(path, &mut headers);
        if compressible {
            vary_by_encoding(&mut headers);
        }
        let mut own = vec![OwnHeader::EtagOfHash { weak: compressible }];
        if facts.modified_secs > 0 {
            own.push(OwnHeader::LastModified(WallSecs(facts.modified_secs)));
        }
        Self {
            unshareable: unshareable(&headers),
            set: HeaderSet(headers.into_iter().collect()),
            own,
            compressible,
            object: facts.object,
        }
    }

    /// The headers of a file that is no content: given, beside its tag.
    #[must_use]
    pub(crate) fn fixed(set: HeaderSet, object: ObjectId, compressible: bool) -> Self {
        Self {
            set,
            own: vec![OwnHeader::EtagOfHash { weak: compressible }],
            compressible,
            unshareable: None,
            object,
        }
    }

    /// Every header as name and value: the set's, then its own.
    #[must_use]
    pub fn pairs(&self) -> Vec<(String, String)> {
        let own = self.own.iter().map(|header| match header {
            OwnHeader::EtagOfHash { weak } => ("etag".into(), etag(&self.object.hash, *weak)),
            OwnHeader::LastModified(at) => ("last-modified".into(), http_date(*at)),
            OwnHeader::Text(name, value) => (name.clone(), value.clone()),
        });
        self.set.0.iter().cloned().chain(own).collect()
    }
}

/// What a host sends with the two scripts of the site, beside their tag.
#[must_use]
pub fn script_headers() -> HeaderSet {
    header_set(&[
        ("accept-ranges", "bytes"),
        ("cache-control", "public, max-age=0, must-revalidate"),
        ("content-type", "text/javascript; charset=utf-8"),
        ("vary", "accept-encoding"),
    ])
}

pub(crate) fn header_set(pairs: &[(&str, &str)]) -> HeaderSet {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    HeaderSet(pairs.iter().map(owned).collect())
}

/// Compressed or not is chosen by Accept-Encoding: caches must know (RFC 9110, 12.5.5).
fn vary_by_encoding(headers: &mut BTreeMap<String, String>) {
    let vary = headers.entry("vary".into()).or_default();
    if words(vary).any(|word| word == "accept-encoding" || word == "*") {
        return;
    }
    if !vary.is_empty() {
        vary.push_str(", ");
    }
    vary.push_str("accept-encoding");
}

/// Headers with which an answer is one visitor's own, or has an effect beyond its bytes.
fn unshareable(headers: &BTreeMap<String, String>) -> Option<String> {
    let value = |name: &str| headers.get(name).map(String::as_str).unwrap_or_default();
    for name in ["set-cookie", "clear-site-data", "www-authenticate"] {
        if headers.contains_key(name) {
            return Some(format!("_headers sets {name}"));
        }
    }
    let of_one = words(value("cache-control")).find(|word| {
        let directive = word.split('=').next().unwrap_or_default();
        ["private", "no-store"].contains(&directive.trim())
    });
    if let Some(word) = of_one {
        return Some(format!("_headers sets cache-control: {word}"));
    }
    // What differs by who asks or by how is not the one content that is signed. The coding is the
    // transport's, and a site's own pages, which alone are served by the worker, are one origin.
    let by = words(value("vary")).find(|word| word != "accept-encoding" && word != "origin");
    by.map(|word| format!("_headers sets vary: {word}"))
}

fn words(value: &str) -> impl Iterator<Item = String> {
    value
        .split(',')
        .map(|word| word.trim().to_ascii_lowercase())
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use swarmfetch_manifest::Entry;

    fn facts(len: u64) -> Facts {
        let mut object = ObjectId::of(b"x");
        object.len = len;
        Facts {
            object,
            modified_secs: 784_111_777,
            utf8: true,
        }
    }

    fn of(path: &str, len: u64, owner: &str) -> ResponseHeaders {
        let owner = OwnerHeaders::parse(owner).unwrap();
        ResponseHeaders::of(path, path.trim_start_matches('/'), &facts(len), &owner)
    }

    fn value(headers: &ResponseHeaders, name: &str) -> Option<String> {
        let pairs = headers.pairs();
        let mut found = pairs.iter().filter(|(known, _)| known == name);
        let value = found.next().map(|(_, value)| value.clone());
        assert!(found.next().is_none(), "{name} twice");
        value
    }

    #[test]
    fn text_is_served_compressed_with_a_weak_tag() {
        let text = of("/a.html", 5000, "");
        assert!(text.compressible);
        assert_eq!(
            value(&text, "content-type").unwrap(),
            "text/html; charset=utf-8"
        );
        assert_eq!(value(&text, "vary").unwrap(), "accept-encoding");
        assert!(value(&text, "etag").unwrap().starts_with("W/\""));
        assert_eq!(
            value(&text, "last-modified").unwrap(),
            "Sun, 06 Nov 1994 08:49:37 GMT"
        );
    }

    #[test]
    fn everything_else_has_a_strong_tag() {
        for (path, len) in [
            ("/a.png", 5000),
            ("/a.html", COMPRESS_BYTES_MIN - 1),
            ("/a.txt", COMPRESS_BYTES_MAX + 1),
        ] {
            let headers = of(path, len, "");
            assert!(!headers.compressible, "{path}");
            assert!(value(&headers, "etag").unwrap().starts_with('"'), "{path}");
            assert_eq!(value(&headers, "vary"), None, "{path}");
        }
    }

    /// The entry that is signed says the same as the response that is sent.
    #[test]
    fn what_is_signed_is_what_is_sent() {
        for headers in [
            of(
                "/a.html",
                5000,
                "/*\n  X-A: 1\n  Cache-Control: max-age=9\n",
            ),
            of("/b.png", 70, ""),
        ] {
            let mut entry = Entry::new(headers.object, 0);
            entry.own_headers = headers.own.clone();
            let signed: Vec<_> = headers
                .set
                .0
                .iter()
                .cloned()
                .chain(entry.own_header_pairs())
                .collect();
            assert_eq!(signed, headers.pairs());
        }
    }

    #[test]
    fn the_owner_overrides_adds_and_detaches() {
        let owner = "# comment\n/*\n  Cache-Control: public, max-age=3600\n  X-Frame-Options: DENY\n  Vary: Origin\n\
            /a.html\n  ! X-Frame-Options\n  X-Two: b\n/:one.html\n  x-two: c\n";
        let headers = of("/a.html", 5000, owner);
        assert_eq!(
            value(&headers, "cache-control").unwrap(),
            "public, max-age=3600"
        );
        assert_eq!(value(&headers, "x-frame-options"), None);
        assert_eq!(value(&headers, "x-two").unwrap(), "b, c");
        assert_eq!(value(&headers, "vary").unwrap(), "Origin, accept-encoding");
        assert_eq!(headers.unshareable, None);
    }

    #[test]
    fn answers_for_one_visitor_are_not_shareable() {
        for (owner, word) in [
            ("Set-Cookie: a=b", "set-cookie"),
            ("Cache-Control: max-age=5, Private", "private"),
            ("Cache-Control: no-store", "no-store"),
            ("Cache-Control: private=\"x\"", "private"),
            ("Vary: Cookie", "cookie"),
            ("Vary: *", "*"),
            ("Vary: Accept", "accept"),
            ("Vary: Accept-Encoding, Accept-Language", "accept-language"),
            ("Clear-Site-Data: \"*\"", "clear-site-data"),
        ] {
            let headers = of("/a.html", 5000, &format!("/a.html\n  {owner}\n"));
            let reason = headers.unshareable.clone().unwrap_or_default();
            assert!(reason.contains(word), "{owner}: {reason}");
            assert_eq!(
                of("/b.html", 5000, &format!("/a.html\n  {owner}\n")).unshareable,
                None
            );
        }
        assert_eq!(
            of("/a.html", 5000, "/*\n  Cache-Control: no-cache\n").unshareable,
            None
        );
    }
}
