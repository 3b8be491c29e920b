//! What one end's announcer says, as the other end's have-maps take it in.

use swarmfetch_content::{Hash, ObjectId};
use swarmfetch_wire::Frame;
use swarmfetch_wire::limits::HAVE_DEPTH_MAX;

use super::*;
use crate::announcer::{Announcer, scale_of, suits};
use crate::held::Held;
use crate::limits::{BUCKET_OBJECTS, HELD_MAX};

/// Later than anything is due.
const LATE: Millis = Millis(1 << 40);

fn hash(number: u64) -> Hash {
    Hash::of(&number.to_le_bytes())
}

fn prefix(number: u64) -> HashPrefix {
    HashPrefix::of(&hash(number))
}

/// A holder of the objects of these numbers, and a neighbour.
struct Pair {
    held: Held,
    announcer: Announcer,
    haves: Haves,
    now: Millis,
    /// What was told, in bytes and in frames.
    told: (usize, usize),
}

impl Pair {
    fn holding(numbers: std::ops::Range<u64>) -> Self {
        let mut hashes: Vec<Hash> = numbers.map(hash).collect();
        hashes.sort_unstable();
        let mut held = Held::default();
        for hash in hashes {
            held.insert(ObjectId { hash, len: 0 });
        }
        let mut pair = Pair {
            held,
            announcer: Announcer::new(Millis(0)),
            haves: Haves::new(),
            now: Millis(0),
            told: (0, 0),
        };
        pair.tell();
        pair
    }

    /// All is told that is to be.
    fn tell(&mut self) {
        while let Some(due) = self.announcer.due() {
            self.now = self.now.max(due);
            assert!(self.told.1 < 1000, "it never ends");
            let frame = self.announcer.next_frame(self.now, &self.held);
            self.told = (self.told.0 + frame.len(), self.told.1 + 1);
            match Frame::decode(&frame).unwrap().unwrap() {
                Frame::Have(have) => self.haves.have(self.now, &have),
                Frame::HaveNot(have_not) => self.haves.have_not(&have_not.prefixes),
                Frame::Buckets(buckets) => self.haves.begin(self.now, buckets.scale),
                other => panic!("{other:?}"),
            }
        }
    }

    fn want(&mut self, prefix: HashPrefix) {
        self.haves.want(self.now, prefix);
        if let Some(interest) = self.haves.take_interest() {
            self.announcer.interest(interest);
        }
        self.tell();
    }

    fn want_all(&mut self) {
        (0..=u32::MAX)
            .step_by(1 << (32 - HAVE_DEPTH_MAX))
            .for_each(|first| self.want(HashPrefix(first)));
    }

    fn change(&mut self, numbers: std::ops::Range<u64>, is_held: bool) {
        for number in numbers {
            let hash = hash(number);
            match is_held {
                true => self.held.insert(ObjectId { hash, len: 0 }),
                false => self.held.remove(&hash),
            };
            self.announcer.changed(&hash, self.held.len());
        }
        self.tell();
    }
}

#[test]
fn all_that_is_held_is_known_and_one_in_a_hundred_that_is_not_at_most() {
    for held in [0, 1, 1024, 1025, 2000, 4095, 9999, 33_000, 100_000, 131_072] {
        let mut pair = Pair::holding(0..held);
        pair.want_all();
        assert!((0..held).all(|number| pair.haves.holds(prefix(number))));
        let asked = 100_000;
        let others = 1_000_000..1_000_000 + asked;
        let false_yes = others.filter(|number| pair.haves.holds(prefix(*number)));
        let per_mille = false_yes.count() as u64 * 1000 / asked;
        assert!(per_mille < 10, "{per_mille} in 1000 of {held}");
        let bits = pair.told.0 as f64 * 8.0 / held as f64;
        if held > BUCKET_OBJECTS as u64 {
            assert!(bits <= 10.0, "{bits} bits for each of {held}");
        } else {
            assert_eq!((pair.told.1, per_mille), (1, 0));
            assert!(pair.told.0 < 4096, "{} bytes", pair.told.0);
        }
    }
}

#[test]
fn changes_are_told_of_told_buckets_only() {
    let mut pair = Pair::holding(0..20_000);
    pair.want(prefix(0));
    let bucket = pair.haves.bucket_of(prefix(0));
    pair.change(0..500, false);
    pair.change(50_000..51_000, true);
    let is_told = |number: &u64| pair.haves.bucket_of(prefix(*number)) == bucket;
    assert!((50_000..51_000).filter(is_told).count() > 10);
    let held = (500..20_000).chain(50_000..51_000);
    for number in held.clone().filter(is_told) {
        assert!(pair.haves.holds(prefix(number)), "{number}");
    }
    let gone = (0..500).filter(is_told);
    let false_yes = gone.filter(|number| pair.haves.holds(prefix(*number)));
    assert!(false_yes.count() <= 1);
    // What is still to be asked for is told as it is then.
    let mut before = pair.told.0;
    pair.change(60_000..60_100, true);
    assert!(pair.told.0 - before < 40, "of one bucket in 32");
    before = pair.told.0;
    pair.want_all();
    assert!(pair.told.0 > before);
    assert!(
        held.chain(60_000..60_100)
            .all(|number| pair.haves.holds(prefix(number)))
    );
}

