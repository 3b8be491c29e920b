//! What clients ask for: to be in a room, and to have offers, answers and signals handed on.

use swarmfetch_wire::Millis;
use swarmfetch_wire::tracker::{
    Announce, Announced, Answer, Event, InfoHash, Introduction, Offer, PeerId, Response, Scraped,
    Signal, SignalKind,
};

use super::{ConnectionId, Rendezvous};
use crate::room;

/// Members looked at for each offer before it is given up: those who met their share of strangers are passed over.
const DRAWS_PER_OFFER: usize = 16;

/// Who sent an announce.
#[derive(Clone, Copy)]
struct Sender {
    connection: ConnectionId,
    info_hash: InfoHash,
    peer_id: PeerId,
    ours: bool,
}

impl Rendezvous {
    pub(super) fn announce(&mut self, now: Millis, connection: ConnectionId, announce: Announce) {
        let Announce {
            info_hash,
            peer_id,
            event,
            left,
            offers,
            ours,
            version,
        } = announce;
        let sender = Sender {
            connection,
            info_hash,
            peer_id,
            ours,
        };
        let complete = left == Some(0) || event == Event::Completed;
        if let Err(reason) = self.enter(now, &sender, event, complete) {
            self.fail(connection, Some(info_hash), reason);
            return;
        }
        let (complete, incomplete) = self
            .rooms
            .get(&info_hash)
            .map_or((0, 0), room::Room::counts);
        let interval_secs = self.limits.interval_secs;
        self.send(
            connection,
            &Response::Announced(Announced {
                info_hash,
                interval_secs,
                complete,
                incomplete,
                ours,
            }),
        );
        if event == Event::Stopped {
            return;
        }
        if let Some(version) = version {
            self.hear_version(now, connection, (info_hash, peer_id), version);
        }
        let mut chosen = Vec::new();
        for offer in offers {
            let target = match offer.to_peer_id.filter(|_| ours) {
                Some(to) => self.known(now, &sender, to),
                None => self.draw(now, &sender, &chosen),
            };
            chosen.extend(target);
            self.hand_on(now, &sender, target, offer);
        }
    }

