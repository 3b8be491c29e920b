//! Measures what hostile peers cost: nine of ten lie, each in another way. How long do a reader's pages take, beside plain visits and beside the same ten when they are honest?
//!
//!   node tests/bench/hostile-peers.mjs [--rounds 6] [--minutes 6]
//!
//! In each round a plain visitor, a reader among honest peers and one among liars go through the same pages, one after the other, so that a busy machine is as busy
//! for each. Every page must be byte for byte the origin's, or it fails; times are told and decide nothing. Called by `make bench`, which builds the binary before.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { HABITS, lie } from '../browser/hostile/liar.js';
import { wiki } from '../browser/sites.mjs';
import { Stage } from '../browser/stage.mjs';

/** @typedef {import('../browser/visitors.mjs').Visitor} Visitor */
/** @typedef {import('../browser/hostile/liar.js').Habit} Habit */

const RESULTS = fileURLToPath(new URL('../../target/bench/', import.meta.url));
const PEERS = 10;
/** Links that a reader waits for before it begins. */
const LINKS = 3;
/** What may be added to the p95 of plain visits, in ms: must show b. */
const MORE_MS_MAX = 500;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '6' }, minutes: { type: 'string', default: '6' } } });
const rounds = Number(values.rounds);

/** No round begins later, whatever is missing. */
const lastBegin = performance.now() + Number(values.minutes) * 60_000;

/** Ten visitors who hold all pages, honest so far. @param {Stage} stage */
async function crowd(stage) {
  const peers = [];
  for (let n = 0; n < PEERS; n++) {
    const peer = await stage.arrive(`peer ${n + 1}`);
    await peer.context.addInitScript(lie, /** @type {Habit} */ ('honest'));
    await peer.open(stage.site.pages[0]);
    await peer.controlled();
    for (const path of stage.site.pages) stage.same(path, await peer.open(path));
    peers.push(peer);
  }
  return peers;
}

/**
 * What the peers do from now on. Their workers start anew: each reader is a stranger, and a worker that has met many lets the next one wait.
 * @param {Visitor[]} peers @param {Habit[]} habits
 */
async function behave(peers, habits) {
  for (const [n, peer] of peers.entries()) {
    await peer.stopWorker();
    await peer.page.evaluate((habit) => Object.assign(/** @type {any} */ (window).lies, { habit, told: 0 }), /** @type {Habit} */ (habits[n]));
  }
}

/** What a reader's pages took, in ms, from the click to the load event. @param {Stage} stage @param {Visitor} visitor */
async function walk(stage, visitor) {
  const times = [];
  for (const path of stage.site.pages.slice(1)) {
    stage.same(path, await visitor.follow(path));
    times.push(await visitor.page.evaluate(() => /** @type {PerformanceNavigationTiming} */ (performance.getEntriesByType('navigation')[0]).loadEventStart));
  }
  return times;
}

/** A reader among the peers. @param {Stage} stage @param {Visitor[]} peers @param {Habit[]} habits */
async function read(stage, peers, habits) {
  await behave(peers, habits);
  const reader = await stage.settle('reader');
  await reader.linked(LINKS);
  const times = await walk(stage, reader);
  const { bytes, rejected } = await reader.stats();
  await reader.leave();
  const told = await Promise.all(peers.map((peer) => peer.page.evaluate(() => /** @type {any} */ (window).lies.told)));
  return { times, share: bytes.peers / (bytes.peers + bytes.origin), rejected, told: told.reduce((sum, one) => sum + one, 0) };
}

const all = /** @type {Habit[]} */ (Object.keys(HABITS));
/** Nine habits, others in each round. @param {number} round @returns {Habit[]} */
const liars = (round) => Array.from({ length: PEERS - 1 }, (_, n) => /** @type {Habit} */ (all[(round * (PEERS - 1) + n) % all.length]));

/** @type {{ arm: string, round: number, habits?: Habit[], times: number[], share?: number, rejected?: number, told?: number }[]} */
const visits = [];
const stage = await Stage.open(wiki());
try {
  console.log('ten visitors fill their stores …');
  const peers = await crowd(stage);
  for (let round = 0; round < rounds && performance.now() < lastBegin; round++) {
    const plain = await stage.arrive('plain', { workers: false });
    await plain.open(stage.site.pages[0]);
    visits.push({ arm: 'plain', round, times: await walk(stage, plain) });
    await plain.leave();
    for (const [arm, habits] of /** @type {[string, Habit[]][]} */ ([['honest', Array(PEERS).fill('honest')], ['hostile', [...liars(round), 'honest']]])) {
      const visit = { arm, round, habits, ...(await read(stage, peers, habits)) };
      visits.push(visit);
      console.log(`round ${round + 1}, ${arm}: ${(100 * visit.share).toFixed(0)} % of the bytes from peers, ${visit.told} lies told, ${visit.rejected} disproved`);
    }
  }
} finally {
  await stage.close();
}

/** @param {number[]} list @param {number} share */
const quantile = (list, share) => [...list].sort((a, b) => a - b)[Math.min(Math.floor(share * list.length), list.length - 1)] ?? NaN;

const rows = ['plain', 'honest', 'hostile'].map((arm) => {
  const own = visits.filter((visit) => visit.arm === arm);
  const times = own.flatMap((visit) => visit.times);
  return { arm, pages: times.length, p50: quantile(times, 0.5), p95: quantile(times, 0.95), worst: Math.max(...times), share: own.reduce((sum, visit) => sum + (visit.share ?? 0), 0) / own.length };
});
const [plain, , hostile] = /** @type {[typeof rows[0], typeof rows[0], typeof rows[0]]} */ (rows);
const more = hostile.p95 - plain.p95;

const LABELS = { plain: 'plain visits', honest: 'ten honest peers', hostile: 'nine of ten lie' };
console.log(`\nClick to load event in ms, ${PEERS} peers; × and + are against plain\n`);
console.log(`${''.padEnd(18)}${['pages', 'p50', 'p95', 'worst', 'from peers'].map((head) => head.padStart(14)).join('')}`);
for (const one of rows) {
  const beside = (/** @type {'p50' | 'p95'} */ what, /** @type {string} */ text) => (one.arm === 'plain' ? `${one[what].toFixed(0)}` : `${one[what].toFixed(0)} ${text}`).padStart(14);
  console.log(`${LABELS[/** @type {keyof LABELS} */ (one.arm)].padEnd(18)}${String(one.pages).padStart(14)}${beside('p50', `×${(one.p50 / plain.p50).toFixed(2)}`)}${beside('p95', `+${(one.p95 - plain.p95).toFixed(0)}`)}${one.worst.toFixed(0).padStart(14)}${`${(100 * one.share).toFixed(0)} %`.padStart(14)}`);
}
console.log(`\nEvery page was byte for byte the origin's. Among liars the p95 is ${more.toFixed(0)} ms above plain, of ${MORE_MS_MAX} that it may be: ${more > MORE_MS_MAX ? 'missed' : 'kept'}.`);
mkdirSync(RESULTS, { recursive: true });
writeFileSync(`${RESULTS}hostile-peers.json`, `${JSON.stringify({ when: new Date().toISOString(), cores: cpus().length, node: process.version, rows, visits }, null, 1)}\n`);
console.log('Everything: target/bench/hostile-peers.json');
