//! Time: the next moment at which something is due, and what happens then.

use swarmfetch_content::{ObjectId, SortedSet};

use super::{Job, JobKind, Swarm};
use crate::limits::{JOB_MS, LINK_WINDOW_BYTES, ORIGIN_OVERDUE_MAX, OVERDUE_AGAIN_MS};
use crate::transfer::{Origin, Rank, Transfer, Turn};
use crate::{CloseReason, Millis, Reason};

impl Swarm {
    /// The earliest moment at which [`Input::Timeout`](crate::Input::Timeout) is due, and why. Any
    /// [`handle`](Self::handle) may move it. It may lie in the past: then the timeout is due at once.
    pub fn next_timeout(&self) -> Option<(Millis, Reason)> {
        let may_announce = self.may_announce();
        let doubtful = self.is_doubtful();
        let mut next = Earliest::default();
        for link in self.links.values() {
            next.or(link.hello_due(), Reason::LinkSilent);
            let due = link.hedge_due(&self.origin, doubtful);
            next.or(due, Reason::Hedge);
            next.or(link.late_due(), Reason::LinkLate);
            next.or(link.rest.until(), Reason::LinkRested);
            if may_announce && link.outstanding_bytes < LINK_WINDOW_BYTES {
                next.or(link.announcer.due(), Reason::Announce);
            }
        }
        for transfer in self.transfers.values() {
            next.or(transfer.holder_until, Reason::NoHolder);
            next.or(transfer.others_due(), Reason::Yielded);
            next.or(transfer.overdue, Reason::Overdue);
            next.or(transfer.origin_late, Reason::OriginLate);
            next.or(self.give_up_due(transfer), Reason::GiveUp);
        }
        for job in self.jobs.values() {
            next.or(Some(due(job)), Reason::JobLate);
        }
        next.or(self.part_due(), Reason::Announce);
        next.or(self.want_list_due(), Reason::WantList);
        next.or(self.expecting, Reason::NoneExpected);
        next.0
    }

    fn give_up_due(&self, transfer: &Transfer) -> Option<Millis> {
        let failed = transfer
            .wants
            .values()
            .filter(|want| want.origin == Origin::Failed);
        failed
            .map(|want| transfer.give_up_at(want, self.config.give_up_ms))
            .min()
    }

    /// Does whatever is due.
    pub(super) fn expire(&mut self) {
        self.hedge_unusual();
        self.expire_links();
        self.expire_transfers();
        self.expire_jobs();
        let is_over = |until: &Millis| *until <= self.now;
        if self.expecting.take_if(|until| is_over(until)).is_some() {
            self.look_again = true;
        }
    }

    fn expire_links(&mut self) {
        let now = self.now;
        let links = self.links.all_keys();
        for id in links {
            let Some(link) = self.links.get_mut(&id) else {
                continue;
            };
            if link.hello_due().is_some_and(|due| due <= now) {
                self.close(id, CloseReason::Silent);
                continue;
            }
            if link.settling.take_if(|until| *until <= now).is_some() | link.rest.ends(now) {
                self.look_again = true;
            }
            let late = link
                .asks
                .keys_where(|_, ask| ask.is_owed() && !ask.late && link.ask_due(ask) <= now);
            if !late.is_empty() {
                let never_gave = !link.rest.was_late(now);
                self.wary |= never_gave;
                self.let_down |= never_gave;
            }
            for request in late {
                self.ask_is_late(id, request);
            }
        }
    }

    /// Asks the origin beside links that take longer than is usual for them.
    fn hedge_unusual(&mut self) {
        let doubtful = self.is_doubtful();
        let mut pieces = Vec::new();
        for link in self.links.values_mut() {
            while let Some(piece) = link.take_hedge(self.now, &self.origin, doubtful) {
                pieces.push(piece);
            }
        }
        for (object, piece) in pieces {
            let transfer = self.transfers.get(&object);
            if transfer.is_some_and(|transfer| transfer.is_pressing(piece)) {
                self.hedge(object);
            }
        }
    }

    fn expire_transfers(&mut self) {
        let now = self.now;
        let mut overdue: SortedSet<(Rank, ObjectId)> = SortedSet::new();
        let mut in_vain_for: Vec<ObjectId> = Vec::new();
        for (object, transfer) in self.transfers.iter_mut() {
            let in_vain = transfer.holder_until.take_if(|at| *at <= now).is_some();
            self.in_vain |= in_vain;
            if in_vain | transfer.origin_late.take_if(|at| *at <= now).is_some() {
                self.look_again = true;
            }
            if transfer.others_due().is_some_and(|at| at <= now) {
                transfer.turn = Turn::InVain;
                in_vain_for.push(*object);
            }
            if transfer.overdue.take_if(|at| *at <= now).is_some() {
                overdue.insert((transfer.rank, *object));
            }
        }
        for object in in_vain_for {
            self.left_in_vain(object);
        }
        for (_, object) in overdue {
            self.transfer_is_overdue(object);
        }
        for want in self.failed_wants(Some(now)) {
            self.pass_on(want);
        }
    }

    /// Asks the origin for a transfer that takes too long, unless it is busy with others: peers and origin then share
    /// what is left of the queue.
    fn transfer_is_overdue(&mut self, object: ObjectId) {
        let fetching = |transfer: &&Transfer| transfer.origin_asked();
        if self.transfers.values().filter(fetching).count() < ORIGIN_OVERDUE_MAX {
            self.hedge(object);
        } else if let Some(transfer) = self.transfers.get_mut(&object) {
            transfer.overdue = Some(self.now.after(OVERDUE_AGAIN_MS));
        }
        let Some(transfer) = self.transfers.get(&object) else {
            return;
        };
        let mut asked = Vec::new();
        for piece in &transfer.pieces {
            asked.extend(piece.asked_in_time());
        }
        for (id, request) in asked {
            let Some(link) = self.links.get_mut(&id) else {
                continue;
            };
            let ask = link.asks.get(&request);
            if ask.is_some_and(|ask| ask.is_awaited() && link.is_slow(self.now, ask)) {
                link.rest.was_late(self.now);
                self.ask_is_late(id, request);
            }
        }
    }

    fn expire_jobs(&mut self) {
        let now = self.now;
        for ticket in self.jobs.keys_where(|_, job| due(job) <= now) {
            let Some(job) = self.jobs.remove(&ticket) else {
                continue;
            };
            match job.kind {
                JobKind::Read | JobKind::Compress => self.serve_is_late(*job),
                JobKind::Inflate => self.give_up_inflating(job.link, job.request),
            }
        }
    }
}

/// The first of several moments, each with its reason.
#[derive(Default)]
struct Earliest(Option<(Millis, Reason)>);

impl Earliest {
    fn or(&mut self, at: Option<Millis>, reason: Reason) {
        if let Some(at) = at
            && self.0.is_none_or(|first| (at, reason) < first)
        {
            self.0 = Some((at, reason));
        }
    }
}

fn due(job: &Job) -> Millis {
    job.since.after(JOB_MS)
}
