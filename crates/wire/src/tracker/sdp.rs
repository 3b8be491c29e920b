//! The few things that a data-channel description says, read from SDP and written as fresh SDP.
//!
//! Thirty lines of SDP carry a user fragment, a password, a fingerprint, a role and candidates. A stranger's text is
//! reduced to these, each checked by its grammar (RFC 8829, 8839, 8841), and what a browser gets is written here from
//! the parts. So a stranger can choose where a connection leads, which is the point of an introduction, and nothing
//! else. Our own descriptions go the same way before they are sent, which makes them small and tells less.

use swarmfetch_content::text;

use super::candidate::{is_ice_text, is_number};
use super::{CANDIDATES_MAX, Candidate, MessageError, SESSION_BYTES_MAX};

/// Longest media id, in bytes: browsers write "0", older ones "data".
const MID_BYTES_MAX: usize = 16;

/// What stands before the attributes, but for the media id.
const HEAD: [&str; 3] = [
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE ",
    "\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:",
    "\r\na=ice-options:trickle\r\n",
];

/// Whether a value is one.
type Grammar = fn(&str) -> bool;

/// The attributes that are kept, each with its grammar. Those that may be missing then have the meaning that RFC 8841
/// gives to their absence.
const ATTRIBUTES: [(&str, Grammar, bool); 7] = [
    ("mid", is_token, true),
    ("ice-ufrag", |value| is_ice_text(value, 4, 256), true),
    ("ice-pwd", |value| is_ice_text(value, 22, 256), true),
    ("fingerprint", is_fingerprint, true),
    ("setup", |value| setup(value).is_some(), true),
    (
        "sctp-port",
        |value| is_number(value, u16::MAX.into()),
        false,
    ),
    (
        "max-message-size",
        |value| is_number(value, u64::MAX),
        false,
    ),
];

/// Who starts the DTLS handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// The other end decides (offers).
    ActPass,
    /// The maker of this description.
    Active,
    /// The other end.
    Passive,
}

/// A data-channel description, reduced and freshly written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    sdp: String,
    setup: Setup,
    candidates: usize,
}

impl Description {
    /// Reads the SDP of a connection that carries data channels and nothing else. Candidates that are not UDP, and
    /// those past [`CANDIDATES_MAX`], are dropped.
    ///
    /// # Errors
    /// [`MessageError::TooLong`], or [`MessageError::Sdp`] with the line that is missing, doubled or malformed.
    pub fn parse(text: &str) -> Result<Self, MessageError> {
        if text.len() > SESSION_BYTES_MAX {
            return Err(MessageError::TooLong { bytes: text.len() });
        }
        // Browsers put some attributes on the session and some on the media section; with one section both mean the
        // same.
        let mut media = lines(text, "m=");
        let application = |line: &str| {
            line.starts_with("application ") && line.ends_with(" UDP/DTLS/SCTP webrtc-datachannel")
        };
        if !media.next().is_some_and(application) || media.next().is_some() {
            return Err(MessageError::Sdp { line: "m" });
        }
        let mut parsed = Self {
            sdp: String::new(),
            setup: Setup::ActPass,
            candidates: 0,
        };
        for (name, is_valid, required) in ATTRIBUTES {
            let Some(value) = attribute(text, name, is_valid)? else {
                if required {
                    return Err(MessageError::Sdp { line: name });
                }
                continue;
            };
            match name {
                "mid" => {
                    for part in [HEAD[0], value, HEAD[1], value, HEAD[2]] {
                        parsed.sdp.push_str(part);
                    }
                    continue;
                }
                "setup" => parsed.setup = setup(value).unwrap_or(Setup::ActPass),
                _ => {}
            }
            for part in ["a=", name, ":", value, "\r\n"] {
                parsed.sdp.push_str(part);
            }
        }
        for line in lines(text, "a=candidate:") {
            // One that is not understood (TCP, a new type) is no reason to refuse the others.
            if let Ok(candidate) = Candidate::parse_attributes(line) {
                parsed.add(&candidate);
            }
        }
        if lines(text, "a=end-of-candidates").next().is_some() {
            parsed.end();
        }
        Ok(parsed)
    }

    /// Adds a candidate; false when there are enough already.
    pub fn add(&mut self, candidate: &Candidate) -> bool {
        let room = self.candidates < CANDIDATES_MAX;
        if room {
            self.candidates += 1;
            self.push(candidate.as_str());
        }
        room
    }

    /// Notes that there will be no more candidates.
    pub fn end(&mut self) {
        self.push("end-of-candidates");
    }

    /// Who starts the DTLS handshake: tells an offer from an answer.
    #[must_use]
    pub fn setup(&self) -> Setup {
        self.setup
    }

    /// Number of candidates.
    #[must_use]
    pub fn candidates(&self) -> usize {
        self.candidates
    }

    /// The SDP for `setRemoteDescription`, or for the wire.
    #[must_use]
    pub fn into_sdp(self) -> String {
        self.sdp
    }

    fn push(&mut self, attribute: &str) {
        for part in ["a=", attribute, "\r\n"] {
            self.sdp.push_str(part);
        }
    }
}

/// What follows `start` on the lines that begin with it.
fn lines<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    text::lines(text).filter_map(move |line| line.strip_prefix(start))
}

/// An attribute's value. Two that differ would leave open which of them a browser takes.
fn attribute<'a>(
    text: &'a str,
    name: &'static str,
    is_valid: Grammar,
) -> Result<Option<&'a str>, MessageError> {
    let mut found = None;
    for line in lines(text, "a=") {
        if let Some(value) = line
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix(':'))
        {
            if !is_valid(value) || found.is_some_and(|found| found != value) {
                return Err(MessageError::Sdp { line: name });
            }
            found = Some(value);
        }
    }
    Ok(found)
}

fn setup(value: &str) -> Option<Setup> {
    match value {
        "actpass" => Some(Setup::ActPass),
        "active" => Some(Setup::Active),
        "passive" => Some(Setup::Passive),
        _ => None,
    }
}

/// RFC 8122: a hash name and its bytes as pairs of hex digits. SHA-256 is what all browsers write.
fn is_fingerprint(value: &str) -> bool {
    let Some(hex) = value.strip_prefix("sha-256 ") else {
        return false;
    };
    let fits = |(at, byte): (usize, u8)| {
        if at % 3 == 2 {
            byte == b':'
        } else {
            byte.is_ascii_hexdigit()
        }
    };
    hex.len() == 32 * 3 - 1 && hex.bytes().enumerate().all(fits)
}

fn is_token(value: &str) -> bool {
    (1..=MID_BYTES_MAX).contains(&value.len())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
