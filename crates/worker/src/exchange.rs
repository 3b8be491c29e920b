//! The loop around the two machines: `swarm` (transfers) and `swarm::meet` (introductions).
//!
//! Inputs queue up and are handled one at a time; after each the machines are drained and their
//! outputs done. What takes time (store, origin, compression) runs as a task that feeds its answer
//! back. No policy here.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use futures_channel::oneshot;
use js_sys::{Array, Uint8Array};
use swarmfetch_content::{ObjectId, SortedMap, VerifiedBytes};
use swarmfetch_manifest::Policy;
use swarmfetch_swarm::meet::{Meet, MeetConfig, MeetInput, MeetOutput, Role};
use swarmfetch_swarm::{
    Config, Counters, Inflated, Input, LinkId, OriginAnswer, Output, PeerId, Source, Swarm, WantId,
};
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response};

use crate::Core;
use crate::origin;
use crate::platform;
use crate::saved::Saved;
use crate::task;

/// Links one visitor strives for, and tolerates: enough to find most of what neighbours hold, few
/// enough for a browser (THREATS, T14).
const LINKS_WANTED: usize = 6;
const LINKS_MAX: usize = 12;

/// How long a visitor goes by one name among its peers, in seconds; a worker that starts later draws another. Long enough
/// for a visit, too short to be known by.
const PEER_SECS: u64 = 3600;

/// How a want ended.
pub(crate) enum Outcome {
    /// Verified bytes; `Source` says whose.
    Bytes(Arc<VerifiedBytes>, Source),
    /// The origin's own answer, or its network error.
    Origin(Option<Response>),
    /// Nothing: go to the origin as if there were no swarm.
    Nothing,
}

/// What a want is for.
pub(crate) struct Want {
    pub(crate) object: ObjectId,
    pub(crate) compressible: bool,
    /// Does somebody wait for it?
    pub(crate) urgent: bool,
    /// The page's request, for the origin; none: from peers only.
    pub(crate) request: Option<Request>,
    /// The version of the page that asks.
    pub(crate) version: swarmfetch_manifest::Version,
}

struct Pending {
    want: Rc<Want>,
    done: Option<oneshot::Sender<Outcome>>,
    answer: Option<Response>,
}

enum Event {
    Swarm(Input),
    Meet(MeetInput),
}

/// The tracker's socket, and what it calls.
type Socket = (JsValue, Closure<dyn FnMut(JsValue)>);

pub(crate) struct Exchange {
    swarm: RefCell<Swarm>,
    meet: RefCell<Option<Meet>>,
    peer: Cell<PeerId>,
    /// The wall second at which the peer id was drawn.
    peer_drawn: Cell<u64>,
    queue: RefCell<VecDeque<Event>>,
    running: Cell<bool>,
    wants: RefCell<SortedMap<WantId, Pending>>,
    last_want: Cell<u64>,
    /// The page that holds each link.
    links: RefCell<SortedMap<LinkId, u32>>,
    open: Cell<usize>,
    /// The page that dials.
    host: Cell<Option<u32>>,
    ice: RefCell<Array>,
    /// Frames to hand to pages at the end of this turn.
    outbox: RefCell<SortedMap<LinkId, Array>>,
    socket: RefCell<Option<Socket>>,
    timer: RefCell<Option<(u64, JsValue)>>,
    tick: RefCell<Option<Closure<dyn FnMut()>>>,
}

impl Exchange {
    pub(crate) fn new(site: [u8; 16]) -> Self {
        let peer = PeerId(platform::random());
        let mut config = Config::new(site, peer);
        config.can_inflate = platform::can_deflate();
        Self {
            swarm: RefCell::new(Swarm::new(config, u64::from_le_bytes(platform::random()))),
            meet: RefCell::default(),
            peer: Cell::new(peer),
            peer_drawn: Cell::new(platform::wall().0),
            queue: RefCell::default(),
            running: Cell::new(false),
            wants: RefCell::default(),
            last_want: Cell::new(0),
            links: RefCell::default(),
            open: Cell::new(0),
            host: Cell::new(None),
            ice: RefCell::default(),
            outbox: RefCell::default(),
            socket: RefCell::default(),
            timer: RefCell::default(),
            tick: RefCell::default(),
        }
    }

