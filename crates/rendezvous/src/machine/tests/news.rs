//! Newer versions.

use swarmfetch_wire::tracker::News;

use super::*;

impl World {
    fn knows(&mut self, client: u8, version: u64) {
        self.say(
            client,
            &Request::Announce(Announce {
                info_hash: ROOM,
                peer_id: peer(client),
                event: Event::Update,
                left: Some(1),
                offers: vec![],
                ours: true,
                version: Some(version),
            }),
        );
    }

    /// Who was told of which version since the last call, and that so many were.
    fn told(&mut self) -> Vec<(u8, u64, u64)> {
        let news = |(client, response)| match response {
            Response::News(News { version, peers, .. }) => Some((client, version, peers)),
            _ => None,
        };
        self.heard().into_iter().filter_map(news).collect()
    }

    fn publish(&mut self, version: u64) {
        let info_hash = ROOM;
        self.rendezvous
            .handle(self.now, Input::Published { info_hash, version });
    }
}

#[test]
fn who_learns_of_a_version_has_those_told_who_know_an_older_one() {
    let mut world = World::new(4);
    // A foreign client, or one that knows no version yet, is told nothing.
    world.announce(4, true, vec![]);
    for client in 1..=2 {
        world.knows(client, 7);
    }
    assert_eq!(world.told(), []);
    world.knows(1, 8);
    assert_eq!(world.told(), [(2, 8, 1)]);
    world.knows(2, 8);
    world.knows(2, 8);
    assert_eq!(world.told(), []);
    world.knows(3, 9);
    assert_eq!(
        world.told(),
        [(1, 9, 2), (2, 9, 2)],
        "who comes with it too"
    );
    let versions = world.rendezvous.versions(ROOM);
    assert_eq!(versions.into_iter().collect::<Vec<_>>(), [(8, 2), (9, 1)]);
}

#[test]
fn a_publisher_has_all_told_at_once() {
    let mut world = World::new(3);
    world.publish(9);
    for client in 1..=3 {
        world.knows(client, 8);
    }
    world.told();
    world.publish(9);
    assert_eq!(world.told(), [(1, 9, 3), (2, 9, 3), (3, 9, 3)]);
}

/// What one client says goes to thousands of others.
#[test]
fn news_is_rationed() {
    let mut world = World::new(3);
    for client in 1..=3 {
        world.knows(client, 1);
    }
    world.told();
    let mut told = 0;
    // Each wait is long enough for the room, not for the client.
    for version in 2..100 {
        world.knows(1, version);
        told += world.told().len();
        world.now = world.now.after(5_000);
    }
    // One of two at once is spent on its coming; one more a minute, to two others.
    assert_eq!(told, 2 * (1 + 98 * 5 / 60));
}

/// As many as come at once: what it is too soon to tell is told later, the newest alone.
#[test]
fn a_room_is_told_twice_at_once_and_of_the_newest_a_while_later() {
    let mut world = World::new(9);
    for client in 1..=9 {
        world.knows(client, 1);
    }
    world.told();
    let mut told = Vec::new();
    for client in 2..=8 {
        world.knows(client, client.into());
        told.extend(world.told().into_iter().filter(|(to, ..)| *to == 1));
    }
    assert_eq!(told, [(1, 2, 8), (1, 3, 8)]);
    world.now = world.now.after(10_000);
    world.rendezvous.handle(world.now, Input::Timeout);
    let told: Vec<_> = world
        .told()
        .into_iter()
        .filter(|(to, ..)| *to == 1)
        .collect();
    assert_eq!(told, [(1, 8, 8)], "nobody but the eighth knew of it");
}

#[test]
fn a_false_version_hides_no_true_one() {
    let mut world = World::new(3);
    for client in 1..=3 {
        world.knows(client, 7);
    }
    world.knows(3, u64::MAX);
    world.told();
    world.knows(1, 8);
    assert_eq!(world.told(), [(2, 8, 1)]);
}
