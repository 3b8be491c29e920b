//! The service worker's entry. Decides synchronously whether a request might be ours, starts the wasm when it is needed, and hands on what pages
//! say. No policy: what a request gets is decided in `crates/worker`.
//!
//! Whatever fails here or below, the page gets what the origin gives.

import { start } from './boot/core.js';
import { hasQuery, nominator } from './boot/nominate.js';
import { called } from './boot/pages.js';
import { claim, own, within } from './boot/platform.js';
import { fitting } from './boot/players.js';
import { absent, route } from './boot/route.js';
import { site } from './boot/settings.js';
import { load, refresh } from './boot/site.js';

/** How long an install waits for the first head, in ms. */
const INSTALL_MS = 5_000;

/** How many clients may be remembered as served from their start, until the wasm knows them. */
const FRESH_MAX = 256;

const scope = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** Clients whose navigation went past this worker: it has seen all that they load. @type {Set<string>} */
const fresh = new Set();

const nominated = site === null ? () => false : nominator(site.rules);

/** A range that every server reads alike. */
const RANGE = /^bytes=(\d{1,15}-\d{0,15}|-\d{1,15})$/;

/**
 * Might this request be ours? Only a plain GET can be: what says how fresh, whose, or which part of an older answer it wants is between page and origin,
 * and so are several ranges, and those that one server ignores and another reads.
 * @param {Request} request
 * @param {URL} url
 */
function ours(request, url) {
  const { headers } = request;
  return (
    request.method === 'GET' &&
    /^(default|force-cache|only-if-cached)$/.test(request.cache) &&
    nominated(url.origin === scope.location.origin ? null : url.origin, url.pathname, hasQuery(url)) &&
    RANGE.test(headers.get('range') ?? 'bytes=0-') &&
    !headers.has('authorization') &&
    !headers.has('if-none-match') &&
    !headers.has('if-modified-since') &&
    !headers.has('if-match') &&
    !headers.has('if-unmodified-since')
  );
}

/**
 * @param {string} client
 * @param {Request} request
 * @param {Promise<Response | undefined>} answer
 */
async function answered(client, request, answer) {
  /** @type {Response | undefined} */
  let response;
  try {
    response = await answer;
  } catch {
    // The origin's own answer below.
  }
  return fitting(client, request, response);
}

scope.addEventListener('fetch', (event) => {
  const { request, clientId, resultingClientId } = event;
  if (resultingClientId !== '') {
    fresh.add(resultingClientId);
    const [oldest] = fresh;
    if (fresh.size > FRESH_MAX && oldest !== undefined) fresh.delete(oldest);
  }
  const url = new URL(request.url);
  if (!ours(request, url)) return;
  if (!start()) return;
  const path = url.pathname;
  const query = hasQuery(url) ? url.search.slice(1) : undefined;
  const navigation = request.mode === 'navigate';
  // A navigation belongs to the version of the page that it makes, not of the one it leaves.
  if (absent(navigation ? '' : clientId, path, query)) return;
  event.respondWith(answered(clientId, request, route({ request, path, query, navigation, client: clientId, resulting: resultingClientId, fresh: fresh.has(clientId) })));
});

scope.addEventListener('install', (event) => {
  // Without it the browser asks the origin for a navigation as well, while the worker starts.
  try {
    const rules = /** @type {{ addRoutes?: (rules: object) => Promise<void> }} */ (/** @type {unknown} */ (event));
    rules.addRoutes?.({ condition: { urlPattern: new URLPattern({}) }, source: 'fetch-event' })?.catch(() => {});
  } catch {
    // A browser with another idea of the rules works without.
  }
  if (own) scope.skipWaiting();
  event.waitUntil(installed().catch(() => {}));
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(claim());
});

scope.addEventListener('message', (event) => {
  const told = event.data;
  const page = event.source;
  if (told === null || typeof told !== 'object' || !(page instanceof Client)) return;
  const work = called(told, page, event.ports[0]);
  if (work) event.waitUntil(Promise.resolve(work).catch(() => {}));
});

/** Asks for the first head, and waits for it a while. */
async function installed() {
  if (start() && !(await load())) await within(refresh(), INSTALL_MS);
}
