//! What clients of either make get to see, and what they can not get.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use proptest::prelude::*;
use swarmfetch_wire::tracker::{
    Announce, Answer, Event, Introduction, Offer, OfferId, Session, SessionKind, Signal, SignalKind,
};

use super::*;

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

#[test]
fn an_announce_without_offers_is_answered_with_counts() {
    let mut world = World::new(3);
    for client in 1..=3 {
        world.announce(client, client != 2, vec![]);
    }
    let counts = |incomplete, ours| {
        Response::Announced(swarmfetch_wire::tracker::Announced {
            info_hash: ROOM,
            interval_secs: 120,
            complete: 0,
            incomplete,
            ours,
        })
    };
    assert_eq!(
        world.heard(),
        [
            (1, counts(1, true)),
            (2, counts(2, false)),
            (3, counts(3, true))
        ]
    );
}

#[test]
fn offers_of_foreign_clients_go_to_different_others() {
    let mut world = World::new(6);
    for client in 1..=6 {
        world.announce(client, false, vec![]);
    }
    world.heard();
    world.announce(1, false, offers(10, None));
    let offered = world.offered();
    let targets: BTreeSet<u8> = offered.iter().map(|(client, _)| *client).collect();
    assert_eq!((offered.len(), targets), (5, (2..=6).collect()));
    assert!(
        offered
            .iter()
            .all(|(_, offer)| offer.peer_id == peer(1) && !offer.ours && !offer.directed)
    );
}

#[test]
fn an_answer_reaches_the_maker_of_the_offer_once() {
    let mut world = World::new(3);
    for client in 1..=3 {
        world.announce(client, false, vec![]);
    }
    world.announce(1, false, offers(1, None));
    let (target, offer) = world.offered().remove(0);
    let bystander = 5 - target;
    world.answer(bystander, 1, offer.offer_id);
    assert_eq!(world.heard(), [], "only who was asked may answer");
    world.answer(target, 1, offer.offer_id);
    assert!(
        matches!(&world.heard()[..], [(1, Response::Answer(answer))] if answer.peer_id == peer(target))
    );
    world.answer(target, 1, offer.offer_id);
    assert_eq!(world.heard(), [], "and only once");
}

#[test]
fn directed_offers_reach_their_target_or_come_back_refused() {
    let mut world = World::new(3);
    for client in 1..=3 {
        world.announce(client, true, vec![]);
    }
    world.heard();
    world.announce(1, true, offers(1, Some(3)));
    assert!(matches!(&world.offered()[..], [(3, offer)] if offer.directed && offer.ours));
    world.announce(1, true, offers(1, Some(9)));
    let refused = |heard: Vec<(u8, Response)>| {
        let refusal = |(client, response): &(u8, Response)| {
            *client == 1
                && matches!(response, Response::Signal(signal) if signal.kind == SignalKind::Refused)
        };
        heard.iter().filter(|heard| refusal(heard)).count()
    };
    assert_eq!(refused(world.heard()), 1, "nobody of that name");
    world.announce(1, true, offers(1, Some(1)));
    assert_eq!(refused(world.heard()), 1, "oneself");
}

#[test]
fn signals_pass_between_the_two_that_were_introduced_and_nobody_else() {
    let mut world = World::new(3);
    for client in 1..=3 {
        world.announce(client, true, vec![]);
    }
    world.heard();
    world.announce(1, true, offers(1, Some(2)));
    world.heard();
    let offer = OfferId([1; 20]);
    let candidates = || SignalKind::Candidates(vec!["x".into(), String::new()]);
    world.signal(1, None, offer, candidates());
    assert!(
        matches!(&world.heard()[..], [(2, Response::Signal(signal))] if signal.kind == candidates())
    );
    world.signal(2, Some(1), offer, candidates());
    assert!(
        matches!(&world.heard()[..], [(1, Response::Signal(signal))] if signal.peer_id == peer(2))
    );
    world.signal(3, Some(1), offer, candidates());
    world.signal(3, None, offer, candidates());
    world.signal(2, None, offer, candidates());
    world.signal(1, None, offer, SignalKind::Refused);
    assert_eq!(world.heard(), []);
    for _ in 0..100 {
        world.now = world.now.after(100);
        world.signal(2, Some(1), offer, candidates());
    }
    assert_eq!(
        world.heard().len(),
        15,
        "sixteen signals from each end in all"
    );
}

#[test]
fn a_refusal_ends_an_introduction() {
    let mut world = World::new(2);
    for client in 1..=2 {
        world.announce(client, true, vec![]);
    }
    world.announce(1, true, offers(1, None));
    world.heard();
    let offer = OfferId([1; 20]);
    world.signal(2, Some(1), offer, SignalKind::Refused);
    assert!(
        matches!(&world.heard()[..], [(1, Response::Signal(signal))] if signal.kind == SignalKind::Refused)
    );
    world.answer(2, 1, offer);
    assert_eq!(world.heard(), []);
}

