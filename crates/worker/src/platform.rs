//! The browser as the worker sees it: `sw-shim/boot/platform.js` and `sw-shim/boot/pages.js`.
//!
//! Each import is one thing done, with its own deadline and never rejecting; what cannot be had is
//! `undefined`. The functions below the imports turn that into Rust types.

use js_sys::{Array, Promise, Uint8Array};
use swarmfetch_manifest::WallSecs;
use swarmfetch_wire::Millis;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, Response};

#[wasm_bindgen(module = "swarmfetch-platform")]
extern "C" {
    #[wasm_bindgen(js_name = monotonicMs)]
    fn monotonic_ms() -> f64;
    #[wasm_bindgen(js_name = wallSecs)]
    fn wall_secs() -> f64;
    #[wasm_bindgen(js_name = randomBytes)]
    fn random_bytes(len: u32) -> Vec<u8>;
    #[wasm_bindgen(js_name = setTimer)]
    pub(crate) fn set_timer(ms: f64, then: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = clearTimer)]
    pub(crate) fn clear_timer(timer: &JsValue);
    #[wasm_bindgen(js_name = within)]
    fn js_within(promise: &Promise, ms: f64) -> Promise;
    #[wasm_bindgen(js_name = cacheRead)]
    fn js_cache_read(name: &str, key: &str) -> Promise;
    #[wasm_bindgen(js_name = cacheReadPart)]
    fn js_cache_read_part(name: &str, key: &str, start: f64, end: f64) -> Promise;
    #[wasm_bindgen(js_name = cacheWrite)]
    fn js_cache_write(name: &str, key: &str, bytes: Uint8Array) -> Promise;
    #[wasm_bindgen(js_name = cacheDrop)]
    fn js_cache_drop(name: &str, key: &str) -> Promise;
    #[wasm_bindgen(js_name = cacheKeys)]
    fn js_cache_keys(name: &str) -> Promise;
    #[wasm_bindgen(js_name = readBody)]
    fn js_read_body(response: &Response, max: f64) -> Promise;
    #[wasm_bindgen(js_name = get)]
    fn js_get(url: &str, max: f64, ms: f64, mutable: bool) -> Promise;
    #[wasm_bindgen(js_name = fromHttpCache)]
    fn js_from_http_cache(url: &str, max: f64, ms: f64) -> Promise;
    #[wasm_bindgen(js_name = deflate)]
    fn js_deflate(bytes: Uint8Array) -> Promise;
    #[wasm_bindgen(js_name = inflate)]
    fn js_inflate(bytes: Uint8Array, max: f64) -> Promise;
    #[wasm_bindgen(js_name = canDeflate)]
    pub(crate) fn can_deflate() -> bool;
    #[wasm_bindgen(js_name = openSocket)]
    pub(crate) fn open_socket(url: &str, told: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = sendText)]
    pub(crate) fn send_text(socket: &JsValue, text: &str);
    #[wasm_bindgen(js_name = closeSocket)]
    pub(crate) fn close_socket(socket: &JsValue);
    #[wasm_bindgen(js_name = respond)]
    fn js_respond(bytes: Uint8Array, status: u16, headers: Array) -> Response;
    #[wasm_bindgen(js_name = savesData)]
    pub(crate) fn saves_data() -> bool;
    #[wasm_bindgen(js_name = wakePages)]
    fn js_wake_pages() -> Promise;
    #[wasm_bindgen(js_name = isPage)]
    fn js_is_page(client: &str) -> Promise;
    #[wasm_bindgen(js_name = clientIds)]
    fn js_client_ids() -> Promise;
    #[wasm_bindgen(js_name = clientUrl)]
    fn js_client_url(client: &str) -> Promise;
    #[wasm_bindgen(js_name = askOrigin)]
    pub(crate) fn ask_origin(request: &Request) -> Promise;
    #[wasm_bindgen(js_name = cancelBody)]
    pub(crate) fn cancel_body(response: &Response);
    #[wasm_bindgen(js_name = wholeRequest)]
    pub(crate) fn whole_request(request: &Request) -> Request;
}

#[wasm_bindgen(module = "swarmfetch-pages")]
extern "C" {
    #[wasm_bindgen(js_name = pageOpen)]
    pub(crate) fn page_open(page: u32, link: u32, sdp: Option<&str>, ice: Array);
    #[wasm_bindgen(js_name = pageRemote)]
    pub(crate) fn page_remote(page: u32, link: u32, sdp: &str);
    #[wasm_bindgen(js_name = pageCandidate)]
    pub(crate) fn page_candidate(page: u32, link: u32, candidate: Option<&str>);
    #[wasm_bindgen(js_name = pageFrames)]
    pub(crate) fn page_frames(page: u32, link: u32, frames: Array);
    #[wasm_bindgen(js_name = pageClose)]
    pub(crate) fn page_close(page: u32, link: u32);
}

