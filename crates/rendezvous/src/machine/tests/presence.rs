//! Who is there, and under which name.

use super::*;

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
        version: None,
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
            version: None,
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
        version: None,
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