#[test]
fn ours_are_not_paired_with_clients_that_do_not_understand_trickle() {
    let mut world = World::new(4);
    for client in 1..=3 {
        world.announce(client, false, vec![]);
    }
    world.announce(4, true, vec![]);
    world.heard();
    world.announce(4, true, offers(3, None));
    assert_eq!(world.offered(), []);
    world.announce(1, false, offers(3, None));
    assert_eq!(
        world.offered().len(),
        3,
        "foreign descriptions are complete and fit anyone"
    );
}

#[test]
fn a_newcomer_is_led_to_everyone_before_anyone_twice() {
    let mut world = World::new(5);
    for client in 1..=5 {
        world.announce(client, true, vec![]);
    }
    world.heard();
    let mut met = BTreeSet::new();
    for round in 1..=4 {
        let mut offer = offers(1, None);
        offer[0].offer_id = OfferId([round; 20]);
        world.announce(5, true, offer);
        met.extend(world.offered().into_iter().map(|(client, _)| client));
        assert_eq!(met.len(), usize::from(round));
    }
}

#[test]
fn leaving_is_noticed_however_it_happens() {
    let mut world = World::new(4);
    for client in 1..=4 {
        world.announce(client, false, vec![]);
    }
    world.heard();
    let stopped = Announce {
        info_hash: ROOM,
        peer_id: peer(1),
        event: Event::Stopped,
        left: None,
        offers: vec![],
        ours: false,
    };
    world.say(1, &Request::Announce(stopped));
    world.rendezvous.handle(
        world.now,
        Input::Closed {
            connection: connection(2),
        },
    );
    let incomplete = |world: &mut World| match &world.heard()[..] {
        [.., (_, Response::Announced(announced))] => announced.incomplete,
        other => panic!("{other:?}"),
    };
    world.announce(3, false, vec![]);
    assert_eq!(incomplete(&mut world), 2);
    // The fourth stays connected, scraping, but does not announce.
    world.now = world.now.after(100_000);
    world.announce(3, false, vec![]);
    world.say(4, &Request::Scrape(vec![]));
    world.now = world.now.after(100_000);
    world.rendezvous.handle(world.now, Input::Timeout);
    while world.rendezvous.poll().is_some() {}
    world.announce(3, false, vec![]);
    assert_eq!(incomplete(&mut world), 1);
    world.rendezvous.handle(
        world.now,
        Input::Closed {
            connection: connection(3),
        },
    );
    assert_eq!(world.rendezvous.rooms(), 0);
}

