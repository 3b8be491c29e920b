//! Long files, handed on segment by segment: from the store, or from peers as they come, and kept meanwhile.
//!
//! The page's reading sets the pace: a few segments are wanted ahead of it, and memory holds no more. What peers are late with comes from the origin by range
//! (`ranges.js`), proved by the outboard that the owner published; so does what is missing or spoilt in the store.

import * as core from './door.js';
import { keepSegment, openLinks, unwant, want } from './exchange.js';
import { outboardOf } from './origin.js';
import { within } from './platform.js';
import { rangesOf } from './ranges.js';
import { signedHead } from './respond.js';
import { count } from './site.js';
import * as store from './store.js';

/** Shorter files are answered whole, in bytes: their last byte is here before a reader minds, and a stream ends with the worker. */
const STREAM_BYTES_MIN = 4 * 1024 * 1024;
/** Segments under way or waiting for the page: what the machine asks for at once, and one more. */
const AHEAD = 5;
const GROUPS = store.SEGMENT_BYTES / store.GROUP_BYTES;
/** How long the first segment waits for what proves it before all is passed on as the origin gives it, in ms: both were asked for together. */
const PROOF_MS = 1_000;

/** @typedef {import('./site.js').Label} Label */
/** @typedef {import('./respond.js').Part} Part */
/** @typedef {{ start: number, end: number }} Span */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {Parameters<ReturnType<typeof flow>['adopt']>} Adopted */

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
  const first = await store.verified(label.name, span.start, Math.min(span.end, segmentEnd(span.start)));
  if (!first) return undefined;
  count('cache', first.size);
  const flowing = flow(label, request, version, first.arrayBuffer().then((bytes) => new Uint8Array(bytes)), span);
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
  // Where others are who may help with the rest, what the origin answers is taken segment by segment, too.
  const mayShare = openLinks() > 0 && len <= store.IN_MEMORY_MAX;
  const adopt = mayShare ? (/** @type {Adopted} */ ...adopted) => flowing.adopt(...adopted) : undefined;
  const source = mayShare ? (/** @type {Parameters<import('./exchange.js').Source>} */ ...asked) => flowing.source(...asked) : undefined;
  const wanted = want({ name, text, savings, urgent: true, request, version, outboard, passing, adopt, source, part: { first: 0, count: GROUPS } });
  const came = wanted.outcome.then((first) => (first && 'bytes' in first ? first.bytes : undefined));
  const flowing = flow(label, request, version, came, { start: 0, end: len });
  // Whoever else holds it need not wait for the one who was asked. Where nobody does, the origin is being asked for all of it, for the page.
  if (mayShare || !wanted.nobody) flowing.ask();
  // It takes as long as the answer that it is for.
  if (mayShare && wanted.nobody) void flowing.proof();
  const first = await wanted.outcome;
  if (first && 'bytes' in first) {
    count(first.source, first.bytes.length);
    flowing.keep(0, first.bytes);
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
 * @param {Span} span what flows
 */
function flow({ name, text, savings, outboard }, request, version, first, span) {
  const len = store.lengthOf(name);
  const segments = Math.ceil(span.end / store.SEGMENT_BYTES);
  /** @type {Promise<Bytes | undefined> | undefined} */
  let fetched;
  const proof = () =>
    (fetched ??= outboardOf(name, outboard).then((outline) => {
      // A busy origin may have it later.
      if (!outline) fetched = undefined;
      return outline;
    }));
  const origin = rangesOf(request);
  /** Segments in their order, from the first that the page has not got. @type {Promise<Bytes | undefined>[]} */
  const coming = [first];
  /** Wants under way. @type {Set<number>} */
  const open = new Set();
  let given = Math.floor(span.start / store.SEGMENT_BYTES);
  let asked = given + 1;
  let over = false;
  /** The answer to the page's own request is here, or not needed: it may have what would be asked for by range. */
  let answered = () => {};
  const settled = Promise.race([first, new Promise((/** @type {(_: void) => void} */ resolve) => (answered = resolve))]);
  /** Whether the store takes what is kept. */
  let keeps = true;

  /** A segment that came is kept, and passed on. @param {number} n @param {Bytes} bytes all of it */
  const keep = async (n, bytes) => {
    const outline = await proof();
    keeps &&= outline !== undefined && (await keepSegment(name, n, bytes, outline));
  };

  /**
   * What the origin gives for a want, by range, or out of an answer with all.
   * @param {number} start @param {number} end @param {number} [patience] how long what proves it is waited for when it is here, in ms
   * @returns {import('./exchange.js').Source}
   */
  const source = (start, end, patience = Infinity) => async (number, came, signal) => {
    const proves = async (/** @type {Bytes} */ bytes) => {
      const outline = await (patience < Infinity ? within(proof(), patience) : proof());
      return outline !== undefined && core.originGavePart(number, name, start, bytes, outline);
    };
    if (start > 0) await settled;
    const given = await origin.part(start, end, proves, came, signal);
    // Without what proves it there is nothing to tell true from false.
    return given ?? (fetched === undefined ? 'failed' : undefined);
  };

  /** @param {number} n */
  const segment = async (n) => {
    const [start, until] = [n * store.SEGMENT_BYTES, Math.min(span.end, (n + 1) * store.SEGMENT_BYTES)];
    const held = await store.verified(name, start, until);
    if (held) {
      count('cache', held.size, 0);
      return new Uint8Array(await held.arrayBuffer());
    }
    if (over) return undefined;
    // Whole groups prove themselves.
    const groups = Math.ceil((until - start) / store.GROUP_BYTES);
    const end = Math.min(len, start + groups * store.GROUP_BYTES);
    const wanted = want({ name, text, savings, urgent: true, source: source(start, end), version, part: { first: n * GROUPS, count: groups } });
    open.add(wanted.number);
    const outcome = await wanted.outcome;
    open.delete(wanted.number);
    if (!outcome || !('bytes' in outcome)) return undefined;
    const { bytes } = outcome;
    count(outcome.source, bytes.length, 0);
    if (keeps && (groups === GROUPS || end === len)) void keep(n, bytes);
    return bytes.subarray(0, until - start);
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

  /**
   * Takes the origin's answer with all of the file for what makes its segments.
   * @param {number} number of the want for the first one @param {Response} whole @param {ReadableStream<Bytes>} body @param {(bytes: number) => void} came @param {AbortSignal} signal
   * @returns {Promise<ReadableStream<Bytes> | undefined>} what to pass on in its place: it is something else
   */
  const adopt = async (number, whole, body, came, signal) => {
    origin.adopt(whole, body);
    const given = await source(0, store.SEGMENT_BYTES, PROOF_MS)(number, came, signal);
    // Before the next part can take it for its own.
    const again = given === 'proved' || signal.aborted ? undefined : origin.again();
    answered();
    return again;
  };

  const stream = () =>
    new ReadableStream({
      async pull(control) {
        ask();
        const bytes = await coming.shift();
        if (over) return;
        if (!bytes) {
          stop();
          // As a plain answer that breaks off.
          return control.error(new TypeError());
        }
        control.enqueue(bytes);
        if (++given < segments) return ask();
        control.close();
        stop();
      },
      cancel: stop,
    });

  return { adopt, ask, keep, proof, source: source(0, store.SEGMENT_BYTES), stop, stream };
}
