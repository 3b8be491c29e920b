//! Asking the origin, with the page's own request, and holding its answer against the promise.
//!
//! What the origin answers is never an error: bytes that match become verified bytes; anything else
//! is kept whole, to be passed on as it is, not stored and not seeded.

use std::rc::Rc;

use swarmfetch_content::{VerifiedBytes, verify_whole};
use swarmfetch_swarm::{Input, OriginAnswer, WantId};
use web_sys::{Response, ResponseType};

use crate::Core;
use crate::exchange::{Want, feed};
use crate::platform;
use crate::site;

/// Longer content is passed on while it still arrives, in bytes: a page must not wait for its end.
const HELD_BACK_MAX: u64 = 1024 * 1024;

/// How long a kept body of a replaced version may take, in milliseconds.
const KEPT_MS: u32 = 5000;

/// Asks for a want and tells the machine.
pub(crate) async fn answer(core: &'static Core, want: WantId, asked: Rc<Want>) {
    let Some(request) = &asked.request else {
        return;
    };
    let Some(response) = platform::ask_origin(request).await else {
        return other(core, want, OriginAnswer::Failed);
    };
    if !core.exchange.is_open(want) {
        return discard(&response);
    }
    let status = response.status();
    if status == 429 || status >= 500 {
        core.exchange.keep_answer(want, response);
        return other(core, want, OriginAnswer::Failed);
    }
    let body = if may_be_shared(&response) {
        response.clone().ok()
    } else {
        None
    };
    core.exchange.keep_answer(want, response);
    let Some(body) = body else {
        return unexpected(core, want, &asked, status == 404 || status == 410).await;
    };
    if asked.object.len > HELD_BACK_MAX {
        other(core, want, OriginAnswer::Final);
        if let Some(bytes) = verified(&body, &asked).await {
            crate::exchange::keep(core, bytes.into()).await;
        }
        return;
    }
    match verified(&body, &asked).await {
        Some(bytes) => feed(core, Input::OriginVerified { want, bytes }),
        None => unexpected(core, want, &asked, true).await,
    }
}

async fn verified(body: &Response, asked: &Want) -> Option<VerifiedBytes> {
    let bytes = platform::read_body(body, asked.object.len).await?;
    verify_whole(asked.object, bytes).ok()
}

/// Not what was promised. Either the promise is old, and the page that started with it may have the
/// old bytes for a while; or the origin has its reasons.
async fn unexpected(core: &'static Core, want: WantId, asked: &Want, maybe_replaced: bool) {
    if maybe_replaced {
        site::suspect(core).await;
        let newer = core
            .site
            .current()
            .is_some_and(|it| it.head.version > asked.version);
        if newer {
            let url = format!("{}{}", core.site.objects(), asked.object.hash);
            if let Some(bytes) = platform::get(&url, asked.object.len, KEPT_MS).await
                && let Ok(bytes) = verify_whole(asked.object, bytes)
            {
                return feed(core, Input::OriginVerified { want, bytes });
            }
        }
    }
    other(core, want, OriginAnswer::Final);
}

fn other(core: &'static Core, want: WantId, answer: OriginAnswer) {
    feed(core, Input::OriginOther { want, answer });
}

/// Could this answer be the labelled one? Private content never is, whatever its bytes (T12).
fn may_be_shared(response: &Response) -> bool {
    if response.status() != 200 || response.redirected() {
        return false;
    }
    if !matches!(
        response.type_(),
        ResponseType::Basic | ResponseType::Cors | ResponseType::Default
    ) {
        return false;
    }
    let headers = response.headers();
    let value = |name| {
        headers
            .get(name)
            .ok()
            .flatten()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let cache = value("cache-control");
    let vary = value("vary");
    !["private", "no-store"]
        .iter()
        .any(|word| contains(&cache, word))
        && !["cookie", "authorization", "*"]
            .iter()
            .any(|word| contains(&vary, word))
}

/// As `str::contains`, whose linear search is 2 KB of wasm that a header does not need.
fn contains(text: &str, word: &str) -> bool {
    let mut windows = text.as_bytes().windows(word.len());
    windows.any(|it| it == word.as_bytes())
}

/// Lets go of an answer that nobody reads.
pub(crate) fn discard(answer: &Response) {
    platform::cancel_body(answer);
}
