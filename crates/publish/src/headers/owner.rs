//! The `_headers` file, in the form that Netlify and Cloudflare Pages use.
//!
//! ```text
//! # a comment
//! /docs/*
//!   Cache-Control: public, max-age=3600
//!   ! X-Frame-Options
//! /users/:name
//!   X-Robots-Tag: noindex
//! ```
//! A path at the margin, its headers indented below. `*` is any run of characters, `:name` one
//! path segment's. All matching blocks apply in order; a name set twice is joined with a comma;
//! `! Name` removes what was set before, by an earlier block or by the host. Blocks for another
//! host (`https://…`) are left to that host.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use http::{HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use regex_lite::Regex;

use crate::Error;

/// The most of a `_headers` file that is read, in bytes (Cloudflare: 100 rules of 2,000 characters).
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Headers that belong to the transport or follow from the content.
const NOT_SETTABLE: [&str; 12] = [
    "accept-ranges",
    "age",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "date",
    "etag",
    "last-modified",
    "server",
    "trailer",
    "transfer-encoding",
];

/// What may stand in a pattern as it is, because a URL's path has it as it is, or it is special.
const PATTERN: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// The owner's response headers.
#[derive(Debug, Clone, Default)]
pub struct OwnerHeaders {
    blocks: Vec<Block>,
}

#[derive(Debug, Clone)]
struct Block {
    /// None for a block that speaks of another host.
    path: Option<Regex>,
    changes: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Set(String, String),
    Detach(String),
}

impl OwnerHeaders {
    /// Reads a folder's `_headers`; none is none.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::HeadersFile`] with the line.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(crate::folder::HEADERS_FILE);
        let len = match std::fs::metadata(&path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let wrong = |(line, message)| Error::HeadersFile {
            path: path.clone(),
            line,
            message,
        };
        if len > FILE_BYTES_MAX {
            return Err(wrong((1, format!("{len} bytes, at most {FILE_BYTES_MAX}"))));
        }
        let text = std::fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        Self::parse(&text).map_err(wrong)
    }

    /// Reads the text of a `_headers` file.
    ///
    /// # Errors
    /// The line and what is wrong there.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut blocks: Vec<Block> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let content = line.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            if line.starts_with([' ', '\t']) {
                let block = blocks
                    .last_mut()
                    .ok_or((number, "a header without a path above it".into()))?;
                block
                    .changes
                    .push(change(content).map_err(|message| (number, message))?);
            } else {
                let path = pattern(content).map_err(|message| (number, message))?;
                blocks.push(Block {
                    path,
                    changes: Vec::new(),
                });
            }
        }
        Ok(Self { blocks })
    }

    /// Changes the host's headers for this URL path.
    pub(super) fn apply(&self, path: &str, headers: &mut BTreeMap<String, String>) {
        // What the host set is replaced by the owner's first value; the owner's own values add up.
        let mut owned = BTreeSet::new();
        let matching = self.blocks.iter().filter(|block| {
            block
                .path
                .as_ref()
                .is_some_and(|pattern| pattern.is_match(path))
        });
        for change in matching.flat_map(|block| &block.changes) {
            match change {
                Change::Detach(name) => {
                    headers.remove(name);
                    owned.insert(name);
                }
                Change::Set(name, value) => match headers.get_mut(name) {
                    Some(before) if !owned.insert(name) => {
                        before.push_str(", ");
                        before.push_str(value);
                    }
                    _ => {
                        owned.insert(name);
                        headers.insert(name.clone(), value.clone());
                    }
                },
            }
        }
    }
}

fn change(line: &str) -> Result<Change, String> {
    if let Some(name) = line.strip_prefix('!') {
        return Ok(Change::Detach(header_name(name)?));
    }
    let (name, value) = line
        .split_once(':')
        .ok_or("neither \"Name: value\" nor \"! Name\"")?;
    let value = value.trim();
    let plain = HeaderValue::from_str(value).is_ok_and(|value| value.to_str().is_ok());
    if !plain || value.is_empty() {
        return Err(format!("\"{value}\" is no header value in ASCII"));
    }
    Ok(Change::Set(header_name(name)?, value.to_owned()))
}

fn header_name(text: &str) -> Result<String, String> {
    let name = HeaderName::try_from(text.trim())
        .map_err(|_| format!("\"{}\" is no header name", text.trim()))?;
    if NOT_SETTABLE.contains(&name.as_str()) {
        return Err(format!(
            "{name} follows from the content or the connection and cannot be set"
        ));
    }
    Ok(name.as_str().to_owned())
}

/// A path pattern as an anchored expression.
fn pattern(text: &str) -> Result<Option<Regex>, String> {
    if text.contains("://") {
        return Ok(None);
    }
    if !text.starts_with('/') {
        return Err("a path begins with \"/\", and headers are indented below it".into());
    }
    let encoded = utf8_percent_encode(text, PATTERN).to_string();
    let mut expression = String::from("^");
    let mut rest = encoded.as_str();
    while let Some(first) = rest.chars().next() {
        let name_len = |text: &str| {
            text.bytes()
                .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                .count()
        };
        let starts_name = rest[first.len_utf8()..].starts_with(|c: char| c.is_ascii_alphabetic());
        match first {
            '*' => expression.push_str(".*"),
            ':' if starts_name => {
                expression.push_str("[^/]+");
                rest = &rest[name_len(&rest[1..])..];
            }
            literal => expression.push_str(&regex_lite::escape(literal.encode_utf8(&mut [0; 4]))),
        }
        rest = &rest[first.len_utf8()..];
    }
    expression.push('$');
    Regex::new(&expression)
        .map(Some)
        .map_err(|_| "the path is too long".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(written: &str, path: &str) -> bool {
        pattern(written).unwrap().unwrap().is_match(path)
    }

    #[test]
    fn paths_match_as_on_the_hosts() {
        for (written, path, expected) in [
            ("/*", "/", true),
            ("/*", "/a/b", true),
            ("/a/*", "/a/", true),
            ("/a/*", "/a", false),
            ("/a", "/a/", false),
            ("/a.b", "/aXb", false),
            ("/u/:name", "/u/x", true),
            ("/u/:name", "/u/", false),
            ("/u/:name", "/u/x/y", false),
            ("/u/:name/z", "/u/x/z", true),
            ("/*.png", "/a/b.png", true),
            ("/a b/é", "/a%20b/%C3%A9", true),
            ("/t:1", "/t:1", true),
        ] {
            assert_eq!(matches(written, path), expected, "{written} on {path}");
        }
    }

    #[test]
    fn wrong_lines_are_named() {
        for (text, line) in [
            ("  X: y\n", 1),
            ("/a\n  X y\n", 2),
            ("/a\n\n  ETag: x\n", 3),
            ("a\n", 1),
            ("/a\n  X Y: z\n", 2),
            ("/a\n  X:\n", 2),
            ("/a\n  X: é\n", 2),
            ("/a\n  ! Content-Length\n", 2),
        ] {
            assert_eq!(
                OwnerHeaders::parse(text).err().map(|(line, _)| line),
                Some(line),
                "{text:?}"
            );
        }
    }

    #[test]
    fn blocks_for_other_hosts_are_theirs() {
        let owner =
            OwnerHeaders::parse("https://:project.pages.dev/*\n  X-Robots-Tag: noindex\n").unwrap();
        let mut headers = BTreeMap::new();
        owner.apply("/", &mut headers);
        assert!(headers.is_empty());
    }
}
