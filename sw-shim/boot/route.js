//! One fetch, from the event to the response. `undefined` everywhere means: pass it through as it was.

import { recognise } from './adopt.js';
import { askEarly, leave } from './early.js';
import * as core from './door.js';
import { keep, openLinks, pageComes, want } from './exchange.js';
import { mayBeShared } from './origin.js';
import { takeAhead, wantNeeds } from './needs.js';
import { isPage, within } from './platform.js';
import { groupsOf, playedPart, wantRest } from './parts.js';
import { patched } from './patches.js';
import { isPlayers, mayMake } from './players.js';
import { header, partOf, respond, unsatisfiable } from './respond.js';
import { address, count, edition, freshen, knowNeeds, known, load, lookup, pin, refresh, save, saveSoon, staleInSecs, state } from './site.js';
import * as store from './store.js';
import { flows, streamHeld, streamed } from './stream.js';

/** Pages of which it is found out what version they are. @type {Map<string, Promise<void>>} */
const deciding = new Map();

/** @param {string} client @param {Promise<void>} settled */
function decide(client, settled) {
  deciding.set(
    client,
    settled.catch(() => {}).finally(() => deciding.delete(client)),
  );
}

/** How long a navigation waits for its pin to be written, in ms; its document comes meanwhile. The worker may be stopped before the new page asks for anything. */
const PIN_MS = 200;

/**
 * The event as the shim saw it.
 * @typedef {object} Ask
 * @property {Request} request
 * @property {string} path
 * @property {string | undefined} query
 * @property {boolean} navigation
 * @property {string} client
 * @property {string} resulting the client that a navigation makes
 * @property {boolean} fresh the client's navigation went past this worker
 */

/** Is it already known that this URL is not labelled for this client? @param {string} client @param {string} path @param {string | undefined} query */
export function absent(client, path, query) {
  if (state.off) return true;
  const to = state.pins.get(client);
  if (to === null) return true;
  const used = edition(to);
  return used !== undefined && known(used.version, path, query) === null;
}

/** Answers a nominated request. @param {Ask} ask @returns {Promise<Response | undefined>} */
export async function route(ask) {
  const response = await answer(ask);
  if (response === undefined) {
    state.requests.passed += 1;
    if (ask.navigation) pin(ask.resulting, null);
  } else if (ask.navigation) {
    pageComes();
  }
  if (response) leave(ask.request);
  saveSoon();
  return response;
}

