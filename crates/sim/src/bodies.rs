//! The bodies of all objects: made from a number when they are needed, kept once for all who hold them.
//!
//! A body is the same bytes wherever it lies, so the world keeps one copy and the visitors' stores keep names. What
//! it costs to compress and inflate is paid once, too; whatever is not exactly a known body is really compressed and
//! inflated.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use swarmfetch_content::{
    GroupRange, Hash, ObjectId, Outboard, Proof, VerifiedBytes, verify_whole,
};
use swarmfetch_swarm::Inflated;

/// Names a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BodyId(pub(crate) u32);

/// What is known of a body without its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Body {
    seed: u64,
    pub(crate) object: ObjectId,
    /// Text, which compresses.
    pub(crate) text: bool,
}

/// A body's bytes and what is made of them.
#[derive(Debug)]
struct Made {
    bytes: VerifiedBytes,
    outboard: Outboard,
    /// DEFLATE of the whole.
    compressed: Option<Arc<Vec<u8>>>,
}

/// All bodies of a world.
#[derive(Debug, Default)]
pub(crate) struct Bodies {
    bodies: Vec<Body>,
    by_hash: BTreeMap<Hash, BodyId>,
    made: BTreeMap<BodyId, Made>,
    /// In the order in which they were made, and how many bytes they are.
    order: VecDeque<BodyId>,
    made_bytes: u64,
    /// The last that were found to be true: what is delivered is then stored.
    seen: Option<VerifiedBytes>,
    /// Whose compressed form has this hash.
    inflated: BTreeMap<Hash, BodyId>,
}

/// Bytes of bodies in memory at once; older ones are made again when they are needed.
const MADE_BYTES_MAX: u64 = 3 << 30;

/// zlib's level for text: what browsers' compression streams use.
const LEVEL: u8 = 6;

impl Bodies {
    /// A new body of so many bytes.
    pub(crate) fn add(&mut self, seed: u64, bytes: usize, text: bool) -> BodyId {
        let id = BodyId(u32::try_from(self.bodies.len()).expect("scenarios are limited"));
        let object = ObjectId::of(&write(seed, bytes, text));
        self.by_hash.insert(object.hash, id);
        self.bodies.push(Body { seed, object, text });
        id
    }

    pub(crate) fn body(&self, id: BodyId) -> Body {
        self.bodies[id.0 as usize]
    }

    /// The objects of all bodies.
    pub(crate) fn all(&self) -> impl Iterator<Item = ObjectId> {
        self.bodies.iter().map(|body| body.object)
    }

    /// The body that is this object.
    pub(crate) fn find(&self, object: ObjectId) -> Option<BodyId> {
        let id = self.by_hash.get(&object.hash)?;
        (self.body(*id).object == object).then_some(*id)
    }

    /// The whole body, as an origin gives it or a store that holds it.
    pub(crate) fn whole(&mut self, id: BodyId) -> VerifiedBytes {
        self.made(id).bytes.clone()
    }

    /// A part of the body with its proof, as a store gives it.
    pub(crate) fn part(
        &mut self,
        id: BodyId,
        groups: GroupRange,
    ) -> Option<(VerifiedBytes, Proof)> {
        let made = self.made(id);
        let bytes = made.bytes.object().bytes_of(groups);
        let proof = made.outboard.proof(groups).ok()?;
        Some((made.bytes.slice(bytes).ok()?, proof))
    }

    /// Whether these are the bytes of their object. Looks at all of them, but at those it has just looked at.
    pub(crate) fn are_true(&mut self, bytes: &VerifiedBytes) -> bool {
        let Some(id) = self.find(bytes.object()).filter(|_| bytes.is_whole()) else {
            return false;
        };
        let known = [
            self.seen.as_ref(),
            self.made.get(&id).map(|made| &made.bytes),
        ];
        if known.into_iter().flatten().any(|known| bytes.shares(known)) {
            return true;
        }
        let are_true = bytes.as_slice() == self.made(id).bytes.as_slice();
        self.seen = are_true.then(|| bytes.clone());
        are_true
    }

