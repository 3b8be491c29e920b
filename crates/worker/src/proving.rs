//! What peers prove of the tree: what is not known of some URLs is asked of links, what they say goes into the version's tree, and they are told what
//! this visitor knows.

use swarmfetch_content::Hash;
use swarmfetch_content::text::lines;
use swarmfetch_swarm::{Input, LinkId};
use swarmfetch_wire::limits::PROVED_BYTES_AIM;

use crate::Core;
use crate::acts::{Act, act};
use crate::edition::Edition;
use crate::machines::Event;

/// The most that is kept of a tree in the store, in bytes: as much as a pack that the origin gives.
const KNOWN_BYTES_MAX: usize = 256 * 1024;

/// What links did not know is asked of them again after so many milliseconds, or when there is another link.
const ASK_AGAIN_MS: u64 = 30_000;

/// Keys of which it is remembered that they were asked for.
const ASKED_MAX: usize = 4096;

impl Core {
    /// The nodes that are needed first to know what the tree says of these URLs, a line each: path and query of each, one a line. `with_needs`: and of
    /// what those need, as far as they are known.
    pub(crate) fn missing(&self, version: f64, urls: &str, with_needs: bool) -> String {
        let edition = self.site.edition(version);
        let unknown = edition.map(|it| unknown(it, urls, with_needs));
        let mut nodes: Vec<Hash> = unknown
            .into_iter()
            .flatten()
            .map(|(_, node)| node)
            .collect();
        nodes.sort_unstable();
        nodes.dedup();
        let mut lines = String::new();
        for node in nodes {
            lines.push_str(&node.to_hex());
            lines.push('\n');
        }
        lines
    }

    /// Has links prove what is not known of them; for how long their answers are worth waiting for, in milliseconds. Nothing: nothing is left that they
    /// were not asked for just now, or nobody is there.
    pub(crate) fn prove(
        &mut self,
        version: f64,
        urls: &str,
        with_needs: bool,
        urgent: bool,
    ) -> Option<f64> {
        let edition = self.site.edition(version)?;
        let (root, now) = (edition.root(), self.now);
        let is_fresh = |key: &[u8; 8]| {
            let asked = self.asked.get(key);
            asked.is_none_or(|asked| asked.after(ASK_AGAIN_MS) <= now)
        };
        let unknown = unknown(edition, urls, with_needs).into_iter();
        let keys: Vec<[u8; 8]> = unknown.map(|(key, _)| key).filter(is_fresh).collect();
        if keys.is_empty() || self.swarm.peers() == 0 {
            return None;
        }
        if self.asked.len() > ASKED_MAX {
            self.asked.clear();
        }
        for key in &keys {
            self.asked.insert(*key, now);
        }
        self.feed(Input::Prove {
            root,
            keys,
            with_needs,
            urgent,
        });
        Some(self.swarm.prove_ms() as f64)
    }

    /// What is known of a version's tree, to be kept.
    pub(crate) fn known(&self, version: f64) -> Option<Vec<u8>> {
        self.site.edition(version)?.known(KNOWN_BYTES_MAX)
    }

    /// A link asks.
    pub(crate) fn asked_to_prove(
        &mut self,
        link: LinkId,
        number: u32,
        root: Hash,
        keys: &[[u8; 8]],
        with_needs: bool,
    ) {
        let edition = self.site.editions().find(|it| it.root() == root);
        let proof = edition.map(|it| it.prove(keys, with_needs, PROVED_BYTES_AIM));
        let partial = proof.unwrap_or_default();
        let known = Input::Known {
            link,
            number,
            partial,
        };
        self.queue.push_back(Event::Swarm(known));
    }

    /// A link answered.
    pub(crate) fn proved(&mut self, link: LinkId, root: Hash, partial: Vec<u8>) {
        let edition = self.site.editions_mut().find(|it| it.root() == root);
        let edition = edition.filter(|_| !partial.is_empty());
        if edition.is_some_and(|it| !it.graft(&root, partial)) {
            let lied = Input::LinkLied { link };
            self.queue.push_back(Event::Swarm(lied));
        }
        let open = self.swarm.questions_open();
        act(Act::Proved, open as f64, &[]);
    }
}

/// The keys that are not known, each with the node that is needed first.
fn unknown(edition: &Edition, urls: &str, with_needs: bool) -> Vec<([u8; 8], Hash)> {
    let mut keys = Vec::new();
    for url in lines(urls) {
        let (path, query) = match url.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (url, None),
        };
        edition.push_unknown(path, query, with_needs, &mut keys);
    }
    keys
}
