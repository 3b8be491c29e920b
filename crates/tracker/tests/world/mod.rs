//! Visitors: each an introductions machine with a socket to the real tracker, and a page that plays WebRTC.
//!
//! A page describes itself with a user fragment of its own and calls a connection open when both ends have the
//! other's fragment and a candidate: what a browser needs, no more.

#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use swarmfetch_swarm::meet::{Heard, Meet, MeetConfig, MeetInput, MeetOutput, Role, SdpKind};
use swarmfetch_swarm::{LinkId, Millis};
use swarmfetch_tracker::{TrackerConfig, run};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

/// Pages find their candidates after this time: later than a description waits for them.
const GATHERING: Duration = Duration::from_millis(60);

/// Starts a tracker on a free port; it ends with the test.
pub(crate) async fn tracker() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(run(
        listener,
        TrackerConfig::default(),
        std::future::pending(),
    ));
    address
}

/// What happens outside the machines.
enum Event {
    Socket { visitor: usize, input: MeetInput },
    Gathered { visitor: usize, link: LinkId },
}

/// One end of a connection in a page.
struct End {
    /// The fragment that this end, and the other, described itself with.
    mine: String,
    theirs: Option<String>,
    candidates: usize,
    open: bool,
}

struct Visitor {
    meet: Meet,
    socket: Option<mpsc::UnboundedSender<Message>>,
    page: BTreeMap<LinkId, End>,
    outputs: Vec<MeetOutput>,
}

/// All visitors of one site.
pub(crate) struct World {
    tracker: SocketAddr,
    started: Instant,
    visitors: Vec<Visitor>,
    events: (mpsc::UnboundedSender<Event>, mpsc::UnboundedReceiver<Event>),
}

impl World {
    /// A site without visitors.
    pub(crate) fn new(tracker: SocketAddr) -> Self {
        Self {
            tracker,
            started: Instant::now(),
            visitors: Vec::new(),
            events: mpsc::unbounded_channel(),
        }
    }

    /// A new visitor with a page.
    pub(crate) async fn join(&mut self, links_wanted: usize) -> usize {
        let visitor = self.visitors.len();
        let number = u8::try_from(visitor).expect("few visitors") + 1;
        let config = MeetConfig {
            trackers: vec![format!("ws://{}/any/path", self.tracker)],
            info_hash: [9; 20],
            // Not all in order, so that both cases of crossing offers come up.
            peer_id: [number.wrapping_mul(77); 20],
            links_wanted,
            links_max: links_wanted * 2,
        };
        let meet = Meet::new(config, number.into());
        self.visitors.push(Visitor {
            meet,
            socket: None,
            page: BTreeMap::new(),
            outputs: Vec::new(),
        });
        self.give(visitor, MeetInput::HostReady).await;
        // The next one comes when this one is known, as visitors do not come in the same millisecond.
        let known = |world: &Self| {
            world.visitors[visitor].socket.is_some() && !world.visitors[visitor].meet.is_seeking()
        };
        self.until(Duration::from_secs(10), known).await;
        visitor
    }

    /// Hands an input to a visitor's machine and does what it wants done.
    pub(crate) async fn give(&mut self, visitor: usize, input: MeetInput) {
        if input == MeetInput::HostGone {
            self.visitors[visitor].page.clear();
        }
        let now = self.now();
        let this = &mut self.visitors[visitor];
        this.meet.handle(now, input);
        while let Some(output) = this.meet.poll() {
            this.outputs.push(output.clone());
            match output {
                MeetOutput::Connect { url } => {
                    this.socket = Some(connect(visitor, url, self.events.0.clone()))
                }
                MeetOutput::Disconnect => this.socket = None,
                MeetOutput::Say(said) => {
                    let text = said.to_text(this.meet.names());
                    let socket = this
                        .socket
                        .as_ref()
                        .expect("the machine sends only on an open socket");
                    let _ = socket.send(Message::text(text));
                }
                MeetOutput::Open { link, role } => {
                    let mine = format!("visitor{visitor}link{}", link.0);
                    let theirs = match &role {
                        Role::Offer => None,
                        Role::Answer { sdp } => Some(fragment(sdp)),
                    };
                    let kind = if theirs.is_none() {
                        SdpKind::Offer
                    } else {
                        SdpKind::Answer
                    };
                    let sdp = describe(kind, &mine);
                    let candidates = match &role {
                        Role::Offer => 0,
                        Role::Answer { sdp } => candidates(sdp),
                    };
                    let open = false;
                    this.page.insert(
                        link,
                        End {
                            mine,
                            theirs,
                            candidates,
                            open,
                        },
                    );
                    let events = self.events.0.clone();
                    let _ = events.send(Event::Socket {
                        visitor,
                        input: MeetInput::Local { link, kind, sdp },
                    });
                    tokio::spawn(async move {
                        sleep(GATHERING).await;
                        let _ = events.send(Event::Gathered { visitor, link });
                    });
                }
                MeetOutput::Remote { link, sdp } => {
                    let end = this.page.get_mut(&link).expect("the page knows its links");
                    end.theirs = Some(fragment(&sdp));
                    end.candidates += candidates(&sdp);
                }
                MeetOutput::Candidate { link, candidate } => {
                    if let Some(end) = this.page.get_mut(&link) {
                        end.candidates += usize::from(candidate.is_some());
                    }
                }
                MeetOutput::CloseLink { link } => {
                    this.page.remove(&link);
                }
                MeetOutput::Expecting { .. } => {}
            }
        }
    }

