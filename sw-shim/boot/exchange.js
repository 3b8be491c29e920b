//! The exchange with peers, as far as it waits for the browser: which page holds which link, the tracker's socket, who waits for which want. What is sent
//! to whom, and when the origin is asked, the wasm decides.

import * as core from './door.js';
import { askOrigin, askSource } from './origin.js';
import { closeSocket, deflate, inflate as inflated, openSocket, savesData, sendText, wallSecs } from './platform.js';
import { post } from './pages.js';
import { edition, forget, hint, state } from './site.js';
import * as store from './store.js';
import * as tracker from './tracker.js';
import { inTurn } from './turns.js';

/** @typedef {import('./store.js').Name} Name */

/**
 * What a want is for.
 * @typedef {object} Wanted
 * @property {Name} name the object
 * @property {boolean} text it compresses
 * @property {boolean} urgent somebody waits for it
 * @property {boolean} [savings] the owner would rather have the visitor wait than give it himself
 * @property {Request} [request] the page's, for the origin; without it peers alone are asked
 * @property {number} version of the page that asks
 * @property {string} [outboard] the hash of the object's outboard
 * @property {Source | undefined} [source] how the origin is asked for the part, in place of the request
 * @property {Adopt | undefined} [adopt] what takes the answer to the request, if that is long, in place of the page; from then on the source is asked
 * @property {() => void} [passing] called as soon as the origin's own answer is passed on, before anything else is asked of it
 * @property {{ first: number, count: number } | undefined} [part] only these groups of it, at most 64; the request is for as much, or for all
 */

/**
 * Has the origin asked for what a want is for, and hands it to the wasm.
 * @typedef {(number: number, came: (bytes: number) => void, signal: AbortSignal) => Promise<'proved' | 'failed' | undefined>} Source
 */
/** See `stream.js`. @typedef {(number: number, answer: Response, body: ReadableStream<Uint8Array<ArrayBuffer>>, came: (bytes: number) => void, signal: AbortSignal) => Promise<ReadableStream<Uint8Array<ArrayBuffer>> | undefined>} Adopt */

/** How a want ends: verified bytes, the origin's own answer, or nothing: go to the origin as if there were no swarm. */
/** @typedef {{ bytes: Uint8Array<ArrayBuffer>, source: 'peers' | 'origin' } | { answer: Response } | undefined} Outcome */

/** stop: ends the asking of the origin that is under way @typedef {Wanted & { done: (outcome: Outcome) => void, isLate: () => void, answer?: Response, stop?: (() => void) | undefined }} Pending */

const DAY_SECS = 86_400;
/** How long pages may take to greet a worker that has just started, or that gave them their document, in ms. */
const HELLO_MS = 1_500;

/** What the wasm has noted. @type {(() => void)[]} */
export const todo = [];

/** @type {Map<number, Pending>} */
const wants = new Map();
let lastWant = 0;
/** The page that holds each link. @type {Map<number, number>} */
const links = new Map();
/** Frames for pages at the end of this turn. @type {Map<number, Uint8Array<ArrayBuffer>[]>} */
const outbox = new Map();
/** The page that dials. @type {number | undefined} */
let host;
/** The hello of a page that may hold links from before this worker is awaited. */
let greeting = true;
/** @type {WebSocket | undefined} */
let socket;
/** How many the tracker has counted. */
let visitors = 0;
/** The one timer, and its moment. @type {{ at: number, id: number } | undefined} */
let timer;

export const openLinks = () => links.size;

/** Is there a page that dials? */
export const isHosted = () => host !== undefined;

/** How many visitors there are, as far as is known. */
export const visitorsThere = () => visitors;

/** @param {number} number */
export const isOpen = (number) => wants.has(number);

// ---- wants

/**
 * @param {Wanted} wanted
 * @returns {{ number: number, outcome: Promise<Outcome>, late: Promise<void>, nobody: boolean }} late: the machine would have the origin asked, which a want without a
 * request cannot; nobody: at once, for no link holds it
 */
export function want(wanted) {
  const number = ++lastWant;
  let nobody = false;
  let isLate = () => {};
  const late = new Promise((/** @type {(_: void) => void} */ resolve) => {
    isLate = () => {
      nobody = true;
      resolve();
    };
  });
  const outcome = new Promise((/** @type {(outcome: Outcome) => void} */ done) => wants.set(number, { ...wanted, done, isLate }));
  const { name, text, urgent, savings = false, part } = wanted;
  const begun = part ? core.wantPart(number, name, part.first, part.count, text, savings) : core.want(number, name, text, urgent, savings);
  // The wasm cannot run: nobody else ends it.
  if (!begun) ended(number, () => undefined);
  return { number, outcome, late, nobody };
}

