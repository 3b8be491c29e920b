//! The access log, a line a request in the Common Log Format that log tools read.

use std::net::SocketAddr;

use http::{Method, StatusCode, Uri};
use swarmfetch_manifest::WallSecs;
use swarmfetch_manifest::entry::http_date;

/// One line: who, when, what, how it went, how many bytes of body.
pub(super) fn line(
    peer: SocketAddr,
    at: WallSecs,
    method: &Method,
    uri: &Uri,
    status: StatusCode,
    bytes: Option<u64>,
) -> String {
    let bytes = bytes.map_or_else(|| "-".to_owned(), |bytes| bytes.to_string());
    // A URI from the wire has no quotes, spaces or control characters.
    format!(
        "{} - - [{}] \"{method} {uri} HTTP/1.1\" {} {bytes}",
        peer.ip(),
        date(at),
        status.as_u16()
    )
}

/// `06/Nov/1994:08:49:37 +0000`, from `Sun, 06 Nov 1994 08:49:37 GMT`.
fn date(at: WallSecs) -> String {
    let date = http_date(at);
    let parts: Vec<&str> = date.split(' ').collect();
    match parts[..] {
        [_, day, month, year, time, _] => format!("{day}/{month}/{year}:{time} +0000"),
        _ => date,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_in_the_common_log_format() {
        let line = line(
            ([127, 0, 0, 1], 5).into(),
            WallSecs(784_111_777),
            &Method::GET,
            &Uri::from_static("/a?b"),
            StatusCode::OK,
            Some(12),
        );
        assert_eq!(
            line,
            "127.0.0.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /a?b HTTP/1.1\" 200 12"
        );
    }
}