    /// Runs until something holds; fails the test when it does not in time.
    pub(crate) async fn until(&mut self, patience: Duration, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + patience;
        while !holds(self) {
            assert!(
                Instant::now() < deadline,
                "not in time: {:#?}",
                self.summary()
            );
            self.step().await;
        }
    }

    /// Whether an open connection joins the two.
    pub(crate) fn are_linked(&self, one: usize, other: usize) -> bool {
        self.open_ends(one).any(|(_, end)| {
            self.open_ends(other).any(|(_, far)| {
                end.theirs.as_ref() == Some(&far.mine) && far.theirs.as_ref() == Some(&end.mine)
            })
        })
    }

    /// Number of open links.
    pub(crate) fn links(&self, visitor: usize) -> usize {
        self.open_ends(visitor).count()
    }

    /// Whether everyone can be reached from the first visitor.
    pub(crate) fn is_one_swarm(&self) -> bool {
        let mut reached = vec![0];
        let mut at = 0;
        while let Some(one) = reached.get(at).copied() {
            for other in 0..self.visitors.len() {
                if !reached.contains(&other) && self.are_linked(one, other) {
                    reached.push(other);
                }
            }
            at += 1;
        }
        reached.len() == self.visitors.len()
    }

    /// Whether anyone has two open links to one peer.
    pub(crate) fn has_twins(&self) -> bool {
        self.visitors.iter().any(|visitor| {
            let mut peers: Vec<_> = visitor
                .page
                .iter()
                .filter(|(_, end)| end.open)
                .map(|(link, _)| visitor.meet.remote(*link))
                .collect();
            let all = peers.len();
            peers.sort_unstable();
            peers.dedup();
            peers.len() < all
        })
    }

    /// How often a page was asked to connect in a role.
    pub(crate) fn opens(&self, visitor: usize, wanted: &Role) -> usize {
        self.seen(
            visitor,
            |output| matches!(output, MeetOutput::Open { role, .. } if role == wanted),
        )
    }

    /// How many outputs of a kind there were.
    pub(crate) fn seen(&self, visitor: usize, kind: impl Fn(&MeetOutput) -> bool) -> usize {
        self.visitors[visitor]
            .outputs
            .iter()
            .filter(|output| kind(output))
            .count()
    }

    /// Has a page notice which of its connections ended on the other side, as a browser does after a while.
    pub(crate) async fn lose_links_to_the_gone(&mut self, visitor: usize) {
        let ends: Vec<LinkId> = self.open_ends(visitor).map(|(link, _)| *link).collect();
        for link in ends {
            let theirs = self.visitors[visitor].page[&link].theirs.clone();
            let there = self.visitors.iter().any(|other| {
                other
                    .page
                    .values()
                    .any(|end| theirs.as_ref() == Some(&end.mine))
            });
            if !there {
                self.visitors[visitor].page.remove(&link);
                self.give(visitor, MeetInput::LinkClosed { link }).await;
            }
        }
    }

    fn now(&self) -> Millis {
        Millis(1_000 + u64::try_from(self.started.elapsed().as_millis()).expect("a short test"))
    }

    fn open_ends(&self, visitor: usize) -> impl Iterator<Item = (&LinkId, &End)> {
        self.visitors[visitor]
            .page
            .iter()
            .filter(|(_, end)| end.open)
    }

