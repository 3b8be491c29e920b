//! Measures a launch: first-time visitors of the example game, who come within seconds, on an origin with a thin line.
//!
//!   node tests/bench/launch.mjs [--rounds 1] [--visitors 8] [--over 20] [--megabits 10] [--passages 2] [--speed 3] [--arms plain,load,early]
//!
//! Each arm has a server, a browser and stores of its own: plain visits, then the worker started after the page's load, then at once. Called by
//! `make bench`, which builds the binary before. It measures and decides nothing; what must hold is in `tests/browser/launch.test.mjs`.
import { parseArgs } from 'node:util';
import { Bottleneck } from '../browser/bottleneck.mjs';
import { launch } from '../browser/launch.mjs';
import { Origin } from '../browser/origin.mjs';
import { CountingProxy } from '../browser/proxy.mjs';
import { configure, game } from '../browser/sites.mjs';
import { openBrowser } from '../browser/visitors.mjs';
import { Bench } from './frame.mjs';

/** The longest that an arm may take, in milliseconds. */
const ARM_MS_MAX = 150_000;

const { values } = parseArgs({ options: {
  rounds: { type: 'string', default: '1' }, visitors: { type: 'string', default: '8' }, over: { type: 'string', default: '20' }, megabits: { type: 'string', default: '10' },
  passages: { type: 'string', default: '2' }, speed: { type: 'string', default: '3' }, arms: { type: 'string', default: 'plain,load,early' },
} });
const setting = { visitors: Number(values.visitors), overSecs: Number(values.over), megabits: Number(values.megabits), passages: Number(values.passages), speed: Number(values.speed) };

/** What belongs to the swarm and not to the site. */
const OWN = /^\/(swarmfetch(-sw)?\.js|\.well-known\/swarmfetch\/)/;

const ARMS = { plain: 'plain', load: 'after the load', early: 'at once' };

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
  try {
    const names = Array.from({ length: setting.visitors }, (_, i) => `visitor-${i + 1}`);
    const { fared } = await launch(browser, proxy.origin, { names, overMs: setting.overSecs * 1000, passages: setting.passages, speed: setting.speed, endMs: ARM_MS_MAX, workers: !plain });
    const sent = (/** @type {boolean} */ own) => proxy.log.filter(({ path }) => OWN.test(path) === own).reduce((sum, one) => sum + one.sent, 0);
    const mb = (/** @type {number} */ bytes) => [bytes / setting.visitors / 1e6];
    return {
      originMb: mb(sent(false) + sent(true)),
      ownMb: mb(sent(true)),
      peersMb: mb(fared.reduce((sum, { stats }) => sum + (stats?.bytes.peers ?? 0), 0)),
      playable: fared.map((one) => (one.playable ?? Infinity) / 1000),
      waited: fared.map((one) => one.waited),
      played: [fared.filter(({ over }) => over).length],
    };
  } finally {
    await browser.close();
    await proxy.close();
    await origin.stop();
    site.remove();
  }
}

const arms = Object.fromEntries(Object.entries(ARMS).filter(([arm]) => values.arms.split(',').includes(arm)));
const bench = new Bench('launch', arms, [
  { name: 'originMb', head: 'origin MB', digits: 2, beside: 'ratio' },
  { name: 'ownMb', head: 'of it ours', digits: 2 },
  { name: 'peersMb', head: 'peers MB', digits: 2 },
  { name: 'playable', head: 'playable s', digits: 1, beside: 'ratio' },
  { name: 'playable', head: 'worst', share: 1, digits: 1 },
  { name: 'waited', head: 'held up s', digits: 1 },
  { name: 'waited', head: 'worst', share: 1, digits: 1 },
  { name: 'played', head: 'played to the end' },
]);
await bench.run({ rounds: Number(values.rounds) }, measure);
console.log(`\n${setting.visitors} first-time visitors within ${setting.overSecs} s, ${setting.megabits} Mbit/s in all, ${setting.passages} passages at ${setting.speed} times the pace.`);
console.log('Megabytes are per visitor, the origin\'s as sent; "held up" is how long the boat lay still for what was not loaded. Medians where nothing else is said.');
bench.tell(setting);
