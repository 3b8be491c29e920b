//! The loop around the two machines: `swarm` (transfers) and `swarm::meet` (introductions). Inputs queue up and are
//! handled one at a time; after each, the machines are drained into acts. No policy here.

use swarmfetch_content::text::lines;
use swarmfetch_swarm::meet::{Meet, MeetConfig, MeetInput, MeetOutput, Role};
use swarmfetch_swarm::{Input, LinkId, Output, Source};
use swarmfetch_wire::Millis;

use crate::text::name;
use crate::{Core, acts};

/// Links one visitor strives for, and tolerates: enough to find most of what neighbours hold, few
/// enough for a browser (THREATS, T14).
const LINKS_WANTED: usize = 6;
const LINKS_MAX: usize = 12;

/// Something that happened to one of them.
pub(crate) enum Event {
    Swarm(Input),
    Meet(MeetInput),
}

pub(crate) fn now() -> Millis {
    Millis(acts::now() as u64)
}

impl Core {
    /// Tells the transfer machine.
    #[inline(never)]
    pub(crate) fn feed(&mut self, input: Input) {
        self.queue.push_back(Event::Swarm(input));
        self.run();
    }

    /// Tells the introductions machine, where there is one.
    #[inline(never)]
    pub(crate) fn tell(&mut self, input: MeetInput) {
        self.queue.push_back(Event::Meet(input));
        self.run();
    }

    /// The introductions machine of this visitor. `trackers`: their addresses, one a line.
    pub(crate) fn introductions(&self, trackers: &str) -> Meet {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.site_id.0);
        hasher.update(b"all");
        let mut info_hash = [0; 20];
        info_hash.copy_from_slice(&hasher.finalize().as_bytes()[..20]);
        let config = MeetConfig {
            trackers: lines(trackers).map(str::to_owned).collect(),
            info_hash,
            peer_id: self.peer.0,
            links_wanted: LINKS_WANTED,
            links_max: LINKS_MAX,
        };
        Meet::new(config, !self.seed)
    }

    fn run(&mut self) {
        while let Some(event) = self.queue.pop_front() {
            match event {
                Event::Swarm(input) => {
                    // Misuse says that an input came for a want or link that has ended meanwhile.
                    let _ended = self.swarm.handle(now(), input);
                }
                Event::Meet(input) => {
                    if let Some(meet) = &mut self.meet {
                        meet.handle(now(), input);
                    }
                }
            }
            while let Some(output) = self.swarm.poll() {
                self.act(output);
            }
            while let Some(output) = self.meet.as_mut().and_then(Meet::poll) {
                self.introduce(output);
            }
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
            } => acts::deliver(
                want.0 as u32,
                bytes.as_slice(),
                matches!(source, Source::Peers),
            ),
            Output::DeliverOrigin { want } => acts::deliver_origin(want.0 as u32),
            Output::Fail { want, .. } => acts::deliver_nothing(want.0 as u32),
            Output::FetchOrigin { want } => acts::fetch_origin(want.0 as u32),
            Output::CancelOrigin { want } => acts::cancel_origin(want.0 as u32),
            Output::Met { link, peer } => {
                let remote = Some(peer.0);
                self.later(MeetInput::LinkOpened { link, remote });
            }
            Output::Send { link, frame } => acts::send(link.0, &frame),
            Output::Close { link, reason } => {
                if reason.bans() {
                    self.later(MeetInput::Avoid { link });
                }
                acts::close(link.0);
                self.later(MeetInput::LinkClosed { link });
            }
            Output::StoreRead {
                ticket,
                object,
                groups,
            } => {
                let bytes = object.bytes_of(groups);
                let (start, end) = (bytes.start as f64, bytes.end as f64);
                acts::read(ticket.0 as f64, &name(object), start, end);
            }
            Output::StoreWrite { bytes } => acts::keep(&name(bytes.object()), bytes.as_slice()),
            Output::Compress { ticket, bytes } => {
                acts::compress(ticket.0 as f64, bytes.as_slice());
            }
            Output::Decompress {
                ticket,
                bytes,
                decoded_bytes,
            } => acts::inflate(ticket.0 as f64, &bytes, decoded_bytes as u32),
            Output::HeadHeard {
                link, head, record, ..
            } => acts::head_heard(link.0, &head, &record),
        }
    }

    fn introduce(&mut self, output: MeetOutput) {
        match output {
            MeetOutput::Connect { url } => acts::connect(&url),
            MeetOutput::Disconnect => acts::disconnect(),
            MeetOutput::SendText(text) => acts::say(&text),
            MeetOutput::Open {
                link: LinkId(link),
                role,
            } => match role {
                Role::Offer => acts::open(link, None),
                Role::Answer { sdp } => acts::open(link, Some(&sdp)),
            },
            MeetOutput::Remote { link, sdp } => acts::remote(link.0, &sdp),
            MeetOutput::Candidate { link, candidate } => {
                acts::candidate(link.0, candidate.as_deref());
            }
            MeetOutput::CloseLink { link } => {
                acts::close(link.0);
                self.queue
                    .push_back(Event::Swarm(Input::LinkClosed { link }));
            }
            MeetOutput::Expecting { until, probably } => {
                let expecting = Input::Expecting { until, probably };
                self.queue.push_back(Event::Swarm(expecting));
            }
        }
    }
}
