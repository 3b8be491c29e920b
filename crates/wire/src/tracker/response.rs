//! What a tracker sends to a client.

use super::id::Id;
use super::json::{Reader, Writer};
use super::marker::Marker;
use super::request::write_head;
use super::{InfoHash, MessageError, OfferId, PeerId, RESPONSE_BYTES_MAX, Session, Signal};

/// A message from a tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// The answer to an announce.
    Announced(Announced),
    /// Somebody's offer, to be answered.
    Offer(Introduction),
    /// Somebody's answer to an offer of the receiver.
    Answer(Introduction),
    /// Ours only: more about an offer or answer.
    Signal(Signal),
    /// Ours only, and unasked: there is a newer version of the site.
    News(News),
    /// The answer to a scrape. Written only: no client of ours scrapes.
    Scraped(Vec<Scraped>),
    /// The tracker could not do what it was asked.
    Failure(Failure),
}

/// What a tracker says of a swarm to its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The swarm.
    pub info_hash: InfoHash,
    /// Seconds after which the receiver must announce again to stay known.
    pub interval_secs: u64,
    /// Peers that have everything, the receiver included.
    pub complete: u64,
    /// Peers that have not, the receiver included.
    pub incomplete: u64,
    /// Whether the tracker understands the `swarmfetch` key: sends signals on, and directed offers as directed.
    pub ours: bool,
}

/// Somebody in a swarm has come to know of a newer version. A tracker's word: the site itself says whether it is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct News {
    /// The swarm.
    pub info_hash: InfoHash,
    /// The version.
    pub version: u64,
    /// How many peers are told: all that ask the site at once are as many.
    pub peers: u64,
}

/// An offer or answer, handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introduction {
    /// The swarm.
    pub info_hash: InfoHash,
    /// Who made it.
    pub peer_id: PeerId,
    /// The offer.
    pub offer_id: OfferId,
    /// The description.
    pub session: Session,
    /// Whether candidates will follow in signals. To be believed only of a tracker that is [`Announced::ours`].
    pub ours: bool,
    /// Whether the offer was made for the receiver alone. As `ours`, to be believed only of our tracker.
    pub directed: bool,
}

/// Counts of one swarm in the answer to a scrape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scraped {
    /// The swarm.
    pub info_hash: InfoHash,
    /// Peers that have everything.
    pub complete: u64,
    /// Peers that have not.
    pub incomplete: u64,
}

/// A refusal by the tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The swarm in question, where the tracker understood that much.
    pub info_hash: Option<InfoHash>,
    /// The reason, for people.
    pub reason: String,
}

impl Response {
    /// Reads a message as the reference client does: unknown keys are skipped. The answer to a scrape is not read.
    ///
    /// # Errors
    /// When the text is too long, not JSON, or lacks what its kind needs.
    pub fn parse(text: &str) -> Result<Self, MessageError> {
        if text.len() > RESPONSE_BYTES_MAX {
            return Err(MessageError::TooLong { bytes: text.len() });
        }
        let mut members = Members::default();
        let mut reader = Reader::new(text);
        reader.object(&mut |key, reader| members.take(key, reader));
        reader.end()?;
        members.finish()
    }

    /// The message's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut writer = Writer::default();
        writer.open('{');
        match self {
            Self::Announced(announced) => announced.write(&mut writer),
            Self::Offer(offer) => offer.write(&mut writer, "offer"),
            Self::Answer(answer) => answer.write(&mut writer, "answer"),
            Self::Signal(signal) => signal.write(&mut writer),
            Self::News(news) => news.write(&mut writer),
            Self::Scraped(swarms) => write_scraped(&mut writer, swarms),
            Self::Failure(failure) => {
                writer.text("action", "announce");
                writer.text("failure reason", &failure.reason);
                if let Some(info_hash) = failure.info_hash {
                    info_hash.write(&mut writer, "info_hash");
                }
            }
        }
        writer.close('}');
        writer.finish()
    }
}

impl Announced {
    fn write(&self, writer: &mut Writer) {
        writer.text("action", "announce");
        self.info_hash.write(writer, "info_hash");
        writer.count("interval", self.interval_secs);
        writer.count("complete", self.complete);
        writer.count("incomplete", self.incomplete);
        Marker::here(self.ours).write(writer);
    }
}

