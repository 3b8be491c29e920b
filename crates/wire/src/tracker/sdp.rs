//! The few things that a data-channel description says, read from SDP and written as fresh SDP.
//!
//! Thirty lines of SDP carry a user fragment, a password, a fingerprint, a role and candidates. A stranger's text is
//! reduced to these, each checked by its grammar (RFC 8829, 8839, 8841), and what a browser gets is written here from
//! the parts. So a stranger can choose where a connection leads, which is the point of an introduction, and nothing
//! else. Our own descriptions go the same way before they are sent, which makes them small and tells less.

use super::candidate::is_ice_text;
use super::json::push_decimal;
use super::{CANDIDATES_MAX, Candidate, MessageError, SESSION_BYTES_MAX};

/// Longest media id, in bytes: browsers write "0", older ones "data".
const MID_BYTES_MAX: usize = 16;

/// SCTP message size written and assumed where a description names none (RFC 8841 section 6.1).
const MESSAGE_BYTES_DEFAULT: u64 = 64 * 1024;

/// The port in SCTP's header, for descriptions that do not say it.
const SCTP_PORT_DEFAULT: u64 = 5000;

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

/// A data-channel description without its candidates' surplus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    ufrag: String,
    pwd: String,
    /// `sha-256 AB:CD:…`
    fingerprint: String,
    setup: Setup,
    mid: String,
    sctp_port: u64,
    message_bytes_max: u64,
    candidates: Vec<Candidate>,
    ended: bool,
}

impl Description {
    /// Reads the SDP of a connection that carries data channels and nothing else. Candidates that are not UDP, and
    /// those past [`CANDIDATES_MAX`], are dropped.
    ///
    /// # Errors
    /// [`MessageError::TooLong`], or [`MessageError::Sdp`] with the line that is missing, doubled or malformed.
    pub fn parse(sdp: &str) -> Result<Self, MessageError> {
        if sdp.len() > SESSION_BYTES_MAX {
            return Err(MessageError::TooLong { bytes: sdp.len() });
        }
        let mut lines = Lines::default();
        for line in sdp.lines() {
            lines.take(line)?;
        }
        lines.finish()
    }

    /// Adds a candidate; false when there are enough already.
    pub fn add(&mut self, candidate: Candidate) -> bool {
        let room = self.candidates.len() < CANDIDATES_MAX && !self.candidates.contains(&candidate);
        if room {
            self.candidates.push(candidate);
        }
        room
    }

    /// Notes that there will be no more candidates.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Who starts the DTLS handshake: tells an offer from an answer.
    #[must_use]
    pub fn setup(&self) -> Setup {
        self.setup
    }

    /// Number of candidates.
    #[must_use]
    pub fn candidates(&self) -> usize {
        self.candidates.len()
    }

    /// The SDP for `setRemoteDescription`, or for the wire.
    #[must_use]
    pub fn to_sdp(&self) -> String {
        let mut sdp =
            String::from("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE ");
        sdp.push_str(&self.mid);
        sdp.push_str(
            "\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n",
        );
        let setup = match self.setup {
            Setup::ActPass => "actpass",
            Setup::Active => "active",
            Setup::Passive => "passive",
        };
        for (name, value) in [
            ("mid:", self.mid.as_str()),
            ("ice-ufrag:", &self.ufrag),
            ("ice-pwd:", &self.pwd),
            ("ice-options:", "trickle"),
            ("fingerprint:", &self.fingerprint),
            ("setup:", setup),
        ] {
            push_attribute(&mut sdp, name, value);
        }
        for (name, value) in [
            ("sctp-port:", self.sctp_port),
            ("max-message-size:", self.message_bytes_max),
        ] {
            let mut digits = String::new();
            push_decimal(&mut digits, value);
            push_attribute(&mut sdp, name, &digits);
        }
        for candidate in &self.candidates {
            push_attribute(&mut sdp, "", candidate.as_str());
        }
        if self.ended {
            push_attribute(&mut sdp, "", "end-of-candidates");
        }
        sdp
    }
}

fn push_attribute(sdp: &mut String, name: &str, value: &str) {
    for part in ["a=", name, value, "\r\n"] {
        sdp.push_str(part);
    }
}

