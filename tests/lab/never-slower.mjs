//! Is a visitor ever slower than the origin alone would be? Files that a page fetches one after the other, among peers who help, and among peers of every bad kind.
//!
//!   make lab NEVER_SLOWER='--rounds 2'          or, after `make build`: node tests/lab/never-slower.mjs [--rounds 6] [--only 20KB,200KB,5MB]
//!
//! An origin that is 50 ms away and sends 20 Mbit/s; visitors 40 ms apart, who send 20 Mbit/s and receive 50. In each arm a new reader comes, waits for its links,
//! and fetches files of one length that it never had; its connection to the origin has just carried something, in every arm. Three visitors hold the files. All three are honest, or all of them
//!
//! - stall: they take requests and never answer;
//! - drip: they answer with four kilobytes a second;
//! - lie: what they send is wrong from the first byte on;
//! - vanish: all that runs at their hosts stops, when half of the second file has come, or before its request arrives where it is short.
//!
//! What must hold in the owner's mode `speed`, in every arm: p50 at most 1.05 times, p95 at most 1.05 times and 30 ms more than what the origin alone takes; with
//! honest peers the origin sends at most 15 % of the files, and 10 % at most comes that was not needed. Wrong bytes fail, and peers who do not do what they are there
//! for; times are told and decide nothing. Everything stands in target/bench/never-slower-*.json. Needs what `lab.mjs` needs, but no relay.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench, quantile } from '../bench/frame.mjs';
import { hold } from '../bench/pairs/pair.mjs';
import { countFrames } from '../browser/frames.js';
import { lie } from '../browser/hostile/liar.js';
import { files } from '../browser/sites.mjs';
import { leave, playEach, settle } from './cases.mjs';
import { Stand } from './stand.mjs';

/** @typedef {import('../browser/hostile/liar.js').Habit} Habit */
/** @typedef {import('../browser/visitors.mjs').Visitor} Visitor */

const READER = 'reader';
const PEERS = ['ann', 'bob', 'cas'];
const LINE = { upMbit: 20, downMbit: 50 };
const ORIGIN = { apartMs: 50, upMbit: 20 };
const APART_MS = 40;

/** What the files of one reader are. @type {Record<string, { count: number, bytes: number }>} */
const SIZES = { '20KB': { count: 20, bytes: 20_000 }, '200KB': { count: 20, bytes: 200_000 }, '5MB': { count: 4, bytes: 5_000_000 } };

/** @type {Record<string, { words: string, habit?: Habit, vanish?: boolean }>} */
const ARMS = {
  plain: { words: 'the origin alone' },
  honest: { words: 'three honest peers', habit: 'honest' },
  absent: { words: 'nobody else' },
  stalling: { words: 'three who stall', habit: 'silent' },
  dripping: { words: 'three who drip', habit: 'drips' },
  lying: { words: 'three who lie', habit: 'firstByte' },
  vanishing: { words: 'three who vanish', habit: 'honest', vanish: true },
};

/** The rule: of the origin's time, and beside that at the p95, in ms; in percent of the files' bytes. */
const TIMES_MAX = 1.05;
const P95_MORE_MS_MAX = 30;
const ORIGIN_PERCENT_MAX = 15;
const MORE_PERCENT_MAX = 10;
/** A reader looks at the page for so long before it fetches, in ms: its links have said what they hold. */
const READS_MS = 1500;
/** The file during which peers vanish: the first has shown that they help. */
const VANISH_AT = 1;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '6' }, only: { type: 'string', default: Object.keys(SIZES).join() } } });

/**
 * The page fetches files one after the other: what each took to its last byte, in ms, and its SHA-256 in hex. In one of them it calls `window.cut`, before the request
 * where the answer comes in one piece, else when half of it is here.
 * @param {Visitor} visitor @param {string[]} paths @param {{ at: number, bytes: number }} [cut]
 */
const fetchAll = (visitor, paths, cut) =>
  visitor.page.evaluate(async ([all, when]) => {
    const got = [];
    for (const [n, path] of all.entries()) {
      let due = n === when?.at ? when.bytes : Infinity;
      const cutIf = async (/** @type {number} */ count) => {
        if (count < due) return;
        due = Infinity;
        await /** @type {any} */ (window).cut();
      };
      await cutIf(0);
      const began = performance.now();
      const reader = /** @type {ReadableStream<Uint8Array>} */ ((await fetch(path)).body).getReader();
      const parts = [];
      for (let count = 0; ; ) {
        const { done, value } = await reader.read();
        if (done) break;
        parts.push(value);
        void cutIf((count += value.length));
      }
      const ms = performance.now() - began;
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await new Blob(/** @type {any} */ (parts)).arrayBuffer()));
      got.push({ ms, hash: [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('') });
    }
    return got;
  }, /** @type {const} */ ([paths, cut]));

/** Has the origin's connection carry something that no worker answers: TCP's window is small after a pause, and the first file would tell of that. @param {Visitor} visitor @param {string} path */
const warm = ({ page }, path) => page.evaluate(async (own) => void (await (await fetch(own, { cache: 'no-store', headers: { authorization: 'none', range: 'bytes=0-262143' } })).arrayBuffer()), path);

/** What the peers do from now on; without a habit nothing, for they link with nobody. @param {Visitor[]} peers @param {Habit} [habit] */
async function behave(peers, habit) {
  for (const { page } of peers) {
    await page.evaluate(async (now) => {
      const { lies, swarmfetch } = /** @type {any} */ (window);
      Object.assign(lies, { habit: now ?? 'honest', told: 0 });
      await (now ? swarmfetch.resume() : swarmfetch.pause());
    }, habit);
  }
}

