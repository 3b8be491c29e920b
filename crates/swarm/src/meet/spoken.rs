//! What is said to a tracker and heard from it, as the JSON of the WebTorrent protocol, for shells in Rust. The worker's
//! shell has the browser read and write it (`sw-shim/boot/tracker.js`), in the same way.

use swarmfetch_wire::tracker::{
    Announce, Answer, InfoHash, Introduction, MessageError, Offer, PeerId, Request, Response,
    Session, SessionKind, Signal,
};

use super::types::{Heard, Introduced, Said, SdpKind};

impl Heard {
    /// Reads a message from a tracker. A description that has no text reads as one that is empty, and is refused as that.
    ///
    /// # Errors
    /// As [`Response::parse`].
    pub fn parse(text: &str) -> Result<Self, MessageError> {
        Ok(match Response::parse(text)? {
            Response::Announced(announced) => Self::Announced(announced),
            Response::Offer(offer) => Self::introduced(SdpKind::Offer, offer),
            Response::Answer(answer) => Self::introduced(SdpKind::Answer, answer),
            Response::Signal(signal) => Self::Signal(signal),
            // The shell asks the site.
            Response::News(_) => Self::Other,
            Response::Scraped(_) | Response::Failure(_) => Self::Refused,
        })
    }

    fn introduced(kind: SdpKind, introduction: Introduction) -> Self {
        Self::Introduced(Introduced {
            kind,
            info_hash: introduction.info_hash,
            peer_id: introduction.peer_id,
            offer_id: introduction.offer_id,
            sdp: introduction.session.sdp().unwrap_or_default(),
            ours: introduction.ours,
            directed: introduction.directed,
        })
    }
}

impl Said {
    /// The message's text, from this peer of this swarm: [`Meet::names`](super::Meet::names).
    #[must_use]
    pub fn to_text(self, (info_hash, peer_id): (InfoHash, PeerId)) -> String {
        let request = match self {
            // Nobody is ever complete in a site's swarm; one byte left says so.
            Self::Announce { event, offers } => Request::Announce(Announce {
                info_hash,
                peer_id,
                event,
                left: Some(1),
                offers: offers
                    .into_iter()
                    .map(|offer| Offer {
                        offer_id: offer.offer_id,
                        session: Session::new(SessionKind::Offer, &offer.sdp),
                        to_peer_id: offer.to,
                    })
                    .collect(),
                ours: true,
                version: None,
            }),
            Self::Answer {
                to,
                offer_id,
                sdp,
                ours,
            } => Request::Answer(Answer {
                info_hash,
                peer_id,
                to_peer_id: to,
                offer_id,
                session: Session::new(SessionKind::Answer, &sdp),
                ours,
            }),
            Self::Signal { to, offer_id, kind } => Request::Signal(Signal {
                info_hash,
                peer_id,
                to_peer_id: to,
                offer_id,
                kind,
            }),
        };
        request.to_text()
    }
}
