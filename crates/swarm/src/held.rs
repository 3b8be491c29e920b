//! What the store holds of whole objects. They lie in one run of memory, 40 bytes each, because there may be many.

use std::slice;

use swarmfetch_content::{Hash, ObjectId};

/// Objects that are held, in the order of their hashes.
#[derive(Debug, Default)]
pub(crate) struct Held {
    objects: Vec<ObjectId>,
}

impl Held {
    pub(crate) fn len(&self) -> usize {
        self.objects.len()
    }

    /// Where the object stands, or would stand.
    #[inline(never)]
    fn place(&self, hash: &Hash) -> Result<usize, usize> {
        self.objects.binary_search_by(|it| it.hash.cmp(hash))
    }

    /// The length of the object, if it is held.
    pub(crate) fn len_of(&self, hash: &Hash) -> Option<u64> {
        let at = self.place(hash).ok()?;
        self.objects.get(at).map(|object| object.len)
    }

    pub(crate) fn contains(&self, hash: &Hash) -> bool {
        self.place(hash).is_ok()
    }

    /// Adds an object. `false`: one of this hash was held already.
    pub(crate) fn insert(&mut self, object: ObjectId) -> bool {
        let place = self.place(&object.hash);
        match place {
            Ok(at) => self.objects[at] = object,
            Err(at) => self.objects.insert(at, object),
        }
        place.is_err()
    }

    /// Takes out an object. `false`: it was not held.
    pub(crate) fn remove(&mut self, hash: &Hash) -> bool {
        let place = self.place(hash);
        if let Ok(at) = place {
            self.objects.remove(at);
        }
        place.is_ok()
    }

    /// Those behind this hash, in order.
    pub(crate) fn after(&self, hash: &Hash) -> slice::Iter<'_, ObjectId> {
        let start = self.place(hash).map_or_else(|at| at, |at| at + 1);
        self.objects.get(start..).unwrap_or_default().iter()
    }
}
