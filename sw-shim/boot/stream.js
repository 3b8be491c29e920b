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
/** @typedef {import('./respond.js').Part} Part */
/** @typedef {{ start: number, end: number }} Span */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** Whether so much of a label's content is handed on in segments. @param {Label} label @param {Span} span */
export const flows = ({ outboard }, { start, end }) => outboard !== '' && end - start > STREAM_BYTES_MIN;

/** The end of the segment that this byte is in. @param {number} at */
const segmentEnd = (at) => at - (at % store.SEGMENT_BYTES) + store.SEGMENT_BYTES;

/**
 * Answers with a stream of what the store holds; with nothing where that does not begin well.
 * @param {Label} label @param {Request} request the page's @param {number} version
 * @param {Exclude<Part, 'unsatisfiable'>} part @param {Span} span its bytes
 * @returns {Promise<Response | undefined>}
 */
export async function streamHeld(label, request, version, part, span) {
  const { name } = label;
  const first = await store.verified(name, span.start, Math.min(span.end, segmentEnd(span.start)));
  if (!first) return undefined;
  count('cache', first.size);
  const flowing = flow(label, request, version, first.arrayBuffer().then((bytes) => new Uint8Array(bytes)), true, span);
  return answer(label, flowing, part);
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
  const came = wanted.outcome.then((first) => (first && 'bytes' in first ? first.bytes : undefined));
  const flowing = flow(label, request, version, came, false, { start: 0, end: len });
  // Whoever else holds it need not wait for the one who was asked. Where nobody does, the origin is being asked for all of it.
  if (!wanted.nobody) flowing.ask();
  const first = await wanted.outcome;
  if (first && 'bytes' in first) {
    count(first.source, first.bytes.length);
    return answer(label, flowing, 'whole');
  }
  flowing.stop();
  if (first) count('origin', len);
  return first?.answer;
}

/** @param {Label} label @param {ReturnType<typeof flow>} flowing @param {Exclude<Part, 'unsatisfiable'>} part */
const answer = (label, flowing, part) => new Response(flowing.stream(), signedHead(part, label, store.lengthOf(label.name)));

/**
 * What flows from now on.
 * @param {Label} label @param {Request} request @param {number} version @param {Promise<Bytes | undefined>} first segment
 * @param {boolean} held whether it is the store's, and so will the next be
 * @param {Span} span what flows; where it is not held, all
 */
function flow({ name, text, savings, outboard }, request, version, first, held, span) {
  const len = store.lengthOf(name);
  const segments = Math.ceil(span.end / store.SEGMENT_BYTES);
  /** @type {Promise<Bytes | undefined> | undefined} */
  let fetched;
  const proof = () => (fetched ??= outboardOf(name, outboard));
  const origin = rangesOf(request);
  /** Segments in their order, from the first that the page has not got. @type {Promise<Bytes | undefined>[]} */
  const coming = [first];
  /** Wants under way. @type {Set<number>} */
  const open = new Set();
  let given = Math.floor(span.start / store.SEGMENT_BYTES);
  let asked = given + 1;
  let over = false;
  /** Whether all segments so far were put into the store. @type {Promise<boolean | undefined>} */
  let stored = Promise.resolve(!held);

  /** @param {number} n */
  const segment = async (n) => {
    const [start, until] = [n * store.SEGMENT_BYTES, Math.min(span.end, (n + 1) * store.SEGMENT_BYTES)];
    const stands = held ? await store.verified(name, start, until) : undefined;
    if (stands) {
      count('cache', stands.size, 0);
      return new Uint8Array(await stands.arrayBuffer());
    }
    // Whole groups prove themselves.
    const groups = Math.ceil((until - start) / store.GROUP_BYTES);
    const end = Math.min(len, start + groups * store.GROUP_BYTES);
    const part = { first: n * GROUPS, count: groups };
    const wanted = want({ name, text, savings, urgent: true, request: origin.request(start, end), version, part });
    open.add(wanted.number);
    const outcome = await wanted.outcome;
    open.delete(wanted.number);
    if (outcome && 'bytes' in outcome) {
      count(outcome.source, outcome.bytes.length, 0);
      return outcome.bytes.subarray(0, until - start);
    }
    const outline = await proof();
    if (!outline || over) return undefined;
    const bytes = await origin.bytes(start, end, outcome?.answer, (it) => enter(() => core.isPart(name, start, it, outline)) === true);
    if (bytes) count('origin', bytes.length, 0);
    return bytes?.subarray(0, until - start);
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
