//! The pilot steers by itself: for the attract mode, and for visitors without hands.

/** How far the pilot looks ahead, in the sea's pixels, and how far it keeps off, as a share of the sea's breadth. */
const AHEAD = 420;
const BERTH = 0.17;

/** Courses that it weighs. */
const COURSES = Array.from({ length: 13 }, (_, i) => 0.06 + (i * 0.88) / 12);

/** @param {import('./voyage.js').Voyage} voyage @returns {{across: number, hurry: boolean}} */
export function pilot(voyage) {
  let best = voyage.y, least = Infinity;
  for (const course of COURSES) {
    let cost = Math.abs(course - voyage.y) * 0.8;
    for (const thing of voyage.near(voyage.x - 40, voyage.x + AHEAD)) {
      const off = Math.abs(voyage.across(thing) - course), near = 1 - (thing.x - voyage.x) / (AHEAD * 1.3);
      if (thing.kind === 'rock' || thing.kind === 'creature') cost += Math.max(0, BERTH - off) * 40 * near;
      else if (!/** @type {any} */ (thing).gone && off < 0.1 && ['oil', 'mail', 'lantern'].includes(thing.kind)) cost -= 0.5 * near;
    }
    if (cost < least) [least, best] = [cost, course];
  }
  return { across: Math.max(-1, Math.min(1, (best - voyage.y) * 7)), hurry: false };
}
