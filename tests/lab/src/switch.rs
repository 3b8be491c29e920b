//! The network between the hosts: takes a packet from one of them and says when which other one gets it.
//!
//! A machine without clock, device or thread: time is an argument, as in the crates it helps to test. A packet passes its sender's line up, then its
//! receiver's line down; both are told beforehand, so equal inputs give equal outputs. IPv4 only: the lab has nothing else. Called by `main.rs`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::net::Ipv4Addr;

use fastrand::Rng;

use crate::line::{Line, Manner, Micros, Passage};

/// A host by its place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HostIndex(pub(crate) usize);

/// Packets under way at once at most: a second of four hosts' lines at 100 Mbit/s. What comes then is dropped.
const UNDER_WAY_MAX: usize = 32_768;

/// The least of an IPv4 packet, in bytes.
const IPV4_HEADER_BYTES: usize = 20;

/// What became of packets at one host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Those it sent.
    pub(crate) sent: u64,
    /// Those it got.
    pub(crate) received: u64,
    /// Those a line of its own lost.
    pub(crate) lost: u64,
    /// Those that found too much waiting before a line of its own.
    pub(crate) full: u64,
    /// Those it sent that were for nobody here, or were no IPv4.
    pub(crate) stray: u64,
}

/// The hosts, their lines, and what is under way.
#[derive(Debug)]
pub(crate) struct Switch {
    hosts: Vec<Host>,
    routes: BTreeMap<Ipv4Addr, HostIndex>,
    under_way: BinaryHeap<Reverse<UnderWay>>,
    /// Packets that have come so far: the order among those that are due at the same moment.
    number: u64,
    random: Rng,
}