/** @param {Ask} ask @returns {Promise<Response | undefined>} */
async function answer(ask) {
  if (!(await load())) {
    // Nothing to answer from yet: for the next request.
    if (staleInSecs() === 0) void refresh();
    return undefined;
  }
  const used = await editionFor(ask);
  /** @type {(whole: import('./early.js').Whole) => void} */
  let told = () => {};
  const come = new Promise((/** @type {typeof told} */ resolve) => (told = resolve));
  const looked = used && lookup(used, ask.path, ask.query, ask.navigation, () => askEarly(ask.request, told));
  const first = looked && (await (ask.navigation ? Promise.race([looked, come]) : looked));
  if (used && looked && first && 'answer' in first) return passOn(ask, used, first, looked);
  const label = /** @type {import('./site.js').Label | null | undefined} */ (first);
  // What plays on from the network stays with it.
  if (!used || !label || !mayMake(ask.client, ask.request)) return undefined;
  const { name, headers } = label;
  const len = store.lengthOf(name);
  /** @type {Promise<unknown> | undefined} */
  let pinned;
  if (ask.navigation && ask.resulting !== '') {
    pin(ask.resulting, used.version);
    pinned = within(save(), PIN_MS);
  }
  const asked = ask.request.headers;
  const wanted = partOf(asked.get('range'), asked.get('if-range'), header(headers, 'etag'), len);
  if (wanted === 'unsatisfiable') return unsatisfiable(headers, len);
  const part = playedPart(ask.request, wanted);
  const settled = ask.navigation ? wantNeeds(label, used, ask.path, ask.query) : undefined;
  const [start, end] = part === 'whole' ? [0, len] : [part.start, part.end];
  const inSegments = !ask.navigation && flows(label, { start, end });
  if (inSegments) {
    const held = await streamHeld(label, ask.request, used.version, part, { start, end });
    if (held) return held;
  }
  let body = inSegments ? undefined : await store.verified(name, start, end);
  const writing = body ? undefined : store.settled(name);
  if (writing && (await writing)) body = await store.verified(name, start, end);
  /** @type {import('./site.js').From} */
  let from = 'cache';
  const made = body || part !== 'whole' || ask.request.cache === 'only-if-cached' ? undefined : await patched(label, used.version).catch(() => undefined);
  if (made) {
    body = new Blob([made.bytes]);
    from = made.source;
    // The rest was held.
    count('cache', body.size - made.came, 0);
  } else if (body) {
    from = takeAhead(name) ?? from;
  } else {
    // Had without a request, or not at all.
    if (ask.request.cache === 'only-if-cached') return undefined;
    if (part !== 'whole' && openLinks() === 0) return undefined;
    const tooLong = len > store.IN_MEMORY_MAX;
    if (inSegments && part === 'whole' && (tooLong || openLinks() > 0)) return streamed(label, ask.request, used.version);
    // Of the whole a part is cut; the whole of something else is no answer to a question for a part.
    const groups = groupsOf(part, len);
    if (tooLong && !groups) return undefined;
    const request = part === 'whole' || groups ? ask.request : new Request(ask.request.url);
    const outcome = await want({ name, text: label.text, savings: label.savings, urgent: true, request, version: used.version, part: groups }).outcome;
    if (outcome === undefined || ('answer' in outcome && part !== 'whole' && !groups)) return undefined;
    if ('answer' in outcome) {
      if (ask.navigation) pin(ask.resulting, null);
      count('origin', end - start);
      return outcome.answer;
    }
    from = outcome.source;
    const at = groups ? groups.first * store.GROUP_BYTES : 0;
    body = new Blob([outcome.bytes.subarray(start - at, end - at)]);
    if (groups && isPlayers(ask.request)) wantRest(name, used.version);
  }
  count(from, made?.came ?? body.size);
  const response = await respond(body, part, label, len);
  await Promise.all([settled?.(from === 'origin'), pinned]);
  return response;
}

/**
 * Passes a document on that the origin gave before it was known what it should give, as it is; whether it is what this version says is found out meanwhile, and then
 * its page goes on with this version, or without any.
 * @param {Ask} ask @param {import('./site.js').Edition} of @param {import('./early.js').Whole} whole @param {ReturnType<typeof lookup>} looked
 */
function passOn(ask, of, { answer, bytes }, looked) {
  const settled = looked.then(async (label) => {
    const isOurs = label !== null && mayBeShared(answer) && core.isWhole(label.name, bytes);
    pin(ask.resulting, isOurs ? of.version : null);
    if (isOurs) {
      keep(label.name, bytes).catch(() => {});
      knowNeeds(of, address(ask.path, ask.query)).catch(() => {});
    }
    await within(save(), PIN_MS);
  });
  decide(ask.resulting, settled);
  core.unheld();
  count('origin', bytes.length);
  return new Response(bytes, answer);
}

/** The version that this client uses. @param {Ask} ask */
async function editionFor({ navigation, client, fresh }) {
  if (navigation) {
    await freshen();
    return edition();
  }
  await deciding.get(client);
  let to = state.pins.get(client);
  if (to === undefined) {
    // Not a page: a worker of one, or a request that belongs to none.
    if (client === '' || !(await isPage(client))) return edition();
    const current = edition();
    if (!current) return undefined;
    if (fresh) pin(client, (to = current.version));
    // Claimed while it was open, or forgotten: known by its document, if at all.
    else to = await recognise(client);
  }
  return to === null ? undefined : edition(to);
}
