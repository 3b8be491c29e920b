//! Introductions machines that meet through the real tracker over real sockets, with pages played by hand.

mod world;

use std::time::Duration;

use swarmfetch_swarm::meet::{MeetInput, MeetOutput, Role};
use world::{World, tracker};

/// Time for anything to happen over loopback on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn two_visitors_are_introduced_and_their_candidates_follow() {
    let mut world = World::new(tracker().await);
    let first = world.join(2).await;
    let second = world.join(2).await;
    world
        .until(PATIENCE, |world| world.are_linked(first, second))
        .await;
    // Two-step announce: the newcomer made one offer, the first none.
    assert_eq!(world.opens(first, &Role::Offer), 0);
    assert_eq!(world.opens(second, &Role::Offer), 1);
    // The page gathers after the description is sent, so candidates can only have come by signals.
    for visitor in [first, second] {
        let candidates = world.seen(visitor, |output| {
            matches!(output, MeetOutput::Candidate { .. })
        });
        assert_eq!(candidates, 2, "one candidate and the end");
    }
}

#[tokio::test]
async fn a_visitor_that_navigates_is_back_with_its_neighbour_at_once() {
    let mut world = World::new(tracker().await);
    let first = world.join(1).await;
    let second = world.join(1).await;
    world
        .until(PATIENCE, |world| world.are_linked(first, second))
        .await;
    let (before, others_before) = (
        world.opens(second, &Role::Offer),
        world.opens(first, &Role::Offer),
    );

    world.give(second, MeetInput::HostGone).await;
    assert!(!world.are_linked(first, second));
    world.give(second, MeetInput::HostReady).await;
    world
        .until(PATIENCE, |world| world.are_linked(first, second))
        .await;
    assert_eq!(
        world.opens(second, &Role::Offer),
        before + 1,
        "one directed offer"
    );
    assert_eq!(world.opens(first, &Role::Offer), others_before);
    // The other side learnt of the loss from the offer, and let the dead link go.
    assert_eq!(
        world.seen(first, |output| matches!(
            output,
            MeetOutput::CloseLink { .. }
        )),
        1
    );
}

#[tokio::test]
async fn ten_visitors_become_one_swarm() {
    let mut world = World::new(tracker().await);
    for _ in 0..10 {
        world.join(3).await;
    }
    world.until(PATIENCE, World::is_one_swarm).await;
    assert!(
        (0..10).all(|visitor| world.links(visitor) <= 6),
        "nobody has more than it tolerates"
    );
    assert!(!world.has_twins(), "nor two links to one peer");
}

#[tokio::test]
async fn a_visitor_that_leaves_is_no_longer_counted() {
    let mut world = World::new(tracker().await);
    let first = world.join(2).await;
    let second = world.join(2).await;
    world
        .until(PATIENCE, |world| world.are_linked(first, second))
        .await;
    world.give(first, MeetInput::Stop).await;
    let third = world.join(2).await;
    world
        .until(PATIENCE, |world| world.are_linked(second, third))
        .await;
    assert_eq!(world.opens(third, &Role::Offer), 1, "one other is left");
}
