//! What a link is told of what we hold: all of it once where that is little, else the buckets that the other end asks for;
//! then what changes in what was told, no faster than the other end takes.

use swarmfetch_content::{Hash, SortedSet};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{Buckets, HashPrefix, Have, HaveNot, Interest, Prefixes, Scale};
use swarmfetch_wire::limits::HAVE_PREFIXES_MAX;

use crate::Millis;
use crate::credit::Credit;
use crate::held::Held;
use crate::limits::{
    ANNOUNCE_BYTES_BURST, ANNOUNCE_BYTES_PER_S, ANNOUNCE_MS, BUCKET_OBJECTS, MAPS_BYTES_BURST,
    MAPS_BYTES_PER_S, RESTART_BYTES,
};

/// Changes kept for one link, over which it is told everything anew.
const CHANGES_MAX: usize = 4096;

/// One link's view of the held objects.
#[derive(Debug)]
pub(crate) struct Announcer {
    /// How they are told; nothing: the next frame begins anew.
    scale: Option<Scale>,
    /// Buckets whose maps were told.
    told: SortedSet<u32>,
    /// Those that are to be.
    asked: SortedSet<u32>,
    /// What came or went of what was told.
    changes: SortedSet<u32>,
    credit: Credit,
    maps_credit: Credit,
    last: Option<Millis>,
}

impl Announcer {
    pub(crate) fn new(now: Millis) -> Self {
        Announcer {
            scale: None,
            told: SortedSet::new(),
            asked: SortedSet::new(),
            changes: SortedSet::new(),
            credit: Credit::new(now, ANNOUNCE_BYTES_BURST, ANNOUNCE_BYTES_PER_S),
            maps_credit: Credit::new(now, MAPS_BYTES_BURST, MAPS_BYTES_PER_S),
            last: None,
        }
    }

    /// Tell everything anew.
    pub(crate) fn restart(&mut self) {
        self.scale = None;
        self.told.clear();
        self.asked.clear();
        self.changes.clear();
    }

    /// An object came or went, and now so many are held.
    pub(crate) fn changed(&mut self, hash: &Hash, held: usize) {
        let Some(scale) = self.scale else {
            return;
        };
        let member = scale.cut(HashPrefix::of(hash));
        if self.told.contains(&scale.bucket(member)) {
            self.changes.insert(member);
        }
        if self.changes.len() > CHANGES_MAX || !suits(scale, held) {
            self.restart();
        }
    }

    /// The other end wants objects of these buckets.
    pub(crate) fn interest(&mut self, interest: Interest) {
        let Some(scale) = self.scale.filter(|scale| scale.depth == interest.depth) else {
            return;
        };
        for bucket in interest.buckets {
            if scale.has(bucket) && !self.told.contains(&bucket) {
                self.asked.insert(bucket);
            }
        }
    }

    /// When the next frame may go; `None` when there is none.
    pub(crate) fn due(&self) -> Option<Millis> {
        let unasked = self.scale.is_none() || !self.changes.is_empty();
        let next = spaced(self.last, ANNOUNCE_MS);
        let unasked = unasked.then(|| next.max(self.credit.ready_at()));
        let map = (!self.asked.is_empty()).then(|| self.maps_credit.ready_at());
        match (unasked, map) {
            (Some(unasked), Some(map)) => Some(unasked.min(map)),
            (unasked, map) => unasked.or(map),
        }
    }

    /// The next frame, to be asked for when it is due.
    pub(crate) fn next_frame(&mut self, now: Millis, held: &Held) -> Vec<u8> {
        if let Some(scale) = self.scale
            && self.maps_credit.ready_at() <= now
            && let Some(bucket) = self.asked.pop_first()
        {
            let frame = self.tell(held, scale, bucket, false).encode();
            self.maps_credit.overdraw(now, frame.len() as u64);
            return frame;
        }
        let (frame, cost_bytes) = match self.scale {
            None => (self.begin(held), RESTART_BYTES),
            Some(scale) => (self.tell_changes(held, scale), 0),
        };
        let frame = frame.encode();
        self.credit.overdraw(now, cost_bytes + frame.len() as u64);
        self.last = Some(now);
        frame
    }

