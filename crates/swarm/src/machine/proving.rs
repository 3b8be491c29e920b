//! What links tell each other of the tree. The machine carries questions and answers; what they say the shell knows.

use swarmfetch_content::Hash;
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{Prove, Proved};
use swarmfetch_wire::limits::{PROVE_KEYS_MAX, PROVED_BYTES_MAX};

use super::Swarm;
use crate::limits::{
    LINK_PROVES_MAX, LINK_WINDOW_BYTES, ORIGIN_MS_GUESS, PROVE_LINKS, PROVE_LINKS_URGENT,
    PROVE_MS_MIN,
};
use crate::peer::Link;
use crate::{LinkId, Output};

impl Swarm {
    /// How long proofs are worth waiting for, in milliseconds: what they say the origin would say, too.
    pub fn prove_ms(&self) -> u64 {
        let origin_ms = self.origin.answer_ms().unwrap_or(ORIGIN_MS_GUESS);
        (origin_ms * 3 / 2).max(PROVE_MS_MIN)
    }

    /// Asks those who were quickest so far.
    pub(super) fn prove(&mut self, root: Hash, keys: &[[u8; 8]], with_needs: bool, urgent: bool) {
        let may_be_asked = |link: &Link| {
            link.peer.is_some()
                && link.rest.until().is_none()
                && link.proves.len() < LINK_PROVES_MAX
        };
        let among = self.links.iter().filter(|(_, link)| may_be_asked(link));
        let mut quickest: Vec<(u64, LinkId)> = among
            .map(|(id, link)| (link.pace.done_in_ms(0), *id))
            .collect();
        quickest.sort_unstable();
        quickest.truncate(if urgent {
            PROVE_LINKS_URGENT
        } else {
            PROVE_LINKS
        });
        for chunk in keys.chunks(PROVE_KEYS_MAX) {
            for (_, id) in &quickest {
                let Some(link) = self.links.get_mut(id) else {
                    continue;
                };
                if link.proves.len() >= LINK_PROVES_MAX {
                    continue;
                }
                let number = link.proves.keys().last().map_or(0, |last| last + 1);
                link.proves.insert(number, root);
                let prove = Prove {
                    number,
                    root: *root.as_bytes(),
                    keys: chunk.to_vec(),
                    with_needs,
                };
                self.send(*id, &Frame::Prove(prove));
            }
        }
    }

    /// A link asks. Who gives nothing to others, and whose link is full, says that it knows nothing.
    pub(super) fn prove_heard(&mut self, from: LinkId, prove: Prove) {
        let Some(link) = self.links.get(&from) else {
            return;
        };
        let number = prove.number;
        if self.may_upload != Some(true) || link.outstanding_bytes > LINK_WINDOW_BYTES {
            return self.send(
                from,
                &Frame::Proved(Proved {
                    number,
                    partial: &[],
                }),
            );
        }
        self.outputs.push_back(Output::Prove {
            link: from,
            number,
            root: Hash::from_bytes(prove.root),
            keys: prove.keys,
            with_needs: prove.with_needs,
        });
    }

    /// The shell knows so much.
    pub(super) fn tell_proof(&mut self, to: LinkId, number: u32, partial: &[u8]) {
        let partial = if partial.len() <= PROVED_BYTES_MAX {
            partial
        } else {
            &[]
        };
        if !self.links.contains_key(&to) {
            return;
        }
        self.spend(partial.len() as u64);
        self.send(to, &Frame::Proved(Proved { number, partial }));
    }

    /// A link answers. False: it was not asked.
    pub(super) fn proved(&mut self, from: LinkId, proved: &Proved<'_>) -> bool {
        let asked = self.links.get_mut(&from);
        let root = asked.and_then(|link| link.proves.remove(&proved.number));
        if let Some(root) = &root {
            self.outputs.push_back(Output::Proved {
                link: from,
                root: **root,
                partial: proved.partial.to_vec(),
            });
        }
        root.is_some()
    }
}
