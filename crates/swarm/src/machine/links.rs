//! Links: how they open and close, and where their frames go.

use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{Hello, HelloKind, PeerId};
use swarmfetch_wire::limits::{FRAME_BYTES_FLOOR, PROTOCOL};

use super::{Doubt, Swarm};
use crate::limits::{
    BANNED_MAX, EARLY_BYTES_MAX, LINKS_MAX, REST_MS_MIN, RESTART_BYTES, RESTS_MAX,
};
use crate::pace::Pace;
use crate::peer::Link;
use crate::rest::Rest;
use crate::{CloseReason, LinkId, Misuse, Output, Violation};

impl Swarm {
    pub(super) fn link_opened(
        &mut self,
        id: LinkId,
        frame_bytes_max: usize,
        outlived: bool,
    ) -> Result<(), Misuse> {
        if self.links.contains_key(&id) {
            return Err(Misuse::LinkTwice { link: id });
        }
        let reason = if self.links.len() >= LINKS_MAX {
            Some(CloseReason::TooManyLinks)
        } else if frame_bytes_max < FRAME_BYTES_FLOOR {
            Some(CloseReason::FramesTooSmall)
        } else {
            None
        };
        if let Some(reason) = reason {
            self.outputs.push_back(Output::Close { link: id, reason });
            return Ok(());
        }
        let mut link = Link::new(self.now, frame_bytes_max);
        link.awaits_answer = outlived.then(|| self.rng.u32(..));
        let awaited = link.awaits_answer;
        self.links.insert(id, link);
        self.look_again = true;
        match awaited {
            Some(number) => self.say_hello(id, HelloKind::Again, number),
            None => self.say_hello(id, HelloKind::First, 0),
        }
        Ok(())
    }

    fn say_hello(&mut self, to: LinkId, kind: HelloKind, number: u32) {
        let hello = Hello {
            protocol: PROTOCOL,
            site: self.config.site,
            version: self.head.as_ref().map_or(0, |(version, _)| *version),
            peer: self.config.peer,
            kind,
            number,
        };
        self.send(to, &Frame::Hello(hello));
    }

    pub(super) fn link_frame(&mut self, from: LinkId, bytes: &[u8]) {
        let now = self.now;
        let Some(link) = self.links.get_mut(&from) else {
            return;
        };
        self.counters.wire_bytes_in += bytes.len() as u64;
        let decoded = Frame::decode(bytes);
        if link.peer.is_none() && !matches!(decoded, Ok(Some(Frame::Hello(_)))) {
            return self.came_early(from, bytes.len() as u64);
        }
        let solicited = match &decoded {
            Ok(Some(Frame::Slice(slice))) => link.asks.contains_key(&slice.id),
            Ok(Some(Frame::Data(data))) => link.asks.contains_key(&data.id),
            Ok(Some(Frame::Refuse(refuse))) => link.asks.contains_key(&refuse.id),
            Ok(Some(Frame::Have(have))) => link.haves.awaits(have),
            Ok(Some(Frame::Proved(proved))) => link.proves.contains_key(&proved.number),
            _ => false,
        };
        if !solicited && !link.control.take(now, bytes.len() as u64) {
            return self.close(from, CloseReason::Violation(Violation::OverControlCredit));
        }
        match decoded {
            Err(error) => {
                self.close(from, CloseReason::Violation(Violation::NotAFrame(error)));
            }
            Ok(None) => {}
            Ok(Some(Frame::Hello(hello))) => self.hello(from, hello),
            Ok(Some(frame)) => self.frame(from, frame, bytes.len() as u64),
        }
    }

    /// Something came before the hello. It was meant for who was here before we lost our memory.
    fn came_early(&mut self, from: LinkId, bytes: u64) {
        let Some(link) = self.links.get_mut(&from) else {
            return;
        };
        link.early_bytes += bytes;
        if link.early_bytes > EARLY_BYTES_MAX {
            self.close(from, CloseReason::Violation(Violation::NoHello));
        }
    }

    fn frame(&mut self, from: LinkId, frame: Frame<'_>, cost_bytes: u64) {
        let known = match frame {
            Frame::Have(have) => {
                self.heard_have(from, &have);
                true
            }
            Frame::HaveNot(have_not) => {
                if let Some(link) = self.links.get_mut(&from) {
                    link.haves.have_not(&have_not.prefixes);
                }
                true
            }
            Frame::Buckets(buckets) => {
                self.heard_buckets(from, buckets);
                true
            }
            Frame::Interest(interest) => {
                if let Some(link) = self.links.get_mut(&from) {
                    link.announcer.interest(interest);
                }
                true
            }
            Frame::Request(request) => {
                self.requested(from, request, cost_bytes);
                true
            }
            Frame::Cancel(cancel) => {
                self.request_cancelled(from, cancel.id);
                true
            }
            Frame::Head(head) => {
                self.head_heard(from, &head);
                true
            }
            Frame::HavePart(part) => {
                self.part_heard(from, part);
                true
            }
            Frame::WantList(list) => {
                self.want_list_heard(from, list);
                true
            }
            Frame::Refuse(refuse) => {
                self.refused(from, refuse);
                true
            }
            Frame::Prove(prove) => {
                self.prove_heard(from, prove);
                true
            }
            Frame::Proved(proved) => self.proved(from, &proved),
            Frame::Slice(slice) => self.slice(from, &slice),
            Frame::Data(data) => self.data(from, &data),
            // The hello was dealt with; a kind that is added to the enum is added here.
            _ => true,
        };
        if !known {
            self.close(from, CloseReason::Violation(Violation::OverDataCredit));
        }
    }

