//! Buckets and interest: who holds much tells only what is asked for.

use swarmfetch_content::{decode_fields, encode_fields};

use super::Scale;

/// The sender holds more than it tells unasked. Everything said before is void; its objects fall into buckets of this scale,
/// and it tells those in which the other says an interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buckets {
    /// How they are divided.
    pub scale: Scale,
}

decode_fields!(Buckets { scale });
encode_fields!(Buckets { scale });

/// The sender wants objects of these buckets. The other tells their maps, each in one [`Have`](super::Have), and from then on
/// what changes in them, until it voids what it said. What was told already, and buckets that there are not, go without an
/// answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interest {
    /// The [`Scale::depth`] of the buckets. What the other divides otherwise by now goes without an answer: it said so.
    pub depth: u8,
    /// At most [`INTEREST_BUCKETS_MAX`](crate::limits::INTEREST_BUCKETS_MAX).
    pub buckets: Vec<u32>,
}

decode_fields!(Interest { depth, buckets });
encode_fields!(Interest { depth, buckets });
