//! The static host behind `swarmfetch serve`: a folder over HTTP as any good host would give it,
//! and beside it what the publisher wrote.
//!
//! What it answers for a file is a function of the disk at that moment, never of the last version:
//! to the swarm the origin is the authority. Preconditions and ranges are `http-serve`'s, the
//! headers are [`crate::headers`]'s, compression is chosen here. No listing of folders.

mod answer;
mod bodies;
mod compress;
mod live;
mod log;
mod server;
mod state;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use axum::body::Body;
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};
use swarmfetch_content::{Hash, ObjectId};
use swarmfetch_manifest::HeaderSet;

use crate::Error;
use crate::address::file_name_of;
use crate::folder::{PAGE_SCRIPT, Root, WELL_KNOWN, WORKER_SCRIPT};
use crate::headers::{OwnerHeaders, ResponseHeaders, header_set, script_headers};
use crate::output::Output;
use crate::scan::Scanner;

pub use live::{Live, Watch};
pub use server::{AccessLog, Server, ServerOptions};
pub use state::{Development, State};
pub(crate) use state::{NAME, id};

/// How often a file is looked at again that changes while it is answered from.
const LOOKS_MAX: usize = 3;

/// The page for what is not there, if the folder has one.
const NOT_FOUND_PAGE: &str = "404.html";

/// Serves a folder and an output.
#[derive(Debug)]
pub struct Host {
    root: Root,
    output: Output,
    scanner: Arc<Scanner>,
    compressed: compress::Cache,
    owner: Mutex<Option<(Option<SystemTime>, Arc<OwnerHeaders>)>>,
}

/// A file at one moment: its headers and its bytes agree.
struct Opened {
    headers: ResponseHeaders,
    len: u64,
    body: OpenedBody,
}

enum OpenedBody {
    File(std::fs::File),
    Memory(Bytes),
}

impl Host {
    /// Serves `root`, and what stands in `output` at our paths.
    #[must_use]
    pub fn new(root: Root, output: Output, scanner: Arc<Scanner>) -> Self {
        Self {
            root,
            output,
            scanner,
            compressed: compress::Cache::default(),
            owner: Mutex::default(),
        }
    }

    /// Answers one request. Needs tokio's multi-threaded runtime.
    pub async fn respond(
        self: Arc<Self>,
        method: Method,
        uri: Uri,
        headers: HeaderMap,
    ) -> Response<Body> {
        if method != Method::GET && method != Method::HEAD {
            let mut refusal = text(StatusCode::METHOD_NOT_ALLOWED, "405: only GET and HEAD");
            refusal
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return refusal;
        }
        // Everything touches the disk, hashes or compresses.
        let answered =
            tokio::task::spawn_blocking(move || self.answer(&method, &uri, &headers)).await;
        answered.unwrap_or_else(|_| text(StatusCode::INTERNAL_SERVER_ERROR, "500: internal error"))
    }

    fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response<Body> {
        match self.find(uri.path()) {
            Found::File(path, name) => {
                self.file(&path, &name, StatusCode::OK, method, uri, headers)
            }
            Found::Folder => redirect(uri),
            Found::Ours(path, fixed) => self.ours(&path, fixed, method, headers),
            Found::Nothing => self.not_found(method, uri, headers),
        }
    }

    /// What a URL path stands for.
    fn find(&self, path: &str) -> Found {
        if let Some(ours) = self.find_ours(path) {
            return ours;
        }
        let Some(name) = file_name_of(path) else {
            return Found::Nothing;
        };
        match self.root.locate(&name) {
            Some(found) if found.is_file() => Found::File(found, name),
            Some(found) if found.join(crate::address::INDEX).is_file() => Found::Folder,
            _ => Found::Nothing,
        }
    }

    fn find_ours(&self, path: &str) -> Option<Found> {
        let path = path.strip_prefix('/')?;
        if path == WORKER_SCRIPT || path == PAGE_SCRIPT {
            return Some(Found::Ours(self.output.folder().join(path), Fixed::Script));
        }
        let below = path.strip_prefix(WELL_KNOWN)?;
        if below == "/head" {
            return Some(Found::Ours(self.output.head(), Fixed::Head));
        }
        let object = below
            .strip_prefix("/o/")
            .and_then(|name| Hash::from_hex(name).ok());
        let object = object.map(|hash| Found::Ours(self.output.object(hash), Fixed::Object));
        match object {
            None if !below.is_empty() && !below.starts_with('/') => None,
            found => Some(found.unwrap_or(Found::Nothing)),
        }
    }

