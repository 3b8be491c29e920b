//! What peers want, and how it ends.

use swarmfetch_content::{GroupRange, ObjectId};
use swarmfetch_swarm::{Input, WantId};

use super::{End, PeerIndex, World};

impl World {
    /// The peer wants the object now.
    pub(crate) fn want(&mut self, peer: PeerIndex, object: ObjectId) -> WantId {
        self.want_as(peer, object, false)
    }

    pub(crate) fn want_as(&mut self, peer: PeerIndex, object: ObjectId, text: bool) -> WantId {
        self.want_with(peer, object, text, false)
    }

    /// The peer wants it, and would rather wait than have the origin asked.
    pub(crate) fn want_saving(&mut self, peer: PeerIndex, object: ObjectId) -> WantId {
        self.want_with(peer, object, false, true)
    }

    fn want_with(
        &mut self,
        peer: PeerIndex,
        object: ObjectId,
        text: bool,
        savings: bool,
    ) -> WantId {
        let want = self.begin_want(peer, object, None);
        self.tell(
            peer,
            Input::Want {
                want,
                object,
                compressible: text,
                urgent: true,
                savings,
            },
        );
        want
    }

    /// The peer wants these groups of the object now.
    pub(crate) fn want_part(
        &mut self,
        peer: PeerIndex,
        object: ObjectId,
        groups: GroupRange,
    ) -> WantId {
        self.want_part_as(peer, object, groups, false)
    }

    pub(crate) fn want_part_as(
        &mut self,
        peer: PeerIndex,
        object: ObjectId,
        groups: GroupRange,
        savings: bool,
    ) -> WantId {
        let want = self.begin_want(peer, object, Some(groups));
        self.tell(
            peer,
            Input::WantPart {
                want,
                object,
                groups,
                compressible: false,
                savings,
            },
        );
        want
    }

    fn begin_want(
        &mut self,
        peer: PeerIndex,
        object: ObjectId,
        groups: Option<GroupRange>,
    ) -> WantId {
        let want = WantId(self.wants);
        self.wants += 1;
        self.wanted.insert(want, self.now);
        self.peers[peer].wants.insert(want, (object, groups));
        want
    }

    /// How long every want took that has ended, in milliseconds.
    pub(crate) fn times_to_end(&self) -> Vec<(WantId, u64)> {
        let ended = self.peers.iter().flat_map(|peer| &peer.ended);
        ended
            .map(|(want, (at, _))| (*want, at.since(self.wanted[want])))
            .collect()
    }

    /// Lets time pass until the want ends; gives how, and after how long.
    pub(crate) fn until_end(&mut self, peer: PeerIndex, want: WantId) -> (End, u64) {
        let begun = self.now;
        let limit = begun.after(600_000);
        while !self.peers[peer].ended.contains_key(&want) {
            assert!(self.step(limit), "want {want:?} of peer {peer} never ends");
        }
        let (at, end) = self.peers[peer].ended[&want];
        (end, at.since(begun))
    }

    /// Lets time pass until no want of the peer is open.
    pub(crate) fn until_all_end(&mut self, peer: PeerIndex) {
        let limit = self.now.after(600_000);
        while self.peers[peer].swarm.wants_open() > 0 {
            assert!(self.step(limit), "some want of peer {peer} never ends");
        }
    }
}