/// The attributes seen so far. Browsers put some of them on the session or on the media section; with one section
/// both mean the same.
#[derive(Default)]
struct Lines {
    media: bool,
    ufrag: Option<String>,
    pwd: Option<String>,
    fingerprint: Option<String>,
    setup: Option<Setup>,
    mid: Option<String>,
    sctp_port: Option<u64>,
    message_bytes_max: Option<u64>,
    candidates: Vec<Candidate>,
    ended: bool,
}

impl Lines {
    fn take(&mut self, line: &str) -> Result<(), MessageError> {
        if let Some(media) = line.strip_prefix("m=") {
            let ours = media.starts_with("application ") && media.contains("/SCTP ") && !self.media;
            self.media = true;
            return if ours {
                Ok(())
            } else {
                Err(MessageError::Sdp { line: "m" })
            };
        }
        let Some(attribute) = line.strip_prefix("a=") else {
            return Ok(());
        };
        let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
        match name {
            "ice-ufrag" => set_text(
                &mut self.ufrag,
                value,
                is_ice_text(value, 4, 256),
                "ice-ufrag",
            ),
            "ice-pwd" => set_text(&mut self.pwd, value, is_ice_text(value, 22, 256), "ice-pwd"),
            "fingerprint" => set_text(
                &mut self.fingerprint,
                value,
                is_fingerprint(value),
                "fingerprint",
            ),
            "mid" => set_text(&mut self.mid, value, is_token(value), "mid"),
            "setup" => {
                self.setup = Some(match value {
                    "actpass" => Setup::ActPass,
                    "active" => Setup::Active,
                    "passive" => Setup::Passive,
                    _ => return Err(MessageError::Sdp { line: "setup" }),
                });
                Ok(())
            }
            "sctp-port" => set_number(&mut self.sctp_port, value, u16::MAX.into(), "sctp-port"),
            "max-message-size" => set_number(
                &mut self.message_bytes_max,
                value,
                u64::MAX,
                "max-message-size",
            ),
            "candidate" => {
                // One that is not understood (TCP, a new type) is no reason to refuse the others.
                if let Ok(candidate) = Candidate::parse(line)
                    && self.candidates.len() < CANDIDATES_MAX
                {
                    self.candidates.push(candidate);
                }
                Ok(())
            }
            "end-of-candidates" => {
                self.ended = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn finish(self) -> Result<Description, MessageError> {
        let missing = |line| MessageError::Sdp { line };
        if !self.media {
            return Err(missing("m"));
        }
        Ok(Description {
            ufrag: self.ufrag.ok_or(missing("ice-ufrag"))?,
            pwd: self.pwd.ok_or(missing("ice-pwd"))?,
            fingerprint: self.fingerprint.ok_or(missing("fingerprint"))?,
            setup: self.setup.ok_or(missing("setup"))?,
            mid: self.mid.ok_or(missing("mid"))?,
            sctp_port: self.sctp_port.unwrap_or(SCTP_PORT_DEFAULT),
            message_bytes_max: self.message_bytes_max.unwrap_or(MESSAGE_BYTES_DEFAULT),
            candidates: self.candidates,
            ended: self.ended,
        })
    }
}

/// Keeps a value; a second, different one would leave open which of them a browser takes.
fn set_text(
    slot: &mut Option<String>,
    value: &str,
    valid: bool,
    line: &'static str,
) -> Result<(), MessageError> {
    if !valid || slot.as_deref().is_some_and(|kept| kept != value) {
        return Err(MessageError::Sdp { line });
    }
    *slot = Some(value.to_owned());
    Ok(())
}

fn set_number(
    slot: &mut Option<u64>,
    value: &str,
    largest: u64,
    line: &'static str,
) -> Result<(), MessageError> {
    let number = value
        .parse()
        .ok()
        .filter(|number| *number <= largest && !value.starts_with('+'));
    *slot = Some(number.ok_or(MessageError::Sdp { line })?);
    Ok(())
}

/// RFC 8122: a hash name and its bytes as pairs of hex digits. SHA-256 is what all browsers write.
fn is_fingerprint(value: &str) -> bool {
    let Some(hex) = value.strip_prefix("sha-256 ") else {
        return false;
    };
    hex.len() == 32 * 3 - 1
        && hex.bytes().enumerate().all(|(at, byte)| {
            if at % 3 == 2 {
                byte == b':'
            } else {
                byte.is_ascii_hexdigit()
            }
        })
}

fn is_token(value: &str) -> bool {
    (1..=MID_BYTES_MAX).contains(&value.len())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
