//! Responses of verified bytes with the signed headers; ranges (RFC 9110, section 14).

use swarmfetch_content::{ObjectId, VerifiedBytes};
use swarmfetch_manifest::{Policy, ShareableUrl};
use web_sys::Response;

use crate::platform;
use crate::task::Reply;

/// What a page asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    /// Half-open range of bytes.
    Range(std::ops::Range<u64>),
    /// No byte of it exists.
    Unsatisfiable,
    /// Several ranges: the origin's business.
    Several,
}

impl Part {
    /// Reads a `Range` header against the content; `if_range` must name the entity tag strongly.
    pub(crate) fn of(
        range: Option<&str>,
        if_range: Option<&str>,
        etag: Option<&str>,
        len: u64,
    ) -> Self {
        let Some(ranges) = range.and_then(|it| it.strip_prefix("bytes=")) else {
            return Self::Whole;
        };
        if if_range.is_some_and(|it| Some(it) != etag || it.starts_with("W/")) {
            return Self::Whole;
        }
        if ranges.contains(',') {
            return Self::Several;
        }
        let Some((first, last)) = ranges.trim().split_once('-') else {
            return Self::Whole;
        };
        match (number(first), number(last)) {
            (Some(start), Some(end)) if end < start => Self::Whole,
            (Some(start), _) if start >= len && (last.is_empty() || number(last).is_some()) => {
                Self::Unsatisfiable
            }
            (Some(start), Some(end)) => Self::Range(start..end.saturating_add(1).min(len)),
            (Some(start), None) if last.is_empty() => Self::Range(start..len),
            (None, Some(0)) if first.is_empty() => Self::Unsatisfiable,
            (None, Some(_)) if first.is_empty() && len == 0 => Self::Unsatisfiable,
            (None, Some(suffix)) if first.is_empty() => {
                Self::Range(len.saturating_sub(suffix)..len)
            }
            _ => Self::Whole,
        }
    }
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// The signed headers of a URL: its header set's, then its own.
pub(crate) fn headers(policy: &Policy, url: &ShareableUrl) -> Vec<(String, String)> {
    let set = policy.header_sets.get(usize::from(url.entry().header_set));
    let mut headers = set.map(|set| set.0.clone()).unwrap_or_default();
    headers.extend(url.entry().own_header_pairs());
    headers
}

/// The entity tag among headers.
pub(crate) fn etag(headers: &[(String, String)]) -> Option<&str> {
    headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("etag"))
        .map(|(_, value)| value.as_str())
}

/// All of it, or the asked-for part: `bytes` holds at least that.
pub(crate) fn respond(
    bytes: &VerifiedBytes,
    part: &Part,
    mut headers: Vec<(String, String)>,
    compressible: bool,
) -> Reply<Response> {
    let ObjectId { len, .. } = bytes.object();
    match part {
        Part::Range(range) => {
            headers.push((
                "content-range".into(),
                format!("bytes {}-{}/{len}", range.start, range.end - 1),
            ));
            headers.push((
                "content-length".into(),
                (range.end - range.start).to_string(),
            ));
            let at = |offset: u64| (offset - bytes.offset()) as usize;
            platform::respond(
                &bytes.as_slice()[at(range.start)..at(range.end)],
                206,
                &headers,
            )
        }
        _ => {
            // Text is sent compressed by the origin, and then has no length a page could see.
            if !compressible {
                headers.push(("content-length".into(), len.to_string()));
            }
            platform::respond(bytes.as_slice(), 200, &headers)
        }
    }
}

/// There is no such part.
pub(crate) fn unsatisfiable(len: u64, headers: Vec<(String, String)>) -> Reply<Response> {
    let mut headers: Vec<_> = headers
        .into_iter()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"))
        .collect();
    headers.push(("content-range".into(), format!("bytes */{len}")));
    platform::respond(&[], 416, &headers)
}

#[cfg(test)]
mod tests {
    use super::Part;

    #[test]
    fn ranges_are_cut_as_rfc_9110_says() {
        let cut = |range: &str| Part::of(Some(range), None, None, 10);
        assert_eq!(cut("bytes=0-0"), Part::Range(0..1));
        assert_eq!(cut("bytes=0-"), Part::Range(0..10));
        assert_eq!(cut("bytes=5-9"), Part::Range(5..10));
        assert_eq!(cut("bytes=5-99"), Part::Range(5..10));
        assert_eq!(cut("bytes=-1"), Part::Range(9..10));
        assert_eq!(cut("bytes=-99"), Part::Range(0..10));
        assert_eq!(cut("bytes=-0"), Part::Unsatisfiable);
        assert_eq!(cut("bytes=10-"), Part::Unsatisfiable);
        assert_eq!(cut("bytes=10-12"), Part::Unsatisfiable);
        assert_eq!(cut("bytes=99999999999999999999-"), Part::Unsatisfiable);
        assert_eq!(cut("bytes=5-2"), Part::Whole);
        assert_eq!(cut("bytes=x"), Part::Whole);
        assert_eq!(cut("bytes=-"), Part::Whole);
        assert_eq!(cut("lines=0-1"), Part::Whole);
        assert_eq!(cut("bytes=0-1,4-5"), Part::Several);
        assert_eq!(Part::of(None, None, None, 10), Part::Whole);
    }

    #[test]
    fn if_range_wants_the_strong_tag() {
        let cut = |if_range, etag| Part::of(Some("bytes=0-1"), Some(if_range), Some(etag), 10);
        assert_eq!(cut("\"a\"", "\"a\""), Part::Range(0..2));
        assert_eq!(cut("\"b\"", "\"a\""), Part::Whole);
        assert_eq!(cut("W/\"a\"", "W/\"a\""), Part::Whole);
    }
}
