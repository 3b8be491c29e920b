//! The objects this visitor holds, in Cache Storage: one cache, `swarmfetch-<site id>`.
//!
//! | key under `.well-known/swarmfetch/` | holds |
//! |---|---|
//! | `c/<hash>/<len>` | content of up to 256 KiB |
//! | `c/<hash>/<len>/<n>` | the n-th MiB of longer content |
//! | `c/<hash>/<len>/outboard` | its outboard: without it the segments are nothing |
//! | `n/<hash>` | a tree node or pack |
//! | `state` | see `site.js` |
//!
//! The page shares this storage, so nothing in it is believed: content is verified in every read, from the buffer that is then handed out.

import * as core from './door.js';
import { cacheDrop, cacheKeys, cacheRead, cacheReadPart, cacheWrite, files, joined } from './platform.js';

/** An object's name: `<hash>/<length in bytes>`. @typedef {string} Name */

/** Longer content is kept in segments, in bytes (DESIGN, "Store"). */
const WHOLE_MAX = 256 * 1024;
/** Length of a segment, in bytes: a whole number of groups. */
export const SEGMENT_BYTES = 1024 * 1024;
/** The unit of verification, in bytes. */
export const GROUP_BYTES = 16 * 1024;

/** Longer content is never in memory as a whole, in bytes: it comes, and is passed on and kept, by segments. */
export const IN_MEMORY_MAX = 64 * 1024 * 1024;
/** Most bytes of short content that is kept at hand. */
const RECENT_BYTES_MAX = 8 * 1024 * 1024;
/** Most outboards that are kept at hand, of at most 4 MiB each. */
const OUTBOARDS_MAX = 4;

export const NOTHING = new Uint8Array();

/** What the cache held when it was last listed, and what was written since; oldest first. @type {Set<Name> | undefined} */
let index;
/** Short content, verified in this worker's life: what every page of a site needs is not read and verified for each. The latest last. @type {Map<Name, Uint8Array<ArrayBuffer>>} */
const recent = new Map();
let recentBytes = 0;
/** Outboards that were read, the latest last: each MiB that is read needs its content's. @type {Map<Name, Promise<Uint8Array<ArrayBuffer> | undefined>>} */
const outboards = new Map();
/** Whole content that is being written. @type {Map<Name, Promise<boolean>>} */
const underWay = new Map();
/** Longer content that is held in part: which segments, its outboard being there. @type {Map<Name, Set<number>>} */
const partly = new Map();

/** Segments of longer content. @param {Name} name */
const segmentsOf = (name) => Math.ceil(lengthOf(name) / SEGMENT_BYTES);

/** An object's length, in bytes. @param {Name} name */
export const lengthOf = (name) => Number(name.slice(name.indexOf('/') + 1));

/** @param {Name} name */
const key = (name) => `c/${name}`;

/**
 * These bytes of the content, verified in this read. A segment at a time: while one is verified and handed to the browser, the next is read, and memory holds no
 * more than two.
 * @param {Name} name @param {number} start @param {number} end
 * @returns {Promise<Blob | undefined>}
 */
export async function verified(name, start, end) {
  const known = recent.get(name);
  if (known) {
    remember(name, known);
    return new Blob([known.subarray(start, end)]);
  }
  if (index && !index.has(name) && !underWay.has(name) && !holdsPart(name, start, end)) return undefined;
  const long = lengthOf(name) > WHOLE_MAX;
  const until = (/** @type {number} */ from) => (long ? Math.min(end, from - (from % SEGMENT_BYTES) + SEGMENT_BYTES) : end);
  /** @type {Blob[]} */
  const parts = [];
  let next = raw(name, start, until(start));
  for (let from = start; parts.length === 0 || from < end; from = until(from)) {
    const found = await next;
    if (!found) return missing(name);
    if (until(from) < end) next = raw(name, until(from), until(until(from)));
    const { at, bytes, outboard } = found;
    if (!(long ? core.isPart(name, at, bytes, outboard) : core.isWhole(name, bytes))) return void (await remove(name));
    if (!long) remember(name, bytes);
    parts.push(new Blob([bytes.subarray(from - at, until(from) - at)]));
  }
  return new Blob(parts);
}

