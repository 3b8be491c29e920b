//! The world's clock, in microseconds, and the queue of what is to happen.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::num::NonZero;

use swarmfetch_wire::Millis;

/// A moment, in microseconds since the world began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Micros(pub(crate) u64);

impl Micros {
    pub(crate) fn of_seconds(seconds: f64) -> Self {
        Micros((seconds * 1e6).max(0.0) as u64)
    }

    /// As the machines count. They are told a moment that has come.
    pub(crate) fn millis(self) -> Millis {
        Millis(self.0 / 1000)
    }

    /// When the machines' clock shows this.
    pub(crate) fn at(millis: Millis) -> Self {
        Micros(millis.0.saturating_mul(1000))
    }

    pub(crate) fn after_ms(self, ms: u64) -> Self {
        Micros(self.0.saturating_add(ms.saturating_mul(1000)))
    }

    pub(crate) fn after(self, more: Micros) -> Self {
        Micros(self.0.saturating_add(more.0))
    }

    pub(crate) fn since(self, earlier: Micros) -> Micros {
        Micros(self.0.saturating_sub(earlier.0))
    }

    pub(crate) fn seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// What is to happen, in order of time, and of being said where times are equal.
///
/// A calendar queue of two levels (Brown 1988): only what is due in the slot of time that has come is kept in order, in
/// a heap of a few. Whatever is due later is put down, unsorted, with its slot, or with its turn of the wheel if
/// that is a later one, and not looked at until then: what a queue costs does not grow with the crowd.
///
/// Events lie in one run of memory and do not move; slots and turns are chains through it. A place that was left is the
/// next one taken, so that those that most events pass through stay in the processor's cache.
#[derive(Debug)]
pub(crate) struct Queue<E> {
    places: Vec<Place<E>>,
    /// The first free place.
    free: Option<Index>,
    /// Due in the slot that has come, or before.
    soon: BinaryHeap<Reverse<Due>>,
    /// The slot that has come, since the world began.
    slot: u64,
    /// Due in the later slots of this turn: the first of each slot's chain.
    wheel: Vec<Option<Index>>,
    /// Due in later turns, likewise.
    far: BTreeMap<u64, Index>,
    /// Due as long after they were said as all others here, and so in order already.
    after: VecDeque<(Micros, u64, E)>,
    said: u64,
}

/// Microseconds of a slot. A world of 10,000 visitors has about five events in one.
const SLOT_US: u64 = 128;

/// Slots of a turn, which is about a second: most of what is said is due within one.
const SLOTS: u64 = 8_192;

/// A place in the run, counted from 1: then `None` costs nothing.
type Index = NonZero<u32>;

/// One line of the cache, for the world's events.
#[derive(Debug)]
#[repr(align(64))]
struct Place<E> {
    at: Micros,
    number: u64,
    /// The next in the chain: of a slot, of a turn, or of what is free.
    next: Option<Index>,
    event: Option<E>,
}

/// When a place is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Micros,
    number: u64,
    place: Index,
}

impl<E> Queue<E> {
    pub(crate) fn new() -> Self {
        Queue {
            places: Vec::new(),
            free: None,
            soon: BinaryHeap::new(),
            slot: 0,
            wheel: vec![None; SLOTS as usize],
            far: BTreeMap::new(),
            after: VecDeque::new(),
            said: 0,
        }
    }

    pub(crate) fn push(&mut self, at: Micros, event: E) {
        let number = self.number();
        self.lay(at, number, event);
    }

    /// The same for what is always due as long after it is said: a timeout. Most of them have no longer anything to
    /// end when they come, and until then take no place among what happens.
    pub(crate) fn push_timeout(&mut self, at: Micros, event: E) {
        let in_order = self.after.back().is_none_or(|(last, ..)| *last <= at);
        let number = self.number();
        if in_order {
            self.after.push_back((at, number, event));
        } else {
            self.lay(at, number, event);
        }
    }

    fn number(&mut self) -> u64 {
        self.said += 1;
        self.said
    }