    /// Goes by the name of this visitor's earlier worker, if that is not too old: to neighbours a stranger costs more
    /// than an acquaintance, and a worker is stopped often.
    pub(crate) fn rename(&self, peer: &[u8], drawn: u64) {
        let young =
            drawn.saturating_add(PEER_SECS) > platform::wall().0 && drawn <= self.peer_drawn.get();
        if let Ok(peer) = peer.try_into().map(PeerId)
            && young
            && self.swarm.borrow_mut().rename(peer)
        {
            self.peer.set(peer);
            self.peer_drawn.set(drawn);
        }
    }

    pub(crate) fn save_into(&self, saved: &mut Saved) {
        saved.peer = self.peer.get().0.to_vec();
        saved.peer_drawn = self.peer_drawn.get();
    }

    pub(crate) fn open_links(&self) -> usize {
        self.open.get()
    }

    pub(crate) fn counters(&self) -> Counters {
        *self.swarm.borrow().counters()
    }

    /// Peers that have said hello.
    pub(crate) fn peers(&self) -> usize {
        self.swarm.borrow().peers()
    }

    /// Does anybody still wait for it?
    pub(crate) fn is_open(&self, want: WantId) -> bool {
        self.wants.borrow().contains_key(&want)
    }

    /// Keeps what the origin answered for a want that is still open.
    pub(crate) fn keep_answer(&self, want: WantId, answer: Response) {
        if let Some(pending) = self.wants.borrow_mut().get_mut(&want) {
            pending.answer = Some(answer);
        }
    }
}

/// Wants an object; the receiver gets exactly one outcome.
pub(crate) fn want(core: &'static Core, want: Want) -> (WantId, oneshot::Receiver<Outcome>) {
    let exchange = &core.exchange;
    let id = WantId(exchange.last_want.get() + 1);
    exchange.last_want.set(id.0);
    let (done, outcome) = oneshot::channel();
    let input = Input::Want {
        want: id,
        object: want.object,
        compressible: want.compressible,
        urgent: want.urgent,
    };
    let pending = Pending {
        want: Rc::new(want),
        done: Some(done),
        answer: None,
    };
    exchange.wants.borrow_mut().insert(id, pending);
    feed(core, input);
    (id, outcome)
}

/// Nobody waits for it any more.
pub(crate) fn unwant(core: &'static Core, want: WantId) {
    if core.exchange.wants.borrow_mut().remove(&want).is_some() {
        feed(core, Input::Unwant { want });
    }
}

/// Tells the transfer machine.
pub(crate) fn feed(core: &'static Core, input: Input) {
    enqueue(core, Event::Swarm(input));
}

fn meet(core: &'static Core, input: MeetInput) {
    enqueue(core, Event::Meet(input));
}

/// A page said hello: it may be able to dial, and may hold links that outlived an earlier worker.
pub(crate) fn hello(
    core: &'static Core,
    page: u32,
    host: bool,
    links: &[u32],
    policy: Option<&Policy>,
) {
    let exchange = &core.exchange;
    // Links that this page no longer has.
    let gone: Vec<LinkId> = exchange
        .links
        .borrow()
        .iter()
        .filter(|(link, owner)| **owner == page && !links.contains(&link.0))
        .map(|(link, _)| *link)
        .collect();
    for link in gone {
        closed(core, link);
    }
    if !host {
        if exchange.host.get() == Some(page) {
            gone_host(core);
        }
        return;
    }
    if exchange.host.get().is_some_and(|it| it != page) {
        gone_host(core);
    }
    exchange.host.set(Some(page));
    if let Some(policy) = policy {
        start(core, policy);
    }
}

