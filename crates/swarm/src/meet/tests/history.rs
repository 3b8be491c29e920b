//! Any history at all.

use super::*;

/// Any input, with links that may or may not exist.
fn inputs() -> impl Strategy<Value = MeetInput> {
    let kind = prop_oneof![Just(SdpKind::Offer), Just(SdpKind::Answer)];
    let introduction = |ours: bool, directed: bool, id: u8, from: u8, kind: SdpKind| {
        let half = if kind == SdpKind::Offer {
            SessionKind::Offer
        } else {
            SessionKind::Answer
        };
        let session = Session::new(half, &sdp(kind));
        let (peer_id, offer_id) = (PeerId([from; 20]), OfferId([id; 20]));
        Introduction {
            info_hash: HASH,
            peer_id,
            offer_id,
            session,
            ours,
            directed: directed && ours,
        }
    };
    prop_oneof![
        Just(MeetInput::HostReady),
        Just(MeetInput::HostGone),
        Just(MeetInput::SocketOpened),
        Just(MeetInput::SocketClosed),
        Just(MeetInput::Timeout),
        Just(MeetInput::Stop),
        (0u64..40, any::<bool>()).prop_map(|(incomplete, ours)| {
            let announced = Announced {
                info_hash: HASH,
                interval_secs: 30,
                complete: 1,
                incomplete,
                ours,
            };
            heard(&Response::Announced(announced))
        }),
        (any::<(bool, bool)>(), 0u8..9, 0u8..9, kind.clone()).prop_map(
            move |((ours, directed), id, from, kind)| {
                let introduction = introduction(ours, directed, id, from, kind);
                let response = match kind {
                    SdpKind::Offer => Response::Offer(introduction),
                    SdpKind::Answer => Response::Answer(introduction),
                };
                heard(&response)
            }
        ),
        Just(MeetInput::Heard(Heard::Refused)),
        (any::<u32>(), kind).prop_map(|(link, kind)| MeetInput::Local {
            link: LinkId(link),
            kind,
            sdp: sdp(kind)
        }),
        (any::<u32>(), any::<bool>()).prop_map(|(link, more)| {
            let candidate = candidate(link).filter(|_| more);
            MeetInput::LocalCandidate {
                link: LinkId(link),
                candidate,
            }
        }),
        any::<u32>().prop_map(|link| MeetInput::LinkOpened {
            link: LinkId(link),
            remote: None
        }),
        any::<u32>().prop_map(|link| MeetInput::LinkClosed { link: LinkId(link) }),
        any::<u32>().prop_map(|link| MeetInput::Avoid { link: LinkId(link) }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_history_rests_and_repeats(history in prop::collection::vec((inputs(), 0u64..20_000), 1..100)) {
        let mut world = World::new(4);
        let mut again = World::new(4);
        let mut open: Vec<LinkId> = Vec::new();
        for (input, ms) in history {
            // Most links named are ones that exist.
            let some = |link: LinkId| *open.get(link.0 as usize % (open.len() + 1)).unwrap_or(&link);
            let input = match input {
                MeetInput::Local { link, kind, sdp } => MeetInput::Local { link: some(link), kind, sdp },
                MeetInput::LocalCandidate { link, candidate } => {
                    MeetInput::LocalCandidate { link: some(link), candidate }
                }
                MeetInput::LinkOpened { link, remote } => MeetInput::LinkOpened { link: some(link), remote },
                MeetInput::LinkClosed { link } => MeetInput::LinkClosed { link: some(link) },
                MeetInput::Avoid { link } => MeetInput::Avoid { link: some(link) },
                input => input,
            };
            for world in [&mut world, &mut again] {
                world.give(input.clone());
                world.wait(ms);
            }
            match &input {
                MeetInput::HostGone | MeetInput::Stop => open.clear(),
                MeetInput::LinkClosed { link } => open.retain(|known| known != link),
                _ => {}
            }
            let outputs = world.drain();
            prop_assert_eq!(&outputs, &again.drain());
            for output in outputs {
                match output {
                    MeetOutput::Open { link, .. } => {
                        prop_assert!(!open.contains(&link), "number given twice");
                        open.push(link);
                    }
                    MeetOutput::CloseLink { link } => open.retain(|known| *known != link),
                    MeetOutput::Say(said) => {
                        let text = said.to_text(world.meet.names());
                        prop_assert!(Request::parse(&text).is_ok(), "{}", text);
                    }
                    _ => {}
                }
            }
        }
    }
}
