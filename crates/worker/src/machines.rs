//! The loop around the two machines: `swarm` (transfers) and `swarm::meet` (introductions). Inputs queue up and are
//! handled one at a time; after each, the machines are drained into acts. No policy here.

use swarmfetch_content::text::lines;
use swarmfetch_swarm::meet::{Meet, MeetConfig, MeetInput, MeetOutput, Role};
use swarmfetch_swarm::{Input, Output, Source};
use swarmfetch_wire::tracker::InfoHash;

use crate::Core;
use crate::acts::{Act, act, act_with};
use crate::text::name;
use crate::tracker::say;

/// Links one visitor strives for, and tolerates: enough to find most of what neighbours hold, few
/// enough for a browser (THREATS, T14).
const LINKS_WANTED: usize = 6;
const LINKS_MAX: usize = 12;

/// Something that happened to one of them.
pub(crate) enum Event {
    Swarm(Input),
    Meet(MeetInput),
}

impl Core {
    /// Tells the transfer machine.
    #[inline(never)]
    pub(crate) fn feed(&mut self, input: Input) {
        self.happened(Event::Swarm(input));
    }

    /// Tells the introductions machine, where there is one.
    #[inline(never)]
    pub(crate) fn tell(&mut self, input: MeetInput) {
        self.happened(Event::Meet(input));
    }

    /// The introductions machine of this visitor. `trackers`: their addresses, one a line.
    pub(crate) fn introductions(&self, trackers: &str) -> Meet {
        let config = MeetConfig {
            trackers: lines(trackers).map(str::to_owned).collect(),
            info_hash: InfoHash::of_site(&self.site_id.0).0,
            peer_id: self.peer.0,
            links_wanted: LINKS_WANTED,
            links_max: LINKS_MAX,
        };
        Meet::new(config, !self.seed)
    }

    fn happened(&mut self, event: Event) {
        let mut next = Some(event);
        while let Some(event) = next {
            match event {
                Event::Swarm(input) => {
                    // Misuse says that an input came for a want or link that has ended meanwhile.
                    let _ended = self.swarm.handle(self.now, input);
                }
                Event::Meet(input) => {
                    if let Some(meet) = &mut self.meet {
                        meet.handle(self.now, input);
                    }
                }
            }
            while let Some(output) = self.swarm.poll() {
                self.act(output);
            }
            while let Some(output) = self.meet.as_mut().and_then(|meet| meet.poll()) {
                self.introduce(output);
            }
            next = self.queue.pop_front();
        }
    }

    fn later(&mut self, input: MeetInput) {
        self.queue.push_back(Event::Meet(input));
    }

    fn act(&mut self, output: Output) {
        match output {
            Output::Deliver {
                want,
                bytes,
                source,
            } => {
                let peers = f64::from(u8::from(source == Source::Peers));
                act_with(
                    Act::Deliver,
                    want.0 as f64,
                    bytes.as_slice(),
                    &[],
                    peers,
                    0.0,
                );
            }
            Output::DeliverOrigin { want } => act(Act::DeliverOrigin, want.0 as f64, &[]),
            Output::Fail { want, .. } => act(Act::DeliverNothing, want.0 as f64, &[]),
            Output::FetchOrigin { want } => act(Act::FetchOrigin, want.0 as f64, &[]),
            Output::CancelOrigin { want } => act(Act::CancelOrigin, want.0 as f64, &[]),
            Output::Met { link, peer } => {
                self.asked.clear();
                let remote = Some(peer.0);
                self.later(MeetInput::LinkOpened { link, remote });
            }
            Output::Send { link, frame } => act(Act::Send, link.0.into(), &frame),
            Output::Close { link, reason } => {
                if reason.bans() {
                    self.later(MeetInput::Avoid { link });
                }
                act(Act::Close, link.0.into(), &[]);
                self.later(MeetInput::LinkClosed { link });
            }
            Output::StoreRead {
                ticket,
                object,
                groups,
            } => {
                let bytes = object.bytes_of(groups);
                let (start, end) = (bytes.start as f64, bytes.end as f64);
                let name = name(object);
                act_with(Act::Read, ticket.0 as f64, name.as_bytes(), &[], start, end);
            }
            Output::StoreWrite { bytes } => {
                let name = name(bytes.object());
                act_with(Act::Keep, 0.0, name.as_bytes(), bytes.as_slice(), 0.0, 0.0);
            }
            Output::Compress { ticket, bytes } => {
                act(Act::Compress, ticket.0 as f64, bytes.as_slice());
            }
            Output::Decompress {
                ticket,
                bytes,
                decoded_bytes,
            } => {
                let len = decoded_bytes as f64;
                act_with(Act::Inflate, ticket.0 as f64, &bytes, &[], len, 0.0);
            }
            Output::Prove {
                link,
                number,
                root,
                keys,
                with_needs,
            } => self.asked_to_prove(link, number, root, &keys, with_needs),
            Output::Proved {
                link,
                root,
                partial,
            } => self.proved(link, root, partial),
            Output::HeadHeard {
                link, head, record, ..
            } => act_with(Act::HeadHeard, link.0.into(), &head, &record, 0.0, 0.0),
        }
    }

    fn introduce(&mut self, output: MeetOutput) {
        match output {
            MeetOutput::Connect { url } => act(Act::Connect, 0.0, url.as_bytes()),
            MeetOutput::Disconnect => act(Act::Disconnect, 0.0, &[]),
            MeetOutput::Say(said) => {
                if let Some(meet) = &self.meet {
                    say(meet, said);
                }
            }
            MeetOutput::Open { link, role } => {
                let offer = match role {
                    Role::Offer => String::new(),
                    Role::Answer { sdp } => sdp,
                };
                act(Act::Open, link.0.into(), offer.as_bytes());
            }
            MeetOutput::Remote { link, sdp } => act(Act::Remote, link.0.into(), sdp.as_bytes()),
            MeetOutput::Candidate { link, candidate } => {
                let candidate = candidate.unwrap_or_default();
                act(Act::Candidate, link.0.into(), candidate.as_bytes());
            }
            MeetOutput::CloseLink { link } => {
                act(Act::Close, link.0.into(), &[]);
                self.queue
                    .push_back(Event::Swarm(Input::LinkClosed { link }));
            }
            MeetOutput::Expecting {
                until,
                probably,
                estimate,
            } => {
                let expecting = Input::Expecting {
                    until,
                    probably,
                    estimate,
                };
                self.queue.push_back(Event::Swarm(expecting));
            }
        }
    }
}
