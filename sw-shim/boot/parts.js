//! Parts of long files: how much of one is answered at once, and having the rest come from peers meanwhile.

import { unwant, want } from './exchange.js';
import { savesData } from './platform.js';
import { isPlayers } from './players.js';
import { GROUP_BYTES, IN_MEMORY_MAX, SEGMENT_BYTES, lengthOf } from './store.js';

/** All of a file, or some of its bytes. @typedef {'whole' | { start: number, end: number }} Part */

/** Groups that one want may be for. */
const GROUPS_MAX = 64;
/** How long after the last part the rest of a file is still wanted, in ms: a player asks for the next part within a few seconds. */
const REST_MS = 20_000;
/** Files whose rest is wanted at once. */
const RESTS_MAX = 4;

/** The want for all of a file, from its second part on, and the timer that ends it. @type {Map<import('./store.js').Name, { number?: number, timer: number }>} */
const rests = new Map();

/**
 * What is answered of what was asked for. A player asks for all that there is from some point on, and takes less (RFC 9110, section 15.3.7): it asks again. So it
 * has the first bytes when a segment is here, and nothing streams for as long as it plays.
 * @param {Request} request
 * @param {Part} part
 * @returns {Part}
 */
export function playedPart(request, part) {
  if (part === 'whole' || !isPlayers(request)) return part;
  const { start, end } = part;
  return { start, end: Math.min(end, start - (start % SEGMENT_BYTES) + SEGMENT_BYTES) };
}

/**
 * The groups of a long file that a part takes; nothing where all of it is wanted: it is short, or so is what is left out.
 * @param {Part} part @param {number} len
 */
export function groupsOf(part, len) {
  if (part === 'whole' || len <= SEGMENT_BYTES) return undefined;
  const first = Math.floor(part.start / GROUP_BYTES);
  const count = Math.ceil(part.end / GROUP_BYTES) - first;
  return count <= GROUPS_MAX ? { first, count } : undefined;
}

/**
 * A player's part came from peers. Who takes a second one will take more: the whole is wanted, from peers alone and after all else, to be kept and passed on. A
 * script that reads parts may want no others.
 * @param {import('./store.js').Name} name @param {number} version of the page that asks
 */
export function wantRest(name, version) {
  const known = rests.get(name);
  if (!known && (rests.size >= RESTS_MAX || lengthOf(name) > IN_MEMORY_MAX || savesData())) return;
  clearTimeout(known?.timer);
  const timer = setTimeout(() => {
    const number = rests.get(name)?.number;
    rests.delete(name);
    if (number !== undefined) unwant(number);
  }, REST_MS);
  let number = known?.number;
  if (known && number === undefined) {
    const rest = want({ name, text: false, urgent: false, version });
    number = rest.number;
    // One that ends early, with the whole or without, may be wanted again.
    void rest.outcome.then(() => {
      const open = rests.get(name);
      if (open) delete open.number;
    });
  }
  rests.set(name, { timer, ...(number !== undefined && { number }) });
}
