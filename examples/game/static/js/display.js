//! Everything around the canvas: cards, bars, what is gathered, and who brought the bytes.
import { HULL } from './voyage.js';

/** How often the visitor is told where the game came from, in milliseconds. */
const CREW_MS = 2000;

/** @template {Element} T @returns {T} */
const find = (/** @type {string} */ selector) => /** @type {T} */ (document.querySelector(selector));

export class Display {
  canvas = /** @type {HTMLCanvasElement} */ (find('canvas'));
  /** The player wants sound, or none. @type {() => boolean} */ onmute = () => false;
  #said = 0;
  #button = /** @type {HTMLButtonElement} */ (find('.card button'));

  constructor() {
    const mute = /** @type {HTMLButtonElement} */ (find('.mute'));
    mute.onclick = () => {
      this.muted(this.onmute());
      mute.blur();
    };
    setInterval(() => this.#crew(), CREW_MS);
  }

  muted(/** @type {boolean} */ muted) {
    find('.mute').classList.toggle('off', muted);
  }

  /** How much of the boot is here, 0 to 1. */
  loading(/** @type {number} */ share) {
    /** @type {HTMLElement} */ (find('.bar i')).style.width = `${100 * share}%`;
  }

  /** A card over the view; answers when its button, or the enter key, is pressed. */
  card(/** @type {string} */ heading, /** @type {string} */ story, /** @type {string} */ button) {
    find('.card').classList.remove('gone');
    find('.card h1').textContent = heading;
    find('.card .story').textContent = story;
    this.#button.textContent = button;
    this.#button.disabled = false;
    /** @type {HTMLElement} */ (find('.bar')).hidden = true;
    this.#button.focus();
    return new Promise((resolve) => (this.#button.onclick = resolve));
  }

  gone() {
    find('.card').classList.add('gone');
    /** @type {HTMLElement} */ (find('.keys')).hidden = true;
    this.#button.disabled = true;
    this.#button.blur();
  }

  /** A line over the sea for a while. */
  say(/** @type {string} */ text, /** @type {number} */ ms) {
    const line = /** @type {HTMLElement} */ (find('.wait'));
    line.textContent = text;
    line.hidden = false;
    this.#said = performance.now() + ms;
  }

  /** @param {import('./voyage.js').Voyage} voyage */
  voyage(voyage) {
    const line = /** @type {HTMLElement} */ (find('.wait'));
    if (performance.now() > this.#said) {
      line.hidden = !voyage.waiting;
      if (voyage.waiting) line.textContent = 'Lying to for the next chart …';
    }
    /** @type {HTMLElement} */ (find('.log')).hidden = false;
    find('.place').textContent = voyage.passage.name;
    find('.oil').textContent = String(voyage.oil);
    find('.hull').textContent = '♥'.repeat(voyage.hull) + '♡'.repeat(HULL - voyage.hull);
    /** @type {HTMLElement} */ (find('.way i')).style.width = `${Math.min(100, (100 * voyage.x) / voyage.length)}%`;
  }

  /** Where the game came from, on a site with swarmfetch; elsewhere nothing. */
  async #crew() {
    const { swarmfetch } = /** @type {any} */ (window);
    if (!swarmfetch || document.hidden) return;
    const { bytes, peers } = await swarmfetch.stats();
    const line = /** @type {HTMLElement} */ (find('.crew'));
    line.hidden = peers === 0 && bytes.peers === 0;
    const size = (/** @type {number} */ n) => `${(n / 1e6).toFixed(1)} MB`;
    line.textContent = `${size(bytes.peers)} from ${peers} other players, ${size(bytes.cache)} from your own store, ${size(bytes.origin)} from the server`;
  }
}
