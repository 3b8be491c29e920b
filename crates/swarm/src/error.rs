//! Misuse of the machine by its shell. What peers and origins do wrong is never an error here.

use core::fmt;

use crate::{LinkId, WantId};

/// An input that contradicts earlier ones. The machine is as it was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// A want of this name is open.
    WantTwice {
        /// The name.
        want: WantId,
    },
    /// A link of this name is open.
    LinkTwice {
        /// The name.
        link: LinkId,
    },
    /// The bytes given for a want are of another object, or not the whole.
    OtherBytes {
        /// The want.
        want: WantId,
    },
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Misuse::WantTwice { want } => write!(f, "want {} is open already", want.0),
            Misuse::LinkTwice { link } => write!(f, "link {} is open already", link.0),
            Misuse::OtherBytes { want } => {
                write!(f, "not the whole object that want {} is for", want.0)
            }
        }
    }
}

impl core::error::Error for Misuse {}
