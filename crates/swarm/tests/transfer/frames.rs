//! Hellos and heads: who is talked to, and how a new version spreads.

use swarmfetch_swarm::{CloseReason, Config, Input, LinkId, Misuse, PeerId, WantId};

use crate::world::World;

/// Why links were closed, by whichever end did so first.
fn reasons(world: &World) -> Vec<CloseReason> {
    let closed = world.peers.iter().flat_map(|peer| &peer.closed);
    closed.map(|(_, reason)| *reason).collect()
}

#[test]
fn a_peer_of_another_site_is_not_talked_to() {
    let mut world = World::new();
    let ours = world.peer();
    let theirs = world.peer_of(Config::new([8; 16], PeerId([1; 20])));
    world.link(ours, theirs);
    world.pass(100);
    assert_eq!(reasons(&world), [CloseReason::OtherSite]);
    assert_eq!(world.peers[ours].swarm.peers(), 0);
}

#[test]
fn a_peer_does_not_talk_to_itself() {
    let mut world = World::new();
    let peer = world.peer();
    let other_tab = world.peer_of(Config::new([7; 16], PeerId([0; 20])));
    world.link(peer, other_tab);
    world.pass(100);
    assert_eq!(reasons(&world), [CloseReason::Myself]);
}

#[test]
fn a_link_of_small_frames_is_not_used() {
    let mut world = World::new();
    let peer = world.peer();
    let opened = Input::LinkOpened {
        link: LinkId(9),
        frame_bytes_max: 1200,
        outlived: false,
    };
    world.tell(peer, opened);
    assert_eq!(reasons(&world), [CloseReason::FramesTooSmall]);
}

fn head(version: u64) -> Input {
    Input::HeadSeen {
        version,
        head: vec![1; 400],
        record: vec![2; 200],
    }
}

#[test]
fn a_new_head_reaches_those_who_lack_it() {
    let mut world = World::new();
    let (first, second, third) = (world.peer(), world.peer(), world.peer());
    for peer in [first, second, third] {
        world.tell(peer, head(4));
    }
    world.link(first, second);
    world.link(second, third);
    world.pass(100);
    assert!(world.peers[second].heads.is_empty());

    world.tell(first, head(5));
    world.pass(100);
    assert_eq!(world.peers[second].heads, [5]);
    assert!(
        world.peers[third].heads.is_empty(),
        "not before it is verified"
    );

    world.tell(second, head(5));
    world.pass(100);
    assert_eq!(world.peers[third].heads, [5]);
    assert!(world.peers[first].heads.is_empty());
}

#[test]
fn a_peer_that_comes_with_an_old_version_is_told() {
    let mut world = World::new();
    let (new, old) = (world.peer(), world.peer());
    world.tell(new, head(5));
    world.tell(old, head(3));
    world.link(new, old);
    world.pass(100);
    assert_eq!(world.peers[old].heads, [5]);
    assert!(world.peers[new].heads.is_empty());
}

#[test]
fn misuse_is_told_and_changes_nothing() {
    let mut world = World::new();
    let peer = world.peer();
    world.peers[peer].origin = crate::world::OriginMood::Hangs;
    let object = world.object(10, 1);
    let want = world.want(peer, object);
    let again = Input::Want {
        want,
        object,
        compressible: false,
        urgent: false,
        savings: false,
    };
    let swarm = &mut world.peers[peer].swarm;
    let now = world.now;
    assert_eq!(swarm.handle(now, again), Err(Misuse::WantTwice { want }));
    let other = swarmfetch_content::verify_whole(
        swarmfetch_content::ObjectId::of(b"other"),
        b"other".to_vec(),
    );
    let bytes = other.unwrap();
    let wrong = Input::OriginVerified { want, bytes };
    assert_eq!(swarm.handle(now, wrong), Err(Misuse::OtherBytes { want }));
    assert_eq!(swarm.wants_open(), 1);
    let ended = Input::Unwant { want: WantId(77) };
    assert_eq!(swarm.handle(now, ended), Ok(()));
}
