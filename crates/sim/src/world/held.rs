//! What visitors hold, and who could have it from them.

use swarmfetch_content::{Hash, ObjectId};
use swarmfetch_swarm::Input;

use super::{VisitorId, World};
use crate::bodies::BodyId;

impl World {
    /// The store of somebody who has been here before.
    pub(super) fn remember(&mut self, id: VisitorId, pages: usize) {
        for _ in 0..pages {
            let site = self.visitor(id).site;
            let published = &self.origins[site.0].published;
            let page = published.draw_page(&mut self.visitors[id.0 as usize].rng);
            let urls = [published.document(page)]
                .into_iter()
                .chain(published.parts(page));
            let bodies: Vec<BodyId> = urls
                .filter_map(|url| published.newest().body(url))
                .collect();
            for body in bodies {
                self.keep(id, body);
            }
        }
    }

    /// What a visitor holds that nobody wants.
    pub(super) fn held_beside(&self, id: VisitorId) -> Vec<ObjectId> {
        let count = match id.0 % 2 {
            0 => self.scenario.people.held_beside,
            _ => 0,
        };
        let mut rng = fastrand::Rng::with_seed(id.0.into());
        let mut hash = || Hash::from_bytes(std::array::from_fn(|_| rng.u8(..)));
        let object = |_| ObjectId {
            hash: hash(),
            len: 1,
        };
        (0..count).map(object).collect()
    }

    /// Something is stored; what is oldest may have to go.
    pub(super) fn keep(&mut self, id: VisitorId, body: BodyId) {
        let most = self.scenario.people.held_objects.max(1);
        let gives = self.gives(id);
        let of = &mut self.visitors[id.0 as usize];
        if !of.here || !of.store.held.insert(body) {
            return;
        }
        of.store.order.push_back(body);
        if gives {
            *self.holders.entry(body).or_default() += 1;
        }
        if of.store.order.len() > most
            && let Some(oldest) = of.store.order.pop_front()
        {
            of.store.held.remove(&oldest);
            if gives {
                self.no_longer_held(oldest);
            }
            let object: ObjectId = self.bodies.body(oldest).object;
            self.tell(id, Input::Dropped(vec![object]));
        }
    }

    /// From now on others could have what the visitor holds.
    pub(super) fn now_gives(&mut self, id: VisitorId) {
        if self.gives(id) {
            self.count_held(id, true);
        }
    }

    pub(super) fn count_held(&mut self, id: VisitorId, more: bool) {
        let held: Vec<BodyId> = self.visitor(id).store.held.iter().copied().collect();
        for body in held {
            if more {
                *self.holders.entry(body).or_default() += 1;
            } else {
                self.no_longer_held(body);
            }
        }
    }

    fn no_longer_held(&mut self, body: BodyId) {
        if let Some(holders) = self.holders.get_mut(&body) {
            *holders = holders.saturating_sub(1);
            if *holders == 0 {
                self.holders.remove(&body);
            }
        }
    }
}
