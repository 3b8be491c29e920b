//! What the wasm can be asked and told, with types: `crates/worker/src/door.rs` has the same numbers, in the same order, and `Core` behind it says what each
//! call means. Texts and bytes are lent first; a call has two numbers besides. Truths are bits of the second.

import { call, lend } from 'swarmfetch-wasm';
import { answer } from './acts.js';

/** @typedef {import('./store.js').Name} Name */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * @param {number} number
 * @param {number} [a]
 * @param {number} [b]
 * @param {...(string | Uint8Array)} lent
 */
function ask(number, a = 0, b = 0, ...lent) {
  lent.forEach((it, place) => lend(place, typeof it === 'string' ? encoder.encode(it) : it));
  return call(number, performance.now(), a, b);
}

/** @param {...boolean} truths */
const bits = (...truths) => truths.reduce((sum, truth, place) => sum + (truth ? 1 << place : 0), 0);

/** @param {number | undefined} found */
const text = (found) => (found === undefined ? undefined : decoder.decode(answer));

const NOTHING = new Uint8Array();

/** @param {string} site @param {string} root @param {number} floor @param {Uint8Array} random @param {boolean} canInflate */
export const of = (site, root, floor, random, canInflate) => ask(0, floor, bits(canInflate), site, root, random) === 1;
/** @param {Uint8Array} head @param {Uint8Array} keys @param {Uint8Array} record @param {Uint8Array} policy @param {number} nowSecs */
export const adopt = (head, keys, record, policy, nowSecs) => text(ask(1, nowSecs, 0, head, keys, record, policy));
/** @param {number} version @param {string} hash @param {Uint8Array} bytes */
export const graft = (version, hash, bytes) => ask(2, version, 0, hash, bytes) === 1;
/** @param {number} version @param {string} path @param {string | undefined} query @param {boolean} needs */
export const lookup = (version, path, query, needs) => text(ask(3, version, bits(needs, query !== undefined), path, query ?? ''));
/** @param {Uint8Array} head @param {Uint8Array} record @param {number} nowSecs */
export const news = (head, record, nowSecs) => ask(4, nowSecs, 0, head, record);
/** @param {Name} name @param {Uint8Array} bytes */
export const isWhole = (name, bytes) => ask(5, 0, 0, name, bytes) === 1;
/** @param {Name} name @param {number} at @param {Uint8Array} bytes @param {Uint8Array} outboard */
export const isPart = (name, at, bytes, outboard) => ask(6, at, 0, name, bytes, outboard) === 1;
/** @param {Uint8Array} bytes */
export const outboard = (bytes) => (ask(7, 0, 0, bytes), answer);
/** @param {number} want @param {Name} name @param {Uint8Array} bytes */
export const originGave = (want, name, bytes) => ask(8, want, 0, name, bytes) === 1;
/** @param {number} ticket @param {Name} name @param {number} at @param {Uint8Array} bytes @param {Uint8Array} outboard */
export const storeGave = (ticket, name, at, bytes, outboard) => ask(9, ticket, at, name, bytes, outboard) === 1;
/** @param {Uint8Array} peer */
export const rename = (peer) => ask(10, 0, 0, peer) === 1;
export const peer = () => (ask(11), answer);
export const next = () => ask(12);
export const peers = () => ask(13);
export const sums = () => [0, 1, 2].map((which) => ask(14, which) ?? 0);
/** What the origin takes for a short answer, in ms, once that is known. */
export const originMs = () => ask(15);
/** What is left of the upload budget, in bytes. */
export const uploadLeft = () => ask(16);
/** @param {number} want @param {Name} name @param {number} at @param {Uint8Array} bytes @param {Uint8Array} outboard */
export const originGavePart = (want, name, at, bytes, outboard) => ask(17, want, at, name, bytes, outboard) === 1;

/** The nodes that are needed first to know all of these URLs, a line each. @param {number} version @param {string} urls a line each @param {boolean} needs and of what those need */
export const missing = (version, urls, needs) => text(ask(18, version, bits(needs), urls)) ?? '';
/** @param {number} version */
export const known = (version) => (ask(19, version) === undefined ? undefined : /** @type {Uint8Array<ArrayBuffer>} */ (answer));

