//! The owner's budget for a visitor's uploads in a day: spent to its end, over the worker's death, and no further; who asks has the origin's bytes instead.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { configure, long } from './sites.mjs';
import { Stage } from './stage.mjs';

/** The budget, in bytes: what the configuration can say least, but nothing. */
const BUDGET = 1_000_000;
/** Length of each file, in bytes. */
const BYTES = 150_000;
const FILES = 10;
/** Upper bound of what one frame and the proofs of its answer take, in bytes: the budget ends with a whole frame. */
const MORE = 65_536;

describe('a budget for uploads', () => {
  /** @type {Stage} */ let stage;
  /** @type {import('./visitors.mjs').Visitor} */ let seeder;
  /** @type {import('./visitors.mjs').Visitor} */ let reader;
  /** @type {string[]} */ let hashes;

  before(async () => {
    const site = long(1);
    hashes = Array.from({ length: FILES }, (_, n) => {
      const bytes = randomBytes(BYTES);
      writeFileSync(join(site.folder, `${n}.bin`), bytes);
      return createHash('sha256').update(bytes).digest('hex');
    });
    const { config } = configure(site, { more: 'upload_mb_per_day = 1' });
    stage = await Stage.open(site, { config, walk: false });
    seeder = await stage.settle('seeder');
    await seeder.open('/');
    for (let n = 0; n < FILES; n++) await reads(seeder, n);
    reader = await stage.settle('reader');
    await reader.open('/');
    await reader.linked(1);
  });
  after(() => stage?.close());

  /** One file, right whoever gives it. @param {import('./visitors.mjs').Visitor} visitor @param {number} n */
  async function reads(visitor, n) {
    const got = await visitor.fetch(`/${n}.bin`);
    assert('body' in got, JSON.stringify(got));
    assert.deepEqual([got.status, got.body], [200, hashes[n]]);
  }

  it('is spent, kept by the next worker, and then spared', { timeout: 120_000 }, async (t) => {
    for (let n = 0; n < 3; n++) await reads(reader, n);
    assert.equal((await reader.stats()).requests.peers, 3, 'nothing came from the seeder');
    // What was uploaded is written while nothing else happens: a page that stands by says every 20 s that it is there.
    await seeder.page.evaluate(() => navigator.serviceWorker.controller?.postMessage({ swarmfetch: 'alive' }));
    const left = () =>
      seeder.page.evaluate(async () => {
        for (const name of await caches.keys()) {
          for (const request of await (await caches.open(name)).keys()) {
            if (request.url.endsWith('/state')) return (await (await caches.match(request))?.json())?.uploadLeft;
          }
        }
      });
    while ((await left()) > BUDGET - 3 * BYTES) await new Promise((resolve) => setTimeout(resolve, 100));
    await seeder.stopWorker();
    await seeder.linked(1);
    await reader.linked(1);
    for (let n = 3; n < FILES; n++) await reads(reader, n);
    const { requests, bytes } = await reader.stats();
    t.diagnostic(JSON.stringify({ requests, bytes, left: await left(), uploaded: (await seeder.stats()).uploaded }));
    // The origin is asked beside a seeder who is late once, on a busy machine.
    assert(requests.peers > 3 && requests.peers <= Math.floor(BUDGET / BYTES), `${requests.peers} from the seeder`);
    assert(bytes.origin >= (FILES - requests.peers) * BYTES);
    assert((await seeder.stats()).uploaded <= BUDGET + MORE);
  });
});
