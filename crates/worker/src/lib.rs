//! What the service worker decides, compiled to wasm: the machines of the pure floor behind a door of plain calls.
//!
//! # The way of a fetch
//! `sw-shim/boot.js` decides synchronously whether a request might be ours. `sw-shim/boot/route.js` then walks the
//! steps that wait for the browser (Cache Storage, the origin, pages), and asks [`Core`] for every answer that
//! matters: [`Core::lookup`] whether the signed tree labels the URL and with what headers, [`Core::is_whole`] and
//! [`Core::is_part`] whether bytes from the store are what was signed, [`Core::want`] for bytes from peers. What the
//! machines of `swarmfetch-swarm` have the browser do leaves through [`acts`], in the order in which it is to be
//! done.
//!
//! # Rules
//! - One call is one mutation: it never waits, and an act never calls back; its consequences come as later calls.
//! - Times come with each call; objects are named `<hash>/<length>`, as their keys in the store are.
//! - No bytes are believed because of who gave them: what goes to a page, a peer or the store was verified here.
//! - No policy: an `if` about peers, hedging or trust belongs to a lower floor.

mod acts;
pub mod door;
mod edition;
mod machines;
mod proving;
mod signatures;
mod site;
mod text;
mod tracker;

use std::collections::VecDeque;

#[cfg(target_arch = "wasm32")]
use lol_alloc::{FreeListAllocator, LockedAllocator};
use swarmfetch_content::{
    GroupRange, Hash, ObjectId, Outboard, Proof, SliceVerifier, SortedMap, VerifiedBytes, delta,
    verify_and_prove, verify_whole,
};
use swarmfetch_manifest::trust::{News, Trust};
use swarmfetch_manifest::{PublicKey, SiteId, TrustedRoot, Version, WallSecs};
use swarmfetch_swarm::meet::{Meet, MeetInput, SdpKind};
use swarmfetch_swarm::{
    Config, Inflated, Input, LinkId, OriginAnswer, PeerId, Swarm, Ticket, WantId,
};
use swarmfetch_wire::Millis;

use crate::acts::{Act, act};
use crate::door::text;
use crate::machines::Event;
use crate::signatures::Platform;
use crate::site::Site;
use crate::text::{object, objects};

/// A list of free blocks by address, which joins neighbours: 1.3 KB less than the standard library's own, which is for programs
/// with more blocks than a worker has. The lock is one for a single thread, and never waited for.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: LockedAllocator<FreeListAllocator> =
    LockedAllocator::new(FreeListAllocator::new());

/// Content up to this length is kept in one entry of the store, in bytes, and needs no outboard (DESIGN, "Store").
const WHOLE_MAX: u64 = 256 * 1024;

/// Everything that this worker decides with.
pub(crate) struct Core {
    site: Site,
    site_id: SiteId,
    swarm: Swarm,
    /// Made once, as the core is: see `door`.
    meet: Option<&'static mut Meet>,
    peer: PeerId,
    seed: u64,
    /// When the call that is being made was made.
    now: Millis,
    queue: VecDeque<Event>,
    /// When links were asked what the tree says of which keys: see `proving`.
    asked: SortedMap<[u8; 8], Millis>,
}

impl Core {
    /// Of a site, by what is baked into the script: its id, root key and floor, and 28 random bytes from the browser. Nothing
    /// where that is not what it should be.
    fn of(baked: &[Vec<u8>; 4], floor: f64, can_inflate: bool) -> Option<Core> {
        let [site, root, random, _] = baked;
        let site_id = SiteId::from_hex(text(site)).ok()?;
        let key = PublicKey::from_hex(text(root)).ok()?;
        let root = TrustedRoot { site: site_id, key };
        let (peer, seed) = random.split_at_checked(20)?;
        let peer = PeerId(peer.try_into().ok()?);
        let seed = u64::from_le_bytes(seed.try_into().ok()?);
        let mut config = Config::new(site_id.0, peer);
        config.can_inflate = can_inflate;
        Some(Core {
            site: Site::new(Trust::with(
                Platform::default(),
                root,
                Version(floor as u64),
            )),
            site_id,
            swarm: Swarm::new(config, seed),
            meet: None,
            peer,
            seed,
            now: Millis(0),
            queue: VecDeque::new(),
            asked: SortedMap::new(),
        })
    }

    // ---- what the origin promises: see `site`

    /// Takes a head and what it names, as far as it is at hand; empty bytes are not. Says what is missing, or the
    /// version; nothing when it is not to be believed. See [`Site::adopt`].
    fn adopt(
        &mut self,
        head: &[u8],
        keys: &[u8],
        record: &[u8],
        policy: &[u8],
        now_secs: f64,
    ) -> Option<String> {
        // Of another version's tree links know other things.
        self.asked.clear();
        self.site
            .adopt(head, keys, record, policy, WallSecs(now_secs as u64))
    }

