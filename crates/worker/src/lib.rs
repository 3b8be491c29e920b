//! The wasm service worker: a thin driver between the browser and the pure machines.
//!
//! # The way of a fetch
//! `sw-shim/boot.js` decides synchronously whether a request might be ours and calls
//! [`Shell::route`]. [`route`] finds the page's version ([`site`], [`edition`]), looks the URL up in
//! the signed tree, reads the store ([`store`]), and on a miss wants the object ([`exchange`]), where
//! the machines of `swarmfetch-swarm` decide whom to ask; [`origin`] asks the origin. [`respond`]
//! makes the response. What comes from pages (hellos, link events, frames) enters through [`Shell`]
//! and reaches [`exchange`]; what a page had loaded before is taken in by [`adopt`].
//!
//! # Rules
//! - Nothing is answered but verified bytes with signed headers, or the origin's whole answer.
//! - Every function that a page waits for ends: each wait has a deadline of its own.
//! - The worker may be stopped between any two awaits; `saved` says what survives.
//! - No policy: an `if` about peers, hedging or trust belongs to a lower floor.

mod adopt;
mod edition;
mod exchange;
mod origin;
mod place;
mod platform;
mod respond;
mod route;
mod saved;
mod site;
mod store;
mod task;
mod visitor;

use std::cell::{Cell, RefCell};

use js_sys::Promise;
use swarmfetch_content::ObjectId;
use swarmfetch_manifest::{PublicKey, SiteId, TrustedRoot, Version};
use swarmfetch_swarm::meet::{MeetInput, SdpKind};
use swarmfetch_swarm::{Input, LinkId, Source};
use wasm_bindgen::prelude::*;
use web_sys::Request;

use crate::edition::NotLabelled;
use crate::place::Place;
use crate::saved::{Saved, Tally};
use crate::site::{Pin, Site};
use crate::store::Store;
use crate::task::Reply;
use crate::visitor::Visitor;

/// How long after an event counters and pins are written, in milliseconds.
const SAVE_MS: f64 = 250.0;

/// How long pages may take to greet a worker that has just started, in milliseconds.
const HELLO_MS: u64 = 1500;

/// How long an install waits for the first head, in milliseconds.
const INSTALL_MS: u32 = 5000;

/// Everything this worker is.
struct Core {
    place: Place,
    site: Site,
    store: Store,
    exchange: exchange::Exchange,
    visitor: Visitor,
    tally: RefCell<Tally>,
    /// What came before a page asked for it, and from whom.
    ahead: RefCell<Vec<(ObjectId, Source)>>,
    save_timer: Cell<bool>,
    saving: RefCell<Option<Promise>>,
}

impl Core {
    /// Writes what must survive. Several calls at once share the next write.
    async fn save(&'static self) {
        let before = self.saving.borrow().clone();
        if let Some(before) = before {
            let _ = Reply::any(before).await;
        }
        let mut saved = Saved {
            tally: self.tally(),
            opted_out: self.visitor.opted_out(),
            ..Saved::default()
        };
        self.site.save_into(&mut saved);
        self.exchange.save_into(&mut saved);
        let core = self;
        let promise = task::promise(async move {
            core.store.write_file("state", &saved.encode()).await;
            JsValue::UNDEFINED
        });
        self.saving.replace(Some(promise.clone()));
        let _ = Reply::any(promise).await;
    }

    /// Writes it soon, once for many events.
    fn save_soon(&'static self) {
        if self.save_timer.replace(true) {
            return;
        }
        let core = self;
        let then = Closure::once_into_js(move || {
            core.save_timer.set(false);
            task::spawn(async move { core.save().await });
        });
        platform::set_timer(SAVE_MS, &then);
    }

    /// Sums since the install: those of earlier lives and of this one's machines.
    fn tally(&self) -> Tally {
        let mut tally = self.tally.borrow().clone();
        let counters = self.exchange.counters();
        tally.uploaded += counters.bytes_uploaded;
        tally.rejected += counters.rejected;
        tally.wire += counters.wire_bytes_in + counters.wire_bytes_out;
        tally
    }

    /// Tells neighbours of the newest head.
    fn announce_head(&'static self) {
        if let Some(edition) = self.site.current() {
            let head = Input::HeadSeen {
                version: edition.head.version.0,
                head: edition.bytes.head.clone(),
                record: edition.bytes.record.clone(),
            };
            exchange::feed(self, head);
        }
    }