    fn lay(&mut self, at: Micros, number: u64, event: E) {
        let place = Place {
            at,
            number,
            next: None,
            event: Some(event),
        };
        let index = match self.free {
            Some(index) => {
                let free = &mut self.places[place_of(index)];
                self.free = free.next;
                *free = place;
                index
            }
            None => {
                self.places.push(place);
                let places = u32::try_from(self.places.len()).ok();
                places.and_then(Index::new).expect("scenarios are limited")
            }
        };
        self.put(index);
    }

    /// The next thing, and when.
    pub(crate) fn pop(&mut self) -> Option<(Micros, E)> {
        loop {
            if let Some(Reverse(due)) = self.soon.pop() {
                let place = &mut self.places[place_of(due.place)];
                place.next = self.free.replace(due.place);
                return Some((due.at, place.event.take()?));
            }
            self.go_on()?;
        }
    }

    /// Puts a place that is in no chain where it is due.
    fn put(&mut self, index: Index) {
        let place = &mut self.places[place_of(index)];
        let slot = place.at.0 / SLOT_US;
        if slot <= self.slot {
            self.soon.push(Reverse(place.due(index)));
        } else if slot / SLOTS == self.slot / SLOTS {
            place.next = self.wheel[(slot % SLOTS) as usize].replace(index);
        } else {
            place.next = self.far.insert(slot / SLOTS, index);
        }
    }

    /// Goes to the next slot that has something, or to the next such turn's first one. `None`: there is nothing.
    fn go_on(&mut self) -> Option<()> {
        let turn = self.slot / SLOTS;
        let has_some = |slot: &u64| self.wheel[(slot % SLOTS) as usize].is_some();
        let on_wheel = (self.slot + 1..(turn + 1) * SLOTS).find(has_some);
        let in_far = || self.far.keys().next().map(|turn| turn * SLOTS);
        let timeout = self.after.front().map(|(at, ..)| at.0 / SLOT_US);
        let next = on_wheel.or_else(in_far);
        self.slot = next.into_iter().chain(timeout).min()?;
        let mut chain = if self.slot / SLOTS > turn {
            self.far.remove(&(self.slot / SLOTS))
        } else {
            None
        };
        // Of a turn that has just come, this slot's are put into the heap at once.
        loop {
            while let Some(index) = chain {
                chain = self.places[place_of(index)].next;
                self.put(index);
            }
            chain = self.wheel[(self.slot % SLOTS) as usize].take();
            if chain.is_none() {
                break;
            }
        }
        while let Some((at, number, event)) = self
            .after
            .pop_front_if(|(at, ..)| at.0 / SLOT_US <= self.slot)
        {
            self.lay(at, number, event);
        }
        Some(())
    }
}

impl<E> Place<E> {
    fn due(&self, place: Index) -> Due {
        Due {
            at: self.at,
            number: self.number,
            place,
        }
    }
}

fn place_of(index: Index) -> usize {
    index.get() as usize - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_happen_in_order_of_time_and_of_being_said() {
        let mut rng = fastrand::Rng::with_seed(4);
        let mut queue = Queue::new();
        let mut heap = BinaryHeap::new();
        let (mut now, mut said) = (Micros(0), 0);
        for round in 0..20_000 {
            // Within a slot, a turn, and some turns; often at one moment; now and then in the past.
            let reach = [1, 100, SLOT_US, SLOT_US * SLOTS, 30 * SLOT_US * SLOTS];
            for _ in 0..if round < 10_000 { rng.usize(..3) } else { 0 } {
                let within = reach[rng.usize(..reach.len())];
                let later = rng.u64(..within);
                let at = Micros((now.0 + later).saturating_sub(rng.u64(..2)));
                if rng.u8(..4) == 0 {
                    queue.push_timeout(Micros(now.0 + 3 * SLOT_US * SLOTS / 2), said);
                    heap.push(Reverse((Micros(now.0 + 3 * SLOT_US * SLOTS / 2), said)));
                    said += 1;
                }
                queue.push(at, said);
                heap.push(Reverse((at, said)));
                said += 1;
            }
            let right = heap.pop().map(|Reverse(due)| due);
            assert_eq!(queue.pop(), right);
            now = right.map_or(now, |(at, _)| at);
        }
        assert!(said > 9_000 && heap.is_empty());
    }
}
