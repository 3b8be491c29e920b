//! The one rendezvous machine that all sockets share, and the way back to each of them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use swarmfetch_rendezvous::{ConnectionId, Input, Output, Rendezvous};
use swarmfetch_wire::Millis;
use swarmfetch_wire::tracker::InfoHash;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::TrackerConfig;

/// Messages that wait for one client to read them; who lets more wait is closed. The machine's quotas let a client
/// have about 10 at once.
const OUTBOX_MESSAGES: usize = 32;

/// How long the clock task sleeps when the machine wants nothing.
const REST: Duration = Duration::from_secs(10);

/// What a socket is told: to send a text, or (when the channel ends) to close.
pub(crate) type Outbox = mpsc::Receiver<String>;

/// The machine and its sockets. Clones are the same hub.
#[derive(Clone)]
pub(crate) struct Hub {
    shared: Arc<Shared>,
}

struct Shared {
    config: TrackerConfig,
    started: Instant,
    state: Mutex<State>,
}

struct State {
    rendezvous: Rendezvous,
    outboxes: BTreeMap<ConnectionId, mpsc::Sender<String>>,
    next: u64,
    /// The task that hands in timeouts runs.
    clock: bool,
}

impl Hub {
    /// A hub without sockets.
    pub(crate) fn new(config: TrackerConfig) -> Self {
        let rendezvous = Rendezvous::new(config.limits, fastrand::u64(..));
        let state = Mutex::new(State {
            rendezvous,
            outboxes: BTreeMap::new(),
            next: 0,
            clock: false,
        });
        Self {
            shared: Arc::new(Shared {
                config,
                started: Instant::now(),
                state,
            }),
        }
    }

    pub(crate) fn config(&self) -> &TrackerConfig {
        &self.shared.config
    }

    /// Takes a new socket in. Its outbox ends at once when the tracker is full.
    pub(crate) fn enter(&self, address: IpAddr) -> (ConnectionId, Outbox) {
        let (sender, outbox) = mpsc::channel(OUTBOX_MESSAGES);
        let mut state = self.shared.lock();
        let connection = ConnectionId(state.next);
        state.next += 1;
        state.outboxes.insert(connection, sender);
        state.handle(
            self.shared.now(),
            Input::Connected {
                connection,
                address,
            },
        );
        if !std::mem::replace(&mut state.clock, true) {
            tokio::spawn(keep_time(Arc::downgrade(&self.shared)));
        }
        (connection, outbox)
    }

    /// Hands a client's message in.
    pub(crate) fn hear(&self, connection: ConnectionId, text: &str) {
        self.shared
            .lock()
            .handle(self.shared.now(), Input::Message { connection, text });
    }

    /// Takes a socket out.
    pub(crate) fn exit(&self, connection: ConnectionId) {
        let mut state = self.shared.lock();
        state.outboxes.remove(&connection);
        state.handle(self.shared.now(), Input::Closed { connection });
    }

    /// Tells a swarm of a version.
    pub(crate) fn publish(&self, info_hash: InfoHash, version: u64) {
        let published = Input::Published { info_hash, version };
        self.shared.lock().handle(self.shared.now(), published);
    }

    /// How many of a swarm's visitors know which version.
    pub(crate) fn versions(&self, info_hash: InfoHash) -> BTreeMap<u64, u64> {
        self.shared.lock().rendezvous.versions(info_hash)
    }

    /// Closes all sockets.
    pub(crate) fn close(&self) {
        self.shared.lock().outboxes.clear();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // The machine does not panic; if it did, serving on from its last state beats failing all clients.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Millis {
        Millis(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

impl State {
    fn handle(&mut self, now: Millis, input: Input<'_>) {
        self.rendezvous.handle(now, input);
        let mut stuck = Vec::new();
        while let Some(output) = self.rendezvous.poll() {
            match output {
                Output::Send { connection, text } => {
                    let sent = self
                        .outboxes
                        .get(&connection)
                        .map(|outbox| outbox.try_send(text));
                    if matches!(sent, Some(Err(_))) {
                        stuck.push(connection);
                    }
                }
                // Dropping the sender ends the socket's outbox, and with it the socket.
                Output::Close { connection, .. } => {
                    self.outboxes.remove(&connection);
                }
            }
        }
        for connection in stuck {
            self.outboxes.remove(&connection);
            self.handle(now, Input::Closed { connection });
        }
    }
}

/// Hands in the machine's timeouts for as long as the hub lives.
async fn keep_time(hub: Weak<Shared>) {
    loop {
        let rest = match hub.upgrade() {
            None => return,
            Some(shared) => {
                let now = shared.now();
                let mut state = shared.lock();
                if state.rendezvous.next_timeout().is_some_and(|at| at <= now) {
                    state.handle(now, Input::Timeout);
                }
                state
                    .rendezvous
                    .next_timeout()
                    .map_or(REST, |at| Duration::from_millis(at.since(now)))
            }
        };
        tokio::time::sleep(rest.min(REST)).await;
    }
}
