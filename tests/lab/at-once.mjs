//! Eight visitors at once want the same from an origin with a thin line: how long until all of them have it, with us and without.
//!
//!   make lab AT_ONCE='--rounds 1'               or, after `make build`: node tests/lab/at-once.mjs [--rounds 3] [--only long,set]
//!
//! Each visitor has a host, a NAT, a line and a browser of its own: none helps another except over the network. They are 40 ms apart, send 20 Mbit/s and receive 50;
//! the origin is 50 ms away and sends 10 Mbit/s in all. They come, wait for their links, and in one moment all of their pages fetch
//!
//! - long: a file of 5 MB;
//! - set: 25 files of 200 KB, each page all of them at once.
//!
//! It must take a quarter of the time that it takes without us, at most. Wrong bytes fail; times are told and decide nothing. Everything stands in
//! target/bench/at-once-*.json. Needs what `lab.mjs` needs, but no relay; and 2 GB of memory for the browsers.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench } from '../bench/frame.mjs';
import { files } from '../browser/sites.mjs';
import { leave, playEach, settle } from './cases.mjs';
import { Stand } from './stand.mjs';

const VISITORS = ['ann', 'bob', 'cas', 'dan', 'eve', 'fay', 'gus', 'hal'];
const LINE = { upMbit: 20, downMbit: 50 };
const ORIGIN = { apartMs: 50, upMbit: 10 };
const APART_MS = 40;
/** Links that each waits for. */
const LINKS = 4;
/** They look at the page for so long before they fetch, in ms. */
const READS_MS = 1500;
/** Of the time that it takes without us: must show g. */
const SHARE_MAX = 1 / 4;

/** @type {Record<string, { count: number, bytes: number }>} */
const WANTED = { long: { count: 1, bytes: 5_000_000 }, set: { count: 25, bytes: 200_000 } };

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' }, only: { type: 'string', default: Object.keys(WANTED).join() } } });

/** The page fetches files all at once: after how many ms it had them, and the SHA-256 of each in hex. @param {import('../browser/visitors.mjs').Visitor} visitor @param {string[]} paths */
const fetchAtOnce = (visitor, paths) =>
  visitor.page.evaluate(async (all) => {
    const began = performance.now();
    const got = await Promise.all(all.map(async (path) => (await fetch(path)).arrayBuffer()));
    const ms = performance.now() - began;
    const digests = await Promise.all(got.map((bytes) => crypto.subtle.digest('SHA-256', bytes)));
    return { ms, hashes: digests.map((digest) => [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')) };
  }, paths);

/** @param {string} name */
async function play(name) {
  const { count, bytes } = WANTED[name] ?? assert.fail(`no ${name}: there are ${Object.keys(WANTED).join(', ')}`);
  const site = files(count, bytes);
  const paths = Array.from({ length: count }, (_, n) => `/${n}.bin`);
  const hashes = paths.map((path) => createHash('sha256').update(readFileSync(join(site.folder, path))).digest('hex'));
  const visitors = Object.fromEntries(VISITORS.map((host) => [host, /** @type {const} */ ('independent')]));
  const stand = await Stand.open(site, { visitors, apartMs: APART_MS, line: LINE, origin: ORIGIN });
  try {
    const bench = new Bench(`at-once-${name}`, { plain: 'without us', swarm: 'with us' }, [
      { name: 'all', head: `s until all have it, ×${SHARE_MAX} at most`, digits: 1, beside: 'ratio' },
      { name: 'each', head: 'until one has it', digits: 1, beside: 'ratio' },
      { name: 'origin', head: 'copies from the origin', digits: 2 },
    ]);
    await bench.run({ rounds: Number(values.rounds) }, async (arm) => {
      const workers = arm !== 'plain';
      const here = await Promise.all(VISITORS.map((host) => settle(stand, host, { workers })));
      try {
        if (workers) {
          for (const { visitor } of here) await visitor.until('a version', ({ version }) => version > 0);
          for (const { visitor } of here) await visitor.linked(LINKS);
        }
        await new Promise((resolve) => setTimeout(resolve, READS_MS));
        const sentSoFar = await stand.counting();
        const got = await Promise.all(here.map(({ visitor }) => fetchAtOnce(visitor, paths)));
        for (const one of got) assert.deepEqual(one.hashes, hashes, 'other bytes came');
        const secs = got.map(({ ms }) => ms / 1000);
        return { all: [Math.max(...secs)], each: secs, origin: [(await sentSoFar()) / (count * bytes)] };
      } finally {
        await Promise.all(here.map(({ visitor }) => visitor.leave()));
      }
    });
    console.log(`\n${name}: ${count} × ${bytes / 1000} KB for each of ${VISITORS.length} visitors, from an origin of ${ORIGIN.upMbit} Mbit/s in all. Every byte was right.`);
    bench.tell({ name, count, bytes, visitors: VISITORS.length, links: LINKS, line: LINE, origin: ORIGIN, apartMs: APART_MS });
    const share = bench.figure('swarm', { name: 'all', head: '', beside: 'ratio' }).against?.value ?? NaN;
    console.log(`All have it ${(1 / share).toFixed(1)} times faster than without us, of ${1 / SHARE_MAX} that it must be: ${share <= SHARE_MAX ? 'kept' : 'missed'}.`);
  } finally {
    await leave(stand);
    site.remove();
  }
}

await playEach(values.only, play);
