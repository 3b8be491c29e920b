//! F21, F23, X41: the worker's script is bad, forbidden or traps. Pages come as the origin gives them, and a worker that can work again does.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { pass } from './proxy.mjs';
import { wiki } from './sites.mjs';
import { Stage } from './stage.mjs';

/** @typedef {import('./visitors.mjs').Visitor} Visitor */
/** @typedef {import('./proxy.mjs').Rule} Rule */

const SCRIPT = '/swarmfetch-sw.js';

/** Traps that one worker outlives (`TRAPS_MAX` in core.js). */
const TRAPS_MAX = 3;

/** Makes the wasm trap at a call to come, when the page says so. Stands before the worker's own script. */
const TRAPDOOR = `{
  let left = Infinity;
  addEventListener('message', ({ data, ports }) => {
    if (data?.trapAfter === undefined) return;
    left = data.trapAfter;
    ports[0].postMessage('set');
  });
  const Real = WebAssembly.Instance;
  WebAssembly.Instance = class extends Real {
    get exports() {
      return Object.fromEntries(Object.entries(super.exports).map(([name, it]) => [name, typeof it !== 'function' ? it : (...args) => {
        if (left-- > 0) return it(...args);
        left = Infinity;
        throw new WebAssembly.RuntimeError('unreachable');
      }]));
    }
  };
}
`;

/** @param {(script: string) => string} change @returns {Rule} */
const changed = (change) => ({ path }, { status, headers, body }) => (path === SCRIPT ? { status, headers: plain(headers), body: change(body.toString()) } : undefined);

/** @param {[string, string][]} headers */
const plain = (headers) => headers.filter(([name]) => !/^(content-(length|encoding)|etag)$/i.test(name));

