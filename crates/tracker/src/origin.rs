//! Who may connect: which pages a browser may bring the tracker's messages to.
//!
//! A browser says in `Origin` which page opened a WebSocket, and no page can forge it. Without this check a foreign
//! site could use the tracker for its own visitors (T17). Clients that are no browsers send no `Origin`, or any; that
//! is no loss, since they could as well run a tracker of their own.

/// Whether an upgrade with these headers is served: `Origin` is the host itself or listed, or both are loopback hosts
/// (development), or there is no `Origin`.
#[must_use]
pub fn is_served(origin: Option<&str>, host: Option<&str>, listed: &[String]) -> bool {
    let Some(origin) = origin else { return true };
    if listed
        .iter()
        .any(|entry| entry == "*" || entry.trim_end_matches('/').eq_ignore_ascii_case(origin))
    {
        return true;
    }
    // "null" (a sandboxed frame, a file) has no host.
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let Some(host) = host else { return false };
    let port = match scheme {
        "https" => ":443",
        _ => ":80",
    };
    let bare = |authority: &str| {
        authority
            .strip_suffix(port)
            .unwrap_or(authority)
            .to_ascii_lowercase()
    };
    bare(authority) == bare(host) || (is_loopback(authority) && is_loopback(host))
}

/// Whether `host[:port]` names this machine.
fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => authority.split(':').next().unwrap_or(authority),
    };
    let host = host.to_ascii_lowercase();
    // RFC 6761: localhost and everything under it.
    host == "localhost"
        || host.ends_with(".localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serves_its_own_pages_and_nobody_elses() {
        let listed = ["https://other.example/".to_owned()];
        for (origin, host, served) in [
            (None, Some("example.org"), true),
            (Some("https://example.org"), Some("example.org"), true),
            (Some("https://example.org"), Some("EXAMPLE.org"), true),
            (Some("https://example.org"), Some("example.org:443"), true),
            (Some("http://example.org:80"), Some("example.org"), true),
            (
                Some("https://example.org:8443"),
                Some("example.org:8443"),
                true,
            ),
            (Some("https://other.example"), Some("example.org"), true),
            (Some("http://localhost:8080"), Some("127.0.0.1:9000"), true),
            (Some("http://wiki.localhost:8080"), Some("[::1]:9000"), true),
            (Some("https://example.org"), Some("example.org:8443"), false),
            (Some("https://example.org"), None, false),
            (Some("https://evil.example"), Some("example.org"), false),
            (Some("https://evil.example"), Some("localhost:8080"), false),
            (Some("http://localhost:8080"), Some("example.org"), false),
            (
                Some("https://example.org.evil.example"),
                Some("example.org"),
                false,
            ),
            (
                Some("https://other.example.evil.example"),
                Some("example.org"),
                false,
            ),
            (
                Some("http://127.0.0.1.evil.example"),
                Some("localhost"),
                false,
            ),
            (Some("http://evillocalhost"), Some("localhost"), false),
            (Some("null"), Some("example.org"), false),
            (Some(""), Some("example.org"), false),
        ] {
            assert_eq!(
                is_served(origin, host, &listed),
                served,
                "{origin:?} at {host:?}"
            );
        }
        assert!(is_served(
            Some("https://evil.example"),
            Some("example.org"),
            &["*".to_owned()]
        ));
    }
}