    fn hello(&mut self, from: LinkId, hello: Hello) {
        let reason = if hello.protocol != PROTOCOL {
            Some(CloseReason::OtherProtocol)
        } else if hello.site != self.config.site {
            Some(CloseReason::OtherSite)
        } else if hello.peer == self.config.peer {
            Some(CloseReason::Myself)
        } else if self.banned.contains(&hello.peer) {
            Some(CloseReason::Banned)
        } else {
            None
        };
        if let Some(reason) = reason {
            return self.close(from, reason);
        }
        let Some(link) = self.links.get_mut(&from) else {
            return;
        };
        match hello.kind {
            HelloKind::Again if link.answered == Some(hello.number) => return,
            HelloKind::Again => {
                link.answered = Some(hello.number);
                let awaited = link.awaits_answer;
                if !self.begin_anew(from) {
                    return;
                }
                self.say_hello(from, HelloKind::Answer, hello.number);
                if let Some(number) = awaited {
                    // Ours may have met with nobody.
                    return self.say_hello(from, HelloKind::Again, number);
                }
            }
            HelloKind::Answer if link.awaits_answer == Some(hello.number) => {}
            HelloKind::First if link.awaits_answer.is_none() && link.peer.is_none() => {}
            // Said to an earlier machine of this end, as whatever follows it: the answer to our own is still to come.
            HelloKind::Answer | HelloKind::First => return,
        }
        let met = self
            .links
            .get(&from)
            .is_some_and(|link| link.peer.is_some());
        let rest = if met {
            None
        } else {
            self.take_rest(hello.peer)
        };
        let Some(link) = self.links.get_mut(&from) else {
            return;
        };
        if let Some((rest, pace)) = rest {
            link.pace = pace;
            link.rest = rest;
            link.rest.showed_life(self.now);
        }
        link.awaits_answer = None;
        link.peer = Some(hello.peer);
        link.version = hello.version;
        let peer = hello.peer;
        self.outputs.push_back(Output::Met { link: from, peer });
        self.tell_head(from);
        self.tell_parts(from);
    }

    /// What a peer's links earned before they ended, and how fast they were.
    fn take_rest(&mut self, peer: PeerId) -> Option<(Rest, Pace)> {
        let known = self.rests.iter().position(|(it, ..)| *it == peer)?;
        let (_, rest, pace) = self.rests.remove(known);
        Some((rest, pace))
    }

    /// The other end lost its memory. False: it does so too often, and the link is closed.
    fn begin_anew(&mut self, with: LinkId) -> bool {
        let now = self.now;
        let Some(link) = self.links.get_mut(&with) else {
            return false;
        };
        if !link.control.take(now, RESTART_BYTES) {
            self.close(with, CloseReason::Violation(Violation::OverControlCredit));
            return false;
        }
        link.begin_anew(now);
        let asks = link.asks.all_keys();
        for id in asks {
            self.drop_ask(with, id);
        }
        for job in self.jobs.values_mut() {
            job.void |= job.link == with;
        }
        true
    }

    /// Closes a link of our own accord, and bans the peer where the reason says so.
    pub(super) fn close(&mut self, id: LinkId, reason: CloseReason) {
        let Some(link) = self.links.get(&id) else {
            return;
        };
        let banned = link.peer.filter(|_| reason.bans());
        self.outputs.push_back(Output::Close { link: id, reason });
        self.forget_link(id);
        let Some(peer) = banned else {
            return;
        };
        self.ban(peer);
        (self.wary, self.let_down) = (true, true);
        self.doubt = Doubt::Lies;
        // Two that dialled each other at the same time may have two links for a while.
        let twin = |(id, link): (&LinkId, &Link)| (link.peer == Some(peer)).then_some(*id);
        if let Some(twin) = self.links.iter().find_map(twin) {
            self.close(twin, CloseReason::Banned);
        }
    }

    fn ban(&mut self, peer: PeerId) {
        if self.banned.contains(&peer) {
            return;
        }
        if self.banned.len() >= BANNED_MAX {
            self.banned.remove(0);
        }
        self.banned.push(peer);
    }

    /// The link is gone: what it was asked for is asked of others.
    pub(super) fn forget_link(&mut self, id: LinkId) {
        let Some(mut link) = self.links.remove(&id) else {
            return;
        };
        self.look_again = true;
        if link.is_mute(false) {
            // It might have been late, had it lived: the next link to the same peer is no better at once.
            link.rest.not_before(self.now.after(REST_MS_MIN));
        }
        if let Some(peer) = link.peer {
            let twin = self.take_rest(peer);
            if self.rests.len() >= RESTS_MAX {
                self.rests.remove(0);
            }
            // Of two links of one peer the one that waits longer counts, whichever went first.
            let longer = twin.filter(|(rest, _)| rest.until() > link.rest.until());
            let (rest, pace) = longer.unwrap_or((link.rest, link.pace));
            self.rests.push((peer, rest, pace));
        }
        for (request, ask) in link.asks {
            if matches!(ask.stage, crate::ask::Stage::Cancelled { .. }) {
                continue;
            }
            self.uncount(&ask);
            if let Some(transfer) = self.transfers.get_mut(&ask.object)
                && let Some(piece) = transfer.pieces.get_mut(ask.piece)
            {
                piece.ended(id, request);
                self.ask_again(ask.object);
            }
        }
    }
}