    /// How many bytes the body has when the origin sends it.
    pub(crate) fn bytes_from_origin(&mut self, id: BodyId) -> u64 {
        let body = self.body(id);
        if body.text {
            self.compressed(id).len() as u64
        } else {
            body.object.len
        }
    }

    /// Compresses what a peer is to be sent.
    pub(crate) fn compress(&mut self, bytes: &VerifiedBytes) -> Vec<u8> {
        match self.find(bytes.object()) {
            Some(id) if bytes.is_whole() => self.compressed(id).as_ref().clone(),
            _ => miniz_oxide::deflate::compress_to_vec(bytes.as_slice(), LEVEL),
        }
    }

    /// Inflates what a peer sent.
    pub(crate) fn inflate(&mut self, bytes: &[u8], decoded_bytes: usize) -> Inflated {
        if let Some(id) = self.inflated.get(&Hash::of(bytes)).copied()
            && self.body(id).object.len == decoded_bytes as u64
        {
            return Inflated::Bytes(self.made(id).bytes.as_slice().to_vec());
        }
        match miniz_oxide::inflate::decompress_to_vec_with_limit(bytes, decoded_bytes) {
            Ok(bytes) if bytes.len() == decoded_bytes => Inflated::Bytes(bytes),
            _ => Inflated::Corrupt,
        }
    }

    fn compressed(&mut self, id: BodyId) -> Arc<Vec<u8>> {
        let made = self.made(id);
        if let Some(compressed) = &made.compressed {
            return Arc::clone(compressed);
        }
        let compressed = miniz_oxide::deflate::compress_to_vec(made.bytes.as_slice(), LEVEL);
        let hash = Hash::of(&compressed);
        let compressed = Arc::new(compressed);
        made.compressed = Some(Arc::clone(&compressed));
        self.inflated.insert(hash, id);
        compressed
    }

    fn made(&mut self, id: BodyId) -> &mut Made {
        let body = self.body(id);
        if !self.made.contains_key(&id) {
            self.order.push_back(id);
            self.made_bytes += body.object.len;
            while self.made_bytes > MADE_BYTES_MAX
                && let Some(oldest) = self.order.pop_front()
            {
                self.made.remove(&oldest);
                self.made_bytes -= self.body(oldest).object.len;
            }
        }
        self.made.entry(id).or_insert_with(|| {
            let bytes = write(body.seed, body.object.len as usize, body.text);
            let (_, outboard) = Outboard::of(&bytes);
            let bytes = verify_whole(body.object, bytes).expect("made from the same seed");
            Made {
                bytes,
                outboard,
                compressed: None,
            }
        })
    }
}

/// The bytes of a body: words of a small vocabulary for text, noise for everything else.
fn write(seed: u64, bytes: usize, text: bool) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut written = vec![0; bytes];
    if !text {
        rng.fill(&mut written);
        return written;
    }
    for word in written.chunks_mut(8) {
        // Common words are common: the smaller of two draws, and its letters follow from it.
        let number = rng.u16(..).min(rng.u16(..)) >> 6;
        let letters = u64::from(number)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .to_le_bytes();
        for (to, letter) in word.iter_mut().zip(letters) {
            *to = b'a' + letter % 26;
        }
        if let Some(last) = word.last_mut() {
            *last = b' ';
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_the_same_each_time_and_text_compresses() {
        let mut bodies = Bodies::default();
        let (text, noise) = (bodies.add(1, 100_000, true), bodies.add(2, 100_000, false));
        assert!(bodies.bytes_from_origin(text) < 40_000);
        assert_eq!(bodies.bytes_from_origin(noise), 100_000);
        let whole = bodies.whole(text);
        assert!(bodies.are_true(&whole));
        let sent = bodies.compress(&whole);
        assert_eq!(
            bodies.inflate(&sent, 100_000),
            Inflated::Bytes(whole.into_vec())
        );
        assert_eq!(bodies.inflate(&sent, 99_999), Inflated::Corrupt);
    }
}
