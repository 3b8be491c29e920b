//! The objects this visitor holds, in Cache Storage: one cache, `swarmfetch-<site id>`.
//!
//! | key under `.well-known/swarmfetch/` | holds |
//! |---|---|
//! | `c/<hash>/<len>` | content of up to 256 KiB |
//! | `c/<hash>/<len>/<n>` | the n-th MiB of longer content |
//! | `c/<hash>/<len>/outboard` | its outboard, written last: with it the content is complete |
//! | `n/<hash>` | a tree node or pack |
//! | `state` | see `saved` |
//!
//! The page shares this storage, so nothing in it is believed: content is verified in every read,
//! from the buffer that is then handed out.

use std::cell::RefCell;
use std::ops::Range;

use swarmfetch_content::{
    GroupRange, Hash, ObjectId, Outboard, SliceVerifier, SortedSet, VerifiedBytes, verify_whole,
};

use crate::platform;

/// Longer content is kept in segments, in bytes (DESIGN, "Store").
const WHOLE_MAX: u64 = 256 * 1024;

/// Length of a segment, in bytes: a whole number of groups.
const SEGMENT_BYTES: u64 = 1024 * 1024;

/// Handle to this site's cache.
pub(crate) struct Store {
    name: String,
    /// Address that the keys stand under; ends with `/`.
    base: String,
    /// What the cache held when it was last listed, and what was written since; oldest first.
    index: RefCell<Option<Index>>,
}

#[derive(Default)]
struct Index {
    order: Vec<ObjectId>,
    held: SortedSet<ObjectId>,
    bytes: u64,
}

impl Index {
    fn add(&mut self, object: ObjectId) -> bool {
        let new = self.held.insert(object);
        if new {
            self.order.push(object);
            self.bytes += object.len;
        }
        new
    }

    fn remove(&mut self, object: ObjectId) {
        if self.held.remove(&object) {
            self.order.retain(|it| *it != object);
            self.bytes -= object.len;
        }
    }
}

impl Store {
    pub(crate) fn new(site: &str, base: &str) -> Self {
        Self {
            name: format!("swarmfetch-{site}"),
            base: base.to_owned(),
            index: RefCell::new(None),
        }
    }

    /// A small file of ours: tree nodes and saved state.
    pub(crate) async fn file(&self, key: &str) -> Option<Vec<u8>> {
        platform::cache_read(&self.name, &format!("{}{key}", self.base)).await
    }

    pub(crate) async fn write_file(&self, key: &str, bytes: &[u8]) -> bool {
        platform::cache_write(&self.name, &format!("{}{key}", self.base), bytes)
            .await
            .is_some()
    }

    /// The whole content, verified in this read.
    pub(crate) async fn whole(&self, object: ObjectId) -> Option<VerifiedBytes> {
        if object.len <= WHOLE_MAX {
            let bytes = platform::cache_read(&self.name, &self.key(object)).await?;
            return self.or_heal(object, verify_whole(object, bytes).ok()).await;
        }
        Some(self.range(object, 0..object.len).await?.0)
    }

    /// At least these bytes of the content, whole groups, verified in this read; and the outboard.
    pub(crate) async fn range(
        &self,
        object: ObjectId,
        range: Range<u64>,
    ) -> Option<(VerifiedBytes, Outboard)> {
        if object.len <= WHOLE_MAX {
            let bytes = platform::cache_read(&self.name, &self.key(object)).await?;
            let (found, outboard) = Outboard::of(&bytes);
            let whole = (found == object).then(|| verify_whole(object, bytes).ok());
            let whole = self.or_heal(object, whole.flatten()).await?;
            return Some((whole, outboard));
        }
        let key = self.key(object);
        let outboard = platform::cache_read(&self.name, &format!("{key}/outboard")).await?;
        let found = self.segments(object, &key, &outboard, range).await;
        self.or_heal(object, found).await
    }

    async fn segments(
        &self,
        object: ObjectId,
        key: &str,
        outboard: &[u8],
        range: Range<u64>,
    ) -> Option<(VerifiedBytes, Outboard)> {
        let outboard = Outboard::parse(object, outboard).ok()?;
        let groups = object.covering(range).ok()?;
        let bytes = object.bytes_of(groups);
        let mut read = Vec::with_capacity((bytes.end - bytes.start) as usize);
        let mut at = bytes.start;
        while at < bytes.end {
            let segment = at / SEGMENT_BYTES;
            let start = at - segment * SEGMENT_BYTES;
            let end = (bytes.end - segment * SEGMENT_BYTES).min(SEGMENT_BYTES);
            let part =
                platform::cache_read_part(&self.name, &format!("{key}/{segment}"), start, end)
                    .await?;
            if part.len() as u64 != end - start {
                return None;
            }
            read.extend_from_slice(&part);
            at += end - start;
        }
        let proof = outboard.proof(groups).ok()?;
        let verified = SliceVerifier::new(object, groups, &proof)
            .ok()?
            .verify_rest(read)
            .ok()?;
        Some((verified, outboard))
    }