/// Starts introductions, once there is a host, a policy, and the visitor's leave.
pub(crate) fn start(core: &'static Core, policy: &Policy) {
    let exchange = &core.exchange;
    feed(
        core,
        Input::Visitor {
            may_upload: core.visitor.may_upload(),
        },
    );
    if exchange.host.get().is_none() || !core.visitor.may_link() {
        return;
    }
    exchange.ice.replace(
        core.place
            .ice(policy)
            .iter()
            .map(|it| JsValue::from(it.as_str()))
            .collect(),
    );
    if exchange.meet.borrow().is_none() {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&core.place.site.0);
        hasher.update(b"all");
        let mut info_hash = [0; 20];
        info_hash.copy_from_slice(&hasher.finalize().as_bytes()[..20]);
        let config = MeetConfig {
            trackers: core.place.trackers(policy),
            info_hash,
            peer_id: exchange.peer.get().0,
            links_wanted: LINKS_WANTED,
            links_max: LINKS_MAX,
        };
        let seed = u64::from_le_bytes(platform::random());
        exchange.meet.replace(Some(Meet::new(config, seed)));
    }
    meet(core, MeetInput::HostReady);
}

/// Leaves the swarm: no links, no tracker.
pub(crate) fn stop(core: &'static Core) {
    let links: Vec<(LinkId, u32)> = core
        .exchange
        .links
        .borrow()
        .iter()
        .map(|(l, p)| (*l, *p))
        .collect();
    for (link, page) in links {
        platform::page_close(page, link.0);
        closed(core, link);
    }
    meet(core, MeetInput::Stop);
    feed(core, Input::Visitor { may_upload: false });
}

/// A page is gone, and its links with it.
pub(crate) fn gone(core: &'static Core, page: u32) {
    let links = core.exchange.links.borrow();
    let links: Vec<LinkId> = links
        .iter()
        .filter(|(_, owner)| **owner == page)
        .map(|(link, _)| *link)
        .collect();
    for link in links {
        closed(core, link);
    }
    if core.exchange.host.get() == Some(page) {
        gone_host(core);
    }
}

fn gone_host(core: &'static Core) {
    core.exchange.host.set(None);
    meet(core, MeetInput::HostGone);
}

/// A page's link can carry frames.
pub(crate) fn opened(core: &'static Core, page: u32, link: LinkId, frame_bytes_max: usize) {
    let exchange = &core.exchange;
    if exchange.links.borrow_mut().insert(link, page).is_none() {
        let meet = exchange.meet.borrow();
        let dialled = meet.as_ref().is_some_and(|it| it.is_dialling(link));
        drop(meet);
        core.exchange.open.set(core.exchange.open.get() + 1);
        feed(
            core,
            Input::LinkOpened {
                link,
                frame_bytes_max,
                outlived: !dialled,
            },
        );
    }
    meet(core, MeetInput::LinkOpened { link, remote: None });
}

/// A link ended.
pub(crate) fn closed(core: &'static Core, link: LinkId) {
    if core.exchange.links.borrow_mut().remove(&link).is_some() {
        core.exchange.open.set(core.exchange.open.get() - 1);
        feed(core, Input::LinkClosed { link });
    }
    meet(core, MeetInput::LinkClosed { link });
}

/// A link of this page lost frames: of no more use to the machine that had begun it.
pub(crate) fn closed_here(core: &'static Core, page: u32, link: LinkId) {
    if core.exchange.links.borrow().contains_key(&link) {
        platform::page_close(page, link.0);
        closed(core, link);
    }
}

/// The page tells of a link that is being made.
pub(crate) fn link_said(core: &'static Core, input: MeetInput) {
    meet(core, input);
}

fn enqueue(core: &'static Core, event: Event) {
    let exchange = &core.exchange;
    exchange.queue.borrow_mut().push_back(event);
    if exchange.running.replace(true) {
        return;
    }
    loop {
        let Some(event) = exchange.queue.borrow_mut().pop_front() else {
            break;
        };
        let now = platform::now();
        match event {
            Event::Swarm(input) => {
                // Misuse says that an input came for a want or link that has ended meanwhile.
                let _ended = exchange.swarm.borrow_mut().handle(now, input);
            }
            Event::Meet(input) => {
                if let Some(meet) = exchange.meet.borrow_mut().as_mut() {
                    meet.handle(now, input);
                }
            }
        }
        drain(core);
    }
    exchange.running.set(false);
    flush(core);
    sleep(core);
}

