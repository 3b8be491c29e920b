//! Serving: what peers ask of us, from the request to the last frame. Only held objects, read anew and verified in
//! that read, ever go out.

use swarmfetch_content::{Proof, VerifiedBytes};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{Refuse, RefuseReason, Request, RequestId};
use swarmfetch_wire::limits::{DATA_BYTES_MAX, REQUEST_GROUPS_MAX, REQUESTS_OPEN_MAX};

use super::{Job, JobKind, Swarm};
use crate::limits::{
    BUSY_MS, DATA_BYTES_RESTED, LINK_RESTED_BYTES, LINK_WINDOW_BYTES, SERVES_MAX, SOON_BYTES_MAX,
};
use crate::serve::{Answer, Serve, ServeStage};
use crate::{CloseReason, LinkId, Output, Ticket, Violation};

impl Swarm {
    pub(super) fn requested(&mut self, from: LinkId, request: Request, cost_bytes: u64) {
        let Some(link) = self.links.get_mut(&from) else {
            return;
        };
        let is_new = link.last_request.is_none_or(|last| request.id > last);
        if !is_new || link.serves.len() >= REQUESTS_OPEN_MAX {
            return self.close(from, CloseReason::Violation(Violation::TooManyRequests));
        }
        link.last_request = Some(request.id);
        if self.may_upload != Some(true) {
            return self.refuse(from, request.id, RefuseReason::NotAllowed);
        }
        let Some(object) = self.known(request.object) else {
            return self.refuse(from, request.id, RefuseReason::NotHeld);
        };
        let groups = request
            .groups
            .within(object)
            .filter(|groups| groups.count() <= REQUEST_GROUPS_MAX);
        let Some(groups) = groups else {
            return self.close(from, CloseReason::Violation(Violation::RequestOutOfRange));
        };
        if !self.holds(object, groups) {
            return self.refuse(from, request.id, RefuseReason::NotHeld);
        }
        let Some(link) = self.links.get_mut(&from) else {
            return;
        };
        link.serves.insert(
            request.id,
            Serve {
                object,
                groups,
                deflate: request.accept_deflate,
                cost_bytes,
                stage: ServeStage::Queued,
            },
        );
    }

    pub(super) fn request_cancelled(&mut self, from: LinkId, id: RequestId) {
        let is_open = self
            .links
            .get(&from)
            .is_some_and(|link| link.serves.contains_key(&id));
        if is_open {
            self.refuse(from, id, RefuseReason::Cancelled);
        }
    }

    /// Ends a request without (more) bytes.
    fn refuse(&mut self, to: LinkId, id: RequestId, reason: RefuseReason) {
        if let Some(link) = self.links.get_mut(&to) {
            link.serves.remove(&id);
            link.sending.retain(|sending| *sending != id);
        }
        self.counters.refused += 1;
        let retry_ms = if reason == RefuseReason::Busy {
            BUSY_MS
        } else {
            0
        };
        self.send(
            to,
            &Frame::Refuse(Refuse {
                id,
                reason,
                retry_ms,
            }),
        );
    }

    /// The visitor does not want to upload any more.
    pub(super) fn refuse_all(&mut self) {
        let mut open: Vec<(LinkId, RequestId)> = Vec::new();
        for (link, state) in &self.links {
            open.extend(state.serves.keys().map(|id| (*link, *id)));
        }
        for (link, id) in open {
            self.refuse(link, id, RefuseReason::NotAllowed);
        }
    }

    /// Starts queued serves, one link after the other, as many as may be under way.
    pub(super) fn start_serves(&mut self) {
        while self.serves_under_way() < SERVES_MAX {
            let Some((to, id)) = self.next_serve() else {
                return;
            };
            self.served_last = Some(to);
            let Some(serve) = self.serve_mut(to, id) else {
                return;
            };
            serve.stage = ServeStage::Reading;
            let (object, groups) = (serve.object, serve.groups);
            // It may have been dropped while the request was in the queue.
            if !self.holds(object, groups) {
                self.refuse(to, id, RefuseReason::NotHeld);
                continue;
            }
            let ticket = self.new_job(JobKind::Read, object, to, id);
            self.outputs.push_back(Output::StoreRead {
                ticket,
                object,
                groups,
            });
        }
    }

    /// Questions that the shell works at, also for requests that are gone, and answers being sent.
    fn serves_under_way(&self) -> usize {
        let reading = |kind| matches!(kind, JobKind::Read | JobKind::Compress);
        let asked = self.jobs.values().filter(|job| reading(job.kind)).count();
        let sending: usize = self.links.values().map(|link| link.sending.len()).sum();
        asked + sending
    }