/** Nobody waits for it any more. @param {number} number */
export function unwant(number) {
  const wanted = wants.get(number);
  if (!wants.delete(number)) return;
  wanted?.stop?.();
  core.unwant(number);
}

/** @param {number} number @param {(pending: Pending) => Outcome} outcome */
export function ended(number, outcome) {
  const pending = wants.get(number);
  wants.delete(number);
  const end = pending && outcome(pending);
  if (end && 'answer' in end) pending.passing?.();
  else pending?.stop?.();
  pending?.done(end);
}

/** The wasm is gone, and all that it knew: what waits for it goes to the origin, and pages will greet the next one. */
export function reset() {
  todo.length = 0;
  outbox.clear();
  links.clear();
  host = undefined;
  greeting = true;
  disconnect();
  tracker.forget();
  forget();
  for (const number of [...wants.keys()]) ended(number, () => undefined);
}

/** @param {number} number */
export function fetchOrigin(number) {
  const wanted = wants.get(number);
  wanted?.isLate();
  const request = wanted?.request;
  // It goes on although it was withdrawn.
  if (wanted?.stop) return;
  if (wanted?.source && !wanted.adopt) return void askSource(number, wanted, wanted.source);
  // Peers only: for the machine the origin is out of reach.
  if (wanted === undefined || request === undefined) return void core.originOther(number, true);
  // Nobody could help.
  if (openLinks() === 0) return void askOrigin(number, wanted, request);
  let withdrawn = false;
  wanted.stop = () => {
    withdrawn = true;
    wanted.stop = undefined;
  };
  void inTurn(request, () => (withdrawn ? undefined : askOrigin(number, wanted, request)));
}

/** @param {number} number */
export function cancelOrigin(number) {
  // A want that has ended is not there any more: what asks for it finds that out.
  wants.get(number)?.stop?.();
}

// ---- the store

/** Writes an object that was verified. @param {Name} name @param {Uint8Array<ArrayBuffer>} bytes */
export async function keep(name, bytes) {
  if (!store.holds(name) && (await store.write(name, bytes))) await kept(name);
}

/** It is in the store: announces it, and makes room. @param {Name} name */
async function kept(name) {
  core.held(name);
  await makeRoom();
}

async function makeRoom() {
  const budget = edition()?.cacheBytes;
  const surplus = budget === undefined ? [] : store.surplus(budget);
  if (surplus.length === 0) return;
  core.dropped(surplus.join('\n'));
  for (const old of surplus) await store.remove(old);
}

/**
 * Writes a segment of longer content, that was verified, and announces it. Where the store has no room for it, nothing of the content stays.
 * @param {Name} name @param {number} n @param {Uint8Array<ArrayBuffer>} bytes @param {Uint8Array<ArrayBuffer>} outboard
 * @returns {Promise<boolean>} it is held
 */
export async function keepSegment(name, n, bytes, outboard) {
  if (store.holds(name)) return true;
  const held = await store.writeSegment(name, n, bytes, outboard);
  if (held === 'whole') await kept(name);
  else if (held === undefined) await store.remove(name);
  else {
    core.heldSegment(name, n);
    await makeRoom();
  }
  if (held === undefined) core.dropped(name);
  return held !== undefined;
}

/** Reads for a peer. @param {number} ticket @param {Name} name @param {number} start @param {number} end */
export async function read(ticket, name, start, end) {
  const { at, bytes, outboard } = (await store.raw(name, start, end)) ?? { at: 0, bytes: store.NOTHING, outboard: store.NOTHING };
  if (core.storeGave(ticket, name, at, bytes, outboard) === 0) await store.remove(name);
}

/** @param {number} ticket @param {Uint8Array<ArrayBuffer>} raw */
export async function compress(ticket, raw) {
  const bytes = await deflate(raw);
  core.compressed(ticket, bytes);
}

/** @param {number} ticket @param {Uint8Array<ArrayBuffer>} stream @param {number} len */
export async function inflate(ticket, stream, len) {
  const bytes = await inflated(stream, len);
  core.inflated(ticket, bytes?.length === len ? bytes : undefined, bytes === undefined);
}

// ---- pages and their links

/** Pages may say hello soon. @param {boolean} outlived whether their links may be older than this worker: then it is worth waiting for them */
export const expectHello = (outlived) => void core.expect(HELLO_MS, outlived);

/** A page that is to come was given its document. Where the origin fails it, others may still help, once it has said hello. */
export function pageComes() {
  if (host === undefined && links.size === 0) expectHello(false);
}

/** Nothing that outlived an earlier worker is awaited any more; what is being dialled since is another matter. */
export function expectNone() {
  if (greeting) core.expect(0, false);
  greeting = false;
}

/**
 * A page said hello: it may be able to dial, and may hold links that outlived an earlier worker.
 * @param {number} page @param {boolean} dials @param {number[]} open
 */
