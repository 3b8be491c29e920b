//! Measures how soon a new tab has something from another visitor to whom it has no link yet: 20 KB that one other holds, beside npm's `webtorrent`.
//!
//!   node tests/bench/new-tab.mjs [--rounds 6] [--minutes 10] [--tabs 5] [--tracker-ms 20]
//!
//! The visitor has been here before: the worker is installed, webtorrent's script stands in the browser's cache. Then the tab is closed and another one opened, whose
//! page asks for the object in its first script, with the worker stopped, as after half a minute without a tab, or still awake. The origin refuses the object. The
//! tracker seems so far away, there and back; all else is near. Times run from the navigation's start to the last byte, and from the page's asking.
//! webtorrent has the whole torrent at hand, so it need not ask anybody what to ask for.
//!
//! Wrong bytes fail, and bytes from elsewhere; times are told and decide nothing. Called by `make bench`, which builds the binary before.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Stage } from '../browser/stage.mjs';
import { LINE, files } from '../browser/sites.mjs';
import { PATIENCE_MS } from '../browser/visitors.mjs';
import { watchLinks } from '../lab/steps.mjs';
import { Bench } from './frame.mjs';
import { PLAIN, hold } from './pairs/pair.mjs';
import { clientPage, provide, seed } from './pairs/webtorrent.mjs';

/** @typedef {import('../browser/visitors.mjs').Visitor} Visitor */
/** @typedef {import('../lab/steps.mjs').Watched} Watched */

/** What the median may be, from the navigation's start, in ms: must show h. */
const MS_MAX = 450;
const BYTES = 20_000;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '6' }, minutes: { type: 'string', default: '10' }, tabs: { type: 'string', default: '5' }, 'tracker-ms': { type: 'string', default: '20' } } });
const tabs = Number(values.tabs);

/** The new tabs' pages. Each asks at once for the object that its address names, and says in `got` when it asked, when it had it, in ms since the navigation began, and its SHA-256. */
const OURS = '/tab.html';
const THEIRS = '/webtorrent.html';
const SAYS = `const says = async (asked, coming) => {
  const bytes = await coming;
  const ended = performance.now();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return { asked, ended, hash: [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('') };
};`;
const PAGES = {
  [OURS]: `${LINE}<script>${SAYS}
window.got = says(performance.now(), fetch(location.hash.slice(1)).then((answer) => answer.arrayBuffer()));
</script>`,
  [THEIRS]: `<script type="module">${SAYS}
import WebTorrent from '/webtorrent.min.js';
window.got = new Promise((resolve) => {
  const asked = performance.now();
  const { torrent, announce } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
  const client = new WebTorrent({ tracker: { rtcConfig: { iceServers: [] } } });
  client.add(Uint8Array.from(torrent), { announce }, (added) => {
    const done = async () => resolve(says(asked, (await added.files[0].blob()).arrayBuffer()));
    if (added.done) done();
    else added.once('done', done);
  });
});
</script>`,
  [PLAIN]: '',
};

/** What a tab's page says. @typedef {{ asked: number, ended: number, hash: string }} Got */

/** Opens a new tab and waits for what it gets, but not for ever; the tab is closed. @param {Visitor} visitor @param {string} path */
async function open(visitor, path) {
  const page = await visitor.context.newPage();
  await page.goto(visitor.origin + path, { waitUntil: 'commit' });
  /** @type {Got | undefined} */
  const got = await page.waitForFunction(() => /** @type {any} */ (window).got, undefined, { timeout: PATIENCE_MS }).then((handle) => handle.jsonValue()).catch((error) => {
    if (error.name !== 'TimeoutError') throw error;
    return undefined;
  });
  /** @type {{ links: Watched[], origin: number }} */
  const { links, origin } = await page.evaluate(() => ({ links: /** @type {any} */ (window).lab.links, origin: performance.timeOrigin }));
  await page.close();
  return { opened: Math.min(...links.map(({ opened = Infinity }) => opened)) - origin, got };
}

