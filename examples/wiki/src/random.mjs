//! Seeded choices. One named stream for each thing that is drawn, so that adding an article never reshuffles the others.
//! Called by every module of the generator that varies something; nothing in the generator uses Math.random or the clock.

/**
 * A 32-bit hash of a string (FNV-1a), the seed of a stream.
 * @param {string} text
 */
export function hash32(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** A stream of choices, the same for the same name on every machine. */
export class Stream {
  /** @param {string} name */
  constructor(name) {
    this.state = hash32(name) || 1;
  }

  /** A number in [0, 1). The mixing step is mulberry32's. */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A number in [low, high). */
  between(/** @type {number} */ low, /** @type {number} */ high) {
    return low + (high - low) * this.next();
  }

  /** A whole number from low to high, both included. */
  int(/** @type {number} */ low, /** @type {number} */ high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** True in `share` of the cases. */
  chance(/** @type {number} */ share) {
    return this.next() < share;
  }

  /**
   * One of a list.
   * @template T @param {readonly T[]} list @returns {T}
   */
  pick(list) {
    return list[Math.floor(this.next() * list.length)];
  }

  /**
   * A shuffled copy (Fisher and Yates).
   * @template T @param {readonly T[]} list @returns {T[]}
   */
  shuffle(list) {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = Math.floor(this.next() * (i + 1));
      [copy[i], copy[j]] = [copy[j], copy[i]];
    }
    return copy;
  }
}

/**
 * Smooth value noise in two dimensions with values in [0, 1): the relief of charts and the clouds of views.
 * @param {string} name
 */
export function noise2(name) {
  const seed = hash32(name);
  const corner = (/** @type {number} */ x, /** @type {number} */ y) => {
    let h = seed ^ Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1);
    h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
  };
  return (/** @type {number} */ x, /** @type {number} */ y) => {
    const xi = Math.floor(x), yi = Math.floor(y);
    const xf = x - xi, yf = y - yi;
    const u = xf * xf * (3 - 2 * xf), v = yf * yf * (3 - 2 * yf);
    const top = corner(xi, yi) * (1 - u) + corner(xi + 1, yi) * u;
    const bottom = corner(xi, yi + 1) * (1 - u) + corner(xi + 1, yi + 1) * u;
    return top * (1 - v) + bottom * v;
  };
}

/**
 * Several octaves of one noise, in [0, 1).
 * @param {(x: number, y: number) => number} noise
 */
export function fractal(noise, /** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ octaves) {
  let sum = 0, size = 0.5, total = 0;
  for (let i = 0; i < octaves; i++) {
    sum += size * noise(x, y);
    total += size;
    x = x * 2.03 + 17.1;
    y = y * 2.03 + 5.7;
    size *= 0.5;
  }
  return sum / total;
}
