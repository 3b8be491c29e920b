//! Must show h: what a visitor downloads for the swarm itself stays small.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import zlib from 'node:zlib';
import { Origin } from './origin.mjs';
import { wiki } from './sites.mjs';

const KIB = 1024;

describe('the scripts', () => {
  it('are at most 48 and 10 KiB with brotli', { timeout: 60_000 }, async (t) => {
    const site = wiki();
    const origin = await Origin.start(site.folder);
    try {
      for (const [path, most] of /** @type {const} */ ([['/swarmfetch-sw.js', 48 * KIB], ['/swarmfetch.js', 10 * KIB]])) {
        const answer = await fetch(`http://127.0.0.1:${origin.port}${path}`);
        assert.equal(answer.status, 200);
        assert.match(answer.headers.get('content-type') ?? '', /^(text|application)\/javascript/);
        const bytes = Buffer.from(await answer.arrayBuffer());
        const packed = zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
        t.diagnostic(`${path}: ${bytes.length} bytes, gzip ${zlib.gzipSync(bytes, { level: 9 }).length}, brotli ${packed.length}`);
        assert(packed.length <= most, `${path} takes ${packed.length} bytes with brotli`);
      }
    } finally {
      await origin.stop();
      site.remove();
    }
  });
});
