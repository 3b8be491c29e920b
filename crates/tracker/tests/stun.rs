//! The STUN responder over a real socket, asked by hand.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;
use std::time::Duration;

use swarmfetch_tracker::run_stun;
use tokio::net::UdpSocket;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// RFC 8489 section 5: type, length, magic cookie, transaction id.
fn binding_request(transaction: [u8; 12], attributes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(attributes.len()).unwrap().to_be_bytes();
    [
        &[0x00, 0x01][..],
        &length,
        &[0x21, 0x12, 0xa4, 0x42],
        &transaction,
        attributes,
    ]
    .concat()
}

async fn responder() -> (SocketAddr, oneshot::Sender<()>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(run_stun(socket, async {
        let _ = stopped.await;
    }));
    (address, stop)
}

async fn ask(client: &UdpSocket, question: &[u8], wait: Duration) -> Option<Vec<u8>> {
    client.send(question).await.unwrap();
    let mut answer = [0; 600];
    let length = timeout(wait, client.recv(&mut answer)).await.ok()?.unwrap();
    Some(answer[..length].to_vec())
}

#[tokio::test]
async fn a_binding_request_is_answered_with_the_address_it_came_from() {
    let (address, _stop) = responder().await;
    let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    client.connect(address).await.unwrap();
    let transaction = *b"transaction!";
    // With SOFTWARE, an attribute that need not be understood.
    let software = [&[0x80, 0x22, 0x00, 0x04][..], b"test"].concat();
    for attributes in [&[][..], &software] {
        let question = binding_request(transaction, attributes);
        let answer = ask(&client, &question, Duration::from_secs(5))
            .await
            .expect("an answer");
        assert_eq!(
            &answer[..8],
            [0x01, 0x01, 0x00, 0x0c, 0x21, 0x12, 0xa4, 0x42],
            "success, one attribute"
        );
        assert_eq!(answer[8..20], transaction);
        assert_eq!(
            answer[20..26],
            [0x00, 0x20, 0x00, 0x08, 0x00, 0x01],
            "XOR-MAPPED-ADDRESS, IPv4"
        );
        let port = u16::from_be_bytes([answer[26], answer[27]]) ^ 0x2112;
        assert_eq!(port, client.local_addr().unwrap().port());
        let ip: Vec<u8> = answer[28..]
            .iter()
            .zip([0x21, 0x12, 0xa4, 0x42])
            .map(|(byte, mask)| byte ^ mask)
            .collect();
        assert_eq!(ip, [127, 0, 0, 1]);
    }
}

#[tokio::test]
async fn everything_else_is_ignored() {
    let (address, stop) = responder().await;
    let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    client.connect(address).await.unwrap();
    let plain = binding_request([1; 12], &[]);
    let changed = |at: usize, byte: u8| {
        let mut question = plain.clone();
        question[at] = byte;
        question
    };
    let username = [&[0x00, 0x06, 0x00, 0x04][..], b"user"].concat();
    let padding = [&[0x80, 0x22, 0x02, 0x00][..], &[b'x'; 0x200]].concat();
    for (what, question) in [
        ("nothing", vec![]),
        ("a cut header", plain[..19].to_vec()),
        ("another method", changed(1, 0x03)),
        ("an indication", changed(1, 0x11)),
        ("an answer", changed(0, 0x01)),
        ("another cookie", changed(4, 0x22)),
        ("a wrong length", changed(3, 0x04)),
        ("an ICE check", binding_request([1; 12], &username)),
        ("a long question", binding_request([1; 12], &padding)),
    ] {
        assert_eq!(
            ask(&client, &question, Duration::from_millis(100)).await,
            None,
            "{what}"
        );
    }
    assert!(
        ask(&client, &plain, Duration::from_secs(5)).await.is_some(),
        "and it is still there"
    );
    stop.send(()).unwrap();
    tokio::task::yield_now().await;
    let _ = client.send(&plain).await;
    let mut answer = [0; 600];
    let silent = !matches!(
        timeout(Duration::from_millis(300), client.recv(&mut answer)).await,
        Ok(Ok(_))
    );
    assert!(silent, "until it is told to stop");
}
