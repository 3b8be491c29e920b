//! The door between JavaScript and [`Core`]: calls by number on the way in, [`acts`](crate::acts) on the way out.
//!
//! A function of its own for each call would be typed by wasm-bindgen; but each brings its own conversions, on both
//! sides, and all of them together were 3 KB of every new visitor's download. So one function takes every call: two
//! numbers, and up to four buffers that are lent to it before. Which they are for which call is written down twice, here
//! and in `sw-shim/boot/door.js`, in the same order.

use std::cell::RefCell;
use std::mem::take;

use swarmfetch_wire::Millis;
use wasm_bindgen::prelude::*;

use crate::Core;
use crate::acts::{Act, act};

/// Buffers that come with one call at most.
const BUFFERS_MAX: usize = 4;

/// The first call that is only told and not answered.
const TELLING: u32 = 32;

/// What is behind the door. A worker makes it once, and it goes with the worker: leaked, since code that takes all of it
/// apart would never run.
struct Door {
    core: Option<&'static mut Core>,
    lent: [Vec<u8>; BUFFERS_MAX],
}

thread_local! {
    static DOOR: RefCell<Door> = const {
        RefCell::new(Door { core: None, lent: [const { Vec::new() }; BUFFERS_MAX] })
    };
}

/// Lends a buffer to the next call.
#[wasm_bindgen]
pub fn lend(place: usize, bytes: Vec<u8>) {
    DOOR.with_borrow_mut(|door| {
        if let Some(lent) = door.lent.get_mut(place) {
            *lent = bytes;
        }
    });
}

/// One call, at `now` in monotonic milliseconds. A yes is 1, a no 0; an answer of bytes is the act `answer`, and 1.
#[wasm_bindgen]
pub fn call(number: u32, now: f64, a: f64, b: f64) -> Option<f64> {
    DOOR.with_borrow_mut(|door| {
        let answer = door.call(number, now, a, b);
        door.lent.fill_with(Vec::new);
        answer
    })
}

impl Door {
    fn call(&mut self, number: u32, now: f64, a: f64, b: f64) -> Option<f64> {
        let lent = &mut self.lent;
        if number == 0 {
            self.core = Core::of(lent, a, b != 0.0).map(|core| Box::leak(Box::new(core)));
            return yes(self.core.is_some());
        }
        let core = &mut **self.core.as_mut()?;
        core.now = Millis(now as u64);
        if number < TELLING {
            return core.asked(number, lent, a, b);
        }
        core.told(number, lent, a, b);
        None
    }
}

/// What is lent is borrowed, and taken only where it is kept: what is left goes in one place, when the call returns.
impl Core {
    /// The calls that are answered.
    fn asked(
        &mut self,
        number: u32,
        lent: &mut [Vec<u8>; BUFFERS_MAX],
        a: f64,
        b: f64,
    ) -> Option<f64> {
        let [one, two, three, four] = lent;
        match number {
            1 => bytes(self.adopt(one, two, three, four, a)?.as_bytes()),
            2 => yes(self.graft(a, text(one), take(two))),
            3 => {
                let query = bit(b, 1).then_some(text(two));
                bytes(self.lookup(a, text(one), query, bit(b, 0))?.as_bytes())
            }
            4 => self.news(one, two, a),
            5 => yes(self.is_whole(text(one), two)),
            6 => yes(self.is_part(text(one), a, take(two), three)),
            7 => bytes(self.outboard(one).as_bytes()),
            8 => yes(self.origin_gave(a as u32, text(one), take(two))),
            9 => yes(self.store_gave(a, text(one), b, take(two), three)),
            10 => yes(self.rename(one)),
            11 => bytes(&self.peer()),
            12 => self.next(),
            13 => Some(f64::from(self.peers())),
            14 => Some(self.sum(a as u32) as f64),
            15 => self.origin_ms(),
            16 => Some(self.upload_left()),
            17 => yes(self.origin_gave_part(a as u32, text(one), b, take(two), three)),
            18 => bytes(self.missing(a, text(one), bit(b, 0)).as_bytes()),
            19 => bytes(&self.known(a)?),
            20 => self.prove(a, text(one), bit(b, 0), bit(b, 1)),
            21 => bytes(&self.patched(text(one), two, three)?),
            _ => None,
        }
    }

    /// The calls that are not.
    fn told(&mut self, number: u32, lent: &mut [Vec<u8>; BUFFERS_MAX], a: f64, b: f64) {
        let [one, two, ..] = lent;
        let id = a as u32;
        match number {
            32 => self.forget(a),
            33 => self.announce(take(one), take(two)),
            34 => self.want(id, text(one), [0, 1, 2].map(|place| bit(b, place))),
            35 => self.unwant(id),
            36 => self.origin_other(id, bit(b, 0)),
            37 => self.held(text(one)),
            38 => self.dropped(text(one)),
            39 => self.compressed(a, bit(b, 0).then(|| take(one))),
            40 => self.inflated(a, bit(b, 0).then(|| take(one)), bit(b, 1)),
            41 => self.visitor(bit(b, 0)),
            42 => self.expect(a, bit(b, 0)),
            43 => self.join(text(one)),
            44 => self.host_gone(),
            45 => self.stop(),
            46 => self.link_opened(id, b),
            47 => self.link_closed(id),
            48 => self.link_lied(id),
            49 => self.frame(id, take(one)),
            50 => self.drained(id, b),
            51 => self.local(id, bit(b, 0), text(one)),
            52 => self.candidate(id, text(one)),
            53 => self.socket(bit(b, 0)),
            54 => self.heard(a, b, one, text(two)),
            55 => self.timeout(),
            56 => self.checked(id, bit(b, 0).then_some(bit(b, 1))),
            57 => self.origin_took(a),
            58 => self.want_part(id, text(one), b),
            59 => self.upload_budget(a),
            60 => self.origin_came(id, b),
            61 => self.held_segment(text(one), a),
            62 => self.unheld(),
            _ => {}
        }
    }
}

fn yes(yes: bool) -> Option<f64> {
    Some(if yes { 1.0 } else { 0.0 })
}

fn bytes(bytes: &[u8]) -> Option<f64> {
    act(Act::Answer, 0.0, bytes);
    yes(true)
}

/// One of the truths that came as a number.
pub(crate) fn bit(truths: f64, place: u32) -> bool {
    truths as u32 >> place & 1 == 1
}

/// A text, which JavaScript wrote as UTF-8.
#[inline(never)]
pub(crate) fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap_or_default()
}
