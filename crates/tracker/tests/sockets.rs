//! What the tracker's sockets accept, and what they do to those who overdo it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::ConnectInfo;
use futures_util::{SinkExt, StreamExt};
use swarmfetch_tracker::{TRACKER_PATH, Tracker, TrackerConfig, run};
use swarmfetch_wire::tracker::{Announce, Event, InfoHash, PeerId, Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

const PATIENCE: Duration = Duration::from_secs(10);

async fn start(config: TrackerConfig) -> (SocketAddr, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(run(listener, config, async {
        let _ = stopped.await;
    }));
    (address, stop)
}

/// The status of an upgrade with these headers; 101 when it was granted.
async fn upgrade(address: SocketAddr, headers: &[(&'static str, &str)]) -> u16 {
    let mut request = format!("ws://{address}/").into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((_, response)) => response.status().as_u16(),
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("{error}"),
    }
}

/// Sends raw bytes and reads until the other end closes; how long that took, and what came.
async fn raw(address: SocketAddr, bytes: &[u8]) -> (Duration, Vec<u8>) {
    let started = Instant::now();
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The other end may close before it has read all.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = timeout(Duration::from_secs(20), stream.read_to_end(&mut answer))
        .await
        .expect("closed");
    (started.elapsed(), answer)
}

fn announce(id: &str) -> String {
    format!(
        r#"{{"action":"announce","info_hash":"{}","peer_id":"{id}"}}"#,
        "h".repeat(20)
    )
}

#[tokio::test]
async fn pages_of_foreign_origins_are_refused() {
    let config = TrackerConfig {
        origins: vec!["https://listed.example".into()],
        ..TrackerConfig::default()
    };
    let (address, _stop) = start(config).await;
    assert_eq!(upgrade(address, &[]).await, 101, "no browser");
    assert_eq!(
        upgrade(address, &[("origin", "http://localhost:5173")]).await,
        101,
        "development"
    );
    assert_eq!(
        upgrade(address, &[("origin", "https://listed.example")]).await,
        101
    );
    assert_eq!(
        upgrade(
            address,
            &[("host", "site.example"), ("origin", "https://site.example")]
        )
        .await,
        101
    );
    assert_eq!(
        upgrade(address, &[("origin", "https://evil.example")]).await,
        403
    );
    assert_eq!(
        upgrade(
            address,
            &[
                ("host", "site.example"),
                ("origin", "http://localhost:5173")
            ]
        )
        .await,
        403
    );
    assert_eq!(upgrade(address, &[("origin", "null")]).await, 403);
}

#[tokio::test]
async fn a_request_that_is_no_upgrade_is_told_so() {
    let (address, _stop) = start(TrackerConfig::default()).await;
    let (_, answer) = raw(
        address,
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    .await;
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 426 "), "{answer}");
}

#[tokio::test]
async fn it_can_be_mounted_on_a_sites_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tracker = Tracker::new(TrackerConfig::default());
    let app = axum::Router::new()
        .route("/", axum::routing::get(|| async { "the site" }))
        .merge(tracker.router())
        .layer(axum::Extension(ConnectInfo(address)));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let (mut socket, _) = connect_async(format!("ws://{address}{TRACKER_PATH}"))
        .await
        .unwrap();
    socket
        .send(Message::text(announce("aaaaaaaaaaaaaaaaaaaa")))
        .await
        .unwrap();
    let answer = timeout(PATIENCE, socket.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(
        answer.to_text().unwrap().contains(r#""incomplete":1"#),
        "{answer}"
    );
}

#[tokio::test]
async fn a_head_of_a_mebibyte_is_refused_unread() {
    let (address, _stop) = start(TrackerConfig::default()).await;
    let head = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n",
        "x".repeat(1 << 20)
    );
    let (took, answer) = raw(address, head.as_bytes()).await;
    assert!(took < Duration::from_secs(2), "{took:?}");
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431 "),
        "{answer}"
    );
}

#[tokio::test]
async fn a_head_that_never_ends_is_given_up() {
    let (address, _stop) = start(TrackerConfig::default()).await;
    let (took, _) = raw(address, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ").await;
    assert!((9..15).contains(&took.as_secs()), "{took:?}");
}

#[tokio::test]
async fn oversized_frames_and_messages_close_the_socket() {
    let (address, _stop) = start(TrackerConfig::default()).await;
    let handshake = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    // RFC 6455 section 5.2: a final, masked text frame that says it has 2^63 - 1, or 16 KiB + 1, bytes.
    let endless = [&[0x81, 0xff][..], &(u64::MAX >> 1).to_be_bytes(), &[0; 4]].concat();
    let long = [
        &[0x81, 0xff][..],
        &(16u64 * 1024 + 1).to_be_bytes(),
        &[0; 4],
        &[b' '; 16 * 1024 + 1],
    ]
    .concat();
    // Five frames of 16 KiB that together make one message.
    let part = |first: u8| {
        [
            &[first, 0xfe][..],
            &16_000u16.to_be_bytes(),
            &[0; 4],
            &[b' '; 16_000],
        ]
        .concat()
    };
    let pieces = [part(0x01), part(0x00), part(0x00), part(0x00), part(0x00)].concat();
    for frames in [endless, long, pieces] {
        let (took, answer) = raw(address, &[handshake.as_bytes(), &frames].concat()).await;
        assert!(took < Duration::from_secs(2), "{took:?}");
        assert!(
            answer.starts_with(b"HTTP/1.1 101 "),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
    // A message within the limits, in frames within them, is served.
    let (mut socket, _) = connect_async(format!("ws://{address}/")).await.unwrap();
    let text = announce("aaaaaaaaaaaaaaaaaaaa") + &" ".repeat(15 * 1024);
    socket
        .send(Message::binary(text.into_bytes()))
        .await
        .unwrap();
    assert!(
        timeout(PATIENCE, socket.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap()
            .is_text()
    );
}

#[tokio::test]
async fn a_flooder_is_closed_and_its_neighbour_served() {
    let (address, _stop) = start(TrackerConfig::default()).await;
    let (mut neighbour, _) = connect_async(format!("ws://{address}/")).await.unwrap();
    let (mut flooder, _) = connect_async(format!("ws://{address}/")).await.unwrap();
    for _ in 0..2_000 {
        if flooder
            .send(Message::text(announce("aaaaaaaaaaaaaaaaaaaa")))
            .await
            .is_err()
        {
            break;
        }
    }
    let mut answers = 0;
    while let Some(Ok(message)) = timeout(PATIENCE, flooder.next()).await.expect("closed") {
        answers += usize::from(message.is_text());
    }
    assert!(answers < 1_000, "{answers}");
    neighbour
        .send(Message::text(announce("bbbbbbbbbbbbbbbbbbbb")))
        .await
        .unwrap();
    let answer = timeout(PATIENCE, neighbour.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(
        answer.to_text().unwrap().contains(r#""incomplete":1"#),
        "the flooder is gone: {answer}"
    );
}

#[tokio::test]
async fn clients_are_told_when_the_tracker_ends() {
    let (address, stop) = start(TrackerConfig::default()).await;
    let (mut socket, _) = connect_async(format!("ws://{address}/")).await.unwrap();
    socket
        .send(Message::text(announce("aaaaaaaaaaaaaaaaaaaa")))
        .await
        .unwrap();
    assert!(
        timeout(PATIENCE, socket.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap()
            .is_text()
    );
    stop.send(()).unwrap();
    let last = timeout(PATIENCE, socket.next()).await.unwrap();
    assert!(matches!(last, Some(Ok(Message::Close(_)))), "{last:?}");
}

#[tokio::test]
async fn a_sites_visitors_are_told_of_versions_and_counted_by_them() {
    const SITE: [u8; 16] = [7; 16];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tracker = Tracker::new(TrackerConfig::default());
    let app = tracker
        .router()
        .layer(axum::Extension(ConnectInfo(address)));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let (mut socket, _) = connect_async(format!("ws://{address}{TRACKER_PATH}"))
        .await
        .unwrap();
    let announce = Request::Announce(Announce {
        info_hash: InfoHash::of_site(&SITE),
        peer_id: PeerId(*b"aaaaaaaaaaaaaaaaaaaa"),
        event: Event::Started,
        left: Some(1),
        offers: Vec::new(),
        ours: true,
        version: Some(3),
    });
    socket
        .send(Message::text(announce.to_text()))
        .await
        .unwrap();
    let mut heard = async || {
        let message = timeout(PATIENCE, socket.next()).await.unwrap().unwrap();
        Response::parse(message.unwrap().to_text().unwrap()).unwrap()
    };
    assert!(matches!(heard().await, Response::Announced(_)));
    tracker.publish(&SITE, 4);
    assert!(matches!(heard().await, Response::News(news) if news.version == 4));
    let ask = async |query: &str| {
        let head = format!(
            "GET {TRACKER_PATH}{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        );
        String::from_utf8(raw(address, head.as_bytes()).await.1).unwrap()
    };
    let told = ask(&format!("?site={}", "07".repeat(16))).await;
    assert!(
        told.starts_with("HTTP/1.1 200 ") && told.ends_with("{\"3\":1}\n"),
        "{told}"
    );
    let told = ask("?site=7").await;
    assert!(told.starts_with("HTTP/1.1 400 "), "{told}");
    let told = ask("").await;
    assert!(told.starts_with("HTTP/1.1 426 "), "{told}");
}
