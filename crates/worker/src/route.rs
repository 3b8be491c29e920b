//! One fetch, from the event to the response. `None` everywhere means: pass it through as it was.

use std::rc::Rc;
use std::sync::Arc;

use swarmfetch_content::{ObjectId, VerifiedBytes};
use swarmfetch_manifest::ShareableUrl;
use swarmfetch_swarm::{Source, WantId};
use wasm_bindgen::JsValue;
use web_sys::{Request, Response};

use crate::Core;
use crate::adopt;
use crate::edition::Edition;
use crate::exchange::{self, Outcome, Want};
use crate::platform;
use crate::respond::{self, Part};
use crate::site::{self, Pin};
use crate::task;

/// Longest content that is answered by us, in bytes: it is assembled in memory.
pub(crate) const OBJECT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// After a document has come, how long its answer is held back for what it will need, in
/// milliseconds: the links end with the page that is being left.
const NEEDS_MS: u32 = 400;

/// How long a navigation waits for its pin to be written, in milliseconds. The worker may be stopped
/// before the new page asks for anything.
const PIN_MS: u32 = 200;

/// How many objects that came before their page asked are remembered with their source; the rest
/// counts as cache.
const AHEAD_MAX: usize = 256;

/// The event as the shim saw it.
pub(crate) struct Ask {
    pub(crate) request: Request,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) navigation: bool,
    pub(crate) client: String,
    pub(crate) resulting: String,
    /// The client's navigation went past this worker.
    pub(crate) fresh: bool,
    pub(crate) range: Option<String>,
    pub(crate) if_range: Option<String>,
}

/// Answers a nominated request.
pub(crate) async fn route(core: &'static Core, ask: Ask) -> Option<Response> {
    let response = answer(core, &ask).await;
    if response.is_none() {
        core.tally.borrow_mut().passed += 1;
        if ask.navigation && !ask.resulting.is_empty() {
            core.site.pin(&ask.resulting, Pin::Pass);
        }
    }
    core.save_soon();
    response
}

async fn answer(core: &'static Core, ask: &Ask) -> Option<Response> {
    if !site::load(core).await {
        // Nothing to answer from yet: for the next request.
        if core.site.stale_in_secs() == 0 {
            let _running = site::refresh(core);
        }
        return None;
    }
    let edition = edition(core, ask).await?;
    let url = core
        .site
        .lookup(&core.store, &edition, &ask.path, ask.query.as_deref())
        .await?;
    let object = url.entry().object();
    if object.len > OBJECT_BYTES_MAX {
        return None;
    }
    if ask.navigation && !ask.resulting.is_empty() {
        core.site.pin(&ask.resulting, Pin::To(edition.head.version));
        let saved = task::promise(async move {
            core.save().await;
            JsValue::UNDEFINED
        });
        platform::within(&saved, PIN_MS).await;
    }
    let headers = respond::headers(&edition.policy, &url);
    let part = Part::of(
        ask.range.as_deref(),
        ask.if_range.as_deref(),
        respond::etag(&headers),
        object.len,
    );
    let compressible = url.entry().compressible();
    let range = match &part {
        Part::Whole => 0..object.len,
        Part::Range(range) => range.clone(),
        Part::Several => return None,
        Part::Unsatisfiable => return respond::unsatisfiable(object.len, headers).await,
    };
    let needs = if ask.navigation {
        Needs::want(core, &edition, &url)
    } else {
        Needs::default()
    };
    let held = match &part {
        Part::Whole => core.store.whole(object).await,
        _ => core
            .store
            .range(object, range.clone())
            .await
            .map(|(bytes, _)| bytes),
    };
    let response = match held {
        Some(bytes) => {
            count(core, fetched_ahead(core, object), range.end - range.start);
            respond::respond(&bytes, &part, headers, compressible)
        }
        None if part != Part::Whole && core.exchange.open_links() == 0 => return None,
        None => {
            let (bytes, source) = match fetch(core, ask, &edition, &url).await {
                Fetched::Bytes(bytes, source) => (bytes, source),
                Fetched::Origin(response) => {
                    if ask.navigation && !ask.resulting.is_empty() {
                        core.site.pin(&ask.resulting, Pin::Pass);
                    }
                    core.tally.borrow_mut().origin.add(object.len);
                    return Some(response);
                }
                Fetched::Nothing => return None,
            };
            count(core, Some(source), range.end - range.start);
            respond::respond(&bytes, &part, headers, compressible)
        }
    };
    needs.settle().await;
    response.await
}

