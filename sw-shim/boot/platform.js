//! What the worker asks of the browser: clocks, Cache Storage, bounded fetches, compression, the tracker's socket.
//!
//! Every function is one thing done, with a deadline where something is waited for, and never rejects: what cannot be had is `undefined`. No policy.

import { site } from './settings.js';

const scope = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** How long one operation of Cache Storage may take, in ms: it takes about one; a broken disk must not hang a page. */
const CACHE_MS = 2000;
/** How long compressing or inflating one answer of at most 1 MiB may take, in ms. */
const COMPRESSION_MS = 5000;
/** How long the browser may take to check a signature, in ms. */
const SIGNATURE_MS = 2000;

/** The folder of our files, as an address. Under `importScripts` the worker that imports us lies in the site's root, too. */
export const files = new URL('.well-known/swarmfetch/', scope.location.href).href;

/** The cache's name. */
const CACHE = `swarmfetch-${site?.site}`;

/** Is this script the worker itself, not a part of the site's own? */
export const own = scope.location.pathname.endsWith('/swarmfetch-sw.js');

/** Whole seconds since 1970 by the visitor's clock. */
export const wallSecs = () => Math.floor(Date.now() / 1000);

/** @param {number} len */
export const randomBytes = (len) => crypto.getRandomValues(new Uint8Array(len));

/**
 * The promise's value, or `undefined` when it is late or rejected.
 * @template T
 * @param {Promise<T>} promise
 * @param {number} ms
 * @returns {Promise<T | undefined>}
 */
export function within(promise, ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, undefined);
    promise.then(
      (value) => (clearTimeout(timer), resolve(value)),
      () => (clearTimeout(timer), resolve(undefined)),
    );
  });
}

/**
 * Whether an Ed25519 signature holds; nothing where the browser cannot say (before Chrome 137, Firefox 129 and Safari 17), or not in time.
 * @param {Uint8Array<ArrayBuffer>} key @param {Uint8Array<ArrayBuffer>} signature @param {Uint8Array<ArrayBuffer>} message
 */
export const isSigned = (key, signature, message) =>
  within(
    crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']).then((it) => crypto.subtle.verify('Ed25519', it, signature, message)),
    SIGNATURE_MS,
  );

/** Is the cache gone for good? Opened again, it would be there again. */
let gone = false;

/** @template T @param {(cache: Cache) => Promise<T>} work @returns {Promise<T | undefined>} */
const inCache = async (work) => (gone ? undefined : within(caches.open(CACHE).then(work), CACHE_MS));

/** Leaves nothing behind: no cache, and, unless the worker is the site's, no worker, once its pages are closed. */
export async function goAway() {
  gone = true;
  await within(caches.delete(CACHE), CACHE_MS);
  if (own) await within(scope.registration.unregister(), CACHE_MS);
}

/**
 * @param {string} key under the folder of our files
 * @returns {Promise<Uint8Array<ArrayBuffer> | undefined>}
 */
export const cacheRead = (key) =>
  inCache(async (cache) => {
    const found = await cache.match(files + key);
    return found && new Uint8Array(await found.arrayBuffer());
  });

/**
 * A part of an entry, without reading the rest.
 * @param {string} key
 * @param {number} start
 * @param {number} end
 * @returns {Promise<Uint8Array<ArrayBuffer> | undefined>}
 */
export const cacheReadPart = (key, start, end) =>
  inCache(async (cache) => {
    const found = await cache.match(files + key);
    return found && new Uint8Array(await (await found.blob()).slice(start, end).arrayBuffer());
  });

/**
 * @param {string} key
 * @param {Uint8Array} bytes
 * @returns {Promise<boolean | undefined>} true when it is written
 */
export const cacheWrite = (key, bytes) =>
  inCache(async (cache) => {
    await cache.put(files + key, new Response(/** @type {Uint8Array<ArrayBuffer>} */ (bytes), { headers: { 'content-type': 'application/octet-stream' } }));
    return true;
  });

