//! The STUN responder: tells a browser the address it is seen from (RFC 8489), and nothing else.
//!
//! It answers plain Binding requests with XOR-MAPPED-ADDRESS and ignores every other datagram. No state, no
//! authentication. An answer is at most 24 bytes longer than its question, so forged senders gain little; a quota
//! bounds even that.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use stun_types::attribute::XorMappedAddress;
use stun_types::message::{BINDING, Message, MessageClass, MessageWriteVec};
use stun_types::prelude::{Attribute, MessageWrite, MessageWriteExt};
use swarmfetch_wire::{Bucket, Millis};
use tokio::net::UdpSocket;
use tokio::time::Instant;

/// Longest question read, in bytes; a browser's has 20 to 60.
const QUESTION_BYTES_MAX: usize = 512;

/// Answers at once, and milliseconds for one more: a thousand a second, 50 KB.
const ANSWERS: (u64, u64) = (10_000, 1);

/// A pause after a failed receive, so that a broken socket does not spin.
const PAUSE: Duration = Duration::from_millis(10);

/// Answers Binding requests on `socket` until `shutdown` ends.
///
/// # Errors
/// None at present; datagrams that cannot be received or sent are lost, as datagrams are.
pub async fn run_stun(socket: UdpSocket, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let started = Instant::now();
    let mut answers = Bucket::new(ANSWERS.0, ANSWERS.1);
    let mut shutdown = pin!(shutdown);
    // One byte more than is read, to know the longer ones.
    let mut question = [0; QUESTION_BYTES_MAX + 1];
    loop {
        let received = tokio::select! {
            received = socket.recv_from(&mut question) => received,
            () = &mut shutdown => return Ok(()),
        };
        match received {
            Ok((length, from)) if length <= QUESTION_BYTES_MAX => {
                let now = Millis(u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
                if let Some(answer) = answer(&question[..length], from)
                    && answers.take(now)
                {
                    // A full send buffer loses the answer; the browser asks again.
                    let _ = socket.try_send_to(&answer, from);
                }
            }
            Ok(_) => {}
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// The answer to a datagram, if it is a Binding request that can be understood.
fn answer(question: &[u8], from: SocketAddr) -> Option<Vec<u8>> {
    let request = Message::from_bytes(question).ok()?;
    let plain = request.has_class(MessageClass::Request) && request.has_method(BINDING);
    // RFC 8489 section 14: types below 0x8000 must be understood. A plain request has none; one with a user name or a
    // priority is an ICE check that went astray.
    if !plain
        || request
            .iter_attributes()
            .any(|(_, attribute)| attribute.get_type().comprehension_required())
    {
        return None;
    }
    let from = SocketAddr::new(from.ip().to_canonical(), from.port());
    let mut answer = Message::builder_success(&request, MessageWriteVec::new());
    answer
        .add_attribute(&XorMappedAddress::new(from, request.transaction_id()))
        .ok()?;
    Some(answer.finish())
}