/// Whose an object is that came before the page asked for it: said once, then it is the cache's.
fn fetched_ahead(core: &'static Core, object: ObjectId) -> Option<Source> {
    let mut ahead = core.ahead.borrow_mut();
    let at = ahead.iter().position(|(known, _)| *known == object)?;
    Some(ahead.swap_remove(at).1)
}

/// Counts what a page gets; from nobody is from the cache.
fn count(core: &'static Core, source: Option<Source>, bytes: u64) {
    let mut tally = core.tally.borrow_mut();
    match source {
        Some(Source::Peers) => tally.peers.add(bytes),
        Some(Source::Origin) => tally.origin.add(bytes),
        None => tally.cache.add(bytes),
    }
}

/// The version that this client uses.
async fn edition(core: &'static Core, ask: &Ask) -> Option<Rc<Edition>> {
    if ask.navigation {
        site::freshen(core).await;
        return core.site.current();
    }
    let pin = match core.site.pin_of(&ask.client) {
        Some(pin) => pin,
        // Not a page: a worker of one, or a request that belongs to none.
        None if ask.client.is_empty() || platform::is_page(&ask.client).await.is_none() => {
            return core.site.current();
        }
        None if ask.fresh => {
            let pin = Pin::To(core.site.current()?.head.version);
            core.site.pin(&ask.client, pin);
            pin
        }
        // Claimed while it was open, or forgotten: known by its document, if at all.
        None => adopt::recognise(core, &ask.client).await?,
    };
    match pin {
        Pin::To(version) => core.site.edition(version),
        Pin::Pass => None,
    }
}

enum Fetched {
    Bytes(Arc<VerifiedBytes>, Source),
    Origin(Response),
    Nothing,
}

async fn fetch(core: &'static Core, ask: &Ask, edition: &Edition, url: &ShareableUrl) -> Fetched {
    let part = ask.range.is_some();
    let request = if part {
        platform::whole_request(&ask.request)
    } else {
        Clone::clone(&ask.request)
    };
    let want = Want {
        object: url.entry().object(),
        compressible: url.entry().compressible(),
        urgent: true,
        request: Some(request),
        version: edition.head.version,
    };
    let (_, outcome) = exchange::want(core, want);
    match outcome.await {
        Ok(Outcome::Bytes(bytes, source)) => Fetched::Bytes(bytes, source),
        // The whole of something else is no answer to a question for a part.
        Ok(Outcome::Origin(Some(response))) if !part => Fetched::Origin(response),
        _ => Fetched::Nothing,
    }
}

/// What a document will need, wanted from peers while the page being left can still carry it.
#[derive(Default)]
struct Needs {
    core: Option<&'static Core>,
    wants: Vec<(
        ObjectId,
        WantId,
        futures_channel::oneshot::Receiver<Outcome>,
    )>,
}

impl Needs {
    fn want(core: &'static Core, edition: &Edition, url: &ShareableUrl) -> Self {
        if core.exchange.open_links() == 0 {
            return Self::default();
        }
        let wants = edition
            .needs(url)
            .into_iter()
            .filter(|need| !core.store.holds(need.entry().object()))
            .map(|need| {
                let want = Want {
                    object: need.entry().object(),
                    compressible: need.entry().compressible(),
                    urgent: false,
                    request: None,
                    version: edition.head.version,
                };
                let (object, (id, outcome)) = (want.object, exchange::want(core, want));
                (object, id, outcome)
            })
            .collect();
        Self {
            core: Some(core),
            wants,
        }
    }

    /// Waits a little for what is still under way; what is late is asked for by the page itself.
    async fn settle(self) {
        let Some(core) = self.core.filter(|_| !self.wants.is_empty()) else {
            return;
        };
        let ids: Vec<WantId> = self.wants.iter().map(|(_, id, _)| *id).collect();
        let all = task::promise(async move {
            for (object, _, outcome) in self.wants {
                if let Ok(Outcome::Bytes(_, source)) = outcome.await {
                    let mut ahead = core.ahead.borrow_mut();
                    if ahead.len() < AHEAD_MAX {
                        ahead.push((object, source));
                    }
                }
            }
            JsValue::TRUE
        });
        platform::within(&all, NEEDS_MS).await;
        // The machine ends the transfers that only these wants kept going.
        task::spawn(async move {
            for id in ids {
                exchange::unwant(core, id);
            }
        });
    }
}
