//! `swarmfetch serve`, over real sockets.

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};

use crate::workbench::{Bench, PATIENCE, Served, until};

const LONG: &str = "<p>a long enough page ";

fn site() -> Bench {
    Bench::with_site(&[
        ("index.html", &LONG.repeat(100)),
        ("a.bin", "0123456789"),
        ("d/index.html", "<p>d"),
        (
            "_headers",
            "/*\n  X-Owner: yes\n/d/*\n  Cache-Control: max-age=60\n",
        ),
        (".env", "secret"),
    ])
}

/// The invariant that everything rests on: a response made of the signed headers is a plain fetch.
#[test]
fn what_is_served_is_what_is_signed() {
    let bench = site();
    let served = bench.serve(&[]);
    for url in [
        "/",
        "/index.html",
        "/a.bin",
        "/d/",
        "/d/index.html",
        "/swarmfetch.js",
    ] {
        for accept in ["br", "gzip", "identity"] {
            let answer = served.ask("GET", url, &[("Accept-Encoding", accept)]);
            let not_signed = ["content-length", "content-encoding", "date", "connection"];
            let mut sent = answer.headers.clone();
            sent.retain(|(name, _)| !not_signed.contains(&name.as_str()));
            sent.sort();
            let shown = bench.done(&["inspect", &served.url(""), url]);
            let headers = shown
                .lines()
                .filter_map(|line| line.strip_prefix("header     ")?.split_once(": "));
            let mut signed: Vec<_> = headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            signed.sort();
            assert!(signed.len() >= 5, "{shown}");
            assert_eq!(sent, signed, "{url} {accept}");
            assert!(shown.contains("these very bytes"), "{shown}");
        }
    }
}

#[test]
fn conditions_ranges_and_codings_work_over_the_wire() {
    let bench = site();
    let served = bench.serve(&[]);
    let whole = served.get("/a.bin");
    let tag = whole.header("etag").to_owned();
    let fresh = served.ask("GET", "/a.bin", &[("If-None-Match", &tag)]);
    assert_eq!((fresh.status, fresh.body.len()), (304, 0));
    let fresh = served.ask(
        "GET",
        "/a.bin",
        &[("If-Modified-Since", whole.header("last-modified"))],
    );
    assert_eq!(fresh.status, 304);
    let part = served.ask(
        "GET",
        "/a.bin",
        &[("Range", "bytes=-3"), ("If-Range", &tag)],
    );
    assert_eq!(
        (part.status, &part.body[..], part.header("content-range")),
        (206, &b"789"[..], "bytes 7-9/10")
    );
    assert_eq!(
        served
            .ask("GET", "/a.bin", &[("Range", "bytes=10-")])
            .status,
        416
    );
    let head = served.ask("HEAD", "/", &[("Accept-Encoding", "gzip")]);
    assert_eq!(
        (
            head.status,
            head.body.len(),
            head.header("content-encoding")
        ),
        (200, 0, "gzip")
    );
    let page = LONG.repeat(100);
    let answer = served.ask("GET", "/", &[("Accept-Encoding", "br")]);
    let mut plain = Vec::new();
    brotli::BrotliDecompress(&mut &answer.body[..], &mut plain).unwrap();
    assert_eq!(plain, page.as_bytes());
    let answer = served.ask("GET", "/", &[("Accept-Encoding", "gzip")]);
    let mut plain = String::new();
    flate2::read::GzDecoder::new(&answer.body[..])
        .read_to_string(&mut plain)
        .unwrap();
    assert_eq!(plain, page);
    assert_eq!(served.get("/d").header("location"), "./d/");
    assert_eq!(served.ask("POST", "/", &[]).status, 405);
}

#[test]
fn no_path_leaves_the_folder() {
    let bench = site();
    let served = bench.serve(&[]);
    for target in [
        "/../swarmfetch-key.pem",
        "/d/../../swarmfetch-key.pem",
        "/%2e%2e/swarmfetch-key.pem",
        "/..%2fswarmfetch-key.pem",
        "/.env",
        "/%2eenv",
        "/_headers",
        "/.well-known/swarmfetch/o/../../../../../swarmfetch-key.pem",
        "//etc/passwd",
    ] {
        let answer = served.get(target);
        assert_eq!(answer.status, 404, "{target}");
    }
}

