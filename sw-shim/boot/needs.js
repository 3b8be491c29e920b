//! What a document will need, wanted from peers while the page being left can still carry it: its links end when the new page commits.

import { openLinks, unwant, want } from './exchange.js';
import { allCome } from './hold.js';
import * as store from './store.js';

/** How many objects that came before their page asked are remembered with their source; the rest counts as cache. */
const AHEAD_MAX = 256;

/** What came before a page asked for it, and from whom. @type {Map<store.Name, 'peers' | 'origin'>} */
const ahead = new Map();

/** From whom an object came before its page asked for it; once. @param {store.Name} name */
export function takeAhead(name) {
  const from = ahead.get(name);
  ahead.delete(name);
  return from;
}

/**
 * @param {import('./site.js').Label} label the document's
 * @param {number} version
 * @returns {(() => Promise<void>) | undefined} waits a little for what is still under way; what is late is asked for by the page itself
 */
export function wantNeeds({ needs }, version) {
  const missing = openLinks() === 0 ? [] : needs.filter(({ name }) => !store.holds(name));
  if (missing.length === 0) return undefined;
  const wants = missing.map(({ name, text }) => {
    const wanted = want({ name, text, urgent: false, version });
    const come = wanted.outcome.then((got) => {
      if (got && 'source' in got && ahead.size < AHEAD_MAX) ahead.set(name, got.source);
    });
    return { ...wanted, come };
  });
  const all = allCome(wants.filter(({ nobody }) => !nobody));
  return async () => {
    await all();
    // After this turn: the machine ends the transfers that only these wants kept going.
    setTimeout(() => wants.forEach(({ number }) => unwant(number)));
  };
}
