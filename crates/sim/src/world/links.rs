//! Links between two visitors' pages, and the frames on them.

use swarmfetch_swarm::meet::MeetInput;
use swarmfetch_swarm::{Input, LinkId};
use swarmfetch_wire::limits::FRAME_BYTES_MAX;

use super::network::{Load, Parcel, weight_on_channel};
use super::{Event, HostId, VisitorId, World};
use crate::habit::Habit;
use crate::pipe::FlowId;
use crate::slab::Key;
use crate::time::Micros;

/// A connection between two pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConnectionId(Key);

/// One of the two ends of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Offerer,
    Answerer,
}

impl Side {
    pub(crate) fn other(self) -> Self {
        match self {
            Side::Offerer => Side::Answerer,
            Side::Answerer => Side::Offerer,
        }
    }

    fn index(self) -> usize {
        match self {
            Side::Offerer => 0,
            Side::Answerer => 1,
        }
    }
}

/// A connection; an end that has noticed its end is `None`.
#[derive(Debug)]
pub(crate) struct Connection {
    ends: [Option<(VisitorId, LinkId)>; 2],
    /// Their ends' lines.
    hosts: [HostId; 2],
    /// Whether the machine behind an end sends what nobody asked for.
    floods: [bool; 2],
    /// Bytes that a flooder got through to the other end's worker of that life.
    flooded: (u32, u64),
}

/// A link that breaks without a word is given up by ICE's consent (RFC 7675) after 30 s; browsers say
/// "disconnected" after about 5 and ours close then.
const CONSENT_MS: u64 = 15_000;

impl World {
    /// Both pages have a connection now.
    pub(super) fn link(&mut self, ends: [(VisitorId, LinkId); 2]) {
        let number = self.number();
        let connection = Connection {
            ends: ends.map(Some),
            hosts: ends.map(|(visitor, _)| self.visitor(visitor).host),
            floods: ends.map(|(visitor, _)| self.visitor(visitor).habit == Habit::Floods),
            flooded: (0, 0),
        };
        let id = ConnectionId(self.connections.insert(number, connection));
        for (side, (visitor, link)) in [Side::Offerer, Side::Answerer].into_iter().zip(ends) {
            self.visitor_mut(visitor).links.insert(link, (id, side));
            self.first_link(visitor);
        }
        let [(one, _), (other, _)] = ends;
        self.note(one, || format!("is linked with {}", other.0));
        for (visitor, link) in ends {
            self.meet(visitor, MeetInput::LinkOpened { link, remote: None });
            let opened = Input::LinkOpened {
                link,
                frame_bytes_max: FRAME_BYTES_MAX,
                outlived: false,
            };
            self.tell(visitor, opened);
        }
    }

    /// Who is at an end of a connection, while that end lives.
    pub(super) fn end_of(&self, id: ConnectionId, side: Side) -> Option<(VisitorId, LinkId)> {
        self.connections.get(id.0)?.ends[side.index()]
    }

    /// One end closes. The other one notices.
    pub(super) fn close_end(&mut self, visitor: VisitorId, link: LinkId, silently: bool) {
        let Some(end) = self.visitor_mut(visitor).links.remove(&link) else {
            return;
        };
        let (id, side) = *end;
        let (host, now) = (self.visitor(visitor).host, self.now);
        self.stop_sending(host, flow(id, side));
        let Some(connection) = self.connections.get_mut(id.0) else {
            return;
        };
        connection.ends[side.index()] = None;
        match connection.ends[side.other().index()] {
            None => {
                self.connections.remove(id.0);
            }
            Some((peer, _)) => {
                let latency = self
                    .host(host)
                    .latency
                    .after(self.host(self.visitor(peer).host).latency);
                let later = if silently {
                    now.after_ms(CONSENT_MS)
                } else {
                    now
                };
                self.queue
                    .push(later.after(latency), Event::Gone(id, side.other()));
            }
        }
    }

    /// An end notices that the other one is gone.
    pub(super) fn gone(&mut self, id: ConnectionId, side: Side) {
        let Some((visitor, link)) = self.end_of(id, side) else {
            return;
        };
        self.note(visitor, || format!("link {} is gone", link.0));
        self.close_end(visitor, link, false);
        self.forget_link(visitor, link);
        self.meet(visitor, MeetInput::LinkClosed { link });
        self.tell(visitor, Input::LinkClosed { link });
    }

