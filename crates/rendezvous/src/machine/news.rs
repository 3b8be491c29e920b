//! Newer versions: whoever comes to know of one, or comes with it, says so in its announce, and those who know an older one are told. What they hear
//! is a number; the site itself says whether it is so.

use std::collections::BTreeMap;

use swarmfetch_wire::Millis;
use swarmfetch_wire::tracker::{InfoHash, News, PeerId, Response};

use super::{ConnectionId, Rendezvous};

impl Rendezvous {
    /// How many of a room's members know which version; of those who say.
    #[must_use]
    pub fn versions(&self, info_hash: InfoHash) -> BTreeMap<u64, u64> {
        let room = self.rooms.get(&info_hash);
        room.map(|room| room.versions()).unwrap_or_default()
    }

    /// A member says what it knows.
    pub(super) fn hear_version(
        &mut self,
        now: Millis,
        connection: ConnectionId,
        (info_hash, peer): (InfoHash, PeerId),
        version: u64,
    ) {
        let room = self.rooms.get_mut(&info_hash);
        let is_news = room.is_some_and(|room| room.knows(peer, version));
        let held = self.connections.get_mut(&connection);
        if is_news && held.is_some_and(|held| held.news.take(now)) {
            self.pass_on(now, info_hash, version);
        }
    }

    /// Tells a room of what one of its members knows, if it may be told now.
    fn pass_on(&mut self, now: Millis, info_hash: InfoHash, version: u64) {
        let limits = self.limits;
        if let Some(room) = self.rooms.get_mut(&info_hash)
            && !room.behind(version).is_empty()
            && room.grant_news(now, version, &limits)
        {
            self.tell_room(info_hash, version);
        }
    }

    /// Tells rooms what it was too soon to tell them.
    pub(super) fn tell_untold(&mut self, now: Millis) {
        let untold = self.rooms.iter_mut();
        let untold: Vec<_> = untold
            .filter_map(|(info_hash, room)| Some((*info_hash, room.take_untold()?)))
            .collect();
        for (info_hash, version) in untold {
            self.pass_on(now, info_hash, version);
        }
    }

    /// Tells a room's members of a version, but for those who know it.
    pub(super) fn tell_room(&mut self, info_hash: InfoHash, version: u64) {
        let told = self.rooms.get(&info_hash).map(|room| room.behind(version));
        let told = told.unwrap_or_default();
        let news = Response::News(News {
            info_hash,
            version,
            peers: told.len() as u64,
        });
        for connection in told {
            self.send(connection, &news);
        }
    }
}
