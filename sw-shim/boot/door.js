//! What the wasm can be asked and told, with types: `crates/worker/src/door.rs` has the same numbers, in the same order, and `Core` behind it says what each
//! call means. Texts and bytes are lent first; a call has two numbers besides, and truths are bits of the second: each finds its place by what it is.

import { call, lend } from 'swarmfetch-wasm';
import { answer } from './acts.js';
import { enter } from './core.js';

/** @typedef {import('./store.js').Name} Name */
/** @typedef {number | boolean | string | Uint8Array} What */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The call itself.
 * @param {number} number
 * @param {...What} what
 */
function ask(number, ...what) {
  const numbers = [0, 0];
  // How many there are so far.
  let [ofNumbers, ofTruths, lent] = [0, 0, 0];
  for (const it of what) {
    if (typeof it === 'number') numbers[ofNumbers++] += it;
    else if (typeof it === 'boolean') numbers[1] += Number(it) << ofTruths++;
    else lend(lent++, typeof it === 'string' ? encoder.encode(it) : it);
  }
  return call(number, performance.now(), numbers[0], numbers[1]);
}

/** @param {number} number @returns {(...what: What[]) => number | undefined} */
const asked = (number) => (...what) => enter(() => ask(number, ...what));

/** @param {number} number @returns {(...what: What[]) => boolean} */
const agreed = (number) => (...what) => asked(number)(...what) === 1;

/** @param {number} number @returns {(...what: What[]) => void} */
const told = asked;

/** @param {number} number @returns {(...what: What[]) => Uint8Array<ArrayBuffer> | undefined} */
const given = (number) => (...what) => enter(() => (ask(number, ...what) === undefined ? undefined : answer));

/** @param {number} number @returns {(...what: What[]) => string | undefined} */
const said = (number) => (...what) => enter(() => (ask(number, ...what) === undefined ? undefined : decoder.decode(answer)));

/** Makes it: within what `enter` starts. @param {string} site @param {string} root @param {number} floor @param {Uint8Array} random @param {boolean} canInflate */
export const of = (site, root, floor, random, canInflate) => ask(0, floor, canInflate, site, root, random) === 1;
/** @type {(head: Uint8Array, keys: Uint8Array, record: Uint8Array, policy: Uint8Array, nowSecs: number) => string | undefined} */
export const adopt = said(1);
/** @type {(version: number, hash: string, bytes: Uint8Array) => boolean} */
export const graft = agreed(2);
/** @param {number} version @param {string} path @param {string | undefined} query @param {boolean} needs */
export const lookup = (version, path, query, needs) => said(3)(version, path, query ?? '', needs, query !== undefined);
/** @type {(head: Uint8Array, record: Uint8Array, nowSecs: number) => number | undefined} */
export const news = asked(4);
/** @type {(name: Name, bytes: Uint8Array) => boolean} */
export const isWhole = agreed(5);
/** @type {(name: Name, at: number, bytes: Uint8Array, outboard: Uint8Array) => boolean} */
export const isPart = agreed(6);
/** @type {(bytes: Uint8Array) => Uint8Array<ArrayBuffer> | undefined} */
export const outboard = given(7);
/** @type {(want: number, name: Name, bytes: Uint8Array) => boolean} */
export const originGave = agreed(8);
/** 1: yes; 0: no; undefined: it could not be asked. @type {(ticket: number, name: Name, at: number, bytes: Uint8Array, outboard: Uint8Array) => number | undefined} */
export const storeGave = asked(9);
/** @type {(peer: Uint8Array) => boolean} */
export const rename = agreed(10);
/** @type {() => Uint8Array<ArrayBuffer> | undefined} */
export const peer = given(11);
/** After whatever was called: not entered by itself. */
export const next = () => ask(12);
/** @type {() => number | undefined} */
export const peers = asked(13);
/** @type {(which: number) => number | undefined} */
export const sum = asked(14);
/** What the origin takes for a short answer, in ms, once that is known. @type {() => number | undefined} */
export const originMs = asked(15);
/** What is left of the upload budget, in bytes. @type {() => number | undefined} */
export const uploadLeft = asked(16);
/** @type {(want: number, name: Name, at: number, bytes: Uint8Array, outboard: Uint8Array) => boolean} */
export const originGavePart = agreed(17);

