//! Files that are too long for a worker's memory: passed on and kept by segments, and given to others.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pass, refuseContent } from './proxy.mjs';
import { long } from './sites.mjs';
import { Stage } from './stage.mjs';

const MIB = 1024 * 1024;
/** More than is ever in memory as a whole (`IN_MEMORY_MAX`), and not a whole number of segments. */
const BYTES = 66 * MIB + 12_345;

describe('a file too long for memory', () => {
  /** @type {Stage} */ let stage;
  /** @type {Buffer} */ let bytes;
  /** @type {import('./visitors.mjs').Visitor} */ let holder;

  const hash = (/** @type {Buffer} */ of) => createHash('sha256').update(of).digest('hex');

  before(async () => {
    const site = long(BYTES);
    bytes = readFileSync(join(site.folder, 'long.bin'));
    stage = await Stage.open(site, { walk: false });
    holder = await stage.settle('holder');
    await holder.until('a version', ({ version }) => version > 0);
    await holder.open('/');
  });
  after(() => stage?.close());

  /** Segments, outboards included, in the store of a visitor. @param {import('./visitors.mjs').Visitor} visitor */
  const segments = (visitor) =>
    visitor.page.evaluate(async () => {
      const caught = await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)));
      return caught.flat().filter((url) => /\/c\/[0-9a-f]{64}\/\d{8}\/(\d+|outboard)$/.test(url)).length;
    });

  /** @param {import('./visitors.mjs').Visitor} visitor @param {(count: number) => boolean} enough */
  async function untilSegments(visitor, enough) {
    while (!enough(await segments(visitor))) await new Promise((resolve) => setTimeout(resolve, 100));
  }

  it('is kept as far as it came when the page cancels', { timeout: 60_000 }, async () => {
    await holder.page.evaluate(async () => {
      const reader = (await fetch('/long.bin')).body.getReader();
      Object.assign(window, { reader });
      await reader.read();
    });
    // The first and its outboard.
    await untilSegments(holder, (count) => count > 1);
    await holder.page.evaluate(() => /** @type {any} */ (window).reader.cancel());
  });

  it('comes from the store as far as it is there, and from the origin, is kept, and then comes from the store', { timeout: 120_000 }, async () => {
    const before = await holder.stats();
    const got = await holder.fetch('/long.bin');
    assert('body' in got, JSON.stringify(got));
    assert.deepEqual([got.status, got.length, got.body], [200, BYTES, hash(bytes)]);
    await untilSegments(holder, (count) => count === Math.ceil(BYTES / MIB) + 1);
    const mark = stage.proxy.log.length;
    const again = await holder.fetch('/long.bin');
    assert.deepEqual(again, got);
    assert.deepEqual(stage.proxy.since(mark, { content: true }), []);
    const { requests, bytes: sums } = await holder.stats();
    // Both began with what is in the store.
    assert.equal(requests.cache - before.requests.cache, 2);
    assert(sums.cache - before.bytes.cache >= BYTES + MIB, JSON.stringify(sums));
    assert.equal(sums.cache + sums.origin - before.bytes.cache - before.bytes.origin, 2 * BYTES);
  });

  it('comes whole from one who holds it, without a byte from the origin', { timeout: 120_000 }, async () => {
    const visitor = await stage.settle('newcomer');
    await visitor.open('/');
    await visitor.linked(1);
    const mark = stage.proxy.log.length;
    stage.proxy.rule = refuseContent;
    try {
      const got = await visitor.fetch('/long.bin');
      assert('body' in got, JSON.stringify(got));
      assert.deepEqual([got.status, got.length, got.body], [200, BYTES, hash(bytes)]);
      assert.deepEqual(stage.proxy.since(mark, { content: true }).filter(({ status }) => status < 300), []);
      assert.equal((await visitor.stats()).bytes.peers, BYTES);
      await untilSegments(visitor, (count) => count === Math.ceil(BYTES / MIB) + 1);
    } finally {
      stage.proxy.rule = pass;
    }
    await visitor.leave();
  });

  for (const [what, range, status] of /** @type {const} */ ([['a short part', `bytes=${65 * MIB + 7}-${65 * MIB + 1006}`, 206], ['a long part', `bytes=${3 * MIB}-`, 206], ['a part that there is not', `bytes=${BYTES}-`, 416]])) {
    it(`gives ${what} of what is held as the origin does`, { timeout: 60_000 }, async () => {
      const [, first, last] = /** @type {RegExpExecArray} */ (/^bytes=(\d+)-(\d*)$/.exec(range));
      const part = bytes.subarray(Number(first), last === '' ? undefined : Number(last) + 1);
      const got = await holder.fetch('/long.bin', { headers: { range } });
      assert('body' in got, JSON.stringify(got));
      assert.equal(got.status, status);
      if (status === 206) assert.deepEqual([got.length, got.body], [part.length, hash(part)]);
    });
  }
});
