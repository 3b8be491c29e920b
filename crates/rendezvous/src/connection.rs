//! What the tracker knows of one connection.

use std::net::IpAddr;

use swarmfetch_wire::tracker::{InfoHash, PeerId};
use swarmfetch_wire::{Bucket, Millis};

use crate::Limits;

/// One client's socket.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) address: IpAddr,
    /// Fixed by the first announce.
    pub(crate) peer: Option<PeerId>,
    pub(crate) rooms: Vec<InfoHash>,
    pub(crate) messages: Bucket,
    pub(crate) strangers: Bucket,
    pub(crate) directed: Bucket,
    pub(crate) news: Bucket,
    /// When the last message came, or the connection itself.
    pub(crate) heard: Millis,
}

impl Connection {
    pub(crate) fn new(now: Millis, address: IpAddr, limits: &Limits) -> Self {
        let new = |(burst, token_ms)| Bucket::new(burst, token_ms);
        Self {
            address,
            peer: None,
            rooms: Vec::new(),
            messages: new(limits.messages_per_connection),
            strangers: new(limits.strangers_per_connection),
            directed: new(limits.directed_per_connection),
            news: new(limits.news_per_connection),
            heard: now,
        }
    }

    /// Whether the client has been silent for too long.
    pub(crate) fn is_idle(&self, now: Millis, limits: &Limits) -> bool {
        let patience = if self.peer.is_some() {
            limits.idle_ms
        } else {
            limits.first_message_ms
        };
        now.since(self.heard) >= patience
    }
}
