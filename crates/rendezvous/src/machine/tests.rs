//! What clients of either make get to see, and what they can not get.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use proptest::prelude::*;
use swarmfetch_wire::tracker::{
    Announce, Answer, Event, Introduction, Offer, OfferId, Session, SessionKind, Signal, SignalKind,
};

use super::*;

mod history;
mod introductions;
mod limits;
mod news;
mod presence;

const ROOM: InfoHash = InfoHash([1; 20]);

fn peer(number: u8) -> PeerId {
    PeerId([number; 20])
}

fn connection(number: u8) -> ConnectionId {
    ConnectionId(number.into())
}

/// A tracker with clients on addresses of their own, the clock standing unless moved.
struct World {
    rendezvous: Rendezvous,
    now: Millis,
}

impl World {
    fn new(clients: u8) -> Self {
        let mut world = Self {
            rendezvous: Rendezvous::new(Limits::default(), 7),
            now: Millis(1_000_000),
        };
        for client in 1..=clients {
            world.connect(client, [198, 51, 100, client]);
        }
        world
    }

    fn connect(&mut self, client: u8, address: [u8; 4]) {
        let address = IpAddr::V4(Ipv4Addr::from(address));
        self.rendezvous.handle(
            self.now,
            Input::Connected {
                connection: connection(client),
                address,
            },
        );
    }

    fn say(&mut self, client: u8, request: &Request) {
        let text = request.to_text();
        self.rendezvous.handle(
            self.now,
            Input::Message {
                connection: connection(client),
                text: &text,
            },
        );
    }

    fn announce(&mut self, client: u8, ours: bool, offers: Vec<Offer>) {
        let announce = Announce {
            info_hash: ROOM,
            peer_id: peer(client),
            event: Event::Update,
            left: Some(1),
            offers,
            ours,
            version: None,
        };
        self.say(client, &Request::Announce(announce));
    }

    fn answer(&mut self, client: u8, to: u8, offer: OfferId) {
        let session = Session::new(SessionKind::Answer, "answer");
        let (peer_id, to_peer_id) = (peer(client), peer(to));
        let answer = Answer {
            info_hash: ROOM,
            peer_id,
            to_peer_id,
            offer_id: offer,
            session,
            ours: true,
        };
        self.say(client, &Request::Answer(answer));
    }

    fn signal(&mut self, client: u8, to: Option<u8>, offer: OfferId, kind: SignalKind) {
        let (peer_id, to_peer_id) = (peer(client), to.map(peer));
        self.say(
            client,
            &Request::Signal(Signal {
                info_hash: ROOM,
                peer_id,
                to_peer_id,
                offer_id: offer,
                kind,
            }),
        );
    }

    /// What each client was sent since the last call.
    fn heard(&mut self) -> Vec<(u8, Response)> {
        std::iter::from_fn(|| self.rendezvous.poll())
            .map(|output| match output {
                Output::Send { connection, text } => (
                    u8::try_from(connection.0).unwrap(),
                    Response::parse(&text).expect(&text),
                ),
                Output::Close { connection, reason } => panic!("{connection:?} closed: {reason:?}"),
            })
            .collect()
    }

    /// Those that were handed an offer since the last call, and which.
    fn offered(&mut self) -> Vec<(u8, Introduction)> {
        let offer = |(client, response)| match response {
            Response::Offer(offer) => Some((client, offer)),
            _ => None,
        };
        self.heard().into_iter().filter_map(offer).collect()
    }
}

fn offers(count: u8, to: Option<u8>) -> Vec<Offer> {
    let offer = |number| Offer {
        offer_id: OfferId([number; 20]),
        session: Session::new(SessionKind::Offer, "offer"),
        to_peer_id: to.map(peer),
    };
    (1..=count).map(offer).collect()
}
