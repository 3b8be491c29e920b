//! What the wasm has the browser do, noted in order; `crates/worker/src/acts.rs` says what each is for. Imported by the wasm as `swarmfetch-acts`. Bytes are
//! lent: they are copied here.

import * as exchange from './exchange.js';
import { headHeard as heard } from './site.js';

const { todo } = exchange;

export const now = () => performance.now();

/** @param {number} want @param {Uint8Array} bytes @param {boolean} peers */
export function deliver(want, bytes, peers) {
  const whole = copy(bytes);
  todo.push(() => exchange.ended(want, () => ({ bytes: whole, source: peers ? 'peers' : 'origin' })));
}

/** @param {number} want */
export const deliverOrigin = (want) => void todo.push(() => exchange.ended(want, ({ answer }) => answer && { answer }));

/** @param {number} want */
export const deliverNothing = (want) => void todo.push(() => exchange.ended(want, () => undefined));

/** @param {number} want */
export const fetchOrigin = (want) => void todo.push(() => exchange.fetchOrigin(want));

/** @param {number} want */
export const cancelOrigin = (want) => void todo.push(() => exchange.cancelOrigin(want));

/** @param {string} name @param {Uint8Array} bytes */
export function keep(name, bytes) {
  const whole = copy(bytes);
  todo.push(() => void exchange.keep(name, whole));
}

/** @param {number} ticket @param {string} name @param {number} start @param {number} end */
export const read = (ticket, name, start, end) => void todo.push(() => void exchange.read(ticket, name, start, end));

/** @param {number} ticket @param {Uint8Array} bytes */
export function compress(ticket, bytes) {
  const raw = copy(bytes);
  todo.push(() => void exchange.compress(ticket, raw));
}

/** @param {number} ticket @param {Uint8Array} bytes @param {number} len */
export function inflate(ticket, bytes, len) {
  const stream = copy(bytes);
  todo.push(() => void exchange.inflate(ticket, stream, len));
}

/** @param {number} link @param {Uint8Array} bytes */
export function send(link, bytes) {
  const frame = copy(bytes);
  todo.push(() => exchange.send(link, frame));
}

/** @param {number} link */
export const close = (link) => void todo.push(() => exchange.close(link));

/** @param {number} link @param {Uint8Array} head @param {Uint8Array} record */
export function headHeard(link, head, record) {
  const [copied, its] = [copy(head), copy(record)];
  todo.push(() => heard(link, copied, its));
}

/** @param {string} url */
export const connect = (url) => void todo.push(() => exchange.connect(url));

export const disconnect = () => void todo.push(exchange.disconnect);

/** @param {string} text */
export const say = (text) => void todo.push(() => exchange.say(text));

/** @param {number} link @param {string | undefined} sdp */
export const open = (link, sdp) => void todo.push(() => exchange.open(link, sdp));

/** @param {number} link @param {string} sdp */
export const remote = (link, sdp) => void todo.push(() => exchange.tell({ op: 'remote', link, sdp }));

/** @param {number} link @param {string | undefined} text */
export const candidate = (link, text) => void todo.push(() => exchange.tell({ op: 'candidate', link, candidate: text ?? null }));

/** @param {Uint8Array} bytes */
const copy = (bytes) => bytes.slice();
