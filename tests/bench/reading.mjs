//! Measures reading: eight visitors click through an encyclopaedia of 2,000 pages, with us and without.
//!
//!   node tests/bench/reading.mjs [--rounds 1] [--clicks 50] [--readers 8] [--pages 2000] [--think 3,20] [--away 50] [--megabits 10] [--stop 0] [--arms plain,swarm]
//!
//! Each arm has a server, a browser and stores of its own, and the same clicks: those of one reader are drawn by its name and the round. They begin together on the
//! first page. A reader looks at a page for 3 to 20 s, for the last second and a half with the link in view, rests the mouse on it for 150 ms, and clicks. The origin
//! seems 50 ms away and sends 10 Mbit/s in all; everything may be kept for ten minutes without asking again. The visitors are near each other.
//!
//! - "of what could be had": bytes that did not come from the origin, of those that the reader had or that another visitor held when they were asked for, computed from
//!   the same clicks;
//! - times run from the click itself;
//! - "first link" runs from the navigation's start to the first link of the new page.
//!
//! `--stop 5` stops every reader's worker every five seconds while a page is looked at. Requests for content that the plain arm did not make are told, and those for
//! the swarm's own files. It measures and decides nothing. Called by `make bench BENCH=reading`, which builds the binary before.
import { cpSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Bottleneck } from '../browser/bottleneck.mjs';
import { Origin } from '../browser/origin.mjs';
import { CountingProxy } from '../browser/proxy.mjs';
import { configure, make } from '../browser/sites.mjs';
import { Visitor, openBrowser } from '../browser/visitors.mjs';
import { watchLinks } from '../lab/steps.mjs';
import { Bench } from './frame.mjs';
import { noteClicks, read } from './reading/reader.mjs';
import { library } from './reading/site.mjs';
import { FIGURES, OWN, Tally, tellRun } from './reading/tally.mjs';

const { values } = parseArgs({ options: {
  rounds: { type: 'string', default: '1' }, clicks: { type: 'string', default: '50' }, readers: { type: 'string', default: '8' }, pages: { type: 'string', default: '2000' },
  think: { type: 'string', default: '3,20' }, away: { type: 'string', default: '50' }, megabits: { type: 'string', default: '10' }, stop: { type: 'string', default: '0' }, arms: { type: 'string', default: 'plain,swarm' },
} });
const [least = 3, most = least] = values.think.split(',').map(Number);
const setting = { clicks: Number(values.clicks), readers: Number(values.readers), pages: Number(values.pages), thinkSecs: [least, most], awayMs: Number(values.away), megabits: Number(values.megabits), stopSecs: Number(values.stop) };
const names = Array.from({ length: setting.readers }, (_, i) => `reader-${i + 1}`);
const encyclopaedia = library(setting.pages);

/** One arm of a round. @param {string} arm @param {number} round */
async function play(arm, round) {
  const workers = arm !== 'plain';
  const site = make('reading', (folder) => {
    cpSync(encyclopaedia.folder, folder, { recursive: true });
    return encyclopaedia.pages;
  });
  const { config } = configure(site);
  const origin = await Origin.start(site.folder, { config });
  const proxy = await new CountingProxy(origin.port).listen();
  proxy.awayMs = setting.awayMs;
  proxy.socketsMs = setting.awayMs / 2;
  proxy.bottleneck = new Bottleneck(setting.megabits);
  // A plain site has no script of ours.
  if (!workers) proxy.rule = ({ path }) => (OWN.test(path) ? { status: 404, body: 'not here\n' } : undefined);
  const browser = await openBrowser();
  /** @type {Visitor[]} */
  const readers = [];
  try {
    for (const name of names) {
      const visitor = await Visitor.arrive(browser, proxy.origin, { name, workers });
      readers.push(visitor);
      await visitor.context.addInitScript(noteClicks);
      if (workers) await visitor.context.addInitScript(watchLinks);
      await visitor.page.goto(`${proxy.origin}/`, { waitUntil: 'load' });
    }
    if (workers) for (const visitor of readers) await visitor.linked(Math.min(3, names.length - 1));
    const tally = new Tally(encyclopaedia, names, proxy);
    const stopMs = workers ? setting.stopSecs * 1000 : 0;
    // The tab that a worker is stopped from is opened now: it would come before the reader's at a click.
    if (stopMs > 0) for (const visitor of readers) await visitor.stopWorker().then(() => visitor.page.bringToFront());
    const clicks = await Promise.all(readers.map((visitor) => read(visitor, encyclopaedia, { clicks: setting.clicks, thinkMs: [least * 1000, most * 1000], stopMs, seed: `${visitor.name}, round ${round}` })));
    return await tally.count(clicks.flat(), readers);
  } finally {
    await browser.close();
    await proxy.close();
    await origin.stop();
    site.remove();
  }
}

const ARMS = { plain: 'without us', swarm: 'with us' };
const bench = new Bench('reading', Object.fromEntries(Object.entries(ARMS).filter(([arm]) => values.arms.split(',').includes(arm))), FIGURES);
await bench.run({ rounds: Number(values.rounds) }, play);
console.log(`\n${setting.readers} readers, ${setting.clicks} clicks each, ${setting.pages} pages; the origin ${setting.awayMs} ms away with ${setting.megabits} Mbit/s in all.`);
bench.tell(setting);
tellRun(bench);
