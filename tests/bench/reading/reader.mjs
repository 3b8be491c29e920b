//! A reader: looks at a page for a while, scrolls to a link, moves the mouse there, and clicks.
import { Stream } from '../../../examples/wiki/src/random.mjs';
import { PATIENCE_MS } from '../../browser/visitors.mjs';

/** Of the time on a page, the last, in ms: the link that will be followed is in view, as a reader's is who gets to it. */
const IN_VIEW_MS = 1_500;
/** The mouse rests on it, in ms, before it is pressed, and so long it is down: half of all people are there longer than 400 ms. */
const HOVER_MS = 150;
const DOWN_MS = 60;

/** @typedef {import('./site.mjs').Library} Library */
/** @typedef {import('../../lab/steps.mjs').Watched} Watched */

/**
 * One click and what came of it; moments in ms of the wall clock, times in ms from the click unless something else is said.
 * @typedef {object} Click
 * @property {string} visitor
 * @property {string} path
 * @property {number} at the click
 * @property {number} began the navigation began
 * @property {number} answered the document began to come
 * @property {number} parsed DOMContentLoaded began
 * @property {number} loaded load began
 * @property {number} seen `loaded` as a moment
 * @property {Watched[]} links of the page that the click led to, when it was left
 */

/** Notes the moment of a click where the next page finds it. Runs in the page before its scripts. */
export function noteClicks() {
  addEventListener('click', ({ timeStamp }) => sessionStorage.setItem('clicked', String(performance.timeOrigin + timeStamp)), true);
}

/**
 * Reads on from the page that is open.
 * @param {import('../../browser/visitors.mjs').Visitor} visitor
 * @param {Library} library
 * @param {{ clicks: number, thinkMs: [number, number], stopMs: number, seed: string }} plan `stopMs`: so often the worker is stopped while the reader looks at a page; 0 is never.
 *   Not while a page comes: Chromium 156, told by its tools to stop a worker that has a navigation before it, leaves that navigation without an end
 * @returns {Promise<Click[]>}
 */
export async function read(visitor, library, { clicks, thinkMs, stopMs, seed }) {
  const s = new Stream(seed);
  const { page } = visitor;
  let path = '/';
  /** @type {Click[]} */
  const all = [];
  let stopped = performance.now();
  const look = async (/** @type {number} */ ms) => {
    const until = performance.now() + ms;
    for (; stopMs > 0 && stopped + stopMs < until; stopped = performance.now()) {
      await wait(stopped + stopMs - performance.now());
      await visitor.stopWorker();
    }
    await wait(until - performance.now());
  };
  const links = async () => page.evaluate(() => /** @type {any} */ (window).lab?.links ?? []);
  for (let n = 0; n < clicks; n++) {
    const anchors = library.contents.get(path)?.links ?? [];
    const anchor = s.int(0, anchors.length - 1);
    const left = s.between(...thinkMs);
    await look(left - IN_VIEW_MS - HOVER_MS);
    const found = page.locator('p a').nth(anchor);
    await found.evaluate((it) => it.scrollIntoView({ block: 'center' }));
    await look(IN_VIEW_MS);
    const box = await found.boundingBox();
    if (!box) throw new Error(`${visitor.name} sees no link ${anchor} on ${path}`);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 5 });
    await wait(HOVER_MS);
    const before = all.at(-1);
    if (before) before.links = await links();
    path = /** @type {string} */ (anchors[anchor]);
    const arrived = page.waitForURL((url) => url.pathname === path, { waitUntil: 'load', timeout: PATIENCE_MS });
    await page.mouse.down();
    await wait(DOWN_MS);
    await Promise.all([arrived, page.mouse.up()]);
    const told = await page.evaluate(() => {
      const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType('navigation'));
      return { origin: performance.timeOrigin, clicked: Number(sessionStorage.getItem('clicked')), answered: navigation?.responseStart ?? NaN, parsed: navigation?.domContentLoadedEventStart ?? NaN, loaded: navigation?.loadEventStart ?? NaN };
    });
    const lead = told.origin - told.clicked;
    const click = { visitor: visitor.name, path, at: told.clicked, began: lead, answered: lead + told.answered, parsed: lead + told.parsed, loaded: lead + told.loaded, seen: told.origin + told.loaded, links: [] };
    all.push(click);
  }
  await wait(thinkMs[0]);
  const last = all.at(-1);
  if (last) last.links = await links();
  return all;
}

const wait = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