fn drain(core: &'static Core) {
    loop {
        let output = core.exchange.swarm.borrow_mut().poll();
        let Some(output) = output else { break };
        act(core, output);
    }
    loop {
        let output = core
            .exchange
            .meet
            .borrow_mut()
            .as_mut()
            .and_then(Meet::poll);
        let Some(output) = output else { break };
        introduce(core, output);
    }
}

fn act(core: &'static Core, output: Output) {
    match output {
        Output::Deliver {
            want,
            bytes,
            source,
        } => end(core, want, |_| Outcome::Bytes(bytes, source)),
        Output::DeliverOrigin { want } => end(core, want, Outcome::Origin),
        Output::Fail { want, .. } => end(core, want, |_| Outcome::Nothing),
        Output::FetchOrigin { want } => {
            let asked = core
                .exchange
                .wants
                .borrow()
                .get(&want)
                .map(|it| it.want.clone());
            match asked {
                Some(asked) if asked.request.is_some() => {
                    task::spawn(origin::answer(core, want, asked));
                }
                // Peers only: for the machine the origin is out of reach.
                _ => feed(
                    core,
                    Input::OriginOther {
                        want,
                        answer: OriginAnswer::Failed,
                    },
                ),
            }
        }
        Output::CancelOrigin { want } => {
            let mut wants = core.exchange.wants.borrow_mut();
            if let Some(answer) = wants.get_mut(&want).and_then(|it| it.answer.take()) {
                origin::discard(&answer);
            }
        }
        Output::Met { link, peer } => {
            let remote = Some(peer.0);
            meet(core, MeetInput::LinkOpened { link, remote });
        }
        Output::Send { link, frame } => {
            let mut outbox = core.exchange.outbox.borrow_mut();
            outbox
                .or_default(link)
                .push(&Uint8Array::from(frame.as_slice()));
        }
        Output::Close { link, reason } => {
            if reason.bans() {
                meet(core, MeetInput::Avoid { link });
            }
            let page = core.exchange.links.borrow_mut().remove(&link);
            if let Some(page) = page {
                core.exchange.open.set(core.exchange.open.get() - 1);
                platform::page_close(page, link.0);
            }
            meet(core, MeetInput::LinkClosed { link });
        }
        Output::StoreRead {
            ticket,
            object,
            groups,
        } => {
            task::spawn(async move {
                let found = core.store.groups(object, groups).await;
                feed(core, Input::StoreRead { ticket, found });
            });
        }
        Output::StoreWrite { bytes } => task::spawn(keep(core, bytes)),
        Output::Compress { ticket, bytes } => {
            task::spawn(async move {
                let bytes = platform::deflate(bytes.as_slice()).await;
                feed(core, Input::Compressed { ticket, bytes });
            });
        }
        Output::Decompress {
            ticket,
            bytes,
            decoded_bytes,
        } => {
            task::spawn(async move {
                let inflated = match platform::inflate(&bytes, decoded_bytes).await {
                    Some(Some(bytes)) if bytes.len() == decoded_bytes => Inflated::Bytes(bytes),
                    None => Inflated::Unable,
                    _ => Inflated::Corrupt,
                };
                feed(core, Input::Decompressed { ticket, inflated });
            });
        }
        Output::HeadHeard {
            link, head, record, ..
        } => core.head_heard(link, head, record),
    }
}

/// Writes an object, announces it, and makes room.
pub(crate) async fn keep(core: &'static Core, bytes: Arc<VerifiedBytes>) {
    let object = bytes.object();
    if core.store.holds(object) || !core.store.write(&bytes).await {
        return;
    }
    feed(core, Input::Held(vec![object]));
    let budget = core.site.current().map(|it| it.policy.budgets.cache_bytes);
    let surplus = budget
        .map(|budget| core.store.surplus(budget))
        .unwrap_or_default();
    if !surplus.is_empty() {
        feed(core, Input::Dropped(surplus.clone()));
        for object in surplus {
            core.store.remove(object).await;
        }
    }
}

