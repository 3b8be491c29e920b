//! Two pages, each of a browser context of its own, between which a file flows: what each way to send it is, and what all of them share.
//!
//! The measurement asks for the file's flow when links, metadata and the file are set up, and for its hash when the flow is over. Called by `one-to-one.mjs`.
import { PATIENCE_MS } from '../../browser/visitors.mjs';

/** @typedef {import('../../browser/visitors.mjs').Visitor} Visitor */
/** @typedef {import('../../browser/stage.mjs').Stage} Stage */

/**
 * A way to send, ready to begin.
 * @typedef {object} Pair
 * @property {Visitor} sender
 * @property {Visitor} receiver
 * @property {() => Promise<number>} flow from asking to the last byte, in ms, as the receiving page sees it
 * @property {() => Promise<string>} check what came: its SHA-256 in hex; fails where some of it came from elsewhere
 */

/** A page of the site without our script, in which a way to send can be set up. @param {Stage} stage @param {string} name */
export async function plainPage(stage, name) {
  const visitor = await stage.arrive(name, { workers: false });
  await watchTasks(visitor);
  await visitor.open(PLAIN);
  return visitor;
}

/** The path of a page without our script. */
export const PLAIN = '/plain.html';

/** Notes all long tasks of a visitor's documents from now on, with their lengths. @param {Visitor} visitor */
export async function watchTasks(visitor) {
  await visitor.page.addInitScript(() => {
    /** @type {number[]} */
    const tasks = [];
    Object.assign(window, { longTasks: tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
  });
}

/** Forgets the long tasks so far. @param {Visitor} visitor */
export const forgetTasks = (visitor) => visitor.page.evaluate(() => void (/** @type {any} */ (window).longTasks.length = 0));

/** The longest task since, in ms: 0 when none was longer than 50, for browsers name no others. @param {Visitor} visitor @returns {Promise<number>} */
export const longestTask = (visitor) => visitor.page.evaluate(() => Math.max(0, .../** @type {any} */ (window).longTasks));

/** The file that flows. */
export const FILE = '/long.bin';

/** Longest wait for a worker to hold a file, in fetches. */
const FETCHES_MAX = 40;

/** Fetches a file until the store answers. @param {Visitor} visitor */
export async function hold(visitor, path = FILE) {
  for (let n = 0; n < FETCHES_MAX; n++) {
    const { requests } = await visitor.stats();
    await visitor.fetch(path);
    if ((await visitor.stats()).requests.cache > requests.cache) return;
  }
  throw new Error(`${visitor.name} does not come to hold ${path}`);
}

/** The page fetches the file, part by part into `window.parts`: ms from asking to the last byte. @param {Visitor} visitor @returns {Promise<number>} */
export const fetchParts = (visitor) =>
  visitor.page.evaluate(async (path) => {
    /** @type {Uint8Array[]} */
    const parts = [];
    Object.assign(window, { parts });
    const began = performance.now();
    const reader = /** @type {ReadableStream} */ ((await fetch(path)).body).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return performance.now() - began;
      parts.push(value);
    }
  }, FILE);

/** The SHA-256 of the parts that the page has put into `window.parts`, in hex. @param {Visitor} visitor */
export const partsHash = (visitor) =>
  visitor.page.evaluate(async () => {
    const all = await new Blob(/** @type {any} */ (window).parts).arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
    return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  });

/** Fails when a flow does not end. @template T @param {string} what @param {Promise<T>} work @returns {Promise<T>} */
export async function inTime(what, work) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`${what}: not within ${2 * PATIENCE_MS} ms`)), 2 * PATIENCE_MS)));
  try {
    return await /** @type {Promise<T>} */ (Promise.race([work, late]));
  } finally {
    clearTimeout(timer);
  }
}
