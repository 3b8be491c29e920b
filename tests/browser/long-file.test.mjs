//! A long file that the worker holds: verified as it is read, and the browser's as soon as it has left the worker, whatever becomes of that.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Origin } from './origin.mjs';
import { long } from './sites.mjs';
import { Visitor, openBrowser } from './visitors.mjs';

const MIB = 1024 * 1024;
/** What proves itself comes whole, in bytes. */
const GROUP = 16 * 1024;
/** Not a whole number of segments, nor of groups. */
const BYTES = 50 * MIB + 12_345;
/** Longest wait for the worker to hold the file, in fetches. */
const FETCHES_MAX = 20;

describe('a long file that is held', () => {
  /** @type {import('./sites.mjs').Site} */ let site;
  /** @type {Origin} */ let origin;
  /** @type {import('playwright-core').Browser} */ let browser;
  /** @type {Visitor} */ let visitor;
  /** @type {Buffer} */ let bytes;

  before(async () => {
    site = long(BYTES);
    bytes = readFileSync(join(site.folder, 'long.bin'));
    origin = await Origin.start(site.folder);
    browser = await openBrowser();
    visitor = await Visitor.arrive(browser, `http://127.0.0.1:${origin.port}`, { name: 'holder' });
    await visitor.open('/');
    await visitor.controlled();
    await visitor.until('a version', ({ version }) => version > 0);
    await visitor.open('/');
    await held();
  });
  after(async () => {
    await browser?.close();
    await origin?.stop();
    site?.remove();
  });

  /** Fetches it until the store answers. */
  async function held() {
    for (let n = 0; n < FETCHES_MAX; n++) {
      const { requests } = await visitor.stats();
      await visitor.fetch('/long.bin', { cache: 'no-cache' });
      await visitor.fetch('/long.bin');
      if ((await visitor.stats()).requests.cache > requests.cache) return;
    }
    throw new Error('the worker does not hold the file');
  }

  const hash = (/** @type {Buffer} */ of) => createHash('sha256').update(of).digest('hex');

  /** Begins to read, has something done when the first bytes are there, and reads on. @param {string | undefined} range @param {() => Promise<unknown>} meanwhile */
  async function reads(range, meanwhile) {
    const [status, first] = await visitor.page.evaluate(async (wanted) => {
      performance.clearResourceTimings();
      const response = await fetch('/long.bin', wanted ? { headers: { range: wanted } } : {});
      const reader = response.body.getReader();
      const { value } = await reader.read();
      Object.assign(window, { reading: { reader, first: value } });
      return [response.status, value.length];
    }, range);
    await meanwhile();
    return { status, first, ...(await visitor.readOn()) };
  }

  it('begins with its first segment', { timeout: 60_000 }, async () => {
    const before = await visitor.stats();
    const response = visitor.page.evaluate(async () => {
      const reader = (await fetch('/long.bin')).body.getReader();
      const { value } = await reader.read();
      await reader.cancel();
      return value.length;
    });
    assert((await response) > 0);
    const { bytes: sums, requests } = await visitor.stats();
    assert.equal(requests.cache, before.requests.cache + 1, 'the store did not answer');
    assert(sums.cache - before.bytes.cache < BYTES, 'all of it was read first');
  });

  for (const [what, range, start] of /** @type {const} */ ([['whole', undefined, 0], ['in part', `bytes=${3 * MIB + 77}-`, 3 * MIB + 77]])) {
    it(`comes ${what} though the worker is stopped while the page reads: the browser has it all by then`, { timeout: 60_000 }, async () => {
      const before = await visitor.stats();
      const got = await reads(range, async () => {
        // It takes some 56 MB of a worker's stream ahead of the page, and says when it has the last of them.
        await visitor.page.waitForFunction(() => performance.getEntriesByName(`${location.origin}/long.bin`).length > 0);
        const { requests } = await visitor.stats();
        assert.equal(requests.cache, before.requests.cache + 1, 'the store did not answer');
        await visitor.stopWorker();
      });
      assert.deepEqual([got.status, got.length, got.hash], [range ? 206 : 200, BYTES - start, hash(bytes.subarray(start))]);
      assert(got.first < BYTES - start, 'all was there at once');
    });
  }

  for (const [what, range, start, end] of /** @type {const} */ ([['whole', undefined, 0, BYTES], ['in part', `bytes=${20 * MIB + 77}-${40 * MIB + 4_999}`, 20 * MIB + 77, 40 * MIB + 5_000]])) {
    it(`goes on ${what} from the origin when a byte of one segment is spoilt`, { timeout: 60_000 }, async () => {
      const before = await visitor.stats();
      await visitor.page.evaluate(async () => {
        for (const name of await caches.keys()) {
          const cache = await caches.open(name);
          for (const request of await cache.keys()) {
            if (!/\/c\/[0-9a-f]{64}\/\d+\/31$/.test(request.url)) continue;
            const spoilt = new Uint8Array(await (await cache.match(request)).arrayBuffer());
            spoilt[700_001] ^= 1;
            await cache.put(request, new Response(spoilt));
            return;
          }
        }
        throw new Error('there is no such segment');
      });
      const got = await reads(range, async () => {});
      assert.deepEqual([got.status, got.length, got.hash], [range ? 206 : 200, end - start, hash(bytes.subarray(start, end))]);
      const { bytes: sums } = await visitor.stats();
      // From the spoilt one on, but for those that were read with it.
      const origin = sums.origin - before.bytes.origin;
      assert(origin > 0 && origin < end + GROUP - 31 * MIB, `${origin} bytes from the origin`);
      await held();
    });
  }
});
