//! Introductions machines that meet through a foreign tracker: npm's `bittorrent-tracker`, the reference server.

mod world;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use swarmfetch_swarm::meet::{MeetInput, MeetOutput};
use world::World;

const PATIENCE: Duration = Duration::from_secs(20);

/// The server; it ends when its input does.
fn reference_server() -> (Child, World) {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/interop/foreign-tracker.mjs"
    );
    let mut command = Command::new("node");
    let mut server = command
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is installed");
    let mut address = String::new();
    let output = server.stdout.take().expect("piped");
    BufReader::new(output)
        .read_line(&mut address)
        .expect("the server says its address");
    let world = World::new(address.trim().parse().expect("an address"));
    (server, world)
}

#[tokio::test]
#[ignore = "needs `npm ci` in tests/interop"]
async fn visitors_meet_and_return_through_the_reference_server() {
    let (mut server, mut world) = reference_server();
    let first = world.join(2).await;
    let second = world.join(2).await;
    world
        .until(PATIENCE, |world| world.are_linked(first, second))
        .await;
    let third = world.join(2).await;
    let all = [(first, second), (second, third), (first, third)];
    world
        .until(PATIENCE, |world| {
            all.iter()
                .all(|(one, other)| world.are_linked(*one, *other))
        })
        .await;
    assert!(!world.has_twins());
    for visitor in all.map(|(one, _)| one) {
        let followed = world.seen(visitor, |output| {
            matches!(output, MeetOutput::Candidate { .. })
        });
        assert_eq!(
            followed, 0,
            "this tracker hands no candidates on: descriptions were complete"
        );
    }

    // No directed offers here either: who navigates is introduced anew.
    world.give(third, MeetInput::HostGone).await;
    for neighbour in [first, second] {
        world.lose_links_to_the_gone(neighbour).await;
    }
    world.give(third, MeetInput::HostReady).await;
    world
        .until(PATIENCE, |world| {
            all.iter()
                .all(|(one, other)| world.are_linked(*one, *other))
        })
        .await;

    drop(server.stdin.take());
    server.wait().expect("it ends");
}