#[test]
fn a_change_is_published_and_the_old_body_stays() {
    let bench = site();
    let served = bench.serve(&[]);
    let old = bench.done(&["inspect", &served.url("/d/")]);
    let hash = old
        .lines()
        .find_map(|line| line.strip_prefix("object     ")?.split(',').next())
        .unwrap();
    let object = format!("/.well-known/swarmfetch/o/{hash}");
    assert_eq!(
        served.get(&object).status,
        404,
        "current bodies stand under their URL only"
    );
    let scripts = served.get("/swarmfetch-sw.js").body;

    bench.write("site/d/index.html", "<p>d, republished");
    served.line("0 new, 2 changed, 0 gone");
    let new = bench.done(&["inspect", &served.url("/d/")]);
    assert!(
        new.contains("these very bytes") && !new.contains(hash),
        "{new}"
    );
    assert_eq!(served.get("/d/").body, b"<p>d, republished");
    let kept = served.get(&object);
    assert_eq!((kept.status, &kept.body[..]), (200, &b"<p>d"[..]));
    assert!(kept.header("cache-control").contains("immutable"));
    assert_eq!(served.get("/swarmfetch-sw.js").body, scripts);
}

#[test]
fn a_change_of_a_long_page_comes_with_a_patch_that_is_served() {
    let line = |n: u32| format!("<p>line {:x}\n", n.wrapping_mul(2_654_435_761));
    let page: String = (0..2000).map(line).collect();
    let bench = site();
    bench.write("site/d/index.html", &page);
    let served = bench.serve(&[]);
    bench.write("site/d/index.html", &page.replace("line 0\n", "another\n"));
    served.line("0 new, 2 changed, 0 gone");
    let shown = bench.done(&["inspect", &served.url("/d/")]);
    let patch = shown.lines().find(|line| line.starts_with("patch "));
    let words = patch.expect("shown").split([' ', ',']);
    let hash = words.into_iter().find(|word| word.len() == 64);
    let object = format!("/.well-known/swarmfetch/o/{}", hash.expect("named"));
    let patch = served.get(&object);
    assert_eq!(patch.status, 200);
    assert!(patch.body.len() < 500, "{} bytes", patch.body.len());
}

#[test]
fn a_file_that_comes_is_shared_and_one_that_goes_is_not() {
    let bench = site();
    let served = bench.serve(&[]);
    bench.write("site/new/index.html", "<p>new");
    until("published", || {
        bench
            .done(&["inspect", &served.url("/new/")])
            .contains("these very bytes")
    });
    std::fs::remove_file(bench.path("site/a.bin")).unwrap();
    until("gone", || {
        bench
            .done(&["inspect", &served.url("/a.bin")])
            .contains("not shared")
    });
    assert_eq!(served.get("/a.bin").status, 404);
}

#[test]
fn a_wrong_change_leaves_the_version_that_was() {
    let bench = site();
    let served = bench.serve(&[]);
    bench.write("site/_headers", "nonsense\n");
    let line = served.line("not published");
    assert!(line.contains("_headers:1"), "{line}");
    assert!(
        bench
            .done(&["inspect", &served.url("")])
            .contains("version")
    );
    bench.write("site/_headers", "/*\n  X-Owner: no\n");
    served.line("version");
    assert_eq!(served.get("/a.bin").header("x-owner"), "no");
}

#[test]
fn the_folder_is_never_written_into() {
    let bench = site();
    let before = bench.tree("site");
    let served = bench.serve(&[]);
    assert_eq!(served.get("/.well-known/swarmfetch/head").status, 200);
    drop(served);
    assert_eq!(bench.tree("site"), before);
}

#[test]
fn a_restart_goes_on_where_it_was() {
    let bench = site();
    let version = |served: &Served| {
        bench
            .done(&["inspect", &served.url("")])
            .lines()
            .find(|line| line.starts_with("head "))
            .unwrap()
            .to_owned()
    };
    let port = {
        let served = bench.serve(&[]);
        served.port
    };
    let listen = format!("127.0.0.1:{port}");
    let start = || Served::start(bench.command(&["serve", "--listen", &listen]), "serving ");
    let first = version(&start());
    assert_eq!(version(&start()), first, "the same port, nothing changed");
}

