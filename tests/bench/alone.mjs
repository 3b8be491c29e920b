//! Measures what the worker costs a visitor whom nobody helps: pages of real sites with a worker and no swarm, beside plain visits (TRANSPARENCY, X60), and the
//! first visit, the second, and one after the worker was stopped (X59). Beside both a worker of six lines that passes everything on: what the browser takes for
//! any worker that answers.
//!
//!   node tests/bench/alone.mjs [--rounds 6] [--minutes 10] [--reads-secs 1.5]
//!
//! A reader looks at the first page for so long, in all arms; `--reads-secs 0` clicks in the very moment in which the worker is there, and has its first steps to
//! share two cores with.
//! Each round plays all arms in all sites, every visitor with empty caches. What comes must be byte for byte the origin's, or it fails; times are told and decide
//! nothing. Called by `make bench`, which builds the binary before.
import { parseArgs } from 'node:util';
import { REAL } from '../browser/sites.mjs';
import { pass } from '../browser/proxy.mjs';
import { Stage } from '../browser/stage.mjs';
import { Bench, quantile } from './frame.mjs';

/** @typedef {import('../browser/visitors.mjs').Visitor} Visitor */

/** What a page may take with us, of its time without: X60. */
const TIMES_MAX = 1.05;
const MORE_MS_MAX = 20;
/** What a stopped worker may add to the p95: X59, in ms. */
const COLD_MS_MAX = 150;
/** How often a visitor of each round stops its worker. */
const STOPS = 5;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '6' }, minutes: { type: 'string', default: '10' }, 'reads-secs': { type: 'string', default: '1.5' } } });
const readsSecs = Number(values['reads-secs']);

/** A page script and a worker that do nothing of use. */
const PASSING = {
  '/swarmfetch.js': "navigator.serviceWorker.register('/swarmfetch-sw.js');",
  '/swarmfetch-sw.js': `addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));
`,
};

/** Has the origin give them in place of its own. @type {import('../browser/proxy.mjs').Rule} */
const givePassing = ({ path }) => {
  const body = /** @type {Record<string, string>} */ (PASSING)[path];
  return body === undefined ? undefined : { status: 200, headers: [['content-type', 'text/javascript'], ['cache-control', 'no-cache']], body };
};

/** @typedef {'plain' | 'passing' | 'alone'} Arm */

/** From the click, or the address typed, to the load event, in ms. @param {Visitor} visitor */
const loadMs = (visitor) => visitor.page.evaluate(() => /** @type {PerformanceNavigationTiming} */ (performance.getEntriesByType('navigation')[0]).loadEventStart);

/** A visitor who reads the site's pages one after the other; the first one is left out: there the worker comes. @param {Stage} stage @param {Arm} arm */
async function walk(stage, arm) {
  const visitor = arm === 'plain' ? await stage.arrive(arm, { workers: false }) : await stage.settle(arm);
  if (arm === 'plain') await visitor.open(stage.site.pages[0]);
  if (arm === 'alone') await visitor.until('a version', ({ version }) => version > 0);
  await new Promise((resolve) => setTimeout(resolve, 1000 * readsSecs));
  const times = [];
  for (const path of stage.site.pages.slice(1)) {
    stage.same(path, await visitor.follow(path));
    times.push(await loadMs(visitor));
  }
  await visitor.leave();
  return times;
}

/** A visitor who comes for the first time, again, and again when the worker was stopped. @param {Stage} stage @param {Arm} arm */
async function visits(stage, arm) {
  const [path, other] = stage.site.pages;
  const plain = arm === 'plain';
  const visitor = await stage.arrive('comes', { workers: !plain });
  const visit = async (/** @type {string} */ to) => {
    stage.same(to, await visitor.open(to));
    return loadMs(visitor);
  };
  const first = await visit(path);
  if (!plain) {
    await visitor.controlled();
    if (arm === 'alone') await visitor.until('a version', ({ version }) => version > 0);
  }
  const second = await visit(path);
  const cold = [];
  for (let stop = 0; stop < STOPS; stop++) {
    if (!plain) await visitor.stopWorker();
    cold.push(await visit(stop % 2 ? path : other));
  }
  await visitor.leave();
  return { first: [first], second: [second], cold };
}

/** @type {[string, Stage][]} */
const stages = [];
try {
  for (const [name, { make, skip }] of Object.entries(REAL)) {
    if (skip) console.log(`left out: ${name}, for ${skip}`);
    else stages.push([name, await Stage.open(make())]);
  }
  const bench = new Bench('alone', { plain: 'no worker', passing: 'one that passes all on', alone: 'ours, nobody else' }, [
    ...stages.flatMap(([name]) => [
      { name, head: `${name} p50 ms`, beside: /** @type {const} */ ('difference') },
      { name, head: 'p95', share: 0.95, beside: /** @type {const} */ ('difference') },
    ]),
    { name: 'first', head: 'first visit ms', beside: 'difference' },
    { name: 'second', head: 'second', beside: 'difference' },
    { name: 'cold', head: 'after a stop, p50', beside: 'difference' },
    { name: 'cold', head: 'p95', share: 0.95, beside: 'difference' },
  ]);
  await bench.run({ rounds: Number(values.rounds), minutes: Number(values.minutes) }, async (name) => {
    const arm = /** @type {Arm} */ (name);
    /** @type {import('./frame.mjs').Samples} */
    const samples = {};
    for (const [site, stage] of stages) {
      stage.proxy.rule = arm === 'passing' ? givePassing : pass;
      samples[site] = await walk(stage, arm);
      for (const [what, times] of Object.entries(await visits(stage, arm))) (samples[what] ??= []).push(...times);
    }
    return samples;
  });
  console.log(`\nFrom the click to the load event. ${stages.map(([name, { site }]) => `${name}: ${site.pages.length - 1} pages`).join(', ')}. Everything was byte for byte the origin's.`);
  bench.tell({ sites: stages.map(([name]) => name), stops: STOPS, readsSecs });
  const at = (/** @type {string} */ arm, /** @type {string} */ name, /** @type {number} */ share) => quantile(bench.samples(arm, name).flat(), share);
  const verdict = (/** @type {boolean} */ kept) => (kept ? 'kept' : 'missed');
  for (const [name] of stages) {
    for (const share of [0.5, 0.95]) {
      const [ms, passing, most] = [at('alone', name, share), at('passing', name, share), at('plain', name, share) * TIMES_MAX + MORE_MS_MAX];
      console.log(`X60 ${name}, p${100 * share}: ${ms.toFixed(0)} ms of ${most.toFixed(0)} that it may be: ${verdict(ms <= most)}. The worker that passes all on: ${passing.toFixed(0)}.`);
    }
  }
  const cold = at('alone', 'cold', 0.95) - at('plain', 'cold', 0.95);
  console.log(`X59: a stopped worker adds ${cold.toFixed(0)} ms to the p95, of ${COLD_MS_MAX} that it may: ${verdict(cold <= COLD_MS_MAX)}.`);
} finally {
  for (const [, stage] of stages) await stage.close();
}
