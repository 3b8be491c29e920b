//! Hosts, their lines, and what travels on them.

use swarmfetch_swarm::Input;

use super::{ConnectionId, Event, FetchId, Side, SocketId, VisitorId, World};
use crate::pipe::{FlowId, Pipe};
use crate::time::Micros;

/// A host: a visitor's or an origin's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HostId(pub(crate) u32);

/// A line's direction, as its host sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Up,
    Down,
}

/// A host's line.
#[derive(Debug)]
pub(crate) struct Host {
    up: Pipe<Box<Parcel>>,
    down: Pipe<Box<Parcel>>,
    /// To the middle of the network.
    pub(crate) latency: Micros,
}

impl Host {
    pub(crate) fn new(up_bytes_per_s: u64, down_bytes_per_s: u64, latency: Micros) -> Self {
        Host {
            up: Pipe::new(up_bytes_per_s),
            down: Pipe::new(down_bytes_per_s),
            latency,
        }
    }
}

/// Something on its way.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) from: HostId,
    pub(crate) to: HostId,
    pub(crate) flow: FlowId,
    /// What it weighs on the line, headers of all layers included.
    pub(crate) bytes: u64,
    pub(crate) load: Load,
}

/// What it is.
#[derive(Debug)]
pub(crate) enum Load {
    /// A frame on a link.
    Frame {
        connection: ConnectionId,
        /// Whose end sent it.
        from: Side,
        /// The worker that sent it, and what it counts for in its buffer.
        life: u32,
        counts: u64,
        frame: Vec<u8>,
    },
    /// An HTTP request.
    Request(FetchId),
    /// The next bytes of its answer.
    Body {
        fetch: FetchId,
        bytes: u64,
        last: bool,
    },
    /// A text to the tracker.
    Say(SocketId, String),
    /// A text from it.
    Hear(SocketId, String),
}

/// What the layers below add to the bytes of a data channel: SCTP, DTLS, UDP and IP for each 1,200.
pub(crate) fn weight_on_channel(bytes: u64) -> u64 {
    bytes + 90 * bytes.div_ceil(1_150).max(1)
}

/// What TLS, TCP and IP add for each 1,460.
pub(crate) fn weight_on_stream(bytes: u64) -> u64 {
    bytes + 42 * bytes.div_ceil(1_420).max(1)
}

impl World {
    pub(super) fn send(&mut self, parcel: Parcel) {
        let parcel = Box::new(parcel);
        let (from, flow, bytes) = (parcel.from, parcel.flow, parcel.bytes);
        let now = self.now;
        let next = self.hosts[from.0 as usize]
            .up
            .push(now, flow, bytes, parcel);
        self.expect_through(from, Direction::Up, next);
    }

    pub(super) fn through(&mut self, id: HostId, direction: Direction, reckoning: u32) {
        let now = self.now;
        let host = &mut self.hosts[id.0 as usize];
        let pipe = match direction {
            Direction::Up => &mut host.up,
            Direction::Down => &mut host.down,
        };
        let (parcel, next) = pipe.pop(now, reckoning);
        self.expect_through(id, direction, next);
        let Some(parcel) = parcel else {
            return;
        };
        if direction == Direction::Down {
            self.hand_over(parcel.load);
            return;
        }
        self.left(&parcel);
        let latency = self
            .host(parcel.from)
            .latency
            .after(self.host(parcel.to).latency);
        self.queue.push(now.after(latency), Event::Reaches(parcel));
    }

    pub(super) fn reaches(&mut self, parcel: Box<Parcel>) {
        let (to, flow, bytes) = (parcel.to, parcel.flow, parcel.bytes);
        let now = self.now;
        let next = self.hosts[to.0 as usize]
            .down
            .push(now, flow, bytes, parcel);
        self.expect_through(to, Direction::Down, next);
    }

    /// Takes what a flow still has to send off the line.
    pub(super) fn stop_sending(&mut self, from: HostId, flow: FlowId) {
        let now = self.now;
        let (gone, next) = self.hosts[from.0 as usize].up.drop_flow(now, flow);
        self.expect_through(from, Direction::Up, next);
        self.lose(gone);
    }

    /// A host is switched off.
    pub(super) fn switch_off(&mut self, id: HostId) {
        let host = &mut self.hosts[id.0 as usize];
        let mut gone = host.up.clear();
        gone.extend(host.down.clear());
        self.lose(gone);
    }

    fn lose(&mut self, parcels: impl IntoIterator<Item = Box<Parcel>>) {
        for parcel in parcels {
            if let Load::Frame { frame, .. } = &parcel.load {
                self.watch.frames.lost += frame.len() as u64;
            }
        }
    }

    fn expect_through(&mut self, host: HostId, direction: Direction, next: Option<(Micros, u32)>) {
        if let Some((at, reckoning)) = next {
            self.queue
                .push(at, Event::Through(host, direction, reckoning));
        }
    }

    /// Something has left its sender's line.
    fn left(&mut self, parcel: &Parcel) {
        match &parcel.load {
            Load::Frame {
                connection,
                from,
                life,
                counts,
                ..
            } => {
                let Some((visitor, link)) = self.end_of(*connection, *from) else {
                    return;
                };
                let life_now = self.visitor(visitor).life;
                if *counts > 0 && life_now == *life {
                    let bytes = *counts;
                    self.drained(visitor, link, bytes);
                    self.tell(visitor, Input::LinkWritable { link, bytes });
                }
            }
            Load::Body { fetch, bytes, .. } => self.origin_sent(*fetch, *bytes),
            _ => {}
        }
    }

    /// Something has come to whom it is for; a frozen page takes it later, and everything in its order.
    pub(super) fn hand_over(&mut self, load: Load) {
        let Some(visitor) = self.page_of(&load) else {
            return self.take(load);
        };
        let now = self.now;
        let of = self.visitor_mut(visitor);
        let (thaws, first) = (of.frozen_until, of.held_in.is_empty());
        if thaws <= now && first {
            return self.take(load);
        }
        of.held_in.push_back(load);
        if first {
            self.queue.push(thaws, Event::Thaws(visitor));
        }
    }

    /// A page that was frozen takes what came meanwhile.
    pub(super) fn thaws(&mut self, visitor: VisitorId) {
        let now = self.now;
        let of = self.visitor_mut(visitor);
        let thaws = of.frozen_until;
        if thaws > now {
            self.queue.push(thaws, Event::Thaws(visitor));
            return;
        }
        for load in std::mem::take(&mut of.held_in) {
            self.take(load);
        }
    }

    fn take(&mut self, load: Load) {
        match load {
            Load::Frame {
                connection,
                from,
                frame,
                ..
            } => self.frame_comes(connection, from, frame),
            Load::Request(fetch) => self.request_comes(fetch),
            Load::Body { fetch, bytes, last } => self.body_comes(fetch, bytes, last),
            Load::Say(socket, text) => self.tracker_hears(socket, &text),
            Load::Hear(socket, text) => self.tracker_said(socket, &text),
        }
    }

    /// Whose page takes it, where a page does.
    fn page_of(&self, load: &Load) -> Option<VisitorId> {
        let Load::Frame {
            connection, from, ..
        } = load
        else {
            return None;
        };
        self.whose_end(*connection, from.other())
    }
}