    fn file(
        &self,
        path: &Path,
        name: &str,
        status: StatusCode,
        method: &Method,
        uri: &Uri,
        request: &HeaderMap,
    ) -> Response<Body> {
        let opened = self
            .owner_headers()
            .and_then(|owner| self.open(path, name, uri.path(), &owner, request, status));
        match opened {
            Ok((opened, encoding)) => answer::answer(opened, encoding, status, method, request),
            Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                text(StatusCode::NOT_FOUND, "404: not found")
            }
            Err(_) => text(StatusCode::INTERNAL_SERVER_ERROR, "500: cannot be read"),
        }
    }

    /// The owner's headers as they are now; read again when their file is another.
    fn owner_headers(&self) -> Result<Arc<OwnerHeaders>, Error> {
        let file = self.root.path().join(crate::folder::HEADERS_FILE);
        let modified = file
            .metadata()
            .and_then(|metadata| metadata.modified())
            .ok();
        let mut known = self.owner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, owner)) = &*known
            && *of == modified
        {
            return Ok(Arc::clone(owner));
        }
        let owner = Arc::new(OwnerHeaders::read(self.root.path())?);
        *known = Some((modified, Arc::clone(&owner)));
        Ok(owner)
    }

    /// Opens a file so that headers and bytes agree, compressed if the client likes it so.
    fn open(
        &self,
        path: &Path,
        name: &str,
        url_path: &str,
        owner: &OwnerHeaders,
        request: &HeaderMap,
        status: StatusCode,
    ) -> Result<(Opened, Option<compress::Encoding>), Error> {
        let failed = || Error::io("read", path);
        let mut look = 0;
        loop {
            look += 1;
            let scanned = self.scanner.scan(path, name)?;
            let object = scanned.facts.object;
            let headers = ResponseHeaders::of(url_path, name, &scanned.facts, owner);
            let encoding =
                compress::choose(request, headers.compressible && status == StatusCode::OK);
            let mut file = std::fs::File::open(path).map_err(failed())?;
            let Some(encoding) = encoding else {
                if file.metadata().map_err(failed())?.len() == object.len || look == LOOKS_MAX {
                    let opened = Opened {
                        headers,
                        len: object.len,
                        body: OpenedBody::File(file),
                    };
                    return Ok((opened, None));
                }
                continue;
            };
            let mut compressed = self.compressed.get(&object.hash, encoding);
            if compressed.is_none() {
                let mut plain = Vec::new();
                file.read_to_end(&mut plain).map_err(failed())?;
                if ObjectId::of(&plain) == object || look == LOOKS_MAX {
                    compressed = Some(self.compressed.make(object.hash, encoding, &plain));
                }
            }
            if let Some(body) = compressed {
                let opened = Opened {
                    headers,
                    len: body.len() as u64,
                    body: OpenedBody::Memory(body),
                };
                return Ok((opened, Some(encoding)));
            }
        }
    }

    /// A file that the publisher wrote: its headers depend on its kind alone.
    fn ours(
        &self,
        path: &Path,
        fixed: Fixed,
        method: &Method,
        request: &HeaderMap,
    ) -> Response<Body> {
        let Ok(scanned) = self.scanner.scan(path, "") else {
            return text(StatusCode::NOT_FOUND, "404: not found");
        };
        let object = scanned.facts.object;
        let compressible = fixed == Fixed::Script;
        let headers = ResponseHeaders::fixed(fixed.headers(), object, compressible);
        let Ok(body) = std::fs::read(path) else {
            return text(StatusCode::NOT_FOUND, "404: not found");
        };
        let encoding = compress::choose(request, compressible);
        let body = match encoding {
            Some(encoding) => self
                .compressed
                .get(&object.hash, encoding)
                .unwrap_or_else(|| self.compressed.make(object.hash, encoding, &body)),
            None => body.into(),
        };
        let opened = Opened {
            headers,
            len: body.len() as u64,
            body: OpenedBody::Memory(body),
        };
        answer::answer(opened, encoding, StatusCode::OK, method, request)
    }

    fn not_found(&self, method: &Method, uri: &Uri, request: &HeaderMap) -> Response<Body> {
        let page = self
            .root
            .locate(NOT_FOUND_PAGE)
            .filter(|page| page.is_file());
        match page {
            Some(page) => self.file(
                &page,
                NOT_FOUND_PAGE,
                StatusCode::NOT_FOUND,
                method,
                uri,
                request,
            ),
            None => text(StatusCode::NOT_FOUND, "404: not found"),
        }
    }
}

enum Found {
    /// A file of the content, and its name in the folder.
    File(PathBuf, String),
    /// A folder with an index, asked for without the slash.
    Folder,
    /// A file that the publisher wrote.
    Ours(PathBuf, Fixed),
    Nothing,
}

/// The kinds of files that the publisher writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fixed {
    Script,
    Head,
    Object,
}

impl Fixed {
    fn headers(self) -> HeaderSet {
        let (cache, media) = match self {
            Self::Script => return script_headers(),
            Self::Head => (
                "public, max-age=0, must-revalidate",
                "text/plain; charset=utf-8",
            ),
            Self::Object => (
                "public, max-age=31536000, immutable",
                "application/octet-stream",
            ),
        };
        header_set(&[
            ("accept-ranges", "bytes"),
            ("cache-control", cache),
            ("content-type", media),
        ])
    }
}

/// To the same URL with a slash before the query.
fn redirect(uri: &Uri) -> Response<Body> {
    let query = uri
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    // Only the last segment, relative: a path of `//host` must not become another host.
    let last = uri.path().rsplit('/').next().unwrap_or_default();
    let mut response = text(
        StatusCode::MOVED_PERMANENTLY,
        "301: the folder has a slash at its end",
    );
    if let Ok(target) = HeaderValue::try_from(format!("./{last}/{query}")) {
        response.headers_mut().insert(LOCATION, target);
    }
    response
}

fn text(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{text}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

#[cfg(test)]
mod tests;