    /// The next serve to start: of the first link after the one served last.
    fn next_serve(&self) -> Option<(LinkId, RequestId)> {
        let after = |link: &LinkId| Some(*link) > self.served_last;
        let later = self.links.iter().filter(|(id, _)| after(id));
        let earlier = self.links.iter().filter(|(id, _)| !after(id));
        later
            .chain(earlier)
            .find_map(|(id, link)| Some((*id, link.next_serve()?)))
    }

    /// The serve that a question was asked for, if it is still of use.
    fn serve_of(&mut self, job: Job) -> Option<&mut Serve> {
        self.serve_mut(job.link, job.request).filter(|_| !job.void)
    }

    fn serve_mut(&mut self, link: LinkId, id: RequestId) -> Option<&mut Serve> {
        self.links.get_mut(&link)?.serves.get_mut(&id)
    }

    pub(super) fn store_read(&mut self, ticket: Ticket, found: Option<(VerifiedBytes, Proof)>) {
        let Some(job) = self.end_job(ticket, JobKind::Read) else {
            return;
        };
        if found.is_none() {
            self.gone(&[job.object]);
        }
        let Some(serve) = self.serve_of(job) else {
            return;
        };
        let (object, groups, deflate) = (serve.object, serve.groups, serve.deflate);
        let answer = found.and_then(|(bytes, proof)| Answer::of(object, groups, bytes, proof));
        let Some(answer) = answer else {
            return self.refuse(job.link, job.request, RefuseReason::NotHeld);
        };
        if !deflate || !answer.is_worth_compressing() {
            return self.begin_sending(job.link, job.request, answer);
        }
        let ticket = self.new_job(JobKind::Compress, object, job.link, job.request);
        let bytes = answer.plain();
        if let Some(serve) = self.serve_mut(job.link, job.request) {
            serve.stage = ServeStage::Compressing(answer);
            self.outputs.push_back(Output::Compress { ticket, bytes });
        }
    }

    pub(super) fn compressed(&mut self, ticket: Ticket, bytes: Option<Vec<u8>>) {
        let Some(job) = self.end_job(ticket, JobKind::Compress) else {
            return;
        };
        let Some(serve) = self.serve_of(job) else {
            return;
        };
        let stage = std::mem::replace(&mut serve.stage, ServeStage::Queued);
        if let ServeStage::Compressing(mut answer) = stage {
            answer.compressed(bytes);
            self.begin_sending(job.link, job.request, answer);
        }
    }

    fn begin_sending(&mut self, to: LinkId, id: RequestId, answer: Answer) {
        if let Some(link) = self.links.get_mut(&to)
            && let Some(serve) = link.serves.get_mut(&id)
        {
            serve.stage = ServeStage::Sending(answer);
            link.sending.push(id);
        }
    }

    /// Sends answers as far as each link's window goes.
    pub(super) fn send_answers(&mut self) {
        let links = self.links.all_keys();
        for to in links {
            while let Some(frame) = self.next_answer_frame(to) {
                let bytes = frame.len() as u64;
                self.send_bytes(to, frame);
                // Not before: what is refused has had its last frame.
                self.spend(bytes);
            }
        }
    }

    fn next_answer_frame(&mut self, to: LinkId) -> Option<Vec<u8>> {
        let link = self.links.get_mut(&to)?;
        if link.outstanding_bytes >= LINK_WINDOW_BYTES {
            return None;
        }
        // A page's small files do not wait for a large one; of equal ones, the first is whole before the next begins, so that
        // the other end can ask on.
        let left = |id: &RequestId| link.serves.get(id).and_then(Serve::bytes_left);
        let id = *link.sending.iter().min_by_key(|id| left(id))?;
        let serve = link.serves.get_mut(&id)?;
        let ServeStage::Sending(answer) = &mut serve.stage else {
            return None;
        };
        let rested = link.outstanding_bytes < LINK_RESTED_BYTES;
        let data_bytes_max = match rested && serve.object.len <= SOON_BYTES_MAX {
            true => DATA_BYTES_RESTED,
            false => DATA_BYTES_MAX,
        };
        let frame = answer.next_frame(id, link.frame_bytes_max, data_bytes_max);
        if answer.is_done() {
            self.counters.bytes_uploaded += answer.plain().len() as u64;
            link.control.refund(serve.cost_bytes);
            link.serves.remove(&id);
            link.sending.retain(|sending| *sending != id);
        }
        Some(frame)
    }

    /// The shell does not answer a question about a serve.
    pub(super) fn serve_is_late(&mut self, job: Job) {
        if self.serve_of(job).is_some() {
            self.refuse(job.link, job.request, RefuseReason::Busy);
        }
    }
}
