//! Asking the origin, with the page's own request, and holding its answer against the promise.
//!
//! What the origin answers is never an error: bytes that match become verified bytes; anything else is kept whole, to be passed on as it is, not stored and
//! not seeded.

import * as core from './door.js';
import { askOnce } from './early.js';
import { isOpen, keep, keepSegment, openLinks } from './exchange.js';
import { begun, files, get } from './platform.js';
import { edition, suspect } from './site.js';
import * as store from './store.js';

/** Longer content is passed on while it still arrives, in bytes: a page must not wait for its end. */
const HELD_BACK_MAX = 1024 * 1024;
/** How long an outboard may take, in ms. */
const OUTBOARD_MS = 10_000;
/** How long a kept body of a replaced version may take, in ms. */
const KEPT_MS = 5_000;

/**
 * Asks for a want and tells the machine.
 * @param {number} number
 * @param {import('./exchange.js').Pending} wanted
 * @param {Request} request the page's, as it was: any change of it would change what the origin sees
 */
export async function askOrigin(number, wanted, request) {
  const leaving = new AbortController();
  const { signal } = leaving;
  /** @type {Response} */
  let answer;
  /** @type {ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined} */
  let reader;
  const stop = () => {
    // Its repetition could be told from the first: it goes on, for whoever asks again.
    if (isOpen(number) && request.mode === 'navigate') return;
    leaving.abort();
    wanted.stop = undefined;
    (reader ?? answer?.body)?.cancel().catch(() => {});
  };
  wanted.stop = stop;
  /** @param {boolean} failed */
  const other = (failed) => {
    if (signal.aborted) return;
    wanted.stop = undefined;
    core.originOther(number, failed);
  };
  try {
    answer = await askOnce(request).catch((error) => unchecked(request, error));
  } catch {
    if (signal.aborted) return;
    // The page's own answer when nobody else has it: asking again would be seen.
    wanted.answer = Response.error();
    return other(true);
  }
  if (signal.aborted || !isOpen(number)) return void answer.body?.cancel().catch(() => {});
  wanted.answer = answer;
  const { status } = answer;
  if (status === 429 || status >= 500) return other(true);
  // A part proves nothing by itself, and is the origin's own answer to that question.
  if (wanted.part && request.headers.has('range')) return other(false);
  if (!mayBeShared(answer)) return unexpected(number, wanted, status === 404 || status === 410, other);
  const len = store.lengthOf(wanted.name);
  if (len > HELD_BACK_MAX && answer.body) {
    const { adopt } = wanted;
    let { body } = answer;
    if (adopt) {
      wanted.adopt = undefined;
      const again = await adopt(number, answer, body, (bytes) => came(number, bytes, signal), signal);
      if (!again) return;
      body = again;
    }
    const passed = len > store.IN_MEMORY_MAX ? copiedBySegments(wanted, body) : body.pipeThrough(copying(wanted.name, len));
    wanted.answer = new Response(passed, answer);
    return other(false);
  }
  reader = answer.body?.getReader();
  const mayShare = openLinks() > 0 && request.mode !== 'navigate';
  const body = reader ? await begun(reader, len, (bytes) => mayShare && came(number, bytes, signal)) : new Uint8Array();
  if (signal.aborted || !isOpen(number)) return;
  wanted.answer = new Response(body, answer);
  if (body instanceof ReadableStream || !core.originGave(number, wanted.name, body)) return unexpected(number, wanted, true, other);
}

/** Some more of the answer came. @param {number} number @param {number} bytes @param {AbortSignal} signal */
const came = (number, bytes, signal) => void (signal.aborted || core.originCame(number, bytes));

/**
 * Has a want's own source ask, and tells the machine.
 * @param {number} number
 * @param {import('./exchange.js').Pending} wanted
 * @param {import('./exchange.js').Source} source
 */
export async function askSource(number, wanted, source) {
  const leaving = new AbortController();
  const { signal } = leaving;
  wanted.stop = () => {
    wanted.stop = undefined;
    leaving.abort();
  };
  const given = await source(number, (bytes) => came(number, bytes, signal), signal);
  if (given === 'proved' || signal.aborted) return;
  wanted.stop = undefined;
  core.originOther(number, given === 'failed');
}

