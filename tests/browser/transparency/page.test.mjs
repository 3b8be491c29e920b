//! Transparency, what a page can see of itself, its visitor and its requests: X45, X48, X51 to X56.
import assert from 'node:assert/strict';
import { PARTS, PART_FILES, PICTURE, parts } from './parts.mjs';
import { noise, words } from './site.mjs';
import { theatre } from './theatre.mjs';

theatre('transparency: pages', [
  {
    name: 'X45 parts of other origins',
    origin: Object.fromEntries(['a.svg', 'b.svg', 'c.css', 'd.js', 'e', 'f.html', 'g', 'h'].map((path) => [`elsewhere:${path}`, (request, response) => {
      const type = /** @type {Record<string, string>} */ ({ svg: 'image/svg+xml', css: 'text/css', js: 'text/javascript', html: 'text/html' })[path.split('.')[1]] ?? 'text/plain';
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store', ...(path === 'e' ? {} : { 'access-control-allow-origin': '*' }) }).end(type === 'image/svg+xml' ? PICTURE(path) : type === 'text/javascript' ? 'window.foreign = true;' : '');
    }])),
    network: true,
    page: async ({ elsewhere }) => {
      const at = `${elsewhere}${location.pathname}`;
      return {
        plain: await witness.loads(Object.assign(document.createElement('img'), { src: `${at}a.svg` }), document.body),
        cors: await witness.loads(Object.assign(document.createElement('img'), { crossOrigin: 'anonymous', src: `${at}b.svg` }), document.body),
        style: await witness.loads(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: `${at}c.css` })),
        script: await witness.loads(Object.assign(document.createElement('script'), { src: `${at}d.js` })),
        frame: await witness.loads(Object.assign(document.createElement('iframe'), { src: `${at}f.html` }), document.body),
        opaque: await witness.fetch(`${at}e`, { mode: 'no-cors' }), refused: await witness.fetch(`${at}e`), allowed: await witness.fetch(`${at}g`), asked: await witness.fetch(`${at}h`, { method: 'POST', body: '1' }),
        foreign: window.foreign,
      };
    },
    shows: (seen, { log }) => {
      assert.deepEqual([seen.plain, seen.opaque.type, seen.refused.failed, seen.allowed.status], ['load', 'opaque', 'TypeError', 200]);
      assert.equal(log.filter(({ where }) => where === 'elsewhere').length, 9);
      assert(log.some(({ headers }) => headers.some((pair) => pair.join() === 'Sec-Fetch-Dest,image')));
    },
  },
  {
    // With a worker that answers, the origin's own pictures would come under the worker's connect-src.
    name: 'X45 a policy that allows pictures of other origins, and no connections',
    headers: { '': { 'Content-Security-Policy': "default-src 'none'; script-src 'self' 'unsafe-inline'; worker-src 'self'; img-src 'self' data: http://127.0.0.1:*; connect-src 'none'" } },
    files: { 'a.svg': PICTURE },
    origin: { 'elsewhere:a.svg': (request, response) => response.writeHead(200, { 'content-type': 'image/svg+xml', 'cache-control': 'no-store' }).end(PICTURE('')) },
    page: async ({ elsewhere }) => ({
      own: await witness.loads(Object.assign(document.createElement('img'), { src: 'a.svg' }), document.body),
      other: await witness.loads(Object.assign(document.createElement('img'), { src: `${elsewhere}${location.pathname}a.svg` }), document.body),
      fetched: await witness.fetch('a.svg'),
    }),
    shows: (seen) => assert.deepEqual([seen.own, seen.other, seen.fetched.failed], ['load', 'load', 'TypeError']),
  },
  {
    name: 'X48 a browser without WebRTC',
    alone: true,
    // Nobody could be met.
    arms: ['A', 'B', 'C'],
    initScript: 'for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel"]) delete window[name];',
    html: PARTS,
    files: { ...PART_FILES, 'a.bin': noise(20_000) },
    page: `(async () => ({ ...(${parts})(), rtc: typeof RTCPeerConnection, got: await witness.fetch('a.bin') }))()`,
    shows: (seen) => assert.deepEqual([seen.rtc, seen.ran, seen.got.length], ['undefined', true, 20_000]),
  },
  {
    name: 'X51 only the very URL of the list is labelled',
    html: '<a href="q.bin?v=1">with a query</a>',
    files: { 'a.bin': noise(2_000), 'q.bin': noise(2_000), 'ü.bin': noise(2_000), 'with space.bin': noise(2_000), 'per%25cent.bin': noise(2_000) },
    shared: ['q.bin?v=1'],
    page: async () => {
      const seen = await witness.fetchAll([
        'a.bin', 'a.bin?', 'a.bin?x=1', 'a.bin?b=1&a=2', 'a.bin?a=2&b=1', 'a.bin/', 'A.BIN', '%61.bin', 'a%2ebin', './/a.bin', `../${location.pathname.split('/')[1]}//a.bin`, '%2e/a.bin', 'x%2Fa.bin', 'x/%2e%2e/a.bin',
        'a.bin;p', 'a.bin%20', 'a.bin#part', 'q.bin', 'q.bin?v=1', 'q.bin?v=2', 'q.bin?v=1&', 'q.bin?V=1', 'ü.bin', 'u\u0308.bin', '%C3%BC.bin', '%c3%bc.bin', 'with space.bin', 'with%20space.bin', 'with+space.bin', 'per%25cent.bin', 'per%2525cent.bin',
      ]);
      seen['user@'] = await witness.fetch(`http://user@${location.host}${location.pathname}a.bin`);
      seen['upper-case scheme and host'] = await witness.fetch(`HTTP://${location.host.toUpperCase()}${location.pathname}a.bin`);
      return seen;
    },
    shows: (seen) => assert.deepEqual([seen['a.bin'].status, seen['A.BIN'].status, seen['u\u0308.bin'].status, seen['%61.bin'].status, seen['user@'].failed], [200, 404, 404, 200, 'TypeError']),
  },
  {
    name: 'X52 a page that looks at its storage, and deletes all of it',
    alone: true,
    // C: what was held is gone, and the origin asked again.
    arms: ['A', 'B', 'D'],
    html: PARTS,
    files: { ...PART_FILES, 'a.bin': noise(20_000) },
    page: async () => {
      const before = await witness.fetch('a.bin');
      const caches_ = await caches.keys();
      const databases = await indexedDB.databases();
      const registrations = (await navigator.serviceWorker.getRegistrations()).map(({ scope, active }) => [scope, active?.scriptURL]);
      const kept = [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie];
      for (const name of caches_) await caches.delete(name);
      return { before, caches: caches_, databases, registrations, kept, again: await witness.fetch('a.bin'), picture: await witness.loads(Object.assign(document.createElement('img'), { src: 'a.svg?once-more' }), document.body) };
    },
    also: (seen, kind) => {
      assert.deepEqual(seen.caches, kind === 'A' ? [] : ['swarmfetch-00112233445566778899aabbccddeeff']);
      assert.deepEqual(seen.registrations, kind === 'A' ? [] : [['http://site/', 'http://site/swarmfetch-sw.js']]);
    },
    forgive: (seen) => {
      delete seen.caches;
      delete seen.registrations;
    },
    shows: (seen) => assert.deepEqual([seen.databases, seen.again.length, seen.picture], [[], 20_000, 'load']),
  },
  {
    name: 'X53 globals, prototypes, events and focus',
    html: '<input autofocus>',
    page: async () => {
      const heard = [];
      for (const name of ['message', 'messageerror', 'focus', 'blur', 'resize', 'storage', 'hashchange', 'popstate', 'unhandledrejection']) addEventListener(name, () => heard.push(name));
      for (const name of ['message', 'controllerchange']) navigator.serviceWorker.addEventListener(name, () => heard.push(`worker ${name}`));
      navigator.serviceWorker.startMessages();
      const foreign = [];
      const look = (where, value) => {
        for (const [name, { value: member, get, set }] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
          for (const one of [member, get, set]) if (typeof one === 'function' && !Function.prototype.toString.call(one).includes('[native code]')) foreign.push(`${where}.${name}`);
        }
      };
      for (const name of Object.getOwnPropertyNames(window)) {
        if (typeof window[name] !== 'function' || !/^[A-Z]/.test(name)) continue;
        look(name, window[name]);
        if (window[name].prototype) look(`${name}.prototype`, window[name].prototype);
      }
      look('window', window);
      look('navigator.serviceWorker', navigator.serviceWorker);
      await witness.fetch('./?x');
      await window.swarmfetch?.stats();
      // Two turns of the event loop by way of the browser: what was under way to this page has come.
      for (let n = 0; n < 2; n++) await new Promise((resolve) => setTimeout(resolve));
      const enumerable = [];
      for (const name in window) enumerable.push(name);
      return {
        enumerable: enumerable.sort(), own: Object.getOwnPropertyNames(window).sort(), document: Object.keys(document), navigator: Object.keys(navigator), foreign, heard,
        focused: document.activeElement?.localName, selection: String(getSelection()), children: document.documentElement.outerHTML, frames: window.length, title: document.title,
      };
    },
    also: (seen, kind) => assert.equal(seen.own.includes('swarmfetch'), kind !== 'A'),
    forgive: (seen) => (seen.own = seen.own.filter((/** @type {string} */ name) => name !== 'swarmfetch')),
    shows: (seen) => {
      assert(seen.own.length > 500 && seen.enumerable.length > 100);
      assert.deepEqual(seen.foreign.filter((/** @type {string} */ name) => name.startsWith('Response')), []);
    },
  },
  {
    name: 'X54 the page\'s timing entries',
    conditional: true,
    html: PARTS,
    headers: { 'a.bin': { 'Server-Timing': 'app;dur=3;desc="x"', 'Timing-Allow-Origin': '*' } },
    files: { ...PART_FILES, 'a.bin': noise(20_000), 'b.txt': words(20_000), 'desk/c.bin': noise(3_000) },
    page: async () => {
      await witness.fetchAll(['a.bin', 'b.txt', 'desk/c.bin', 'nothing.bin', 'nothing']);
      const asked = new XMLHttpRequest();
      asked.open('HEAD', 'a.bin');
      await new Promise((resolve) => ((asked.onloadend = resolve), asked.send()));
      // The table's; two that have come since with the static routes, and name the worker; and one that Chromium draws.
      const measured = ['confidence', 'workerMatchedSourceType', 'workerFinalSourceType', 'workerStart', 'transferSize', 'encodedBodySize', 'nextHopProtocol', 'deliveryType'];
      const plain = (entry) => Object.entries(entry.toJSON()).map(([name, value]) => [name, typeof value === 'number' && !/Size|Status|Count/.test(name) ? value >= 0 : value]).filter(([name]) => !measured.includes(name));
      return performance.getEntries().filter(({ name, entryType }) => /resource|navigation/.test(entryType) && !name.endsWith('/swarmfetch.js'))
        .map((entry) => Object.fromEntries(plain(entry))).sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    // Beside the table's: a body that did not travel has no coding.
    forgive: (seen) => seen.forEach((/** @type {any} */ entry) => delete entry.contentEncoding),
    shows: (seen) => assert.deepEqual([seen.length, seen.find(({ name }) => name.endsWith('a.bin')).serverTiming.length, seen.find(({ name }) => name.endsWith('nothing.bin')).responseStatus], [11, 1, 404]),
  },
  {
    name: 'X55 console, rejections and reports',
    html: PARTS,
    headers: { '': { 'Content-Security-Policy': "default-src 'self' 'unsafe-inline' data:; report-uri report", 'Permissions-Policy': 'camera=()' } },
    files: PART_FILES,
    origin: { report: (request, response) => response.writeHead(204).end() },
    drive: async ({ tab, url, front, arm }) => {
      const mark = front.log.length;
      await tab.goto(url, { waitUntil: 'load' });
      if (arm.kind !== 'A') await tab.evaluate(() => /** @type {any} */ (window).swarmfetch.ready);
      // One entry of each kind that is the page's own, so that a missing channel is seen.
      await tab.evaluate(async () => {
        console.warn('as it is told');
        Promise.reject(new Error('as it is told'));
        setTimeout(() => { throw new Error('told later'); });
        await new Promise((resolve) => document.body.append(Object.assign(document.createElement('img'), { src: 'https://nowhere.example/a.png', onerror: resolve })));
        await /** @type {any} */ (window).witness.fetch('nothing.bin');
      });
      await front.until(() => front.log.slice(mark).some(({ path, state }) => path.endsWith('/report') && state === 'whole'));
      return tab.evaluate(() => ({ pictures: document.images.length }));
    },
    shows: (seen, { said, log }) => {
      assert.equal(log.filter(({ path }) => path.endsWith('/report')).length, 1);
      for (const kind of [/^warning: as it is told/, /^page error: told later/, /^error: .*404/]) assert(said.some((one) => kind.test(String(one))), String(kind));
      for (const kind of ['unhandled', 'csp', 'error']) assert(said.some((one) => one[0] === kind), kind);
    },
  },
  {
    name: 'X56 requests for what is not labelled: names, values and order of headers, and how many',
    files: { 'desk/a.svg': PICTURE, 'desk/b.js': 'window.b = 1;', 'desk/c.css': 'h1 {}', 'desk/d.html': '<title>D</title>', 'desk/e.bin': noise(3_000), 'a.bin': noise(2_000), 'a.svg': PICTURE, 'a.js': '', 'a.css': 'h2 {}', 'a.html': '' },
    network: true,
    origin: { 'desk/form': (request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Form</title>'), beacon: (request, response) => response.writeHead(204).end() },
    drive: async ({ tab, url, front, begin }) => {
      await tab.goto(url, { waitUntil: 'load' });
      begin();
      const mark = front.log.length;
      const seen = await tab.evaluate(async () => {
        document.cookie = 'who=me';
        const { witness } = /** @type {any} */ (window);
        const told = {};
        // Deeper than any rule reaches; and beside what is shared, with an ending that the rules know: only the list says that it is not.
        for (const at of ['desk/', 'none-']) {
          for (const [kind, name, more] of [['img', 'a.svg', {}], ['script', 'b.js', {}], ['link', 'c.css', { rel: 'stylesheet' }], ['iframe', 'd.html', {}]]) {
            told[at + name] = await witness.loads(Object.assign(document.createElement(kind), { ...more, [kind === 'link' ? 'href' : 'src']: at + name }), document.body);
          }
          told[`${at}module`] = await witness.loads(Object.assign(document.createElement('script'), { type: 'module', src: `${at}b.js?module` }), document.body);
          told[`${at}fetch`] = await witness.fetch(`${at}e.bin`, { headers: { 'X-Word': 'light' }, priority: 'high' });
          told[`${at}no referrer`] = await witness.fetch(`${at}e.bin?2`, { referrerPolicy: 'no-referrer' });
          told[`${at}part`] = await witness.fetch(`${at}e.bin?3`, { headers: { Range: 'bytes=0-9' } });
          told[`${at}POST`] = await witness.fetch(`${at}e.bin`, { method: 'POST', body: new URLSearchParams({ word: 'light' }) }).then(({ status }) => status);
        }
        return told;
      });
      await tab.evaluate(() => navigator.sendBeacon('beacon', 'going'));
      await front.until(() => front.log.slice(mark).some(({ path, state }) => path.endsWith('/beacon') && state === 'whole'));
      await tab.goto(`${url}none.html`, { waitUntil: 'load' });
      await tab.goto(`${url}desk/d.html?typed`, { waitUntil: 'load' });
      await tab.evaluate(() => {
        const form = document.body.appendChild(Object.assign(document.createElement('form'), { method: 'post', action: 'form' }));
        form.append(Object.assign(document.createElement('input'), { name: 'word', value: 'light' }));
        setTimeout(() => form.submit());
      });
      await tab.waitForURL(/desk\/form$/, { waitUntil: 'load' });
      return { ...seen, title: await tab.title() };
    },
    shows: (seen, { log }) => assert.deepEqual([seen['desk/a.svg'], seen['none-a.svg'], seen.title, log.length], ['load', 'error', 'Form', 22]),
  },
]);
