//! What a client sends to a tracker.

use super::id::Id;
use super::json::{Reader, Writer};
use super::marker::Marker;
use super::{
    InfoHash, MessageError, OFFERS_MAX, OfferId, PeerId, REQUEST_BYTES_MAX, SCRAPE_HASHES_MAX,
    Session, SignalKind,
};

/// A message to a tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// "Here I am", perhaps with offers for others.
    Announce(Announce),
    /// An answer to an offer.
    Answer(Answer),
    /// Between ours: more about an offer or answer under way.
    Signal(Signal),
    /// "How many are in these swarms?" A scrape of everything there is reads as an empty list: it is not served.
    Scrape(Vec<InfoHash>),
}

/// Presence in a swarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announce {
    /// The swarm.
    pub info_hash: InfoHash,
    /// The sender.
    pub peer_id: PeerId,
    /// What happened to the sender.
    pub event: Event,
    /// Bytes that the sender still lacks; zero makes it count as complete. Unknown when absent, null or negative.
    pub left: Option<u64>,
    /// Offers, each for one other peer. The reference server takes their number for the number of peers wanted.
    pub offers: Vec<Offer>,
    /// Whether the sender understands the `swarmfetch` key.
    pub ours: bool,
    /// Ours only: the newest version of the site that the sender knows.
    pub version: Option<u64>,
}

/// What happened to the sender of an announce.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Event {
    /// It came. `bittorrent-tracker` takes a repeated one for an update.
    Started,
    /// It leaves.
    Stopped,
    /// It has everything now.
    Completed,
    /// Nothing. Sent by leaving the key out, because `wt-tracker` does not know "update".
    #[default]
    Update,
}

/// One offer in an announce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its name, chosen by its maker.
    pub offer_id: OfferId,
    /// The description.
    pub session: Session,
    /// Ours only: who should get it; without it, anyone.
    pub to_peer_id: Option<PeerId>,
}

/// An answer to an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The swarm.
    pub info_hash: InfoHash,
    /// The sender.
    pub peer_id: PeerId,
    /// The maker of the offer.
    pub to_peer_id: PeerId,
    /// The offer.
    pub offer_id: OfferId,
    /// The description.
    pub session: Session,
    /// Whether candidates will follow in [`Signal`]s.
    pub ours: bool,
}

/// Ours only: more about an offer or answer, in either direction. From the maker of the offer it has no
/// `to_peer_id`: the tracker knows whom it gave the offer to, the maker may not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// The swarm.
    pub info_hash: InfoHash,
    /// The sender.
    pub peer_id: PeerId,
    /// The maker of the offer, when it is not the sender. Absent in what a tracker sends.
    pub to_peer_id: Option<PeerId>,
    /// The offer.
    pub offer_id: OfferId,
    /// What there is to say.
    pub kind: SignalKind,
}

impl Request {
    /// Reads a message as the reference server does: unknown keys are skipped, falsy values count as absent.
    ///
    /// # Errors
    /// When the text is too long, not JSON, or lacks what its kind needs.
    pub fn parse(text: &str) -> Result<Self, MessageError> {
        if text.len() > REQUEST_BYTES_MAX {
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
            Self::Announce(announce) => announce.write(&mut writer),
            Self::Answer(answer) => answer.write(&mut writer),
            Self::Signal(signal) => signal.write(&mut writer),
            Self::Scrape(hashes) => {
                writer.text("action", "scrape");
                writer.key("info_hash");
                writer.open('[');
                for hash in hashes {
                    writer.string(&hash.to_binary_string());
                }
                writer.close(']');
            }
        }
        writer.close('}');
        writer.finish()
    }
}

impl Announce {
    fn write(&self, writer: &mut Writer) {
        write_head(writer, self.info_hash, self.peer_id);
        match self.event {
            Event::Started => writer.text("event", "started"),
            Event::Stopped => writer.text("event", "stopped"),
            Event::Completed => writer.text("event", "completed"),
            Event::Update => {}
        }
        if let Some(left) = self.left {
            writer.count("left", left);
        }
        if !self.offers.is_empty() {
            // `wt-tracker` sends no offer on without a whole `numwant`.
            writer.count("numwant", self.offers.len() as u64);
            writer.key("offers");
            writer.open('[');
            for offer in &self.offers {
                writer.open('{');
                offer.session.write(writer, "offer");
                offer.offer_id.write(writer, "offer_id");
                if let Some(to) = offer.to_peer_id {
                    to.write(writer, "to_peer_id");
                }
                writer.close('}');
            }
            writer.close(']');
        }
        Marker {
            version: self.version,
            ..Marker::here(self.ours)
        }
        .write(writer);
    }
}

impl Answer {
    fn write(&self, writer: &mut Writer) {
        write_head(writer, self.info_hash, self.peer_id);
        self.to_peer_id.write(writer, "to_peer_id");
        self.offer_id.write(writer, "offer_id");
        self.session.write(writer, "answer");
        Marker::here(self.ours).write(writer);
    }
}

