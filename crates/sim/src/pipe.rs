//! An access line in one direction: all that flows through it at once shares its rate evenly.
//!
//! Generalised processor sharing (Parekh and Gallager 1993), exact to the microsecond: instead of moving every packet,
//! a virtual clock counts the bytes that each flow has been given, and an item is through when that clock reaches its
//! end. Within a flow items follow each other.

use std::collections::VecDeque;
use std::mem;

use crate::time::Micros;

/// Names a flow at both ends of its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FlowId(pub(crate) u64);

/// Virtual time counts bytes in fractions of this many.
const FRACTION: u64 = 1 << 12;

/// Items on their way through a line.
#[derive(Debug)]
pub(crate) struct Pipe<T> {
    bytes_per_s: u64,
    /// Bytes that each flow was given since the beginning, in fractions.
    given: u64,
    /// When `given` was right.
    updated: Micros,
    /// Those that have something to send, the one whose first item ends next last: a visitor's line has a handful, and an
    /// overloaded origin's thousands, which are still quicker to look through than a tree of them would be to follow.
    flows: Vec<Flow<T>>,
    /// Tells the latest reckoning of the next end from earlier ones.
    reckoning: u32,
}

#[derive(Debug)]
struct Flow<T> {
    id: FlowId,
    /// Where its first item ends, on the clock of `given`.
    end: u64,
    first: T,
    /// What follows it, with its bytes. Mostly nothing.
    #[expect(
        clippy::box_collection,
        reason = "flows are moved about, and small ones faster"
    )]
    rest: Option<Box<VecDeque<(u64, T)>>>,
}

impl<T> Flow<T> {
    fn into_items(self) -> impl Iterator<Item = T> {
        let rest = self.rest.into_iter().flat_map(|rest| *rest);
        std::iter::once(self.first).chain(rest.map(|(_, item)| item))
    }
}

impl<T> Pipe<T> {
    pub(crate) fn new(bytes_per_s: u64) -> Self {
        Pipe {
            bytes_per_s: bytes_per_s.max(1),
            given: 0,
            updated: Micros(0),
            flows: Vec::new(),
            reckoning: 0,
        }
    }

    /// Puts an item of so many bytes behind those of its flow. When it changes who is next, says when that one is
    /// through, and the number to hand in then.
    pub(crate) fn push(
        &mut self,
        now: Micros,
        flow: FlowId,
        bytes: u64,
        item: T,
    ) -> Option<(Micros, u32)> {
        if let Some(flow) = self.flows.iter_mut().find(|it| it.id == flow) {
            let rest = flow.rest.get_or_insert_default();
            rest.push_back((bytes, item));
            return None;
        }
        self.advance(now);
        self.insert(Flow {
            id: flow,
            end: self.given + bytes * FRACTION,
            first: item,
            rest: None,
        });
        self.next(now)
    }

    /// The item that is through, if `reckoning` is the latest, and when the next one will be.
    pub(crate) fn pop(
        &mut self,
        now: Micros,
        reckoning: u32,
    ) -> (Option<T>, Option<(Micros, u32)>) {
        if reckoning != self.reckoning {
            return (None, None);
        }
        self.advance(now);
        let Some(mut flow) = self.flows.pop() else {
            return (None, None);
        };
        // What rounding took from the flow.
        self.given = self.given.max(flow.end);
        let next = flow.rest.as_mut().and_then(|rest| rest.pop_front());
        let popped = match next {
            None => flow.first,
            Some((bytes, item)) => {
                flow.end += bytes * FRACTION;
                let popped = mem::replace(&mut flow.first, item);
                self.insert(flow);
                popped
            }
        };
        (Some(popped), self.next(now))
    }

    /// Takes a flow out with all that it still has.
    pub(crate) fn drop_flow(&mut self, now: Micros, id: FlowId) -> (Vec<T>, Option<(Micros, u32)>) {
        self.advance(now);
        let Some(at) = self.flows.iter().position(|flow| flow.id == id) else {
            return (Vec::new(), None);
        };
        let flow = self.flows.remove(at);
        (flow.into_items().collect(), self.next(now))
    }

