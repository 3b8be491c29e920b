//! A launch: visitors who have never been here come to the example game within a short time, and play. Used by the test, the measurement and the demo.
import { Visitor } from './visitors.mjs';

/** How often a visitor's game is asked how far it is, in milliseconds. */
const LOOK_MS = 250;

/** Each visitor's window, in pixels. */
const WINDOW = { width: 480, height: 300 };

/**
 * How a visitor fared.
 * @typedef {object} Fared
 * @property {string} name
 * @property {number | undefined} playable milliseconds from the navigation to the moment at which the game could be played
 * @property {number} waited seconds for which the boat lay still because what comes next was not there
 * @property {boolean} over the game was played to its end
 * @property {string} failed what the game could not load
 * @property {any} stats of the swarm, where there is one
 */

/**
 * @typedef {object} Plan
 * @property {string[]} names of the visitors, in the order in which they come
 * @property {number} overMs they come evenly over this time
 * @property {number} passages what each of them plays
 * @property {number} [speed] how much faster than by hand
 * @property {number} endMs after so long the launch is over, whoever still plays
 * @property {boolean} [workers] false: plain visits
 * @property {(visitor: Visitor) => void} [arrived]
 * @property {(visitor: Visitor, play: () => Promise<void>) => Promise<void>} [playing] stands around a visitor's whole game
 */

/**
 * Lets them come and play; over when all have played, or when it is time. They stay on their pages until then, as players do who play on.
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin
 * @param {Plan} plan
 * @returns {Promise<{visitors: Visitor[], fared: Fared[]}>} the visitors are still there
 */
export async function launch(browser, origin, { names, overMs, passages, speed = 1, endMs, workers = true, arrived = () => {}, playing = (_, play) => play() }) {
  const began = performance.now();
  /** @type {Visitor[]} */
  const visitors = [];
  const coming = names.map(async (name, i) => {
    await new Promise((resolve) => setTimeout(resolve, (overMs * i) / names.length));
    const visitor = await Visitor.arrive(browser, origin, { name, workers });
    visitors[i] = visitor;
    await playing(visitor, async () => {
      // Small windows and two pictures a second: the visitors share this machine's cores, which draw without a graphics card.
      await visitor.page.setViewportSize(WINDOW);
      await visitor.page.goto(`${origin}/?auto&mute&fps=2&speed=${speed}&passages=${passages}`, { waitUntil: 'commit', timeout: endMs });
      arrived(visitor);
      const left = Math.max(1, endMs - (performance.now() - began));
      await visitor.page.waitForFunction(() => {
        const { over, failed } = /** @type {any} */ (window).game?.progress ?? {};
        return over || failed;
      }, undefined, { polling: LOOK_MS, timeout: left }).catch(() => {});
    });
  });
  await Promise.all(coming);
  return { visitors, fared: await Promise.all(visitors.map(fare)) };
}

/** @param {Visitor} visitor @returns {Promise<Fared>} */
async function fare(visitor) {
  const told = await visitor.page.evaluate(async () => {
    const { game, swarmfetch } = /** @type {any} */ (window);
    return { progress: game?.progress, playable: performance.getEntriesByName('playable')[0]?.startTime, stats: await swarmfetch?.stats() };
  });
  const { waited = 0, over = false, failed = '' } = told.progress ?? {};
  return { name: visitor.name, playable: told.playable, waited, over, failed, stats: told.stats };
}
