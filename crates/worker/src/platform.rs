//! The browser as the worker sees it: `sw-shim/boot/platform.js` and `sw-shim/boot/pages.js`.
//!
//! Each import is one thing done, with its own deadline and never rejecting; what cannot be had is
//! `undefined`. The functions below the imports turn that into Rust types.

use js_sys::{Array, Promise, Uint8Array};
use swarmfetch_manifest::WallSecs;
use swarmfetch_wire::Millis;
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response};

use crate::task::Reply;

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
    fn js_respond(bytes: Uint8Array, status: u16, headers: Array) -> Promise;
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
    fn js_ask_origin(request: &Request) -> Promise;
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

fn bytes(promise: Promise) -> Reply<Vec<u8>> {
    Reply::of(promise, |it| {
        Some(it.dyn_into::<Uint8Array>().ok()?.to_vec())
    })
}

fn strings(promise: Promise) -> Reply<Vec<String>> {
    Reply::of(promise, |it| {
        let array: Array = it.dyn_into().ok()?;
        Some(array.iter().filter_map(|it| it.as_string()).collect())
    })
}

/// Waits for a promise at most so long.
pub(crate) fn within(promise: &Promise, ms: u32) -> Reply<JsValue> {
    Reply::any(js_within(promise, f64::from(ms)))
}

pub(crate) fn cache_read(name: &str, key: &str) -> Reply<Vec<u8>> {
    bytes(js_cache_read(name, key))
}

pub(crate) fn cache_read_part(name: &str, key: &str, start: u64, end: u64) -> Reply<Vec<u8>> {
    bytes(js_cache_read_part(name, key, start as f64, end as f64))
}

/// Something when it is written.
pub(crate) fn cache_write(name: &str, key: &str, bytes: &[u8]) -> Reply<JsValue> {
    Reply::any(js_cache_write(name, key, bytes.into()))
}

pub(crate) fn cache_drop(name: &str, key: &str) -> Reply<JsValue> {
    Reply::any(js_cache_drop(name, key))
}

pub(crate) fn cache_keys(name: &str) -> Reply<Vec<String>> {
    strings(js_cache_keys(name))
}

pub(crate) fn read_body(response: &Response, max: u64) -> Reply<Vec<u8>> {
    bytes(js_read_body(response, max as f64))
}

/// One of our own immutable files from the origin.
pub(crate) fn get(url: &str, max: u64, ms: u32) -> Reply<Vec<u8>> {
    bytes(js_get(url, max as f64, f64::from(ms), false))
}

/// The head: never from the browser's cache.
pub(crate) fn get_anew(url: &str, max: u64, ms: u32) -> Reply<Vec<u8>> {
    bytes(js_get(url, max as f64, f64::from(ms), true))
}

pub(crate) fn from_http_cache(url: &str, max: u64, ms: u32) -> Reply<Vec<u8>> {
    bytes(js_from_http_cache(url, max as f64, f64::from(ms)))
}

pub(crate) fn deflate(raw: &[u8]) -> Reply<Vec<u8>> {
    bytes(js_deflate(raw.into()))
}

/// What inflating gave: `Some(None)` when the stream is broken or too long, `None` when it could
/// not be tried.
pub(crate) fn inflate(stream: &[u8], max: usize) -> Reply<Option<Vec<u8>>> {
    Reply::of(js_inflate(stream.into(), max as f64), |it| {
        if it.is_null() {
            return Some(None);
        }
        Some(Some(it.dyn_into::<Uint8Array>().ok()?.to_vec()))
    })
}

pub(crate) fn respond(body: &[u8], status: u16, headers: &[(String, String)]) -> Reply<Response> {
    let flat = Array::new();
    for (name, value) in headers {
        flat.push(&JsValue::from(name));
        flat.push(&JsValue::from(value));
    }
    Reply::of(js_respond(body.into(), status, flat), |it| {
        it.dyn_into().ok()
    })
}

/// Something when it is.
pub(crate) fn is_page(client: &str) -> Reply<()> {
    Reply::of(js_is_page(client), |it| it.is_truthy().then_some(()))
}

pub(crate) fn client_ids() -> Reply<Vec<String>> {
    strings(js_client_ids())
}

pub(crate) fn client_url(client: &str) -> Reply<String> {
    Reply::of(js_client_url(client), |it| it.as_string())
}

/// Asks every page for a hello; how many there are.
pub(crate) fn wake_pages() -> Reply<f64> {
    Reply::of(js_wake_pages(), |it| it.as_f64())
}

pub(crate) fn ask_origin(request: &Request) -> Reply<Response> {
    Reply::of(js_ask_origin(request), |it| it.dyn_into().ok())
}
