//! The rendezvous machine itself: what each input does.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use swarmfetch_wire::Millis;
use swarmfetch_wire::tracker::{Failure, InfoHash, PeerId, Request, Response};

use crate::Limits;
use crate::address::{self, Addresses};
use crate::connection::Connection;
use crate::room::Room;

mod news;
mod pairing;

/// How often what is over is cleared away.
const SWEEP_MS: u64 = 10_000;

/// Bytes of a message that count as one message.
const WEIGHT_BYTES: usize = 4 * 1024;

/// What a message that is not understood counts as, in messages.
const BAD_WEIGHT: u64 = 10;

/// A connection, as the shell numbers them. A number is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// What happened.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A client's WebSocket is open.
    Connected {
        /// Its name from now on.
        connection: ConnectionId,
        /// Where the client is.
        address: IpAddr,
    },
    /// A text (or binary, as the reference server takes both) message came.
    Message {
        /// From this connection.
        connection: ConnectionId,
        /// The whole message.
        text: &'a str,
    },
    /// The connection is gone.
    Closed {
        /// This one.
        connection: ConnectionId,
    },
    /// The shell knows that a site has published a version.
    Published {
        /// The site's swarm.
        info_hash: InfoHash,
        /// The version.
        version: u64,
    },
    /// The moment of `next_timeout` came.
    Timeout,
}

/// What the shell must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a text message.
    Send {
        /// On this connection.
        connection: ConnectionId,
        /// The whole message.
        text: String,
    },
    /// Close a connection; the machine has forgotten it.
    Close {
        /// This one.
        connection: ConnectionId,
        /// Why.
        reason: CloseReason,
    },
}

/// Why a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// The tracker, or this address, has too many.
    TooManyConnections,
    /// Too many messages too fast.
    TooManyMessages,
    /// Nothing came for too long.
    Idle,
}

/// The tracker's rooms. See the [crate] for the contract.
#[derive(Clone, Debug)]
pub struct Rendezvous {
    limits: Limits,
    random: fastrand::Rng,
    outputs: VecDeque<Output>,
    connections: BTreeMap<ConnectionId, Connection>,
    addresses: Addresses,
    rooms: BTreeMap<InfoHash, Room>,
    sweep_at: Option<Millis>,
}

impl Rendezvous {
    /// An empty tracker.
    #[must_use]
    pub fn new(limits: Limits, seed: u64) -> Self {
        Self {
            limits,
            random: fastrand::Rng::with_seed(seed),
            outputs: VecDeque::new(),
            connections: BTreeMap::new(),
            addresses: Addresses::default(),
            rooms: BTreeMap::new(),
            sweep_at: None,
        }
    }

    /// Takes what happened at `now`; then call [`Rendezvous::poll`] until `None`.
    pub fn handle(&mut self, now: Millis, input: Input<'_>) {
        match input {
            Input::Connected {
                connection,
                address,
            } => self.connected(now, connection, address::account(address)),
            Input::Message { connection, text } => self.message(now, connection, text),
            Input::Closed { connection } => self.forget(connection),
            Input::Published { info_hash, version } => self.tell_room(info_hash, version),
            Input::Timeout => self.sweep(now),
        }
        let empty = self.connections.is_empty() && self.addresses.len() == 0;
        self.sweep_at = (!empty).then(|| self.sweep_at.unwrap_or(now.after(SWEEP_MS)));
    }

    /// The next thing to do, until `None`.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to hand in [`Input::Timeout`], to clear away what is over.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Millis> {
        self.sweep_at
    }

    /// Number of connections.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Number of rooms.
    #[must_use]
    pub fn rooms(&self) -> usize {
        self.rooms.len()
    }

    fn connected(&mut self, now: Millis, connection: ConnectionId, address: IpAddr) {
        let room = self.connections.len() < self.limits.connections;
        if room && self.addresses.connect(now, address, &self.limits) {
            self.connections
                .insert(connection, Connection::new(now, address, &self.limits));
        } else {
            self.outputs.push_back(Output::Close {
                connection,
                reason: CloseReason::TooManyConnections,
            });
        }
    }

    fn forget(&mut self, connection: ConnectionId) {
        let Some(gone) = self.connections.remove(&connection) else {
            return;
        };
        self.addresses.disconnect(gone.address);
        for info_hash in gone.rooms {
            if let Some(peer) = gone.peer {
                self.leave(info_hash, peer);
            }
        }
    }

    fn leave(&mut self, info_hash: InfoHash, peer: PeerId) {
        if let Some(room) = self.rooms.get_mut(&info_hash) {
            room.leave(peer);
            if room.is_empty() {
                self.rooms.remove(&info_hash);
            }
        }
    }

    fn sweep(&mut self, now: Millis) {
        if self.sweep_at.is_some_and(|at| at > now) {
            return;
        }
        self.sweep_at = None;
        let limits = self.limits;
        let idle: Vec<_> = self
            .connections
            .iter()
            .filter(|(_, held)| held.is_idle(now, &limits))
            .map(|(id, _)| *id)
            .collect();
        for connection in idle {
            self.close(connection, CloseReason::Idle);
        }
        let Self {
            rooms, connections, ..
        } = self;
        rooms.retain(|info_hash, room| {
            for (_, connection) in room.sweep(now) {
                if let Some(held) = connections.get_mut(&connection) {
                    held.rooms.retain(|entered| entered != info_hash);
                }
            }
            !room.is_empty()
        });
        self.addresses.sweep(now);
        self.tell_untold(now);
    }

    fn close(&mut self, connection: ConnectionId, reason: CloseReason) {
        self.forget(connection);
        self.outputs.push_back(Output::Close { connection, reason });
    }

    fn message(&mut self, now: Millis, connection: ConnectionId, text: &str) {
        let Some(held) = self.connections.get_mut(&connection) else {
            return;
        };
        held.heard = now;
        // Paid for before it is read, so that reading costs no more than what was granted.
        let weight = 1 + (text.len() / WEIGHT_BYTES) as u64;
        if !held.messages.take_many(now, weight) {
            self.close(connection, CloseReason::TooManyMessages);
            return;
        }
        // Neighbours behind one address are not punished for each other: the message is lost, the connection stays.
        if !self.addresses.message(now, held.address, weight) {
            return;
        }
        match Request::parse(text) {
            Ok(Request::Announce(announce)) => self.announce(now, connection, announce),
            Ok(Request::Answer(answer)) => self.answer(connection, answer),
            Ok(Request::Signal(signal)) => self.signal(connection, signal),
            Ok(Request::Scrape(hashes)) => self.scrape(connection, &hashes),
            Err(error) => {
                if held.messages.take_many(now, BAD_WEIGHT) {
                    self.fail(connection, None, &error.to_string());
                } else {
                    self.close(connection, CloseReason::TooManyMessages);
                }
            }
        }
    }

    /// Queues a message to a client.
    fn send(&mut self, connection: ConnectionId, response: &Response) {
        self.outputs.push_back(Output::Send {
            connection,
            text: response.to_text(),
        });
    }

    /// Tells a client that it was not understood, or not granted.
    fn fail(&mut self, connection: ConnectionId, info_hash: Option<InfoHash>, reason: &str) {
        let reason = reason.to_owned();
        self.send(
            connection,
            &Response::Failure(Failure { info_hash, reason }),
        );
    }
}

#[cfg(test)]
mod tests;