    /// Puts a frame of a visitor's machine on a link.
    pub(super) fn carry(&mut self, visitor: VisitorId, link: LinkId, frame: Vec<u8>) {
        let Some((connection, side)) = self.visitor(visitor).links.get(&link).copied() else {
            return;
        };
        let (counts, now) = (frame.len() as u64, self.now);
        let of = self.visitor_mut(visitor);
        let (thaws, first) = (of.frozen_until, of.held_back.is_empty());
        if thaws > now || !first {
            of.held_back.push_back((link, frame));
            if first {
                self.queue.push(thaws, Event::Carries(visitor));
            }
            return;
        }
        let of = self.visitor_mut(visitor);
        let (host, life, habit) = (of.host, of.life, of.habit);
        let frames = match habit {
            Habit::Honest => vec![frame],
            _ => habit.instead_of(frame, &mut of.chance),
        };
        if frames.is_empty() {
            // It went nowhere, as far as its own machine knows.
            let drained = Input::LinkWritable {
                link,
                bytes: counts,
            };
            self.queue.push(
                now.after_ms(1),
                Event::Told(visitor, life, Box::new(drained)),
            );
            self.drained(visitor, link, counts);
        }
        let other = side.other().index();
        let to = match self.connections.get(connection.0) {
            Some(Connection { ends, hosts, .. }) if ends[other].is_some() => hosts[other],
            // Its buffer fills until the end is noticed.
            _ => return,
        };
        for (number, frame) in frames.into_iter().enumerate() {
            self.watch.frames.sent += frame.len() as u64;
            let parcel = Parcel {
                from: host,
                to,
                flow: flow(connection, side),
                bytes: weight_on_channel(frame.len() as u64),
                load: Load::Frame {
                    connection,
                    from: side,
                    life,
                    counts: if number == 0 { counts } else { 0 },
                    frame,
                },
            };
            self.send(parcel);
        }
    }

    /// What a frozen page held back goes on its way.
    pub(super) fn carry_on(&mut self, visitor: VisitorId) {
        let now = self.now;
        let of = self.visitor_mut(visitor);
        let thaws = of.frozen_until;
        if thaws > now {
            self.queue.push(thaws, Event::Carries(visitor));
            return;
        }
        for (link, frame) in std::mem::take(&mut of.held_back) {
            self.carry(visitor, link, frame);
        }
    }

    /// A frame has come to the page at the other end.
    pub(super) fn frame_comes(&mut self, id: ConnectionId, from: Side, frame: Vec<u8>) {
        let bytes = frame.len() as u64;
        let Some((visitor, link)) = self.end_of(id, from.other()) else {
            self.watch.frames.lost += bytes;
            return;
        };
        self.watch.frames.came += bytes;
        self.mix(1, bytes ^ u64::from(visitor.0) << 32 ^ u64::from(link.0));
        let life = self.visitor(visitor).life;
        if let Some(connection) = self.connections.get_mut(id.0)
            && connection.floods[from.index()]
            && connection.ends[from.index()].is_some()
        {
            // A new worker knows nothing of what the one before had to bear.
            let before = Some(connection.flooded).filter(|(of, _)| *of == life);
            let flooded = before.map_or(0, |(_, before)| before) + bytes;
            connection.flooded = (life, flooded);
            self.check_flood(visitor, flooded);
        }
        // A worker that is not running hears nothing: the frame is lost on the page.
        self.tell(visitor, Input::LinkFrame { link, frame });
    }

    /// All links of a page end with it.
    pub(super) fn close_all(&mut self, visitor: VisitorId, silently: bool) {
        let links: Vec<LinkId> = self.visitor(visitor).links.keys().copied().collect();
        for link in links {
            self.close_end(visitor, link, silently);
            self.forget_link(visitor, link);
            self.tell(visitor, Input::LinkClosed { link });
        }
        let dials = std::mem::take(&mut self.visitor_mut(visitor).dials);
        for dial in dials.into_values() {
            self.dials.remove(&dial);
        }
    }

    /// A connection breaks for no reason that either end knows.
    pub(super) fn break_link(&mut self, visitor: VisitorId) {
        let at = &mut self.visitors[visitor.0 as usize];
        let links: Vec<LinkId> = at.links.keys().copied().collect();
        let Some(link) = at.chance.choice(&links).copied() else {
            return;
        };
        if let Some((id, side)) = at.links.get(&link).copied() {
            let later = Micros(self.now.0 + 1000 * at.chance.u64(..3_000));
            self.queue.push(later, Event::Gone(id, side));
        }
    }
}

/// The flow of one direction of a connection.
fn flow(id: ConnectionId, side: Side) -> FlowId {
    FlowId(id.0.number() << 1 | side.index() as u64)
}