#[test]
fn two_at_once_do_not_disturb_each_other() {
    let bench = site();
    let (one, two) = (bench.serve(&[]), bench.serve(&[]));
    bench.write("site/a.bin", "abcdefghij");
    for served in [one, two] {
        until("published", || {
            bench
                .done(&["inspect", &served.url("/a.bin")])
                .contains("these very bytes")
        });
    }
}

#[test]
fn without_a_configuration_a_development_key_is_kept_outside() {
    let bench = Bench::new();
    bench.write("site/index.html", "<p>");
    bench.write("site/.env", "secret");
    let root = |served: &Served| {
        bench
            .done(&["inspect", &served.url("")])
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    let served = bench.serve(&["site"]);
    assert!(
        served.greeting.contains("development key"),
        "{}",
        served.greeting
    );
    assert_eq!(served.get("/.env").status, 404);
    let first = root(&served);
    drop(served);
    assert_eq!(
        root(&bench.serve(&["site"])),
        first,
        "the same folder is the same site"
    );
    bench.write("other/index.html", "<p>");
    assert_ne!(root(&bench.serve(&["other"])), first);
    assert_eq!(bench.tree("site").len(), 2);
}

#[test]
fn the_tracker_and_stun_are_on_the_same_port() {
    let bench = site();
    let served = bench.serve(&["--quiet"]);
    assert!(
        bench
            .done(&["inspect", &served.url("")])
            .contains(&format!("udp port {}", served.port))
    );
    let mut stream = TcpStream::connect(("127.0.0.1", served.port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!(
        "GET /.well-known/swarmfetch/tracker HTTP/1.1\r\nHost: 127.0.0.1:{0}\r\nOrigin: http://127.0.0.1:{0}\r\n\
        Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        served.port
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 101");

    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    // A Binding request (RFC 8489, 5): type, no attributes, magic cookie, transaction id.
    let question = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat();
    socket
        .send_to(&question, ("127.0.0.1", served.port))
        .unwrap();
    let mut answer = [0; 100];
    let length = socket.recv(&mut answer).unwrap();
    assert_eq!((&answer[..2], &answer[8..20]), (&[1, 1][..], &[7; 12][..]));
    assert!(length > 20);
}

#[test]
fn there_is_a_line_for_every_request_unless_quiet() {
    let bench = site();
    let served = bench.serve(&[]);
    served.get("/a.bin?x=1");
    let line = served.line("/a.bin");
    assert!(
        line.starts_with("127.0.0.1 - - [")
            && line.ends_with("] \"GET /a.bin?x=1 HTTP/1.1\" 200 10"),
        "{line}"
    );
    let quiet = bench.serve(&["--quiet"]);
    quiet.get("/a.bin");
    bench.write("site/a.bin", "abcdefghij");
    let next = quiet.line("");
    assert!(next.starts_with("version"), "{next}");
}

#[cfg(unix)]
#[test]
fn it_ends_cleanly_even_in_the_middle_of_an_answer() {
    let bench = site();
    for signal in ["-TERM", "-INT"] {
        let served = bench.serve(&[]);
        let mut waiting = TcpStream::connect(("127.0.0.1", served.port)).unwrap();
        waiting.write_all(b"GET / HTTP/1.1\r\n").unwrap();
        assert_eq!(served.end(signal), Some(0), "{signal}");
    }
}

#[test]
fn a_taken_port_and_a_public_address_are_said() {
    let bench = site();
    let served = bench.serve(&[]);
    let line = bench.failed(&["serve", "--listen", &format!("127.0.0.1:{}", served.port)]);
    assert!(line.contains("--listen"), "{line}");
    let public = Served::start(
        bench.command(&["serve", "--listen", "0.0.0.0:0"]),
        "serving ",
    );
    public.get("/");
    assert!(
        public.greeting.contains("https") || public.line("https").contains("no service worker")
    );
}

#[test]
fn the_status_of_a_site_without_visitors_is_told() {
    let bench = site();
    let served = bench.serve(&[]);
    let shown = bench.done(&["status", &served.url("/")]);
    assert!(shown.contains("none with a page open"), "{shown}");
    let json = bench.done(&["status", &served.url("/"), "--json"]);
    assert!(json.contains("\"visitors\": {}"), "{json}");
}
