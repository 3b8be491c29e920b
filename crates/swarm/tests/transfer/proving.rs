//! Questions what the tree says, and their answers: who is asked, who answers, and what is not believed.

use swarmfetch_content::Hash;
use swarmfetch_swarm::limits::{
    LINK_PROVES_MAX, ORIGIN_MS_GUESS, PROVE_LINKS, PROVE_LINKS_URGENT, PROVE_MS_MIN,
};
use swarmfetch_swarm::{CloseReason, Input, LinkId, Violation};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::Proved;
use swarmfetch_wire::limits::{PROVE_KEYS_MAX, PROVED_BYTES_MAX};

use crate::world::{PeerIndex, World};

fn root() -> Hash {
    Hash::of(b"a root")
}

fn ask(world: &mut World, peer: PeerIndex, keys: usize, urgent: bool) {
    let keys = (0..keys).map(|n| [n as u8; 8]).collect();
    let prove = Input::Prove {
        root: root(),
        keys,
        with_needs: true,
        urgent,
    };
    world.tell(peer, prove);
}

/// One who asks, and so many who know; their links from the asker's side, the slowest first.
fn asker(world: &mut World, count: u64) -> (PeerIndex, Vec<(PeerIndex, LinkId)>) {
    let asker = world.peer();
    let knowing = (0..count).map(|n| {
        let peer = world.peer();
        world.peers[peer].known = vec![n as u8; 40];
        let (link, _) = world.link_of(asker, peer, 20 * (count - n), 2_500);
        (peer, link)
    });
    let knowing = knowing.collect();
    world.pass(1_000);
    (asker, knowing)
}

#[test]
fn a_question_is_answered_with_what_is_known() {
    let mut world = World::new();
    let (asker, knowing) = asker(&mut world, 1);
    ask(&mut world, asker, 3, true);
    assert_eq!(world.peers[asker].swarm.questions_open(), 1);
    world.pass(500);
    let keys = vec![[0; 8], [1; 8], [2; 8]];
    assert_eq!(world.peers[knowing[0].0].asked, [(root(), keys, true)]);
    let told = (knowing[0].1, root(), vec![0; 40]);
    assert_eq!(world.peers[asker].proved, [told]);
    assert_eq!(world.peers[asker].swarm.questions_open(), 0);
}

#[test]
fn no_more_links_are_asked_than_it_is_worth_and_long_lists_in_pieces() {
    for (urgent, most) in [(true, PROVE_LINKS_URGENT), (false, PROVE_LINKS)] {
        let mut world = World::new();
        let (asker, knowing) = asker(&mut world, PROVE_LINKS_URGENT as u64 + 1);
        ask(&mut world, asker, PROVE_KEYS_MAX + 1, urgent);
        world.pass(500);
        let pieces = |peer: PeerIndex| -> Vec<usize> {
            let asked = world.peers[peer].asked.iter();
            asked.map(|(_, keys, _)| keys.len()).collect()
        };
        let asked = knowing.iter().map(|(peer, _)| pieces(*peer));
        let asked: Vec<Vec<usize>> = asked.filter(|pieces| !pieces.is_empty()).collect();
        assert_eq!(asked, vec![vec![PROVE_KEYS_MAX, 1]; most]);
    }
}

#[test]
fn proofs_are_waited_for_as_long_as_a_slow_origin_takes_and_half_as_long_again() {
    let mut world = World::new();
    let reader = world.peer();
    let unmeasured_ms = world.peers[reader].swarm.prove_ms();
    assert_eq!(unmeasured_ms, (ORIGIN_MS_GUESS * 3 / 2).max(PROVE_MS_MIN));
    for took_ms in [10, 400] {
        for _ in 0..50 {
            world.tell(reader, Input::OriginTook { took_ms });
        }
        let ms = world.peers[reader].swarm.prove_ms();
        let expected = (took_ms * 3 / 2).max(PROVE_MS_MIN);
        assert!(ms.abs_diff(expected) <= expected / 10, "{ms} of {expected}");
    }
}

#[test]
fn a_link_that_never_answers_is_not_asked_for_ever() {
    let mut world = World::new();
    let (asker, knowing) = asker(&mut world, 1);
    world.deafen(knowing[0].0);
    for _ in 0..2 * LINK_PROVES_MAX {
        ask(&mut world, asker, 1, true);
    }
    let open = world.peers[asker].swarm.questions_open();
    assert_eq!(open, LINK_PROVES_MAX);
    // With the link go its questions.
    world.cut(asker, knowing[0].1);
    assert_eq!(world.peers[asker].swarm.questions_open(), 0);
}

#[test]
fn an_answer_to_no_question_closes_the_link() {
    let mut world = World::new();
    let (asker, peer) = (world.peer(), world.peer());
    let (_, theirs) = world.link(asker, peer);
    world.pass(1_000);
    let proved = Proved {
        number: 5,
        partial: &[1, 0, 0],
    };
    world.forge(peer, theirs, &Frame::Proved(proved));
    world.pass(500);
    let closed = &world.peers[asker].closed;
    let violation = CloseReason::Violation(Violation::OverDataCredit);
    assert!(
        closed.iter().any(|(_, why)| *why == violation),
        "{closed:?}"
    );
    assert!(world.peers[asker].proved.is_empty());
}

#[test]
fn who_gives_nothing_and_who_knows_too_much_say_that_they_know_nothing() {
    let mut world = World::new();
    let (asker, knowing) = asker(&mut world, 2);
    world.tell(knowing[0].0, Input::Visitor { may_upload: false });
    world.peers[knowing[1].0].known = vec![1; PROVED_BYTES_MAX + 1];
    ask(&mut world, asker, 1, true);
    world.pass(500);
    assert!(world.peers[knowing[0].0].asked.is_empty());
    let told: Vec<usize> = world.peers[asker]
        .proved
        .iter()
        .map(|it| it.2.len())
        .collect();
    assert_eq!(told, [0, 0]);
    assert!(world.peers[asker].closed.is_empty());
}

#[test]
fn answers_are_counted_as_uploaded() {
    let mut world = World::new();
    let (asker, knowing) = asker(&mut world, 1);
    let peer = knowing[0].0;
    world.tell(peer, Input::UploadBudget { bytes: 50 });
    for _ in 0..3 {
        ask(&mut world, asker, 1, true);
        world.pass(500);
    }
    let told: Vec<usize> = world.peers[asker]
        .proved
        .iter()
        .map(|it| it.2.len())
        .collect();
    assert_eq!(told, [40, 40, 0]);
}
