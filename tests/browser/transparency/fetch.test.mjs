//! Transparency, what a page sees of `fetch`, and what the origin sees: X1 to X6, X8, X12 to X17.
import assert from 'node:assert/strict';
import { noise, words } from './site.mjs';
import { theatre } from './theatre.mjs';

/** Headers that pages or browsers read, as an owner sets them. */
const OWNERS = {
  'Cache-Control': 'public, max-age=600',
  'X-Word': 'light',
  'Content-Security-Policy': "default-src 'self'",
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Permissions-Policy': 'camera=()',
  'Referrer-Policy': 'same-origin',
  'Timing-Allow-Origin': '*',
  'Server-Timing': 'app;dur=3',
  Link: '<other.css>; rel=stylesheet',
  'Content-Language': 'en',
  'Content-Disposition': 'inline; filename="a.bin"',
};

theatre('transparency: fetch', [
  {
    name: 'X1 a labelled file is fetched',
    files: { 'a.bin': noise(20_000), 'b.txt': words(5_000), 'c.txt': words(100), 'd.json': '{"a":1}', 'e.bin': noise(300_000), 'empty.txt': '', 'f.html': words(4_000) },
    page: () => witness.fetchAll(['a.bin', 'b.txt', 'c.txt', 'd.json', 'e.bin', 'empty.txt', 'f.html', 'a.bin#part', './']),
    shows: (seen) => {
      const { status, type, length } = seen['a.bin'];
      assert.deepEqual([status, type, length], [200, 'basic', 20_000]);
    },
  },
  {
    name: 'X1 a labelled file is fetched by many at once',
    files: { 'a.bin': noise(200_000), 'b.txt': words(50_000) },
    page: () => Promise.all(Array.from({ length: 20 }, (_, n) => witness.fetch(n % 2 ? 'a.bin' : 'b.txt'))),
    shows: (seen) => assert(seen.every((one) => one.status === 200)),
  },
  {
    name: 'X2 custom and security headers are the same, of what is compressed and what is not',
    files: { 'a.bin': noise(3_000), 'b.txt': words(3_000) },
    headers: { 'a.bin': OWNERS, 'b.txt': OWNERS },
    page: () => witness.fetchAll(['a.bin', 'b.txt']),
    shows: (seen) => {
      for (const name of [...Object.keys(OWNERS), 'etag', 'last-modified', 'content-length']) assert(seen['a.bin'].headers.some((pair) => pair[0] === name.toLowerCase()), name);
    },
    // What C and D show of a body that travelled compressed: neither Content-Encoding nor Content-Length, since nothing travelled.
    also: (seen, kind) => {
      const names = seen['b.txt'].headers.map((pair) => pair[0]);
      assert.deepEqual([names.includes('content-encoding'), names.includes('content-length')], kind === 'A' ? [true, true] : [false, false]);
    },
  },
  {
    name: 'X3 a file with a cookie of its owner goes to the network each time',
    files: { 'a.bin': noise(3_000) },
    headers: { 'a.bin': { 'Set-Cookie': 'counted=yes' } },
    unlabelled: ['a.bin'],
    network: true,
    page: async () => [await witness.fetch('a.bin', { cache: 'default' }), document.cookie, await witness.fetch('a.bin'), await witness.fetch('a.bin')],
    shows: (seen, { log }) => {
      assert.match(seen[1], /counted=yes/);
      assert.equal(log.length, 3);
    },
  },
  {
    // Not the table's "network each time" beyond arm B: a worker never sees Set-Cookie, so of bytes that are those signed it can't know that they came with one.
    name: 'X3 a cookie that only the server in front knows of is set when the origin is asked',
    arms: ['A', 'B'],
    files: { 'a.bin': noise(3_000) },
    origin: { 'a.bin': (request, response, pass) => pass({ headers: { 'Set-Cookie': 'unforeseen=yes' } }) },
    page: async () => [await witness.fetch('a.bin'), document.cookie],
    shows: (seen) => assert.match(seen[1], /unforeseen=yes/),
  },
  {
    name: 'X4 a compressed body is decoded once, for fetch and for XHR',
    files: { 'a.txt': words(40_000), 'b.json': words(40_000), 'c.svg': words(40_000) },
    page: () => Promise.all(['a.txt', 'b.json', 'c.svg'].map(async (path) => {
      const asked = new XMLHttpRequest();
      const seen = [];
      asked.onprogress = (event) => seen.push([event.lengthComputable, event.total]);
      asked.open('GET', path);
      const done = new Promise((resolve) => (asked.onloadend = resolve));
      asked.send();
      await done;
      return { fetched: await witness.fetch(path), status: asked.status, text: await witness.hash(new TextEncoder().encode(asked.responseText)), lengths: [...new Set(seen.map(String))], type: asked.getResponseHeader('content-type') };
    })),
    shows: (seen) => {
      assert(seen.every(({ fetched }) => fetched.headers.some((pair) => pair[0] === 'content-encoding')));
      assert(seen.every(({ fetched, text }) => fetched.body === text && fetched.length === 40_000));
    },
  },
  {
    name: 'X5 HEAD goes to the network',
    files: { 'a.bin': noise(3_000), 'b.txt': words(3_000) },
    network: true,
    page: () => witness.fetchAll(['a.bin', 'b.txt'], { method: 'HEAD' }),
    shows: (seen, { log }) => assert.deepEqual([log.length, seen['a.bin'].status, seen['a.bin'].length], [2, 200, 0]),
  },
  {
    name: 'X6 POST, PUT, DELETE, PATCH and OPTIONS go to the network untouched',
    files: { 'a.bin': noise(3_000) },
    network: true,
    origin: { 'a.bin': (request, response, pass) => (request.method === 'GET' ? pass() : response.writeHead(200, { 'x-method': request.method }).end(request.bytes)) },
    page: async () => {
      const seen = {};
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
        seen[method] = await witness.fetch('a.bin', { method, body: `{"by":"${method}"}`, headers: { 'Content-Type': 'application/json', 'X-Word': 'light' } });
        seen[`${method} of a form`] = await witness.fetch('a.bin', { method, body: new URLSearchParams({ word: 'light' }) });
        seen[`${method} of nothing`] = await witness.fetch('a.bin', { method });
      }
      return seen;
    },
    shows: (seen, { log }) => {
      assert.equal(log.length, 15);
      assert.equal(seen.PUT.length, '{"by":"PUT"}'.length);
    },
  },
  {
    // Chromium sends streams over HTTP/2 and HTTP/3 only; over HTTP/1.1 a page sees a refusal. Whether the stream is read before differs: with any
    // worker that listens, Chromium has begun by then.
    name: 'X8 a stream as a body meets the same answer',
    files: { 'a.bin': noise(3_000) },
    network: true,
    page: () => witness.fetch('a.bin', { method: 'POST', body: new Blob([new Uint8Array(3_000)]).stream(), duplex: 'half' }),
    shows: (seen) => assert.equal(seen.failed, 'TypeError'),
  },
  {
    name: 'X12 a page that asks conditionally is answered by the network',
    files: { 'a.bin': noise(3_000), 'b.txt': words(3_000) },
    network: true,
    page: async () => {
      const seen = [];
      for (const path of ['a.bin', 'b.txt']) {
        const { headers } = await fetch(path, { method: 'HEAD' });
        for (const asked of [{ 'If-None-Match': headers.get('etag') }, { 'If-None-Match': '"another"' }, { 'If-Modified-Since': headers.get('last-modified') }, { 'If-Modified-Since': 'Sun, 06 Nov 1994 08:49:37 GMT' }, { 'If-Match': '"another"' }, { 'If-Unmodified-Since': 'Sun, 06 Nov 1994 08:49:37 GMT' }]) {
          seen.push([path, Object.keys(asked)[0], await witness.fetch(path, { headers: asked })]);
        }
      }
      return seen;
    },
    shows: (seen) => assert.deepEqual(seen.map((one) => one[2].status), [304, 200, 304, 200, 412, 412, 304, 200, 304, 200, 412, 412]),
  },
  {
    name: 'X13 no-store, reload and no-cache go to the network, once each',
    files: { 'a.bin': noise(3_000) },
    headers: { 'a.bin': { 'Cache-Control': 'public, max-age=600' } },
    network: true,
    page: async () => {
      const seen = [];
      for (const cache of ['no-store', 'reload', 'no-cache', 'no-store', 'reload', 'no-cache']) seen.push(await witness.fetch('a.bin', { cache }));
      return seen;
    },
    shows: (seen, { log }) => assert.deepEqual([log.length, seen.every((one) => one.status === 200)], [6, true]),
  },
  {
    name: 'X14 force-cache and only-if-cached',
    files: { 'a.bin': noise(3_000), 'b.bin': noise(4_000), 'c.txt': words(5_000) },
    page: async () => [
      await witness.fetch('a.bin', { cache: 'force-cache' }),
      await witness.fetch('a.bin', { cache: 'force-cache' }),
      await witness.fetch('a.bin', { cache: 'only-if-cached', mode: 'same-origin' }),
      await witness.fetch('b.bin'),
      await witness.fetch('b.bin', { cache: 'only-if-cached', mode: 'same-origin' }),
      await witness.fetch('c.txt'),
      await witness.fetch('c.txt', { cache: 'only-if-cached', mode: 'same-origin' }),
      await witness.fetch('c.txt', { cache: 'only-if-cached', mode: 'cors' }),
    ],
    shows: (seen) => assert.deepEqual(seen.map((one) => one.status), [200, 200, 200, 200, 200, 200, 200, undefined]),
  },
  {
    name: 'X14 only-if-cached of what nobody has asked for is a failure without a request',
    files: { 'desk/a.bin': noise(3_000) },
    network: true,
    page: async () => [await witness.fetch('desk/a.bin', { cache: 'only-if-cached', mode: 'same-origin' }), await witness.fetch('nowhere.bin', { cache: 'only-if-cached', mode: 'same-origin' })],
    shows: (seen, { log }) => assert.deepEqual([seen[0].failed, log.length], ['TypeError', 0]),
  },
  {
    name: 'X15 a request with Authorization goes to the network',
    files: { 'a.bin': noise(3_000) },
    network: true,
    page: () => witness.fetch('a.bin', { headers: { Authorization: 'Bearer abc' } }),
    shows: (seen, { log }) => assert.equal(log.length, 1),
  },
  {
    name: 'X16 credentials omit, same-origin and include send the same cookies',
    files: { 'omit.bin': noise(3_000), 'same-origin.bin': noise(3_000), 'include.bin': noise(3_000), 'desk/a.bin': noise(3_000) },
    page: async () => {
      document.cookie = 'word=light';
      const seen = [];
      for (const credentials of ['omit', 'same-origin', 'include']) seen.push(await witness.fetch(`${credentials}.bin`, { credentials }), await witness.fetch('desk/a.bin', { credentials, cache: 'no-store' }), await witness.fetch('./?unlabelled', { credentials }));
      return seen;
    },
    shows: (seen, { log }) => {
      const cookies = Object.fromEntries(log.map(({ path, headers }) => [path.split('/').at(-1), headers.some((pair) => pair[0] === 'Cookie' && pair[1].includes('word=light'))]));
      assert.deepEqual([cookies['omit.bin'], cookies['same-origin.bin'], cookies['include.bin']], [false, true, true]);
    },
  },
  {
    name: 'X17 modes of fetch',
    files: { 'a.bin': noise(3_000), 'b.bin': noise(3_000), 'c.bin': noise(3_000) },
    page: async () => [await witness.fetch('a.bin', { mode: 'no-cors' }), await witness.fetch('b.bin', { mode: 'cors' }), await witness.fetch('c.bin', { mode: 'same-origin' })],
    shows: (seen) => assert(seen.every((one) => one.type === 'basic')),
  },
  {
    name: 'X17 elements with and without crossorigin load, and their pictures can be read',
    files: {
      'a.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="#123456"/></svg>',
      'b.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="#654321"/></svg>',
      'c.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="#abcdef"/></svg>',
      'a.js': 'window.ran = [...(window.ran ?? []), "a"];', 'b.js': 'window.ran = [...(window.ran ?? []), "b"]; throw new Error("as it is told");',
      'a.css': 'h1 { color: rgb(1, 2, 3) }', 'b.css': 'h1 { background-color: rgb(4, 5, 6) }', 'broken.woff2': noise(500),
    },
    page: async () => {
      const seen = {};
      for (const [src, crossOrigin] of [['a.svg', null], ['b.svg', 'anonymous'], ['c.svg', 'use-credentials']]) {
        const image = Object.assign(document.createElement('img'), { crossOrigin, src });
        seen[src] = [await witness.loads(image, document.body), image.naturalWidth];
        const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 8 }).getContext('2d');
        canvas.drawImage(image, 0, 0);
        seen[src].push(await witness.attempt(() => [...canvas.getImageData(2, 2, 1, 1).data]));
      }
      for (const [src, crossOrigin] of [['a.js', null], ['b.js', 'anonymous']]) seen[src] = await witness.loads(Object.assign(document.createElement('script'), { crossOrigin, src }));
      for (const [href, crossOrigin] of [['a.css', null], ['b.css', 'anonymous']]) {
        const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', crossOrigin, href });
        seen[href] = [await witness.loads(link), await witness.attempt(() => link.sheet.cssRules[0].cssText)];
      }
      const { color, backgroundColor } = getComputedStyle(document.querySelector('h1'));
      seen.font = await witness.attempt(() => new FontFace('Own', 'url(broken.woff2)').load());
      return { ...seen, color, backgroundColor, ran: window.ran };
    },
    shows: (seen) => assert.deepEqual([seen['a.svg'][2], seen.ran, seen.color], [[18, 52, 86, 255], ['a', 'b'], 'rgb(1, 2, 3)']),
  },
]);
