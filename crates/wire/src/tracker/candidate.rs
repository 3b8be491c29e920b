//! One way to reach a peer: an ICE candidate line, reduced to the parts that a browser needs.
//!
//! What a stranger or a page wrote is parsed by RFC 8839 section 5.1 and written anew: UDP only, no extensions, and
//! without the related address, which would tell a visitor's address inside its network (browsers accept zeros, and
//! send them themselves for mDNS candidates).

use swarmfetch_content::text::{cut, decimal};

use super::MessageError;

/// Longest candidate line read, in bytes: a browser's have up to 200 with their extensions.
const CANDIDATE_BYTES_MAX: usize = 512;

/// Longest address, in bytes: an IPv6 literal has 39, an mDNS name 42.
const ADDRESS_BYTES_MAX: usize = 64;

/// A checked UDP candidate, as `candidate:…` without the leading `a=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate(String);

impl Candidate {
    /// Reads a candidate line, beginning with `candidate:`.
    ///
    /// # Errors
    /// [`MessageError::Candidate`] when it is malformed, too long, or not UDP.
    pub fn parse(line: &str) -> Result<Self, MessageError> {
        Self::parse_attributes(line.strip_prefix("candidate:").unwrap_or_default())
    }

    /// Reads what follows `candidate:`.
    pub(super) fn parse_attributes(line: &str) -> Result<Self, MessageError> {
        parse_line(line).ok_or(MessageError::Candidate)
    }

    /// The line, beginning with `candidate:`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn parse_line(line: &str) -> Option<Candidate> {
    if line.len() > CANDIDATE_BYTES_MAX {
        return None;
    }
    let mut rest = line;
    let mut word = |fits: fn(&str) -> bool| {
        let (word, behind) = cut(rest, b' ').unwrap_or((rest, ""));
        rest = behind;
        Some(word).filter(|word| fits(word))
    };
    let foundation = word(|word| is_ice_text(word, 1, 32))?;
    // Component 1 is RTP, or all there is; 2 would be RTCP.
    word(|word| word == "1")?;
    word(|word| word.eq_ignore_ascii_case("udp"))?;
    let priority = word(|word| is_number(word, u32::MAX.into()))?;
    let address = word(is_address)?;
    let port = word(|word| is_number(word, u16::MAX.into()))?;
    word(|word| word == "typ")?;
    let typ = word(|word| ["host", "srflx", "prflx", "relay"].contains(&word))?;
    let zeros = match (typ, address.bytes().any(|byte| byte == b':')) {
        ("host", _) => "",
        // Firefox refuses the other types without a related address.
        (_, true) => " raddr :: rport 0",
        (_, false) => " raddr 0.0.0.0 rport 0",
    };
    Some(Candidate(
        [
            "candidate:",
            foundation,
            " 1 udp ",
            priority,
            " ",
            address,
            " ",
            port,
            " typ ",
            typ,
            zeros,
        ]
        .concat(),
    ))
}

/// RFC 8839 `ice-char`: letters, digits, `+` and `/`. Firefox also uses `-` and `_` nowhere, Chromium neither.
pub(super) fn is_ice_text(word: &str, shortest: usize, longest: usize) -> bool {
    (shortest..=longest).contains(&word.len())
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

/// A decimal number up to `largest`, without a sign.
pub(super) fn is_number(word: &str, largest: u64) -> bool {
    decimal(word).is_some_and(|value| value <= largest)
}

/// An IPv4 or IPv6 literal or a host name (mDNS): nothing that could end the line.
fn is_address(word: &str) -> bool {
    (1..=ADDRESS_BYTES_MAX).contains(&word.len())
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-'))
}
