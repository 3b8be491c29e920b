//! What a document will need, wanted from peers while the page being left can still carry it: its links end when the new page commits.

import { openLinks, unwant, want } from './exchange.js';
import { allCome } from './hold.js';
import { prove } from './proofs.js';
import { address, known } from './site.js';
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
 * Wants something of peers alone, before a page asks for it.
 * @param {{ name: store.Name, text: boolean }} what @param {number} version
 */
export function wantAhead({ name, text }, version) {
  const wanted = want({ name, text, urgent: false, version });
  const come = wanted.outcome.then((got) => {
    const came = got !== undefined && 'source' in got;
    if (came && ahead.size < AHEAD_MAX) ahead.set(name, got.source);
    return came;
  });
  return { ...wanted, come };
}

/**
 * @param {import('./site.js').Label} label the document's
 * @param {import('./site.js').Edition} of the version that says so
 * @param {string} path @param {string | undefined} query
 * @returns {((fromOrigin: boolean) => Promise<void>) | undefined} waits a little for what is still under way; what is late is asked for by the page itself. Where nobody else had
 *   the document, nobody is waited for to say what it needs
 */
export function wantNeeds(label, of, path, query) {
  if (openLinks() === 0) return undefined;
  /** @type {Map<store.Name, ReturnType<typeof wantAhead>>} */
  const wants = new Map();
  /** @param {import('./site.js').Label['needs']} needs */
  const begin = (needs) => {
    for (const need of needs) if (!wants.has(need.name) && !store.holds(need.name)) wants.set(need.name, wantAhead(need, of.version));
  };
  const come = () => allCome([...wants.values()].filter(({ nobody }) => !nobody));
  begin(label.needs);
  const proved = prove(of, [address(path, query)], true).then((asked) => {
    const found = asked && known(of.version, path, query, true);
    if (found && typeof found !== 'string') begin(found.needs);
    return come();
  });
  return async (fromOrigin) => {
    await (fromOrigin ? come() : await proved)();
    // After this turn: the machine ends the transfers that only these wants kept going.
    setTimeout(() => wants.forEach(({ number }) => unwant(number)));
  };
}
