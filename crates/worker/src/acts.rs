//! What the worker has the browser do: `sw-shim/boot/acts.js`. Each is noted there and done after the call that it came
//! from has returned; bytes are lent for the call only.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "swarmfetch-acts")]
extern "C" {
    #[wasm_bindgen(js_name = act)]
    fn note(act: u32, a: f64, one: &[u8], two: &[u8], b: f64, c: f64);
}

/// What an act does, with the names of its numbers and buffers; `acts.js` has them in the same order. Objects go by
/// name; a text that may be missing is empty then.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// The bytes `one` answer the call that is being made.
    Answer,
    /// The want `a` ends with the bytes `one`, from peers (`b` is 1) or the origin.
    Deliver,
    /// The want `a` ends with what the origin answered.
    DeliverOrigin,
    /// The want `a` ends with nothing: the page is to go to the origin as if there were no swarm.
    DeliverNothing,
    /// Ask the origin for the want `a`.
    FetchOrigin,
    /// Its answer to the want `a` is no longer needed.
    CancelOrigin,
    /// Keep the object `one`: the bytes `two`.
    Keep,
    /// For the ticket `a`, read the bytes from `b` to `c` of the object `one` for a peer.
    Read,
    /// For the ticket `a`, compress `one`.
    Compress,
    /// For the ticket `a`, inflate `one` to `b` bytes.
    Inflate,
    /// Put the frame `one` on the link `a`.
    Send,
    /// Close the link `a`, or end its making.
    Close,
    /// The link `a` told of the head `one` with the record `two`.
    HeadHeard,
    /// Open the tracker's socket, at `one`.
    Connect,
    /// Close it.
    Disconnect,
    /// Say the message of kind `a` ([`Saying`]) on it, with the ids `one` and the text `two`. `b` is 1: candidates may follow.
    Say,
    /// Have a page make the link `a`: an offer, or an answer to the one that is `one`.
    Open,
    /// The answer to the offer of the link `a` came: `one`.
    Remote,
    /// The other end of the link `a` found a way to be reached, `one`; nothing: all are found.
    Candidate,
    /// Check the signature of the message `two`: `one` is a key of 32 bytes and its signature. Answered with the number `a`.
    Check,
    /// A link said something of a tree; so many questions of that kind are still open.
    Proved,
}

/// What is said to the tracker, by the number in [`Act::Say`]; presence is that of [`Event`](swarmfetch_wire::tracker::Event).
/// The ids are 20 bytes each: the swarm's, this peer's, the offer's, and the receiver's, as far as there are such.
pub(crate) enum Saying {
    /// An offer, which goes with the presence that follows.
    Offer = 4,
    /// The answer to an offer.
    Answer,
    /// Candidates, one a line; an empty line: there will be no more.
    Candidates,
    /// The offer will not be answered.
    Refused,
}

/// Notes an act of at most one number and one buffer.
pub(crate) fn act(act: Act, a: f64, one: &[u8]) {
    act_with(act, a, one, &[], 0.0, 0.0);
}

/// Notes an act of more.
#[inline(never)]
pub(crate) fn act_with(act: Act, a: f64, one: &[u8], two: &[u8], b: f64, c: f64) {
    note(act as u32, a, one, two, b, c);
}
