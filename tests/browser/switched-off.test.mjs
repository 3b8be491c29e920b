//! Issue 8, e: what `swarmfetch disable` does to visitors. Nothing of the swarm is left in their browsers, and their pages never notice.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { FirefoxVisitor, noFirefox, openFirefox } from './firefox.mjs';
import { LINE, make, wiki } from './sites.mjs';
import { StaticHost } from './static.mjs';
import { Visitor, openBrowser } from './visitors.mjs';

/** Seconds; the default is a minute. */
const FRESHNESS = 2;

const HEAD = '/.well-known/swarmfetch/head';

/** What a browser keeps of the swarm: caches and workers. @param {Visitor} visitor @returns {Promise<string[]>} */
const left = (visitor) =>
  visitor.page.evaluate(async () => {
    const workers = await navigator.serviceWorker.getRegistrations();
    return [...(await caches.keys()), ...workers.map(({ scope }) => scope)];
  });

/** Waits until a browser keeps nothing but this. @param {Visitor} visitor @param {...string} rest */
const isLeft = (visitor, ...rest) => visitor.until(`nothing but ${rest}`, async () => (await left(visitor)).join() === rest.join());

describe('a site that switches the swarm off', () => {
  /** @type {import('playwright-core').Browser} */ let browser;
  /** @type {StaticHost} */ let host;
  /** @type {Visitor[]} */ let visitors;
  const settle = async (/** @type {string} */ name) => {
    const visitor = await Visitor.arrive(browser, host.origin, { name });
    visitors.push(visitor);
    await visitor.open('/');
    await visitor.controlled();
    await visitor.until('a version', ({ version }) => version === host.version());
    return visitor;
  };

  before(async () => (browser = await openBrowser()));
  after(() => browser?.close());
  beforeEach(async () => {
    visitors = [];
    host = await StaticHost.open(wiki(), `freshness = "${FRESHNESS}s"`);
  });
  afterEach(async () => {
    for (const visitor of visitors) await visitor.leave();
    await host?.close();
  });

  it('takes the store and the links of pages that are open, though nobody touches them', { timeout: 120_000 }, async () => {
    const [first, second] = [await settle('first'), await settle('second')];
    await Promise.all([first.linked(1), second.linked(1)]);
    for (const visitor of [first, second]) await visitor.page.evaluate(async () => void (await (await caches.open('of the site')).put('/mine', new Response('mine'))));
    host.run('disable');
    for (const visitor of [first, second]) {
      await isLeft(visitor, 'of the site');
      await visitor.until('no link', ({ peers }) => peers === 0);
    }
    // The worker lives as long as its pages; it leaves them to the origin and asks no more.
    host.asked = [];
    const got = await first.fetch('/', { cache: 'no-store' });
    assert('status' in got && got.status === 200);
    assert.deepEqual(host.asked, ['/'], 'the origin was asked, once');
    for (const visitor of [first, second]) {
      const [document] = await visitor.follow(host.site.pages[1]);
      assert.deepEqual([document.status, document.worker], [200, false]);
      assert.equal(await visitor.page.evaluate(() => navigator.serviceWorker.controller), null);
      assert.deepEqual(await left(visitor), ['of the site']);
      assert.deepEqual(visitor.complaints, []);
    }
    assert(!host.asked.includes(HEAD), 'nobody asks for heads');
    // Pages that show what the swarm did still can.
    assert.equal(await first.page.evaluate(() => /** @type {any} */ (window).swarmfetch.ready), false);
    assert.equal((await first.stats()).peers, 0);
  });

  it('is gone from a browser at its next visit, whether the worker or the script hears of it first', { timeout: 120_000 }, async () => {
    // Where it is told of no page the browser only looks for a newer script.
    writeFileSync(join(host.out, 'other.html'), `<!doctype html><title>Of no version</title><link rel="icon" href="data:,">${LINE}`);
    for (const page of ['/', '/other.html']) {
      const visitor = await settle(`visitor of ${page}`);
      await visitor.page.goto('about:blank');
      host.run('disable');
      const [document] = await visitor.open(page);
      assert.equal(document.status, 200);
      await isLeft(visitor);
      assert.deepEqual(visitor.complaints, []);
      host.run('publish');
    }
  });

  it('comes back when it is published again', { timeout: 120_000 }, async () => {
    const visitor = await settle('visitor');
    host.run('disable');
    await isLeft(visitor);
    host.run('publish');
    await visitor.open('/');
    await visitor.controlled();
    await visitor.until('the new version', ({ version }) => version === host.version());
    const [, second] = host.site.pages;
    const [document] = await visitor.follow(second);
    assert(document.worker, 'the worker answers again');
  });
});