#[test]
fn completion_counts_and_lasts() {
    let mut world = World::new(1);
    let mut say = |event, left| {
        let announce = Announce {
            info_hash: ROOM,
            peer_id: peer(1),
            event,
            left,
            offers: vec![],
            ours: false,
        };
        world.say(1, &Request::Announce(announce));
        match &world.heard()[..] {
            [(1, Response::Announced(announced))] => (announced.complete, announced.incomplete),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(say(Event::Started, Some(7)), (0, 1));
    assert_eq!(say(Event::Completed, None), (1, 0));
    assert_eq!(say(Event::Update, Some(0)), (1, 0));
    assert_eq!(say(Event::Stopped, None), (0, 0));
    assert_eq!(say(Event::Started, Some(0)), (1, 0));
}

#[test]
fn a_connection_keeps_one_peer_id_and_nobody_takes_anothers() {
    let failure = |world: &mut World| match world.heard().remove(0) {
        (_, Response::Failure(failure)) => failure.reason,
        other => panic!("{other:?}"),
    };
    let mut world = World::new(2);
    world.announce(1, true, vec![]);
    world.heard();
    let mut other = Announce {
        info_hash: ROOM,
        peer_id: peer(9),
        event: Event::Update,
        left: None,
        offers: vec![],
        ours: true,
    };
    world.say(1, &Request::Announce(other.clone()));
    assert_eq!(failure(&mut world), "one peer_id per connection");
    other.peer_id = peer(1);
    world.say(2, &Request::Announce(other.clone()));
    assert_eq!(failure(&mut world), "peer_id in use");
    // The same visitor on a new socket, the old one not yet noticed to be dead.
    world.connect(3, [198, 51, 100, 1]);
    world.say(3, &Request::Announce(other));
    assert!(matches!(world.heard()[..], [(3, Response::Announced(_))]));
    world.rendezvous.handle(
        world.now,
        Input::Closed {
            connection: connection(1),
        },
    );
    world.announce(2, true, vec![]);
    world.heard();
    assert_eq!(
        world.rendezvous.rooms(),
        1,
        "the old socket's end does not end the new one's stay"
    );
}

#[test]
fn a_prober_learns_at_most_a_hundred_addresses_in_ten_minutes() {
    let mut world = World::new(0);
    for client in 1..=250 {
        world.connect(client, [203, 0, client, 1]);
        world.announce(client, true, vec![]);
    }
    world.heard();
    let mut learnt = 0;
    for second in 0..600u32 {
        world.now = world.now.after(1_000);
        let mut offers = offers(10, None);
        for (number, offer) in offers.iter_mut().enumerate() {
            offer.offer_id.0[..4].copy_from_slice(&second.to_be_bytes());
            offer.offer_id.0[4] = u8::try_from(number).unwrap();
        }
        world.announce(1, true, offers);
        learnt += world.offered().len();
        // Everyone else announces now and then, and some are led to the prober.
        for client in 2..=250 {
            if (second + u32::from(client)) % 120 == 0 {
                let mut offer = super::tests::offers(1, None);
                offer[0].offer_id.0[..4].copy_from_slice(&second.to_be_bytes());
                world.announce(client, true, offer);
            }
        }
        learnt += world
            .offered()
            .iter()
            .filter(|(client, _)| *client == 1)
            .count();
    }
    assert!((80..=100).contains(&learnt), "{learnt}");
}

#[test]
fn a_flooder_is_closed_and_a_silent_client_too() {
    let mut world = World::new(2);
    for _ in 0..2 * Limits::default().messages_per_connection.0 {
        world.announce(1, false, vec![]);
    }
    let closed = |world: &mut World| {
        let close = |output| match output {
            Output::Close { connection, reason } => Some((connection, reason)),
            Output::Send { .. } => None,
        };
        std::iter::from_fn(|| world.rendezvous.poll())
            .filter_map(close)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        closed(&mut world),
        [(connection(1), CloseReason::TooManyMessages)]
    );
    world.now = world.now.after(30_000);
    world.rendezvous.handle(world.now, Input::Timeout);
    assert_eq!(closed(&mut world), [(connection(2), CloseReason::Idle)]);
    assert_eq!(
        (world.rendezvous.connections(), world.rendezvous.rooms()),
        (0, 0)
    );
    // Long after the last client the machine has nothing left to remember.
    world.now = world.now.after(3_600_000);
    world.rendezvous.handle(world.now, Input::Timeout);
    assert_eq!(world.rendezvous.next_timeout(), None);
}

#[test]
fn what_is_not_understood_is_said_and_charged() {
    let mut world = World::new(1);
    let connection = connection(1);
    world.rendezvous.handle(
        world.now,
        Input::Message {
            connection,
            text: "{\"action\":\"announce\"}",
        },
    );
    let failure = Response::Failure(Failure {
        info_hash: None,
        reason: "invalid info_hash".into(),
    });
    assert_eq!(world.heard(), [(1, failure)]);
    for _ in 0..20 {
        world.rendezvous.handle(
            world.now,
            Input::Message {
                connection,
                text: "\u{0}",
            },
        );
    }
    let last = std::iter::from_fn(|| world.rendezvous.poll()).last();
    assert_eq!(
        last,
        Some(Output::Close {
            connection,
            reason: CloseReason::TooManyMessages
        })
    );
}

#[test]
fn one_address_gets_its_share_of_connections() {
    let mut world = World::new(0);
    let mut refused = 0;
    for number in 0..1_000 {
        // Addresses of one /64 are one visitor's.
        let address = format!("2001:db8::{number:x}").parse().unwrap();
        world.rendezvous.handle(
            world.now,
            Input::Connected {
                connection: ConnectionId(number),
                address,
            },
        );
        refused += usize::from(world.rendezvous.poll().is_some());
    }
    assert_eq!(refused, 700);
    for number in 1_000..2_000 {
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        world.rendezvous.handle(
            world.now,
            Input::Connected {
                connection: ConnectionId(number),
                address,
            },
        );
    }
    assert_eq!(world.rendezvous.poll(), None);
    assert_eq!(world.rendezvous.connections(), 1_300);
}

/// A step of a random history.
#[derive(Clone, Debug)]
enum Step {
    Connect(u8),
    Close(u8),
    Announce {
        client: u8,
        room: u8,
        event: u8,
        ours: bool,
        offers: u8,
        to: Option<u8>,
    },
    Answer {
        client: u8,
        to: u8,
        offer: u8,
    },
    Signal {
        client: u8,
        to: Option<u8>,
        offer: u8,
        refused: bool,
    },
    Garbage {
        client: u8,
        text: String,
    },
    Wait(u32),
}

fn steps() -> impl Strategy<Value = Step> {
    let client = 1u8..8;
    prop_oneof![
        client.clone().prop_map(Step::Connect),
        client.clone().prop_map(Step::Close),
        (
            client.clone(),
            1u8..4,
            0u8..4,
            any::<bool>(),
            0u8..5,
            prop::option::of(1u8..8)
        )
            .prop_map(|(client, room, event, ours, offers, to)| Step::Announce {
                client,
                room,
                event,
                ours,
                offers,
                to
            }),
        (client.clone(), 1u8..8, 0u8..5).prop_map(|(client, to, offer)| Step::Answer {
            client,
            to,
            offer
        }),
        (
            client.clone(),
            prop::option::of(1u8..8),
            0u8..5,
            any::<bool>()
        )
            .prop_map(|(client, to, offer, refused)| Step::Signal {
                client,
                to,
                offer,
                refused
            }),
        (client, "\\PC{0,30}").prop_map(|(client, text)| Step::Garbage { client, text }),
        (0u32..100_000).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn any_history_keeps_the_books(history in prop::collection::vec(steps(), 1..120)) {
        let mut world = World::new(0);
        // The connection a client has now, and whether it was closed on it.
        let mut live: BTreeSet<ConnectionId> = BTreeSet::new();
        let mut current = [0u64; 8];
        let mut next = 100;
        for step in history {
            let ids = current;
            let id = |client: u8| ConnectionId(ids[usize::from(client)]);
            let request = match step {
                Step::Connect(client) => {
                    next += 1;
                    current[usize::from(client)] = next;
                    live.insert(ConnectionId(next));
                    let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, client % 3));
                    world.rendezvous.handle(world.now, Input::Connected { connection: ConnectionId(next), address });
                    None
                }
                Step::Close(client) => {
                    world.rendezvous.handle(world.now, Input::Closed { connection: id(client) });
                    live.remove(&id(client));
                    None
                }
                Step::Announce { client, room, event, ours, offers: count, to } => {
                    let event = [Event::Started, Event::Stopped, Event::Completed, Event::Update][usize::from(event)];
                    let offers = offers(count, to);
                    let info_hash = InfoHash([room; 20]);
                    let announce = Announce { info_hash, peer_id: peer(client), event, left: None, offers, ours };
                    Some((client, Request::Announce(announce)))
                }
                Step::Answer { client, to, offer } => {
                    let session = Session::new(SessionKind::Answer, "x");
                    let (peer_id, to_peer_id, offer_id) = (peer(client), peer(to), OfferId([offer; 20]));
                    let answer = Answer { info_hash: ROOM, peer_id, to_peer_id, offer_id, session, ours: true };
                    Some((client, Request::Answer(answer)))
                }
                Step::Signal { client, to, offer, refused } => {
                    let kind = if refused { SignalKind::Refused } else { SignalKind::Candidates(vec![]) };
                    let (peer_id, to_peer_id) = (peer(client), to.map(peer));
                    let offer_id = OfferId([offer; 20]);
                    Some((client, Request::Signal(Signal { info_hash: ROOM, peer_id, to_peer_id, offer_id, kind })))
                }
                Step::Garbage { client, text } => {
                    world.rendezvous.handle(world.now, Input::Message { connection: id(client), text: &text });
                    None
                }
                Step::Wait(ms) => {
                    world.now = world.now.after(ms.into());
                    world.rendezvous.handle(world.now, Input::Timeout);
                    None
                }
            };
            if let Some((client, request)) = request {
                let text = request.to_text();
                world.rendezvous.handle(world.now, Input::Message { connection: id(client), text: &text });
            }
            while let Some(output) = world.rendezvous.poll() {
                match output {
                    Output::Send { connection, text } => {
                        prop_assert!(live.contains(&connection), "sent to one that is gone: {}", text);
                        prop_assert!(Response::parse(&text).is_ok() || text.contains("scrape"), "{}", text);
                    }
                    Output::Close { connection, .. } => prop_assert!(live.remove(&connection)),
                }
            }
            prop_assert_eq!(world.rendezvous.connections(), live.len());
            for (info_hash, room) in &world.rendezvous.rooms {
                prop_assert!(!room.is_empty());
                let (complete, incomplete) = room.counts();
                prop_assert_eq!(complete + incomplete, room.len() as u64);
                for place in 0..room.len() {
                    let (peer, member) = room.at(place).expect("a member at each place");
                    let held = world.rendezvous.connections.get(&member.connection).expect("members are connected");
                    prop_assert!(held.rooms.contains(info_hash) && held.peer == Some(peer));
                }
            }
        }
    }
}
