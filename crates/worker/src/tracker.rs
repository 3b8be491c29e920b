//! What is heard from the tracker and said to it. The browser takes the JSON apart and puts it together
//! (`sw-shim/boot/tracker.js`), which is 2 KB less to download than doing so here; what is believed of it is decided here
//! and in the introductions machine.

use swarmfetch_content::text::{cut, decimal};
use swarmfetch_swarm::meet::{Heard, Introduced, Meet, MeetInput, Said, SdpKind};
use swarmfetch_wire::tracker::{
    Announced, CANDIDATES_MAX, InfoHash, OfferId, PeerId, Signal, SignalKind,
};

use crate::Core;
use crate::acts::{Act, Saying, act_with};
use crate::door::bit;

/// The bits of what was heard that say of which kind it is.
const KIND_BITS: u32 = 3;

impl Core {
    /// The tracker said something: `what` is its kind and, in the bits above, whether it is one of ours and whether the
    /// offer is for this peer alone. `ids`: of the swarm, the sender and the offer, 20 bytes each, as far as they are there.
    pub(crate) fn heard(&mut self, what: f64, interval_secs: f64, ids: &[u8], text: &str) {
        if let Some(heard) = heard(what, interval_secs, ids, text) {
            self.tell(MeetInput::Heard(heard));
        }
    }
}

fn heard(what: f64, interval_secs: f64, ids: &[u8], text: &str) -> Option<Heard> {
    let kind = what as u32 % (1 << KIND_BITS);
    let (ours, directed) = (bit(what, KIND_BITS), bit(what, KIND_BITS + 1));
    if kind == 0 {
        return Some(Heard::Refused);
    }
    let info_hash = InfoHash(id(ids, 0)?);
    if kind == 1 {
        return (interval_secs >= 0.0).then(|| {
            Heard::Announced(Announced {
                info_hash,
                interval_secs: interval_secs as u64,
                // Who is complete makes no difference here.
                complete: 0,
                incomplete: decimal(text).unwrap_or(0),
                ours,
            })
        });
    }
    let (peer_id, offer_id) = (PeerId(id(ids, 1)?), OfferId(id(ids, 2)?));
    if kind <= 3 {
        return Some(Heard::Introduced(Introduced {
            kind: if kind == 2 {
                SdpKind::Offer
            } else {
                SdpKind::Answer
            },
            info_hash,
            peer_id,
            offer_id,
            sdp: text.to_owned(),
            ours,
            directed,
        }));
    }
    Some(Heard::Signal(Signal {
        info_hash,
        peer_id,
        to_peer_id: None,
        offer_id,
        kind: if kind == 4 {
            SignalKind::Candidates(candidates(text))
        } else {
            SignalKind::Refused
        },
    }))
}

fn id(ids: &[u8], place: usize) -> Option<[u8; 20]> {
    ids.get(20 * place..)?.first_chunk().copied()
}

/// Candidates, one a line. One more than may be given, for the empty one at their end.
fn candidates(mut text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    while lines.len() < CANDIDATES_MAX {
        let Some((line, rest)) = cut(text, b'\n') else {
            break;
        };
        lines.push(line.to_owned());
        text = rest;
    }
    lines.push(text.to_owned());
    lines
}

/// Says it, in the name of this machine.
pub(crate) fn say(meet: &Meet, said: Said) {
    match said {
        Said::Announce { event, offers } => {
            for offer in offers {
                let names = [Some(offer.offer_id.0), offer.to.map(|to| to.0)];
                note(meet, Saying::Offer as u32, names, &offer.sdp, true);
            }
            note(meet, event as u32, [None; 2], "", true);
        }
        Said::Answer {
            to,
            offer_id,
            sdp,
            ours,
        } => {
            let names = [Some(offer_id.0), Some(to.0)];
            note(meet, Saying::Answer as u32, names, &sdp, ours);
        }
        Said::Signal { to, offer_id, kind } => {
            let (what, lines) = match kind {
                SignalKind::Candidates(lines) => (Saying::Candidates, lines.join("\n")),
                SignalKind::Refused => (Saying::Refused, String::new()),
            };
            let names = [Some(offer_id.0), to.map(|to| to.0)];
            note(meet, what as u32, names, &lines, true);
        }
    }
}

/// Notes one message, with the offer's name and the receiver's.
#[inline(never)]
fn note(meet: &Meet, kind: u32, names: [Option<[u8; 20]>; 2], text: &str, ours: bool) {
    let (info_hash, me) = meet.names();
    let mut ids = [info_hash.0, me.0].concat();
    for name in names.iter().flatten() {
        ids.extend_from_slice(name);
    }
    let ours = f64::from(u8::from(ours));
    act_with(Act::Say, kind.into(), &ids, text.as_bytes(), ours, 0.0);
}
