//! What one client, or one address, may do.

use super::*;

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
