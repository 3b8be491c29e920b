//! Several visitors want the same at once of an origin whose line is too thin for that: each has some of it from there, and the rest from the others. How much
//! faster that is, `make lab` measures.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Bottleneck } from './bottleneck.mjs';
import { files } from './sites.mjs';
import { Stage } from './stage.mjs';

const FILES = 12;
const FILE_BYTES = 150_000;
const ORIGIN_MBIT = 2;
const NAMES = ['ann', 'bob', 'cas'];

describe('an origin that is too busy', () => {
  it('gives what several want at once about once, and they give it to each other', { timeout: 120_000 }, async (t) => {
    const site = files(FILES, FILE_BYTES);
    const paths = Array.from({ length: FILES }, (_, n) => `/${n}.bin`);
    const expected = paths.map((path) => createHash('sha256').update(readFileSync(join(site.folder, path))).digest('hex'));
    const stage = await Stage.open(site, { walk: false });
    try {
      const visitors = [];
      for (const name of NAMES) visitors.push(await stage.settle(name));
      for (const visitor of visitors) await visitor.linked(NAMES.length - 1);
      stage.proxy.bottleneck = new Bottleneck(ORIGIN_MBIT);
      const got = await Promise.all(
        visitors.map(({ page }) =>
          page.evaluate(async (all) => {
            const bodies = await Promise.all(all.map(async (path) => (await fetch(path)).arrayBuffer()));
            const digests = await Promise.all(bodies.map((body) => crypto.subtle.digest('SHA-256', body)));
            return digests.map((digest) => [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
          }, paths),
        ),
      );
      for (const [nth, hashes] of got.entries()) assert.deepEqual(hashes, expected, `${NAMES[nth]} has other bytes`);
      let [peers, origin] = [0, 0];
      for (const visitor of visitors) {
        const { bytes } = await visitor.stats();
        t.diagnostic(`${visitor.name}: ${JSON.stringify(bytes)}`);
        peers += bytes.peers;
        origin += bytes.origin;
      }
      assert(peers > origin, `${peers} bytes from each other, ${origin} from the origin`);
    } finally {
      await stage.close();
    }
  });
});
