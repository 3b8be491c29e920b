//! Keys, mouse and thumbs: what the player wants of the helm.

const UP = new Set(['ArrowUp', 'w', 'W']);
const DOWN = new Set(['ArrowDown', 's', 'S']);
const HURRY = new Set(['ArrowRight', 'd', 'D', ' ']);

export class Helm {
  /** @type {Set<string>} */ #held = new Set();
  /** Where the pointer is held: 0 at the horizon, 1 at the bow. @type {number | undefined} */ #wanted;
  #second = false;

  /** @param {(y: number) => number} toSea from a height on the page to the share of the sea's breadth */
  constructor(toSea) {
    addEventListener('keydown', (event) => {
      if (UP.has(event.key) || DOWN.has(event.key) || HURRY.has(event.key)) {
        // A focused button takes the space bar for itself.
        if (!(event.key === ' ' && event.target instanceof HTMLButtonElement)) event.preventDefault();
        this.#held.add(event.key);
      }
    });
    addEventListener('keyup', (event) => this.#held.delete(event.key));
    addEventListener('blur', () => this.#held.clear());
    /** @type {Set<number>} */
    const pointers = new Set();
    const follow = (/** @type {PointerEvent} */ event) => {
      if (event.target instanceof HTMLButtonElement) return;
      if (event.type === 'pointerdown') pointers.add(event.pointerId);
      // A second finger hurries.
      this.#second = pointers.size > 1;
      if (pointers.has(event.pointerId) && event.isPrimary) this.#wanted = toSea(event.clientY);
    };
    const release = (/** @type {PointerEvent} */ event) => {
      pointers.delete(event.pointerId);
      this.#second = pointers.size > 1;
      if (pointers.size === 0) this.#wanted = undefined;
    };
    addEventListener('pointerdown', follow);
    addEventListener('pointermove', follow);
    addEventListener('pointerup', release);
    addEventListener('pointercancel', release);
  }

  /** @returns {{across: number, hurry: boolean}} */
  steer(/** @type {number} */ y) {
    const held = (/** @type {Set<string>} */ keys) => [...this.#held].some((key) => keys.has(key));
    const across = Number(held(DOWN)) - Number(held(UP));
    if (across !== 0 || this.#wanted === undefined) return { across, hurry: held(HURRY) };
    return { across: Math.max(-1, Math.min(1, (this.#wanted - y) * 6)), hurry: this.#second };
  }
}
