//! Each origin's tracker: the real rendezvous machine behind WebSockets of the simulated network.

use std::net::{IpAddr, Ipv4Addr};

use swarmfetch_rendezvous::{ConnectionId, Input, Output};
use swarmfetch_swarm::meet::{Heard, MeetInput};

use super::network::{Load, Parcel, weight_on_stream};
use super::{Event, SiteIndex, VisitorId, World};
use crate::pipe::FlowId;
use crate::scenario::Mood;
use crate::time::Micros;

/// A WebSocket to a tracker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SocketId(pub(crate) u64);

/// A WebSocket that is open or being opened.
#[derive(Debug)]
pub(crate) struct Socket {
    visitor: VisitorId,
    life: u32,
    open: bool,
}

/// Round trips until a WebSocket is open: TCP, TLS 1.3, and the upgrade.
const ROUND_TRIPS: u64 = 3;

impl World {
    /// A worker opens its socket.
    pub(super) fn open_socket(&mut self, visitor: VisitorId) {
        let id = SocketId(self.number());
        let life = self.visitor(visitor).life;
        self.sockets.insert(
            id,
            Socket {
                visitor,
                life,
                open: false,
            },
        );
        if let Some(worker) = &mut self.visitor_mut(visitor).worker {
            worker.socket = Some(id);
        }
        let takes = Micros(ROUND_TRIPS * self.round_trip(visitor).0);
        self.queue.push(self.now.after(takes), Event::Opens(id));
    }

    pub(super) fn socket_opens(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.get_mut(&id) else {
            return;
        };
        let (visitor, life) = (socket.visitor, socket.life);
        let site = self.visitors[visitor.0 as usize].site;
        match self.origins[site.0].mood(self.now) {
            // Until the machine loses patience.
            Some(Mood::Hangs) => return,
            Some(Mood::Refuses | Mood::Fails | Mood::Denies) => {
                self.sockets.remove(&id);
                self.told_by_socket(visitor, life, MeetInput::SocketClosed);
                return;
            }
            None | Some(Mood::Ages) => socket.open = true,
        }
        let [_, a, b, c] = (visitor.0 + 1).to_be_bytes();
        let address = IpAddr::V4(Ipv4Addr::new(10, a, b, c));
        let connection = ConnectionId(id.0);
        self.rendezvous(
            site,
            Input::Connected {
                connection,
                address,
            },
        );
        if self.sockets.contains_key(&id) {
            self.told_by_socket(visitor, life, MeetInput::SocketOpened);
        }
    }

    /// A worker closes its socket, or died.
    pub(super) fn close_socket(&mut self, visitor: VisitorId) {
        let Some(id) = self
            .visitor_mut(visitor)
            .worker
            .as_mut()
            .and_then(|worker| worker.socket.take())
        else {
            return;
        };
        self.drop_socket(id);
    }

    /// A socket is gone; the tracker notices.
    pub(super) fn drop_socket(&mut self, id: SocketId) {
        if let Some(Socket {
            visitor,
            open: true,
            ..
        }) = self.sockets.remove(&id)
        {
            let later = self.now.after(Micros(self.round_trip(visitor).0 / 2));
            let site = self.visitor(visitor).site;
            self.queue.push(later, Event::Closes(site, id));
        }
    }

    pub(super) fn socket_closes(&mut self, site: SiteIndex, id: SocketId) {
        let connection = ConnectionId(id.0);
        self.rendezvous(site, Input::Closed { connection });
    }

    /// A worker says something on its socket.
    pub(super) fn say(&mut self, visitor: VisitorId, text: String) {
        let Some(id) = self
            .visitor(visitor)
            .worker
            .as_ref()
            .and_then(|worker| worker.socket)
        else {
            return;
        };
        let (from, to) = (
            self.visitor(visitor).host,
            self.origin(self.visitor(visitor).site).host,
        );
        let parcel = Parcel {
            from,
            to,
            flow: FlowId(id.0 << 1),
            bytes: weight_on_stream(text.len() as u64),
            load: Load::Say(id, text),
        };
        self.send(parcel);
    }

    pub(super) fn tracker_hears(&mut self, id: SocketId, text: &str) {
        let Some(Socket {
            visitor,
            open: true,
            ..
        }) = self.sockets.get(&id)
        else {
            return;
        };
        let site = self.visitor(*visitor).site;
        self.mix(2, id.0 ^ (text.len() as u64) << 32);
        let connection = ConnectionId(id.0);
        self.rendezvous(site, Input::Message { connection, text });
    }

    pub(super) fn tracker_said(&mut self, id: SocketId, text: &str) {
        if let Some(Socket { visitor, life, .. }) = self.sockets.get(&id) {
            let (visitor, life) = (*visitor, *life);
            if let Ok(heard) = Heard::parse(text) {
                self.told_by_socket(visitor, life, MeetInput::Heard(heard));
            }
        }
    }

    pub(super) fn wake_tracker(&mut self, site: SiteIndex, at: Micros) {
        let origin = &mut self.origins[site.0];
        if origin.wake == Some(at) {
            origin.wake = None;
            self.rendezvous(site, Input::Timeout);
        }
    }

    /// Tells a tracker, and does what it wants done.
    fn rendezvous(&mut self, site: SiteIndex, input: Input<'_>) {
        let now = self.now;
        let origin = &mut self.origins[site.0];
        origin.rendezvous.handle(now.millis(), input);
        let host = origin.host;
        while let Some(output) = self.origins[site.0].rendezvous.poll() {
            match output {
                Output::Send { connection, text } => {
                    let id = SocketId(connection.0);
                    let Some(socket) = self.sockets.get(&id) else {
                        continue;
                    };
                    let to = self.visitor(socket.visitor).host;
                    let bytes = weight_on_stream(text.len() as u64);
                    self.tally.tracker(now, bytes);
                    let parcel = Parcel {
                        from: host,
                        to,
                        flow: FlowId(id.0 << 1 | 1),
                        bytes,
                        load: Load::Hear(id, text),
                    };
                    self.send(parcel);
                }
                Output::Close { connection, .. } => {
                    if let Some(socket) = self.sockets.remove(&SocketId(connection.0)) {
                        self.told_by_socket(socket.visitor, socket.life, MeetInput::SocketClosed);
                    }
                }
            }
        }
        let origin = &mut self.origins[site.0];
        if let Some(next) = origin.rendezvous.next_timeout() {
            let at = Micros::at(next).max(Micros(now.0 + 1));
            if origin.wake.is_none_or(|wake| at < wake) {
                origin.wake = Some(at);
                self.queue.push(at, Event::TrackerWake(site, at));
            }
        }
    }

    fn told_by_socket(&mut self, visitor: VisitorId, life: u32, input: MeetInput) {
        if self.visitor(visitor).life == life {
            self.meet(visitor, input);
        }
    }
}
