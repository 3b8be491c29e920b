//! Taking in what a page had loaded before this worker was there, from the browser's own cache:
//! `only-if-cached` never makes a request, and a miss is skipped.

use swarmfetch_content::verify_whole;
use swarmfetch_manifest::ShareableUrl;

use crate::Core;
use crate::edition::Edition;
use crate::exchange;
use crate::platform;
use crate::route::OBJECT_BYTES_MAX;
use crate::site::{self, Pin};
use crate::task::Reply;

/// How long the browser's cache may take for one URL, in milliseconds.
const READ_MS: u32 = 2000;

/// URLs looked at for one page.
const RESOURCES_MAX: usize = 512;

/// A page that was there before this worker has loaded these: keep what the owner shares, and pin
/// the page if its document is the current version's.
pub(crate) async fn loaded(
    core: &'static Core,
    client: &str,
    document: &str,
    resources: &[String],
) {
    if !ready(core).await {
        return;
    }
    let Some(edition) = core.site.current() else {
        return;
    };
    if core.site.pin_of(client).is_none() {
        let pin = pin_for(core, &edition, document).await;
        core.site.pin(client, pin);
    }
    for url in resources.iter().take(RESOURCES_MAX) {
        take(core, &edition, url).await;
    }
    core.save().await;
}

/// The pin of a page that this worker knows nothing of; nothing when that cannot be said.
pub(crate) async fn recognise(core: &'static Core, client: &str) -> Option<Pin> {
    let edition = core.site.current()?;
    let document = platform::client_url(client).await?;
    let pin = pin_for(core, &edition, &document).await;
    core.site.pin(client, pin);
    Some(pin)
}

async fn pin_for(core: &'static Core, edition: &Edition, document: &str) -> Pin {
    match take(core, edition, document).await {
        true => Pin::To(edition.head.version),
        false => Pin::Pass,
    }
}

/// Something to answer from, asking the origin for it the first time.
async fn ready(core: &'static Core) -> bool {
    if site::load(core).await {
        return true;
    }
    let _ = Reply::any(site::refresh(core)).await;
    core.site.current().is_some()
}

/// True when the browser's cache, or ours, holds what this version says of the URL.
async fn take(core: &'static Core, edition: &Edition, url: &str) -> bool {
    let Some(shareable) = labelled(core, edition, url).await else {
        return false;
    };
    let object = shareable.entry().object();
    if core.store.holds(object) {
        return true;
    }
    if object.len > OBJECT_BYTES_MAX {
        return false;
    }
    let found = platform::from_http_cache(url, object.len, READ_MS).await;
    let Some(bytes) = found.and_then(|bytes| verify_whole(object, bytes).ok()) else {
        return false;
    };
    exchange::keep(core, bytes.into()).await;
    true
}

async fn labelled(core: &'static Core, edition: &Edition, url: &str) -> Option<Box<ShareableUrl>> {
    let rest = url
        .strip_prefix(core.place.origin.as_str())
        .filter(|it| it.starts_with('/'))?;
    let rest = rest.split('#').next()?;
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (rest, None),
    };
    core.site.lookup(&core.store, edition, path, query).await
}
