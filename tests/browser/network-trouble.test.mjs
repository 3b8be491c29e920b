//! F11 to F13, F20, F27: the tracker, WebRTC and the origin fail in every way. A page gets what it would get without us, and says nothing of it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { pass, tamper } from './proxy.mjs';
import { wiki } from './sites.mjs';
import { Stage } from './stage.mjs';

/** @typedef {import('./visitors.mjs').Visitor} Visitor */

describe('without a tracker that', () => {
  /** @type {Stage} */ let stage;
  before(async () => {
    stage = await Stage.open(wiki());
  });
  after(() => stage?.close());
  afterEach(() => {
    stage.proxy.sockets = 'pass';
  });

  for (const [how, words] of /** @type {const} */ ([['refuse', 'lets anybody in'], ['hang', 'answers'], ['mute', 'says a word']])) {
    it(`${words}, pages come as ever, and visitors meet when it does`, { timeout: 120_000 }, async () => {
      stage.proxy.sockets = how;
      const visitors = [await stage.settle('one'), await stage.settle('other')];
      for (const visitor of visitors) for (const path of stage.site.pages.slice(1, 5)) stage.same(path, await visitor.follow(path));
      const tried = stage.proxy.log.filter(({ path }) => path.endsWith('/tracker')).length;
      assert(tried > 0, 'no tracker was ever asked');
      stage.proxy.sockets = 'pass';
      await visitors[0].linked(1);
      for (const visitor of visitors) {
        assert.deepEqual(visitor.complaints, []);
        await visitor.leave();
      }
    });
  }

  it('stays up, links stay up and new ones are made when it is back', { timeout: 120_000 }, async () => {
    const path = /** @type {string} */ (stage.site.pages[1]);
    const one = await stage.settle('one');
    // Before the other is there: a link's first word is waited for, later ones are not.
    await one.fetch(path);
    const other = await stage.settle('other');
    const visitors = [one, other];
    await other.linked(1);
    stage.proxy.sockets = 'refuse';
    stage.proxy.sever();
    // The page that is linked may go on asking; who clicks loses his link with his page.
    const before = (await other.stats()).bytes.peers;
    assert.deepEqual(await other.fetch(path), stage.plain.get(stage.proxy.origin + path));
    assert((await other.stats()).bytes.peers > before, 'the link gave nothing');
    for (const next of stage.site.pages.slice(2, 5)) stage.same(next, await other.follow(next));
    stage.proxy.sockets = 'pass';
    await other.linked(1);
    for (const visitor of visitors) assert.deepEqual(visitor.complaints, []);
    for (const visitor of visitors) await visitor.leave();
  });
});

/** What a browser may do to `RTCPeerConnection`; each runs in the page before its scripts. @type {Record<string, () => void>} */
const WEBRTC = {
  'is not there': () => Reflect.deleteProperty(window, 'RTCPeerConnection'),
  'refuses to be made': () => {
    window.RTCPeerConnection = /** @type {any} */ (class {
      constructor() {
        throw new DOMException('forbidden by policy', 'NotAllowedError');
      }
    });
  },
  'refuses channels': () => {
    RTCPeerConnection.prototype.createDataChannel = () => {
      throw new DOMException('no channels here', 'OperationError');
    };
  },
  'refuses descriptions': () => {
    RTCPeerConnection.prototype.setLocalDescription = () => Promise.reject(new DOMException('no', 'OperationError'));
  },
  'never describes itself': () => {
    RTCPeerConnection.prototype.setLocalDescription = () => new Promise(() => {});
  },
  // No relay is named: there are no candidates at all, as behind a firewall that lets no UDP pass.
  'finds no way through': () => {
    const Real = RTCPeerConnection;
    window.RTCPeerConnection = /** @type {any} */ (class extends Real {
      constructor(/** @type {RTCConfiguration} */ config) {
        super({ ...config, iceTransportPolicy: 'relay' });
      }
    });
  },
  'is used up': () => {
    const all = [];
    try {
      for (let n = 0; n < 600; n++) all.push(new RTCPeerConnection());
    } catch {
      // The browser's own limit.
    }
    /** @type {any} */ (window).connections = all;
  },
};

describe('WebRTC that', () => {
  /** @type {Stage} */ let stage;
  /** @type {Visitor} */ let seed;
  before(async () => {
    stage = await Stage.open(wiki());
    seed = await stage.settle('seed');
    for (const path of stage.site.pages.slice(1, 5)) await seed.follow(path);
  });
  after(() => stage?.close());

  for (const [what, spoil] of Object.entries(WEBRTC)) {
    it(`${what} costs no page`, { timeout: 90_000 }, async (t) => {
      const visitor = await stage.arrive(what);
      t.after(() => visitor.leave());
      await visitor.context.addInitScript(spoil);
      await visitor.open(/** @type {string} */ (stage.site.pages[0]));
      await visitor.controlled();
      const began = performance.now();
      for (const path of stage.site.pages.slice(1, 5)) stage.same(path, await visitor.follow(path));
      t.diagnostic(`four pages in ${Math.round(performance.now() - began)} ms`);
      const { peers, bytes } = await visitor.stats();
      assert.equal(peers, 0);
      assert.equal(bytes.peers, 0);
      assert(bytes.origin > 0, 'the worker answered nothing');
      assert.deepEqual(visitor.complaints, []);
    });
  }
});

