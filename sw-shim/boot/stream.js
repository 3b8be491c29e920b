//! Long files, handed on segment by segment: from the store, or from peers as they come, and kept meanwhile.
//!
//! The page's reading sets the pace: a few segments are wanted ahead of it, and memory holds no more. What peers are late with comes from the origin by range
//! (`ranges.js`), proved by the outboard that the owner published; so does what is missing or spoilt in the store.

import { enter } from './core.js';
import * as core from './door.js';
import { keptSegments, unwant, want } from './exchange.js';
import { outboardOf } from './origin.js';
import { rangesOf } from './ranges.js';
import { signedHead } from './respond.js';
import { count } from './site.js';
import * as store from './store.js';

/** Shorter files are answered whole, in bytes: their last byte is here before a reader minds, and a stream ends with the worker. */
const STREAM_BYTES_MIN = 4 * 1024 * 1024;
/** Segments under way or waiting for the page: what the machine asks for at once, and one more. */
const AHEAD = 5;
const GROUPS = store.SEGMENT_BYTES / store.GROUP_BYTES;

/** @typedef {import('./site.js').Label} Label */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** Whether a label's content is handed on in segments. @param {Label} label */
export const flows = ({ name, outboard }) => outboard !== '' && store.lengthOf(name) > STREAM_BYTES_MIN;

/**
 * Answers with a stream of what the store holds; with nothing where that does not begin well.
 * @param {Label} label @param {Request} request the page's @param {number} version
 * @returns {Promise<Response | undefined>}
 */
export async function streamHeld(label, request, version) {
  const { name } = label;
  const first = await store.verified(name, 0, store.SEGMENT_BYTES);
  if (!first) return undefined;
  count('cache', first.size);
  return answer(label, flow(label, request, version, first.arrayBuffer().then((bytes) => new Uint8Array(bytes)), true));
}

/**
 * Answers with a stream when its first segment has come; with the origin's own answer where that came first, or with nothing.
 * @param {Label} label @param {Request} request the page's @param {number} version
 * @returns {Promise<Response | undefined>}
 */
export async function streamed(label, request, version) {
  const { name, text, savings, outboard } = label;
  const len = store.lengthOf(name);
  // Its answer is all of the file: what was asked for ahead is not wanted from it too.
  const passing = () => flowing.stop();
  const wanted = want({ name, text, savings, urgent: true, request, version, outboard, passing, part: { first: 0, count: GROUPS } });
  const flowing = flow(label, request, version, wanted.outcome.then((first) => (first && 'bytes' in first ? first.bytes : undefined)), false);
  // Whoever else holds it need not wait for the one who was asked. Where nobody does, the origin is being asked for all of it.
  if (!wanted.nobody) flowing.ask();
  const first = await wanted.outcome;
  if (first && 'bytes' in first) {
    count(first.source, first.bytes.length);
    return answer(label, flowing);
  }
  flowing.stop();
  if (first) count('origin', len);
  return first?.answer;
}

/** @param {Label} label @param {ReturnType<typeof flow>} flowing */
const answer = (label, flowing) => new Response(flowing.stream(), signedHead('whole', label, store.lengthOf(label.name)));

/**
 * What flows from now on.
 * @param {Label} label @param {Request} request @param {number} version @param {Promise<Bytes | undefined>} first segment
 * @param {boolean} held whether it is the store's, and so will the next be
 */
function flow({ name, text, savings, outboard }, request, version, first, held) {
  const len = store.lengthOf(name);
  const segments = Math.ceil(len / store.SEGMENT_BYTES);
  /** @type {Promise<Bytes | undefined> | undefined} */
  let fetched;
  const proof = () => (fetched ??= outboardOf(name, outboard));
  const origin = rangesOf(request);
  /** Segments in their order, from the first that the page has not got. @type {Promise<Bytes | undefined>[]} */
  const coming = [first];
  /** Wants under way. @type {Set<number>} */
  const open = new Set();
  let asked = 1;
  let given = 0;
  let over = false;
  /** Whether all segments so far were put into the store. @type {Promise<boolean | undefined>} */
  let stored = Promise.resolve(!held);

  /** @param {number} n */
  const segment = async (n) => {
    const [start, end] = [n * store.SEGMENT_BYTES, Math.min(len, (n + 1) * store.SEGMENT_BYTES)];
    const stands = held ? await store.verified(name, start, end) : undefined;
    if (stands) {
      count('cache', stands.size, 0);
      return new Uint8Array(await stands.arrayBuffer());
    }
    const part = { first: n * GROUPS, count: Math.ceil((end - start) / store.GROUP_BYTES) };
    const wanted = want({ name, text, savings, urgent: true, request: origin.request(start, end), version, part });
    open.add(wanted.number);
    const outcome = await wanted.outcome;
    open.delete(wanted.number);
    if (outcome && 'bytes' in outcome) {
      count(outcome.source, outcome.bytes.length, 0);
      return outcome.bytes;
    }
    const outline = await proof();
    if (!outline || over) return undefined;
    const bytes = await origin.bytes(start, end, outcome?.answer, (it) => enter(() => core.isPart(name, start, it, outline)) === true);
    if (bytes) count('origin', bytes.length, 0);
    return bytes;
  };

  const ask = () => {
    while (asked < segments && coming.length < AHEAD) coming.push(segment(asked++));
  };

  const stop = () => {
    over = true;
    // Before the machine asks it for the next one.
    origin.close();
    for (const number of open) unwant(number);
  };

  /** All has come, or no more will. @param {boolean} whole */
  const end = (whole) => {
    stop();
    if (!held) void keep(whole);
  };

  /** @param {boolean} whole */
  const keep = async (whole) => {
    const outline = whole && (await stored) ? await proof() : undefined;
    await stored;
    await keptSegments(name, outline);
  };

  const stream = () => {
    if (!held) void proof();
    return new ReadableStream({
      async pull(control) {
        ask();
        const bytes = await coming.shift();
        if (over) return;
        if (!bytes) {
          end(false);
          // As a plain answer that breaks off.
          return control.error(new TypeError());
        }
        const n = given++;
        if (!held) stored = stored.then((good) => good && store.writeSegment(name, n, bytes));
        control.enqueue(bytes);
        if (given < segments) return ask();
        control.close();
        end(true);
      },
      cancel: () => end(false),
    });
  };
  // Until there is a stream, nothing is kept: whoever answers in its place may keep the same.
  return { ask, stop, stream };
}