    /// Takes a part of a version's tree: the node of this hash, or the whole tree where the hash is that of its root.
    fn graft(&mut self, version: f64, hash: &str, bytes: Vec<u8>) -> bool {
        let edition = self.site.edition_mut(version);
        let hash = Hash::from_hex(hash);
        edition.is_some_and(|it| hash.is_ok_and(|hash| it.graft(&hash, bytes)))
    }

    /// Forgets a version.
    fn forget(&mut self, version: f64) {
        self.site.forget(version);
    }

    /// What a version says of a URL; nothing when it does not label it. See [`edition::Edition::lookup`].
    fn lookup(&self, version: f64, path: &str, query: Option<&str>, needs: bool) -> Option<String> {
        let edition = self.site.edition(version)?;
        edition.lookup(path, query, needs)
    }

    /// What is to be thought of a head that a stranger told: its version when it is newer, -1 that it is forged, -2 that its signatures
    /// are being checked and the question is to be asked again; else nothing can be said.
    fn news(&mut self, head: &[u8], record: &[u8], now_secs: f64) -> Option<f64> {
        let news = self
            .site
            .trust
            .news(head, record, WallSecs(now_secs as u64));
        match news {
            News::Forged => Some(-1.0),
            News::Newer(version) => Some(version.0 as f64),
            News::Unchecked => Some(-2.0),
            News::Unsaid => None,
        }
    }

    /// A signature was checked; nothing: it could not be.
    fn checked(&mut self, number: u32, good: Option<bool>) {
        self.site.trust.signatures.checked(number, good);
    }

    /// Tells neighbours of the newest version.
    fn announce(&mut self, head: Vec<u8>, record: Vec<u8>) {
        if let Some(version) = self.site.trust.newest() {
            let version = version.0;
            self.feed(Input::HeadSeen {
                version,
                head,
                record,
            });
        }
    }

    // ---- bytes

    /// Are these the whole object?
    fn is_whole(&self, name: &str, bytes: &[u8]) -> bool {
        object(name) == Some(ObjectId::of(bytes))
    }

    /// The object, made of old bytes by an unpacked patch; nothing where something else comes out.
    fn patched(&self, name: &str, old: &[u8], patch: &[u8]) -> Option<Vec<u8>> {
        let made = delta::apply(old, patch, object(name)?.len).ok()?;
        self.is_whole(name, &made).then_some(made)
    }

    /// Are these whole groups of the object, from byte `at` on?
    fn is_part(&self, name: &str, at: f64, bytes: Vec<u8>, outboard: &[u8]) -> bool {
        verified(name, at, bytes, outboard).is_some()
    }

    /// The outboard of an object.
    fn outboard(&self, bytes: &[u8]) -> Outboard {
        Outboard::of(bytes).1
    }

    // ---- wants and the origin

    /// Wants an object; ends in exactly one of the acts `deliver`, `deliverOrigin` and `deliverNothing`.
    fn want(&mut self, want: u32, name: &str, [compressible, urgent, savings]: [bool; 3]) {
        match object(name) {
            Some(object) => self.feed(Input::Want {
                want: WantId(want.into()),
                object,
                compressible,
                urgent,
                savings,
            }),
            None => act(Act::DeliverNothing, want.into(), &[]),
        }
    }

    /// Wants some groups of an object: in one, the number of the first, times 64, and how many follow it, times 4, and whether
    /// they compress (1), and whether peers are waited for to spare the origin (2).
    fn want_part(&mut self, want: u32, name: &str, packed: f64) {
        let (packed, want) = (packed as u64, WantId(want.into()));
        let (compressible, savings) = (packed & 1 != 0, packed & 2 != 0);
        let packed = packed / 4;
        let first = packed / 64;
        let groups = GroupRange::new(first, first + packed % 64 + 1);
        match (object(name), groups) {
            (Some(object), Ok(groups)) => self.feed(Input::WantPart {
                want,
                object,
                groups,
                compressible,
                savings,
            }),
            _ => act(Act::DeliverNothing, want.0 as f64, &[]),
        }
    }

    /// Nobody waits for it any more.
    fn unwant(&mut self, want: u32) {
        self.feed(Input::Unwant {
            want: WantId(want.into()),
        });
    }

    /// The origin answered a want with these bytes: true, and the want ends, when they are what the tree says.
    fn origin_gave(&mut self, want: u32, name: &str, bytes: Vec<u8>) -> bool {
        let Some(bytes) = object(name).and_then(|it| verify_whole(it, bytes).ok()) else {
            return false;
        };
        let want = WantId(want.into());
        self.feed(Input::OriginVerified { want, bytes });
        true
    }

