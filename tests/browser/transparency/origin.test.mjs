//! Transparency, what the origin does with a labelled URL: redirects, failures, slow and endless answers, and pages that give up: X7, X9 to X11, X30 to X33.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { noise, page, words } from './site.mjs';
import { theatre } from './theatre.mjs';

const MIB = 1024 * 1024;
/** A labelled file too long to be held back until it is whole. */
const LONG = 50 * MIB;
const REDIRECTS = [301, 302, 303, 307, 308];

/** Answers with a redirect in place of a file. */
const redirect = (/** @type {number} */ status, to = 'there.bin') => (/** @type {any} */ request, /** @type {any} */ response) => response.writeHead(status, { location: to, 'cache-control': 'no-store' }).end();

/** Answers GET with an error in place of a file. */
const fail = (/** @type {number} */ status) => (/** @type {any} */ request, /** @type {any} */ response) => response.writeHead(status, { 'content-type': 'text/plain', 'x-why': 'so' }).end(`${status} it is`);

/** Passes half of a long body on, and the rest when the page says so: what a page sees of the first half it saw before the end. */
function inHalves() {
  /** @type {Map<string, () => void>} */
  const held = new Map();
  return {
    'long.bin': (/** @type {any} */ request, /** @type {any} */ response, /** @type {any} */ pass, /** @type {any} */ asked) => {
      const { write } = response;
      let sent = 0;
      // Counted below the log's own counting: what is not written yet is not sent.
      response.write = (/** @type {Buffer} */ chunk) => {
        sent += chunk.length;
        const took = write.call(response, chunk);
        if (sent < LONG / 2 || held.has(request.headers.host)) return took;
        held.set(request.headers.host, () => response.emit('drain'));
        return false;
      };
      pass();
    },
    'more': (/** @type {any} */ request, /** @type {any} */ response) => {
      held.get(request.headers.host)?.();
      response.end();
    },
  };
}

/** What drips, and who waits, by the arm's address. @type {Record<string, {response: import('node:http').ServerResponse, left: number}>} */
const dripping = {};

/** @type {Map<string | undefined, {promise: Promise<void>, tell: () => void}>} */
const polls = new Map();

/** What the arm at this address waits for. */
function told(/** @type {string | undefined} */ host) {
  if (!polls.has(host)) {
    let tell = () => {};
    const promise = new Promise((/** @type {(value: void) => void} */ resolve) => (tell = resolve));
    polls.set(host, { promise, tell });
  }
  return /** @type {{promise: Promise<void>, tell: () => void}} */ (polls.get(host));
}