export function greeted(page, dials, open) {
  for (const [link, owner] of links) if (owner === page && !open.includes(link)) closed(link);
  if (host !== undefined && dials !== (host === page)) hostGone(dials ? host : page);
  if (!dials) return;
  host = page;
  // In this order: who waits for a link that may have outlived the last worker then waits for the next.
  if (!join() && open.length === 0) expectNone();
  greeting &&= open.length > 0;
}

/** The page that dialled is gone, if it was this one. @param {number} page */
function hostGone(page) {
  if (host !== page) return;
  host = undefined;
  core.hostGone();
}

/**
 * Joins the swarm, once there are a host, a version, and the visitor's leave; leaves it when the visitor says so.
 * @returns {boolean} whether others are sought from now on
 */
export function join() {
  const mayLink = !state.off && !state.optedOut && !state.paused;
  const known = mayLink ? edition() : undefined;
  if (!mayLink) leave();
  if (!known) return false;
  // Each day anew, by the visitor's clock.
  const day = Math.floor(wallSecs() / DAY_SECS);
  if (state.day !== day) {
    state.day = day;
    core.uploadBudget(known.uploadBytes);
  }
  core.visitor(!savesData());
  if (host === undefined) return false;
  core.join(known.trackers.join('\n'));
  return known.trackers.length > 0;
}

function leave() {
  for (const link of [...links.keys()]) {
    close(link);
    core.linkClosed(link);
  }
  core.stop();
}

/** A page is gone, and its links with it. @param {number} page */
export function gone(page) {
  for (const [link, owner] of links) if (owner === page) closed(link);
  hostGone(page);
}

/** A page's link can carry frames. @param {number} page @param {number} link @param {number} max */
export function opened(page, link, max) {
  const known = links.has(link);
  links.set(link, page);
  if (!known) core.linkOpened(link, Math.min(max, 0xffffffff));
}

/** @param {number} link */
export function closed(link) {
  links.delete(link);
  core.linkClosed(link);
}

/** A link of this page lost frames: of no more use to the machine that had begun it. @param {number} page @param {number} link */
export function broken(page, link) {
  if (!links.has(link)) return;
  post(page, { op: 'close', link });
  closed(link);
}

/** @param {number} link */
export function close(link) {
  const page = links.get(link) ?? host;
  links.delete(link);
  if (page !== undefined) post(page, { op: 'close', link });
}

/** To the page that dials. @param {import('../protocol.js').FromWorker} message */
export function tell(message) {
  if (host !== undefined) post(host, message);
}

/** @param {number} link @param {string | undefined} sdp */
export function open(link, sdp) {
  const urls = edition()?.ice ?? [];
  const ice = urls.length > 0 ? [{ urls }] : [];
  if (host === undefined) core.linkClosed(link);
  else tell(sdp === undefined ? { op: 'open', link, role: 'offer', ice } : { op: 'open', link, role: 'answer', sdp, ice });
}

/** @param {number} link @param {Uint8Array<ArrayBuffer>} frame */
export function send(link, frame) {
  const frames = outbox.get(link);
  if (frames) frames.push(frame);
  else outbox.set(link, [frame]);
}

/** Hands frames to the pages. */
export function flush() {
  for (const [link, frames] of outbox) {
    const page = links.get(link);
    const data = frames.map((frame) => frame.buffer);
    if (page !== undefined) post(page, { op: 'frames', link, data }, data);
  }
  outbox.clear();
}

// ---- the tracker, and time

/** @param {string} url */
export function connect(url) {
  disconnect();
  socket = openSocket(url, (what) => {
    if (typeof what !== 'string') return core.socket(what);
    const heard = tracker.read(what);
    if (!heard) return;
    const others = Number(heard.text);
    if (heard.version) return void hint(heard.version, others);
    if (others > 0) visitors = others;
    core.heard(heard);
  });
}

export function disconnect() {
  closeSocket(socket);
  socket = undefined;
}

/** Says it to the tracker. @param {number} kind @param {Uint8Array} ids @param {string} text @param {boolean} ours */
export function say(kind, ids, text, ours) {
  const said = tracker.write(kind, ids, text, ours, edition()?.version);
  if (said !== undefined) sendText(socket, said);
}

/** Tells the tracker of a version that has just become known: others hear of it from there. @param {number} version */
export function sayVersion(version) {
  const said = tracker.again(version);
  if (said !== undefined) sendText(socket, said);
}

/** Sets the one timer to what the wasm asks for. @param {number | undefined} at in ms of `performance.now` */
export function sleep(at) {
  if (timer?.at === at) return;
  clearTimeout(timer?.id);
  timer = undefined;
  if (at === undefined) return;
  const wake = () => {
    timer = undefined;
    core.timeout();
  };
  timer = { at, id: setTimeout(wake, Math.max(at - performance.now(), 0) + 1) };
}
