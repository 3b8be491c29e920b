//! The exchange of descriptions: what is said to the tracker and what is heard from it.

use swarmfetch_wire::tracker::{
    Candidate, Description, Event, OfferId, PeerId, Setup, Signal, SignalKind,
};

use super::super::dial::{Dial, Side, Stage};
use super::super::limits::{CANDIDATES_MAX, DIALS_MAX, INTRODUCTIONS_MAX, KEPT_MS};
use super::super::types::{Heard, Introduced, MeetOutput, Offered, Role, Said, SdpKind};
use super::{Kept, Meet, find};
use crate::{LinkId, Millis};

impl Meet {
    /// Announces without offers, to learn how many others there are.
    pub(super) fn count(&mut self, now: Millis, event: Event) {
        self.announce(event, Vec::new());
        self.tracker.announced(now, true);
    }

    pub(super) fn announce(&mut self, event: Event, offers: Vec<Offered>) {
        self.say(Said::Announce { event, offers });
    }

    fn say(&mut self, said: Said) {
        self.outputs.push_back(MeetOutput::Say(said));
    }

    pub(super) fn hear(&mut self, now: Millis, heard: Heard) {
        match heard {
            Heard::Announced(reply) if reply.info_hash == self.info_hash => {
                let counted = self.tracker.replied(now, &reply);
                if counted {
                    self.dial_lost(now);
                    self.dial_strangers(now);
                }
            }
            Heard::Introduced(half)
                if half.info_hash == self.info_hash && half.peer_id != self.me =>
            {
                match half.kind {
                    SdpKind::Offer => self.hear_offer(now, &half),
                    SdpKind::Answer => self.hear_answer(now, &half),
                }
            }
            Heard::Signal(signal) if signal.info_hash == self.info_hash => {
                self.hear_signal(now, signal)
            }
            Heard::Refused => self.tracker.refused(now),
            _ => {}
        }
    }

    /// Dials the neighbours of the last page again: their ids are good for a directed offer.
    pub(super) fn dial_lost(&mut self, now: Millis) {
        if !self.host || !self.tracker.is_ours() || self.is_unable() {
            return;
        }
        let most = self.links_wanted.min(DIALS_MAX);
        while self.links.len() + self.dials.len() < most
            && let Some(peer) = self.lost.pop()
        {
            if self.links_to(peer).is_none() {
                self.offer(now, Some(peer), 1);
            }
        }
    }

    /// Makes as many offers to anyone as there are links wanting and others to take them.
    fn dial_strangers(&mut self, now: Millis) {
        let have = self.links.len() + self.dials.len();
        let want = self
            .links_wanted
            .min(self.tracker.others())
            .saturating_sub(have);
        if !self.host || want == 0 || self.is_unable() {
            return;
        }
        let under_way = self
            .dials
            .values()
            .filter(|dial| dial.side == Side::Offerer)
            .count();
        // Another's tracker gives an offer to anyone, neighbours included: where there are few others, all are asked.
        let offers = if self.tracker.is_ours() {
            want
        } else {
            self.tracker.others()
        };
        for _ in 0..offers.min(INTRODUCTIONS_MAX.saturating_sub(under_way)) {
            if self.strangers.take(now) {
                self.offer(now, None, 0);
            }
        }
        self.tracker.looked();
        self.tracker.look_later(now);
    }

    /// Offers a connection to a peer, for the so-manieth time, or to anyone.
    pub(super) fn offer(&mut self, now: Millis, peer: Option<PeerId>, directed: u8) {
        let mut offer_id = [0; 20];
        self.random.fill(&mut offer_id);
        let mut dial = Dial::new(now, Side::Offerer, peer, OfferId(offer_id));
        dial.directed = directed;
        dial.trickle = self.tracker.is_ours();
        self.open(dial, Role::Offer);
    }

    fn open(&mut self, dial: Dial, role: Role) {
        let link = LinkId(self.next_link);
        // Past the end, back to the start: two billion links later, none of the first lives.
        self.next_link = if self.next_link == u32::MAX {
            1
        } else {
            self.next_link + 1
        };
        self.dials.insert(link, dial);
        self.outputs.push_back(MeetOutput::Open { link, role });
    }

    /// Answers what old neighbours offered between two pages.
    pub(super) fn answer_kept(&mut self, now: Millis) {
        for kept in std::mem::take(&mut self.kept) {
            if kept.until > now {
                self.hear_offer(now, &kept.offer);
                for signal in kept.candidates {
                    self.hear_signal(now, signal);
                }
            }
        }
    }

