//! One swarm's members and the introductions under way between them.

use std::collections::BTreeMap;

use swarmfetch_wire::tracker::{OfferId, PeerId};
use swarmfetch_wire::{Bucket, Millis};

use crate::{ConnectionId, Limits};

/// A peer in a room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) connection: ConnectionId,
    pub(crate) complete: bool,
    /// Understands the `swarmfetch` key.
    pub(crate) ours: bool,
    pub(crate) until: Millis,
    /// The newest version of the site that it knows or was told of; of ours only.
    version: Option<u64>,
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
    /// What its members may still be told; made when there is something.
    news: Option<Bucket>,
    /// The newest version that they were not told of, because it was too soon.
    untold: Option<u64>,
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
                version: None,
                place,
            }
        });
        self.complete += usize::from(complete && !member.complete);
        (member.connection, member.ours, member.until) = (connection, ours, until);
        member.complete |= complete;
    }

    /// Notes what a member knows. Did it not know that before?
    pub(crate) fn knows(&mut self, peer: PeerId, version: u64) -> bool {
        let member = self.members.get_mut(&peer);
        let Some(member) = member.filter(|member| member.ours) else {
            return false;
        };
        let is_news = member.version.is_none_or(|before| before < version);
        member.version = Some(version);
        is_news
    }

    /// Those who know an older version only.
    pub(crate) fn behind(&self, version: u64) -> Vec<ConnectionId> {
        let is_older = |member: &&Member| member.version.is_some_and(|known| known < version);
        let older = self.members.values().filter(is_older);
        older.map(|member| member.connection).collect()
    }

    /// May its members be told of a version that one of them knows? If not, it is remembered.
    pub(crate) fn grant_news(&mut self, now: Millis, version: u64, limits: &Limits) -> bool {
        let (burst, token_ms) = limits.news_per_room;
        let news = self
            .news
            .get_or_insert_with(|| Bucket::new(burst, token_ms));
        let granted = news.take(now);
        self.untold = (!granted).then_some(version).max(self.untold);
        granted
    }

    /// The version that it was too soon to tell of.
    pub(crate) fn take_untold(&mut self) -> Option<u64> {
        self.untold.take()
    }

    /// How many members know which version.
    pub(crate) fn versions(&self) -> BTreeMap<u64, u64> {
        let mut versions = BTreeMap::new();
        for version in self.members.values().filter_map(|member| member.version) {
            *versions.entry(version).or_default() += 1;
        }
        versions
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
