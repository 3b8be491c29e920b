//! A short memory of peers: the oldest is forgotten when it is full.

use swarmfetch_wire::tracker::PeerId;

/// The last peers put in, each once.
#[derive(Clone, Debug)]
pub(super) struct Peers {
    most: usize,
    peers: Vec<PeerId>,
}

impl Peers {
    /// Room for `most`.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            peers: Vec::new(),
        }
    }

    /// Puts a peer in, as the youngest.
    pub(super) fn insert(&mut self, peer: PeerId) {
        self.remove(peer);
        if self.peers.len() == self.most {
            self.peers.remove(0);
        }
        self.peers.push(peer);
    }

    /// Takes the youngest out.
    pub(super) fn pop(&mut self) -> Option<PeerId> {
        self.peers.pop()
    }

    /// Forgets one.
    pub(super) fn remove(&mut self, peer: PeerId) {
        self.peers.retain(|kept| *kept != peer);
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.peers.clear();
    }

    /// Whether a peer is remembered.
    pub(super) fn contains(&self, peer: PeerId) -> bool {
        self.peers.contains(&peer)
    }

    /// Whether none is.
    pub(super) fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }
}
