//! The request: some groups of one object, please.
//!
//! Every request ends in exactly one way: all bytes that its slice announced have come, or a refusal has. A receiver
//! that cancels waits for that end too, and so both sides count the same requests as open.

use swarmfetch_content::{GroupRange, Hash, ObjectId, decode_fields, encode_fields};

/// The asker's number for a request, never given twice on a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u32);

decode_fields!(RequestId { 0 });
encode_fields!(RequestId { 0 });

/// An object as a stranger names it. Nothing is read, stored or asked for under such a name until the receiver's own
/// books (the signed tree, the held set) know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaimedId {
    hash: [u8; 32],
    len: u64,
}

decode_fields!(ClaimedId { hash, len });
encode_fields!(ClaimedId { hash, len });

impl ClaimedId {
    /// The claimed hash, to look the object up by.
    pub fn hash(&self) -> Hash {
        Hash::from_bytes(self.hash)
    }

    /// Whether the claim is about this object, which the caller knows.
    pub fn is(&self, known: ObjectId) -> bool {
        *self == ClaimedId::from(known)
    }
}

impl From<ObjectId> for ClaimedId {
    fn from(object: ObjectId) -> Self {
        ClaimedId {
            hash: *object.hash.as_bytes(),
            len: object.len,
        }
    }
}

/// A run of groups as a stranger names it: maybe empty, maybe outside of the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaimedGroups {
    start: u64,
    end: u64,
}

decode_fields!(ClaimedGroups { start, end });
encode_fields!(ClaimedGroups { start, end });

impl ClaimedGroups {
    /// The run, if `object` has all of its groups.
    pub fn within(&self, object: ObjectId) -> Option<GroupRange> {
        let groups = GroupRange::new(self.start, self.end).ok()?;
        (groups.end() <= object.groups()).then_some(groups)
    }
}

impl From<GroupRange> for ClaimedGroups {
    fn from(groups: GroupRange) -> Self {
        ClaimedGroups {
            start: groups.start(),
            end: groups.end(),
        }
    }
}

/// A wish for some groups of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// The asker's number for it.
    pub id: RequestId,
    /// The object.
    pub object: ClaimedId,
    /// At most [`REQUEST_GROUPS_MAX`](crate::limits::REQUEST_GROUPS_MAX) of its groups.
    pub groups: ClaimedGroups,
    /// Whether the answer may be compressed; said of text only.
    pub accept_deflate: bool,
}

decode_fields!(Request {
    id,
    object,
    groups,
    accept_deflate
});
encode_fields!(Request {
    id,
    object,
    groups,
    accept_deflate
});
