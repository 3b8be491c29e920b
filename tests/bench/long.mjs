//! Measures when the first bytes of a long file are there that the worker holds, of all of it and of parts, beside a plain visit (TRANSPARENCY, X31) and beside a naive
//! worker that answers from the cache first and verifies nothing.
//!
//!   node tests/bench/long.mjs [--rounds 10] [--megabytes 50]
//!
//! The worker verifies a segment at a time and hands it on.
//! Called by `make bench`, which builds the binary before.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Origin } from '../browser/origin.mjs';
import { long } from '../browser/sites.mjs';
import { Visitor, openBrowser } from '../browser/visitors.mjs';
import { Bench } from './frame.mjs';

/** What may be added to a plain visit's first byte: X31, in ms; and to that of a part from the naive worker: must show d. */
const MORE_MS_MAX = 50;
const PART_MORE_MS_MAX = 20;
/** Fetches in each round. */
const FETCHES = 5;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' }, megabytes: { type: 'string', default: '50' } } });
const bytes = Number(values.megabytes) * 1e6;
/** What is asked for: all, a hundred kilobytes from the middle, all from the middle on. */
const PARTS = { first: undefined, some: `bytes=${bytes / 2}-${bytes / 2 + 99_999}`, open: `bytes=${bytes / 2}-` };

const site = long(bytes);
const NAIVE = '/naive.html';
writeFileSync(join(site.folder, NAIVE), `<!doctype html><title>Naive</title><link rel="icon" href="data:,"><script>navigator.serviceWorker.register('/naive.js')</script>\n`);
writeFileSync(
  join(site.folder, 'naive.js'),
  `self.oninstall = (event) => event.waitUntil(caches.open('naive').then((cache) => cache.add('/long.bin')));
self.onactivate = (event) => event.waitUntil(self.clients.claim());
self.onfetch = (event) => event.respondWith(cacheFirst(event.request));
async function cacheFirst(request) {
  const held = await caches.match(request.url);
  const [, from, to] = /^bytes=(\\d+)-(\\d*)$/.exec(request.headers.get('range') ?? '') ?? [];
  if (!held || from === undefined) return held ?? fetch(request);
  const blob = await held.blob();
  const end = to === '' ? blob.size : Number(to) + 1;
  return new Response(blob.slice(Number(from), end), { status: 206, headers: { 'content-range': \`bytes \${from}-\${end - 1}/\${blob.size}\` } });
}
`,
);
const origin = await Origin.start(site.folder);
const browser = await openBrowser();

/** @typedef {'plain' | 'naive' | 'held'} Arm */

/** A visitor with a page; one with a worker holds the file. @param {Arm} arm */
async function arrive(arm) {
  const visitor = await Visitor.arrive(browser, `http://127.0.0.1:${origin.port}`, { workers: arm !== 'plain' });
  await visitor.open(arm === 'naive' ? NAIVE : '/');
  if (arm === 'plain') return visitor;
  await visitor.controlled();
  if (arm === 'naive') return visitor;
  await visitor.until('a version', ({ version }) => version > 0);
  await visitor.open('/');
  for (let cache = 0; cache === 0; ({ cache } = (await visitor.stats()).requests)) await visitor.fetch('/long.bin');
  return visitor;
}

/** When the first bytes and the last of a fetch are there, in ms. @param {Visitor} visitor @param {string | undefined} range */
const fetched = (visitor, range) =>
  visitor.page.evaluate(async (range) => {
    const began = performance.now();
    const answer = await fetch('/long.bin', { cache: 'default', headers: range === undefined ? {} : { range } });
    if (answer.status !== (range === undefined ? 200 : 206)) throw new Error(`status ${answer.status}`);
    const reader = /** @type {ReadableStream} */ (answer.body).getReader();
    await reader.read();
    const first = performance.now() - began;
    while (!(await reader.read()).done);
    return { first, last: performance.now() - began };
  }, range);

try {
  const visitors = { plain: await arrive('plain'), naive: await arrive('naive'), held: await arrive('held') };
  const bench = new Bench('long', { plain: 'no worker', naive: 'from the cache first', held: 'held by ours' }, [
    { name: 'first', head: 'first byte, p50 ms', beside: 'difference' },
    { name: 'first', head: 'p95', share: 0.95, beside: 'difference' },
    { name: 'last', head: 'last byte, p50 ms', beside: 'difference' },
    { name: 'some', head: 'of 100 kB: first, p50 ms' },
    { name: 'open', head: 'from the middle on: first, p50 ms' },
  ]);
  await bench.run({ rounds: Number(values.rounds) }, async (arm) => {
    /** @type {Record<string, number[]>} */
    const samples = { first: [], last: [], some: [], open: [] };
    for (let n = 0; n < FETCHES; n++) {
      for (const [what, range] of Object.entries(PARTS)) {
        const { first, last } = await fetched(visitors[/** @type {Arm} */ (arm)], range);
        samples[what]?.push(first);
        if (what === 'first') samples.last?.push(last);
      }
    }
    return samples;
  });
  bench.tell({ megabytes: Number(values.megabytes) });
  const more = bench.figure('held', { name: 'first', head: '', beside: 'difference' }).against?.value ?? NaN;
  console.log(`The first byte of ${values.megabytes} MB that are held comes ${more.toFixed(0)} ms after a plain visit's, of ${MORE_MS_MAX} that it may: ${more <= MORE_MS_MAX ? 'kept' : 'missed'}.`);
  for (const [name, what] of [['some', '100 kB'], ['open', 'all from the middle on']]) {
    const [ours, theirs] = ['held', 'naive'].map((arm) => bench.figure(arm, { name: name ?? '', head: '' }).value);
    const later = (ours ?? NaN) - (theirs ?? NaN);
    console.log(`That of ${what}: ${later.toFixed(0)} ms after the naive worker's, of ${PART_MORE_MS_MAX} that it may: ${later <= PART_MORE_MS_MAX ? 'kept' : 'missed'}.`);
  }
} finally {
  await browser.close();
  await origin.stop();
  site.remove();
}
