//! Taking in what a page had loaded before this worker was there, from the browser's own cache: `only-if-cached` never makes a request, and a miss is
//! skipped.

import * as core from './door.js';
import { keep } from './exchange.js';
import { clientUrl, fromHttpCache } from './platform.js';
import { beganWithout } from './players.js';
import { edition, load, lookup, pin, refresh, save, state } from './site.js';
import { IN_MEMORY_MAX, holds, lengthOf } from './store.js';

/** How long the browser's cache may take for one URL, in ms. */
const READ_MS = 2_000;
/** URLs looked at for one page. */
const RESOURCES_MAX = 512;

/**
 * A page that was there before this worker has loaded these: keep what the owner shares, and pin the page if its document is the current version's.
 * @param {string} client @param {string} document @param {string[]} resources as a page says it: not trusted to be strings
 */
export async function loaded(client, document, resources) {
  if (!(await load())) await refresh();
  const current = edition();
  if (!current) return;
  if (!state.pins.has(client)) pinOpen(client, (await isOf(current, document)) ? current.version : null);
  for (const url of resources.slice(0, RESOURCES_MAX)) if (typeof url === 'string') await take(current, url);
  await save();
}

/** The pin of a page that this worker knows nothing of; null when that cannot be said. @param {string} client @returns {Promise<import('./site.js').Pin>} */
export async function recognise(client) {
  const current = edition();
  const document = current && (await clientUrl(client));
  if (!document) return null;
  const to = (await isOf(current, document)) ? current.version : null;
  pinOpen(client, to);
  return to;
}

/** Pins a page that was there before. @param {string} client @param {import('./site.js').Pin} to */
function pinOpen(client, to) {
  pin(client, to);
  beganWithout(client);
}

/**
 * Is a page's document this version's? Under a query that nobody has labelled, such as an advertisement's, its bytes may still be those of its path.
 * @param {import('./site.js').Edition} of @param {string} document
 */
async function isOf(of, document) {
  return (await take(of, document)) || take(of, document, document.split('?', 1)[0]);
}

/**
 * True when the browser's cache, or ours, holds what this version says of the URL; or the browser's what it says of another one.
 * @param {import('./site.js').Edition} of @param {string} url
 */
async function take(of, url, as = url) {
  const [base = ''] = as.split('#');
  const { origin, pathname } = new URL(base, self.location.href);
  if (origin !== self.location.origin) return false;
  const label = await lookup(of, pathname, queryOf(base), false, () => {});
  if (!label) return false;
  const { name } = label;
  if (as === url && holds(name)) return true;
  const len = lengthOf(name);
  const bytes = len > IN_MEMORY_MAX ? undefined : await fromHttpCache(url, len, READ_MS);
  if (!bytes || !core.isWhole(name, bytes)) return false;
  await keep(name, bytes);
  return true;
}

/** What follows the question mark; an empty query is one too, and makes another URL of the path. @param {string} url without its fragment */
export function queryOf(url) {
  const at = url.indexOf('?');
  return at < 0 ? undefined : url.slice(at + 1);
}
