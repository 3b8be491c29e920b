//! The lab: real browsers in network namespaces of their own, each behind a NAT of its own, joined by a network with distance.
//!
//!   make lab                                    or, after `make build`: node tests/lab/lab.mjs [--rounds 8] [--only independent,symmetric,relay]
//!                                                 [--apart-ms 40] [--jitter-ms 0] [--loss 0] [--up-mbit N] [--down-mbit N]
//!
//! Three visitors, each with a Chromium at a host of its own, come to a site at another: `swarmfetch serve` with its tracker and STUN. Every host is as far from every
//! other, there and back, as `--apart-ms` says; the other options are about visitors' lines, each way, which are as fast as can be without them. Three settings:
//!
//! - independent: NATs that show a port to everybody. The visitors link by STUN, and the last one reads the site from the others while the origin refuses.
//! - symmetric: NATs that show each destination another port. Nobody links, and the site is read all the same.
//! - relay: the same NATs, and a TURN server (Debian's coturn) that the site names. The visitors link over it.
//!
//! What must hold is checked, and ends the lab with 1 when it does not. Times are told and decide nothing: of a link's set-up step by step, from the browser's own
//! events, and of pages, with the worker and without in turn. Everything stands in target/bench/lab-*.json.
//!
//! Needs root, /dev/net/tun, the commands ip, nft and turnserver (Debian: iproute2, nftables, coturn), Chromium, and Linux with network namespaces; says so and ends
//! where one of them is missing. Leaves nothing behind, also when it fails or is interrupted. `network.mjs` makes the hosts, `stand.mjs` what runs on them,
//! `cases.mjs` what visitors do, `steps.mjs` the watching; the switch between the hosts is `src/main.rs`.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Bench, quantile } from '../bench/frame.mjs';
import { wiki } from '../browser/sites.mjs';
import { gather, leave, read, readFromOthers, settle } from './cases.mjs';
import { reasonToSkip } from './network.mjs';
import { Stand } from './stand.mjs';
import { STEPS } from './steps.mjs';

/** @typedef {import('./network.mjs').Nat} Nat */
/** @typedef {import('./steps.mjs').Watched} Watched */
/** @typedef {ReturnType<typeof import('./steps.mjs').steps>[number]} Steps */

const RESULTS = fileURLToPath(new URL('../../target/bench/', import.meta.url));
const HOSTS = ['ann', 'bob', 'cas'];

/** @type {Record<string, { words: string, nat: Nat, relay: boolean, links: boolean }>} */
const SETTINGS = {
  independent: { words: 'three NATs that show a port to everybody, STUN', nat: 'independent', relay: false, links: true },
  symmetric: { words: 'three NATs that show each destination another port, STUN', nat: 'symmetric', relay: false, links: false },
  relay: { words: 'the same, and a TURN server', nat: 'symmetric', relay: true, links: true },
};

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '8' }, 'apart-ms': { type: 'string', default: '40' }, 'jitter-ms': { type: 'string' }, loss: { type: 'string' },
  'up-mbit': { type: 'string' }, 'down-mbit': { type: 'string' }, only: { type: 'string', default: Object.keys(SETTINGS).join() } } });
const [rounds, apartMs] = [Number(values.rounds), Number(values['apart-ms'])];
/** What visitors' lines do beside taking their time. @type {Record<string, number>} */
const line = {};
for (const [name, said] of Object.entries({ jitterMs: values['jitter-ms'], loss: values.loss, upMbit: values['up-mbit'], downMbit: values['down-mbit'] })) if (said !== undefined) line[name] = Number(said);

/** How the ends of a link see each other. @param {Watched} link */
const way = ({ types }) => `${types?.local}-${types?.remote}`;

/** What set-ups took: three visitors who come for the first time, one after the other, and leave, round after round. @param {Stand} stand */
async function dial(stand) {
  /** @type {Steps[]} */
  const all = [];
  /** @type {Record<string, number>} */
  const ways = {};
  for (let round = 0; round < rounds; round++) {
    const watchers = await gather(stand, HOSTS);
    for (const watcher of watchers) {
      all.push(...await watcher.steps());
      for (const link of await watcher.links()) if (link.types) ways[way(link)] = (ways[way(link)] ?? 0) + 1;
    }
    for (const { visitor } of watchers) await visitor.leave();
  }
  return { all, ways };
}

/** @param {Steps[]} all */
function table(all) {
  const rows = Object.entries({ ...STEPS, total: 'from the socket\'s beginning' }).map(([step, words]) => {
    const ms = all.map((one) => one[/** @type {keyof Steps} */ (step)]);
    return `  ${step.padEnd(10)}${[0.5, 0.95].map((share) => quantile(ms, share).toFixed(0).padStart(7)).join('')}   ${words}`;
  });
  return `  ${'ms'.padEnd(10)}${'p50'.padStart(7)}${'p95'.padStart(7)}   of ${all.length} links, until\n${rows.join('\n')}`;
}