    /// The origin answered a want for a part with these bytes, from byte `at` on: true, and the want ends, when they are what the outboard proves.
    fn origin_gave_part(
        &mut self,
        want: u32,
        name: &str,
        at: f64,
        bytes: Vec<u8>,
        outboard: &[u8],
    ) -> bool {
        let Some((bytes, _)) = verified(name, at, bytes, outboard) else {
            return false;
        };
        let want = WantId(want.into());
        self.feed(Input::OriginVerified { want, bytes });
        true
    }

    /// The origin answered something else; `failed`: peers may do better.
    fn origin_other(&mut self, want: u32, failed: bool) {
        let answer = if failed {
            OriginAnswer::Failed
        } else {
            OriginAnswer::Final
        };
        let want = WantId(want.into());
        self.feed(Input::OriginOther { want, answer });
    }

    /// What the origin takes for a short answer, in milliseconds, once that is known.
    fn origin_ms(&self) -> Option<f64> {
        self.swarm.origin_ms().map(|ms| ms as f64)
    }

    /// Some more of the origin's answer came.
    fn origin_came(&mut self, want: u32, bytes: f64) {
        let want = WantId(u64::from(want));
        let bytes = bytes as u64;
        self.feed(Input::OriginCame { want, bytes });
    }

    /// The origin gave one of the swarm's own files in so many milliseconds.
    fn origin_took(&mut self, ms: f64) {
        let took_ms = ms as u64;
        self.feed(Input::OriginTook { took_ms });
    }

    /// Nobody had a document: nobody will have what it needs.
    fn unheld(&mut self) {
        self.feed(Input::Unheld);
    }

    // ---- the store and the visitor

    /// The store holds these, one name a line.
    fn held(&mut self, names: &str) {
        self.feed(Input::Held(objects(names)));
    }

    /// The store holds a segment of what it holds not all of.
    fn held_segment(&mut self, name: &str, segment: f64) {
        if let Some(object) = object(name) {
            let segment = segment as u64;
            self.feed(Input::HeldSegment { object, segment });
        }
    }

    /// The store holds these no longer.
    fn dropped(&mut self, names: &str) {
        self.feed(Input::Dropped(objects(names)));
    }

    /// The store gave these bytes for a peer, from byte `at` on; false when they are not what they should be.
    fn store_gave(
        &mut self,
        ticket: f64,
        name: &str,
        at: f64,
        bytes: Vec<u8>,
        outboard: &[u8],
    ) -> bool {
        let found = verified(name, at, bytes, outboard);
        let good = found.is_some();
        let ticket = Ticket(ticket as u64);
        self.feed(Input::StoreRead { ticket, found });
        good
    }

    /// A stream that was to be compressed; nothing: it could not be.
    fn compressed(&mut self, ticket: f64, bytes: Option<Vec<u8>>) {
        let ticket = Ticket(ticket as u64);
        self.feed(Input::Compressed { ticket, bytes });
    }

    /// A stream that was to be inflated; nothing: it is broken, or (`unable`) could not be tried.
    fn inflated(&mut self, ticket: f64, bytes: Option<Vec<u8>>, unable: bool) {
        let ticket = Ticket(ticket as u64);
        let inflated = match bytes {
            Some(bytes) => Inflated::Bytes(bytes),
            None if unable => Inflated::Unable,
            None => Inflated::Corrupt,
        };
        self.feed(Input::Decompressed { ticket, inflated });
    }

    /// What the visitor allows.
    fn visitor(&mut self, may_upload: bool) {
        self.feed(Input::Visitor { may_upload });
    }

    // ---- links and introductions

    /// Goes by another name among peers, 20 bytes; false when it is too late for that.
    fn rename(&mut self, peer: &[u8]) -> bool {
        let Ok(peer) = peer.try_into().map(PeerId) else {
            return false;
        };
        let renamed = self.swarm.rename(peer);
        if renamed {
            self.peer = peer;
        }
        renamed
    }

    /// The name that this visitor goes by.
    fn peer(&self) -> [u8; 20] {
        self.peer.0
    }

    /// So many bytes may still be uploaded today.
    fn upload_budget(&mut self, bytes: f64) {
        let bytes = bytes as u64;
        self.feed(Input::UploadBudget { bytes });
    }

    /// What is left of it.
    fn upload_left(&self) -> f64 {
        self.swarm.upload_bytes_left() as f64
    }

    /// Links are expected for so many milliseconds; 0: none is. `outlived`: from before this worker, which are as good as open.
    fn expect(&mut self, ms: f64, outlived: bool) {
        let until = self.now.after(ms as u64);
        self.feed(Input::Expecting {
            until,
            probably: if outlived { until } else { self.now },
            estimate: self.now,
        });
    }

