//! Any history at all.

use super::*;

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
                    let announce = Announce { info_hash, peer_id: peer(client), event, left: None, offers, ours, version: None };
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
