//! How things are written where they cross to JavaScript: an object is `<hash>/<length>`, lists have a line for each.

use swarmfetch_content::{Hash, ObjectId};

/// Reads an object's name.
pub(crate) fn object(name: &str) -> Option<ObjectId> {
    let (hash, len) = name.split_once('/')?;
    Some(ObjectId {
        hash: Hash::from_hex(hash).ok()?,
        len: len.parse().ok()?,
    })
}

/// An object's name.
pub(crate) fn name(object: ObjectId) -> String {
    format!("{}/{}", object.hash, object.len)
}
