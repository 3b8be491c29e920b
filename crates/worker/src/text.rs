//! How things are written where they cross to JavaScript: an object is `<hash>/<length>`, lists have a line for each.

use swarmfetch_content::text::{cut, decimal, lines, push_decimal};
use swarmfetch_content::{Hash, ObjectId};

/// Reads an object's name.
pub(crate) fn object(name: &str) -> Option<ObjectId> {
    let (hash, len) = cut(name, b'/')?;
    Some(ObjectId {
        hash: Hash::from_hex(hash).ok()?,
        len: decimal(len)?,
    })
}

/// Reads the names of objects, one a line; what is none is passed over.
pub(crate) fn objects(names: &str) -> Vec<ObjectId> {
    let mut objects = Vec::new();
    for name in lines(names) {
        objects.extend(object(name));
    }
    objects
}

/// An object's name.
pub(crate) fn name(object: ObjectId) -> String {
    let mut name = object.hash.to_hex();
    name.push('/');
    push_decimal(&mut name, object.len, 1);
    name
}
