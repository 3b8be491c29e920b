//! From an opened file to a response: preconditions, ranges, HEAD. By `http-serve` (RFC 9110, 13
//! and 14), with our headers.

use std::ops::Range;
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use bytes::Bytes;
use futures_util::Stream;
use headers::{Header, IfModifiedSince, IfUnmodifiedSince};
use http::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_MATCH, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, IF_UNMODIFIED_SINCE, LAST_MODIFIED, RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_range::{HttpRange, HttpRangeParseError};
use http_serve::{ChunkedReadFile, Entity};
use swarmfetch_manifest::entry::OwnHeader;

use super::compress::Encoding;
use super::{Opened, OpenedBody};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Answers with an opened file. `status` other than 200 says that it stands in for what is not
/// there: then neither preconditions nor ranges apply.
pub(super) fn answer(
    opened: Opened,
    encoding: Option<Encoding>,
    status: StatusCode,
    method: &Method,
    headers: &HeaderMap,
) -> Response<Body> {
    let pairs = pairs(&opened, status);
    let request = request(method, headers, opened.len, encoding.is_some(), status);
    let Ok(entity) = Served::of(opened, &pairs) else {
        return super::text(StatusCode::INTERNAL_SERVER_ERROR, "500: cannot be read");
    };
    let mut response = http_serve::serve(entity, &request).map(Body::new);
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    let answered = response.status();
    let bodiless = matches!(
        answered,
        StatusCode::NOT_MODIFIED | StatusCode::RANGE_NOT_SATISFIABLE
    );
    if bodiless || answered == status || answered == StatusCode::PARTIAL_CONTENT {
        // What is sent is what is signed: nothing that http-serve derives takes its place.
        for (name, value) in pairs {
            if !bodiless || name != CONTENT_TYPE {
                response.headers_mut().insert(name, value);
            }
        }
    }
    if status != StatusCode::OK {
        response.headers_mut().remove(ACCEPT_RANGES);
    }
    if let Some(encoding) = encoding
        && answered == status
    {
        response
            .headers_mut()
            .insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.token()));
    }
    response
}

fn pairs(opened: &Opened, status: StatusCode) -> Vec<(HeaderName, HeaderValue)> {
    let pairs = opened.headers.pairs().into_iter();
    pairs
        .filter_map(|(name, value)| {
            // Names and values were checked when they were read.
            Some((
                HeaderName::try_from(name).ok()?,
                HeaderValue::try_from(value).ok()?,
            ))
        })
        .filter(|(name, _)| {
            status == StatusCode::OK
                || (name != ETAG && name != LAST_MODIFIED && name != ACCEPT_RANGES)
        })
        .collect()
}

/// The request as `http-serve` gets it: without what a server must ignore, one range at most.
///
/// `http-serve` 0.4 answers 400 to a date that it cannot read (RFC 9110, 13.1.3: ignore), and 416 to
/// a suffix longer than the file (14.1.2: the whole file) and to a range that ends before it begins
/// (14.1.1: invalid, ignore). Several ranges are answered whole, as 14.2 allows.
fn request(
    method: &Method,
    headers: &HeaderMap,
    len: u64,
    encoded: bool,
    status: StatusCode,
) -> Request<()> {
    let mut request = Request::new(());
    *request.method_mut() = method.clone();
    if status != StatusCode::OK {
        return request;
    }
    let mut kept = headers.clone();
    drop_unless::<IfModifiedSince>(&mut kept, &IF_MODIFIED_SINCE);
    drop_unless::<IfUnmodifiedSince>(&mut kept, &IF_UNMODIFIED_SINCE);
    drop_unless::<headers::IfMatch>(&mut kept, &IF_MATCH);
    join(&mut kept, &IF_NONE_MATCH);
    let range = kept
        .remove(RANGE)
        .filter(|_| method == Method::GET && !encoded);
    if let Some(range) = range.and_then(|range| canonical_range(range.as_bytes(), len)) {
        kept.insert(RANGE, range);
    }
    *request.headers_mut() = kept;
    request
}

fn drop_unless<H: Header>(headers: &mut HeaderMap, name: &HeaderName) {
    if H::decode(&mut headers.get_all(name).iter()).is_err() {
        headers.remove(name);
    }
}

/// Several fields of one name are one list (RFC 9110, 5.3).
fn join(headers: &mut HeaderMap, name: &HeaderName) {
    let values: Vec<&[u8]> = headers
        .get_all(name)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if values.len() > 1
        && let Ok(joined) = HeaderValue::from_bytes(&values.join(&b", "[..]))
    {
        headers.insert(name, joined);
    }
}

/// One satisfiable range as `bytes=a-b`, one that nothing satisfies as such; none to be ignored.
fn canonical_range(range: &[u8], len: u64) -> Option<HeaderValue> {
    let unsatisfiable = || HeaderValue::try_from(format!("bytes={len}-")).ok();
    match HttpRange::parse_bytes(range, len).as_deref() {
        Ok([HttpRange { length: 0, .. }]) | Err(HttpRangeParseError::NoOverlap) => unsatisfiable(),
        Ok([HttpRange { start, length }]) => {
            HeaderValue::try_from(format!("bytes={start}-{}", start + length - 1)).ok()
        }
        Ok(_) | Err(HttpRangeParseError::InvalidRange) => None,
    }
}

/// An opened file as `http-serve` wants it.
struct Served {
    body: ServedBody,
    etag: Option<HeaderValue>,
    modified: Option<SystemTime>,
}

enum ServedBody {
    File(ChunkedReadFile<Bytes, BoxError>),
    Memory(Bytes),
}

impl Served {
    fn of(opened: Opened, pairs: &[(HeaderName, HeaderValue)]) -> std::io::Result<Self> {
        let etag = pairs
            .iter()
            .find(|(name, _)| name == ETAG)
            .map(|(_, value)| value.clone());
        let modified = opened.headers.own.iter().find_map(|header| match header {
            OwnHeader::LastModified(at) => Some(UNIX_EPOCH + Duration::from_secs(at.0)),
            _ => None,
        });
        Ok(Self {
            body: match opened.body {
                OpenedBody::Memory(bytes) => ServedBody::Memory(bytes),
                OpenedBody::File(file) => {
                    ServedBody::File(ChunkedReadFile::new(file, HeaderMap::new())?)
                }
            },
            modified: modified.filter(|_| etag.is_some()),
            etag,
        })
    }
}

type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send + Sync>>;

impl Entity for Served {
    type Error = BoxError;
    type Data = Bytes;

    fn len(&self) -> u64 {
        match &self.body {
            ServedBody::File(file) => file.len(),
            ServedBody::Memory(bytes) => bytes.len() as u64,
        }
    }

    fn get_range(&self, range: Range<u64>) -> Chunks {
        match &self.body {
            ServedBody::File(file) => file.get_range(range),
            ServedBody::Memory(bytes) => {
                // In memory, so its positions are of that size.
                let chunk = bytes.slice(range.start as usize..range.end as usize);
                Box::pin(futures_util::stream::iter([Ok(chunk)]))
            }
        }
    }

    fn add_headers(&self, _: &mut HeaderMap) {}

    fn etag(&self) -> Option<HeaderValue> {
        self.etag.clone()
    }

    fn last_modified(&self) -> Option<SystemTime> {
        self.modified
    }
}
