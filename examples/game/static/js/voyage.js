//! The game's rules: one passage being sailed. No drawing, no loading, no clock: time comes in by `step`.

/** Speed of the boat in the sea's pixels a second, and how much faster it is in a hurry. */
const SPEED = 150;
const HURRY = 1.5;

/** Breadths of the sea that the boat can cross in a second, and how quickly it takes up that speed. */
const ACROSS = 0.85;
const NIMBLE = 5;

/** How near things have to be to meet the boat: along in pixels, across as shares of the sea's breadth. */
const REACH_OF = { rock: [62, 0.1], creature: [66, 0.09], oil: [64, 0.12], mail: [64, 0.12], lantern: [64, 0.12] };

/** What gathering earns in oil. @type {Record<string, number>} */
const WORTH = { oil: 1, mail: 3, lantern: 5 };

/** Hits that the hull takes, and how long after one the next does no harm, in seconds. */
export const HULL = 3;
const SPARED = 1.8;

/** How far before a border the boat waits for what is not loaded yet, in pixels. */
const MARGIN = 620;

/** How long the light takes to be lit before the passage is over, in seconds. */
const LIGHTING = 3;

/** @typedef {import('./store.js').Passage} Passage */

export class Voyage {
  x = 40;
  y = 0.5;
  /** Speed across, in breadths a second. */
  vy = 0;
  hull = HULL;
  spared = 0;
  time = 0;
  /** Seconds that the boat lay still because the next reach was not here. */
  waited = 0;
  waiting = false;
  /** Seconds since the light was reached; undefined before. @type {number | undefined} */ lighting;
  over = false;
  /** What the sound and the display have to know of: called with a name. @type {(what: string) => void} */ happened = () => {};

  /** @param {Passage} passage */
  constructor(passage, /** @type {number} */ reachLength, /** @type {number} */ oil) {
    this.passage = passage;
    this.reachLength = reachLength;
    this.length = passage.reaches.length * reachLength;
    this.oil = oil;
  }

  /** The reach that the boat is in. */
  get reach() {
    return Math.min(this.passage.reaches.length - 1, Math.max(0, Math.floor(this.x / this.reachLength)));
  }

  /** Things of all reaches that are here, in a window along the way. */
  *near(/** @type {number} */ from, /** @type {number} */ to) {
    for (const { ready } of this.passage.reaches) {
      if (!ready) continue;
      for (const thing of ready.things) if (thing.x >= from && thing.x <= to) yield thing;
    }
  }

  /** @param {{across: number, hurry: boolean}} helm across: -1 up, 1 down */
  step(/** @type {number} */ seconds, helm) {
    this.time += seconds;
    this.spared = Math.max(0, this.spared - seconds);
    if (this.lighting !== undefined) {
      this.lighting += seconds;
      this.x += SPEED * 0.25 * seconds * Math.max(0, 1 - this.lighting / 1.5);
      this.over = this.lighting > LIGHTING;
      return;
    }
    this.vy += (helm.across * ACROSS - this.vy) * Math.min(1, NIMBLE * seconds);
    this.y = Math.min(0.97, Math.max(0.03, this.y + this.vy * seconds));
    const next = this.passage.reaches[this.reach + 1];
    this.waiting = next !== undefined && !next.ready && this.x > (this.reach + 1) * this.reachLength - MARGIN;
    if (this.waiting) this.waited += seconds;
    else this.x += SPEED * (helm.hurry ? HURRY : 1) * (this.spared > SPARED - 0.5 ? 0.35 : 1) * seconds;
    for (const thing of this.near(this.x - 90, this.x + 90)) this.#meet(thing);
    if (this.x >= this.length - 60) {
      this.lighting = 0;
      this.happened('alight');
    }
  }

  /** Where a thing is now, across the sea: creatures swim up and down. @param {import('./store.js').Thing} thing */
  across(thing) {
    return thing.kind === 'creature' ? Math.min(0.95, Math.max(0.05, thing.y + Math.sin(this.time * 0.9 + thing.x) * 0.16)) : thing.y;
  }

  /** @param {import('./store.js').Thing & {gone?: boolean}} thing */
  #meet(thing) {
    const kind = /** @type {keyof typeof REACH_OF} */ (thing.kind);
    if (thing.gone || !REACH_OF[kind]) return;
    const [along, breadth] = REACH_OF[kind];
    if (Math.abs(thing.x - this.x) > along || Math.abs(this.across(thing) - this.y) > breadth) return;
    if (kind in WORTH) {
      thing.gone = true;
      this.oil += WORTH[kind];
      this.happened(kind);
      return;
    }
    if (this.spared > 0) return;
    this.spared = SPARED;
    this.hull -= 1;
    this.happened('crash');
    if (kind === 'creature') this.happened(this.passage.creature);
    if (this.hull > 0) return;
    // Aground: from the beginning of the reach again, for half of the oil.
    this.x = Math.max(40, this.reach * this.reachLength);
    this.hull = HULL;
    this.oil = Math.floor(this.oil / 2);
    this.happened('aground');
  }
}
