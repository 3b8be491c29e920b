//! The world's clock, in microseconds, and the queue of what is to happen.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};

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
/// a heap of a few dozen. Whatever is due later is put down, unsorted, with its slot, or with its turn of the wheel if
/// that is a later one, and not looked at until then: what a queue costs does not grow with the crowd.
#[derive(Debug)]
pub(crate) struct Queue<E> {
    /// Due in the slot that has come, or before.
    soon: BinaryHeap<Reverse<Due<E>>>,
    /// The slot that has come, since the world began.
    slot: u64,
    /// Due in the later slots of this turn.
    wheel: Vec<Vec<Due<E>>>,
    /// Due in later turns.
    far: BTreeMap<u64, Vec<Due<E>>>,
    said: u64,
}

/// Microseconds of a slot. A world of 10,000 visitors has about 70 events in one.
const SLOT_US: u64 = 2_048;

/// Slots of a turn, which is about a second: most of what is said is due within one.
const SLOTS: u64 = 512;

#[derive(Debug)]
struct Due<E> {
    at: Micros,
    number: u64,
    event: E,
}

impl<E> Queue<E> {
    pub(crate) fn new() -> Self {
        Queue {
            soon: BinaryHeap::new(),
            slot: 0,
            wheel: (0..SLOTS).map(|_| Vec::new()).collect(),
            far: BTreeMap::new(),
            said: 0,
        }
    }

    pub(crate) fn push(&mut self, at: Micros, event: E) {
        let number = self.said;
        self.said += 1;
        self.put(Due { at, number, event });
    }

    /// The next thing, and when.
    pub(crate) fn pop(&mut self) -> Option<(Micros, E)> {
        loop {
            if let Some(Reverse(due)) = self.soon.pop() {
                return Some((due.at, due.event));
            }
            self.go_on()?;
        }
    }

    fn put(&mut self, due: Due<E>) {
        let slot = due.at.0 / SLOT_US;
        if slot <= self.slot {
            self.soon.push(Reverse(due));
        } else if slot / SLOTS == self.slot / SLOTS {
            self.wheel[(slot % SLOTS) as usize].push(due);
        } else {
            self.far.entry(slot / SLOTS).or_default().push(due);
        }
    }

    /// Goes to the next slot that has something, or to the next such turn's first one. `None`: there is nothing.
    fn go_on(&mut self) -> Option<()> {
        let turn = self.slot - self.slot % SLOTS;
        let has_some = |slot: &u64| !self.wheel[(slot % SLOTS) as usize].is_empty();
        if let Some(slot) = (self.slot + 1..turn + SLOTS).find(has_some) {
            self.slot = slot;
            let due = &mut self.wheel[(slot % SLOTS) as usize];
            self.soon.extend(due.drain(..).map(Reverse));
            return Some(());
        }
        let (turn, due) = self.far.pop_first()?;
        self.slot = turn * SLOTS;
        for due in due {
            self.put(due);
        }
        Some(())
    }
}

impl<E> Ord for Due<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl<E> PartialOrd for Due<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Due<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<E> Eq for Due<E> {}

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
