//! What goes into the introductions machine and what comes out of it.

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
    /// A text message came on it.
    SocketText(String),
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
        /// `JSON.stringify(RTCIceCandidate)`; `None` when there will be no more.
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
    /// Send this text on it.
    SendText(String),
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
        /// JSON for `addIceCandidate`; `None`: there will be no more.
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
    },
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
    /// A dial did not become a link in time.
    DialExpired,
    /// No page has been there for a while: leave.
    Hostless,
}
