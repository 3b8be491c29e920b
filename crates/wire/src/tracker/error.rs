//! Why a tracker message was not understood.

use core::fmt;

/// Why a tracker message, description or candidate was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageError {
    /// Longer than the limit for its kind.
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// Not JSON from this byte on.
    Json {
        /// Offset in bytes.
        at: usize,
    },
    /// A key that the message needs is not there.
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A key is there, but its value is not of its form.
    Invalid {
        /// The key.
        key: &'static str,
    },
    /// The text is not a data-channel description, because this line is missing or malformed.
    Sdp {
        /// Attribute or line type.
        line: &'static str,
    },
    /// The text is not a UDP candidate.
    Candidate,
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => write!(f, "message too long ({bytes} bytes)"),
            Self::Json { at } => write!(f, "not JSON at byte {at}"),
            // The wording of the reference server: "invalid info_hash".
            Self::Missing { key } | Self::Invalid { key } => write!(f, "invalid {key}"),
            Self::Sdp { line } => write!(f, "not a data-channel description: {line}"),
            Self::Candidate => f.write_str("not a UDP candidate"),
        }
    }
}

impl core::error::Error for MessageError {}
