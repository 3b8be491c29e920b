//! Transparency, parts of files and what the browser does with bytes: X18 to X20, X22 to X25.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { noise, words } from './site.mjs';
import { theatre } from './theatre.mjs';

/** A function that gives the integrity value of a file's content. */
const sri = (/** @type {string | Buffer} */ content) => `sha256-${createHash('sha256').update(content).digest('base64')}`;

const SCRIPT = 'window.checked = (window.checked ?? 0) + 1;\n';
const STYLE = 'h1 { color: rgb(9, 8, 7) }\n';

/** A module that adds two numbers. */
const WASM = Buffer.from('0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b', 'hex');

/** Asks for parts of files; each part of each file has a file of its own, so that no answer is cut from an earlier one in the browser's own cache. */
const parts = async ({ ranges, sizes }) => {
  const seen = {};
  for (const size of sizes) for (const [n, range] of ranges.entries()) seen[`${range} of ${size}`] = await witness.fetch(`${size}-${n}.bin`, { headers: { Range: range } });
  return seen;
};

/** Files for them. */
const files = (/** @type {string[]} */ ranges, /** @type {number[]} */ sizes) => Object.fromEntries(sizes.flatMap((size) => ranges.map((_, n) => [`${size}-${n}.bin`, noise(size)])));

/** The same function with other arguments: what runs in a page sees nothing of this file. */
const withArguments = (/** @type {Function} */ run, /** @type {unknown} */ given) => `(${run})(${JSON.stringify(given)})`;

const SIZES = [1, 20_000, 300_000];
const GOOD = ['bytes=0-0', 'bytes=0-', 'bytes=5-9', 'bytes=-1', 'bytes=-400000', 'bytes=0-400000', 'bytes=16383-16384', 'bytes=262143-262144'];
const NONE = ['bytes=400000-', 'bytes=400000-400001', 'bytes=20000-', 'bytes=-0', 'bytes=9-5', 'bytes=00-05'];
/** What servers read in more than one way, or ignore. */
const ODD = ['bytes=x', 'bytes=', 'bytes=-', 'bytes=5', 'items=0-5', 'BYTES=0-5', 'bytes =0-5', 'bytes= 0-5', 'bytes=0 - 5', 'bytes=+1-5', 'bytes=0x1-5', 'bytes=0-5,10-15', 'bytes=0-5, -5', 'bytes=99999999999999999999-'];

