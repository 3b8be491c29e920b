//! The bridge in a real browser, with a worker and a tracker of the test's own: hosting, back-pressure, epochs, the page's life.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium as playwright } from 'playwright-core';
import { serveSite } from './bridge/site.mjs';
import { Visitor, introduce } from './bridge/visitor.mjs';
import { chromium } from './chromium.mjs';

const KIB = 1024;
/** What a worker keeps on its way to the wire, per link. */
const WINDOW = 256 * KIB;

let browser;
let site;
before(async () => {
  [browser, site] = await Promise.all([playwright.launch(chromium), serveSite()]);
});
after(() => Promise.all([browser?.close(), site?.close()]));

const milliseconds = (since) => Math.round(performance.now() - since);

/** Runs a test with visitors that must leave without complaints. */
const visitors = (name, count, body) =>
  test(name, { timeout: 60_000 }, async (context) => {
    const present = await Promise.all(Array.from({ length: count }, () => Visitor.arrive(browser, site)));
    await Promise.all(present.map((visitor) => visitor.greeted({ host: true })));
    await body.call(context, ...present);
    for (const visitor of present) await visitor.leave();
  });

visitors('the first hello tells of the document and of what it has loaded', 1, async (visitor) => {
  const hello = await visitor.greeted();
  assert.equal(hello.epoch, 1);
  assert.equal(hello.again, false);
  assert.equal(hello.rtc, true);
  assert.equal(hello.url, `${site.url}/`);
  assert.deepEqual(hello.links, []);
  const named = hello.resources.filter((address) => !address.endsWith('/favicon.ico')).toSorted();
  assert.deepEqual(named, [`${site.url}/style.css`, `${site.url}/swarmfetch.js`]);
});

visitors('frames arrive whole and in order, both ways at once', 2, async function (a, b) {
  const [opened] = await introduce(a, b);
  assert.ok(opened.max >= 64 * KIB);
  const sizes = { first: 0, count: 160, size: 64 * KIB, window: WINDOW };
  const started = performance.now();
  await Promise.all([a.tell({ test: 'send', link: 1, ...sizes }), b.tell({ test: 'send', link: 1, ...sizes })]);
  for (const visitor of [a, b]) {
    const { bytes, wrong, batches } = await visitor.tell({ test: 'received', link: 1, frames: sizes.count });
    assert.deepEqual({ bytes, wrong }, { bytes: 10 * 1024 * KIB, wrong: 0 });
    assert.ok(batches <= sizes.count);
  }
  this.diagnostic(`2 x 10 MiB in ${milliseconds(started)} ms`);
});

visitors('many small frames are handed on in batches', 2, async (a, b) => {
  await introduce(a, b);
  await a.tell({ test: 'send', link: 1, first: 0, count: 2_000, size: 100, window: WINDOW });
  const { wrong, batches } = await b.tell({ test: 'received', link: 1, frames: 2_000 });
  assert.equal(wrong, 0);
  assert.ok(batches < 2_000, `${batches} batches`);
});

visitors('a worker that sends without a window fills 4 MiB and loses the link', 2, async (a, b) => {
  await introduce(a, b);
  await a.tell({ test: 'send', link: 1, first: 0, count: 60, size: 64 * KIB, window: 60 * 64 * KIB });
  assert.equal((await b.tell({ test: 'received', link: 1, frames: 60 })).wrong, 0);
  a.tell({ test: 'send', link: 1, first: 60, count: 500, size: 64 * KIB, window: 500 * 64 * KIB }).catch(() => {});
  assert.equal((await a.next({ op: 'closed' })).why, 'overflow');
  assert.equal((await b.next({ op: 'closed' })).why, 'remote');
});

visitors('several links at once do not disturb each other', 3, async (a, b, c) => {
  await Promise.all([introduce(a, b, 1), introduce(a, c, 2)]);
  const sizes = { first: 0, count: 64, size: 16 * KIB, window: WINDOW };
  await Promise.all([a.tell({ test: 'send', link: 1, ...sizes }), a.tell({ test: 'send', link: 2, ...sizes })]);
  assert.equal((await b.tell({ test: 'received', link: 1, frames: 64 })).wrong, 0);
  await a.say({ op: 'close', link: 1 });
  assert.equal((await b.next({ op: 'closed', link: 1 })).why, 'remote');
  await c.tell({ test: 'send', link: 2, ...sizes });
  assert.equal((await a.tell({ test: 'received', link: 2, frames: 64 })).wrong, 0);
  // The worker that closed a link is not told of it.
  assert.deepEqual((await a.state()).heard.filter(({ op }) => op === 'closed'), []);
});