fn end(core: &'static Core, want: WantId, outcome: impl FnOnce(Option<Response>) -> Outcome) {
    let pending = core.exchange.wants.borrow_mut().remove(&want);
    if let Some(mut pending) = pending
        && let Some(done) = pending.done.take()
    {
        // The receiver may have left; then nobody waits for the outcome.
        let _ = done.send(outcome(pending.answer));
    }
}

fn introduce(core: &'static Core, output: MeetOutput) {
    let exchange = &core.exchange;
    let host = exchange.host.get();
    match output {
        MeetOutput::Connect { url } => {
            let told = Closure::new(move |what: JsValue| {
                let input = match what.as_string() {
                    Some(text) => MeetInput::SocketText(text),
                    None if what.is_truthy() => MeetInput::SocketOpened,
                    None => MeetInput::SocketClosed,
                };
                meet(core, input);
            });
            disconnect(core);
            let socket = platform::open_socket(&url, told.as_ref());
            exchange.socket.replace(Some((socket, told)));
        }
        MeetOutput::Disconnect => disconnect(core),
        MeetOutput::SendText(text) => {
            if let Some((socket, _)) = exchange.socket.borrow().as_ref() {
                platform::send_text(socket, &text);
            }
        }
        MeetOutput::Open { link, role } => match host {
            Some(page) => {
                let sdp = match &role {
                    Role::Offer => None,
                    Role::Answer { sdp } => Some(sdp.as_str()),
                };
                platform::page_open(page, link.0, sdp, exchange.ice.borrow().clone());
            }
            None => meet(core, MeetInput::LinkClosed { link }),
        },
        MeetOutput::Remote { link, sdp } => {
            if let Some(page) = host {
                platform::page_remote(page, link.0, &sdp);
            }
        }
        MeetOutput::Candidate { link, candidate } => {
            if let Some(page) = host {
                platform::page_candidate(page, link.0, candidate.as_deref());
            }
        }
        MeetOutput::CloseLink { link } => {
            let page = exchange.links.borrow_mut().remove(&link);
            if page.is_some() {
                exchange.open.set(exchange.open.get() - 1);
                feed(core, Input::LinkClosed { link });
            }
            if let Some(page) = page.or(host) {
                platform::page_close(page, link.0);
            }
        }
        MeetOutput::Expecting { until, dialling } => {
            feed(core, Input::Expecting { until, dialling });
        }
    }
}

/// The closure of a socket that may be calling right now is freed after this turn.
fn disconnect(core: &'static Core) {
    if let Some((socket, told)) = core.exchange.socket.borrow_mut().take() {
        platform::close_socket(&socket);
        task::spawn(async move { drop(told) });
    }
}

fn flush(core: &'static Core) {
    let outbox = std::mem::take(&mut *core.exchange.outbox.borrow_mut());
    for (link, frames) in outbox {
        let page = core.exchange.links.borrow().get(&link).copied();
        if let Some(page) = page {
            platform::page_frames(page, link.0, frames);
        }
    }
}

/// Sets the one timer to the earlier of what the machines ask for.
fn sleep(core: &'static Core) {
    let exchange = &core.exchange;
    let swarm = exchange.swarm.borrow().next_timeout().map(|(at, _)| at);
    let meet = exchange
        .meet
        .borrow()
        .as_ref()
        .and_then(Meet::next_timeout)
        .map(|(at, _)| at);
    let next = swarm.into_iter().chain(meet).min().map(|at| at.0);
    if exchange.timer.borrow().as_ref().map(|(at, _)| *at) == next {
        return;
    }
    if let Some((_, timer)) = exchange.timer.take() {
        platform::clear_timer(&timer);
    }
    let Some(at) = next else { return };
    if exchange.tick.borrow().is_none() {
        exchange.tick.replace(Some(Closure::new(move || {
            core.exchange.timer.take();
            feed(core, Input::Timeout);
            self::meet(core, MeetInput::Timeout);
        })));
    }
    if let Some(tick) = exchange.tick.borrow().as_ref() {
        let ms = at.saturating_sub(platform::now().0) + 1;
        let timer = platform::set_timer(ms as f64, tick.as_ref());
        exchange.timer.replace(Some((at, timer)));
    }
}