/** For how long the answers are worth waiting for, in ms; nothing: nobody was asked. @param {number} version @param {string} urls a line each @param {boolean} needs and what those need @param {boolean} urgent */
export const prove = (version, urls, needs, urgent) => ask(20, version, bits(needs, urgent), urls);

/** @param {number} version */
export const forget = (version) => void ask(32, version);
/** @param {Uint8Array} head @param {Uint8Array} record */
export const announce = (head, record) => void ask(33, 0, 0, head, record);
/** @param {number} want @param {Name} name @param {boolean} compressible @param {boolean} urgent @param {boolean} savings */
export const want = (want, name, compressible, urgent, savings) => void ask(34, want, bits(compressible, urgent, savings), name);
/** @param {number} want */
export const unwant = (want) => void ask(35, want);
/** @param {number} want @param {boolean} failed */
export const originOther = (want, failed) => void ask(36, want, bits(failed));
/** @param {string} names */
export const held = (names) => void ask(37, 0, 0, names);
/** @param {string} names */
export const dropped = (names) => void ask(38, 0, 0, names);
/** @param {number} ticket @param {Uint8Array | undefined} bytes */
export const compressed = (ticket, bytes) => void ask(39, ticket, bits(bytes !== undefined), bytes ?? NOTHING);
/** @param {number} ticket @param {Uint8Array | undefined} bytes @param {boolean} unable */
export const inflated = (ticket, bytes, unable) => void ask(40, ticket, bits(bytes !== undefined, unable), bytes ?? NOTHING);
/** @param {boolean} mayUpload */
export const visitor = (mayUpload) => void ask(41, 0, bits(mayUpload));
/** @param {number} ms @param {boolean} outlived */
export const expect = (ms, outlived) => void ask(42, ms, bits(outlived));
/** @param {string} trackers */
export const join = (trackers) => void ask(43, 0, 0, trackers);
export const hostGone = () => void ask(44);
export const stop = () => void ask(45);
/** @param {number} link @param {number} max */
export const linkOpened = (link, max) => void ask(46, link, max);
/** @param {number} link */
export const linkClosed = (link) => void ask(47, link);
/** @param {number} link */
export const linkLied = (link) => void ask(48, link);
/** @param {number} link @param {Uint8Array} frame */
export const frame = (link, frame) => void ask(49, link, 0, frame);
/** @param {number} link @param {number} bytes */
export const drained = (link, bytes) => void ask(50, link, bytes);
/** @param {number} link @param {boolean} offer @param {string} sdp */
export const local = (link, offer, sdp) => void ask(51, link, bits(offer), sdp);
/** @param {number} link @param {string} candidate */
export const candidate = (link, candidate) => void ask(52, link, 0, candidate);
/** @param {boolean} open */
export const socket = (open) => void ask(53, 0, bits(open));
/** @param {import('./tracker.js').Heard} heard */
export const heard = ({ kind, ours, directed, interval, ids, text }) => void ask(54, kind + 8 * bits(ours, directed), interval, ids, text);
export const timeout = () => void ask(55);
/** @param {number} number @param {boolean | undefined} good */
export const checked = (number, good) => void ask(56, number, bits(good !== undefined, good === true));
/** @param {number} ms */
export const originTook = (ms) => void ask(57, ms);
/** @param {number} want @param {Name} name @param {number} first group @param {number} count of groups, at most 64 @param {boolean} compressible @param {boolean} savings */
export const wantPart = (want, name, first, count, compressible, savings) => void ask(58, want, (first * 64 + count - 1) * 4 + bits(compressible, savings), name);
/** @param {number} bytes */
export const uploadBudget = (bytes) => void ask(59, bytes);
/** @param {number} want @param {number} bytes more of the body */
export const originCame = (want, bytes) => void ask(60, want, bytes);
/** @param {Name} name @param {number} n which segment */
export const heldSegment = (name, n) => void ask(61, n, 0, name);
export const unheld = () => void ask(62);
