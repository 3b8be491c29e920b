//! Measures a launch: first-time visitors of the example game, who come within seconds, on an origin with a thin line.
//!
//!   node tests/bench/launch.mjs [--visitors 8] [--over 20] [--megabits 10] [--passages 2] [--speed 3] [--arms plain,load,early]
//!
//! Each arm has a server, a browser and stores of its own: plain visits, then the worker started after the page's load, then at once. Called by
//! `make bench`, which builds the binary before. It measures and decides nothing; what must hold is in `tests/browser/launch.test.mjs`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Bottleneck } from '../browser/bottleneck.mjs';
import { launch } from '../browser/launch.mjs';
import { Origin } from '../browser/origin.mjs';
import { CountingProxy } from '../browser/proxy.mjs';
import { configure, game } from '../browser/sites.mjs';
import { openBrowser } from '../browser/visitors.mjs';

const RESULTS = fileURLToPath(new URL('../../target/bench/', import.meta.url));

/** The longest that an arm may take, in milliseconds. */
const ARM_MS_MAX = 150_000;

const { values } = parseArgs({ options: {
  visitors: { type: 'string', default: '8' }, over: { type: 'string', default: '20' }, megabits: { type: 'string', default: '10' },
  passages: { type: 'string', default: '2' }, speed: { type: 'string', default: '3' }, arms: { type: 'string', default: 'plain,load,early' },
} });
const setting = { visitors: Number(values.visitors), overSecs: Number(values.over), megabits: Number(values.megabits), passages: Number(values.passages), speed: Number(values.speed) };

/** What belongs to the swarm and not to the site. */
const OWN = /^\/(swarmfetch(-sw)?\.js|\.well-known\/swarmfetch\/)/;

/** @param {number[]} list */
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? NaN;

/** One arm. @param {string} arm plain, load or early */
async function measure(arm) {
  // One passage more than is played: the game loads ahead.
  const site = game(setting.passages + 1);
  const plain = arm === 'plain';
  const { config } = configure(site, { more: plain ? '' : `start = "${arm}"` });
  const origin = await Origin.start(site.folder, { config });
  const proxy = await new CountingProxy(origin.port).listen();
  // A plain site has no script of ours.
  if (plain) proxy.rule = ({ path }) => (OWN.test(path) ? { status: 404, body: 'not here\n' } : undefined);
  proxy.bottleneck = new Bottleneck(setting.megabits);
  const browser = await openBrowser();
  const began = performance.now();
  try {
    const names = Array.from({ length: setting.visitors }, (_, i) => `visitor-${i + 1}`);
    const { fared } = await launch(browser, proxy.origin, { names, overMs: setting.overSecs * 1000, passages: setting.passages, speed: setting.speed, endMs: ARM_MS_MAX, workers: !plain });
    const sent = (/** @type {boolean} */ own) => proxy.log.filter(({ path }) => OWN.test(path) === own).reduce((sum, one) => sum + one.sent, 0);
    return { arm, secs: (performance.now() - began) / 1000, content: sent(false), own: sent(true), requests: proxy.log.length, fared, log: proxy.log.map(({ at, path, visitor, sent }) => ({ at, path, visitor, sent })) };
  } finally {
    await browser.close();
    await proxy.close();
    await origin.stop();
    site.remove();
  }
}

/** @param {Awaited<ReturnType<typeof measure>>} result */
function row({ arm, secs, content, own, fared }) {
  const playable = fared.map((one) => (one.playable ?? Infinity) / 1000), waited = fared.map((one) => one.waited);
  const from = (/** @type {string} */ source) => fared.reduce((sum, { stats }) => sum + (stats?.bytes[source] ?? 0), 0) / fared.length / 1e6;
  return {
    arm, originMb: (content + own) / fared.length / 1e6, ownMb: own / fared.length / 1e6, peersMb: from('peers'),
    playableMedian: median(playable), playableWorst: Math.max(...playable), waitedMedian: median(waited), waitedWorst: Math.max(...waited), played: fared.filter(({ over }) => over).length, secs,
  };
}

/** @param {ReturnType<typeof row>[]} rows */
function print(rows) {
  const plain = rows.find(({ arm }) => arm === 'plain');
  const cell = (/** @type {ReturnType<typeof row>} */ one, /** @type {keyof ReturnType<typeof row>} */ what, digits = 1) => {
    const value = /** @type {number} */ (one[what]), base = /** @type {number | undefined} */ (plain?.[what]);
    const ratio = plain && plain !== one && base ? ` ×${(value / base).toFixed(2)}` : '';
    return (value.toFixed(digits) + ratio).padStart(14);
  };
  console.log(`\n${setting.visitors} first-time visitors within ${setting.overSecs} s, ${setting.megabits} Mbit/s in all, ${setting.passages} passages at ${setting.speed} times the pace; × is against plain\n`);
  console.log(`${''.padEnd(7)}${['origin MB', 'of it ours', 'peers MB', 'playable s', 'worst', 'held up s', 'worst', 'all over s'].map((head) => head.padStart(14)).join('')}  played`);
  for (const one of rows) {
    console.log(`${one.arm.padEnd(7)}${cell(one, 'originMb', 2)}${one.ownMb.toFixed(2).padStart(14)}${one.peersMb.toFixed(2).padStart(14)}${cell(one, 'playableMedian')}${cell(one, 'playableWorst')}${cell(one, 'waitedMedian')}${cell(one, 'waitedWorst')}${cell(one, 'secs', 0)}  ${one.played}`);
  }
  console.log('\nMegabytes are per visitor, the origin\'s as sent; "held up" is how long the boat lay still for what was not loaded, median and worst.');
}

const results = [];
for (const arm of values.arms.split(',')) {
  console.log(`${arm} …`);
  results.push(await measure(arm));
}
const rows = results.map(row);
print(rows);
mkdirSync(RESULTS, { recursive: true });
writeFileSync(`${RESULTS}launch.json`, `${JSON.stringify({ when: new Date().toISOString(), cores: cpus().length, node: process.version, setting, rows, results }, null, 1)}\n`);
console.log(`Everything: target/bench/launch.json`);