theatre('transparency: parts and uses of files', [
  {
    name: 'X18 a part of a file is exact and clamped',
    files: files(GOOD, SIZES),
    page: withArguments(parts, { ranges: GOOD, sizes: SIZES }),
    shows: (seen) => {
      const of = (/** @type {string} */ name) => [seen[name].status, seen[name].length, seen[name].headers.find((/** @type {string[]} */ pair) => pair[0] === 'content-range')?.[1]];
      assert.deepEqual(of('bytes=0-0 of 20000'), [206, 1, 'bytes 0-0/20000']);
      assert.deepEqual(of('bytes=0-400000 of 20000'), [206, 20_000, 'bytes 0-19999/20000']);
      assert.deepEqual(of('bytes=-400000 of 20000'), [206, 20_000, 'bytes 0-19999/20000']);
      assert.deepEqual(of('bytes=5-9 of 1'), [416, 0, 'bytes */1']);
    },
  },
  {
    name: 'X18 a part of a text that would travel compressed',
    files: { 'a.txt': words(20_000), 'b.txt': words(20_000), 'c.txt': words(20_000) },
    page: async () => [await witness.fetch('a.txt', { headers: { Range: 'bytes=100-199' } }), await witness.fetch('b.txt', { headers: { Range: 'bytes=-10' } }), await witness.fetch('c.txt', { headers: { Range: 'bytes=20000-' } })],
    shows: (seen) => assert.deepEqual(seen.map((one) => one.status), [206, 206, 416]),
  },
  {
    name: 'X19 parts that there are not, and those that end before they begin',
    files: files(NONE, [10, 20_000]),
    page: withArguments(parts, { ranges: NONE, sizes: [10, 20_000] }),
    shows: (seen) => {
      assert.equal(seen['bytes=20000- of 20000'].status, 416);
      assert.deepEqual(seen['bytes=20000- of 20000'].headers.find((/** @type {string[]} */ pair) => pair[0] === 'content-range'), ['content-range', 'bytes */20000']);
      assert.equal(seen['bytes=9-5 of 20000'].status, 200);
    },
  },
  {
    // The table has "ignored" for most of them; our own host reads some, and another host others. So they are the origin's business.
    name: 'X19 several ranges, and what is no range, go to the network',
    files: files(ODD, [20_000]),
    network: true,
    page: withArguments(parts, { ranges: ODD, sizes: [20_000] }),
    shows: (seen, { log }) => {
      assert.equal(log.length, ODD.length);
      assert.deepEqual([seen['bytes=x of 20000'].status, seen['items=0-5 of 20000'].status], [200, 200]);
    },
  },
  {
    // A page that sets If-Range asks past every cache (Fetch, 5.4, step 15 of "HTTP-network-or-cache fetch"), and past the worker with it.
    name: 'X20 If-Range with the tag or the date of the file, or another',
    files: Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => [`${name}.bin`, noise(20_000)]).concat([['h.txt', words(20_000)]])),
    network: true,
    page: async () => {
      const { headers } = await fetch('a.bin', { method: 'HEAD' });
      const text = await fetch('h.txt', { method: 'HEAD' });
      const etag = async (path) => (await fetch(path, { method: 'HEAD' })).headers.get('etag');
      const date = async (path) => (await fetch(path, { method: 'HEAD' })).headers.get('last-modified');
      const tried = {
        'a.bin': headers.get('etag'), 'b.bin': '"another"', 'c.bin': `W/${await etag('c.bin')}`, 'd.bin': await date('d.bin'), 'e.bin': 'Sun, 06 Nov 1994 08:49:37 GMT',
        'f.bin': 'Thu, 01 Jan 2099 00:00:00 GMT', 'g.bin': 'what is this', 'h.txt': text.headers.get('etag'),
      };
      const seen = {};
      for (const [path, value] of Object.entries(tried)) seen[path] = await witness.fetch(path, { headers: { Range: 'bytes=5-9', 'If-Range': value } });
      return seen;
    },
    shows: (seen) => assert.deepEqual([seen['a.bin'].status, seen['b.bin'].status], [206, 200]),
  },
  {
    name: 'X22 a part is never kept as the whole',
    files: { 'a.bin': noise(20_000), 'b.bin': noise(300_000) },
    page: async () => {
      const seen = [];
      for (const path of ['a.bin', 'b.bin']) seen.push(await witness.fetch(path, { headers: { Range: 'bytes=5-9' } }), await witness.fetch(path), await witness.fetch(path, { headers: { Range: 'bytes=6-10' } }));
      return seen;
    },
    shows: (seen) => assert.deepEqual(seen.map((one) => one.length), [5, 20_000, 5, 5, 300_000, 5]),
  },
  {
    name: 'X22 what the cache holds after a part is a whole file or nothing',
    alone: true,
    arms: ['A', 'B', 'D'],
    files: { 'a.bin': noise(20_000) },
    // The cache's own keys say how long a file is that it holds.
    page: async () => {
      const got = await witness.fetch('a.bin', { headers: { Range: 'bytes=5-9' } });
      const wrong = [];
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
          const length = Number(/\/c\/[0-9a-f]{64}\/(\d+)$/.exec(request.url)?.[1] ?? -1);
          if (length >= 0 && (await (await cache.match(request)).arrayBuffer()).byteLength !== length) wrong.push(request.url);
        }
      }
      return { got, wrong };
    },
    shows: (seen) => assert.equal(seen.got.status, 206),
  },
  {
    name: 'X23 Vary',
    files: { 'a.txt': words(3_000), 'b.txt': words(3_000), 'accept.txt': words(3_000), 'language.txt': words(3_000), 'origin.txt': words(3_000), 'cookie.txt': words(3_000), 'all.txt': words(3_000) },
    headers: { 'b.txt': { Vary: 'Accept-Encoding' }, 'accept.txt': { Vary: 'Accept' }, 'language.txt': { Vary: 'accept-language' }, 'origin.txt': { Vary: 'Origin' }, 'cookie.txt': { Vary: 'Cookie' }, 'all.txt': { Vary: '*' } },
    unlabelled: ['accept.txt', 'language.txt', 'cookie.txt', 'all.txt'],
    origin: {
      'accept.txt': (request, response, pass) => (/json/.test(request.headers.accept ?? '') ? response.writeHead(200, { vary: 'Accept', 'content-type': 'application/json' }).end('{}') : pass()),
      'language.txt': (request, response, pass) => (/^de/.test(request.headers['accept-language'] ?? '') ? response.writeHead(200, { vary: 'accept-language' }).end('Licht') : pass()),
      'cookie.txt': (request, response, pass) => (/who=/.test(request.headers.cookie ?? '') ? response.writeHead(200, { vary: 'Cookie' }).end('you') : pass()),
    },
    page: async () => {
      const seen = await witness.fetchAll(['a.txt', 'b.txt', 'accept.txt', 'language.txt', 'origin.txt', 'cookie.txt', 'all.txt']);
      seen.json = await witness.fetch('accept.txt', { headers: { Accept: 'application/json' } });
      seen.german = await witness.fetch('language.txt', { headers: { 'Accept-Language': 'de' } });
      document.cookie = 'who=me';
      seen.mine = await witness.fetch('cookie.txt');
      seen.all = await witness.fetch('all.txt');
      return seen;
    },
    shows: (seen) => assert.deepEqual([seen.json.length, seen.german.length, seen.mine.length], [2, 5, 3]),
  },
  {
    // The labels know nothing of this Vary: it is the server in front that negotiates. Of what it answers nothing may be kept.
    name: 'X23 what the server in front says to vary by is not kept',
    arms: ['A', 'B'],
    files: { 'a.txt': words(3_000), 'b.txt': words(3_000) },
    origin: {
      'a.txt': (request, response, pass) => (/json/.test(request.headers.accept ?? '') ? response.writeHead(200, { vary: 'Accept' }).end('{}') : pass({ headers: { Vary: 'Accept' } })),
      'b.txt': (request, response, pass) => (/who=/.test(request.headers.cookie ?? '') ? response.writeHead(200, { vary: 'Cookie' }).end('you') : pass({ headers: { Vary: 'Cookie' } })),
    },
    page: async () => {
      const seen = await witness.fetchAll(['a.txt', 'b.txt']);
      seen.json = await witness.fetch('a.txt', { headers: { Accept: 'application/json' } });
      document.cookie = 'who=me';
      seen.mine = await witness.fetch('b.txt');
      return seen;
    },
    shows: (seen) => assert.deepEqual([seen.json.length, seen.mine.length], [2, 3]),
  },
  {
    // What fails is asked for once more; here the browser's own cache answers that.
    name: 'X24 integrity, right and wrong',
    headers: Object.fromEntries(['wrong.js', 'wrong.css', 'wrong.bin'].map((path) => [path, { 'Cache-Control': 'public, max-age=600' }])),
    files: { 'right.js': SCRIPT, 'wrong.js': `${SCRIPT}//\n`, 'right.css': STYLE, 'wrong.css': `${STYLE}/**/\n`, 'right.bin': 'right', 'wrong.bin': 'wrong' },
    page: `(${async ({ script, style, right }) => {
      const seen = {};
      for (const [src, integrity] of [['right.js', script], ['wrong.js', script]]) seen[src] = await witness.loads(Object.assign(document.createElement('script'), { integrity, src }));
      for (const [href, integrity] of [['right.css', style], ['wrong.css', style]]) seen[href] = await witness.loads(Object.assign(document.createElement('link'), { rel: 'stylesheet', integrity, href }));
      for (const path of ['right.bin', 'wrong.bin']) seen[path] = await witness.fetch(path, { integrity: right });
      return { ...seen, ran: window.checked, colour: getComputedStyle(document.querySelector('h1')).color };
    }})(${JSON.stringify({ script: sri(SCRIPT), style: sri(STYLE), right: sri('right') })})`,
    shows: (seen) => assert.deepEqual([seen['right.js'], seen['wrong.js'], seen['right.css'], seen['wrong.css'], seen['right.bin'].status, seen['wrong.bin'].failed, seen.ran], ['load', 'error', 'load', 'error', 200, 'TypeError', 1]),
  },
  {
    name: 'X25 WebAssembly is compiled while it streams',
    files: { 'add.wasm': WASM, 'add.bin': WASM },
    page: async () => ({
      sum: (await WebAssembly.instantiateStreaming(fetch('add.wasm'))).instance.exports.add(19, 23),
      byResponse: (await WebAssembly.compileStreaming(await fetch('add.wasm'))) instanceof WebAssembly.Module,
      wrongType: await witness.attempt(() => WebAssembly.instantiateStreaming(fetch('add.bin'))),
    }),
    shows: (seen) => assert.deepEqual([seen.sum, seen.byResponse, seen.wrongType.failed], [42, true, 'TypeError']),
  },
]);
