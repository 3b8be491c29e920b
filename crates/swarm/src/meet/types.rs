//! What goes into the introductions machine and what comes out of it.

use swarmfetch_wire::tracker::{Announced, Event, InfoHash, OfferId, PeerId, Signal, SignalKind};

use crate::{LinkId, Millis};

/// What the machine is told once.
#[derive(Clone, Debug)]
pub struct MeetConfig {
    /// Tracker addresses (`wss://…`), the preferred one first. Empty: the machine stays silent.
    pub trackers: Vec<String>,
    /// The swarm's id: first 20 bytes of BLAKE3(site id, purpose).
    pub info_hash: [u8; 20],
    /// This peer's id, drawn at random by the shell for this session.
    pub peer_id: [u8; 20],
    /// Links this peer strives for.
    pub links_wanted: usize,
    /// Links this peer tolerates: between the two numbers it makes no offers but answers those of others, so that a
    /// newcomer finds someone.
    pub links_max: usize,
}

/// Which half of an exchange a local description is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SdpKind {
    /// Made by `createOffer`.
    Offer,
    /// Made by `createAnswer`.
    Answer,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeetInput {
    /// A page can make connections now. After a restart of the worker, report links that live on in the page
    /// (`LinkOpened`) before this.
    HostReady,
    /// The page that made the connections is gone, and all links with it.
    HostGone,
    /// The socket of the last `Connect` is open.
    SocketOpened,
    /// A message came on it.
    Heard(Heard),
    /// It closed or could not be opened. Not reported after `Disconnect`.
    SocketClosed,
    /// The page made its local description for a link.
    Local {
        /// The link of an `Open`.
        link: LinkId,
        /// Offer or answer, as the `Open` asked.
        kind: SdpKind,
        /// The text of `localDescription`.
        sdp: String,
    },
    /// The page found a way to be reached.
    LocalCandidate {
        /// The link of an `Open`.
        link: LinkId,
        /// The `candidate` of an `RTCIceCandidate`; `None`, or an empty one, when there will be no more.
        candidate: Option<String>,
    },
    /// The data channel is open. A link that this machine never asked for (one that outlived the worker) is adopted.
    LinkOpened {
        /// The link.
        link: LinkId,
        /// Who it says it is at the other end, once it has; for a link whose peer this machine does not know. The link may
        /// be reported again for that.
        remote: Option<[u8; 20]>,
    },
    /// The link closed, failed, or was closed by the transfer machine.
    LinkClosed {
        /// The link.
        link: LinkId,
    },
    /// The peer behind this link misbehaved: never meet it again in this session. Report before `LinkClosed`.
    Avoid {
        /// The link.
        link: LinkId,
    },
    /// The visitor opted out or paused: leave the swarm. `HostReady` starts again.
    Stop,
    /// The moment of `next_timeout` came.
    Timeout,
}

/// Who speaks first on a new connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Make an offer.
    Offer,
    /// Answer this one.
    Answer {
        /// The remote description to set before answering.
        sdp: String,
    },
}

/// What the shell must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeetOutput {
    /// Open a WebSocket.
    Connect {
        /// To this address.
        url: String,
    },
    /// Close it, or stop opening it, and report nothing more of it.
    Disconnect,
    /// Say this on it.
    Say(Said),
    /// Make a connection in the page.
    Open {
        /// Its name from now on.
        link: LinkId,
        /// Who speaks first.
        role: Role,
    },
    /// The answer to an offer came: set it as remote description.
    Remote {
        /// The link.
        link: LinkId,
        /// The text for `setRemoteDescription`.
        sdp: String,
    },
    /// The remote found a way to be reached.
    Candidate {
        /// The link.
        link: LinkId,
        /// The `candidate` for `addIceCandidate`, on the only media section; `None`: there will be no more.
        candidate: Option<String>,
    },
    /// Close the connection in the page; the machine has forgotten it.
    CloseLink {
        /// The link.
        link: LinkId,
    },
    /// A link may open until then. Replaces the last value; a moment that is not in the future says that nothing is to
    /// be expected.
    Expecting {
        /// The last deadline of all dials under way, or of asking a tracker for the first time whether anyone is there.
        until: Millis,
        /// Until then one probably will: most dials that succeed at all have by then.
        probably: Millis,
        /// When the first will be open, judging by how long others took.
        estimate: Millis,
    },
}

/// What the tracker says, as far as this machine can use it; `Heard::parse` reads it from JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The answer to an announce.
    Announced(Announced),
    /// Somebody's offer, to be answered, or answer to an offer of this end.
    Introduced(Introduced),
    /// More about an offer or answer.
    Signal(Signal),
    /// The tracker could not do what it was asked.
    Refused,
    /// What is another's business.
    Other,
}

/// A description, handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introduced {
    /// Which half of an exchange it is.
    pub kind: SdpKind,
    /// The swarm.
    pub info_hash: InfoHash,
    /// Who made it.
    pub peer_id: PeerId,
    /// The offer.
    pub offer_id: OfferId,
    /// The description's text, as it came; what is none is refused.
    pub sdp: String,
    /// Whether candidates will follow in signals. To be believed only of a tracker that is [`Announced::ours`].
    pub ours: bool,
    /// Whether the offer was made for the receiver alone. As `ours`, to be believed only of our tracker.
    pub directed: bool,
}

/// What is said to the tracker, in the name of [`Meet::names`](super::Meet::names); `Said::to_text` writes it as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Presence, perhaps with offers for others.
    Announce {
        /// What happened.
        event: Event,
        /// The offers.
        offers: Vec<Offered>,
    },
    /// An answer to an offer.
    Answer {
        /// The maker of the offer.
        to: PeerId,
        /// The offer.
        offer_id: OfferId,
        /// The description's text.
        sdp: String,
        /// Whether candidates will follow in signals.
        ours: bool,
    },
    /// More about an offer or answer.
    Signal {
        /// The maker of the offer, when it is not this end.
        to: Option<PeerId>,
        /// The offer.
        offer_id: OfferId,
        /// What there is to say.
        kind: SignalKind,
    },
}

/// One offer in an announce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Its name.
    pub offer_id: OfferId,
    /// Who should get it; without it, anyone.
    pub to: Option<PeerId>,
    /// The description's text.
    pub sdp: String,
}

/// Why the machine wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MeetReason {
    /// Try a tracker again.
    Reconnect,
    /// The socket did not open, or the tracker did not answer, in time.
    TrackerSilent,
    /// Announce, because the interval is over or links are wanted.
    Announce,
    /// Send descriptions or candidates that were held back to travel together.
    Flush,
    /// Dial those again whose links have just closed.
    Redial,
    /// A dial did not become a link in time.
    DialExpired,
    /// No page has been there for a while: leave.
    Hostless,
}
