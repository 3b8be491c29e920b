//! Measures publishing: how fast a pile of mixed files is hashed and labelled beside `b3sum`, which only hashes; and how long it takes to publish again when
//! a hundred of ten thousand files have changed.
//!
//!   node tests/bench/publish.mjs [--gb 2] [--without pages,css] [--rounds 5] [--files 10000] [--changed 100]
//!
//! Pages and styles are read for what they name, which takes several times as long as their hashes: `--without pages,css` tells the rest.
//! Both read the same files in the same round, from the system's memory as far as it holds them. `b3sum` comes from crates.io, built into target/tools.
//! Called by `make bench`, which builds the binary before. Takes so many GB of disk in target/bench, and gives them back.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Bench, quantile } from './frame.mjs';
import { pile } from './pile.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SWARMFETCH = join(ROOT, 'target/release/swarmfetch');
const B3SUM = join(ROOT, 'target/tools/bin/b3sum');
const WORK = join(ROOT, 'target/bench/publish');
const SEED = 1;
/** Of b3sum's speed, at least. */
const SPEED_MIN = 0.8;
/** How long files must be left alone until the index takes them, in ms, and a little more. */
const SETTLE_MS = 2500;

const { values } = parseArgs({
  options: { gb: { type: 'string', default: '2' }, without: { type: 'string', default: '' }, rounds: { type: 'string', default: '5' }, files: { type: 'string', default: '10000' }, changed: { type: 'string', default: '100' } },
});
const without = values.without.split(',');
const [gb, rounds, count, changed] = [values.gb, values.rounds, values.files, values.changed].map(Number);

/** Runs a command in the folder of a site; how many seconds it takes, of the clock and of all cores. @param {string} site @param {string} command @param {string[]} args */
function secs(site, command, args) {
  const folder = join(WORK, site);
  const times = join(WORK, 'times');
  // Node does not tell what a child has cost, bash does.
  const line = ['-c', 'TIMEFORMAT="%R %U %S"; { time "$@" 2>&3; } 3>&2 2> "$TIMES"', 'bash', command, ...args];
  const out = execFileSync('bash', line, { cwd: folder, env: { ...process.env, LC_ALL: 'C', TIMES: times, XDG_CACHE_HOME: join(WORK, 'cache') }, encoding: 'utf8', maxBuffer: 1e9 });
  const [real = NaN, user = NaN, system = NaN] = readFileSync(times, 'utf8').trim().split(' ').map(Number);
  return { secs: real, cpu: user + system, out };
}

/** Publishes a site; how long it takes, and how many files were read. @param {string} site @param {string[]} [options] */
function publish(site, options = []) {
  const { out, ...took } = secs(site, SWARMFETCH, ['publish', '--json', ...options]);
  return { took, read: JSON.parse(out).read };
}

/** @param {{ secs: number, cpu: number }} took @returns {import('./frame.mjs').Samples} */
const samples = ({ secs, cpu }) => ({ secs: [secs], cpu: [cpu] });

/** @type {import('./frame.mjs').Figure[]} */
const FIGURES = [
  { name: 'secs', head: 'seconds', digits: 3, beside: 'ratio' },
  { name: 'cpu', head: 'of all cores', digits: 3, beside: 'ratio' },
];

const settle = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));

/** A page whose bytes differ from version to version. @param {number} place @param {number} version */
function edit(place, version) {
  const name = join(WORK, 'many/site', String(place % 100), `${place}.html`);
  mkdirSync(dirname(name), { recursive: true });
  writeFileSync(name, `<!doctype html><title>${place}</title><script async src="/swarmfetch.js"></script><p>Version ${version}. ${`Some text on page ${place}. `.repeat(200)}</p>\n`);
  // Seconds are what Last-Modified knows.
  utimesSync(name, 1.7e9 + version, 1.7e9 + version);
}

rmSync(WORK, { recursive: true, force: true });
try {
  const files = pile(join(WORK, 'pile/site'), { bytes: gb * 1e9, seed: SEED, without });
  for (let place = 0; place < count; place++) edit(place, 0);
  for (const site of ['pile', 'many']) {
    secs(site, SWARMFETCH, ['init', 'site']);
    publish(site);
  }
  await settle();
  publish('many');
  const bytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const names = files.map(({ name }) => join('site', name));

  const hashing = new Bench('publish-hashing', { b3sum: 'b3sum', publish: 'publish --rehash' }, FIGURES);
  await hashing.run({ rounds }, async (arm) => {
    if (arm === 'b3sum') return samples(secs('pile', B3SUM, names));
    const { took, read } = publish('pile', ['--rehash']);
    if (read !== files.length) throw new Error(`${read} files were read of ${files.length}`);
    return samples(took);
  });
  hashing.tell({ gb, without, bytes, files: files.length, seed: SEED });

  const again = new Bench('publish-again', { anew: 'publish --rehash', again: 'publish' }, FIGURES);
  let version = 0;
  await again.run({ rounds }, async (arm) => {
    version += 1;
    for (let place = 0; place < changed; place++) edit((place * 97 + version) % count, version);
    const { took, read } = publish('many', arm === 'anew' ? ['--rehash'] : []);
    const expected = arm === 'anew' ? count : changed;
    if (read !== expected) throw new Error(`${read} files were read and not ${expected}`);
    // The next one reads those that it changes, and not these too.
    await settle();
    publish('many');
    return samples(took);
  });
  again.tell({ files: count, changed });

  const median = (/** @type {Bench} */ bench, /** @type {string} */ arm) => quantile(bench.samples(arm, 'secs').flat(), 0.5);
  const speed = median(hashing, 'b3sum') / median(hashing, 'publish');
  console.log(`\n${files.length} files, ${(bytes / 1e9).toFixed(2)} GB: ${speed.toFixed(2)} of b3sum's speed, of ${SPEED_MIN} that it should be: ${speed >= SPEED_MIN ? 'kept' : 'missed'}.`);
  console.log(`${changed} of ${count} files changed: ${(median(again, 'anew') / median(again, 'again')).toFixed(1)} times as fast as reading all.`);
} finally {
  rmSync(WORK, { recursive: true, force: true });
}