    fn begin(&mut self, held: &Held) -> Frame<'static> {
        let scale = scale_of(held.len());
        self.scale = Some(scale);
        match scale.depth {
            0 => self.tell(held, scale, 0, true),
            _ => Frame::Buckets(Buckets { scale }),
        }
    }

    fn tell(&mut self, held: &Held, scale: Scale, bucket: u32, reset: bool) -> Frame<'static> {
        self.told.insert(bucket);
        let mut members = Vec::new();
        for object in held.after(&lowest(bucket, scale.depth)) {
            let member = scale.cut(HashPrefix::of(&object.hash));
            if scale.bucket(member) != bucket || members.len() >= HAVE_PREFIXES_MAX {
                break;
            }
            if members.last() != Some(&member) {
                members.push(member);
            }
        }
        let prefixes = Prefixes {
            scale,
            bucket,
            members,
        };
        Frame::Have(Have { reset, prefixes })
    }

    /// The changes of one kind; those of the other go in the next frame.
    fn tell_changes(&mut self, held: &Held, scale: Scale) -> Frame<'static> {
        // Of objects whose prefixes are alike, one that stays counts.
        let is_held = |member: &u32| {
            let mut from = held.after(&lowest(*member, scale.width));
            from.next()
                .is_some_and(|object| scale.cut(HashPrefix::of(&object.hash)) == *member)
        };
        let have = self.changes.iter().next().is_none_or(is_held);
        let mut members = Vec::new();
        self.changes.retain(|member| {
            let is_told = members.len() < HAVE_PREFIXES_MAX && is_held(member) == have;
            if is_told {
                members.push(*member);
            }
            !is_told
        });
        let prefixes = Prefixes {
            scale: Scale { depth: 0, ..scale },
            bucket: 0,
            members,
        };
        match have {
            true => Frame::Have(Have {
                reset: false,
                prefixes,
            }),
            false => Frame::HaveNot(HaveNot { prefixes }),
        }
    }
}

/// When what was last said then may be said again, so many milliseconds apart.
pub(crate) fn spaced(last: Option<Millis>, apart_ms: u64) -> Millis {
    last.map_or(Millis(0), |last| last.after(apart_ms))
}

/// How so many objects are told. Up to [`BUCKET_OBJECTS`] in one go, so precisely that no question is in vain. Of more, as few
/// bits as leave one question in 125 in vain, and there may be a quarter more before it is one in a hundred.
pub(crate) fn scale_of(held: usize) -> Scale {
    if held <= BUCKET_OBJECTS {
        return Scale {
            width: 32,
            depth: 0,
        };
    }
    let bits = |number: usize| number.next_power_of_two().trailing_zeros() as u8;
    Scale {
        width: bits(held * 125),
        depth: bits(held.div_ceil(BUCKET_OBJECTS)),
    }
}

/// Whether so many objects may go on to be told that way: with fewer false yeses than one in a hundred, in 10 bits each.
pub(crate) fn suits(scale: Scale, held: usize) -> bool {
    match scale.depth {
        0 => held <= BUCKET_OBJECTS,
        _ => (held * 100..=held * 256).contains(&(1 << scale.width)),
    }
}

/// What no hash of this prefix, of so many bits, is below. That any is equal will not happen.
fn lowest(prefix: u32, bits: u8) -> Hash {
    let mut bytes = [0; 32];
    let (first, _) = bytes.split_at_mut(4);
    let number = u64::from(prefix) << (32 - bits);
    first.copy_from_slice(&(number as u32).to_be_bytes());
    Hash::from_bytes(bytes)
}