/** @param {Name} name @param {Uint8Array<ArrayBuffer>} bytes all of it, verified */
function remember(name, bytes) {
  forget(name);
  recent.set(name, bytes);
  recentBytes += bytes.length;
  for (const [oldest] of recent) if (recentBytes > RECENT_BYTES_MAX) forget(oldest);
}

/** @param {Name} name */
function outboardHeld(name) {
  const read = outboards.get(name) ?? cacheRead(`${key(name)}/outboard`);
  outboards.delete(name);
  outboards.set(name, read);
  for (const [oldest] of outboards) if (outboards.size > OUTBOARDS_MAX) outboards.delete(oldest);
  // What is not there may come.
  void read.then((bytes) => bytes ?? (outboards.get(name) === read && outboards.delete(name)));
  return read;
}

/** @param {Name} name */
function forget(name) {
  outboards.delete(name);
  recentBytes -= recent.get(name)?.length ?? 0;
  recent.delete(name);
}

/** What the browser or a page's script has taken away may be written again. @param {Name} name */
const missing = (name) => void (underWay.has(name) || (index?.delete(name), partly.delete(name)));

/**
 * Whole groups with these bytes as the cache has them, believed by nobody; and the outboard of longer content. Nothing where something is missing.
 * @param {Name} name @param {number} start @param {number} end
 */
export async function raw(name, start, end) {
  const len = lengthOf(name);
  if (len <= WHOLE_MAX) {
    const bytes = recent.get(name) ?? (await cacheRead(key(name)));
    return bytes && { at: 0, bytes, outboard: NOTHING };
  }
  const outboard = await outboardHeld(name);
  if (!outboard) return undefined;
  const at = start - (start % GROUP_BYTES);
  const stop = Math.min(Math.ceil(end / GROUP_BYTES) * GROUP_BYTES, len);
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  for (let from = at; from < stop; ) {
    const n = Math.floor(from / SEGMENT_BYTES);
    const first = n * SEGMENT_BYTES;
    const last = Math.min(len, first + SEGMENT_BYTES);
    const until = Math.min(stop, last);
    const whole = from === first && until === last;
    const read = await (whole ? cacheRead(`${key(name)}/${n}`) : cacheReadPart(`${key(name)}/${n}`, from - first, until - first));
    if (read?.length !== until - from) return undefined;
    parts.push(read);
    from = until;
  }
  return { at, bytes: joined(parts, stop - at), outboard };
}

/**
 * Writes one segment of longer content, verified, after what proves it.
 * @param {Name} name @param {number} n @param {Uint8Array<ArrayBuffer>} bytes @param {Uint8Array<ArrayBuffer>} outboard
 * @returns {Promise<'whole' | 'part' | undefined>} how much of it is held now; nothing: the store did not take it
 */
export async function writeSegment(name, n, bytes, outboard) {
  if (!partly.has(name)) {
    if (!(await cacheWrite(`${key(name)}/outboard`, outboard))) return undefined;
    if (!partly.has(name)) partly.set(name, new Set());
  }
  if (!(await cacheWrite(`${key(name)}/${n}`, bytes))) return undefined;
  const held = partly.get(name)?.add(n);
  if (held?.size !== segmentsOf(name)) return 'part';
  partly.delete(name);
  index?.add(name);
  return 'whole';
}

/** When the write of this content is over, if it is under way: a page that has had it may ask at once for what it has cached. @param {Name} name */
export const settled = (name) => underWay.get(name);

/** Writes whole content that was verified. @param {Name} name @param {Uint8Array<ArrayBuffer>} bytes @returns {Promise<boolean>} it is complete in the cache */
export function write(name, bytes) {
  // Where the store has no room for all of it, nothing of it stays.
  const written = writeAll(name, bytes).then(async (good) => good || (await remove(name), false));
  void written.finally(() => underWay.delete(name));
  underWay.set(name, written);
  return written;
}