    /// A page can dial. `trackers`: their addresses, one a line.
    fn join(&mut self, trackers: &str) {
        if self.meet.is_none() {
            self.meet = Some(Box::leak(Box::new(self.introductions(trackers))));
        }
        self.tell(MeetInput::HostReady);
    }

    /// The page that dialled is gone.
    fn host_gone(&mut self) {
        self.tell(MeetInput::HostGone);
    }

    /// Leaves the swarm.
    fn stop(&mut self) {
        self.tell(MeetInput::Stop);
        self.visitor(false);
    }

    /// A link can carry frames of up to `max` bytes.
    fn link_opened(&mut self, link: u32, max: f64) {
        let link = LinkId(link);
        let dialled = self.meet.as_ref().is_some_and(|it| it.is_dialling(link));
        self.feed(Input::LinkOpened {
            link,
            frame_bytes_max: max as usize,
            outlived: !dialled,
        });
        self.tell(MeetInput::LinkOpened { link, remote: None });
    }

    /// A link ended, or will never open.
    fn link_closed(&mut self, link: u32) {
        let link = LinkId(link);
        self.feed(Input::LinkClosed { link });
        self.tell(MeetInput::LinkClosed { link });
    }

    /// What a link told turned out to be false.
    fn link_lied(&mut self, link: u32) {
        self.feed(Input::LinkLied { link: LinkId(link) });
    }

    /// A frame came.
    fn frame(&mut self, link: u32, frame: Vec<u8>) {
        let link = LinkId(link);
        self.feed(Input::LinkFrame { link, frame });
    }

    /// Bytes left a link's send buffer.
    fn drained(&mut self, link: u32, bytes: f64) {
        let (link, bytes) = (LinkId(link), bytes as u64);
        self.feed(Input::LinkWritable { link, bytes });
    }

    /// The page made its half of a link.
    fn local(&mut self, link: u32, offer: bool, sdp: &str) {
        let kind = if offer {
            SdpKind::Offer
        } else {
            SdpKind::Answer
        };
        let (link, sdp) = (LinkId(link), sdp.to_owned());
        self.tell(MeetInput::Local { link, kind, sdp });
    }

    /// The page found a way to be reached; an empty one: all are found.
    fn candidate(&mut self, link: u32, candidate: &str) {
        let (link, candidate) = (LinkId(link), Some(candidate.to_owned()));
        self.tell(MeetInput::LocalCandidate { link, candidate });
    }

    /// The tracker's socket opened (true) or closed.
    fn socket(&mut self, open: bool) {
        self.tell(if open {
            MeetInput::SocketOpened
        } else {
            MeetInput::SocketClosed
        });
    }

    // ---- time and sums

    /// The moment of [`Core::next`] came.
    fn timeout(&mut self) {
        self.feed(Input::Timeout);
        self.tell(MeetInput::Timeout);
    }

    /// When to call [`Core::timeout`], in monotonic milliseconds; any other call may move it.
    fn next(&self) -> Option<f64> {
        let swarm = self.swarm.next_timeout().map(|(at, _)| at);
        let meet = self.meet.as_ref().and_then(|meet| meet.next_timeout());
        let at = swarm.into_iter().chain(meet.map(|(at, _)| at)).min();
        at.map(|at| at.0 as f64)
    }

    /// Peers that have said hello.
    fn peers(&self) -> u32 {
        self.swarm.peers() as u32
    }

    /// One of the sums since this worker's start: bytes uploaded, answers of peers that were false, bytes that crossed links.
    fn sum(&self, which: u32) -> u64 {
        let it = self.swarm.counters();
        match which {
            0 => it.bytes_uploaded,
            1 => it.rejected,
            _ => it.wire_bytes_in + it.wire_bytes_out,
        }
    }
}

/// Bytes from the store, verified, with their proof: whole groups from byte `at` on, or all of a short object.
fn verified(
    name: &str,
    at: f64,
    bytes: Vec<u8>,
    outboard: &[u8],
) -> Option<(VerifiedBytes, Proof)> {
    let object = object(name)?;
    if object.len <= WHOLE_MAX {
        let (bytes, outboard) = verify_and_prove(object, bytes).ok()?;
        return Some((bytes, outboard.proof(object.all()).ok()?));
    }
    let at = at as u64;
    let groups = object.covering(at..at + bytes.len() as u64).ok()?;
    let proof = Proof::cut(object, groups, outboard).ok()?;
    let mut verifier = SliceVerifier::new(object, groups, &proof).ok()?;
    let bytes = verifier.verify_rest(bytes).ok()?;
    Some((bytes, proof))
}
