//! How long a document is held back for what it will need.

import { within } from './platform.js';

/** After the document has come, how long at most, in ms. */
const NEEDS_MS = 400;
/** How long for what the machine has called late, in ms from then: another peer may have it at hand. Nobody else brings it before the page asks itself. */
const LATE_MS = 100;

/**
 * What is wanted, from now on.
 * @param {{ come: Promise<unknown>, late: Promise<unknown> }[]} wants each comes or ends, and may be called late before
 * @returns {() => Promise<unknown>} waits until all have come, or those that have not were late for a while; and not longer than it may
 */
export function allCome(wants) {
  const waits = Promise.all(wants.map(({ come, late }) => Promise.race([come, late.then(() => within(come, LATE_MS))])));
  return () => within(waits, NEEDS_MS);
}
