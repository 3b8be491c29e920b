//! Who is introduced to whom, and what passes between them.

use super::*;

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
