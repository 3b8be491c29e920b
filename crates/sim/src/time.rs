//! The world's clock, in microseconds, and the queue of what is to happen.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

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
#[derive(Debug)]
pub(crate) struct Queue<E> {
    heap: BinaryHeap<Reverse<Due<E>>>,
    said: u64,
}

#[derive(Debug)]
struct Due<E> {
    at: Micros,
    number: u64,
    event: E,
}

impl<E> Queue<E> {
    pub(crate) fn new() -> Self {
        Queue {
            heap: BinaryHeap::new(),
            said: 0,
        }
    }

    pub(crate) fn push(&mut self, at: Micros, event: E) {
        let number = self.said;
        self.said += 1;
        self.heap.push(Reverse(Due { at, number, event }));
    }

    /// The next thing, and when.
    pub(crate) fn pop(&mut self) -> Option<(Micros, E)> {
        let Reverse(due) = self.heap.pop()?;
        Some((due.at, due.event))
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