describe('a site with a worker of its own that switches the swarm off', () => {
  /** @type {import('playwright-core').Browser} */ let browser;
  /** @type {StaticHost} */ let host;
  before(async () => {
    browser = await openBrowser();
    // Ours comes when the site's worker is there: of two that register at once the last one stays.
    const site = make('own-worker', (folder) => {
      writeFileSync(join(folder, 'own.js'), `addEventListener('fetch', (event) => {
  if (new URL(event.request.url).pathname === '/made') event.respondWith(new Response('made by the site'));
});
importScripts('/swarmfetch-sw.js');
`);
      writeFileSync(join(folder, 'index.html'), `<!doctype html><title>Own worker</title><link rel="icon" href="data:,"><script>
navigator.serviceWorker.register('/own.js').then(() => document.head.append(Object.assign(document.createElement('script'), { src: '/swarmfetch.js' })));
</script><p>Hello\n`);
      return ['/'];
    });
    host = await StaticHost.open(site, `freshness = "${FRESHNESS}s"`);
  });
  after(async () => {
    await browser?.close();
    await host?.close();
  });

  it('keeps that worker, and what it does', { timeout: 60_000 }, async () => {
    const visitor = await Visitor.arrive(browser, host.origin);
    // Its worker claims nothing.
    while (!(await visitor.page.evaluate(() => navigator.serviceWorker?.controller))) await visitor.open('/');
    await visitor.until('a version', ({ version }) => version === host.version());
    host.run('disable');
    await isLeft(visitor, `${host.origin}/`);
    const made = () => visitor.page.evaluate(async () => (await fetch('/made')).text());
    assert.equal(await made(), 'made by the site');
    const [document] = await visitor.open('/');
    assert.deepEqual([document.status, document.worker], [200, false]);
    assert.equal(await made(), 'made by the site');
    assert.deepEqual(await left(visitor), [`${host.origin}/`]);
    assert.deepEqual(visitor.complaints, []);
    await visitor.leave();
  });
});

describe('in Firefox, a site that switches the swarm off', { skip: noFirefox }, () => {
  /** @type {import('puppeteer-core').Browser} */ let browser;
  /** @type {StaticHost} */ let host;
  before(async () => {
    browser = await openFirefox();
    host = await StaticHost.open(wiki(), `freshness = "${FRESHNESS}s"`);
  });
  after(async () => {
    await browser?.close();
    await host?.close();
  });
  const settle = async () => {
    const visitor = await FirefoxVisitor.arrive(browser, host.origin);
    await visitor.open('/');
    await visitor.until('a version', stats, ({ version }) => version === host.version());
    return visitor;
  };
  const stats = () => /** @type {any} */ (window).swarmfetch.stats();
  const kept = async () => [...(await caches.keys()), ...(await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope)];

  it('is gone from pages that are open, and from a browser at its next visit', { timeout: 120_000 }, async () => {
    const [first, second, absent] = [await settle(), await settle(), await settle()];
    await Promise.all([first, second].map((visitor) => visitor.until('a link', stats, ({ peers }) => peers > 0)));
    await absent.page.goto('about:blank');
    host.run('disable');
    for (const visitor of [first, second]) {
      await visitor.until('nothing of the swarm', kept, (all) => all.length === 0);
      await visitor.until('no link', stats, ({ peers }) => peers === 0);
      await visitor.open(host.site.pages[1]);
      assert.equal(await visitor.page.evaluate(() => navigator.serviceWorker.controller), null);
    }
    await absent.open('/');
    await absent.until('nothing of the swarm', kept, (all) => all.length === 0);
    for (const visitor of [first, second, absent]) {
      assert.deepEqual(visitor.complaints, []);
      await visitor.leave();
    }
  });
});