impl Signal {
    pub(super) fn write(&self, writer: &mut Writer) {
        write_head(writer, self.info_hash, self.peer_id);
        if let Some(to) = self.to_peer_id {
            to.write(writer, "to_peer_id");
        }
        self.offer_id.write(writer, "offer_id");
        Marker {
            ours: true,
            kind: Some(self.kind.clone()),
            ..Marker::default()
        }
        .write(writer);
    }
}

pub(super) fn write_head(writer: &mut Writer, info_hash: InfoHash, peer_id: PeerId) {
    writer.text("action", "announce");
    info_hash.write(writer, "info_hash");
    peer_id.write(writer, "peer_id");
}

/// The members of any request, in whatever order they come.
#[derive(Default)]
struct Members {
    action: String,
    info_hashes: Vec<InfoHash>,
    peer_id: Option<PeerId>,
    to_peer_id: Option<PeerId>,
    offer_id: Option<OfferId>,
    event: Event,
    left: Option<u64>,
    offers: Vec<Offer>,
    answer: Option<Session>,
    marker: Marker,
}

impl Members {
    fn take(&mut self, key: &str, reader: &mut Reader<'_>) {
        match (key, reader.peek()) {
            ("action", Some(b'"')) => self.action = reader.string(),
            ("info_hash", Some(b'[')) => reader.array(&mut |reader| {
                if self.info_hashes.len() == SCRAPE_HASHES_MAX {
                    return reader.skip();
                }
                self.info_hashes.push(InfoHash::read(reader, "info_hash"));
            }),
            ("info_hash", Some(b'"')) => {
                self.info_hashes = vec![InfoHash::read(reader, "info_hash")]
            }
            ("peer_id", _) => self.peer_id = Some(PeerId::read(reader, "peer_id")),
            ("to_peer_id", Some(b'"')) => {
                self.to_peer_id = Some(PeerId::read(reader, "to_peer_id"))
            }
            ("offer_id", Some(b'"')) => self.offer_id = Some(OfferId::read(reader, "offer_id")),
            ("event", Some(b'"')) => self.event = read_event(reader),
            ("left", _) => self.left = reader.whole(),
            ("offers", Some(b'[')) => reader.array(&mut |reader| {
                if self.offers.len() == OFFERS_MAX {
                    return reader.skip();
                }
                self.offers.extend(read_offer(reader));
            }),
            ("answer", Some(b'{')) => self.answer = Some(Session::read(reader, "answer")),
            ("swarmfetch", _) => self.marker = Marker::read(reader),
            _ => reader.skip(),
        }
    }

    fn finish(self) -> Result<Request, MessageError> {
        match self.action.as_str() {
            "announce" => {}
            "scrape" => return Ok(Request::Scrape(self.info_hashes)),
            _ => return Err(MessageError::Invalid { key: "action" }),
        }
        let [info_hash] = self.info_hashes[..] else {
            return Err(MessageError::Missing { key: "info_hash" });
        };
        let peer_id = self
            .peer_id
            .ok_or(MessageError::Missing { key: "peer_id" })?;
        let ours = self.marker.ours;
        let offer_id = self
            .offer_id
            .ok_or(MessageError::Missing { key: "offer_id" });
        if let Some(session) = self.answer {
            let to_peer_id = self
                .to_peer_id
                .ok_or(MessageError::Missing { key: "to_peer_id" })?;
            return Ok(Request::Answer(Answer {
                info_hash,
                peer_id,
                to_peer_id,
                offer_id: offer_id?,
                session,
                ours,
            }));
        }
        if let Some(kind) = self.marker.kind {
            let to_peer_id = self.to_peer_id;
            return Ok(Request::Signal(Signal {
                info_hash,
                peer_id,
                to_peer_id,
                offer_id: offer_id?,
                kind,
            }));
        }
        Ok(Request::Announce(Announce {
            info_hash,
            peer_id,
            event: self.event,
            left: self.left,
            offers: self.offers,
            ours,
            version: self.marker.version,
        }))
    }
}

fn read_event(reader: &mut Reader<'_>) -> Event {
    match reader.string().as_str() {
        "started" => Event::Started,
        "stopped" => Event::Stopped,
        "completed" => Event::Completed,
        "" | "empty" | "update" | "paused" => Event::Update,
        _ => {
            reader.fail(MessageError::Invalid { key: "event" });
            Event::Update
        }
    }
}

/// An offer; nothing where the reader has failed.
fn read_offer(reader: &mut Reader<'_>) -> Option<Offer> {
    let (mut offer_id, mut session, mut to_peer_id) = (None, None, None);
    reader.object(&mut |key, reader| match (key, reader.peek()) {
        ("offer_id", _) => offer_id = Some(OfferId::read(reader, "offer_id")),
        ("offer", _) => session = Some(Session::read(reader, "offer")),
        ("to_peer_id", Some(b'"')) => to_peer_id = Some(PeerId::read(reader, "to_peer_id")),
        _ => reader.skip(),
    });
    match (offer_id, session) {
        (Some(offer_id), Some(session)) => Some(Offer {
            offer_id,
            session,
            to_peer_id,
        }),
        (found, _) => {
            let key = if found.is_none() { "offer_id" } else { "offer" };
            reader.fail(MessageError::Missing { key });
            None
        }
    }
}