/** @param {Visitor} visitor @returns {Promise<number>} */
const heardBytes = (visitor) => visitor.page.evaluate(() => /** @type {any} */ (window).heard.bytes);

/** @param {string} size */
async function play(size) {
  const { count, bytes } = SIZES[size] ?? assert.fail(`no size ${size}: there are ${Object.keys(SIZES).join(', ')}`);
  const site = files(count, bytes);
  const paths = Array.from({ length: count }, (_, n) => `/${n}.bin`);
  const hashes = paths.map((path) => createHash('sha256').update(readFileSync(join(site.folder, path))).digest('hex'));
  const visitors = Object.fromEntries([...PEERS, READER].map((host) => [host, /** @type {const} */ ('independent')]));
  const stand = await Stand.open(site, { visitors, apartMs: APART_MS, line: LINE, origin: ORIGIN, more: 'upload_mb_per_day = 100000' });
  try {
    /** @type {Visitor[]} */
    const peers = [];
    for (const host of PEERS) {
      const { visitor } = await stand.arrive(host);
      await visitor.context.addInitScript(lie, /** @type {Habit} */ ('honest'));
      await visitor.open('/');
      await visitor.controlled();
      await visitor.until('a version', ({ version }) => version > 0);
      for (const path of paths) await hold(visitor, path);
      peers.push(visitor);
    }
    const allowed = { name: 'ms', head: '', share: 0.95, beside: /** @type {const} */ ('difference') };
    const bench = new Bench(`never-slower-${size}`, Object.fromEntries(Object.entries(ARMS).map(([arm, { words }]) => [arm, words])), [
      { name: 'ms', head: `p50 ms, ×${TIMES_MAX} at most`, beside: 'ratio' },
      allowed,
      { name: 'ms', head: 'worst', share: 1 },
      { name: 'origin', head: `% from the origin, ${ORIGIN_PERCENT_MAX} at most`, digits: 1 },
      { name: 'more', head: `% not needed, ${MORE_PERCENT_MAX} at most`, digits: 1 },
    ]);
    await bench.run({ rounds: Number(values.rounds) }, async (arm) => {
      const { habit, vanish = false } = ARMS[arm] ?? {};
      const plain = arm === 'plain';
      await behave(peers, habit);
      const { visitor: reader } = await settle(stand, READER, { workers: !plain, script: countFrames });
      await reader.context.exposeFunction('cut', () => PEERS.forEach((host) => stand.network.signal(host, 'SIGSTOP')));
      try {
        if (!plain) await reader.until('a version', ({ version }) => version > 0);
        if (habit) await reader.linked(peers.length);
        await new Promise((resolve) => setTimeout(resolve, READS_MS));
        await warm(reader, '/0.bin');
        const [sentSoFar, heard] = [await stand.counting(), await heardBytes(reader)];
        const got = await fetchAll(reader, paths, vanish ? { at: VANISH_AT, bytes: bytes > 4 * 1024 * 1024 ? bytes / 2 : 0 } : undefined);
        assert.deepEqual(got.map(({ hash }) => hash), hashes, 'other bytes came');
        const sent = await sentSoFar();
        const percent = (/** @type {number} */ some) => [(100 * some) / (count * bytes)];
        const samples = { ms: got.map(({ ms }) => ms), origin: percent(sent), more: percent(sent + (await heardBytes(reader)) - heard - count * bytes) };
        if (habit && habit !== 'honest') for (const { name, page } of peers) assert((await page.evaluate(() => /** @type {any} */ (window).lies.told)) > 0, `${name} was to be asked, and was not`);
        return samples;
      } finally {
        await reader.leave();
        if (vanish) {
          PEERS.forEach((host) => stand.network.signal(host, 'SIGCONT'));
          // Their links are dead, and they may not know.
          for (const peer of peers) await peer.open('/');
        }
      }
    });
    const at = (/** @type {string} */ arm, /** @type {string} */ name, /** @type {number} */ share) => quantile(bench.samples(arm, name).flat(), share);
    const [p50Max, p95Max] = [at('plain', 'ms', 0.5) * TIMES_MAX, at('plain', 'ms', 0.95) * TIMES_MAX + P95_MORE_MS_MAX];
    allowed.head = `p95, ${p95Max.toFixed(0)} at most`;
    console.log(`\n${size}: ${count} files for each reader, one after the other, each to its last byte. Every byte was right.`);
    bench.tell({ size, count, bytes, line: LINE, origin: ORIGIN, apartMs: APART_MS });
    const verdict = (/** @type {string} */ what, /** @type {number} */ value, /** @type {number} */ most) => `${what} ${value.toFixed(0)} of ${most.toFixed(0)}: ${value <= most ? 'kept' : 'missed'}`;
    for (const [arm, { words }] of Object.entries(ARMS).slice(1)) {
      const times = [verdict('p50', at(arm, 'ms', 0.5), p50Max), verdict('p95', at(arm, 'ms', 0.95), p95Max)];
      const shares = arm === 'honest' ? [verdict('% from the origin', at(arm, 'origin', 0.5), ORIGIN_PERCENT_MAX), verdict('% not needed', at(arm, 'more', 0.5), MORE_PERCENT_MAX)] : [];
      console.log(`${words}: ${[...times, ...shares].join('; ')}.`);
    }
  } finally {
    await leave(stand);
    site.remove();
  }
}

await playEach(values.only, play);