visitors('a description that is none, or is too long, closes the link and nothing else', 2, async (a, b) => {
  await a.say({ op: 'open', link: 7, role: 'answer', sdp: 'nonsense', ice: [] });
  assert.equal((await a.next({ op: 'closed', link: 7 })).why, 'refused');
  await a.say({ op: 'open', link: 8, role: 'offer', ice: [] });
  const { sdp } = await a.next({ op: 'local', link: 8 });
  await a.say({ op: 'remote', link: 8, sdp: sdp + 'a=x\r\n'.repeat(10_000) });
  assert.equal((await a.next({ op: 'closed', link: 8 })).why, 'refused');
  await a.say({ op: 'open', link: 9, role: 'offer', ice: [{ urls: 'nonsense' }] });
  assert.equal((await a.next({ op: 'closed', link: 9 })).why, 'broken');
  await introduce(a, b, 1);
  await a.say({ op: 'candidate', link: 1, candidate: 'nonsense' });
  await a.tell({ test: 'send', link: 1, first: 0, count: 1, size: KIB, window: WINDOW });
});

visitors('a stopped worker is greeted anew and the link goes on', 2, async function (a, b) {
  await introduce(a, b);
  const { instance } = await a.state();
  const stopped = performance.now();
  await a.stopWorker();
  const hello = await a.greeted({ epoch: 2 });
  this.diagnostic(`greeted anew after ${milliseconds(stopped)} ms`);
  assert.notEqual((await a.state()).instance, instance);
  assert.deepEqual({ again: hello.again, host: hello.host, links: hello.links, lost: hello.lost }, { again: true, host: true, links: [1], lost: [] });
  assert.ok((await a.next({ op: 'opened', link: 1 })).max >= 64 * KIB);
  const sizes = { first: 0, count: 32, size: 64 * KIB, window: WINDOW };
  await Promise.all([a.tell({ test: 'send', link: 1, ...sizes }), b.tell({ test: 'send', link: 1, ...sizes })]);
  for (const visitor of [a, b]) assert.equal((await visitor.tell({ test: 'received', link: 1, frames: 32 })).wrong, 0);
});

visitors('a worker that no longer answers is greeted anew, and hears which links may have a gap', 2, async (a, b) => {
  await introduce(a, b);
  await a.tell({ test: 'stick', stuck: true });
  await b.tell({ test: 'send', link: 1, first: 0, count: 1, size: KIB, window: WINDOW });
  const again = await a.greeted({ epoch: 2 });
  assert.deepEqual([again.links, again.lost], [[1], [1]]);
  await a.tell({ test: 'stick', stuck: false });
  await a.greeted({ epoch: 3 });
  await b.tell({ test: 'send', link: 1, first: 1, count: 1, size: KIB, window: WINDOW });
  await a.tell({ test: 'received', link: 1, frames: 2 });
});

visitors('a page does not hold more than some megabytes for a worker that does not keep up', 2, async (a, b) => {
  await introduce(a, b);
  await b.tell({ test: 'stick', stuck: true });
  a.tell({ test: 'send', link: 1, first: 0, count: 4_000, size: 64 * KIB, window: WINDOW }).catch(() => {});
  assert.equal((await a.next({ op: 'closed', link: 1 })).why, 'remote');
});

visitors('a worker that asks is greeted', 1, async (visitor) => {
  await visitor.tell({ test: 'wake' });
  assert.equal((await visitor.greeted({ epoch: 2 })).again, true);
});

visitors('a page that leaves closes its links, and takes up hosting when it comes back', 2, async (a, b) => {
  await introduce(a, b);
  await a.page.evaluate(() => addEventListener('pageshow', ({ persisted }) => (document.title = persisted ? 'restored' : 'shown')));
  await a.page.goto(`${site.url}/plain.html`);
  assert.equal((await b.next({ op: 'closed', link: 1 })).why, 'remote');
  assert.equal((await a.next({ op: 'closed', link: 1 })).why, 'hidden');
  await a.next({ op: 'bye' });
  await a.page.goBack({ waitUntil: 'commit' });
  await a.page.waitForFunction(() => document.title === 'restored');
  const hello = await a.greeted({ epoch: 2, host: true });
  assert.equal(hello.client, (await a.greeted({ epoch: 1 })).client);
  assert.deepEqual(hello.links, []);
  await introduce(a, b, 2);
});

visitors('a second tab hosts when the first is closed', 1, async (visitor) => {
  const first = await visitor.greeted();
  await visitor.open('/other.html');
  const second = await visitor.greeted({ url: `${site.url}/other.html` });
  assert.equal(second.host, false);
  assert.equal((await visitor.state()).host, first.client);
  await visitor.page.close();
  const heir = await visitor.greeted({ client: second.client, host: true });
  assert.ok(heir.epoch > second.epoch);
});