theatre('transparency: what the origin does', [
  {
    name: 'X7 an upload of 5 MB tells of its progress',
    files: { 'a.bin': noise(3_000) },
    network: true,
    origin: { 'a.bin': (request, response) => response.writeHead(200).end(String(request.bytes.length)) },
    page: () => new Promise((resolve) => {
      const asked = new XMLHttpRequest();
      const seen = { events: 0, most: 0, total: 0, order: [] };
      for (const name of ['loadstart', 'progress', 'load', 'loadend']) asked.upload.addEventListener(name, (event) => {
        if (seen.order.at(-1) !== name) seen.order.push(name);
        if (name !== 'progress') return;
        seen.events += 1;
        seen.most = Math.max(seen.most, event.loaded);
        seen.total = event.total;
      });
      asked.onloadend = () => resolve({ ...seen, events: seen.events > 0, status: asked.status, text: asked.responseText });
      asked.open('POST', 'a.bin');
      asked.send(new Uint8Array(5_000_000));
    }),
    shows: (seen) => assert.deepEqual([seen.events, seen.most, seen.total, seen.text], [true, 5_000_000, 5_000_000, '5000000']),
  },
  {
    name: 'X9 redirects of what is not shared are followed, and told of',
    // Where a redirect leads is between the browser and the origin, labelled or not.
    files: { 'desk/there.bin': noise(3_000) },
    origin: Object.fromEntries(REDIRECTS.map((status) => [`${status}`, redirect(status, 'desk/there.bin')])),
    page: () => witness.fetchAll(['301', '302', '303', '307', '308']),
    shows: (seen) => assert(REDIRECTS.every((status) => seen[status].redirected && seen[status].status === 200)),
  },
  {
    // Where the file is held, the version that the page began with decides.
    name: 'X9 redirects in place of labelled files are followed, and told of',
    arms: ['A', 'B'],
    files: { 'there.bin': noise(3_000), ...Object.fromEntries(REDIRECTS.map((status) => [`${status}.bin`, noise(2_000)])) },
    origin: Object.fromEntries(REDIRECTS.map((status) => [`${status}.bin`, redirect(status)])),
    page: () => witness.fetchAll(['301.bin', '302.bin', '303.bin', '307.bin', '308.bin']),
    shows: (seen) => assert(REDIRECTS.every((status) => seen[`${status}.bin`].redirected && seen[`${status}.bin`].length === 3_000)),
  },
  {
    name: 'X9 a navigation follows redirects, of a folder and in place of a page',
    arms: ['A', 'B'],
    files: { 'there.html': page('<h1>There</h1>'), 'desk/index.html': '<link rel="icon" href="data:,"><h1>A folder</h1>', ...Object.fromEntries(REDIRECTS.map((status) => [`${status}.html`, page(`<h1>${status}</h1>`)])) },
    origin: Object.fromEntries(REDIRECTS.map((status) => [`${status}.html`, redirect(status, 'there.html#part')])),
    drive: async ({ tab, url }) => {
      const seen = [];
      for (const path of [...REDIRECTS.map((status) => `${status}.html`), 'desk']) {
        await tab.goto(url + path, { waitUntil: 'load' });
        seen.push(await tab.evaluate(() => [location.href, document.querySelector('h1')?.textContent, performance.getEntriesByType('navigation')[0].redirectCount]));
      }
      return seen;
    },
    shows: (seen) => assert.deepEqual(seen.map((/** @type {any[]} */ one) => one[1]), ['There', 'There', 'There', 'There', 'There', 'A folder']),
  },
  {
    name: 'X10 redirect: manual and error',
    arms: ['A', 'B'],
    files: { 'there.bin': noise(3_000), 'a.bin': noise(2_000), 'b.bin': noise(2_000), 'plain.bin': noise(2_000), 'straight.bin': noise(2_000) },
    origin: { 'a.bin': redirect(302), 'b.bin': redirect(302), open: redirect(302) },
    page: async () => [
      await witness.fetch('a.bin', { redirect: 'manual' }), await witness.fetch('b.bin', { redirect: 'error' }),
      await witness.fetch('open', { redirect: 'manual' }), await witness.fetch('open', { redirect: 'error' }),
      await witness.fetch('plain.bin', { redirect: 'manual' }), await witness.fetch('straight.bin', { redirect: 'error' }),
    ],
    shows: (seen) => assert.deepEqual(seen.map((/** @type {any} */ one) => one.type ?? one.failed), ['opaqueredirect', 'TypeError', 'opaqueredirect', 'TypeError', 'basic', 'basic']),
  },
  {
    name: 'X11 a labelled file that the origin no longer gives',
    arms: ['A', 'B'],
    files: { '404.bin': noise(2_000), '410.bin': noise(2_000), '403.bin': noise(2_000), '500.bin': noise(2_000), '503.bin': noise(2_000), '429.bin': noise(2_000), 'other.bin': noise(2_000) },
    origin: { ...Object.fromEntries([404, 410, 403, 500, 503, 429].map((status) => [`${status}.bin`, fail(status)])), 'other.bin': (request, response) => response.writeHead(200, { 'x-other': 'yes' }).end('other bytes') },
    page: () => witness.fetchAll(['404.bin', '410.bin', '403.bin', '500.bin', '503.bin', '429.bin', 'other.bin', 'other.bin']),
    shows: (seen) => assert.deepEqual(Object.values(seen).map((/** @type {any} */ one) => one.status), [404, 410, 403, 500, 503, 429, 200]),
  },
  {
    // The table: the version that the list speaks of decides, until it runs out. So the bytes are those that a visitor got before.
    name: 'X11 a labelled file that the origin no longer gives is still there for who holds it or knows who does',
    arms: ['A', 'C', 'D'],
    files: { 'a.bin': noise(2_000) },
    drive: async ({ tab, url, front, arm }) => {
      await tab.goto(url, { waitUntil: 'load' });
      if (arm.kind !== 'A') front.answers.set(new URL('a.bin', url).pathname, fail(404));
      return tab.evaluate(() => /** @type {any} */ (window).witness.fetch('a.bin'));
    },
    shows: (seen) => assert.equal(seen.status, 200),
  },
  {
    // The owner has not signed for forty days, by the visitor's clock: whoever holds a file, and whoever knows who does, gets what the origin says of it.
    name: 'X11 a labelled file that the origin no longer gives is gone when the list has run out',
    arms: ['A', 'C', 'D'],
    alone: true,
    network: true,
    files: { '404.bin': noise(2_000), '410.bin': noise(2_000), '500.bin': noise(2_000), 'there.bin': noise(2_000) },
    drive: async ({ tab, url, front, arm, context, begin }) => {
      await tab.goto(url, { waitUntil: 'load' });
      if (arm.kind !== 'A') {
        const [worker] = context.serviceWorkers();
        await /** @type {import('playwright-core').Worker} */ (worker).evaluate(() => {
          const now = Date.now;
          Date.now = () => now() + 40 * 86_400_000;
        });
      }
      for (const status of [404, 410, 500]) front.answers.set(new URL(`${status}.bin`, url).pathname, fail(status));
      begin();
      return tab.evaluate(() => /** @type {any} */ (window).witness.fetchAll(['404.bin', '410.bin', '500.bin', 'there.bin']));
    },
    shows: (seen) => assert.deepEqual(Object.values(seen).map((/** @type {any} */ one) => one.status), [404, 410, 500, 200]),
  },
  {
    name: 'X30 an answer that drips comes as it drips',
    files: { 'next.bin': noise(100) },
    // Each byte only when the page has told that it has the one before.
    origin: {
      drip: (request, response) => {
        response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-store' });
        const drips = (dripping[request.headers.host ?? ''] = { response, left: 5 });
        drips.response.write('0');
      },
      got: (request, response) => {
        const drips = dripping[request.headers.host ?? ''];
        if (--drips.left > 0) drips.response.write(String(drips.left));
        else drips.response.end();
        response.writeHead(204).end();
      },
    },
    page: async () => {
      const response = await fetch('drip');
      const reader = response.body.getReader();
      const seen = [];
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return seen;
        seen.push(new TextDecoder().decode(value));
        await fetch('got', { method: 'POST' });
      }
    },
    shows: (seen) => assert.deepEqual(seen, ['0', '4', '3', '2', '1']),
  },
  {
    name: 'X30 EventSource, WebSocket and a long poll',
    files: { 'a.bin': noise(100) },
    origin: {
      events: (request, response) => {
        const last = request.headers['last-event-id'];
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
        // Ended after the first: the browser connects again and says how far it was.
        response.end(last === undefined ? 'retry: 10\nid: 1\ndata: one\n\nevent: own\ndata: two\n\n' : `id: 2\ndata: again after ${last}\n\n`);
      },
      'upgrade:socket': (request, /** @type {any} */ socket) => {
        const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
        socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
        // A text frame of five bytes, then a closing one.
        socket.end(Buffer.concat([Buffer.from([0x81, 5]), Buffer.from('hello'), Buffer.from([0x88, 2, 3, 0xe8])]));
      },
      // Answers when it is told, or when it was.
      poll: async (request, response) => {
        await told(request.headers.host).promise;
        response.writeHead(200, { 'cache-control': 'no-store' }).end('told');
      },
      tell: (request, response) => {
        told(request.headers.host).tell();
        response.writeHead(204).end();
      },
    },
    page: async () => {
      const source = new EventSource('events');
      const events = await new Promise((resolve) => {
        const seen = [];
        source.onopen = () => seen.push('open');
        source.addEventListener('own', (event) => seen.push(`own ${event.data}`));
        source.onerror = () => seen.push(`error ${source.readyState}`);
        source.onmessage = (event) => {
          seen.push(`${event.data} ${event.lastEventId} ${event.origin}`);
          if (event.data.startsWith('again')) (source.close(), resolve(seen));
        };
      });
      const socket = new WebSocket(location.href.replace('http', 'ws') + 'socket');
      const frames = await witness.events(socket, ['open', 'message', 'error', 'close'], ['close'], (event) => event.data ?? event.code ?? '');
      const polled = witness.fetch('poll');
      await fetch('tell', { method: 'POST' });
      return { events, frames, polled: await polled };
    },
    shows: (seen) => {
      assert.deepEqual(seen.events, ['open', 'one 1 http://site', 'own two', 'error 0', 'open', 'again after 1 2 http://site']);
      assert.deepEqual([seen.frames, seen.polled.length], [['open ', 'message hello', 'close 1000'], 4]);
    },
  },
  {
    // Held, it is given whole: then only that it comes.
    name: 'X31 a long labelled file is there from its first byte on, not from its last',
    arms: ['A', 'B', 'C'],
    files: { 'long.bin': () => Buffer.alloc(LONG, 'a long file ') },
    origin: inHalves(),
    page: async () => {
      const { body, status, headers } = await fetch('long.bin');
      const reader = body.getReader();
      let length = 0;
      let asked = false;
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return { status, headers: [...headers], length, asked };
        length += value.length;
        if (!asked) (await fetch('more', { method: 'POST' }), (asked = true));
      }
    },
    shows: (seen) => assert.deepEqual([seen.length, seen.asked], [LONG, true]),
  },
  {
    name: 'X31 a reader that cancels a long labelled file stops the origin',
    arms: ['A', 'B', 'C'],
    files: { 'long.bin': () => Buffer.alloc(LONG, 'another long file ') },
    drive: async ({ tab, url, front, arm }) => {
      await tab.goto(url, { waitUntil: 'load' });
      const mark = front.log.length;
      const first = await tab.evaluate(async () => {
        const reader = (await fetch('long.bin')).body.getReader();
        const { value } = await reader.read();
        await reader.cancel('enough');
        return value.length > 0;
      });
      if (arm.kind === 'C') return { first, stopped: true };
      const line = await front.until(() => front.log.slice(mark).find(({ path, state }) => path.endsWith('long.bin') && state !== 'open'));
      return { first, stopped: line.state === 'broken' && line.sent < LONG };
    },
    shows: (seen) => assert.deepEqual(seen, { first: true, stopped: true }),
  },
  {
    name: 'X32 a fetch that is given up at five points',
    // Whether what is given up has been sent.
    uncounted: true,
    // Longer than what is under way between browser and page: a body that has all come is not given up.
    files: Object.fromEntries(['before', 'at-once', 'headers', 'body', 'after'].map((name) => [`${name}.bin`, noise(name === 'body' ? 5_000_000 : 300_000)])),
    page: async () => {
      const given = (control) => control.abort();
      const seen = {};
      const attempt = async (name, when) => {
        const control = new AbortController();
        if (when === 'before') given(control);
        seen[name] = await witness.attempt(async () => {
          const asked = fetch(`${name}.bin`, { signal: control.signal });
          if (when === 'at once') given(control);
          const response = await asked;
          if (when === 'headers') given(control);
          if (when === 'body') {
            const reader = response.body.getReader();
            await reader.read();
            given(control);
            for (;;) if ((await reader.read()).done) return 'read to its end';
          }
          const { byteLength } = await response.arrayBuffer();
          if (when === 'after') given(control);
          return byteLength;
        });
        // What was given up leaves nothing behind that the next one would meet.
        seen[`${name} again`] = await witness.fetch(`${name}.bin`);
      };
      for (const [name, when] of [['before', 'before'], ['at-once', 'at once'], ['headers', 'headers'], ['body', 'body'], ['after', 'after']]) await attempt(name, when);
      seen.reason = await witness.attempt(() => fetch('before.bin', { signal: AbortSignal.abort(new RangeError('own')) }));
      return seen;
    },
    shows: (seen) => {
      assert.deepEqual(['before', 'at-once', 'headers', 'body', 'after'].map((name) => seen[name].failed ?? seen[name]), ['AbortError', 'AbortError', 'AbortError', 'AbortError', 300_000]);
      assert(Object.entries(seen).filter(([name]) => name.endsWith('again')).every(([, one]) => one.length >= 300_000));
    },
  },
  {
    name: 'X33 XHR: addresses, states, types and timeouts',
    files: { 'a.txt': words(30_000), 'b.bin': noise(300_000), 'c.json': '{"a":[1,2]}', 'd.xml': '<a><b/></a>', 'desk/there.bin': noise(3_000) },
    origin: { never: () => {}, moved: redirect(302, 'desk/there.bin'), 'gone.txt': fail(404) },
    page: async () => {
      const run = (path, { type = '', timeout = 0, mime } = {}) => new Promise((resolve) => {
        const asked = new XMLHttpRequest();
        const order = [];
        const note = (what) => order.at(-1) !== what && order.push(what);
        asked.onreadystatechange = () => note(`state ${asked.readyState}`);
        for (const name of ['loadstart', 'progress', 'load', 'error', 'timeout', 'abort', 'loadend']) asked.addEventListener(name, (event) => note(name === 'progress' ? name : `${name} ${event.loaded}`));
        asked.addEventListener('loadend', async () => {
          const value = type === 'document' ? asked.responseXML?.documentElement?.outerHTML : type === 'arraybuffer' ? await witness.hash(asked.response ?? new ArrayBuffer(0)) : type === 'json' ? asked.response : await witness.hash(new TextEncoder().encode(asked.responseText));
          // States 3 and progress alternate as often as bytes arrive.
          resolve({ order: order.filter((what, at) => what !== 'progress' && order.indexOf(what) === at), status: asked.status, statusText: asked.statusText, address: asked.responseURL, value, header: asked.getResponseHeader('etag') });
        });
        asked.open('GET', path);
        if (type) asked.responseType = type;
        if (mime) asked.overrideMimeType(mime);
        asked.timeout = timeout;
        asked.send();
      });
      return {
        text: await run('a.txt#part'), bytes: await run('b.bin', { type: 'arraybuffer' }), json: await run('c.json', { type: 'json' }), document: await run('d.xml', { type: 'document' }),
        overridden: await run('a.txt', { type: 'document', mime: 'text/html' }), moved: await run('moved', { type: 'arraybuffer' }), gone: await run('gone.txt'), late: await run('never', { timeout: 300 }),
      };
    },
    shows: (seen) => {
      assert.deepEqual(seen.late.order, ['state 1', 'loadstart 0', 'state 4', 'timeout 0', 'loadend 0']);
      assert.match(seen.moved.address, /there\.bin$/);
      assert.deepEqual(seen.text.order, ['state 1', 'loadstart 0', 'state 2', 'state 3', 'state 4', 'load 30000', 'loadend 30000']);
    },
  },
  {
    // In a window Chromium asks past the worker.
    name: 'X33 XHR that blocks, in a window and in a worker',
    unlabelled: ['a.txt'],
    files: { 'a.txt': words(30_000), 'b.txt': words(30_000), 'worker.js': "onmessage = ({ data }) => { const asked = new XMLHttpRequest(); asked.open('GET', data, false); asked.send(); postMessage([asked.status, asked.responseText.length, asked.responseURL, asked.getResponseHeader('content-type')]); };\n" },
    page: async () => {
      const asked = new XMLHttpRequest();
      asked.open('GET', 'a.txt', false);
      asked.send();
      const worker = new Worker('worker.js');
      const answer = new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
      worker.postMessage('b.txt');
      const seen = { window: [asked.status, asked.responseText.length, asked.responseURL], worker: await answer };
      worker.terminate();
      return seen;
    },
    shows: (seen) => assert.deepEqual([seen.window.slice(0, 2), seen.worker.slice(0, 2)], [[200, 30_000], [200, 30_000]]),
  },
]);