    /// What was asked for, or nothing and the damaged entry removed.
    async fn or_heal<T>(&self, object: ObjectId, found: Option<T>) -> Option<T> {
        if found.is_none() {
            self.remove(object).await;
        }
        found
    }

    /// Groups for a peer.
    pub(crate) async fn groups(
        &self,
        object: ObjectId,
        groups: GroupRange,
    ) -> Option<(VerifiedBytes, Outboard)> {
        self.range(object, object.bytes_of(groups)).await
    }

    /// Writes whole content. True when it is complete in the cache.
    pub(crate) async fn write(&self, whole: &VerifiedBytes) -> bool {
        let object = whole.object();
        let key = self.key(object);
        let written = if object.len <= WHOLE_MAX {
            platform::cache_write(&self.name, &key, whole.as_slice())
                .await
                .is_some()
        } else {
            self.write_segments(&key, whole).await
        };
        if written && let Some(index) = self.index.borrow_mut().as_mut() {
            index.add(object);
        }
        written
    }

    async fn write_segments(&self, key: &str, whole: &VerifiedBytes) -> bool {
        for (n, segment) in whole.as_slice().chunks(SEGMENT_BYTES as usize).enumerate() {
            if platform::cache_write(&self.name, &format!("{key}/{n}"), segment)
                .await
                .is_none()
            {
                return false;
            }
        }
        let (_, outboard) = Outboard::of(whole.as_slice());
        platform::cache_write(&self.name, &format!("{key}/outboard"), outboard.as_bytes())
            .await
            .is_some()
    }

    pub(crate) async fn remove(&self, object: ObjectId) {
        if let Some(index) = self.index.borrow_mut().as_mut() {
            index.remove(object);
        }
        let key = self.key(object);
        if object.len <= WHOLE_MAX {
            platform::cache_drop(&self.name, &key).await;
            return;
        }
        // The outboard first: without it the segments are nothing.
        platform::cache_drop(&self.name, &format!("{key}/outboard")).await;
        for n in 0..object.len.div_ceil(SEGMENT_BYTES) {
            platform::cache_drop(&self.name, &format!("{key}/{n}")).await;
        }
    }

    /// Everything that is held completely. Lists the cache the first time.
    pub(crate) async fn list(&self) -> Vec<ObjectId> {
        if self.index.borrow().is_none() {
            let mut listed = Index::default();
            for key in platform::cache_keys(&self.name).await.unwrap_or_default() {
                if let Some(object) = key.strip_prefix(&self.base).and_then(object_of_key) {
                    listed.add(object);
                }
            }
            self.index.borrow_mut().get_or_insert(listed);
        }
        self.index
            .borrow()
            .as_ref()
            .map(|index| index.order.clone())
            .unwrap_or_default()
    }

    /// Is it held, as far as is known without reading?
    pub(crate) fn holds(&self, object: ObjectId) -> bool {
        self.index
            .borrow()
            .as_ref()
            .is_some_and(|index| index.held.contains(&object))
    }

    /// What must go so that at most `budget` bytes are held: the oldest first.
    pub(crate) fn surplus(&self, budget: u64) -> Vec<ObjectId> {
        let index = self.index.borrow();
        let Some(index) = index.as_ref() else {
            return Vec::new();
        };
        let mut over = index.bytes.saturating_sub(budget);
        let mut surplus = Vec::new();
        for object in &index.order {
            if over == 0 {
                break;
            }
            over = over.saturating_sub(object.len);
            surplus.push(*object);
        }
        surplus
    }

    fn key(&self, object: ObjectId) -> String {
        format!("{}c/{}/{}", self.base, object.hash, object.len)
    }
}

/// The object that a key says is complete: `c/<hash>/<len>` when short, else its outboard.
fn object_of_key(key: &str) -> Option<ObjectId> {
    let mut parts = key.strip_prefix("c/")?.split('/');
    let hash = Hash::from_hex(parts.next()?).ok()?;
    let len = parts.next()?.parse().ok()?;
    let complete = if len <= WHOLE_MAX {
        parts.next().is_none()
    } else {
        parts.next() == Some("outboard")
    };
    complete.then_some(ObjectId { hash, len })
}