    /// Between two pages: an old neighbour's offer waits for the next one.
    fn keeps(&mut self, now: Millis, offer: &Introduced) -> bool {
        let waits = self.hostless_since.is_some() && self.tracker.is_ours();
        if self.host || !waits || !self.lost.contains(offer.peer_id) {
            return false;
        }
        self.kept
            .retain(|kept| kept.until > now && kept.offer.peer_id != offer.peer_id);
        let has_room = self.kept.len() < DIALS_MAX;
        if has_room {
            self.kept.push(Kept {
                until: now.after(KEPT_MS),
                offer: offer.clone(),
                candidates: Vec::new(),
            });
        }
        has_room
    }

    fn hear_offer(&mut self, now: Millis, offer: &Introduced) {
        if self.keeps(now, offer) {
            return;
        }
        // What only our tracker can know, only our tracker is believed.
        let ours = self.tracker.is_ours() && offer.ours;
        if self.accepts(now, offer, ours)
            && let Ok(description) = Description::parse(&offer.sdp)
            && description.setup() == Setup::ActPass
        {
            let mut dial = Dial::new(now, Side::Answerer, Some(offer.peer_id), offer.offer_id);
            dial.trickle = ours;
            self.open(
                dial,
                Role::Answer {
                    sdp: description.into_sdp(),
                },
            );
        } else if ours {
            self.say(Said::Signal {
                to: Some(offer.peer_id),
                offer_id: offer.offer_id,
                kind: SignalKind::Refused,
            });
        }
    }

    /// Offers that a page had not answered when it went: their makers wait no longer, and take what the next page offers.
    pub(super) fn refuse_unanswered(&mut self) {
        let unanswered = |dial: &&Dial| {
            dial.trickle && dial.side == Side::Answerer && dial.stage != Stage::Connecting
        };
        let dials = self.dials.values().filter(unanswered);
        let refused = dials.map(|dial| {
            MeetOutput::Say(Said::Signal {
                to: dial.peer,
                offer_id: dial.offer_id,
                kind: SignalKind::Refused,
            })
        });
        self.outputs.extend(refused);
    }

    /// Whether to answer an offer; makes room for it where it replaces a link.
    fn accepts(&mut self, now: Millis, offer: &Introduced, ours: bool) -> bool {
        let peer = offer.peer_id;
        if !self.host
            || self.is_unable()
            || self.avoided.contains(peer)
            || self.dials.len() >= DIALS_MAX
        {
            return false;
        }
        if let Some(old) = self.links_to(peer) {
            let directed = ours && offer.directed;
            let replaces = match self.dials.get(&old).map(|dial| (dial.side, dial.stage)) {
                // An open link: an offer for this end alone says that the other has lost its end.
                None => directed,
                // The other end tries again.
                Some((Side::Answerer, _)) => true,
                // It had answered, and offers for all that: its page is another one now.
                Some((Side::Offerer, Stage::Connecting)) => directed,
                // Two made for each other at the same time: that of the smaller id stands.
                Some((Side::Offerer, _)) => directed && self.me > peer,
            };
            if replaces {
                self.close(old);
            }
            return replaces;
        }
        // Own offers under way count: each may become a link.
        self.links.len() + self.dials.len() < self.links_max
            && (self.met.contains(peer) || self.strangers.take(now))
    }

    fn hear_answer(&mut self, now: Millis, answer: &Introduced) {
        let peer = answer.peer_id;
        let asked = |dial: &Dial| {
            dial.offer_id == answer.offer_id
                && dial.side == Side::Offerer
                && dial.stage == Stage::Offered
        };
        let Some(link) = find(&self.dials, asked) else {
            return;
        };
        let described = Description::parse(&answer.sdp);
        let twin = self.links_to(peer).filter(|twin| *twin != link);
        match described {
            Ok(description)
                if description.setup() != Setup::ActPass && !self.avoided.contains(peer) =>
            {
                if let Some(twin) = twin {
                    let keeps_twin = match self.dials.get(&twin).map(|dial| dial.side) {
                        // What is open stays.
                        None => true,
                        // Two offers crossed: both ends keep that of the smaller id.
                        Some(Side::Answerer) => self.me > peer,
                        // Two offers of this end: both keep the later.
                        Some(Side::Offerer) => false,
                    };
                    if keeps_twin {
                        self.close(link);
                        return;
                    }
                    self.close(twin);
                }
                if let Some(dial) = self.dials.get_mut(&link) {
                    dial.peer = Some(peer);
                    dial.trickle &= answer.ours;
                    dial.connect(now);
                }
                self.outputs.push_back(MeetOutput::Remote {
                    link,
                    sdp: description.into_sdp(),
                });
            }
            _ => self.close(link),
        }
    }

