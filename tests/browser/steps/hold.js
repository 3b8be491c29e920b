//! Holds a transfer at a chosen step, in the worker that receives or in the page that sends. Each function is evaluated there, so it has to stand alone; it changes what
//! the browser offers, not what we wrote.

/** Steps of a transfer as the receiving worker's calls into the browser show them. Each is said so that "when ..." reads on. */
export const RECEIVER = /** @type {const} */ ({
  event: 'the request has reached the worker',
  ask: 'a peer is to be asked',
  answer: 'the answer is to be given to the page',
  write: 'the first bytes are to be stored',
  seal: 'all is stored but what completes it',
});

/** Steps as the sending page sees them. */
export const SENDER = /** @type {const} */ ({
  slice: 'the peer was asked and has said nothing',
  first: 'the peer has sent the proof, and no bytes',
  second: 'the peer has sent the first bytes',
  last: 'the peer has sent all but the last bytes',
});

/**
 * In the worker: holds the transfer of one URL at this step. `held.reached` is a promise, `held.release()` lets it go on.
 * @param {{ step: keyof typeof RECEIVER, path: string, length: number }} what
 */
export function holdInWorker({ step, path, length }) {
  const { promise: reached, resolve: reach } = Promise.withResolvers();
  const { promise: released, resolve: release } = Promise.withResolvers();
  /** @type {any} */ (globalThis).held = { reached, release };
  const stay = () => {
    reach(undefined);
    return released;
  };
  const { respondWith } = FetchEvent.prototype;
  FetchEvent.prototype.respondWith = function (/** @type {Promise<Response>} */ answer) {
    const its = new URL(this.request.url).pathname === path;
    const held = async () => {
      if (step === 'event') await stay();
      const response = await answer;
      if (step === 'answer') await stay();
      return response;
    };
    respondWith.call(this, its ? held() : answer);
  };
  const { postMessage } = MessagePort.prototype;
  MessagePort.prototype.postMessage = /** @type {any} */ (function (/** @type {any} */ message, /** @type {any} */ transfer) {
    // A request frame: crates/wire/src/frame.rs.
    const asks = message?.op === 'frames' && message.data.some((/** @type {ArrayBuffer} */ frame) => new Uint8Array(frame)[0] === 0x10);
    if (step === 'ask' && asks) void stay().then(() => postMessage.call(this, message, transfer));
    else postMessage.call(this, message, transfer);
  });
  const { put } = Cache.prototype;
  Cache.prototype.put = async function (/** @type {string} */ key, response) {
    if (step === 'write' && key.endsWith(`/${length}/0`)) await stay();
    if (step === 'seal' && key.endsWith(`/${length}/outboard`)) await stay();
    return put.call(this, key, response);
  };
}

/**
 * In the page, before its scripts: `window.hold(step)` holds what the page sends from this step of the next answer on; it gives a promise that is kept when the step is
 * reached. `window.release()` lets everything go.
 */
export function holdInPage() {
  const scope = /** @type {any} */ (window);
  const { send } = RTCDataChannel.prototype;
  /** @type {{ step: keyof typeof SENDER, reach: (value?: unknown) => void, waiting: (() => void)[] } | undefined} */ let held;
  let left = 0;
  scope.hold = (/** @type {keyof typeof SENDER} */ step) => new Promise((reach) => (held = { step, reach, waiting: [] }));
  scope.release = () => {
    const waiting = held?.waiting ?? [];
    held = undefined;
    for (const go of waiting) go();
  };
  /** Reads so many numbers after the kind. @param {Uint8Array} frame @param {number} count */
  const numbers = (frame, count) => {
    const all = [];
    for (let at = 1; all.length < count; ) {
      let value = 0;
      for (let scale = 1, more = true; more; scale *= 128) {
        const byte = /** @type {number} */ (frame[at++]);
        value += (byte & 0x7f) * scale;
        more = byte >= 0x80;
      }
      all.push(value);
    }
    return all;
  };
  RTCDataChannel.prototype.send = /** @type {any} */ (function (/** @type {ArrayBuffer} */ message) {
    const go = () => void (this.readyState === 'open' && send.call(this, message));
    if (!held) return go();
    if (held.waiting.length > 0) return void held.waiting.push(go);
    const frame = new Uint8Array(message);
    let now = false;
    if (frame[0] === 0x11) {
      // A slice: what it is, and how many bytes follow.
      left = Number(numbers(frame, 5)[4]);
      now = held.step === 'slice';
      scope.total = left;
    } else if (frame[0] === 0x12) {
      const length = Number(numbers(frame, 2)[1]);
      now = held.step === 'first' || (held.step === 'second' && left < scope.total) || (held.step === 'last' && left === length);
      left -= length;
    }
    if (!now) return go();
    held.waiting.push(go);
    held.reach();
  });
}
