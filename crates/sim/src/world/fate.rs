//! What befalls browsers: workers stopped, pages frozen, links broken.

use super::{Arm, Event, VisitorId, World};
use crate::random::chance;
use crate::time::Micros;

/// How often the next worker is stopped soon after one was.
const NEXT_TOO: f64 = 0.25;

/// How soon at the latest, in milliseconds: some round trips.
const NEXT_MS_MAX: u64 = 400;

/// What befalls a browser.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fate {
    WorkerStops,
    /// The next worker, soon after: the other ends have not heard of the first stop yet.
    NextStopsToo,
    Freezes,
    LinkBreaks,
}

impl World {
    /// Draws when it befalls somebody next, if it does at all.
    pub(super) fn await_fate(&mut self, id: VisitorId, fate: Fate) {
        let faults = &self.scenario.faults;
        let per_hour = match fate {
            Fate::WorkerStops => faults.worker_deaths_per_hour,
            Fate::NextStopsToo => 0.0,
            Fate::Freezes => faults.freezes_per_hour,
            Fate::LinkBreaks => faults.breaks_per_hour,
        };
        if per_hour > 0.0 && self.arm == Arm::Swarm {
            let drawn = -(1.0 - self.visitor_mut(id).chance.f64()).ln();
            let later = Micros::of_seconds(drawn * 3600.0 / per_hour);
            self.queue
                .push(self.now.after(later), Event::Befalls(id, fate));
        }
    }

    pub(super) fn befalls(&mut self, id: VisitorId, fate: Fate) {
        if !self.visitor(id).here {
            return;
        }
        match fate {
            Fate::WorkerStops => {
                self.stop_worker(id);
                let now = self.now;
                let rng = &mut self.visitor_mut(id).chance;
                if chance(rng, NEXT_TOO) {
                    let at = now.after_ms(rng.u64(1..NEXT_MS_MAX));
                    self.queue.push(at, Event::Befalls(id, Fate::NextStopsToo));
                }
            }
            Fate::NextStopsToo => self.stop_worker(id),
            Fate::LinkBreaks => self.break_link(id),
            Fate::Freezes => {
                let now = self.now;
                let of = self.visitor_mut(id);
                let ms = of.chance.u64(1_000..10_000);
                of.frozen_until = now.after_ms(ms);
            }
        }
        self.await_fate(id, fate);
    }
}
