//! One swarm's members and the introductions under way between them.

use std::collections::BTreeMap;

use swarmfetch_wire::Millis;
use swarmfetch_wire::tracker::{OfferId, PeerId};

use crate::ConnectionId;

/// A peer in a room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) connection: ConnectionId,
    pub(crate) complete: bool,
    /// Understands the `swarmfetch` key.
    pub(crate) ours: bool,
    pub(crate) until: Millis,
    /// Its place in `Room::order`.
    place: usize,
}

/// An offer that was handed on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Introduction {
    pub(crate) target: PeerId,
    pub(crate) answered: bool,
    pub(crate) until: Millis,
    /// Signals that the offerer, and the target, may still send.
    pub(crate) signals: [u8; 2],
}

/// One swarm.
#[derive(Clone, Debug, Default)]
pub(crate) struct Room {
    members: BTreeMap<PeerId, Member>,
    /// The members again, for drawing one at random.
    order: Vec<PeerId>,
    complete: usize,
    introductions: BTreeMap<(PeerId, OfferId), Introduction>,
}

impl Room {
    pub(crate) fn member(&self, peer: PeerId) -> Option<&Member> {
        self.members.get(&peer)
    }

    /// Members that have everything, and those that have not.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (
            self.complete as u64,
            (self.members.len() - self.complete) as u64,
        )
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// The member at a place below `len`.
    pub(crate) fn at(&self, place: usize) -> Option<(PeerId, &Member)> {
        let peer = self.order.get(place)?;
        self.members.get(peer).map(|member| (*peer, member))
    }

    /// Adds a member, or renews it. Who was complete once stays so, as in the reference server.
    pub(crate) fn join(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        complete: bool,
        ours: bool,
        until: Millis,
    ) {
        let place = self.order.len();
        let member = self.members.entry(peer).or_insert_with(|| {
            self.order.push(peer);
            Member {
                connection,
                complete: false,
                ours,
                until,
                place,
            }
        });
        self.complete += usize::from(complete && !member.complete);
        (member.connection, member.ours, member.until) = (connection, ours, until);
        member.complete |= complete;
    }

    /// Removes a member and the introductions it made.
    pub(crate) fn leave(&mut self, peer: PeerId) {
        let Some(member) = self.members.remove(&peer) else {
            return;
        };
        self.complete -= usize::from(member.complete);
        self.order.swap_remove(member.place);
        if let Some(moved) = self
            .order
            .get(member.place)
            .and_then(|moved| self.members.get_mut(moved))
        {
            moved.place = member.place;
        }
        let made: Vec<_> = self.made_by(peer).map(|(key, _)| *key).collect();
        for key in made {
            self.introductions.remove(&key);
        }
    }

    /// Notes an offer handed on; false when the room has too many of them, or this one already.
    pub(crate) fn introduce(
        &mut self,
        by: PeerId,
        offer: OfferId,
        introduction: Introduction,
        most: usize,
    ) -> bool {
        let free =
            self.introductions.len() < most && !self.introductions.contains_key(&(by, offer));
        if free {
            self.introductions.insert((by, offer), introduction);
        }
        free
    }

    pub(crate) fn introduction(&mut self, by: PeerId, offer: OfferId) -> Option<&mut Introduction> {
        self.introductions.get_mut(&(by, offer))
    }

    pub(crate) fn forget(&mut self, by: PeerId, offer: OfferId) {
        self.introductions.remove(&(by, offer));
    }

    /// Whether the two were introduced to each other lately.
    pub(crate) fn are_meeting(&self, one: PeerId, other: PeerId) -> bool {
        let meets = |by, target| {
            self.made_by(by)
                .any(|(_, introduction)| introduction.target == target)
        };
        meets(one, other) || meets(other, one)
    }

    /// Forgets members and introductions whose time is over; hands back the members.
    pub(crate) fn sweep(&mut self, now: Millis) -> Vec<(PeerId, ConnectionId)> {
        let over: Vec<_> = self
            .members
            .iter()
            .filter(|(_, member)| member.until <= now)
            .map(|(peer, member)| (*peer, member.connection))
            .collect();
        for (peer, _) in &over {
            self.leave(*peer);
        }
        self.introductions
            .retain(|_, introduction| introduction.until > now);
        over
    }

    fn made_by(&self, peer: PeerId) -> impl Iterator<Item = (&(PeerId, OfferId), &Introduction)> {
        self.introductions
            .range((peer, OfferId([0; 20]))..=(peer, OfferId([255; 20])))
    }
}
