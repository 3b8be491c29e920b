//! What the wasm has the browser do, noted in order; `crates/worker/src/acts.rs` says what each is for. Imported by the wasm as `swarmfetch-acts`. Bytes are
//! lent: they are copied here.

import * as exchange from './exchange.js';
import { proved } from './proofs.js';
import { check, headHeard } from './site.js';

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** What answers the call that is being made. @type {Bytes} */
export let answer;

const decoder = new TextDecoder();

/** @param {Bytes} bytes */
const text = (bytes) => decoder.decode(bytes);
/** @param {Bytes} bytes */
const textOrNothing = (bytes) => text(bytes) || undefined;

/** By number, after the answer. @type {((a: number, one: Bytes, two: Bytes, b: number, c: number) => void)[]} */
const ACTS = [
  (want, bytes, _, peers) => exchange.ended(want, () => ({ bytes, source: peers ? 'peers' : 'origin' })),
  (want) => exchange.ended(want, ({ answer }) => answer && { answer }),
  (want) => exchange.ended(want, () => undefined),
  exchange.fetchOrigin,
  exchange.cancelOrigin,
  (_, name, bytes) => void exchange.keep(/** @type {import('./store.js').Name} */ (text(name)), bytes),
  (ticket, name, _, start, end) => void exchange.read(ticket, /** @type {import('./store.js').Name} */ (text(name)), start, end),
  exchange.compress,
  (ticket, stream, _, len) => void exchange.inflate(ticket, stream, len),
  exchange.send,
  exchange.close,
  (link, head, record) => void headHeard(link, head, record),
  (_, url) => exchange.connect(text(url)),
  exchange.disconnect,
  (kind, ids, said, ours) => exchange.say(kind, ids, text(said), ours === 1),
  (link, offer) => exchange.open(link, textOrNothing(offer)),
  (link, sdp) => exchange.tell({ op: 'remote', link, sdp: text(sdp) }),
  (link, candidate) => exchange.tell({ op: 'candidate', link, candidate: candidate.length > 0 ? JSON.stringify({ candidate: text(candidate), sdpMLineIndex: 0 }) : null }),
  check,
  proved,
];

/** @param {number} number @param {number} a @param {Uint8Array} one @param {Uint8Array} two @param {number} b @param {number} c */
export function act(number, a, one, two, b, c) {
  const [first, second] = [one.slice(), two.slice()];
  if (number === 0) answer = first;
  else exchange.todo.push(() => ACTS[number - 1]?.(a, first, second, b, c));
}
