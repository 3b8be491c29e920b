//! A long file of which a visitor has only some: that much is given to others, by who goes on reading and by who stopped, and again after the worker was stopped.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { refuseContent } from './proxy.mjs';
import { long } from './sites.mjs';
import { Stage } from './stage.mjs';

const MIB = 1024 * 1024;
/** Not a whole number of segments. */
const BYTES = 20 * MIB + 70_000;

describe('a long file that one has some of', () => {
  /** @type {Stage} */ let stage;
  /** @type {Buffer} */ let bytes;
  /** @type {import('./visitors.mjs').Visitor} */ let some;
  /** @type {import('./visitors.mjs').Visitor} */ let other;

  before(async () => {
    const site = long(BYTES);
    bytes = readFileSync(join(site.folder, 'long.bin'));
    stage = await Stage.open(site, { walk: false });
    some = await stage.settle('some');
    other = await stage.settle('other');
    for (const visitor of [some, other]) await visitor.linked(1);
    // It comes from the origin, and the page stops reading when something of it is kept.
    await some.page.evaluate(async () => {
      const reader = (await fetch('/long.bin')).body.getReader();
      await reader.read();
      const kept = async () => {
        const urls = await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)));
        return urls.flat().some((url) => /\/c\/[0-9a-f]{64}\/\d+\/\d+$/.test(url));
      };
      while (!(await kept())) await new Promise((resolve) => setTimeout(resolve, 50));
      await reader.cancel();
    });
    stage.proxy.rule = refuseContent;
  });
  after(() => stage?.close());

  /** The other has the first bytes, though the origin gives nothing. @param {number} first */
  async function gets(first) {
    const got = await other.fetch('/long.bin', { headers: { range: `bytes=${first}-${first + 99_999}` } });
    assert('body' in got, JSON.stringify(got));
    assert.deepEqual([got.status, got.body], [206, createHash('sha256').update(bytes.subarray(first, first + 100_000)).digest('hex')]);
  }

  it('comes from that one as far as it goes', { timeout: 60_000 }, async () => {
    await gets(100_000);
    assert.equal((await other.stats()).bytes.peers, 100_000);
  });

  it('does so after its worker was stopped, and the other one\'s', { timeout: 60_000 }, async () => {
    for (const [nth, visitor] of [some, other].entries()) {
      await visitor.stopWorker();
      for (const one of [some, other]) await one.linked(1);
      await gets(300_000 + nth * 200_000);
    }
  });

  it('is the origin\'s to answer where that one has no more', { timeout: 60_000 }, async () => {
    const got = await other.fetch('/long.bin', { headers: { range: `bytes=${BYTES - 1000}-` } });
    assert('status' in got, JSON.stringify(got));
    assert.equal(got.status, 503);
  });
});

describe('a long file that nobody has, and what proves it does not come', () => {
  for (const [what, body] of /** @type {const} */ ([['is not there', undefined], ['is something else', Buffer.alloc(100_000, 7)]])) {
    it(`comes from the origin as it is where its outboard ${what}`, { timeout: 60_000 }, async () => {
      const site = long(BYTES);
      const stage = await Stage.open(site, { walk: false });
      try {
        const visitors = [await stage.settle('reader'), await stage.settle('other')];
        for (const visitor of visitors) await visitor.linked(1);
        const isOutboard = (/** @type {string} */ path, /** @type {Buffer} */ bytes) => /\/o\/[0-9a-f]{64}$/.test(path) && bytes.length > 50_000;
        stage.proxy.rule = ({ path }, { body: bytes }) => (isOutboard(path, bytes) ? { status: body ? 200 : 404, body: body ?? 'no' } : undefined);
        const got = await /** @type {import('./visitors.mjs').Visitor} */ (visitors[0]).fetch('/long.bin');
        assert('body' in got, JSON.stringify(got));
        assert.deepEqual([got.status, got.length, got.body], [200, BYTES, createHash('sha256').update(readFileSync(join(site.folder, 'long.bin'))).digest('hex')]);
      } finally {
        await stage.close();
      }
    });
  }
});