describe('a worker', () => {
  /** @type {Stage} */ let stage;
  before(async () => {
    stage = await Stage.open(wiki());
  });
  after(() => stage?.close());
  afterEach(() => {
    stage.proxy.rule = pass;
  });

  /** The wasm traps at the call after so many. */
  const trapAfter = (/** @type {Visitor} */ visitor, /** @type {number} */ calls) => visitor.page.evaluate((count) => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    navigator.serviceWorker.controller?.postMessage({ trapAfter: count }, [port2]);
  }), calls);

  it('whose wasm traps passes through what it was at, and works again', { timeout: 120_000 }, async (t) => {
    const seed = await stage.settle('seed');
    for (const path of stage.site.pages) stage.same(path, await seed.follow(path));
    stage.proxy.rule = changed((script) => TRAPDOOR + script);
    const visitor = await stage.settle('visitor');
    await visitor.linked(1);
    const pages = stage.site.pages.slice(1);
    // At the door, in the middle of a look-up, of a want, of a transfer.
    for (let round = 0; round < pages.length; round++) {
      await trapAfter(visitor, 7 * round);
      stage.same(pages[round], await visitor.follow(pages[round]));
      const trapped = round + 1;
      t.diagnostic(`after ${trapped} traps: ${JSON.stringify(await visitor.stats())}`);
      if (trapped % TRAPS_MAX !== 0) continue;
      // It has forgotten nothing that was saved, and finds its neighbour again.
      await visitor.linked(1);
      const before = (await visitor.stats()).requests.cache;
      const got = await visitor.follow(/** @type {string} */ (pages[0]));
      assert(got.some(({ worker, kind }) => worker && kind === 'document'), 'the worker does not answer any more');
      assert((await visitor.stats()).requests.cache > before);
      // So many and no more: the browser stops it now and then anyway.
      await visitor.stopWorker();
    }
    assert.deepEqual(visitor.complaints, []);
    await Promise.all([visitor.leave(), seed.leave()]);
  });

  it('whose wasm goes on trapping gives up, and everything passes through', { timeout: 60_000 }, async () => {
    stage.proxy.rule = changed((script) => TRAPDOOR + script);
    const visitor = await stage.settle('visitor');
    for (let round = 0; round <= TRAPS_MAX; round++) {
      await trapAfter(visitor, 0);
      stage.same(stage.site.pages[1], await visitor.follow(stage.site.pages[1]));
      stage.same(stage.site.pages[0], await visitor.follow(stage.site.pages[0]));
    }
    for (const path of stage.site.pages.slice(1, 4)) {
      const got = await visitor.follow(path);
      stage.same(path, got);
      // Its parts may stand in the browser's memory from before.
      assert(!got.some(({ worker, kind }) => worker && kind === 'document'), 'the worker still answers');
    }
    assert.deepEqual(visitor.complaints, []);
    await visitor.leave();
  });

  /** @type {Record<string, Rule>} */
  const UNCHECKED = {
    'whose browser does not know Ed25519': changed((script) => `crypto.subtle.importKey = async () => { throw new DOMException('Unrecognized name.', 'NotSupportedError'); };\n${script}`),
    'whose browser never says whether a signature holds': changed((script) => `crypto.subtle.verify = () => new Promise(() => {});\n${script}`),
  };
  for (const [what, rule] of Object.entries(UNCHECKED)) {
    it(`${what} believes nothing, and its pages come from the origin`, { timeout: 60_000 }, async () => {
      stage.proxy.rule = rule;
      const visitor = await stage.settle('visitor');
      for (const path of stage.site.pages.slice(1, 4)) stage.same(path, await visitor.follow(path));
      const { version, bytes, requests } = await visitor.stats();
      assert.equal(version, 0, 'it believes in a version');
      assert.deepEqual({ ...bytes, origin: 0 }, { cache: 0, peers: 0, mirrors: 0, origin: 0 });
      assert(requests.passed > 0, 'it was never asked');
      assert.deepEqual(visitor.complaints, []);
      await visitor.leave();
    });
  }

  /** @type {Record<string, Rule>} */
  const UNABLE = {
    'that may not run wasm': ({ path }, { status, headers, body }) => (path === SCRIPT ? { status, headers: [...plain(headers), ['Content-Security-Policy', "script-src 'self'"]], body } : undefined),
    'whose wasm is no wasm': changed((script) => `WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError('expected magic word'); } };\n${script}`),
  };
  for (const [what, rule] of Object.entries(UNABLE)) {
    it(`${what} passes everything through`, { timeout: 60_000 }, async () => {
      stage.proxy.rule = rule;
      const visitor = await stage.settle('visitor');
      for (const path of stage.site.pages.slice(1, 4)) {
        const got = await visitor.follow(path);
        stage.same(path, got);
        assert(!got.some(({ worker }) => worker), 'the worker answers without wasm');
      }
      assert.deepEqual(visitor.complaints, []);
      await visitor.leave();
    });
  }

  /** @type {Record<string, Rule>} */
  const BAD = {
    'that is gone': ({ path }) => (path === SCRIPT ? { status: 404, body: 'not found' } : undefined),
    'that cannot be had': ({ path }) => (path === SCRIPT ? { close: true } : undefined),
    'with a syntax error': changed(() => 'this is not JavaScript'),
    'that throws': changed(() => 'throw new Error("not today");'),
    'that is a page of HTML': ({ path }) => (path === SCRIPT ? { status: 200, headers: [['Content-Type', 'text/html']], body: '<!doctype html><title>Sign in</title>' } : undefined),
    'that is empty': changed(() => ''),
  };
  for (const [what, rule] of Object.entries(BAD)) {
    it(`${what} costs no new visitor a page, and the old one stays in charge`, { timeout: 60_000 }, async () => {
      const old = await stage.settle('old');
      stage.proxy.rule = rule;
      const fresh = await stage.arrive('fresh');
      await fresh.open(stage.site.pages[0]);
      const update = () => navigator.serviceWorker.getRegistration().then((it) => it?.update()).then(() => {}, () => {});
      await old.page.evaluate(update);
      for (const visitor of [fresh, old]) for (const path of stage.site.pages.slice(1, 4)) stage.same(path, await visitor.follow(path));
      // The browser itself says that it could not register the script.
      for (const visitor of [fresh, old]) assert.deepEqual(visitor.complaints.filter((words) => !/when fetching the script|has an unsupported MIME type/.test(words)), []);
      // When the script is back, so is the swarm.
      stage.proxy.rule = pass;
      await old.page.evaluate(update);
      const held = /** @type {string} */ (stage.site.pages[1]);
      for (const visitor of [fresh, old]) {
        stage.same(held, await visitor.open(held));
        await visitor.controlled();
        await visitor.until('the worker to know the version', ({ version }) => version > 0);
      }
      await Promise.all([fresh.leave(), old.leave()]);
    });
  }
});