#[derive(Debug)]
struct Host {
    up: Line,
    down: Line,
    counts: Counts,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct UnderWay {
    due: Micros,
    number: u64,
    to: HostIndex,
    leg: Leg,
    packet: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Leg {
    /// On the sender's line.
    Up,
    /// On the receiver's.
    Down,
}

impl Switch {
    /// The hosts with their addresses and their lines up and down; `seed` decides jitter and loss.
    pub(crate) fn new(
        hosts: impl IntoIterator<Item = (Ipv4Addr, Manner, Manner)>,
        seed: u64,
    ) -> Self {
        let mut switch = Self {
            hosts: Vec::new(),
            routes: BTreeMap::new(),
            under_way: BinaryHeap::new(),
            number: 0,
            random: Rng::with_seed(seed),
        };
        for (address, up, down) in hosts {
            switch.routes.insert(address, HostIndex(switch.hosts.len()));
            switch.hosts.push(Host {
                up: Line::new(up),
                down: Line::new(down),
                counts: Counts::default(),
            });
        }
        switch
    }

    /// A host sends a packet.
    pub(crate) fn send(&mut self, now: Micros, from: HostIndex, packet: &[u8]) {
        let to = destination(packet).and_then(|address| self.routes.get(&address).copied());
        let sender = &mut self.hosts[from.0];
        sender.counts.sent += 1;
        let Some(to) = to else {
            sender.counts.stray += 1;
            return;
        };
        if self.under_way.len() >= UNDER_WAY_MAX {
            sender.counts.full += 1;
            return;
        }
        let passage = sender.up.enter(now, packet.len(), &mut self.random);
        self.number += 1;
        let on_its_way = UnderWay {
            due: now,
            number: self.number,
            to,
            leg: Leg::Up,
            packet: packet.to_vec(),
        };
        self.pass(from, passage, on_its_way);
    }

    /// A packet that has arrived by now, and at whom. Call until there is none.
    pub(crate) fn arrived(&mut self, now: Micros) -> Option<(HostIndex, Vec<u8>)> {
        while self.next_due()? <= now {
            let Reverse(packet) = self.under_way.pop()?;
            let receiver = &mut self.hosts[packet.to.0];
            if packet.leg == Leg::Down {
                receiver.counts.received += 1;
                return Some((packet.to, packet.packet));
            }
            let length = packet.packet.len();
            let passage = receiver.down.enter(packet.due, length, &mut self.random);
            let to = packet.to;
            let leg = Leg::Down;
            self.pass(to, passage, UnderWay { leg, ..packet });
        }
        None
    }

    /// When to ask [`Self::arrived`] again; the next [`Self::send`] may bring that forward.
    pub(crate) fn next_due(&self) -> Option<Micros> {
        self.under_way.peek().map(|Reverse(packet)| packet.due)
    }

    /// What became of the packets, host by host.
    pub(crate) fn counts(&self) -> impl Iterator<Item = Counts> {
        self.hosts.iter().map(|host| host.counts)
    }

    fn pass(&mut self, of: HostIndex, passage: Passage, packet: UnderWay) {
        let counts = &mut self.hosts[of.0].counts;
        match passage {
            Passage::Out(due) => self.under_way.push(Reverse(UnderWay { due, ..packet })),
            Passage::Lost => counts.lost += 1,
            Passage::Full => counts.full += 1,
        }
    }
}

/// Where an IPv4 packet goes (RFC 791 section 3.1).
fn destination(packet: &[u8]) -> Option<Ipv4Addr> {
    let header = packet.first_chunk::<IPV4_HEADER_BYTES>()?;
    if header[0] >> 4 != 4 {
        return None;
    }
    let [.., a, b, c, d] = *header;
    Some(Ipv4Addr::new(a, b, c, d))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEAR: Manner = Manner {
        delay: Micros(1_000),
        jitter: Micros(0),
        loss: 0.0,
        rate: None,
    };
    const FAR: Manner = Manner {
        delay: Micros(20_000),
        ..NEAR
    };

    fn address(host: u8) -> Ipv4Addr {
        Ipv4Addr::new(203, 0, 113, host)
    }

    /// A packet of `length` bytes for a host, marked.
    fn packet(to: u8, mark: u8, length: usize) -> Vec<u8> {
        let mut packet = vec![0; length];
        packet[0] = 0x45;
        packet[16..20].copy_from_slice(&address(to).octets());
        packet[length - 1] = mark;
        packet
    }

    /// Everything that arrives, with its moment.
    fn arrivals(switch: &mut Switch) -> Vec<(u64, usize, u8)> {
        let mut arrivals = Vec::new();
        while let Some(due) = switch.next_due() {
            while let Some((host, packet)) = switch.arrived(due) {
                arrivals.push((due.0, host.0, packet[packet.len() - 1]));
            }
        }
        arrivals
    }

    #[test]
    fn a_packet_takes_both_lines_and_comes_to_its_address_alone() {
        let mut switch = Switch::new(
            [
                (address(1), NEAR, FAR),
                (address(2), FAR, NEAR),
                (address(3), FAR, FAR),
            ],
            1,
        );
        switch.send(Micros(0), HostIndex(0), &packet(2, b'a', 100));
        switch.send(Micros(5), HostIndex(1), &packet(1, b'b', 100));
        switch.send(Micros(7), HostIndex(1), &packet(3, b'c', 100));
        assert_eq!(
            arrivals(&mut switch),
            [(2_000, 1, b'a'), (40_005, 0, b'b'), (40_007, 2, b'c')]
        );
        assert_eq!(
            switch.counts().map(|host| host.sent).collect::<Vec<_>>(),
            [1, 2, 0]
        );
    }

    #[test]
    fn nothing_arrives_before_its_time() {
        let mut switch = Switch::new([(address(1), NEAR, NEAR), (address(2), NEAR, NEAR)], 1);
        switch.send(Micros(0), HostIndex(0), &packet(2, b'a', 100));
        assert_eq!(switch.arrived(Micros(999)), None);
        assert_eq!(switch.arrived(Micros(1_999)), None);
        assert_eq!(switch.next_due(), Some(Micros(2_000)));
        assert!(switch.arrived(Micros(2_000)).is_some());
        assert_eq!(switch.next_due(), None);
    }

    /// The near sender's later packet comes to the shared line first, and the far one's waits behind it.
    #[test]
    fn senders_share_their_receivers_line_in_the_order_of_arrival() {
        let slow = Manner {
            rate: Some(100_000),
            ..NEAR
        };
        let mut switch = Switch::new(
            [
                (address(1), FAR, NEAR),
                (address(2), NEAR, NEAR),
                (address(3), NEAR, slow),
            ],
            1,
        );
        switch.send(Micros(0), HostIndex(0), &packet(3, b'f', 1_000));
        switch.send(Micros(15_000), HostIndex(1), &packet(3, b'n', 1_000));
        // 1,000 bytes take 10 ms.
        assert_eq!(
            arrivals(&mut switch),
            [(27_000, 2, b'n'), (37_000, 2, b'f')]
        );
    }

    #[test]
    fn what_is_lost_or_for_nobody_is_counted_and_does_not_arrive() {
        let deaf = Manner { loss: 1.0, ..NEAR };
        let mut switch = Switch::new([(address(1), NEAR, NEAR), (address(2), NEAR, deaf)], 1);
        switch.send(Micros(0), HostIndex(0), &packet(2, b'a', 100));
        switch.send(Micros(0), HostIndex(0), &packet(9, b'a', 100));
        switch.send(Micros(0), HostIndex(0), &[0x60; 40]);
        switch.send(Micros(0), HostIndex(0), &[0x45; 19]);
        assert_eq!(arrivals(&mut switch), []);
        let counts: Vec<Counts> = switch.counts().collect();
        assert_eq!((counts[0].sent, counts[0].stray), (4, 3));
        assert_eq!((counts[1].received, counts[1].lost), (0, 1));
    }

    #[test]
    fn what_is_under_way_is_bounded() {
        let mut switch = Switch::new([(address(1), NEAR, NEAR), (address(2), NEAR, NEAR)], 1);
        for _ in 0..UNDER_WAY_MAX + 5 {
            switch.send(Micros(0), HostIndex(0), &packet(2, b'a', 60));
        }
        assert_eq!(switch.counts().next().map(|host| host.full), Some(5));
        assert_eq!(arrivals(&mut switch).len(), UNDER_WAY_MAX);
    }

    #[test]
    fn equal_seeds_give_equal_worlds() {
        let rough = Manner {
            jitter: Micros(5_000),
            loss: 0.3,
            ..NEAR
        };
        let play = |seed| {
            let mut switch =
                Switch::new([(address(1), rough, NEAR), (address(2), NEAR, rough)], seed);
            for n in 0..200 {
                switch.send(Micros(n * 500), HostIndex(0), &packet(2, n as u8, 60));
            }
            arrivals(&mut switch)
        };
        assert_eq!(play(7), play(7));
        assert_ne!(play(7), play(8));
    }
}
