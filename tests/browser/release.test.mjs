//! Issue 8, a: a new version is known to everybody who has a page open within seconds, whoever published it and wherever the tracker is, and what has changed
//! leaves the origin a few times, not once for each visitor.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Stream } from '../../examples/wiki/src/random.mjs';
import { binary } from './origin.mjs';
import { LINE, configure } from './sites.mjs';
import { Stage } from './stage.mjs';
import { StaticHost } from './static.mjs';
import { Visitor, openBrowser } from './visitors.mjs';

/** Visitors with a page open. */
const VISITORS = 8;

/** Pages, each with a text of its own. */
const PAGES = 10;

/** Of which a release changes so many: 30 % of all bytes. */
const CHANGED = 3;

/** How often a changed byte may leave the origin. */
const COPIES_MAX = 3;

/** Longer than anything here takes: nobody learns of a version by asking once in a while. */
const FRESHNESS = '1h';

const page = (/** @type {number} */ n) => `/page-${n}.html`;

/** A site of pages, of which the first ones say their edition. */
function makeSite() {
  const base = mkdtempSync(join(tmpdir(), 'swarmfetch-release-'));
  const folder = join(base, 'site');
  mkdirSync(folder);
  write(folder, 1);
  return { name: 'release', folder, pages: ['/', ...Array.from({ length: PAGES }, (_, n) => page(n))], remove: () => rmSync(base, { recursive: true, force: true }) };
}

/** @param {string} folder @param {number} edition */
function write(folder, edition) {
  const links = Array.from({ length: PAGES }, (_, n) => `<a href="${page(n)}">${n}</a>`).join(' ');
  writeFileSync(join(folder, 'index.html'), `<!doctype html><title>Start</title><link rel="icon" href="data:,">${LINE}${links}\n`);
  for (let n = 0; n < PAGES; n++) {
    const of = n < CHANGED ? edition : 1;
    const s = new Stream(`${n} of edition ${of}`);
    const text = Array.from({ length: 5_000 }, () => s.int(0, 0xffffff).toString(36)).join(' ');
    writeFileSync(join(folder, page(n)), `<!doctype html><title>${n}</title><link rel="icon" href="data:,">${LINE}<h1 data-edition="${of}">${n}</h1>${links}<p>${text}\n`);
  }
}

/** @param {Visitor} visitor */
const edition = (visitor) => visitor.page.evaluate(() => Number(document.querySelector('h1')?.dataset.edition));

describe('a release', () => {
  it('is known to eight visitors who do nothing, and its bytes leave the origin three times at most', { timeout: 240_000 }, async (t) => {
    const site = makeSite();
    // An origin as near as this one is quicker than any neighbour: who asks for speed asks it, too.
    const { config } = configure(site, { more: `freshness = "${FRESHNESS}"\nmode = "savings"` });
    const stage = await Stage.open(site, { config });
    try {
      const visitors = [];
      for (let n = 0; n < VISITORS; n++) visitors.push(await stage.settle(`visitor ${n}`));
      for (const visitor of visitors) await visitor.linked(2);
      const { version } = await visitors[0].stats();
      const heads = () => stage.proxy.log.filter(({ path }) => path === '/.well-known/swarmfetch/head').length;
      const headsBefore = heads();

      write(site.folder, 2);
      const began = performance.now();
      const times = await Promise.all(visitors.map(async (visitor) => {
        const stats = await visitor.until('the new version', (now) => now.version > version);
        return { version: stats.version, ms: performance.now() - began };
      }));
      assert.equal(new Set(times.map((one) => one.version)).size, 1, 'one new version');
      t.diagnostic(`known to all after ${Math.round(Math.max(...times.map(({ ms }) => ms)))} ms, of which serve took its time to notice`);
      assert.equal(heads() - headsBefore, VISITORS, 'each asked the origin once');

      stage.proxy.contents.add(site.folder);
      const since = stage.proxy.log.length;
      for (const visitor of visitors) {
        // And one that has not changed.
        for (let n = 0; n <= CHANGED; n++) {
          await visitor.follow(page(n));
          assert.equal(await edition(visitor), n < CHANGED ? 2 : 1, `${visitor.name} on ${page(n)}`);
          // Who clicks ten times a second leaves its neighbours behind, and the tracker has enough of it.
          await visitor.linked(1);
        }
      }
      for (let n = 0; n < CHANGED; n++) {
        const copies = stage.proxy.log.slice(since).filter(({ file }) => file === page(n).slice(1)).length;
        t.diagnostic(`${page(n)} left the origin ${copies} times`);
        assert(copies <= COPIES_MAX, `${page(n)} left the origin ${copies} times`);
      }
      for (const visitor of visitors) assert.deepEqual(visitor.complaints, []);
      const said = execFileSync(binary(), ['status', `http://127.0.0.1:${stage.origin.port}/`], { encoding: 'utf8' });
      assert.match(said, new RegExp(`${VISITORS} with a page open, ${VISITORS} of them on this version \\(100 %\\)`));
      assert.match(stage.origin.output, new RegExp(`version ${times[0].version}: ${VISITORS} of ${VISITORS} visitors after \\d+ s`));
    } finally {
      await stage.close();
    }
  });

  it('is known to all as soon as one knows it, where nobody tells the tracker', { timeout: 120_000 }, async () => {
    const browser = await openBrowser();
    const host = await StaticHost.open(makeSite(), `freshness = "${FRESHNESS}"`);
    try {
      const visitors = [];
      for (let n = 0; n < 3; n++) {
        const visitor = await Visitor.arrive(browser, host.origin, { name: `visitor ${n}` });
        await visitor.open('/');
        await visitor.controlled();
        await visitor.until('a version', ({ version }) => version === host.version());
        visitors.push(visitor);
      }
      // Without links, so that it is the tracker that tells them.
      const [alone] = visitors;
      write(host.site.folder, 2);
      host.run('publish');
      const late = await Visitor.arrive(browser, host.origin, { name: 'who comes late' });
      await late.open('/');
      for (const visitor of [...visitors, late]) await visitor.until('the new version', ({ version }) => version === host.version());
      await alone.follow(page(0));
      assert.equal(await edition(alone), 2);
    } finally {
      await browser.close();
      await host.close();
    }
  });
});