    /// A neighbour told of a head: believed only when it is signed; then the origin is asked too,
    /// as soon as its freshness allows.
    fn head_heard(&'static self, link: LinkId, head: Vec<u8>, record: Vec<u8>) {
        let core = self;
        task::spawn(async move {
            if site::is_signed_newer(core, &head, &record) == Some(false) {
                return exchange::feed(core, Input::LinkLied { link });
            }
            let wait_ms = core.site.stale_in_secs() as f64 * 1000.0;
            let then = Closure::once_into_js(move || {
                if core.site.stale_in_secs() == 0 {
                    let _running = site::refresh(core);
                }
            });
            platform::set_timer(wait_ms + SAVE_MS, &then);
        });
    }

    /// Joins or leaves the swarm as the visitor's settings say.
    fn apply_choice(&'static self) {
        if !self.visitor.may_link() {
            exchange::stop(self);
        } else if let Some(edition) = self.site.current() {
            exchange::start(self, &edition.policy);
        }
    }

    fn stats(&self) -> String {
        let tally = self.tally();
        let version = self.site.current().map_or(0, |it| it.head.version.0);
        let sums = |of: fn(&saved::Count) -> u64| {
            let [cache, peers, mirrors, origin] =
                [&tally.cache, &tally.peers, &tally.mirrors, &tally.origin].map(of);
            format!(r#""cache":{cache},"peers":{peers},"mirrors":{mirrors},"origin":{origin}"#)
        };
        format!(
            r#"{{"version":{version},"peers":{},"bytes":{{{}}},"requests":{{{},"passed":{}}},"uploaded":{},"rejected":{},"wire":{}}}"#,
            self.exchange.peers(),
            sums(|it| it.bytes),
            sums(|it| it.requests),
            tally.passed,
            tally.uploaded,
            tally.rejected,
            tally.wire
        )
    }
}

/// The worker as the shim calls it.
#[wasm_bindgen]
pub struct Shell(&'static Core);

#[wasm_bindgen]
#[expect(
    clippy::needless_pass_by_value,
    reason = "what crosses from JavaScript is owned"
)]
impl Shell {
    /// Of a site: `base` is the address of the script's folder, the rest is baked into the script.
    #[wasm_bindgen(constructor)]
    pub fn new(base: &str, site: &str, root: &str, floor: f64) -> Result<Shell, JsError> {
        let id = SiteId::from_hex(site).map_err(|_| JsError::new("site"))?;
        let root = TrustedRoot {
            site: id,
            key: PublicKey::from_hex(root).map_err(|_| JsError::new("root"))?,
        };
        let place = Place::new(base, id).ok_or_else(|| JsError::new("base"))?;
        let ours = format!("{base}.well-known/swarmfetch/");
        // Lives as long as the worker does. Counting who uses it would be in the way of every wait.
        let core: &'static Core = Box::leak(Box::new(Core {
            place,
            site: Site::new(root, Version(floor as u64), &ours),
            store: Store::new(site, &ours),
            exchange: exchange::Exchange::new(id.0),
            visitor: Visitor::default(),
            tally: RefCell::default(),
            ahead: RefCell::default(),
            save_timer: Cell::new(false),
            saving: RefCell::default(),
        }));
        task::spawn(async move {
            // Links may have outlived an earlier worker: their page says so in its hello.
            let until = platform::now().after(HELLO_MS);
            exchange::feed(
                core,
                Input::Expecting {
                    until,
                    dialling: true,
                },
            );
            if platform::wake_pages().await == Some(0.0) {
                let until = platform::now();
                exchange::feed(
                    core,
                    Input::Expecting {
                        until,
                        dialling: false,
                    },
                );
            }
        });
        Ok(Shell(core))
    }

    /// The install: asks for the first head, and waits for it a while.
    pub fn install(&self) -> Promise {
        let core = self.0;
        task::promise(async move {
            if !site::load(core).await {
                platform::within(&site::refresh(core), INSTALL_MS).await;
            }
            JsValue::UNDEFINED
        })
    }

    /// Is it already known that this URL is not labelled for this client?
    pub fn absent(&self, client: &str, path: &str, query: Option<String>) -> bool {
        let site = &self.0.site;
        let edition = match site.pin_of(client) {
            Some(Pin::Pass) => return true,
            Some(Pin::To(version)) => site.edition(version),
            None => site.current(),
        };
        edition.is_some_and(|it| match it.key(path, query.as_deref()) {
            Some(key) => matches!(it.known(&key), Some(Err(NotLabelled))),
            None => true,
        })
    }

    /// Answers a nominated request; `undefined`: pass it through.
    #[allow(
        clippy::too_many_arguments,
        reason = "one event, taken apart where it is an object"
    )]
    pub fn route(
        &self,
        request: Request,
        path: String,
        query: Option<String>,
        navigation: bool,
        client: String,
        resulting: String,
        fresh: bool,
        range: Option<String>,
        if_range: Option<String>,
    ) -> Promise {
        let ask = route::Ask {
            request,
            path,
            query,
            navigation,
            client,
            resulting,
            fresh,
            range,
            if_range,
        };
        let core = self.0;
        task::promise(async move {
            let response = route::route(core, ask).await;
            response.map_or(JsValue::UNDEFINED, JsValue::from)
        })
    }

    /// Reads what an earlier worker saved. Links may be reported when the promise is done.
    pub fn ready(&self) -> Promise {
        let core = self.0;
        task::promise(async move {
            site::load(core).await;
            JsValue::UNDEFINED
        })
    }

    /// A page says that it is there. The promise is done when what it had loaded is taken in.
    #[expect(
        clippy::too_many_arguments,
        reason = "one message, taken apart where it is an object"
    )]
    pub fn hello(
        &self,
        page: u32,
        client: String,
        host: bool,
        links: Vec<u32>,
        lost: Vec<u32>,
        url: String,
        resources: Option<Vec<String>>,
    ) -> Promise {
        let core = self.0;
        // A gap in what this worker heard ends the link; a new worker's hello starts it afresh.
        for link in &lost {
            exchange::closed_here(core, page, LinkId(*link));
        }
        task::promise(async move {
            site::load(core).await;
            if host && links.is_empty() {
                // Nothing outlived an earlier worker.
                let until = platform::now();
                exchange::feed(
                    core,
                    Input::Expecting {
                        until,
                        dialling: false,
                    },
                );
            }
            let policy = core.site.current();
            exchange::hello(
                core,
                page,
                host,
                &links,
                policy.as_ref().map(|it| &it.policy),
            );
            let held = core.store.list().await;
            exchange::feed(core, Input::Held(held));
            core.announce_head();
            if let Some(resources) = resources {
                adopt::loaded(core, &client, &url, &resources).await;
                core.apply_choice();
            }
            JsValue::UNDEFINED
        })
    }

    /// A page left.
    pub fn gone(&self, page: u32) {
        exchange::gone(self.0, page);
        self.0.save_soon();
    }

    /// A link of this page can carry frames of up to `max` bytes.
    pub fn opened(&self, page: u32, link: u32, max: f64) {
        exchange::opened(
            self.0,
            page,
            LinkId(link),
            max.min(f64::from(u32::MAX)) as usize,
        );
    }

    /// A link ended.
    pub fn closed(&self, link: u32) {
        exchange::closed(self.0, LinkId(link));
    }

    /// A frame came.
    pub fn frame(&self, link: u32, frame: Vec<u8>) {
        exchange::feed(
            self.0,
            Input::LinkFrame {
                link: LinkId(link),
                frame,
            },
        );
    }

    /// Bytes left a link's send buffer.
    pub fn drained(&self, link: u32, bytes: f64) {
        exchange::feed(
            self.0,
            Input::LinkWritable {
                link: LinkId(link),
                bytes: bytes as u64,
            },
        );
    }

    /// The page made its half of a link.
    pub fn local(&self, link: u32, offer: bool, sdp: String) {
        let kind = if offer {
            SdpKind::Offer
        } else {
            SdpKind::Answer
        };
        exchange::link_said(
            self.0,
            MeetInput::Local {
                link: LinkId(link),
                kind,
                sdp,
            },
        );
    }

    /// The page found a way to be reached; `undefined`: all are found.
    pub fn candidate(&self, link: u32, candidate: Option<String>) {
        exchange::link_said(
            self.0,
            MeetInput::LocalCandidate {
                link: LinkId(link),
                candidate,
            },
        );
    }

    /// One call of `window.swarmfetch`; JSON or nothing.
    pub fn call(&self, what: String) -> Promise {
        let core = self.0;
        task::promise(async move {
            site::load(core).await;
            match what.as_str() {
                "pause" => core.visitor.set_paused(true),
                "resume" => core.visitor.set_paused(false),
                "optOut" => core.visitor.set_opted_out(true),
                "optIn" => core.visitor.set_opted_out(false),
                "stats" => return core.stats().into(),
                _ => return JsValue::UNDEFINED,
            }
            core.apply_choice();
            core.save().await;
            JsValue::UNDEFINED
        })
    }
}