    fn hear_signal(&mut self, now: Millis, signal: Signal) {
        let its = |kept: &&mut Kept| {
            kept.offer.offer_id == signal.offer_id && kept.offer.peer_id == signal.peer_id
        };
        if let Some(kept) = self.kept.iter_mut().find(its) {
            if kept.candidates.len() < CANDIDATES_MAX {
                kept.candidates.push(signal);
            }
            return;
        }
        let meant = |dial: &Dial| {
            dial.offer_id == signal.offer_id && dial.peer.is_none_or(|peer| peer == signal.peer_id)
        };
        let Some((&link, dial)) = self.dials.iter_mut().find(|(_, dial)| meant(dial)) else {
            return;
        };
        match signal.kind {
            SignalKind::Refused if dial.stage == Stage::Offered => {
                self.close(link);
                self.tracker.look_later(now);
            }
            SignalKind::Refused => {}
            SignalKind::Candidates(lines) => {
                for line in lines {
                    let candidate = match line.as_str() {
                        "" => None,
                        line => match Candidate::parse(line) {
                            Ok(candidate) => Some(candidate.as_str().to_owned()),
                            Err(_) => continue,
                        },
                    };
                    // An offer's maker hears of candidates only after the answer, which the tracker keeps in order.
                    if (dial.side == Side::Answerer || dial.stage == Stage::Connecting)
                        && dial.hear_candidate()
                    {
                        self.outputs
                            .push_back(MeetOutput::Candidate { link, candidate });
                    }
                }
            }
        }
    }

    pub(super) fn local(&mut self, now: Millis, link: LinkId, kind: SdpKind, sdp: &str) {
        let Some(dial) = self
            .dials
            .get_mut(&link)
            .filter(|dial| dial.stage == Stage::Asked)
        else {
            return;
        };
        self.able = true;
        let fits = |description: &Description| match (dial.side, kind) {
            (Side::Offerer, SdpKind::Offer) => description.setup() == Setup::ActPass,
            (Side::Answerer, SdpKind::Answer) => description.setup() != Setup::ActPass,
            _ => false,
        };
        match Description::parse(sdp).ok().filter(fits) {
            Some(description) => dial.describe(now, description),
            None => self.close(link),
        }
    }

    /// Sends the descriptions and candidates whose time has come.
    pub(super) fn send_ready(&mut self, now: Millis) {
        if !self.tracker.is_open() {
            return;
        }
        let due = |dial: &Dial| dial.send_at().is_some_and(|at| at <= now);
        // When one offer goes, those that only wait for company go along.
        let offers_due = find(&self.dials, |dial| {
            dial.side == Side::Offerer && dial.is_ready() && due(dial)
        })
        .is_some();
        let mut offers = Vec::new();
        let mut others = Vec::new();
        for dial in self.dials.values_mut() {
            let (offer_id, peer) = (dial.offer_id, dial.peer);
            match dial.side {
                Side::Offerer
                    if dial.is_ready() && (due(dial) || (offers_due && dial.is_complete())) =>
                {
                    let to = peer.filter(|_| dial.directed > 0);
                    offers.extend(dial.send(now).map(|sdp| Offered { offer_id, to, sdp }));
                }
                Side::Answerer if dial.is_ready() && due(dial) => {
                    let ours = dial.trickle;
                    others.extend(dial.send(now).zip(peer).map(|(sdp, to)| Said::Answer {
                        to,
                        offer_id,
                        sdp,
                        ours,
                    }));
                }
                side if !dial.is_ready() && due(dial) => {
                    let to = peer.filter(|_| side == Side::Answerer);
                    let kind = SignalKind::Candidates(dial.flush());
                    others.push(Said::Signal { to, offer_id, kind });
                }
                _ => {}
            }
        }
        if !offers.is_empty() {
            self.announce(Event::Update, offers);
            self.tracker.announced(now, false);
        }
        for said in others {
            self.say(said);
        }
    }
}
