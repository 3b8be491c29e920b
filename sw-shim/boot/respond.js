//! Responses of verified bytes with the signed headers; ranges (RFC 9110, section 14).

import { within } from './platform.js';

/** The bytes of a longer blob leave this process later than the blob (in Chromium, `max_ipc_memory_size` of its blob limits). */
const BLOB_SENT_AT_ONCE_MAX = 250 * 1024;
/** How long that may take, in ms. */
const BLOB_MS = 2_000;
/** The last second of the year 9999, in seconds since 1970: later years have no IMF-fixdate (RFC 9110, section 5.6.7). */
const DATE_SECS_MAX = 253_402_300_799;

/** What a page asked for: all, a half-open range of bytes, or one of which no byte exists. */
/** @typedef {'whole' | 'unsatisfiable' | { start: number, end: number }} Part */

/**
 * Reads a `Range` header against the content; `If-Range` must name the entity tag strongly.
 * @param {string | null} range
 * @param {string | null} ifRange
 * @param {string | undefined} etag
 * @param {number} len in bytes
 * @returns {Part}
 */
export function partOf(range, ifRange, etag, len) {
  if (range === null || (ifRange !== null && (ifRange !== etag || ifRange.startsWith('W/')))) return 'whole';
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === '' && last === '') return 'whole';
  const [start, end] = first === '' ? [Math.max(len - Number(last), 0), len] : [Number(first), last === '' ? len : Number(last) + 1];
  if (last !== '' && first !== '' && end <= start) return 'whole';
  return start >= len ? 'unsatisfiable' : { start, end: Math.min(end, len) };
}

/**
 * A signed header by its line; a number is a date.
 * @param {string} line
 * @returns {[name: string, value: string]}
 */
export function signed(line) {
  const colon = line.indexOf(':');
  return colon < 0 ? ['last-modified', new Date(1000 * Math.min(Number(line), DATE_SECS_MAX)).toUTCString()] : [line.slice(0, colon), line.slice(colon + 2)];
}

/** @param {[string, string][]} headers @param {string} name in lower case */
export const header = (headers, name) => headers.find((pair) => pair[0].toLowerCase() === name)?.[1];

/**
 * All of the content, or the part that was asked for. A blob, because its bytes outlive a worker that is stopped while the page still reads; a stream made here
 * would break off. Longer content, whose first byte must not wait for its last, is another matter: `stream.js`.
 * @param {Blob} blob just these bytes
 * @param {{ start: number, end: number } | 'whole'} part
 * @param {import('./site.js').Label} label
 * @param {number} len of the whole, in bytes
 * @returns {Promise<Response>}
 */
export async function respond(blob, part, label, len) {
  // Its end can be read only when the browser has all of it.
  if (blob.size > BLOB_SENT_AT_ONCE_MAX) await within(blob.slice(-1).arrayBuffer(), BLOB_MS);
  return new Response(blob, signedHead(part, label, len));
}

/**
 * What an answer says of itself.
 * @param {{ start: number, end: number } | 'whole'} part
 * @param {import('./site.js').Label} label
 * @param {number} len of the whole, in bytes
 * @returns {ResponseInit}
 */
export function signedHead(part, { headers, text }, len) {
  /** @type {[string, string][]} */
  const more = part === 'whole' ? [] : [['content-range', `bytes ${part.start}-${part.end - 1}/${len}`]];
  // Text is sent compressed by the origin, and then has no length a page could see.
  if (!text || part !== 'whole') more.push(['content-length', String(part === 'whole' ? len : part.end - part.start)]);
  const [status, statusText] = part === 'whole' ? [200, 'OK'] : [206, 'Partial Content'];
  return { status, statusText, headers: [...headers, ...more] };
}

/** There is no such part. @param {[string, string][]} headers @param {number} len */
export function unsatisfiable(headers, len) {
  const kept = headers.filter((pair) => pair[0].toLowerCase() !== 'content-type');
  return new Response(null, { status: 416, statusText: 'Range Not Satisfiable', headers: [...kept, ['content-range', `bytes */${len}`], ['content-length', '0']] });
}