    fn summary(&self) -> Vec<String> {
        let line = |visitor: &Visitor| {
            let ends = visitor
                .page
                .values()
                .map(|end| format!("{}->{:?} {} ", end.mine, end.theirs, end.open));
            ends.collect::<String>()
        };
        self.visitors.iter().map(line).collect()
    }

    async fn step(&mut self) {
        let next = self
            .visitors
            .iter()
            .filter_map(|visitor| visitor.meet.next_timeout())
            .map(|(at, _)| at)
            .min();
        let rest = next.map_or(50, |at| at.since(self.now()).min(50));
        match timeout(Duration::from_millis(rest), self.events.1.recv()).await {
            Ok(Some(Event::Socket { visitor, input })) => {
                let here = match &input {
                    MeetInput::Local { link, .. } => self.visitors[visitor].page.contains_key(link),
                    _ => true,
                };
                if here {
                    self.give(visitor, input).await;
                }
            }
            Ok(Some(Event::Gathered { visitor, link })) => {
                if self.visitors[visitor].page.contains_key(&link) {
                    let line = "candidate:1 1 udp 7 192.0.2.7 7 typ host";
                    for candidate in [Some(line.to_owned()), None] {
                        self.give(visitor, MeetInput::LocalCandidate { link, candidate })
                            .await;
                    }
                }
            }
            Ok(None) | Err(_) => {}
        }
        for visitor in 0..self.visitors.len() {
            if self.visitors[visitor]
                .meet
                .next_timeout()
                .is_some_and(|(at, _)| at <= self.now())
            {
                self.give(visitor, MeetInput::Timeout).await;
            }
        }
        self.connect_pages().await;
    }

    /// Opens the connections whose ends know each other.
    async fn connect_pages(&mut self) {
        let ready = |end: &End| end.theirs.is_some() && end.candidates > 0;
        let ends: Vec<(usize, LinkId, String, String)> = self
            .visitors
            .iter()
            .enumerate()
            .flat_map(|(visitor, this)| {
                this.page
                    .iter()
                    .map(move |(link, end)| (visitor, *link, end))
            })
            .filter(|(_, _, end)| ready(end))
            .map(|(visitor, link, end)| {
                (
                    visitor,
                    link,
                    end.mine.clone(),
                    end.theirs.clone().unwrap_or_default(),
                )
            })
            .collect();
        for (visitor, link, mine, theirs) in &ends {
            let met = ends
                .iter()
                .any(|(_, _, far, near)| far == theirs && near == mine);
            let end = self.visitors[*visitor].page.get_mut(link);
            if let Some(end) = end.filter(|end| met && !end.open) {
                end.open = true;
                self.give(
                    *visitor,
                    MeetInput::LinkOpened {
                        link: *link,
                        remote: None,
                    },
                )
                .await;
            }
        }
    }
}

fn connect(
    visitor: usize,
    url: String,
    events: mpsc::UnboundedSender<Event>,
) -> mpsc::UnboundedSender<Message> {
    let (sender, mut outbox) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let tell = |input| {
            let _ = events.send(Event::Socket { visitor, input });
        };
        let Ok((mut socket, _)) = tokio_tungstenite::connect_async(url).await else {
            tell(MeetInput::SocketClosed);
            return;
        };
        tell(MeetInput::SocketOpened);
        loop {
            tokio::select! {
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => if let Ok(heard) = Heard::parse(&text) { tell(MeetInput::Heard(heard)) },
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => break,
                },
                message = outbox.recv() => match message {
                    Some(message) => if socket.send(message).await.is_err() { break },
                    None => {
                        let _ = socket.close(None).await;
                        return;
                    }
                },
            }
        }
        tell(MeetInput::SocketClosed);
    });
    sender
}

fn describe(kind: SdpKind, fragment: &str) -> String {
    let setup = if kind == SdpKind::Offer {
        "actpass"
    } else {
        "active"
    };
    format!(
        "v=0\r\no=- 7 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
         m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:{fragment}\r\n\
         a=ice-pwd:{}\r\na=fingerprint:sha-256 {}00\r\na=setup:{setup}\r\na=mid:0\r\na=sctp-port:5000\r\n",
        "p".repeat(24),
        "00:".repeat(31),
    )
}

fn fragment(sdp: &str) -> String {
    let line = sdp
        .lines()
        .find_map(|line| line.strip_prefix("a=ice-ufrag:"));
    line.expect("every description has a fragment").to_owned()
}

fn candidates(sdp: &str) -> usize {
    sdp.lines()
        .filter(|line| line.starts_with("a=candidate:"))
        .count()
}