    /// Puts the sender into the room, or takes it out.
    fn enter(
        &mut self,
        now: Millis,
        sender: &Sender,
        event: Event,
        complete: bool,
    ) -> Result<(), &'static str> {
        let Sender {
            connection,
            info_hash,
            peer_id,
            ours,
        } = *sender;
        let Some(held) = self.connections.get_mut(&connection) else {
            return Err("not connected");
        };
        if *held.peer.get_or_insert(peer_id) != peer_id {
            return Err("one peer_id per connection");
        }
        let address = held.address;
        let inside = held.rooms.contains(&info_hash);
        if event == Event::Stopped {
            held.rooms.retain(|entered| *entered != info_hash);
            if inside {
                self.leave(info_hash, peer_id);
            }
            return Ok(());
        }
        if !inside && held.rooms.len() >= self.limits.rooms_per_connection {
            return Err("too many swarms on this connection");
        }
        if !self.rooms.contains_key(&info_hash) && self.rooms.len() >= self.limits.rooms {
            return Err("too many swarms");
        }
        // Peers know each other's ids, so an id alone proves nothing. The same address may take over from a
        // connection that is probably dead; anyone else must wait until it is.
        let holder = self
            .rooms
            .get(&info_hash)
            .and_then(|room| room.member(peer_id))
            .map(|member| member.connection);
        if let Some(old) = holder.filter(|old| *old != connection)
            && let Some(other) = self.connections.get_mut(&old)
        {
            if other.address != address {
                return Err("peer_id in use");
            }
            other.rooms.retain(|entered| *entered != info_hash);
        }
        if !inside && let Some(held) = self.connections.get_mut(&connection) {
            held.rooms.push(info_hash);
        }
        let until = now.after(self.limits.peer_ms);
        self.rooms
            .entry(info_hash)
            .or_default()
            .join(peer_id, connection, complete, ours, until);
        Ok(())
    }

    /// The peer that an offer is made for, if it is there and the sender may ask.
    fn known(&mut self, now: Millis, sender: &Sender, to: PeerId) -> Option<PeerId> {
        let there = self
            .rooms
            .get(&sender.info_hash)?
            .member(to)
            .is_some_and(|member| member.ours);
        let granted = there
            && to != sender.peer_id
            && self
                .connections
                .get_mut(&sender.connection)?
                .directed
                .take(now);
        granted.then_some(to)
    }

    /// Somebody for an offer to anyone: not the sender, nobody chosen in this announce, of ours for ours (only they
    /// understand candidates that follow); rather someone who was not introduced to the sender just now; and nobody,
    /// the sender included, who has met enough strangers lately.
    fn draw(&mut self, now: Millis, sender: &Sender, chosen: &[PeerId]) -> Option<PeerId> {
        let Self {
            rooms,
            connections,
            addresses,
            random,
            ..
        } = self;
        let room = rooms.get(&sender.info_hash)?;
        let members = room.len();
        if members < 2 || !connections.get(&sender.connection)?.strangers.has(now, 1) {
            return None;
        }
        let first = random.usize(..members);
        let mut second_choice = None;
        for step in 0..members.min(DRAWS_PER_OFFER + chosen.len()) {
            let Some((peer, member)) = room.at((first + step) % members) else {
                continue;
            };
            let open = connections
                .get(&member.connection)
                .is_some_and(|held| held.strangers.has(now, 1));
            if !open
                || peer == sender.peer_id
                || chosen.contains(&peer)
                || (sender.ours && !member.ours)
            {
                continue;
            }
            second_choice.get_or_insert((peer, member.connection));
            if !room.are_meeting(sender.peer_id, peer) {
                second_choice = Some((peer, member.connection));
                break;
            }
        }
        let (peer, target) = second_choice?;
        for connection in [sender.connection, target] {
            let held = connections.get_mut(&connection)?;
            if !addresses.meet(now, held.address) {
                return None;
            }
            held.strangers.take(now);
        }
        Some(peer)
    }

    /// Hands an offer to its target, or back to a sender of ours as refused.
    fn hand_on(&mut self, now: Millis, sender: &Sender, target: Option<PeerId>, offer: Offer) {
        let Sender {
            connection,
            info_hash,
            peer_id,
            ours,
        } = *sender;
        let Offer {
            offer_id,
            session,
            to_peer_id,
        } = offer;
        let signals = [self.limits.signals_per_introduction; 2];
        let until = now.after(self.limits.introduction_ms);
        let most = self.limits.introductions_per_room;
        let to = target.and_then(|target| {
            let room = self.rooms.get_mut(&info_hash)?;
            let to = room.member(target)?.connection;
            let introduction = room::Introduction {
                target,
                answered: false,
                until,
                signals,
            };
            room.introduce(peer_id, offer_id, introduction, most)
                .then_some(to)
        });
        if let Some(to) = to {
            let directed = ours && to_peer_id.is_some();
            let offer = Introduction {
                info_hash,
                peer_id,
                offer_id,
                session,
                ours,
                directed,
            };
            self.send(to, &Response::Offer(offer));
        } else if ours {
            let peer_id = to_peer_id.unwrap_or(peer_id);
            let kind = SignalKind::Refused;
            self.send(
                connection,
                &Response::Signal(Signal {
                    info_hash,
                    peer_id,
                    to_peer_id: None,
                    offer_id,
                    kind,
                }),
            );
        }
    }

    /// Hands an answer to the maker of the offer. One that nobody waits for is dropped, as the reference server does.
    pub(super) fn answer(&mut self, connection: ConnectionId, answer: Answer) {
        let Answer {
            info_hash,
            peer_id,
            to_peer_id,
            offer_id,
            session,
            ours,
        } = answer;
        if !self.is(connection, peer_id) {
            return;
        }
        let Some(room) = self.rooms.get_mut(&info_hash) else {
            return;
        };
        let Some(maker) = room.member(to_peer_id).map(|member| member.connection) else {
            return;
        };
        let asked = room.introduction(to_peer_id, offer_id);
        let Some(asked) = asked.filter(|asked| asked.target == peer_id && !asked.answered) else {
            return;
        };
        asked.answered = true;
        let answer = Introduction {
            info_hash,
            peer_id,
            offer_id,
            session,
            ours,
            directed: false,
        };
        self.send(maker, &Response::Answer(answer));
    }

    /// Hands a signal to the other end of an introduction.
    pub(super) fn signal(&mut self, connection: ConnectionId, signal: Signal) {
        let Signal {
            info_hash,
            peer_id,
            to_peer_id,
            offer_id,
            kind,
        } = signal;
        if !self.is(connection, peer_id) {
            return;
        }
        let maker = to_peer_id.unwrap_or(peer_id);
        let Some(room) = self.rooms.get_mut(&info_hash) else {
            return;
        };
        let Some(introduction) = room.introduction(maker, offer_id) else {
            return;
        };
        let from_target = introduction.target == peer_id;
        let left = &mut introduction.signals[usize::from(from_target)];
        if *left == 0 || from_target != to_peer_id.is_some() {
            return;
        }
        *left -= 1;
        let to = if from_target {
            maker
        } else {
            introduction.target
        };
        if kind == SignalKind::Refused {
            if introduction.answered || !from_target {
                return;
            }
            room.forget(maker, offer_id);
        }
        if let Some(to) = room
            .member(to)
            .filter(|member| member.ours)
            .map(|member| member.connection)
        {
            self.send(
                to,
                &Response::Signal(Signal {
                    info_hash,
                    peer_id,
                    to_peer_id: None,
                    offer_id,
                    kind,
                }),
            );
        }
    }

    pub(super) fn scrape(&mut self, connection: ConnectionId, hashes: &[InfoHash]) {
        let count = |info_hash: &InfoHash| {
            let (complete, incomplete) =
                self.rooms.get(info_hash).map_or((0, 0), room::Room::counts);
            Scraped {
                info_hash: *info_hash,
                complete,
                incomplete,
            }
        };
        let swarms = hashes.iter().map(count).collect();
        self.send(connection, &Response::Scraped(swarms));
    }

    /// Whether a connection is that peer's.
    fn is(&self, connection: ConnectionId, peer: PeerId) -> bool {
        self.connections
            .get(&connection)
            .is_some_and(|held| held.peer == Some(peer))
    }
}
