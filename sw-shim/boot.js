//! The service worker's entry. Decides synchronously whether a request might be ours, starts the wasm when it is needed, and moves what pages say to it
//! and back. No policy: what a request gets is decided in `crates/worker`.
//!
//! Whatever fails here or below, the page gets what the origin gives.

import { Shell, initSync } from 'swarmfetch-wasm';
import { hasQuery, nominator } from './boot/nominate.js';
import { attach, called } from './boot/pages.js';
import { unravel } from './boot/unravel.js';

/** @type {{ site: string, root: string, floor: number, rules: import('./boot/nominate.js').Rules } | null} */
const site = __SWARMFETCH_SITE__;

/** How many clients may be remembered as served from their start, until the wasm knows them. */
const FRESH_MAX = 256;

const scope = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** The folder that this script stands in. Under `importScripts` it is the importing worker's. */
const base = new URL('.', scope.location.href).href;

/** Clients whose navigation went past this worker: it has seen all that they load. @type {Set<string>} */
const fresh = new Set();

/** @type {Shell | null | undefined} undefined: not started; null: cannot run here, or has failed */
let shell;

/** Starts the wasm, once. @returns {Shell | null} */
function start() {
  if (shell !== undefined) return shell;
  shell = null;
  if (site === null) return null;
  try {
    initSync({ module: new WebAssembly.Module(unravel(__SWARMFETCH_WASM__, __SWARMFETCH_READER__)) });
    shell = new Shell(base, site.site, site.root, site.floor);
  } catch {
    // For example a Content-Security-Policy without 'wasm-unsafe-eval' on this script.
  }
  return shell;
}

/**
 * Calls into the wasm; a trap ends it for this worker's life, and everything passes through.
 * @template T
 * @param {(shell: Shell) => T} call
 * @returns {T | undefined}
 */
function guarded(call) {
  try {
    const running = start();
    return running === null ? undefined : call(running);
  } catch {
    shell = null;
    return undefined;
  }
}

attach(guarded);

const nominated = site === null ? () => false : nominator(site.rules);

/**
 * Might this request be ours? Only a plain GET can be: what says how fresh, whose, or which part of an older answer it wants is between page and origin.
 * @param {Request} request
 * @param {URL} url
 */
function ours(request, url) {
  const { headers } = request;
  return (
    request.method === 'GET' &&
    (request.cache === 'default' || request.cache === 'force-cache') &&
    nominated(url.origin === scope.location.origin ? null : url.origin, url.pathname, hasQuery(url)) &&
    !headers.has('authorization') &&
    !headers.has('if-none-match') &&
    !headers.has('if-modified-since') &&
    !headers.has('if-match') &&
    !headers.has('if-unmodified-since')
  );
}

/**
 * @param {Request} request
 * @param {Promise<Response | undefined> | undefined} answer
 */
async function answered(request, answer) {
  /** @type {Response | undefined} */
  let response;
  try {
    response = await answer;
  } catch {
    // The origin's own answer below.
  }
  return response ?? fetch(request);
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
  const running = start();
  if (running === null) return;
  const path = url.pathname;
  const query = hasQuery(url) ? url.search.slice(1) : undefined;
  const navigation = request.mode === 'navigate';
  // A navigation belongs to the version of the page that it makes, not of the one it leaves.
  if (guarded((it) => it.absent(navigation ? '' : clientId, path, query)) === true) return;
  const range = request.headers.get('range') ?? undefined;
  const ifRange = request.headers.get('if-range') ?? undefined;
  const answer = guarded((it) => it.route(request, path, query, navigation, clientId, resultingClientId, fresh.has(clientId), range, ifRange));
  if (answer === undefined) return;
  event.respondWith(answered(request, answer));
});

scope.addEventListener('install', (event) => {
  // Without it the browser asks the origin for a navigation as well, while the worker starts.
  try {
    const rules = /** @type {{ addRoutes?: (rules: object) => Promise<void> }} */ (/** @type {unknown} */ (event));
    rules.addRoutes?.({ condition: { urlPattern: new URLPattern({}) }, source: 'fetch-event' })?.catch(() => {});
  } catch {
    // A browser with another idea of the rules works without.
  }
  if (own()) scope.skipWaiting();
  event.waitUntil(Promise.resolve(guarded((it) => it.install())).catch(() => {}));
});

scope.addEventListener('activate', (event) => {
  if (own()) event.waitUntil(scope.clients.claim().catch(() => {}));
});

scope.addEventListener('message', (event) => {
  const told = event.data;
  const page = event.source;
  if (told === null || typeof told !== 'object' || !(page instanceof Client)) return;
  const work = called(told, page, event.ports[0]);
  if (work) event.waitUntil(Promise.resolve(work).catch(() => {}));
});

/** Is this script the worker itself, not a part of the site's own? */
function own() {
  return scope.location.pathname.endsWith('/swarmfetch-sw.js');
}
