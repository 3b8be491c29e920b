//! What the worker has the browser do: `sw-shim/boot/acts.js`. Each is noted there and done after the call that it came
//! from has returned; bytes are lent for the call only.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "swarmfetch-acts")]
extern "C" {
    /// Monotonic milliseconds since the worker's start.
    pub(crate) fn now() -> f64;
    /// The want ends with these bytes, from peers or the origin.
    pub(crate) fn deliver(want: u32, bytes: &[u8], peers: bool);
    /// The want ends with what the origin answered.
    #[wasm_bindgen(js_name = deliverOrigin)]
    pub(crate) fn deliver_origin(want: u32);
    /// The want ends with nothing: the page is to go to the origin as if there were no swarm.
    #[wasm_bindgen(js_name = deliverNothing)]
    pub(crate) fn deliver_nothing(want: u32);
    /// Ask the origin for the want.
    #[wasm_bindgen(js_name = fetchOrigin)]
    pub(crate) fn fetch_origin(want: u32);
    /// Its answer is no longer needed.
    #[wasm_bindgen(js_name = cancelOrigin)]
    pub(crate) fn cancel_origin(want: u32);
    /// Keep an object.
    pub(crate) fn keep(name: &str, bytes: &[u8]);
    /// Read bytes of an object for a peer.
    pub(crate) fn read(ticket: f64, name: &str, start: f64, end: f64);
    pub(crate) fn compress(ticket: f64, bytes: &[u8]);
    pub(crate) fn inflate(ticket: f64, bytes: &[u8], len: u32);
    /// Put a frame on a link.
    pub(crate) fn send(link: u32, frame: &[u8]);
    /// Close a link, or end its making.
    pub(crate) fn close(link: u32);
    /// A link told of a head.
    #[wasm_bindgen(js_name = headHeard)]
    pub(crate) fn head_heard(link: u32, head: &[u8], record: &[u8]);
    /// Open the tracker's socket.
    pub(crate) fn connect(url: &str);
    pub(crate) fn disconnect();
    pub(crate) fn say(text: &str);
    /// Have a page make a link: an offer, or an answer to this one.
    pub(crate) fn open(link: u32, sdp: Option<&str>);
    /// The answer to a link's offer came.
    pub(crate) fn remote(link: u32, sdp: &str);
    /// The other end of a link found a way to be reached; nothing: all are found.
    pub(crate) fn candidate(link: u32, candidate: Option<&str>);
}
