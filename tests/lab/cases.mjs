//! What visitors do in the lab: come, link, read on when the origin sends nothing, and read for comparison. The test and `make lab` play these.
import assert from 'node:assert/strict';
import { reasonToSkip } from './network.mjs';

/** @typedef {import('./stand.mjs').Stand} Stand */
/** @typedef {import('./stand.mjs').Watcher} Watcher */

/**
 * Lets visitors come one after the other, each when the one before has its links to all that are there.
 * @param {Stand} stand @param {string[]} hosts
 * @returns {Promise<Watcher[]>}
 */
export async function gather(stand, hosts) {
  /** @type {Watcher[]} */
  const here = [];
  for (const host of hosts) {
    const watcher = await settle(stand, host);
    if (here.length > 0) await watcher.linked(here.length);
    here.push(watcher);
  }
  return here;
}

/**
 * A visitor whose worker controls the first page.
 * @param {Stand} stand @param {string} host
 * @param {{ workers?: boolean, script?: (() => void) | undefined }} [options] the script runs in its pages before theirs
 */
export async function settle(stand, host, options = {}) {
  const { script, ...rest } = options;
  const watcher = await stand.arrive(host, rest);
  if (script) await watcher.visitor.context.addInitScript(script);
  await watcher.visitor.open(stand.site.pages[0] ?? '/');
  if (options.workers !== false) await watcher.visitor.controlled();
  return watcher;
}

/**
 * Reads the rest of the pages, each as it has to be, and clicks as soon as a page is there, or as its links are.
 * @param {Stand} stand @param {Watcher} watcher @param {number} [links] that each click waits for
 * @returns {Promise<number[]>} what each took from the click to its load event, in ms
 */
export async function read(stand, { visitor }, links = 0) {
  const times = [];
  for (const path of stand.site.pages.slice(1)) {
    if (links > 0) await visitor.linked(links);
    stand.stage?.same(path, await visitor.follow(path));
    times.push(await visitor.page.evaluate(() => /** @type {PerformanceNavigationTiming} */ (performance.getEntriesByType('navigation')[0]).loadEventStart));
  }
  return times;
}

/**
 * The last of these visitors reads the rest of the pages while the origin sends no content: they come from the others, who hold them.
 * @param {Stand} stand @param {Watcher[]} watchers
 */
export async function readFromOthers(stand, watchers) {
  const [reader, ...others] = [...watchers].reverse();
  assert(reader && others.length > 0);
  for (const other of others) await read(stand, other);
  // Each click has ended the links of the page that was left.
  const links = await reader.linked(others.length);
  const before = await reader.visitor.stats();
  const { mark } = await stand.sent();
  await stand.rule('refuseContent');
  try {
    await read(stand, reader);
  } finally {
    await stand.rule('pass');
  }
  const after = await reader.visitor.stats();
  assert.deepEqual((await stand.sent(mark)).paths, [], 'the origin sent content that it was to refuse');
  assert.equal(after.bytes.origin, before.bytes.origin, 'bytes from an origin that sends none');
  assert(after.bytes.peers > before.bytes.peers, 'nothing came from peers');
  return { links, peers: after.bytes.peers - before.bytes.peers };
}

/** Ends a measurement's stand, and tells what its lines carried. @param {Stand} stand */
export async function leave(stand) {
  await stand.close();
  console.log(stand.network.counts.slice(1).map((line) => `  ${line}`).join('\n'));
}

/** Plays each of these, one after the other, where there can be a lab; else says why not. @param {string} names with commas between @param {(name: string) => Promise<void>} play */
export async function playEach(names, play) {
  const reason = reasonToSkip();
  if (reason) console.log(`no lab here: ${reason}`);
  else for (const name of names.split(',')) await play(name);
}
