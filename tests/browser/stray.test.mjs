//! A page that came past the worker although nobody wanted that, as one does that commits just while its first worker activates: its hello has the worker take
//! it. After a hard reload the visitor wants no worker, and none takes the page (X38).
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { wiki } from './sites.mjs';
import { Stage } from './stage.mjs';

/** How often a page that is to stay alone is asked whether it is. Each time the worker has answered anew. */
const LOOKS = 10;

describe('a page without a worker', () => {
  /** @type {Stage} */ let stage;
  before(async () => {
    stage = await Stage.open(wiki());
  });
  after(() => stage?.close());

  const isTaken = (/** @type {import('playwright-core').Page} */ page) => page.evaluate(() => navigator.serviceWorker.controller !== null);

  /** Opens a page past the worker, as no visitor does. @param {import('./visitors.mjs').Visitor} visitor @param {import('playwright-core').Page} page */
  async function openPast(visitor, page, path = stage.site.pages[1]) {
    const control = await visitor.context.newCDPSession(page);
    await control.send('Network.enable');
    await control.send('Network.setBypassServiceWorker', { bypass: true });
    // Before its scripts have run, so that the hello comes after.
    await page.goto(stage.proxy.origin + path, { waitUntil: 'commit' });
    await control.send('Network.setBypassServiceWorker', { bypass: false });
    await control.detach();
  }

  /** @param {import('./visitors.mjs').Visitor} visitor @param {import('playwright-core').Page} page */
  async function reloadHard(visitor, page) {
    const control = await visitor.context.newCDPSession(page);
    await Promise.all([page.waitForEvent('load'), control.send('Page.reload', { ignoreCache: true })]);
    await control.detach();
  }

  /** Fails when a worker takes the page, whose hello it has heard. @param {import('playwright-core').Page} page */
  async function staysAlone(page) {
    await page.waitForFunction(() => /** @type {any} */ (window).swarmfetch !== undefined);
    assert.equal(await page.evaluate(() => /** @type {any} */ (window).swarmfetch.ready), true, 'the worker has not heard of the page');
    for (let look = 0; look < LOOKS; look++) {
      assert.equal(await isTaken(page), false, 'a worker took the page');
      await page.evaluate(() => /** @type {any} */ (window).swarmfetch.stats());
    }
  }

  it('is taken by its hello, and its parts are shared from then on', { timeout: 60_000 }, async () => {
    const visitor = await stage.settle('stray');
    await openPast(visitor, visitor.page);
    await visitor.controlled();
    await visitor.page.waitForLoadState('load');
    const [document, part] = /** @type {Set<string>} */ (stage.parts.get(stage.site.pages[1]));
    // The worker knows by its document which version the page is of, and answers.
    const mark = (await visitor.stats()).requests;
    for (const url of [document, part]) assert.deepEqual(await visitor.fetch(url), stage.plain.get(url));
    const { requests } = await visitor.stats();
    assert(requests.cache + requests.origin >= mark.cache + mark.origin + 2, `${JSON.stringify(mark)}, then ${JSON.stringify(requests)}`);
    await visitor.leave();
  });

  it('is not taken after a hard reload', { timeout: 60_000 }, async () => {
    const visitor = await stage.settle('alone');
    await reloadHard(visitor, visitor.page);
    await staysAlone(visitor.page);
    await visitor.leave();
  });

  it('is not taken while another one is alone that may want to be', { timeout: 60_000 }, async () => {
    const visitor = await stage.settle('two');
    await reloadHard(visitor, visitor.page);
    await staysAlone(visitor.page);
    const other = await visitor.context.newPage();
    await openPast(visitor, other);
    await staysAlone(other);
    assert.equal(await isTaken(visitor.page), false);
    await visitor.leave();
  });
});
