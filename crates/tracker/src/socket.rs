//! One client's WebSocket: frames in, messages out, and a pulse.

use std::net::IpAddr;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use tokio::time::{Instant, timeout};

use crate::hub::Hub;

/// A ping after so much silence: proxies drop connections that are silent for a minute.
const PULSE: Duration = Duration::from_secs(45);

/// A client that shows no sign of life for so long is gone: two pings unanswered.
const DEAD: Duration = Duration::from_secs(100);

/// A client must take a message off our hands within this time.
const SEND: Duration = Duration::from_secs(10);

/// Serves one client until it, or the tracker, has had enough.
pub(crate) async fn serve(mut socket: WebSocket, hub: Hub, address: IpAddr) {
    let (connection, mut outbox) = hub.enter(address);
    let mut heard = Instant::now();
    loop {
        let alive = tokio::select! {
            text = outbox.recv() => match text {
                Some(text) => send(&mut socket, Message::Text(text.into())).await,
                None => {
                    let reason = CloseFrame { code: close_code::POLICY, reason: "".into() };
                    send(&mut socket, Message::Close(Some(reason))).await;
                    false
                }
            },
            message = socket.recv() => {
                heard = Instant::now();
                match message {
                    Some(Ok(Message::Text(text))) => {
                        hub.hear(connection, &text);
                        true
                    }
                    // The reference client sends its JSON in binary messages.
                    Some(Ok(Message::Binary(bytes))) => match std::str::from_utf8(&bytes) {
                        Ok(text) => {
                            hub.hear(connection, text);
                            true
                        }
                        Err(_) => false,
                    },
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => true,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => false,
                }
            },
            () = tokio::time::sleep(PULSE) => {
                heard.elapsed() < DEAD && send(&mut socket, Message::Ping(Vec::new().into())).await
            }
        };
        if !alive {
            break;
        }
    }
    hub.exit(connection);
}

/// Sends, unless the client does not read.
async fn send(socket: &mut WebSocket, message: Message) -> bool {
    matches!(timeout(SEND, socket.send(message)).await, Ok(Ok(())))
}
