//! Measures publishing: how fast a pile of mixed files is hashed and labelled beside `b3sum`, which only hashes; and how long it takes to publish again when
//! a hundred of many pages were edited, beside publishing all of them anew.
//!
//!   node tests/bench/publish.mjs [--only hashing,again] [--gb 2] [--without pages,css] [--rounds 5] [--pages 100000] [--changed 100] [--page-bytes 3000]
//!
//! Anew is without an index and into nothing: what stood there and what was known is taken away before. `--pages 1000000` is what issue 7 asks for: it takes
//! 5 GB, and some minutes each round. What is in the system's memory of the pages stays there.
//! Pages and styles are read for what they name, which takes several times as long as their hashes: `--without pages,css` tells the rest.
//! Both read the same files in the same round, from the system's memory as far as it holds them. `b3sum` comes from crates.io, built into target/tools.
//! Called by `make bench`, which builds the binary before. Takes so many GB of disk in target/bench, and gives them back.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Bench, quantile } from './frame.mjs';
import { pile } from './pile.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SWARMFETCH = join(ROOT, 'target/release/swarmfetch');
const B3SUM = join(ROOT, 'target/tools/bin/b3sum');
const WORK = join(ROOT, 'target/bench/publish');
const MANY = join(WORK, 'many/site');
const SEED = 1;
/** Of b3sum's speed, at least. */
const SPEED_MIN = 0.8;
/** How long files must be left alone until the index takes them, in ms, and a little more. */
const SETTLE_MS = 2500;
/** How much faster it is to publish a million pages again, at least. Of fewer, what is written for the edited ones is more of the whole. */
const AGAIN_MIN = 50;
const MILLION = 1e6;
/** Pages in one folder. */
const FOLDER = 1000;

const text = (/** @type {string} */ value) => ({ type: /** @type {const} */ ('string'), default: value });
const { values } = parseArgs({
  options: { only: text('hashing,again'), gb: text('2'), without: text(''), rounds: text('5'), pages: text('100000'), changed: text('100'), 'page-bytes': text('3000') },
});
const [only, without] = [values.only.split(','), values.without.split(',')];
const [gb, rounds, count, changed, pageBytes] = [values.gb, values.rounds, values.pages, values.changed, values['page-bytes']].map(Number);

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

/** A page with links to its neighbours, whose bytes differ from version to version. @param {number} place @param {number} version */
function edit(place, version) {
  const name = (/** @type {number} */ n) => `${Math.floor(n / FOLDER)}/${n}.html`;
  const near = Array.from({ length: 10 }, (_, n) => (place + n) % count);
  const head = `<!doctype html><title>${place}</title><link rel="stylesheet" href="/style.css"><script async src="/swarmfetch.js"></script>`;
  const list = `<ul>${near.map((n) => `<li><a href="../${name(n)}">Page ${n}</a>`).join('')}</ul>`;
  const prose = `Some text on page ${place}. `;
  const page = `${head}${list}<p>Version ${version}. ${prose.repeat(Math.max(0, Math.ceil((pageBytes - head.length - list.length) / prose.length)))}</p>\n`;
  const file = join(MANY, name(place));
  writeFileSync(file, page);
  // Seconds are what Last-Modified knows.
  utimesSync(file, 1.7e9 + version, 1.7e9 + version);
}

const objects = () => readdirSync(join(MANY, '.well-known/swarmfetch/o')).length;

async function hashing() {
  const files = pile(join(WORK, 'pile/site'), { bytes: gb * 1e9, seed: SEED, without });
  secs('pile', SWARMFETCH, ['init', 'site']);
  publish('pile');
  const bytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const names = files.map(({ name }) => join('site', name));
  const bench = new Bench('publish-hashing', { b3sum: 'b3sum', publish: 'publish --rehash' }, FIGURES);
  await bench.run({ rounds }, async (arm) => {
    if (arm === 'b3sum') return samples(secs('pile', B3SUM, names));
    const { took, read } = publish('pile', ['--rehash']);
    if (read !== files.length) throw new Error(`${read} files were read of ${files.length}`);
    return samples(took);
  });
  bench.tell({ gb, without, bytes, files: files.length, seed: SEED });
  const speed = median(bench, 'b3sum') / median(bench, 'publish');
  console.log(`\n${files.length} files, ${(bytes / 1e9).toFixed(2)} GB: ${speed.toFixed(2)} of b3sum's speed, of ${SPEED_MIN} that it should be: ${speed >= SPEED_MIN ? 'kept' : 'missed'}.`);
}

async function again() {
  for (let folder = 0; folder * FOLDER < count; folder++) mkdirSync(join(MANY, String(folder)), { recursive: true });
  for (let place = 0; place < count; place++) edit(place, 0);
  writeFileSync(join(MANY, 'style.css'), 'body { color: #123 }\n');
  secs('many', SWARMFETCH, ['init', 'site']);
  const bench = new Bench('publish-again', { anew: 'publish anew', again: 'publish' }, FIGURES);
  let [version, most] = [0, 0];
  await bench.run({ rounds }, async (arm) => {
    if (arm === 'anew') {
      for (const folder of [join(MANY, '.well-known'), join(WORK, 'cache')]) rmSync(folder, { recursive: true, force: true });
    } else {
      // What was written just now is read again, and the folder of the scripts that the first publishing wrote is listed again: not what is measured.
      await settle();
      publish('many');
      version += 1;
      for (let place = 0; place < changed; place++) edit((place * 9973 + version) % count, version);
      await settle();
    }
    const before = arm === 'anew' ? 0 : objects();
    const { took, read } = publish('many');
    const expected = arm === 'anew' ? count + 1 : changed;
    if (read !== expected) throw new Error(`${read} files were read and not ${expected}`);
    if (arm === 'again') most = Math.max(most, objects() - before);
    return samples(took);
  });
  bench.tell({ pages: count, changed, pageBytes, objects: most });
  const times = median(bench, 'anew') / median(bench, 'again');
  const verdict = count < MILLION ? `(${AGAIN_MIN} are asked of a million)` : `of ${AGAIN_MIN} that it should be: ${times >= AGAIN_MIN ? 'kept' : 'missed'}`;
  console.log(`\n${changed} of ${count} pages edited: ${times.toFixed(0)} times as fast as anew ${verdict}; ${most} new objects at most.`);
}

const median = (/** @type {Bench} */ bench, /** @type {string} */ arm) => quantile(bench.samples(arm, 'secs').flat(), 0.5);

rmSync(WORK, { recursive: true, force: true });
try {
  if (only.includes('hashing')) await hashing();
  if (only.includes('again')) await again();
} finally {
  rmSync(WORK, { recursive: true, force: true });
}
