//! Long files from peers, handed on segment by segment as they come, and kept meanwhile.
//!
//! The page's reading sets the pace: a few segments are wanted ahead of it, and memory holds no more. What peers are late with comes from the origin by range
//! (`ranges.js`), proved by the outboard that the owner published.

import { enter } from './core.js';
import * as core from './door.js';
import { kept, unwant, want } from './exchange.js';
import { files, get } from './platform.js';
import { rangesOf } from './ranges.js';
import { signedHead } from './respond.js';
import { count } from './site.js';
import * as store from './store.js';

/** Shorter files are answered whole, in bytes: their last byte is here before a reader minds, and a stream ends with the worker. */
const STREAM_BYTES_MIN = 4 * 1024 * 1024;
/** Segments under way or waiting for the page: what the machine asks for at once, and one more. */
const AHEAD = 5;
/** How long the outboard may take, in ms. */
const OUTBOARD_MS = 10_000;
const GROUPS = store.SEGMENT_BYTES / store.GROUP_BYTES;

/** @typedef {import('./site.js').Label} Label */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** Whether a label's content is handed on as it comes. @param {Label} label */
export const flows = ({ name, outboard }) => outboard !== '' && store.lengthOf(name) > STREAM_BYTES_MIN;

/**
 * Answers with a stream when its first segment has come; with the origin's own answer where that came first, or with nothing.
 * @param {Label} label @param {Request} request the page's @param {number} version
 * @returns {Promise<Response | undefined>}
 */
export async function streamed(label, request, version) {
  const { name, text, savings } = label;
  const len = store.lengthOf(name);
  const first = await want({ name, text, savings, urgent: true, request, version, part: { first: 0, count: GROUPS } }).outcome;
  if (first === undefined) return undefined;
  if ('answer' in first) {
    count('origin', len);
    return first.answer;
  }
  count(first.source, first.bytes.length);
  return new Response(flow(label, request, version, first.bytes), signedHead('whole', label, len));
}

/** @param {Label} label @param {Request} request @param {number} version @param {Bytes} first segment */
function flow({ name, text, savings, outboard }, request, version, first) {
  const len = store.lengthOf(name);
  const segments = Math.ceil(len / store.SEGMENT_BYTES);
  const proof = get(`${files}o/${outboard}`, len, OUTBOARD_MS, false);
  const origin = rangesOf(request);
  /** Segments in their order, from the first that the page has not got. @type {Promise<Bytes | undefined>[]} */
  const coming = [Promise.resolve(first)];
  /** Wants under way. @type {Set<number>} */
  const open = new Set();
  let asked = 1;
  let given = 0;
  let over = false;
  /** Whether all segments so far are in the store. @type {Promise<boolean | undefined>} */
  let stored = Promise.resolve(true);

  /** @param {number} n */
  const segment = async (n) => {
    const [start, end] = [n * store.SEGMENT_BYTES, Math.min(len, (n + 1) * store.SEGMENT_BYTES)];
    const part = { first: n * GROUPS, count: Math.ceil((end - start) / store.GROUP_BYTES) };
    const wanted = want({ name, text, savings, urgent: true, request: origin.request(start, end), version, part });
    open.add(wanted.number);
    const outcome = await wanted.outcome;
    open.delete(wanted.number);
    if (outcome && 'bytes' in outcome) {
      count(outcome.source, outcome.bytes.length, 0);
      return outcome.bytes;
    }
    const outline = await proof;
    if (!outline || over) return undefined;
    const bytes = await origin.bytes(start, end, outcome?.answer, (it) => enter(() => core.isPart(name, start, it, outline)) === true);
    if (bytes) count('origin', bytes.length, 0);
    return bytes;
  };

  const ask = () => {
    while (asked < segments && coming.length < AHEAD) coming.push(segment(asked++));
  };

  /** All has come, or no more will. @param {boolean} whole */
  const end = (whole) => {
    over = true;
    for (const number of open) unwant(number);
    origin.close();
    void keep(whole);
  };

  /** @param {boolean} whole */
  const keep = async (whole) => {
    const [outline, good] = await Promise.all([proof, stored]);
    if (whole && good && outline && (await store.complete(name, outline))) await kept(name);
    // Segments without an outboard are nothing.
    else if (!store.holds(name)) await store.remove(name);
  };

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
      stored = stored.then((good) => good && store.writeSegment(name, n, bytes));
      control.enqueue(bytes);
      if (given < segments) return ask();
      control.close();
      end(true);
    },
    cancel: () => end(false),
  });
}