pub(crate) fn now() -> Millis {
    Millis(monotonic_ms() as u64)
}

pub(crate) fn wall() -> WallSecs {
    WallSecs(wall_secs() as u64)
}

pub(crate) fn random<const LEN: usize>() -> [u8; LEN] {
    let mut bytes = [0; LEN];
    bytes.copy_from_slice(&random_bytes(LEN as u32));
    bytes
}

/// The value of a promise that never rejects; `None` for `undefined`.
async fn value(promise: Promise) -> Option<JsValue> {
    JsFuture::from(promise)
        .await
        .ok()
        .filter(|it| !it.is_undefined())
}

async fn bytes(promise: Promise) -> Option<Vec<u8>> {
    value(promise)
        .await?
        .dyn_into()
        .ok()
        .map(|it: Uint8Array| it.to_vec())
}

async fn strings(promise: Promise) -> Option<Vec<String>> {
    let array: Array = value(promise).await?.dyn_into().ok()?;
    Some(array.iter().filter_map(|it| it.as_string()).collect())
}

/// Waits for a promise at most so long.
pub(crate) async fn within(promise: &Promise, ms: u32) -> Option<JsValue> {
    value(js_within(promise, f64::from(ms))).await
}

pub(crate) async fn cache_read(name: &str, key: &str) -> Option<Vec<u8>> {
    bytes(js_cache_read(name, key)).await
}

pub(crate) async fn cache_read_part(
    name: &str,
    key: &str,
    start: u64,
    end: u64,
) -> Option<Vec<u8>> {
    bytes(js_cache_read_part(name, key, start as f64, end as f64)).await
}

/// True when it is written.
pub(crate) async fn cache_write(name: &str, key: &str, bytes: &[u8]) -> bool {
    value(js_cache_write(name, key, bytes.into()))
        .await
        .is_some()
}

pub(crate) async fn cache_drop(name: &str, key: &str) {
    value(js_cache_drop(name, key)).await;
}

pub(crate) async fn cache_keys(name: &str) -> Vec<String> {
    strings(js_cache_keys(name)).await.unwrap_or_default()
}

pub(crate) async fn read_body(response: &Response, max: u64) -> Option<Vec<u8>> {
    bytes(js_read_body(response, max as f64)).await
}

/// One of our own immutable files from the origin.
pub(crate) async fn get(url: &str, max: u64, ms: u32) -> Option<Vec<u8>> {
    bytes(js_get(url, max as f64, f64::from(ms), false)).await
}

/// The head: never from the browser's cache.
pub(crate) async fn get_anew(url: &str, max: u64, ms: u32) -> Option<Vec<u8>> {
    bytes(js_get(url, max as f64, f64::from(ms), true)).await
}

pub(crate) async fn from_http_cache(url: &str, max: u64, ms: u32) -> Option<Vec<u8>> {
    bytes(js_from_http_cache(url, max as f64, f64::from(ms))).await
}

pub(crate) async fn deflate(raw: &[u8]) -> Option<Vec<u8>> {
    bytes(js_deflate(raw.into())).await
}

/// What inflating gave: `Err` when the stream is broken or too long, `Ok(None)` when it could not
/// be tried.
pub(crate) async fn inflate(stream: &[u8], max: usize) -> Result<Option<Vec<u8>>, ()> {
    match value(js_inflate(stream.into(), max as f64)).await {
        Some(it) if it.is_null() => Err(()),
        Some(it) => Ok(it.dyn_into().ok().map(|it: Uint8Array| it.to_vec())),
        None => Ok(None),
    }
}

pub(crate) fn respond(body: &[u8], status: u16, headers: &[(String, String)]) -> Response {
    let flat: Array = headers
        .iter()
        .flat_map(|(name, value)| [JsValue::from(name), JsValue::from(value)])
        .collect();
    js_respond(body.into(), status, flat)
}

pub(crate) async fn is_page(client: &str) -> bool {
    value(js_is_page(client))
        .await
        .is_some_and(|it| it.is_truthy())
}

pub(crate) async fn client_ids() -> Option<Vec<String>> {
    strings(js_client_ids()).await
}

pub(crate) async fn client_url(client: &str) -> Option<String> {
    value(js_client_url(client)).await?.as_string()
}

/// Asks every page for a hello; how many there are.
pub(crate) async fn wake_pages() -> u32 {
    let pages = value(js_wake_pages()).await.and_then(|it| it.as_f64());
    pages.unwrap_or_default() as u32
}
