//! The game's part of the demonstration: a launch. Visitors who have never been here come within seconds and play, on an origin with a thin line.
import { Bottleneck } from '../../tests/browser/bottleneck.mjs';
import { launch } from '../../tests/browser/launch.mjs';
import { writeSite } from '../game/generate.mjs';

/** Who comes, within how long, and what the origin can send them all together, in Mbit/s. */
const NAMES = ['anna', 'ben', 'clara', 'david', 'eva', 'finn'];
const OVER_MS = 10_000;
const MEGABITS = 10;

/** What each of them plays, how much faster than by hand, and how long that may take. */
const PASSAGES = 2;
const SPEED = 4;
const END_MS = 180_000;

/** How often the table is drawn again, in milliseconds. */
const REDRAW_MS = 1_000;

export const same = `${NAMES.length} such players as plain visits`;

export const invitation = 'in a browser and play. The others stay.';

/** @param {string} folder */
export function compose(folder) {
  console.log('Drawing the game (a minute the first time) …');
  const { files, bytes } = writeSite(folder);
  console.log(`${files} files, ${(bytes / 1e6).toFixed(1)} MB`);
}

/** @param {import('../../tests/browser/launch.mjs').Fared[]} fared */
function check(fared) {
  const bad = fared.find(({ over }) => !over);
  if (bad) throw new Error(`${bad.name} did not get through the game: ${bad.failed || 'it took too long'}`);
}

/**
 * First one player without a worker, to know what one costs; then the launch.
 * @param {import('../demo.mjs').Scene} scene
 */
export async function show({ browser, proxy, board, sent, mark, redraw }) {
  const plan = { overMs: OVER_MS, passages: PASSAGES, speed: SPEED, endMs: END_MS };
  board.say(`One plain visit first: ${PASSAGES} of the game's passages without a worker.`);
  const plain = await launch(browser, proxy.origin, { ...plan, names: ['plain'], workers: false });
  check(plain.fared);
  for (const visitor of plain.visitors) await visitor.leave();
  const one = sent();
  board.plain = { bytes: one.bytes * NAMES.length, requests: one.requests * NAMES.length };
  mark();

  board.say(`The launch: ${NAMES.length} visitors who have never been here come within ${OVER_MS / 1000} seconds; the origin can send them ${MEGABITS} Mbit/s in all.`);
  proxy.bottleneck = new Bottleneck(MEGABITS);
  /** @type {Map<import('../../tests/browser/visitors.mjs').Visitor, string>} */
  const places = new Map();
  const look = async () => {
    await Promise.all([...places].map(async ([visitor, before]) => {
      const place = await visitor.page.evaluate(() => {
        const { playable, passage, reach, over } = /** @type {any} */ (window).game?.progress ?? {};
        return over ? 'all played' : passage >= 0 ? `passage ${passage + 1}, reach ${reach + 1}` : playable ? 'the title' : 'loading';
      }).catch(() => before);
      if (place !== before && place !== 'loading') await board.clicked(visitor, place);
      places.set(visitor, place);
    }));
    await board.refresh();
    redraw();
  };
  let going = true;
  const looking = (async () => {
    while (going) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, REDRAW_MS));
    }
  })();
  const { fared } = await launch(browser, proxy.origin, { ...plan, names: NAMES, arrived: (visitor) => {
    board.add(visitor, 'loading');
    places.set(visitor, '');
  } }).finally(() => (going = false));
  await looking;
  await look();
  proxy.bottleneck = undefined;
  check(fared);
  const playable = fared.map((one) => `${one.name} ${(Number(one.playable) / 1000).toFixed(1)} s`);
  board.say(`From the first request to a game that can be played: ${playable.join(', ')}.`);
}
