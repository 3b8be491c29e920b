//! A command's failure as the user reads it: what is wrong, then what to do about it, on one line.

use std::fmt;

/// Why a command failed, and the remedy.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    remedy: String,
}

impl Failure {
    pub(crate) fn new(what: impl fmt::Display, remedy: impl Into<String>) -> Self {
        Self {
            what: what.to_string(),
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = format!("{}: {}", self.what, self.remedy);
        f.write_str(&line.replace(['\n', '\r'], " "))
    }
}

impl From<swarmfetch_publish::Error> for Failure {
    fn from(error: swarmfetch_publish::Error) -> Self {
        Self::new(&error, error.remedy())
    }
}