visitors('window.swarmfetch asks the worker, and is not in the way', 1, async (visitor) => {
  const found = await visitor.page.evaluate(async () => ({
    ready: await window.swarmfetch.ready,
    stats: await window.swarmfetch.stats(),
    done: [await window.swarmfetch.pause(), await window.swarmfetch.optOut()],
    frozen: Object.isFrozen(window.swarmfetch),
    enumerable: Object.keys(window).includes('swarmfetch'),
    members: Object.keys(window.swarmfetch),
  }));
  assert.deepEqual(found, {
    ready: true,
    stats: { version: '7' },
    done: [true, true],
    frozen: true,
    enumerable: false,
    members: ['ready', 'stats', 'pause', 'resume', 'optOut', 'optIn'],
  });
});

/** Runs a test with one visitor of a special page. */
const special = (name, options, body) =>
  test(name, { timeout: 60_000 }, async () => {
    const visitor = await Visitor.arrive(browser, site, options);
    await body(visitor);
    await visitor.leave();
  });

special('a tab without WebRTC says so and does not host', { init: 'delete window.RTCPeerConnection' }, async (visitor) => {
  const { host, rtc } = await visitor.greeted();
  assert.deepEqual({ host, rtc }, { host: false, rtc: false });
});

special('a tab without Web Locks hosts', { init: 'delete Navigator.prototype.locks' }, async (visitor) => {
  await visitor.greeted({ host: true });
});

special('with the start "early" the document is handed over after its load', { path: '/early.html', until: 'commit' }, async (visitor) => {
  const early = await visitor.greeted({ epoch: 1 });
  assert.equal(early.resources, undefined);
  site.release();
  const { resources } = await visitor.greeted({ epoch: early.epoch + 1 });
  assert.ok(resources.includes(`${site.url}/style.css`));
});

special('a strict CSP sees no violation', { path: '/strict.html', init: watchViolations() }, async (visitor) => {
  await visitor.greeted({ host: true });
  assert.deepEqual(await visitor.page.evaluate(() => window.violations), []);
});

test('a hosting page keeps its worker alive, and trusts no port after a silence', { timeout: 60_000 }, async () => {
  const [a, b] = await Promise.all([Visitor.arrive(browser, site, { clock: true }), Visitor.arrive(browser, site)]);
  await Promise.all([a.greeted({ host: true }), b.greeted({ host: true })]);
  await introduce(a, b);
  await a.page.clock.fastForward(21_000);
  await a.next({ op: 'alive' });
  await b.tell({ test: 'send', link: 1, first: 0, count: 1, size: KIB, window: WINDOW });
  assert.deepEqual((await a.greeted({ epoch: 2 })).lost, []);
  assert.equal((await a.tell({ test: 'received', link: 1, frames: 1 })).wrong, 0);
  await Promise.all([a.leave(), b.leave()]);
});

special('a worker that does not speak with us is soon left alone', { path: '/plain.html' }, async (visitor) => {
  await visitor.control.evaluate(() => navigator.serviceWorker.register('/silent-worker.js'));
  await visitor.control.evaluate(() => navigator.serviceWorker.ready);
  const page = await visitor.open('/', { clock: true });
  const given = page.evaluate(() => window.swarmfetch.ready).then((ready) => (visitor.ready = ready));
  while (visitor.ready === undefined) await page.clock.fastForward(1_000);
  assert.equal(await given, false);
  await page.clock.fastForward(600_000);
  assert.equal(await visitor.tell({ test: 'count' }), 5);
});

function watchViolations() {
  return 'window.violations = []; addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective))';
}

special('a site with a worker of its own keeps it', { path: '/plain.html' }, async (visitor) => {
  await visitor.control.evaluate(() => navigator.serviceWorker.register('/own-worker.js'));
  const page = await visitor.open('/');
  assert.equal(await page.evaluate(() => window.swarmfetch.ready), true);
  const scripts = await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).map(({ active }) => active.scriptURL));
  assert.deepEqual(scripts, [`${site.url}/own-worker.js`]);
});

for (const [what, path, init] of [
  ['is missing', '/missing/'],
  ['is a redirect', '/moved/'],
  ['is not a script', '/typed/'],
  ['is forbidden by the page', '/no-worker.html'],
  ['is unknown to the browser', '/', 'delete Navigator.prototype.serviceWorker'],
]) {
  test(`a page whose worker ${what} stays as it is`, { timeout: 60_000 }, async () => {
    const visitor = await Visitor.arrive(browser, site, { path, init });
    const found = await visitor.page.evaluate(async () => ({ ready: await window.swarmfetch.ready, stats: await window.swarmfetch.stats() }));
    assert.equal(found.ready, false);
    assert.deepEqual([found.stats.version, found.stats.peers, found.stats.requests.passed], [null, 0, 0]);
    assert.equal(await visitor.page.evaluate(() => window.swarmfetch.optOut()), false);
    // What the browser itself prints about the script that it could not have is the site's to mend.
    visitor.complaints = visitor.complaints.filter((complaint) => !/404|redirect|MIME type|Content Security Policy/.test(complaint) || complaint.startsWith('thrown'));
    await visitor.leave();
  });
}
