//! What a page has asked for before it has a worker, and gets only afterwards, comes past the worker; it is passed on all the same.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { pass, refuseContent } from './proxy.mjs';
import { assets, configure } from './sites.mjs';
import { Stage } from './stage.mjs';
import { PATIENCE_MS } from './visitors.mjs';

for (const start of ['load', 'early']) {
  it(`what was under way when the worker came is passed on, with a worker started ${start === 'load' ? 'after the load' : 'early'}`, { timeout: 120_000 }, async () => {
    const site = assets();
    const slow = '/data/slow.bin';
    writeFileSync(join(site.folder, slow), Buffer.alloc(200_000, 'under way '));
    const { config } = configure(site, { more: `start = "${start}"` });
    const stage = await Stage.open(site, { config, walk: false });
    try {
      let release = () => {};
      const released = new Promise((resolve) => (release = () => resolve(undefined)));
      stage.proxy.rule = ({ path }, answer) => (path === slow ? { status: 200, headers: answer.headers.filter(([name]) => !/^content-length$/i.test(name)), body: answer.wire, late: released } : undefined);
      const first = await stage.arrive('first');
      await first.page.goto(`${stage.proxy.origin}/`, { waitUntil: 'commit' });
      await first.page.evaluate((path) => void (/** @type {any} */ (window).slow = fetch(path).then((response) => response.arrayBuffer())), slow);
      await first.controlled();
      // The page has said what it had loaded.
      await first.until('adoption', (stats) => stats.version !== null);
      const second = await stage.settle('second');
      await second.linked(1);
      release();
      const length = await first.page.evaluate(async () => (await /** @type {any} */ (window).slow).byteLength);
      assert.equal(length, 200_000);

      stage.proxy.rule = refuseContent;
      // Taking it in may last longer than a want stays open: what counts is that it comes about.
      const deadline = performance.now() + PATIENCE_MS;
      let got = await second.fetch(slow);
      while (!('error' in got) && got.status !== 200 && performance.now() < deadline) got = await second.fetch(slow);
      stage.proxy.rule = pass;
      assert(!('error' in got), `the second visitor got nothing: ${JSON.stringify(got)}`);
      const told = async () => JSON.stringify([await first.stats(), await second.stats(), await first.page.evaluate((path) => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith(path)), slow)]);
      assert.equal(got.status, 200, `the second visitor got what the origin refused; ${await told()}`);
      assert.equal(got.length, 200_000);
    } finally {
      await stage.close();
    }
  });
}
