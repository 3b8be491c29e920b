//! Visitors meet through other people's trackers, unchanged: npm's `bittorrent-tracker`, which is the reference, and `aquatic_ws` where it is installed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from './origin.mjs';
import { configure, wiki } from './sites.mjs';
import { Stage } from './stage.mjs';

/** A running tracker. @typedef {{ address: string, stop: () => Promise<void> }} Tracker */

/** `cargo install aquatic_ws` takes minutes and Linux with io_uring: this names the binary. */
const AQUATIC = process.env.SWARMFETCH_AQUATIC;

/** @returns {Promise<Tracker>} */
async function reference() {
  const script = fileURLToPath(new URL('../interop/foreign-tracker.mjs', import.meta.url));
  const server = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [address] = await once(createInterface(server.stdout), 'line');
  return {
    address,
    stop: async () => {
      server.stdin.end();
      await once(server, 'exit');
    },
  };
}

/** @returns {Promise<Tracker>} */
async function aquatic() {
  const folder = mkdtempSync(join(tmpdir(), 'swarmfetch-aquatic-'));
  const port = await freePort();
  const config = join(folder, 'aquatic.toml');
  writeFileSync(config, `[network]\naddress = "127.0.0.1:${port}"\n`);
  const server = spawn(/** @type {string} */ (AQUATIC), ['-c', config], { stdio: 'inherit' });
  const listens = () => new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false)).on('close', () => socket.destroy());
  });
  while (!(await listens())) {
    assert.equal(server.exitCode, null, 'aquatic_ws ended');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    address: `127.0.0.1:${port}`,
    stop: async () => {
      server.kill();
      await once(server, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}

for (const [name, start, skip] of /** @type {[string, () => Promise<Tracker>, string | false][]} */ ([
  ['the reference tracker', reference, false],
  ['aquatic_ws', aquatic, AQUATIC === undefined && 'SWARMFETCH_AQUATIC does not name its binary'],
])) {
  describe(`with ${name}`, { skip }, () => {
    /** @type {Stage} */ let stage;
    /** @type {Tracker} */ let tracker;
    before(async () => {
      tracker = await start();
      const site = wiki();
      const { config } = configure(site, { more: `trackers = ["ws://${tracker.address}"]` });
      stage = await Stage.open(site, { config });
    });
    after(async () => {
      await stage?.close();
      await tracker?.stop();
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
}
