//! Measures what hostile peers cost: nine of ten lie, each in another way. How long do a reader's pages take, beside plain visits and beside the same ten when they are honest?
//!
//!   node tests/bench/hostile-peers.mjs [--rounds 6] [--minutes 6]
//!
//! In each round a plain visitor, a reader among honest peers and one among liars go through the same pages, one after the other, so that a busy machine is as busy
//! for each. Every page must be byte for byte the origin's, or it fails; times are told and decide nothing. Called by `make bench`, which builds the binary before.
import { parseArgs } from 'node:util';
import { HABITS, lie } from '../browser/hostile/liar.js';
import { wiki } from '../browser/sites.mjs';
import { Stage } from '../browser/stage.mjs';
import { Bench } from './frame.mjs';

/** @typedef {import('../browser/visitors.mjs').Visitor} Visitor */
/** @typedef {import('../browser/hostile/liar.js').Habit} Habit */

const PEERS = 10;
/** Links that a reader waits for before it begins. */
const LINKS = 3;
/** What may be added to the p95 of plain visits, in ms: must show b. */
const MORE_MS_MAX = 500;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '6' }, minutes: { type: 'string', default: '6' } } });

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
  return { ms: times, share: [(100 * bytes.peers) / (bytes.peers + bytes.origin)], rejected: [rejected], told: [told.reduce((sum, one) => sum + one, 0)] };
}

const all = /** @type {Habit[]} */ (Object.keys(HABITS));
/** Nine habits, others in each round. @param {number} round @returns {Habit[]} */
const liars = (round) => Array.from({ length: PEERS - 1 }, (_, n) => /** @type {Habit} */ (all[(round * (PEERS - 1) + n) % all.length]));

const bench = new Bench('hostile-peers', { plain: 'plain visits', honest: 'ten honest peers', hostile: 'nine of ten lie' }, [
  { name: 'ms', head: 'p50 ms', beside: 'ratio' },
  { name: 'ms', head: 'p95 ms', share: 0.95, beside: 'difference' },
  { name: 'ms', head: 'worst', share: 1 },
  { name: 'share', head: '% from peers' },
  { name: 'told', head: 'lies told' },
  { name: 'rejected', head: 'disproved' },
]);
const stage = await Stage.open(wiki());
try {
  console.log('ten visitors fill their stores …');
  const peers = await crowd(stage);
  await bench.run({ rounds: Number(values.rounds), minutes: Number(values.minutes) }, async (arm, round) => {
    if (arm !== 'plain') return read(stage, peers, arm === 'honest' ? Array(PEERS).fill('honest') : [...liars(round), 'honest']);
    const plain = await stage.arrive('plain', { workers: false });
    await plain.open(stage.site.pages[0]);
    const ms = await walk(stage, plain);
    await plain.leave();
    return { ms };
  });
} finally {
  await stage.close();
}
console.log(`\nFrom the click to the load event, ${PEERS} peers. Every page was byte for byte the origin's.`);
bench.tell({ peers: PEERS, links: LINKS });
const more = bench.figure('hostile', { name: 'ms', head: '', share: 0.95, beside: 'difference' }).against?.value ?? NaN;
console.log(`Among liars the p95 is ${more.toFixed(0)} ms above plain, of ${MORE_MS_MAX} that it may be: ${more > MORE_MS_MAX ? 'missed' : 'kept'}.`);