/** SHA-256 of each content that the store has in one piece, in hex; runs in the page. */
async function contentHeld() {
  const held = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      if (!request.url.includes('/c/')) continue;
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await /** @type {Response} */ (await cache.match(request)).arrayBuffer()));
      held.push([...digest].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
    }
  }
  return held;
}

describe('an origin that', () => {
  /** @type {Stage} */ let stage;
  /** SHA-256 of the site's files. @type {Set<string>} */ let files;
  before(async () => {
    stage = await Stage.open(wiki());
    const all = readdirSync(stage.site.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    files = new Set(all.map((entry) => createHash('sha256').update(readFileSync(join(entry.parentPath ?? entry.path, entry.name))).digest('hex')));
  });
  after(() => stage?.close());
  afterEach(() => {
    stage.proxy.rule = pass;
  });

  const isPart = (/** @type {string} */ path) => /\.(png|svg|css)$/.test(path) && !path.includes('swarmfetch');
  /** @type {Record<string, import('./proxy.mjs').Rule>} */
  const FAULTS = {
    'is slow': (asked, { status, headers, body }) => (isPart(asked.path) ? { status, headers: headers.filter(([name]) => !/^content-(length|encoding)$/i.test(name)), body, late: 3_000 } : undefined),
    'closes the connection': ({ path }) => (isPart(path) ? { close: true } : undefined),
    'breaks off in the middle': ({ path }, { status, headers, body }) => (isPart(path) ? { status, headers: headers.filter(([name]) => !/^content-(length|encoding)$/i.test(name)), body, short: body.length >> 1 } : undefined),
    'says 503': ({ path }) => (isPart(path) ? { status: 503, body: 'busy' } : undefined),
    'says 404': ({ path }) => (isPart(path) ? { status: 404, body: 'gone' } : undefined),
    'asks to log in': ({ path }) => (isPart(path) ? { status: 401, headers: [['WWW-Authenticate', 'Bearer']], body: 'who?' } : undefined),
    'sends visitors elsewhere': ({ path }) => (isPart(path) ? { status: 302, headers: [['Location', '/search.js']], body: '' } : undefined),
    'sends other bytes': tamper(isPart, (body) => Buffer.concat([body, Buffer.from('\n/* minified */')])),
    'sends nothing': tamper(isPart, () => Buffer.alloc(0)),
    'sends a cookie along, for no cache': ({ path }, { status, headers, body }) => (isPart(path) ? { status, headers: [...headers.filter(([name]) => !/^content-(length|encoding)$|^cache-control$/i.test(name)), ['Set-Cookie', 'seen=1'], ['Cache-Control', 'private, no-store']], body } : undefined),
  };

  for (const [what, rule] of Object.entries(FAULTS)) {
    it(`${what} is heard as without us, and nothing of it is kept`, { timeout: 120_000 }, async (t) => {
      const plain = await stage.arrive('plain', { workers: false });
      const visitor = await stage.arrive('visitor');
      t.after(() => Promise.all([plain.leave(), visitor.leave()]));
      const seen = new Set((await plain.open('/keepers/')).map(({ url }) => url));
      await visitor.open('/keepers/');
      await visitor.controlled();
      // Asked for only while the origin misbehaves.
      const urls = [...stage.plain.keys()].filter((url) => isPart(new URL(url).pathname) && !seen.has(url)).slice(0, 6);
      const fetchAll = (/** @type {Visitor} */ one) => Promise.all(urls.map((url) => one.fetch(url)));
      stage.proxy.rule = rule;
      const [expected, got] = [await fetchAll(plain), await fetchAll(visitor)];
      assert.deepEqual(got, expected);
      stage.proxy.rule = pass;
      if (what === 'is slow') return assert.deepEqual(got, urls.map((url) => stage.plain.get(url)));
      const held = await visitor.page.evaluate(contentHeld);
      const script = /** @type {any} */ (await plain.fetch('/swarmfetch.js')).body;
      assert(held.every((hash) => files.has(hash) || hash === script), 'something that is none of the files was kept');
      for (const url of urls) assert(!held.includes(/** @type {any} */ (stage.plain.get(url)).body), `${url} was kept`);
      for (const url of urls) assert.deepEqual(await visitor.fetch(url, { cache: 'reload' }), stage.plain.get(url), `${url} afterwards`);
    });
  }
});