/** @param {string} key */
export const cacheDrop = (key) => inCache((cache) => cache.delete(files + key));

/** The keys as URLs, oldest first. @returns {Promise<string[] | undefined>} */
export const cacheKeys = () => inCache(async (cache) => (await cache.keys()).map((request) => request.url));

/**
 * Reads a body of at most `max` bytes.
 * @param {Response} response
 * @param {number} max
 * @param {(bytes: number) => void} [came] called with the length of what came
 * @returns {Promise<Uint8Array<ArrayBuffer> | undefined>} nothing when it is longer or breaks off
 */
export async function readBody(response, max, came) {
  try {
    if (response.body === null) return new Uint8Array(await response.arrayBuffer());
    return await collect(response.body.getReader(), max, came);
  } catch {
    return undefined;
  }
}

/** Whether the last answer came over HTTP/1: browsers then ask for six things at once, and for the others when those have come. */
export function isQueued() {
  const answers = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType('resource'));
  // What came out of a cache has none.
  const last = answers.filter(({ nextHopProtocol }) => nextHopProtocol !== '').at(-1);
  return last?.nextHopProtocol.startsWith('http/1') === true;
}

/**
 * Looks whether a body ends within `max` bytes; whatever it does, all of it can be passed on. Not by a clone: Chromium reads the whole body for that, whether the
 * page takes its own or not.
 * @param {ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>} reader of the body
 * @param {number} max
 * @param {(bytes: number) => void} came called with the length of what came
 * @returns {Promise<Uint8Array<ArrayBuffer> | ReadableStream>} bytes when it ended
 */
export async function begun(reader, max, came) {
  /** @type {Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>>[]} */
  const reads = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  try {
    for (let len = 0; len <= max; ) {
      const read = reader.read();
      reads.push(read);
      const { done, value } = await read;
      if (done) return joined(parts, len);
      parts.push(value);
      len += value.length;
      came(value.length);
    }
  } catch {
    // The page hears of it where the body breaks off.
  }
  return new ReadableStream({
    async pull(control) {
      const { done, value } = await (reads.shift() ?? reader.read());
      if (done) control.close();
      else control.enqueue(value);
    },
    cancel: (why) => reader.cancel(why),
  });
}

/**
 * @param {ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>} reader
 * @param {number} max
 * @param {(bytes: number) => void} [came]
 * @returns {Promise<Uint8Array<ArrayBuffer> | undefined>}
 */
async function collect(reader, max, came = (/** @type {number} */ _) => {}) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  let len = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    len += value.length;
    came(value.length);
    if (len > max) {
      reader.cancel().catch(() => {});
      return undefined;
    }
    parts.push(value);
  }
  return joined(parts, len);
}

