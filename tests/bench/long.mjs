//! Measures when the first bytes of a long file are there that the worker holds, beside a plain visit (TRANSPARENCY, X31).
//!
//!   node tests/bench/long.mjs [--rounds 10] [--megabytes 50]
//!
//! The worker verifies a segment at a time and hands it on.
//! Called by `make bench`, which builds the binary before.
import { parseArgs } from 'node:util';
import { Origin } from '../browser/origin.mjs';
import { long } from '../browser/sites.mjs';
import { Visitor, openBrowser } from '../browser/visitors.mjs';
import { Bench } from './frame.mjs';

/** What may be added to the first byte: X31, in ms. */
const MORE_MS_MAX = 50;
/** Fetches in each round. */
const FETCHES = 5;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' }, megabytes: { type: 'string', default: '50' } } });
const site = long(Number(values.megabytes) * 1e6);
const origin = await Origin.start(site.folder);
const browser = await openBrowser();

/** A visitor with a page; one with a worker holds the file. @param {boolean} workers */
async function arrive(workers) {
  const visitor = await Visitor.arrive(browser, `http://127.0.0.1:${origin.port}`, { workers });
  await visitor.open('/');
  if (!workers) return visitor;
  await visitor.controlled();
  await visitor.until('a version', ({ version }) => version > 0);
  await visitor.open('/');
  for (let cache = 0; cache === 0; ({ cache } = (await visitor.stats()).requests)) await visitor.fetch('/long.bin');
  return visitor;
}

/** When the first bytes and the last of a fetch are there, in ms. @param {Visitor} visitor */
const fetched = (visitor) =>
  visitor.page.evaluate(async () => {
    const began = performance.now();
    const reader = /** @type {ReadableStream} */ ((await fetch('/long.bin', { cache: 'default' })).body).getReader();
    await reader.read();
    const first = performance.now() - began;
    while (!(await reader.read()).done);
    return { first, last: performance.now() - began };
  });

try {
  const visitors = { plain: await arrive(false), held: await arrive(true) };
  const bench = new Bench('long', { plain: 'no worker', held: 'held by the worker' }, [
    { name: 'first', head: 'first byte, p50 ms', beside: 'difference' },
    { name: 'first', head: 'p95', share: 0.95, beside: 'difference' },
    { name: 'last', head: 'last byte, p50 ms', beside: 'difference' },
    { name: 'last', head: 'p95', share: 0.95, beside: 'difference' },
  ]);
  await bench.run({ rounds: Number(values.rounds) }, async (arm) => {
    const all = [];
    for (let n = 0; n < FETCHES; n++) all.push(await fetched(visitors[/** @type {'plain' | 'held'} */ (arm)]));
    return { first: all.map(({ first }) => first), last: all.map(({ last }) => last) };
  });
  bench.tell({ megabytes: Number(values.megabytes) });
  const more = bench.figure('held', { name: 'first', head: '', beside: 'difference' }).against?.value ?? NaN;
  console.log(`The first byte of ${values.megabytes} MB that are held comes ${more.toFixed(0)} ms after a plain visit's, of ${MORE_MS_MAX} that it may: ${more <= MORE_MS_MAX ? 'kept' : 'missed'}.`);
} finally {
  await browser.close();
  await origin.stop();
  site.remove();
}
