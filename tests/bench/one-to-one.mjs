//! Measures what a long file costs from one visitor to another: throughput, the browser's CPU time, and the longest task in either page, beside a plain data
//! channel between two pages, and beside npm's `webtorrent`.
//!
//!   node tests/bench/one-to-one.mjs [--rounds 6] [--minutes 10] [--mebibytes 32] [--message 65536]
//!
//! Each arm is played by two new browser contexts, linked before the clock runs, with nothing else in the browser. Wrong bytes, missing ones, and bytes from
//! elsewhere fail; times are told and decide nothing. What Playwright's watching of fetches costs our arm could not
//! be told from noise: 83.8 ms per MB with it, 82.8 without, five times each in turn. Called by `make bench`, which builds the binary before.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pass } from '../browser/proxy.mjs';
import { long } from '../browser/sites.mjs';
import { Stage } from '../browser/stage.mjs';
import { Bench } from './frame.mjs';
import { ours } from './pairs/ours.mjs';
import { PLAIN, forgetTasks, longestTask } from './pairs/pair.mjs';
import { raw } from './pairs/raw.mjs';
import { provide, webtorrent } from './pairs/webtorrent.mjs';
import { cpu, rootOf, used } from './processes.mjs';

/** What may be taken of the browser's CPU time, of a raw channel's and of webtorrent's: must show a. */
const CPU_RAW_MAX = 1.5;
const CPU_WEBTORRENT_MAX = 0.5;
/** What must at least be reached of a raw channel's throughput: must show a. */
const SPEED_RAW_MIN = 0.7;
/** The longest task that a page may have, in ms, which is also the shortest that browsers name: must show i. */
const TASK_MS_MAX = 50;
/** What is put off until the last byte is there is counted too: so long afterwards, in ms. */
const AFTER_MS = 3000;
/** The browser rests when it uses less than this share of a core for so long, in ms. */
const REST_SHARE = 0.05;
const REST_MS = 500;
/** Longest wait for that, in ms. */
const REST_MS_MAX = 20_000;

const { values } = parseArgs({ options: {
  rounds: { type: 'string', default: '6' }, minutes: { type: 'string', default: '10' }, mebibytes: { type: 'string', default: '32' }, message: { type: 'string', default: '65536' },
} });
const bytes = Number(values.mebibytes) * 1024 * 1024;
const mb = bytes / 1e6;
const message = Number(values.message);

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until what was set up has been done. @param {number} root */
async function rests(root) {
  const late = performance.now() + REST_MS_MAX;
  for (;;) {
    const before = cpu(root);
    await pause(REST_MS);
    if (used(before, cpu(root)) < (REST_SHARE * REST_MS) / 1000) return;
    if (performance.now() > late) throw new Error('the browser does not come to rest');
  }
}

/** One flow. @param {number} root @param {import('./pairs/pair.mjs').Pair} pair @param {string} hash */
async function measure(root, { sender, receiver, flow, check }, hash) {
  await rests(root);
  for (const visitor of [sender, receiver]) await forgetTasks(visitor);
  const before = cpu(root);
  const ms = await flow();
  const last = used(before, cpu(root));
  await pause(AFTER_MS);
  const after = used(before, cpu(root));
  const [sending, receiving] = [await longestTask(sender), await longestTask(receiver)];
  assert.equal(await check(), hash, 'other bytes came');
  for (const visitor of [sender, receiver]) await visitor.leave();
  return { speed: [mb / (ms / 1000)], cpu: [(1000 * last) / mb], after: [(1000 * after) / mb], sending: [sending], receiving: [receiving] };
}

const site = long(bytes);
writeFileSync(join(site.folder, PLAIN), '<!doctype html><title>Plain</title><link rel="icon" href="data:,">\n');
const hash = createHash('sha256').update(readFileSync(join(site.folder, 'long.bin'))).digest('hex');
const missing = provide(site.folder);
if (missing) console.log(`left out: webtorrent, for ${missing}`);

const bench = new Bench('one-to-one', { raw: 'a raw channel', ours: 'two visitors', ...(missing ? {} : { webtorrent: 'webtorrent' }) }, [
  { name: 'speed', head: 'MB/s', digits: 1, beside: 'ratio' },
  { name: 'cpu', head: 'CPU ms per MB', beside: 'ratio' },
  { name: 'after', head: `and ${AFTER_MS / 1000} s after`, beside: 'ratio' },
  { name: 'sending', head: 'longest task, sending ms', share: 1 },
  { name: 'receiving', head: 'receiving', share: 1 },
]);
const stage = await Stage.open(site, { walk: false });
try {
  const root = await rootOf(stage.browser);
  await bench.run({ rounds: Number(values.rounds), minutes: Number(values.minutes) }, async (arm) => {
    stage.proxy.rule = pass;
    const pair = await { raw, ours, webtorrent }[/** @type {'raw' | 'ours' | 'webtorrent'} */ (arm)](stage, { bytes, message });
    return measure(root, pair, hash);
  });
} finally {
  await stage.close();
}

console.log(`\n${mb.toFixed(1)} MB that do not compress, raw in messages of ${message} bytes. All of it was right. Tasks of less than ${TASK_MS_MAX} ms are told as 0.`);
bench.tell({ bytes, message, afterMs: AFTER_MS });
const verdict = (/** @type {boolean} */ kept) => (kept ? 'kept' : 'missed');
const at = (/** @type {string} */ arm, /** @type {string} */ name) => bench.figure(arm, { name, head: '' }).value;
const against = (/** @type {string} */ arm, /** @type {string} */ name) => at('ours', name) / at(arm, name);
for (const [what, name] of /** @type {const} */ ([['to the last byte', 'cpu'], [`and ${AFTER_MS / 1000} s after`, 'after']])) {
  const overRaw = against('raw', name);
  console.log(`CPU per MB, ${what}: ${overRaw.toFixed(2)} of a raw channel's, of ${CPU_RAW_MAX} that it may be: ${verdict(overRaw <= CPU_RAW_MAX)}.`);
  if (missing) continue;
  const overWebtorrent = against('webtorrent', name);
  console.log(`CPU per MB, ${what}: ${overWebtorrent.toFixed(2)} of webtorrent's, of ${CPU_WEBTORRENT_MAX} that it may be: ${verdict(overWebtorrent <= CPU_WEBTORRENT_MAX)}.`);
}
const speed = against('raw', 'speed');
console.log(`Throughput: ${speed.toFixed(2)} of a raw channel's, of ${SPEED_RAW_MIN} that it must be: ${verdict(speed >= SPEED_RAW_MIN)}.`);
if (!missing) console.log(`Throughput: ${against('webtorrent', 'speed').toFixed(2)} of webtorrent's, above which it must be: ${verdict(against('webtorrent', 'speed') > 1)}.`);
const longest = Math.max(...['sending', 'receiving'].flatMap((name) => bench.samples('ours', name).flat()));
console.log(`The longest task in either page of ours: ${longest > 0 ? `${longest.toFixed(0)} ms` : `none above ${TASK_MS_MAX} ms`}, of ${TASK_MS_MAX} ms that it may be: ${verdict(longest <= TASK_MS_MAX)}.`);