const site = files(tabs, BYTES);
/** The files that are wanted: one for each tab. */
const objects = Array.from({ length: tabs }, (_, n) => `/${n}.bin`);
const hashes = objects.map((path) => createHash('sha256').update(readFileSync(join(site.folder, path))).digest('hex'));
for (const [path, body] of Object.entries(PAGES)) writeFileSync(join(site.folder, path), `<!doctype html><title>Tab</title><link rel="icon" href="data:,">${body}\n`);
const missing = provide(site.folder);
if (missing) console.log(`left out: webtorrent, for ${missing}`);

const stage = await Stage.open(site, { walk: false });
try {
  stage.proxy.socketsMs = Number(values['tracker-ms']) / 2;
  const holder = await stage.settle('holder');
  await holder.until('a version', ({ version }) => version > 0);
  for (const path of objects) await hold(holder, path);
  const seeder = missing ? undefined : await clientPage(stage, 'seeder');
  /** @type {string[]} */
  const torrents = [];
  if (seeder) for (const path of objects) torrents.push(`${THEIRS}#${encodeURIComponent(JSON.stringify(await seed(stage, seeder, path)))}`);
  stage.proxy.rule = ({ path }) => (objects.includes(path) ? { status: 503, body: 'refused\n' } : undefined);

  /** @type {Record<string, string>} */
  const arms = { ...(seeder && { webtorrent: 'webtorrent' }), stopped: 'ours, the worker stopped', awake: 'ours, the worker awake' };
  const bench = new Bench('new-tab', arms, [
    { name: 'ms', head: `ms to the last byte, ${MS_MAX} at most`, beside: 'ratio' },
    { name: 'ms', head: 'p95', share: 0.95 },
    { name: 'asked', head: 'the page asks' },
    { name: 'opened', head: 'the link is open' },
    { name: 'since', head: 'ms since it was asked for', beside: 'ratio' },
    { name: 'never', head: 'tabs of a round with nothing, worst', share: 1 },
  ]);
  await bench.run({ rounds: Number(values.rounds), minutes: Number(values.minutes) }, async (arm) => {
    const theirs = arm === 'webtorrent';
    // A worker that has met many lets the next one wait.
    await holder.stopWorker();
    const visitor = await stage.arrive('comes', { workers: !theirs });
    await visitor.context.addInitScript(watchLinks);
    await visitor.open(theirs ? PLAIN : '/');
    if (theirs) {
      await visitor.fetch('/webtorrent.min.js');
    } else {
      await visitor.controlled();
      await visitor.until('a version', ({ version }) => version > 0);
      await hold(visitor, OURS);
    }
    const opened = [];
    for (const [n, path] of objects.entries()) {
      await visitor.page.goto('about:blank');
      if (arm === 'stopped') await visitor.stopWorker();
      opened.push(await open(visitor, theirs ? torrents[n] ?? '' : `${OURS}#${path}`));
    }
    await visitor.leave();
    for (const [n, { got }] of opened.entries()) if (got) assert.equal(got.hash, hashes[n], 'other bytes came');
    const got = opened.flatMap((one) => one.got ?? []);
    // A tab that has nothing after half a minute is told as one that never has anything.
    const never = Array(tabs - got.length).fill(Infinity);
    return {
      ms: [...got.map(({ ended }) => ended), ...never], since: [...got.map(({ asked, ended }) => ended - asked), ...never],
      asked: got.map(({ asked }) => asked), opened: opened.map((one) => one.opened), never: [never.length],
    };
  });
  console.log(`\nFrom the navigation's start, where nothing else is said; ${BYTES / 1000} KB, which the origin refuses and one other visitor holds. The tracker is ${values['tracker-ms']} ms away.`);
  bench.tell({ tabs, trackerMs: Number(values['tracker-ms']), bytes: BYTES });
  for (const arm of ['stopped', 'awake']) {
    const { value } = bench.figure(arm, { name: 'ms', head: '' });
    console.log(`${arms[arm]}: ${value.toFixed(0)} ms, of ${MS_MAX} that it may be: ${value <= MS_MAX ? 'kept' : 'missed'}.`);
  }
} finally {
  await stage.close();
}
