//! F3 to F6: the pages that carry the links are busy, show an alert, freeze or go. Whoever waits for them has the origin's answer after one deadline, and a
//! page's own worker is never held up by it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assets, configure, wiki } from './sites.mjs';
import { Stage } from './stage.mjs';
import { Visitor } from './visitors.mjs';

/** Longer than any deadline in here, in ms: what has not ended by then never does. */
const BUSY_MS = 25_000;

/** Ways to make a tab useless; each gives a promise that is settled when the tab is of use again. @type {Record<string, (visitor: Visitor) => Promise<{ over: Promise<unknown>, end?: () => Promise<unknown> }>>} */
const TROUBLES = {
  'is busy': async ({ page }) => {
    const over = page.evaluate((ms) => {
      /** @type {any} */ (window).stop = false;
      for (const end = performance.now() + ms; performance.now() < end; );
    }, BUSY_MS);
    return { over: over.catch(() => {}) };
  },
  'shows an alert': async ({ page }) => {
    const shown = page.waitForEvent('dialog');
    const over = page.evaluate(() => alert('Look here!')).catch(() => {});
    const dialog = await shown;
    return { over, end: () => dialog.accept() };
  },
  'stands at a breakpoint': async ({ page, context }) => {
    const session = await context.newCDPSession(page);
    await session.send('Debugger.enable');
    const paused = new Promise((resolve) => session.once('Debugger.paused', resolve));
    const over = session.send('Runtime.evaluate', { expression: 'debugger' }).catch(() => {});
    await paused;
    return { over, end: () => session.send('Debugger.resume') };
  },
};

/** Is this promise still open? @param {Promise<unknown>} promise */
async function isOpen(promise) {
  const open = Symbol('open');
  return (await Promise.race([promise, Promise.resolve(open)])) === open;
}

describe('a tab that', () => {
  /** @type {Stage} */ let stage;
  before(async () => {
    stage = await Stage.open(wiki());
  });
  after(() => stage?.close());

  /** One visitor who holds all pages, and one who holds the first. */
  async function two() {
    const seed = await stage.settle('seed');
    for (const path of stage.site.pages.slice(1)) stage.same(path, await seed.follow(path));
    const reader = await stage.settle('reader');
    await reader.linked(1);
    return { seed, reader };
  }

  for (const [what, begin] of Object.entries(TROUBLES)) {
    it(`${what} and alone holds what another wants: the origin gives it`, { timeout: 90_000 }, async (t) => {
      const { seed, reader } = await two();
      const { over, end } = await begin(seed);
      const began = performance.now();
      for (const path of stage.site.pages.slice(1, 4)) stage.same(path, await reader.follow(path));
      t.diagnostic(`three pages in ${Math.round(performance.now() - began)} ms`);
      assert(await isOpen(over), 'the tab was of use again before the pages were there');
      assert((await reader.stats()).bytes.origin > 0, 'nothing came from the origin');
      await end?.();
      await Promise.all([seed.leave(), reader.leave()]);
      await over;
    });

    it(`${what} and carries its visitor's links: another tab of his is not held up`, { timeout: 90_000 }, async () => {
      const { seed, reader } = await two();
      const tab = await reader.context.newPage();
      await tab.goto(stage.proxy.origin + stage.site.pages[0]);
      await tab.waitForFunction(() => navigator.serviceWorker.controller !== null);
      const { over, end } = await begin(reader);
      for (const path of stage.site.pages.slice(1, 4)) {
        const response = await tab.goto(stage.proxy.origin + path);
        assert.equal(response?.status(), 200);
        assert(response?.fromServiceWorker(), `${path} was not answered by the worker`);
      }
      assert(await isOpen(over), 'the tab was of use again before the pages were there');
      await end?.();
      await Promise.all([seed.leave(), reader.leave()]);
      await over;
    });
  }

  it('is frozen takes no part until it is resumed', { timeout: 60_000 }, async () => {
    const { seed, reader } = await two();
    // Chromium without a window counts every tab as visible and freezes none, whatever `Page.setWebLifecycleState` says: the page is told by hand.
    await seed.page.evaluate(() => document.dispatchEvent(new Event('freeze')));
    await reader.until('the link to be gone', ({ peers }) => peers === 0);
    for (const path of stage.site.pages.slice(1, 4)) stage.same(path, await reader.follow(path));
    await seed.page.evaluate(() => document.dispatchEvent(new Event('resume')));
    await reader.linked(1);
    const before = (await reader.stats()).bytes.peers;
    for (const path of stage.site.pages.slice(4, 7)) stage.same(path, await reader.follow(path));
    assert((await reader.stats()).bytes.peers > before, 'nothing came from the tab that is back');
    await Promise.all([seed.leave(), reader.leave()]);
  });
});

describe('a transfer whose sender', () => {
  /** @type {Stage} */ let stage;
  before(async () => {
    // Where the owner asks for speed the origin, so near, would give it all.
    const site = assets();
    const { config } = configure(site, { more: 'mode = "savings"' });
    stage = await Stage.open(site, { config });
  });
  after(() => stage?.close());

  /** @type {Record<string, (seed: Visitor) => Promise<unknown>>} */
  const ENDS = {
    'closes the tab': (seed) => seed.page.close(),
    'closes the browser': (seed) => seed.leave(),
    'goes to another page': (seed) => seed.page.goto(`${stage.proxy.origin}/`),
    'leaves the site': (seed) => seed.page.goto('about:blank'),
    'loses its worker': (seed) => seed.stopWorker(),
  };
  for (const [what, end] of Object.entries(ENDS)) {
    it(`${what} is finished all the same`, { timeout: 90_000 }, async (t) => {
      const seed = await stage.settle('seed');
      stage.same('/play.html', await seed.follow('/play.html'));
      const reader = await stage.settle('reader');
      await reader.linked(1);
      const wire = (await reader.stats()).wire;
      const got = reader.during(async () => {
        await reader.page.addScriptTag({ url: '/load.js' });
        await reader.page.evaluate(() => /** @type {any} */ (window).loaded);
      });
      // In the middle of six megabytes: some have come, and the rest has not.
      const tab = await reader.context.newPage();
      await tab.goto(`${stage.proxy.origin}/`);
      const watcher = new Visitor('watcher', stage.proxy.origin, reader.context, tab);
      await watcher.until('the first bytes', (stats) => stats.wire > wire + 300_000, { every: 20 });
      await end(seed);
      stage.same('/play.html', [...(await got), ...(await reader.follow('/play.html'))]);
      const { bytes } = await reader.stats();
      t.diagnostic(`${bytes.peers} bytes from peers, ${bytes.origin} from the origin`);
      await Promise.all([seed.leave().catch(() => {}), reader.leave()]);
    });
  }
});
