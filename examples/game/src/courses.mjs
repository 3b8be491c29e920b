//! What lies on the way: for each reach a list of things with their places, such that there is always a way through.
import { Stream } from '../../wiki/src/random.mjs';
import { REACH_LENGTH } from './passages.mjs';

/** @typedef {import('./passages.mjs').Passage} Passage */

/** How much of the sea's breadth a rock and its surf take, and how much the boat needs, as shares of it. */
const ROCK_BREADTH = 0.2;
const WAY_BREADTH = 0.3;

/**
 * A thing: x in the sea's pixels from the beginning of the passage, y from 0 (horizon) to 1 (bow).
 * @typedef {{kind: string, sprite: string, x: number, y: number}} Thing
 *
 * @param {Passage} passage
 * @param {number} hard 0 for the first passage, 1 for the last
 * @returns {Thing[]} by x
 */
export function course(passage, /** @type {number} */ reach, hard) {
  const s = new Stream(`course ${passage.slug} ${reach}`);
  /** @type {Thing[]} */
  const things = [];
  const start = reach * REACH_LENGTH, put = (/** @type {string} */ kind, /** @type {number} */ x, /** @type {number} */ y, sprite = kind) => things.push({ kind, sprite, x: Math.round(start + x), y: Math.round(y * 1000) / 1000 });
  // The way winds through the reach; rocks keep off it, barrels lie on it.
  let way = s.between(0.3, 0.7);
  const step = 250 - 90 * hard;
  for (let x = reach === 0 ? 620 : 160; x < REACH_LENGTH - 120; x += step) {
    way = Math.min(0.85, Math.max(0.15, way + s.between(-0.32, 0.32)));
    const free = [0.06 + s.next() * 0.2, 0.94 - s.next() * 0.2, s.between(0.06, 0.94)].filter((y) => Math.abs(y - way) > (WAY_BREADTH + ROCK_BREADTH) / 2);
    for (const y of free.slice(0, s.chance(0.35 + 0.6 * hard) ? 2 : 1)) put('rock', x + s.between(-30, 30), y, `rock-${s.int(0, 1)}`);
    if (s.chance(0.75)) put(s.chance(0.82) ? 'oil' : s.chance(0.6) ? 'mail' : 'lantern', x + step / 2, Math.min(0.94, Math.max(0.06, way + s.between(-0.08, 0.08))));
  }
  if (s.chance(0.85)) put('creature', s.between(500, 1300), s.chance(0.5) ? Math.max(0.08, way - 0.35) : Math.min(0.92, way + 0.35));
  for (let i = s.int(1, 3); i > 0; i--) put('gull', s.between(0, REACH_LENGTH), s.between(-0.5, -0.15));
  put('buoy', s.between(200, 1400), s.chance(0.5) ? 0.03 : 0.97);
  put('wreck', s.between(200, 1400), 0.0);
  return things.sort((a, b) => a.x - b.x);
}