/** The nodes that are needed first to know all of these URLs, a line each. @type {(version: number, urls: string, needs: boolean) => string | undefined} urls a line each; needs: and of what those need */
export const missing = said(18);
/** @type {(version: number) => Uint8Array<ArrayBuffer> | undefined} */
export const known = given(19);
/** For how long the answers are worth waiting for, in ms; nothing: nobody was asked. @type {(version: number, urls: string, needs: boolean, urgent: boolean) => number | undefined} urls a line each; needs: and what those need */
export const prove = asked(20);

/** The content that a patch, unpacked, makes of an earlier one; nothing where something else comes out. @type {(name: Name, old: Uint8Array, patch: Uint8Array) => Uint8Array<ArrayBuffer> | undefined} */
export const patched = given(21);

/** @type {(version: number) => void} */
export const forget = told(32);
/** @type {(head: Uint8Array, record: Uint8Array) => void} */
export const announce = told(33);
/** Whether it began. @param {number} want @param {Name} name @param {boolean} compressible @param {boolean} urgent @param {boolean} savings */
export const want = (want, name, compressible, urgent, savings) => enter(() => (ask(34, want, name, compressible, urgent, savings), true));
/** @type {(want: number) => void} */
export const unwant = told(35);
/** @type {(want: number, failed: boolean) => void} */
export const originOther = told(36);
/** @type {(names: string) => void} */
export const held = told(37);
/** @type {(names: string) => void} */
export const dropped = told(38);
/** @param {number} ticket @param {Uint8Array | undefined} bytes */
export const compressed = (ticket, bytes) => told(39)(ticket, bytes !== undefined, bytes ?? '');
/** @param {number} ticket @param {Uint8Array | undefined} bytes @param {boolean} unable */
export const inflated = (ticket, bytes, unable) => told(40)(ticket, bytes !== undefined, unable, bytes ?? '');
/** @type {(mayUpload: boolean) => void} */
export const visitor = told(41);
/** @type {(ms: number, outlived: boolean) => void} */
export const expect = told(42);
/** @type {(trackers: string) => void} */
export const join = told(43);
/** @type {() => void} */
export const hostGone = told(44);
/** @type {() => void} */
export const stop = told(45);
/** @type {(link: number, max: number) => void} */
export const linkOpened = told(46);
/** @type {(link: number) => void} */
export const linkClosed = told(47);
/** @type {(link: number) => void} */
export const linkLied = told(48);
/** @type {(link: number, frame: Uint8Array) => void} */
export const frame = told(49);
/** @type {(link: number, bytes: number) => void} */
export const drained = told(50);
/** @type {(link: number, offer: boolean, sdp: string) => void} */
export const local = told(51);
/** @type {(link: number, candidate: string) => void} */
export const candidate = told(52);
/** @type {(open: boolean) => void} */
export const socket = told(53);
/** @param {import('./tracker.js').Heard} heard */
export const heard = ({ kind, ours, directed, interval, ids, text }) => told(54)(kind + 8 * Number(ours) + 16 * Number(!!directed), interval, ids, text);
/** @type {() => void} */
export const timeout = told(55);
/** @param {number} number @param {boolean | undefined} good */
export const checked = (number, good) => told(56)(number, good !== undefined, good === true);
/** @type {(ms: number) => void} */
export const originTook = told(57);
/** Whether it began. @param {number} want @param {Name} name @param {number} first group @param {number} count of groups, at most 64 @param {boolean} compressible @param {boolean} savings */
export const wantPart = (want, name, first, count, compressible, savings) => enter(() => (ask(58, want, name, (first * 64 + count - 1) * 4, compressible, savings), true));
/** @type {(bytes: number) => void} */
export const uploadBudget = told(59);
/** More of a body. @type {(want: number, bytes: number) => void} */
export const originCame = told(60);
/** @type {(name: Name, segment: number) => void} */
export const heldSegment = told(61);
/** @type {() => void} */
export const unheld = told(62);