/** @param {Name} name @param {Uint8Array<ArrayBuffer>} bytes */
async function writeAll(name, bytes) {
  if (bytes.length <= WHOLE_MAX) {
    remember(name, bytes);
    if (!(await cacheWrite(key(name), bytes))) return false;
  } else {
    const outboard = core.outboard(bytes);
    for (let n = 0; outboard && n < segmentsOf(name); n++) {
      if (!(await writeSegment(name, n, bytes.subarray(n * SEGMENT_BYTES, (n + 1) * SEGMENT_BYTES), outboard))) return false;
    }
    return outboard !== undefined;
  }
  index?.add(name);
  return true;
}

/** @param {Name} name */
export async function remove(name) {
  index?.delete(name);
  partly.delete(name);
  forget(name);
  const len = lengthOf(name);
  if (len <= WHOLE_MAX) return void (await cacheDrop(key(name)));
  // The outboard first: without it the segments are nothing.
  await cacheDrop(`${key(name)}/outboard`);
  for (let n = 0; n < segmentsOf(name); n++) await cacheDrop(`${key(name)}/${n}`);
}

/** Everything that is held completely. Lists the cache the first time, and lets go of what is of no use. @returns {Promise<Name[]>} */
export async function list() {
  if (index === undefined) {
    /** @type {Set<Name>} */
    const listed = new Set();
    /** @type {Map<Name, Set<string>>} */
    const parts = new Map();
    for (const url of (await cacheKeys()) ?? []) {
      const found = /^c\/([0-9a-f]{64}\/(\d{1,15}))(?:\/(outboard|\d+))?$/.exec(url.slice(files.length));
      if (!found?.[1] || !url.startsWith(files)) continue;
      const [, name, len, part] = found;
      if ((Number(len) <= WHOLE_MAX) === (part === undefined)) {
        if (part === undefined) listed.add(name);
        else parts.set(name, (parts.get(name) ?? new Set()).add(part));
      }
    }
    index ??= listed;
    for (const [name, there] of parts) {
      const proved = there.delete('outboard');
      const held = new Set([...there].map(Number).filter((n) => n < segmentsOf(name)));
      for (const n of partly.get(name) ?? []) held.add(n);
      if (index.has(name) || underWay.has(name)) continue;
      if (!proved || held.size === 0) void remove(name);
      else if (held.size < segmentsOf(name)) partly.set(name, held);
      else {
        partly.delete(name);
        index.add(name);
      }
    }
  }
  return [...index];
}

/** What is held in part, by segments. */
export const parts = () => [...partly].flatMap(([name, held]) => [...held].map((n) => ({ name, n })));

/** Whether every segment with these bytes is held. @param {Name} name @param {number} start @param {number} end */
function holdsPart(name, start, end) {
  const held = partly.get(name);
  for (let n = Math.floor(start / SEGMENT_BYTES); held && n * SEGMENT_BYTES < end; n++) if (!held.has(n)) return false;
  return held !== undefined;
}

/** Is it held, as far as is known without reading? @param {Name} name */
export const holds = (name) => index?.has(name) === true;

/** What is held whose hash begins like that. @param {string} digits @returns {Name | undefined} */
export const beginning = (digits) => [...(index ?? [])].find((name) => name.startsWith(digits));

/** What must go so that at most `budget` bytes are held: the oldest first. @param {number} budget @returns {Name[]} */
export function surplus(budget) {
  /** @type {[Name, number][]} */
  const held = [...(index ?? [])].map((name) => [name, lengthOf(name)]);
  for (const [name, { size }] of partly) held.push([name, size * SEGMENT_BYTES]);
  let over = held.reduce((sum, [, bytes]) => sum + bytes, -budget);
  const goes = held.filter(([, bytes]) => {
    const before = over;
    over -= bytes;
    return before > 0;
  });
  return goes.map(([name]) => name);
}