/**
 * Passes a body on, and keeps it when it has come to its end. Not a clone of it: that would be read to its end when the page has cancelled.
 * @param {import('./store.js').Name} name @param {number} len
 */
function copying(name, len) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  let got = 0;
  return new TransformStream({
    transform(/** @type {Uint8Array<ArrayBuffer>} */ part, control) {
      got += part.length;
      if (got <= len) parts.push(part);
      control.enqueue(part);
    },
    flush() {
      void arrived(name, new Blob(parts)).catch(() => {});
    },
  });
}

/** The outboard that the owner published, from the origin. @param {import('./store.js').Name} name @param {string} hash */
export const outboardOf = (name, hash) => get(`${files}o/${hash}`, store.lengthOf(name), OUTBOARD_MS, false);

/**
 * Passes a body on that is too long for memory, and keeps each segment when it has come and is proved.
 * @param {import('./exchange.js').Wanted} wanted @param {ReadableStream<Uint8Array<ArrayBuffer>>} body
 */
function copiedBySegments({ name, outboard }, body) {
  const proof = outboard ? outboardOf(name, outboard) : undefined;
  const segment = new Uint8Array(store.SEGMENT_BYTES);
  let [filled, segments] = [0, 0];
  let good = true;

  const isKept = async () => {
    const outline = await proof;
    const bytes = segment.slice(0, filled);
    const n = segments++;
    filled = 0;
    return outline !== undefined && core.isPart(name, n * store.SEGMENT_BYTES, bytes, outline) && (await keepSegment(name, n, bytes, outline));
  };

  const end = async () => {
    if (good && filled > 0) await isKept();
  };

  /** @param {Uint8Array<ArrayBuffer>} part */
  const take = async (part) => {
    for (let at = 0; good && at < part.length; ) {
      const some = part.subarray(at, at + store.SEGMENT_BYTES - filled);
      segment.set(some, filled);
      filled += some.length;
      at += some.length;
      if (filled === store.SEGMENT_BYTES) good = await isKept();
    }
  };

  const reader = body.getReader();
  return new ReadableStream({
    async pull(control) {
      const { done, value } = await reader.read();
      if (done) {
        control.close();
        return void end().catch(() => {});
      }
      control.enqueue(value);
      await take(value);
    },
    cancel: (why) => reader.cancel(why),
  });
}

/** @param {import('./store.js').Name} name @param {Blob} body */
async function arrived(name, body) {
  const bytes = new Uint8Array(await body.arrayBuffer());
  if (core.isWhole(name, bytes)) await keep(name, bytes);
}

/**
 * Bytes that are not those of the page's `integrity` look like an origin that can't be reached. The page compares them itself, and says so. Not at once in
 * this way: the origin can see that it is not the page's own request.
 * @param {Request} request @param {unknown} error
 */
function unchecked(request, error) {
  const { integrity, referrer, referrerPolicy } = request;
  if (integrity === '') throw error;
  return fetch(new Request(request, { integrity: '', referrer, referrerPolicy }));
}

/**
 * Not what was promised. Either the promise is old, and the page that started with it may have the old bytes for a while; or the origin has its reasons.
 * @param {number} number
 * @param {import('./exchange.js').Pending} wanted
 * @param {boolean} maybeReplaced
 * @param {(failed: boolean) => void} other
 */
async function unexpected(number, { name, version }, maybeReplaced, other) {
  if (maybeReplaced) {
    await suspect();
    if ((edition()?.version ?? 0) > version) {
      const bytes = await get(`${files}o/${name.slice(0, name.indexOf('/'))}`, store.lengthOf(name), KEPT_MS, false);
      if (bytes && core.originGave(number, name, bytes)) return;
    }
  }
  other(false);
}

/** Could this answer be the labelled one? Private content never is, whatever its bytes (T12). @param {Response} answer */
export function mayBeShared({ status, redirected, type, headers }) {
  return (
    status === 200 &&
    !redirected &&
    /^(basic|cors|default)$/.test(type) &&
    !/private|no-store/i.test(headers.get('cache-control') ?? '') &&
    !/[^,\s]/.test((headers.get('vary') ?? '').replace(/accept-encoding|origin/gi, ''))
  );
}
