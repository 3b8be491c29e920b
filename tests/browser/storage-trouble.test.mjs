//! T10, F14, F15: what a page's scripts, the browser or a full disk do to the store. Pages come as the origin gives them, and nothing false goes to others.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { wiki } from './sites.mjs';
import { Stage } from './stage.mjs';

/** Reads of every held URL for each way of spoiling the store. */
const READS = 4;

/** What becomes of an entry's bytes, by those or its key. @type {Record<string, string>} */
const SPOILT = {
  'other bytes of the same length': 'bytes.map((byte) => byte ^ 1)',
  'one bit changed in the last byte': 'bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 128 : byte))',
  'its last byte missing': 'bytes.slice(0, -1)',
  'a byte too many': 'Uint8Array.from([...bytes, 0])',
  'nothing in it': 'new Uint8Array()',
  'a page of HTML in it': 'new TextEncoder().encode("<script>document.title = 1</script>")',
  // A look-up that follows it never ends.
  'in place of a part of the tree what names just that part': 'url.includes("/n/") ? Uint8Array.from([1, 0, 2, ...url.slice(-64).match(/../g).map((byte) => parseInt(byte, 16))]) : bytes',
  'valid JSON in it': 'new TextEncoder().encode(JSON.stringify({ spec: 2, pins: [], bytes: {}, requests: {}, sums: [], editions: [{ head: "x", record: "y", policy: "z" }] }))',
};

/**
 * Spoils every entry of every cache; runs in the page.
 * @param {string} how the body of a function of `bytes` and the key's `url`
 */
async function spoil(how) {
  const spoilt = new Function('bytes', 'url', `return ${how}`);
  let count = 0;
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const bytes = new Uint8Array(await (await cache.match(request))?.arrayBuffer() ?? []);
      await cache.put(request, new Response(spoilt(bytes, request.url), { headers: { 'content-type': 'text/html', 'x-spoilt': 'yes', etag: '"spoilt"' } }));
      count += 1;
    }
  }
  return count;
}

describe('a store', () => {
  /** @type {Stage} */ let stage;
  /** @type {import('./visitors.mjs').Visitor} */ let reader;
  before(async () => {
    stage = await Stage.open(wiki());
    reader = await stage.settle('reader');
    for (const path of stage.site.pages.slice(1)) stage.same(path, await reader.follow(path));
  });
  after(() => stage?.close());

  /** Everything that the pages of the walk asked for is as it was on the plain visit. */
  async function readsAll(/** @type {import('./visitors.mjs').Visitor} */ visitor) {
    for (const [url, plain] of stage.plain) assert.deepEqual(await visitor.fetch(url), plain, url);
    return stage.plain.size;
  }

  for (const [what, how] of Object.entries(SPOILT)) {
    it(`whose every entry has ${what} is not believed, by its owner nor by others`, { timeout: 120_000 }, async (t) => {
      await readsAll(reader);
      let reads = 0;
      for (let round = 0; round < READS; round++) {
        const spoilt = await reader.page.evaluate(spoil, how);
        assert(spoilt > stage.plain.size / 2, `only ${spoilt} entries were spoilt`);
        // A worker that lives has things in memory; one that starts has to read its state and the tree again.
        if (round % 2 === 1) await reader.stopWorker();
        reads += await readsAll(reader);
      }
      // What it announces is in its index; a neighbour that asks for it gets nothing false, from a worker that has nothing in memory either.
      await reader.page.evaluate(spoil, how);
      await reader.stopWorker();
      const other = await stage.settle('other');
      t.after(() => other.leave());
      await other.linked(1);
      for (const path of stage.site.pages.slice(1, 5)) stage.same(path, await other.follow(path));
      assert.equal((await other.stats()).rejected, 0, 'something false was passed on');
      t.diagnostic(`${reads} reads of spoilt entries, ${(await other.stats()).bytes.peers} bytes to a neighbour`);
    });
  }

  it('that is wiped while a page is open is filled again', { timeout: 60_000 }, async () => {
    await readsAll(reader);
    for (const stop of [false, true]) {
      await reader.page.evaluate(async () => {
        for (const name of await caches.keys()) await caches.delete(name);
      });
      if (stop) await reader.stopWorker();
      for (const path of stage.site.pages.slice(0, 4)) stage.same(path, await reader.follow(path));
      const before = (await reader.stats()).requests.cache;
      for (const path of stage.site.pages.slice(0, 4)) stage.same(path, await reader.follow(path));
      assert((await reader.stats()).requests.cache > before, 'nothing came from the store');
    }
  });

  it('that has no room left costs no page', { timeout: 60_000 }, async () => {
    const poor = await stage.arrive('poor');
    const session = await poor.context.newCDPSession(poor.page);
    // Enough for the worker's script, not for the site.
    await session.send('Storage.overrideQuotaForOrigin', { origin: stage.proxy.origin, quotaSize: 400_000 });
    await poor.open(stage.site.pages[0]);
    await poor.controlled();
    for (const path of stage.site.pages.slice(1)) stage.same(path, await poor.follow(path));
    await session.send('Storage.overrideQuotaForOrigin', { origin: stage.proxy.origin, quotaSize: 1 });
    for (const path of stage.site.pages) stage.same(path, await poor.follow(path));
    const { usage = 0 } = await poor.page.evaluate(() => navigator.storage.estimate());
    assert(usage < 600_000, `the store grew to ${usage} bytes`);
    assert.deepEqual(poor.complaints, []);
    await poor.leave();
  });
});