impl News {
    fn write(&self, writer: &mut Writer) {
        writer.text("action", "announce");
        self.info_hash.write(writer, "info_hash");
        writer.count("incomplete", self.peers);
        Marker {
            version: Some(self.version),
            ..Marker::here(true)
        }
        .write(writer);
    }
}

impl Introduction {
    fn write(&self, writer: &mut Writer, key: &str) {
        write_head(writer, self.info_hash, self.peer_id);
        self.offer_id.write(writer, "offer_id");
        self.session.write(writer, key);
        Marker {
            directed: self.directed,
            ..Marker::here(self.ours)
        }
        .write(writer);
    }
}

fn write_scraped(writer: &mut Writer, swarms: &[Scraped]) {
    writer.text("action", "scrape");
    writer.key("files");
    writer.open('{');
    for swarm in swarms {
        writer.key(&swarm.info_hash.to_binary_string());
        writer.open('{');
        writer.count("complete", swarm.complete);
        writer.count("incomplete", swarm.incomplete);
        // The reference server counts no downloads either and says the number of complete peers.
        writer.count("downloaded", swarm.complete);
        writer.close('}');
    }
    writer.close('}');
}

/// The members of any response, in whatever order they come.
#[derive(Default)]
struct Members {
    info_hash: Option<InfoHash>,
    peer_id: Option<PeerId>,
    offer_id: Option<OfferId>,
    offer: Option<Session>,
    answer: Option<Session>,
    interval_secs: Option<u64>,
    complete: Option<u64>,
    incomplete: Option<u64>,
    failure: Option<String>,
    marker: Marker,
}

impl Members {
    fn take(&mut self, key: &str, reader: &mut Reader<'_>) {
        match (key, reader.peek()) {
            ("info_hash", Some(b'"')) => self.info_hash = Some(InfoHash::read(reader, "info_hash")),
            ("peer_id", Some(b'"')) => self.peer_id = Some(PeerId::read(reader, "peer_id")),
            ("offer_id", Some(b'"')) => self.offer_id = Some(OfferId::read(reader, "offer_id")),
            ("offer", Some(b'{')) => self.offer = Some(Session::read(reader, "offer")),
            ("answer", Some(b'{')) => self.answer = Some(Session::read(reader, "answer")),
            // The reference client takes either.
            ("interval" | "min interval", _) => {
                self.interval_secs = reader.whole().max(self.interval_secs)
            }
            ("complete", _) => self.complete = reader.whole(),
            ("incomplete", _) => self.incomplete = reader.whole(),
            ("failure reason", Some(b'"')) => self.failure = Some(reader.string()),
            ("swarmfetch", _) => self.marker = Marker::read(reader),
            _ => reader.skip(),
        }
    }

    fn finish(self) -> Result<Response, MessageError> {
        if let Some(reason) = self.failure {
            return Ok(Response::Failure(Failure {
                info_hash: self.info_hash,
                reason,
            }));
        }
        let info_hash = self
            .info_hash
            .ok_or(MessageError::Missing { key: "info_hash" })?;
        let peer_id = self.peer_id.ok_or(MessageError::Missing { key: "peer_id" });
        let offer_id = self
            .offer_id
            .ok_or(MessageError::Missing { key: "offer_id" });
        let (ours, directed) = (self.marker.ours, self.marker.directed);
        let introduction = |session| {
            let (peer_id, offer_id) = (peer_id?, offer_id?);
            Ok(Introduction {
                info_hash,
                peer_id,
                offer_id,
                session,
                ours,
                directed,
            })
        };
        if let Some(session) = self.offer {
            return introduction(session).map(Response::Offer);
        }
        if let Some(session) = self.answer {
            return introduction(session).map(Response::Answer);
        }
        if let Some(kind) = self.marker.kind {
            return Ok(Response::Signal(Signal {
                info_hash,
                peer_id: peer_id?,
                to_peer_id: None,
                offer_id: offer_id?,
                kind,
            }));
        }
        if let (Some(version), None) = (self.marker.version, self.interval_secs) {
            return Ok(Response::News(News {
                info_hash,
                version,
                peers: self.incomplete.unwrap_or(0),
            }));
        }
        Ok(Response::Announced(Announced {
            info_hash,
            interval_secs: self
                .interval_secs
                .ok_or(MessageError::Missing { key: "interval" })?,
            complete: self.complete.unwrap_or(0),
            incomplete: self.incomplete.unwrap_or(0),
            ours,
        }))
    }
}
