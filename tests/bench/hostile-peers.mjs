//! Must show b of hostile peers: nine of ten visitors lie, each in another way. How long do a reader's pages take, beside plain visits and beside a reader among
//! honest peers?
//!
//!   node tests/bench/hostile-peers.mjs [readers]
//!
//! The arms take turns, so that a busy machine is as busy for each.
import { HABITS, lie } from '../browser/hostile/liar.js';
import { wiki } from '../browser/sites.mjs';
import { Stage } from '../browser/stage.mjs';

/** @typedef {import('../browser/visitors.mjs').Visitor} Visitor */
/** @typedef {import('../browser/hostile/liar.js').Habit} Habit */

const READERS = Number(process.argv[2] ?? 4);
const PEERS = 10;
/** Links that a reader waits for before it begins. */
const LINKS = 3;

/** What a reader's pages took, in ms, from the click to the load event. @param {Stage} stage @param {Visitor} visitor */
async function walk(stage, visitor) {
  const times = [];
  for (const path of stage.site.pages.slice(1)) {
    stage.same(path, await visitor.follow(path));
    times.push(await visitor.page.evaluate(() => /** @type {PerformanceNavigationTiming} */ (performance.getEntriesByType('navigation')[0]).loadEventStart));
  }
  return times;
}

/** A site and its peers. @param {(Habit)[]} habits */
async function crowd(habits) {
  const stage = await Stage.open(wiki());
  for (const [index, habit] of habits.entries()) {
    const peer = await stage.arrive(`${habit} ${index}`);
    await peer.context.addInitScript(lie, habit);
    for (const path of stage.site.pages) await peer.open(path);
    await peer.controlled();
  }
  return stage;
}

const liars = /** @type {Habit[]} */ (Object.keys(HABITS)).filter((_, index) => index % 2 === 0).slice(0, PEERS - 1);
const honest = await crowd(Array.from({ length: PEERS }, () => 'honest'));
const hostile = await crowd([...liars, 'honest']);

/** @type {Record<string, number[]>} */
const times = { plain: [], 'ten honest peers': [], 'nine hostile peers of ten': [] };
let fromPeers = 0, rejected = 0;
try {
  for (let n = 0; n < READERS; n++) {
    const plain = await honest.arrive('plain', { workers: false });
    await plain.open('/');
    times.plain.push(...(await walk(honest, plain)));
    await plain.leave();
    for (const [arm, stage] of /** @type {const} */ ([['ten honest peers', honest], ['nine hostile peers of ten', hostile]])) {
      const reader = await stage.settle('reader');
      await reader.linked(LINKS);
      times[arm].push(...(await walk(stage, reader)));
      const stats = await reader.stats();
      if (stage === hostile) {
        fromPeers += stats.bytes.peers / (stats.bytes.peers + stats.bytes.origin) / READERS;
        rejected += stats.rejected;
      }
      await reader.leave();
    }
  }
} finally {
  await honest.close();
  await hostile.close();
}

const at = (/** @type {number[]} */ all, /** @type {number} */ share) => [...all].sort((a, b) => a - b)[Math.min(Math.floor(share * all.length), all.length - 1)];
const base = times.plain;
console.log(`${'page load in ms'.padEnd(28)}${'p50'.padStart(8)}${'p95'.padStart(8)}${'p50, × plain'.padStart(16)}${'p95 − plain'.padStart(14)}`);
for (const [arm, all] of Object.entries(times)) {
  console.log(`${arm.padEnd(28)}${at(all, 0.5).toFixed(0).padStart(8)}${at(all, 0.95).toFixed(0).padStart(8)}${(at(all, 0.5) / at(base, 0.5)).toFixed(2).padStart(16)}${(at(all, 0.95) - at(base, 0.95)).toFixed(0).padStart(14)}`);
}
console.log(`among liars ${(100 * fromPeers).toFixed(0)} % of the bytes came from peers; ${rejected} lies were proved; every page was byte for byte the origin's`);