/** @param {Uint8Array<ArrayBuffer>[]} parts @param {number} len of all */
export function joined(parts, len) {
  if (parts.length === 1 && parts[0]) return parts[0];
  const whole = new Uint8Array(len);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * GETs one of our own files from the origin: status 200 and at most `max` bytes, or nothing.
 * @param {string} url
 * @param {number} max
 * @param {number} ms
 * @param {boolean} mutable asked for anew every time
 * @returns {Promise<Uint8Array<ArrayBuffer> | undefined>}
 */
export async function get(url, max, ms, mutable) {
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), ms);
  try {
    const response = await fetch(url, { cache: mutable ? 'no-store' : 'default', redirect: 'error', signal: control.signal });
    return response.status === 200 ? await readBody(response, max) : void response.body?.cancel().catch(() => {});
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What the browser's own cache holds of a URL: never a request.
 * @param {string} url
 * @param {number} max
 * @param {number} ms
 * @returns {Promise<Uint8Array<ArrayBuffer> | undefined>}
 */
export const fromHttpCache = (url, max, ms) =>
  within(
    (async () => {
      const response = await fetch(url, { cache: 'only-if-cached', mode: 'same-origin', redirect: 'error' });
      return response.status === 200 ? readBody(response, max) : undefined;
    })(),
    ms,
  );

/**
 * DEFLATE without a wrapper (RFC 1951).
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<Uint8Array<ArrayBuffer> | undefined>}
 */
export const deflate = (bytes) => within(through(new CompressionStream('deflate-raw'), bytes, Infinity), COMPRESSION_MS);

/**
 * The reverse. `null`: the stream is broken or holds more than `max` bytes; `undefined`: this browser could not do it now.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} max
 * @returns {Promise<Uint8Array<ArrayBuffer> | null | undefined>}
 */
export const inflate = (bytes, max) =>
  within(
    through(new DecompressionStream('deflate-raw'), bytes, max).then(
      (inflated) => inflated ?? null,
      (error) => (error instanceof TypeError ? null : undefined),
    ),
    COMPRESSION_MS,
  );

/**
 * @param {GenericTransformStream} transform
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} max
 */
function through(transform, bytes, max) {
  const writer = transform.writable.getWriter();
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  return collect(transform.readable.getReader(), max);
}

/** Can this worker compress and inflate? */
export const canDeflate = () => typeof CompressionStream === 'function' && typeof DecompressionStream === 'function';

/**
 * A WebSocket that tells `told` what happens: a string is a message, true opened, false closed.
 * @param {string} url
 * @param {(what: string | boolean) => void} told
 * @returns {WebSocket | undefined}
 */
export function openSocket(url, told) {
  try {
    const socket = new WebSocket(url);
    socket.onopen = () => told(true);
    socket.onclose = () => told(false);
    socket.onmessage = ({ data }) => typeof data === 'string' && told(data);
    return socket;
  } catch {
    setTimeout(told, 0, false);
    return undefined;
  }
}

/** @param {WebSocket | undefined} socket @param {string} text */
export function sendText(socket, text) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(text);
}

/** @param {WebSocket | undefined} socket */
export function closeSocket(socket) {
  if (!socket) return;
  socket.onopen = socket.onclose = socket.onmessage = null;
  socket.close();
}

/** Does the visitor's browser ask to save data, as far as a worker is told? */
export const savesData = () => /** @type {{ connection?: { saveData?: boolean } }} */ (navigator).connection?.saveData === true;

/**
 * Asks every page of this worker's for a hello.
 * @returns {Promise<number | undefined>} how many there are
 */
export const wakePages = () =>
  within(
    scope.clients.matchAll({ type: 'window', includeUncontrolled: true }).then((pages) => {
      for (const page of pages) page.postMessage({ swarmfetch: 'wake' });
      return pages.length;
    }),
    CACHE_MS,
  );

/**
 * Is this client a page? (Not a worker of a page.)
 * @param {string} id
 * @returns {Promise<boolean | undefined>}
 */
export const isPage = (id) => within(scope.clients.get(id).then((client) => client?.type === 'window'), CACHE_MS);

/**
 * Which clients are there?
 * @param {boolean} [includeUncontrolled] also those that this worker does not answer
 * @returns {Promise<string[] | undefined>}
 */
export const clientIds = (includeUncontrolled = true) =>
  within(
    scope.clients.matchAll({ type: 'all', includeUncontrolled }).then((all) => all.map((client) => client.id)),
    CACHE_MS,
  );

/** Takes the pages that no worker answers, unless the worker is the site's. */
export const claim = async () => void (own && (await scope.clients.claim().catch(() => {})));

/**
 * Takes a page that no worker answers, when it is the only one: another may be alone because its visitor wanted it so.
 * @param {string} id
 */
export async function claimStray(id) {
  const all = await clientIds();
  const ours = await clientIds(false);
  if (ours && all?.filter((page) => !ours.includes(page)).join() === id) await claim();
}

/** @param {string} id @returns {Promise<string | undefined>} the address of a page */
export const clientUrl = (id) => within(scope.clients.get(id).then((client) => client?.url), CACHE_MS);
