//! What the tree says of URLs, proved by peers: asked for when it is not known, waited for a little, and kept.

import * as core from './door.js';
import { cacheWrite, within } from './platform.js';

/** How long after something was proved all that is known is written, in ms. */
const WRITE_MS = 2_000;

/** Those who wait: each looks whether it has what it waits for; `over`: nobody will say more. @type {Set<(over: boolean) => void>} */
const waiting = new Set();
/** The tree of which something was proved that is not written yet. @type {import('./site.js').Edition | undefined} */
let unwritten;

/** A link said something; so many questions are open still. @param {number} open */
export function proved(open) {
  for (const look of [...waiting]) look(open === 0);
}

/** The nodes that are needed first to know all of these. @param {import('./site.js').Edition} of @param {string[]} urls path and query @param {boolean} needs and what those need */
export const missing = (of, urls, needs) => (core.missing(of.version, urls.join('\n'), needs) ?? '').split('\n').filter((it) => it !== '');

/**
 * Has peers prove what is not known of these, and waits for it as long as the machine says.
 * @param {import('./site.js').Edition} of @param {string[]} urls path and query @param {boolean} needs and what those need
 * @param {boolean} [urgent] somebody waits
 * @returns {Promise<boolean>} they were asked
 */
export async function prove(of, urls, needs, urgent = true) {
  const patienceMs = core.prove(of.version, urls.join('\n'), needs, urgent);
  if (patienceMs === undefined) return false;
  let look = (/** @type {boolean} */ _) => {};
  const known = new Promise((/** @type {(_: void) => void} */ resolve) => {
    look = (over) => (over || missing(of, urls, needs).length === 0) && resolve();
  });
  waiting.add(look);
  await within(known, patienceMs);
  waiting.delete(look);
  write(of);
  return true;
}

/** Keeps what is known of a tree, soon, where that of its root is looked for. @param {import('./site.js').Edition} of */
function write(of) {
  if (!unwritten) {
    setTimeout(() => {
      const what = unwritten;
      unwritten = undefined;
      const bytes = what && core.known(what.version);
      if (bytes) void cacheWrite(`n/${what.root}`, bytes);
    }, WRITE_MS);
  }
  unwritten = of;
}
