//! Ahead of the click: what the links of a page lead to is fetched while its visitor reads, from peers alone. Documents of the links in view; of the one that is about to
//! be followed, what its document needs, too.

import { openLinks, unwant } from './exchange.js';
import { wantAhead } from './needs.js';
import { savesData, within } from './platform.js';
import { patched } from './patches.js';
import { prove } from './proofs.js';
import { header } from './respond.js';
import { edition, known, refresh, staleInSecs } from './site.js';
import * as store from './store.js';

/** Addresses taken from a page at a time. */
const URLS_MAX = 32;
/** Longest document that is fetched before anybody asks for it, in bytes, and longest part of one. */
const DOCUMENT_BYTES_MAX = 256 * 1024;
const PART_BYTES_MAX = 1024 * 1024;
/** What may be fetched for one page's links in view, in bytes: whoever reads long enough for more has scrolled far. */
const PAGE_BYTES_MAX = 1024 * 1024;
/** Documents that are fetched at once. What somebody waits for comes first, but shares their lines. */
const AT_ONCE = 3;
/** How long one thing may take, in ms. */
const FETCH_MS = 5_000;
/** Pages whose bytes are counted. */
const PAGES_MAX = 32;

/** After a link has opened, how long until it is asked, in ms: it has said what it holds, and others have opened. */
const SETTLED_MS = 150;

/** Bytes fetched for each page. @type {Map<string, number>} */
const spent = new Map();
/** The links that came in view last, and on which page: who comes later may hold what they lead to. @type {{ client: string, urls: string[] }} */
let view = { client: '', urls: [] };
let again = 0;
/** What waits to be fetched. @type {(() => Promise<unknown>)[]} */
const queue = [];
let fetching = 0;

/**
 * A page has these links in view; or one of them is about to be followed.
 * @param {string} client @param {string[]} urls as a page says it: not trusted to be strings @param {boolean} soon
 */
export async function lookAhead(client, urls, soon) {
  // The click would wait for it.
  if (soon && staleInSecs() === 0) void refresh();
  if (!soon) view = { client, urls: [...(client === view.client ? view.urls : []), ...urls].slice(-URLS_MAX) };
  await look(client, urls, soon);
}

/** A page is gone. @param {string} client */
export function lookAway(client) {
  if (client === view.client) view.urls = [];
}

/** A link has opened: whoever is there may hold what nobody held. */
export function lookAgain() {
  clearTimeout(again);
  again = setTimeout(() => look(view.client, view.urls, false).catch(() => {}), SETTLED_MS);
}

/** @param {string} client @param {string[]} urls @param {boolean} soon */
async function look(client, urls, soon) {
  const of = edition();
  if (!of || openLinks() === 0 || savesData()) return;
  const own = urls.slice(0, URLS_MAX).map((url) => new URL(url)).filter(({ origin }) => origin === self.location.origin);
  // What was to be fetched for an earlier view is looked at anew.
  if (!soon) queue.length = 0;
  const paths = own.map(({ pathname, search }) => pathname + search);
  await prove(of, paths, soon, soon);
  for (const path of paths) {
    const [name = '', query] = path.split(/\?(.*)/s);
    const label = known(of.version, name, query, soon);
    if (!label || typeof label === 'string' || !header(label.headers, 'content-type')?.startsWith('text/html')) continue;
    if (soon) {
      for (const what of [label, ...label.needs]) if (store.lengthOf(what.name) <= PART_BYTES_MAX) void fetchAhead(what, of.version);
    } else if (store.lengthOf(label.name) <= DOCUMENT_BYTES_MAX) {
      queue.push(() => fetchInView(client, label, of.version));
    }
  }
  next();
}

/** Fetches a document of a link in view, if that page has not had enough. @param {string} client @param {import('./site.js').Label} label @param {number} version */
async function fetchInView(client, label, version) {
  const bytes = (spent.get(client) ?? 0) + store.lengthOf(label.name);
  if (bytes > PAGE_BYTES_MAX || !(await fetchAhead(label, version))) return;
  spent.delete(client);
  spent.set(client, bytes);
  const [oldest] = spent.keys();
  if (spent.size > PAGES_MAX && oldest !== undefined) spent.delete(oldest);
}

function next() {
  while (fetching < AT_ONCE) {
    const fetch = queue.shift();
    if (!fetch) return;
    fetching += 1;
    void fetch().finally(() => {
      fetching -= 1;
      next();
    });
  }
}

/** Fetches an object from peers, if one holds it, or a patch for it. @param {{ name: store.Name, text: boolean } & Partial<import('./site.js').Label>} what @param {number} version @returns {Promise<boolean>} it came */
async function fetchAhead(what, version) {
  const { name, savings = false, patches = [] } = what;
  if (store.holds(name)) return false;
  if (await patched({ name, savings, patches }, version, true).catch(() => undefined)) return true;
  const { number, come, late, nobody } = wantAhead(what, version);
  const came = !nobody && (await within(Promise.race([come, late.then(() => false)]), FETCH_MS));
  unwant(number);
  return came === true;
}