#[test]
fn of_objects_whose_prefixes_are_alike_one_that_stays_is_still_known() {
    let mut pair = Pair::holding(0..20_000);
    pair.want_all();
    let scale = scale_of(20_000);
    let mut members: Vec<(u32, u64)> = (0..20_000)
        .map(|number| (scale.cut(prefix(number)), number))
        .collect();
    members.sort_unstable();
    let alike = |pair: &&[(u32, u64)]| pair[0].0 == pair[1].0;
    let twins: Vec<[u64; 2]> = members
        .windows(2)
        .filter(alike)
        .map(|pair| [pair[0].1, pair[1].1])
        .collect();
    assert!(twins.len() > 20);
    for [goes, stays] in twins {
        pair.change(goes..goes + 1, false);
        assert!(pair.haves.holds(prefix(stays)), "{stays}");
        pair.change(stays..stays + 1, false);
        assert!(!pair.haves.holds(prefix(stays)), "{stays}");
    }
}

#[test]
fn whoever_comes_to_hold_much_more_or_less_tells_it_anew() {
    let mut pair = Pair::holding(0..1000);
    assert!(pair.haves.holds(prefix(3)));
    pair.change(1000..1030, true);
    assert!(!pair.haves.holds(prefix(3)), "in buckets now");
    pair.want(prefix(3));
    assert!(pair.haves.holds(prefix(3)));
    pair.change(1030..1200, true);
    assert!(pair.haves.holds(prefix(3)), "a little more changes nothing");
    pair.change(400..1200, false);
    assert!(
        pair.haves.holds(prefix(3)) && pair.haves.holds(prefix(399)),
        "unasked"
    );
    assert!(!pair.haves.holds(prefix(400)));
}

#[test]
fn a_scale_suits_what_it_is_made_for_and_some_more_and_less() {
    for held in 0..=HELD_MAX {
        let scale = scale_of(held);
        assert!(suits(scale, held), "{held}");
        assert!(scale.depth <= HAVE_DEPTH_MAX && scale.width <= 32);
        // A bucket that has by chance a third more than its share still fits, also after growing.
        assert!(held >> scale.depth <= BUCKET_OBJECTS);
        assert!(
            held <= BUCKET_OBJECTS || suits(scale, held + held / 5),
            "{held}"
        );
    }
    // Where one no longer suits, the next one also suits what there was before, and a fifth to that side: nothing is told anew
    // and anew for coming and going.
    assert!(suits(scale_of(BUCKET_OBJECTS + 1), BUCKET_OBJECTS * 4 / 5));
    for width in 19..=23 {
        let (more, less) = ((1 << width) / 100 + 1, (1 << width) / 256 - 1);
        assert!(suits(scale_of(more), more * 4 / 5), "{more}");
        assert!(suits(scale_of(less), less * 6 / 5), "{less}");
    }
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut haves = Haves::new();
    let scale = Scale {
        width: 32,
        depth: HAVE_DEPTH_MAX,
    };
    haves.begin(LATE, scale);
    let known = |haves: &Haves| haves.told.values().map(SortedSet::len).sum::<usize>();
    let map = |bucket: u32, from: u32| {
        let base = (bucket << (32 - HAVE_DEPTH_MAX)) + from;
        let prefixes = Prefixes {
            scale,
            bucket,
            members: (base..base + HAVE_PREFIXES_MAX as u32).collect(),
        };
        let reset = false;
        Have { reset, prefixes }
    };
    for from in [0, 1, 10_000] {
        haves.have(LATE, &map(7, from));
        assert_eq!(known(&haves), HAVE_PREFIXES_MAX);
    }
    for bucket in 0..1 << HAVE_DEPTH_MAX {
        haves.have(LATE, &map(bucket, 0));
    }
    assert_eq!(known(&haves), LINK_HAVES_MAX);
    // Nor are there more questions at once than one frame takes, and a holder of little is asked none.
    let mut haves = Haves::new();
    haves.want(LATE, HashPrefix(0));
    assert_eq!(haves.take_interest(), None);
    haves.begin(LATE, scale);
    for bucket in 0..1000 {
        haves.want(LATE, HashPrefix(bucket << (32 - HAVE_DEPTH_MAX)));
    }
    let interest = haves.take_interest().unwrap();
    assert_eq!(interest.buckets.len(), INTEREST_BUCKETS_MAX);
    assert_eq!(haves.take_interest(), None);
}

#[test]
fn who_tells_late_is_waited_for_so_long_in_all_until_it_gives_something() {
    let scale = Scale {
        width: 24,
        depth: 7,
    };
    let mut haves = Haves::new();
    let mut waited_ms = Vec::new();
    for bucket in 0..4 {
        // To begin anew does not make it better.
        haves.begin(Millis(0), scale);
        let now = Millis(1000 * u64::from(bucket));
        let wanted = HashPrefix(bucket << 25);
        haves.want(now, wanted);
        waited_ms.push(haves.due(wanted).unwrap().since(now));
        haves.begin(now.after(200), scale);
        assert_eq!(haves.due(wanted), None);
    }
    let all = SETTLE_MS;
    assert_eq!(waited_ms, [all, all - 200, all - 400, 0]);
    haves.proved_itself();
    haves.want(Millis(9000), HashPrefix(0));
    assert_eq!(haves.due(HashPrefix(0)), Some(Millis(9000).after(all)));
}
