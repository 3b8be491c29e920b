//! Why a world cannot be made.

/// Why a world cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The scenario is not one.
    #[error("{0}")]
    Scenario(String),
    /// The core refused to make or read what the world's origin publishes.
    #[error("the world's origin cannot publish: {0}")]
    Publish(String),
    /// Something was wrong in the world.
    #[error("{0}")]
    Wrong(crate::Violation),
    /// A plot could not be drawn.
    #[error("a plot cannot be drawn: {0}")]
    Plot(String),
}

impl From<swarmfetch_manifest::Error> for Error {
    fn from(error: swarmfetch_manifest::Error) -> Self {
        Error::Publish(error.to_string())
    }
}