    /// Takes everything out.
    pub(crate) fn clear(&mut self) -> Vec<T> {
        self.reckoning += 1;
        let flows = mem::take(&mut self.flows);
        flows.into_iter().flat_map(Flow::into_items).collect()
    }

    fn insert(&mut self, flow: Flow<T>) {
        let behind = |it: &Flow<T>| (it.end, it.id) > (flow.end, flow.id);
        let at = self.flows.partition_point(behind);
        self.flows.insert(at, flow);
    }

    fn advance(&mut self, now: Micros) {
        let flows = self.flows.len() as u128;
        if flows > 0 {
            let passed_us = u128::from(now.since(self.updated).0);
            let given = passed_us * u128::from(self.bytes_per_s) * u128::from(FRACTION);
            self.given += u64::try_from(given / (flows * 1_000_000)).unwrap_or(u64::MAX / 2);
        }
        self.updated = now;
    }

    fn next(&mut self, now: Micros) -> Option<(Micros, u32)> {
        self.reckoning = self.reckoning.wrapping_add(1);
        let end = self.flows.last()?.end;
        let left =
            u128::from(end.saturating_sub(self.given)) * self.flows.len() as u128 * 1_000_000;
        let us = left.div_ceil(u128::from(self.bytes_per_s) * u128::from(FRACTION));
        let us = u64::try_from(us).unwrap_or(u64::MAX / 2);
        Some((now.after(Micros(us)), self.reckoning))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When each item is through, in microseconds, if these are pushed: (at, flow, bytes).
    fn through(rate: u64, pushes: &[(u64, u64, u64)]) -> Vec<(usize, u64)> {
        let mut pipe = Pipe::new(rate);
        let mut due: Option<(Micros, u32)> = None;
        let mut done = Vec::new();
        let mut pushes = pushes.iter().enumerate().peekable();
        loop {
            let push_first = match (pushes.peek(), due) {
                (None, None) => return done,
                (Some((_, (at, ..))), Some((end, _))) => *at <= end.0,
                (Some(_), None) => true,
                (None, Some(_)) => false,
            };
            if push_first {
                let (index, (at, flow, bytes)) = pushes.next().unwrap();
                due = pipe.push(Micros(*at), FlowId(*flow), *bytes, index).or(due);
            } else {
                let (at, reckoning) = due.unwrap();
                let (item, next) = pipe.pop(at, reckoning);
                done.extend(item.map(|item| (item, at.0)));
                due = next;
            }
        }
    }

    #[test]
    fn one_flow_has_the_whole_rate() {
        assert_eq!(
            through(1_000_000, &[(0, 1, 500), (0, 1, 300)]),
            [(0, 500), (1, 800)]
        );
    }

    #[test]
    fn two_flows_share_it_while_both_are_there() {
        // Until 800 both have half: the second has its 400; the first is left with 600 of its 1,000.
        let done = through(1_000_000, &[(0, 1, 1_000), (0, 2, 400)]);
        assert_eq!(done, [(1, 800), (0, 1_400)]);
    }

    #[test]
    fn a_late_small_one_does_not_wait_behind_a_large_one() {
        let done = through(1_000_000, &[(0, 1, 100_000), (50_000, 2, 1_000)]);
        assert_eq!(done, [(1, 52_000), (0, 101_000)]);
    }

    #[test]
    fn what_is_taken_out_leaves_its_rate_to_the_others() {
        let mut pipe = Pipe::new(1_000_000);
        pipe.push(Micros(0), FlowId(1), 1_000, 'a');
        pipe.push(Micros(0), FlowId(2), 1_000, 'b');
        let (gone, next) = pipe.drop_flow(Micros(1_000), FlowId(1));
        assert_eq!(gone, ['a']);
        assert_eq!(next.unwrap().0, Micros(1_500));
    }
}
