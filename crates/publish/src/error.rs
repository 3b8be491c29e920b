//! What can go wrong while publishing or serving: facts with places, each with a remedy.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Why a site could not be published or served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused something.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// Its answer.
        source: std::io::Error,
    },
    /// A file was written to each time it was read.
    #[error("{}: changes while it is read", path.display())]
    Changing {
        /// The file.
        path: PathBuf,
    },
    /// Two files that would be one where case means nothing.
    #[error("{}: {first} and {second} would be one file there", path.display())]
    CaseTwins {
        /// The output.
        path: PathBuf,
        /// One name.
        first: String,
        /// The other.
        second: String,
    },
    /// `swarmfetch.toml` is not what it should be.
    #[error("{}:{line}: {message}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// `_headers` is not what it should be.
    #[error("{}:{line}: {message}", path.display())]
    HeadersFile {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// The key file is no Ed25519 key.
    #[error("{}: not an unencrypted Ed25519 private key in PKCS#8 PEM", path.display())]
    Key {
        /// The file.
        path: PathBuf,
    },
    /// A list of publishing keys, or the root key, does not fit the rest.
    #[error("{}: {why}", path.display())]
    Keys {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A private rule and a share rule name the same file.
    #[error("{path} is named by the share rule \"{share}\" and by the private rule \"{private}\"")]
    Conflict {
        /// The file's URL path.
        path: String,
        /// The share rule.
        share: String,
        /// The private rule.
        private: String,
    },
    /// Something that must not be replaced is there already.
    #[error("{} exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The folder that would hold the key is one that would be served.
    #[error("{} would be served, and the key with it", path.display())]
    KeyInside {
        /// The folder.
        path: PathBuf,
    },
    /// A value that one of the formats cannot carry.
    #[error("{what}: {source}")]
    Manifest {
        /// Where.
        what: String,
        /// The format's answer.
        source: swarmfetch_manifest::Error,
    },
    /// What stands in the output was made for another site or by another key.
    #[error("{} was published {by}", path.display())]
    Foreign {
        /// The output's head.
        path: PathBuf,
        /// By whom else.
        by: &'static str,
    },
    /// There is no version whose head could be signed again.
    #[error("{}: {why}", path.display())]
    Unrenewable {
        /// The head.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The user has no home folder to keep a development key in.
    #[error("there is no home folder to keep a development key in")]
    NoHome,
    /// A debug build made before the scripts were.
    #[error("this build carries no worker script")]
    NoScripts,
    /// One of the two scripts does not have the place for the site's data.
    #[error("the built {script} does not contain {token} exactly once")]
    Script {
        /// Which script.
        script: &'static str,
        /// What is missing.
        token: &'static str,
    },
}

impl Error {
    /// What the owner can do about it, in one clause.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Io { source, .. } => match source.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                    "make room there and try again; what was published before stands"
                }
                ErrorKind::ReadOnlyFilesystem => "name a folder that can be written to with --out",
                _ => "check that it exists and that you may use it",
            },
            Self::Changing { .. } => {
                "publish when nobody writes to it, or name it in `private` in swarmfetch.toml"
            }
            Self::CaseTwins { .. } => "rename one of them, or choose a disk that tells them apart",
            Self::Config { .. } => {
                "correct that line; `swarmfetch init` writes a commented example"
            }
            Self::HeadersFile { .. } => {
                "correct that line; a path stands at the margin, its headers indented below it"
            }
            Self::Key { .. } => {
                "make one with `openssl genpkey -algorithm ed25519` or `swarmfetch init`"
            }
            Self::Keys { .. } => {
                "put back the files that belong together, or name the root key in `swarmfetch rotate-key --root FILE`"
            }
            Self::Conflict { .. } => "narrow one of the two rules in swarmfetch.toml",
            Self::Exists { .. } => {
                "move it away first if you want a new one; a new key or site id starts a new site"
            }
            Self::KeyInside { .. } => {
                "run `swarmfetch init` in a folder outside of the one to publish, such as its parent"
            }
            Self::Manifest { .. } => "see the rule or file named",
            Self::Unrenewable { .. } => "run `swarmfetch publish` without --renew",
            Self::Foreign { .. } => {
                "publish with the key and site id it was made with, or into an empty folder"
            }
            Self::NoHome => "set HOME, or make a configuration with `swarmfetch init`",
            Self::NoScripts | Self::Script { .. } => "run make build",
        }
    }

    /// An [`Error::Io`] for this path.
    pub fn io(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
