//! Back and forward: pages with links come out of the back/forward cache as those of a plain site do, and link again; of several tabs another hosts when one closes.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { wiki } from './sites.mjs';
import { watchLinks } from '../lab/steps.mjs';
import { Stage } from './stage.mjs';
import { PATIENCE_MS } from './visitors.mjs';

/** Times back and forward. */
const TURNS = 8;

it('pages come back out of the cache whichever way, and their links with them; tabs hand over', { timeout: 180_000 }, async () => {
  const stage = await Stage.open(wiki(), { walk: false });
  try {
    await stage.settle('other');
    const visitor = await stage.arrive('visitor');
    await visitor.context.addInitScript(() => addEventListener('pageshow', ({ persisted }) => persisted && (/** @type {any} */ (window).back = (/** @type {any} */ (window).back ?? 0) + 1)));
    await visitor.context.addInitScript(watchLinks);
    const [first = '', second = '', ...others] = stage.site.pages;
    await visitor.open(first);
    await visitor.controlled();
    await visitor.linked(1);
    await visitor.follow(second);
    await visitor.linked(1);
    for (let turn = 0; turn < TURNS; turn++) {
      await (turn % 2 === 0 ? visitor.page.goBack({ waitUntil: 'commit' }) : visitor.page.goForward({ waitUntil: 'commit' }));
      await visitor.linked(1);
      const { back, reasons } = await visitor.page.evaluate(() => ({ back: /** @type {any} */ (window).back, reasons: JSON.stringify(/** @type {any} */ (performance.getEntriesByType('navigation')[0]).notRestoredReasons) }));
      assert.equal(back, Math.floor(turn / 2) + 1, `turn ${turn}: ${reasons}`);
    }

    const tabs = [visitor.page];
    for (const path of others.slice(0, 2)) {
      const tab = await visitor.context.newPage();
      await tab.goto(visitor.origin + path);
      tabs.push(tab);
    }
    // Which of them holds a link that is open: one alone.
    const hosts = async () => Promise.all(tabs.map((tab) => tab.evaluate(() => /** @type {any} */ (window).lab.links.some((/** @type {any} */ link) => link.opened && !link.closed))));
    const oneHosts = async () => {
      const deadline = performance.now() + PATIENCE_MS;
      let now = await hosts();
      while (now.filter(Boolean).length !== 1) {
        assert(performance.now() < deadline, `links in tabs: ${now}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
        now = await hosts();
      }
      return now.indexOf(true);
    };
    while (tabs.length > 1) {
      const [host] = tabs.splice(await oneHosts(), 1);
      await host?.close();
    }
    await oneHosts();
  } finally {
    await stage.close();
  }
});
