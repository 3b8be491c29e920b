//! What the owner says of some URLs: others are waited for there, and elsewhere the origin is asked as soon as they would be slower.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { configure, long } from './sites.mjs';
import { Stage } from './stage.mjs';

/** What every message of the reader's links takes longer, in ms: more than a quick origin, and less than a link may take. */
const LATER_MS = 450;
const FILES = 4;

it('slow visitors spare the origin where the owner wishes it, and only there', { timeout: 120_000 }, async (t) => {
  const site = long(1);
  const paths = ['/film', '/fast'].flatMap((folder) => Array.from({ length: FILES }, (_, n) => `${folder}/${n}.bin`));
  for (const folder of ['film', 'fast']) mkdirSync(join(site.folder, folder));
  for (const path of paths) writeFileSync(join(site.folder, path), randomBytes(20_000));
  const { config } = configure(site, { more: '[[rule]]\nglob = "/film/**"\nmode = "savings"' });
  const stage = await Stage.open(site, { config, walk: false });
  try {
    const holder = await stage.settle('holder');
    await holder.open('/');
    for (const path of paths) await holder.fetch(path);
    const reader = await stage.arrive('reader');
    await reader.page.addInitScript((laterMs) => {
      const { set } = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(RTCDataChannel.prototype, 'onmessage'));
      Object.defineProperty(RTCDataChannel.prototype, 'onmessage', {
        set(heard) {
          set?.call(this, (/** @type {MessageEvent} */ event) => setTimeout(() => heard(event), laterMs));
        },
      });
    }, LATER_MS);
    await reader.open('/');
    await reader.controlled();
    await reader.open('/');
    await reader.linked(1);
    // What it holds is said late, too.
    await new Promise((resolve) => setTimeout(resolve, 3 * LATER_MS));
    /** @param {string} folder */
    const from = async (folder) => {
      const before = await reader.stats();
      for (const path of paths.filter((one) => one.startsWith(folder))) {
        const got = await reader.fetch(path);
        assert('body' in got && got.status === 200, JSON.stringify(got));
      }
      const { requests } = await reader.stats();
      return { peers: requests.peers - before.requests.peers, origin: requests.origin - before.requests.origin };
    };
    const [fast, film] = [await from('/fast'), await from('/film')];
    t.diagnostic(JSON.stringify({ fast, film }));
    assert.deepEqual(film, { peers: FILES, origin: 0 });
    assert.deepEqual(fast, { peers: 0, origin: FILES });
  } finally {
    await stage.close();
  }
});