/** Everybody tries and nobody links; how long it took to give up. @param {Stand} stand */
async function fail(stand) {
  const watchers = [];
  for (const host of HOSTS) watchers.push(await settle(stand, host));
  for (const watcher of watchers) {
    const links = await watcher.failed();
    assert(links.every(({ opened, connected }) => opened === undefined && connected === undefined), `a link where none can be: ${JSON.stringify(links)}`);
    const { peers, bytes } = await watcher.visitor.stats();
    assert.deepEqual([peers, bytes.peers], [0, 0]);
  }
  return watchers;
}

/** Pages in turn without the worker and with it, at the last host, while the other visitors stand by. @param {string} name @param {Stand} stand */
async function compare(name, stand) {
  const { links } = SETTINGS[name] ?? assert.fail();
  const peers = links ? HOSTS.length - 1 : 0;
  /** @type {Record<string, string>} */
  const arms = { plain: 'without the worker', ...(links && { linked: 'with it, links first' }), swarm: 'with it, at once' };
  const bench = new Bench(`lab-${name}`, arms, [
    { name: 'ms', head: 'p50 ms', beside: 'ratio' },
    { name: 'ms', head: 'p95 ms', share: 0.95, beside: 'difference' },
    { name: 'share', head: '% from peers' },
  ]);
  await bench.run({ rounds }, async (arm) => {
    const workers = arm !== 'plain';
    const watcher = await settle(stand, 'cas', { workers });
    if (workers && links) await watcher.linked(peers);
    const ms = await read(stand, watcher, arm === 'linked' ? peers : 0);
    const { bytes } = workers ? await watcher.visitor.stats() : { bytes: undefined };
    await watcher.visitor.leave();
    return { ms, share: bytes ? [(100 * bytes.peers) / (bytes.peers + bytes.origin)] : [] };
  });
  console.log(`\nFrom the click to the load event. A reader clicks at once when a page is there${links ? ', or waits until its links are back, as one does who reads' : ''}.`);
  bench.tell({ setting: SETTINGS[name], apartMs, line });
}

/** @param {string} name @param {import('../browser/sites.mjs').Site} site */
async function play(name, site) {
  const { words, nat, relay, links } = SETTINGS[name] ?? assert.fail(`no setting ${name}: there are ${Object.keys(SETTINGS).join(', ')}`);
  console.log(`\n${name}: ${words}; every two hosts ${apartMs} ms apart${Object.entries(line).map(([what, much]) => `, ${what} ${much}`).join('')}`);
  const stand = await Stand.open(site, { visitors: Object.fromEntries(HOSTS.map((host) => [host, nat])), relay, apartMs, line });
  try {
    await stand.look('cas');
    if (!links) {
      const watchers = await fail(stand);
      console.log(`  nobody linked, as it has to be: ${(await Promise.all(watchers.map((watcher) => watcher.links()))).flat().length} connections tried and given up`);
      await watchers.pop()?.visitor.leave();
      await compare(name, stand);
      return;
    }
    const { all, ways } = await dial(stand);
    assert(all.length > 0, 'no link was seen from its beginning');
    for (const one of Object.keys(ways)) assert(relay ? /relay/.test(one) : /^(srflx|prflx)-(srflx|prflx)$/.test(one), `a link by ${one}`);
    console.log(`${table(all)}\n  ways: ${Object.entries(ways).map(([one, count]) => `${count} ${one}`).join(', ')}`);
    const watchers = await gather(stand, HOSTS);
    const { peers } = await readFromOthers(stand, watchers);
    console.log(`  the last visitor read ${stand.site.pages.length - 1} pages while the origin refused: ${peers} bytes, all of them from the others`);
    await watchers.pop()?.visitor.leave();
    await compare(name, stand);
    mkdirSync(RESULTS, { recursive: true });
    writeFileSync(`${RESULTS}lab-${name}-links.json`, `${JSON.stringify({ when: new Date().toISOString(), setting: SETTINGS[name], apartMs, line, ways, links: all }, null, 1)}\n`);
  } finally {
    await leave(stand);
  }
}

const reason = reasonToSkip(['turnserver']);
if (reason) {
  console.log(`no lab here: ${reason}`);
} else {
  const site = wiki();
  process.once('exit', () => site.remove());
  console.log(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}`);
  for (const name of values.only.split(',')) await play(name, site);
}
