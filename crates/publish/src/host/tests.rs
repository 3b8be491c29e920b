//! The host as a client sees it, without a socket.

use axum::body::to_bytes;
use http::header::*;

use super::*;
use crate::headers::Facts;

struct Case {
    folder: tempfile::TempDir,
    host: Arc<Host>,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: impl http::header::AsHeaderName) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl Case {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("site")).unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        let root = Root::open(&folder.path().join("site"), []).unwrap();
        let output = Output::new(folder.path().join("out"));
        let host = Arc::new(Host::new(root, output, Arc::default()));
        Self { folder, host }
    }

    async fn ask(&self, method: &str, url: &str, headers: &[(HeaderName, &str)]) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value.parse().unwrap());
        }
        let response = Arc::clone(&self.host)
            .respond(method.parse().unwrap(), url.parse().unwrap(), map)
            .await;
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: to_bytes(body, usize::MAX).await.unwrap().to_vec(),
        }
    }

    async fn get(&self, url: &str, headers: &[(HeaderName, &str)]) -> Answer {
        self.ask("GET", url, headers).await
    }
}

const PAGE: &[u8] = &[b'a'; 2000];
const BINARY: &[u8] = b"0123456789";

fn site() -> Case {
    Case::new(&[
        ("site/index.html", PAGE),
        ("site/a.png", BINARY),
        ("site/empty.png", b""),
        ("site/d/index.html", b"<p>d"),
        ("site/bare/x.txt", b"x"),
        ("site/.git/config", b"secret"),
        ("site/_headers", b"/*\n  X-Owner: yes\n"),
        ("site/.well-known/security.txt", b"Contact: x"),
        ("out/swarmfetch.js", b"page script"),
        ("out/swarmfetch-sw.js", b"worker script"),
        ("out/.well-known/swarmfetch/head", b"head"),
        ("secret.txt", b"secret"),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_with_exactly_the_signed_headers() {
    let case = site();
    for (url, name, encoded) in [
        ("/", "index.html", true),
        ("/a.png", "a.png", false),
        ("/d/", "d/index.html", false),
    ] {
        let answer = case.get(url, &[(ACCEPT_ENCODING, "br")]).await;
        let path = case.folder.path().join("site").join(name);
        let facts = Facts {
            object: ObjectId::of(&std::fs::read(&path).unwrap()),
            modified_secs: crate::folder::modified_secs(&path.metadata().unwrap()),
            utf8: true,
        };
        let owner = OwnerHeaders::parse("/*\n  X-Owner: yes\n").unwrap();
        let mut signed = ResponseHeaders::of(url, name, &facts, &owner).pairs();
        signed.sort();
        let transport = [CONTENT_LENGTH, CONTENT_ENCODING, DATE];
        let sent = answer
            .headers
            .iter()
            .filter(|(name, _)| !transport.contains(name));
        let mut sent: Vec<_> = sent
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        sent.sort();
        assert_eq!(sent, signed, "{url}");
        assert_eq!(answer.header(CONTENT_ENCODING) == "br", encoded, "{url}");
        assert_eq!(answer.header(CONTENT_LENGTH), answer.body.len().to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn preconditions_hold() {
    let case = site();
    let (page, png) = (case.get("/", &[]).await, case.get("/a.png", &[]).await);
    let (weak, strong) = (page.header(ETAG), png.header(ETAG));
    let modified = png.header(LAST_MODIFIED);
    assert!(weak.starts_with("W/\"") && strong.starts_with('"'));
    for (url, name, value, status) in [
        ("/", IF_NONE_MATCH, weak, 304),
        ("/", IF_NONE_MATCH, &weak[2..], 304),
        ("/a.png", IF_NONE_MATCH, &format!("\"x\", {strong}"), 304),
        ("/a.png", IF_NONE_MATCH, "*", 304),
        ("/a.png", IF_NONE_MATCH, "\"x\"", 200),
        ("/a.png", IF_NONE_MATCH, "nonsense", 200),
        ("/a.png", IF_MODIFIED_SINCE, modified, 304),
        (
            "/a.png",
            IF_MODIFIED_SINCE,
            "Sun, 06 Nov 1994 08:49:37 GMT",
            200,
        ),
        ("/a.png", IF_MODIFIED_SINCE, "nonsense", 200),
        (
            "/a.png",
            IF_UNMODIFIED_SINCE,
            "Sun, 06 Nov 1994 08:49:37 GMT",
            412,
        ),
        ("/a.png", IF_UNMODIFIED_SINCE, "nonsense", 200),
        ("/a.png", IF_MATCH, strong, 200),
        ("/a.png", IF_MATCH, "\"x\"", 412),
        ("/", IF_MATCH, weak, 412),
    ] {
        let answer = case.get(url, &[(name.clone(), value)]).await;
        assert_eq!(answer.status, status, "{url} {name}: {value}");
        assert_eq!(answer.body.is_empty(), status == 304);
        if status == 304 {
            assert_eq!(answer.header(CACHE_CONTROL), page.header(CACHE_CONTROL));
            assert_eq!(answer.header("x-owner"), "yes");
            assert_eq!(answer.header(CONTENT_TYPE), "");
        }
    }
    let both = [(IF_NONE_MATCH, "\"x\""), (IF_MODIFIED_SINCE, modified)];
    assert_eq!(
        case.get("/a.png", &both).await.status,
        200,
        "the tag decides alone"
    );
    let twice = [(IF_NONE_MATCH, "\"x\""), (IF_NONE_MATCH, strong)];
    assert_eq!(
        case.get("/a.png", &twice).await.status,
        304,
        "two fields are one list"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_are_exact() {
    let case = site();
    for (range, status, content_range, body) in [
        ("bytes=0-0", 206, "bytes 0-0/10", "0"),
        ("bytes=0-", 206, "bytes 0-9/10", "0123456789"),
        ("bytes=5-9", 206, "bytes 5-9/10", "56789"),
        ("bytes=5-99", 206, "bytes 5-9/10", "56789"),
        ("bytes=5-18446744073709551615", 206, "bytes 5-9/10", "56789"),
        ("bytes=-1", 206, "bytes 9-9/10", "9"),
        ("bytes=-99", 206, "bytes 0-9/10", "0123456789"),
        ("bytes=10-", 416, "bytes */10", ""),
        ("bytes=-0", 416, "bytes */10", ""),
        ("bytes=5-4", 200, "", "0123456789"),
        ("bytes=x", 200, "", "0123456789"),
        ("lines=0-1", 200, "", "0123456789"),
        ("bytes=0-1,3-4", 200, "", "0123456789"),
        ("bytes=99999999999999999999-", 200, "", "0123456789"),
    ] {
        let answer = case.get("/a.png", &[(RANGE, range)]).await;
        assert_eq!(answer.status, status, "{range}");
        assert_eq!(answer.header(CONTENT_RANGE), content_range, "{range}");
        assert_eq!(answer.body, body.as_bytes(), "{range}");
        assert_eq!(answer.header("x-owner"), "yes", "{range}");
        assert_eq!(answer.header(ACCEPT_RANGES), "bytes", "{range}");
        if status == 206 {
            assert_eq!(answer.header(CONTENT_TYPE), "image/png");
            assert_eq!(answer.header(CONTENT_LENGTH), body.len().to_string());
        }
    }
    assert_eq!(
        case.get("/empty.png", &[(RANGE, "bytes=0-")]).await.status,
        416
    );
    assert_eq!(
        case.get("/empty.png", &[(RANGE, "bytes=-5")]).await.status,
        416
    );
    assert_eq!(case.get("/empty.png", &[]).await.status, 200);
    let text = case
        .get("/", &[(RANGE, "bytes=0-4"), (ACCEPT_ENCODING, "gzip, br")])
        .await;
    assert_eq!(
        (text.status, text.header(CONTENT_ENCODING), &text.body[..]),
        (206, "", &PAGE[..5])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_of_another_version_is_not_given() {
    let case = site();
    let tag = case.get("/a.png", &[]).await.header(ETAG).to_owned();
    let range = (RANGE, "bytes=0-1");
    let fits = case.get("/a.png", &[range.clone(), (IF_RANGE, &tag)]).await;
    assert_eq!((fits.status, fits.header(CONTENT_TYPE)), (206, "image/png"));
    assert_eq!(
        case.get("/a.png", &[range.clone(), (IF_RANGE, "\"x\"")])
            .await
            .status,
        200
    );
    let weak = case.get("/", &[]).await.header(ETAG).to_owned();
    assert_eq!(
        case.get("/", &[range, (IF_RANGE, &weak)]).await.status,
        200,
        "weak tags never fit"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn head_is_get_without_a_body() {
    let case = site();
    for (url, accept) in [
        ("/", "br"),
        ("/", ""),
        ("/a.png", "br"),
        ("/none", ""),
        ("/d", ""),
    ] {
        let mut get = case.get(url, &[(ACCEPT_ENCODING, accept)]).await;
        let mut head = case
            .ask(
                "HEAD",
                url,
                &[(ACCEPT_ENCODING, accept), (RANGE, "bytes=0-1")],
            )
            .await;
        if url == "/none" || url == "/d" {
            // The transport drops the body of these.
            assert_eq!(get.status, head.status);
            continue;
        }
        get.headers.remove(DATE);
        head.headers.remove(DATE);
        if accept.is_empty() || url == "/a.png" {
            assert_eq!(
                (get.status, &get.headers),
                (head.status, &head.headers),
                "{url}"
            );
        }
        assert!(head.body.is_empty(), "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn text_is_compressed_as_the_client_likes() {
    let case = site();
    for (accept, coding) in [("gzip, br", "br"), ("gzip", "gzip"), ("", "")] {
        let answer = case.get("/", &[(ACCEPT_ENCODING, accept)]).await;
        assert_eq!(answer.header(CONTENT_ENCODING), coding);
        assert_eq!(answer.header(VARY), "accept-encoding");
        let mut plain = Vec::new();
        match coding {
            "br" => brotli::BrotliDecompress(&mut &answer.body[..], &mut plain).unwrap(),
            "gzip" => drop(
                flate2::read::GzDecoder::new(&answer.body[..])
                    .read_to_end(&mut plain)
                    .unwrap(),
            ),
            _ => plain.clone_from(&answer.body),
        }
        assert_eq!(plain, PAGE, "{coding}");
    }
    let png = case.get("/a.png", &[(ACCEPT_ENCODING, "gzip, br")]).await;
    assert_eq!((png.header(CONTENT_ENCODING), png.header(VARY)), ("", ""));
    let script = case
        .get("/swarmfetch-sw.js", &[(ACCEPT_ENCODING, "br")])
        .await;
    assert_eq!(
        script.header(CONTENT_TYPE),
        "text/javascript; charset=utf-8"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_have_a_slash() {
    let case = site();
    let answer = case.get("/d?x=1", &[]).await;
    assert_eq!((answer.status, answer.header(LOCATION)), (301, "./d/?x=1"));
    assert_eq!(case.get("/d/", &[]).await.body, b"<p>d");
    for url in ["/bare", "/bare/", "/a.png/", "/index.html/"] {
        assert_eq!(case.get(url, &[]).await.status, 404, "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_outside_or_hidden_is_served() {
    let case = site();
    for url in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/d/../../secret.txt",
        "/.git/config",
        "/_headers",
        "/.well-known/swarmfetch/",
        "/.well-known/swarmfetch/../../../secret.txt",
        "/.well-known/swarmfetch/o/..",
        "/.well-known/swarmfetch/o/%2e%2e%2fhead",
        "//d/",
        "/%00",
    ] {
        assert_eq!(case.get(url, &[]).await.status, 404, "{url}");
    }
    assert_eq!(case.get("/.well-known/security.txt", &[]).await.status, 200);
    assert_eq!(
        case.get("/.well-known/swarmfetch/head", &[]).await.body,
        b"head"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_are_refused() {
    let case = site();
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"] {
        let answer = case.ask(method, "/", &[]).await;
        assert_eq!(
            (answer.status, answer.header(ALLOW)),
            (405, "GET, HEAD"),
            "{method}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_may_have_a_page_for_what_is_not_there() {
    let case = Case::new(&[("site/404.html", PAGE)]);
    let headers = [
        (ACCEPT_ENCODING, "br"),
        (RANGE, "bytes=0-1"),
        (IF_NONE_MATCH, "*"),
    ];
    let answer = case.get("/none", &headers).await;
    assert_eq!((answer.status, &answer.body[..]), (404, PAGE));
    assert_eq!(answer.header(CONTENT_TYPE), "text/html; charset=utf-8");
    assert_eq!(answer.header(ETAG), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_served_changed_at_once() {
    let case = site();
    let before = case.get("/a.png", &[]).await;
    std::fs::write(case.folder.path().join("site/a.png"), b"abcdefghij").unwrap();
    let after = case.get("/a.png", &[]).await;
    assert_eq!(after.body, b"abcdefghij");
    assert_ne!(before.header(ETAG), after.header(ETAG));
}
