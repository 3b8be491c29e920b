//! Visitors meet through somebody else's tracker: npm's `bittorrent-tracker`, the reference server, unchanged.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { configure, wiki } from './sites.mjs';
import { Stage } from './stage.mjs';

const SERVER = fileURLToPath(new URL('../interop/foreign-tracker.mjs', import.meta.url));

describe('with the reference tracker', () => {
  /** @type {Stage} */ let stage;
  /** @type {import('node:child_process').ChildProcess} */ let server;
  before(async () => {
    server = spawn(process.execPath, [SERVER], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [address] = await once(createInterface(/** @type {import('node:stream').Readable} */ (server.stdout)), 'line');
    const site = wiki();
    const { config } = configure(site, { more: `trackers = ["ws://${address}"]` });
    stage = await Stage.open(site, { config });
  });
  after(async () => {
    await stage?.close();
    server.stdin?.end();
    await once(server, 'exit');
  });

  // It forwards whole descriptions to whom it likes: a link is back later after a click than with ours, which knows the last neighbours.
  it('visitors find and serve each other', { timeout: 120_000 }, async (t) => {
    await stage.populate();
    const third = await stage.settle('third');
    await third.linked(2);
    for (const path of stage.site.pages.slice(1)) stage.same(path, await third.follow(path));
    const { bytes } = await third.stats();
    t.diagnostic(`the third has ${bytes.peers} bytes from peers, ${bytes.origin} from the origin`);
    assert(bytes.peers > 0);
    assert(!stage.proxy.log.some(({ path }) => path.endsWith('/tracker')), 'our own tracker was asked');
  });
});
