//! A small transparent picture being painted with shapes, nine samples a pixel.
import { rgbaPng } from '../../wiki/src/png.mjs';

/** Samples along a pixel's edge. */
const FINE = 3;

/**
 * A shape: is a place inside, and the box that it lies in.
 * @typedef {{inside: (x: number, y: number) => boolean, box: [number, number, number, number]}} Shape
 *
 * @typedef {readonly number[] | ((x: number, y: number) => readonly number[])} Paint a colour, or one for each place
 */

/** @returns {Shape} */
export function ellipse(/** @type {number} */ cx, /** @type {number} */ cy, /** @type {number} */ rx, /** @type {number} */ ry) {
  return { inside: (x, y) => ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1, box: [cx - rx, cy - ry, cx + rx, cy + ry] };
}

/** @param {number[][]} points @returns {Shape} */
export function polygon(points) {
  const xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
  return {
    inside: (x, y) => {
      let odd = false;
      for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
        const [xi, yi] = points[i], [xj, yj] = points[j];
        if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
      }
      return odd;
    },
    box: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)],
  };
}

/** @returns {Shape} */
export function box(/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ w, /** @type {number} */ h) {
  return { inside: (px, py) => px >= x && px < x + w && py >= y && py < y + h, box: [x, y, x + w, y + h] };
}

/** A thick line with round ends. @returns {Shape} */
export function stroke(/** @type {number} */ x0, /** @type {number} */ y0, /** @type {number} */ x1, /** @type {number} */ y1, /** @type {number} */ width) {
  const half = width / 2, dx = x1 - x0, dy = y1 - y0, squared = dx * dx + dy * dy || 1;
  return {
    inside: (x, y) => {
      const t = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / squared));
      return Math.hypot(x - x0 - dx * t, y - y0 - dy * t) <= half;
    },
    box: [Math.min(x0, x1) - half, Math.min(y0, y1) - half, Math.max(x0, x1) + half, Math.max(y0, y1) + half],
  };
}

export class Sheet {
  constructor(/** @type {number} */ width, /** @type {number} */ height) {
    this.width = width;
    this.height = height;
    this.samples = new Float32Array(width * height * FINE * FINE * 4);
  }

  /** Lays a shape over what is there. @param {Shape} shape @param {Paint} paint */
  fill(shape, paint, alpha = 1) {
    const wide = this.width * FINE, [x0, y0, x1, y1] = shape.box;
    for (let sy = Math.max(0, Math.floor(y0 * FINE)); sy < Math.min(this.height * FINE, Math.ceil(y1 * FINE) + 1); sy++) {
      for (let sx = Math.max(0, Math.floor(x0 * FINE)); sx < Math.min(wide, Math.ceil(x1 * FINE) + 1); sx++) {
        const x = (sx + 0.5) / FINE, y = (sy + 0.5) / FINE;
        if (!shape.inside(x, y)) continue;
        const colour = typeof paint === 'function' ? paint(x, y) : paint, at = (sy * wide + sx) * 4;
        const rest = (1 - alpha) * this.samples[at + 3];
        const sum = alpha + rest;
        for (let c = 0; c < 3; c++) this.samples[at + c] = (colour[c] * alpha + this.samples[at + c] * rest) / sum;
        this.samples[at + 3] = sum;
      }
    }
    return this;
  }

  /** @returns {Buffer} the PNG file */
  png() {
    const rgba = new Uint8Array(this.width * this.height * 4), wide = this.width * FINE;
    for (let y = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++) {
        const sum = [0, 0, 0, 0];
        for (let i = 0; i < FINE * FINE; i++) {
          const at = ((y * FINE + Math.floor(i / FINE)) * wide + x * FINE + (i % FINE)) * 4, cover = this.samples[at + 3];
          for (let c = 0; c < 3; c++) sum[c] += this.samples[at + c] * cover;
          sum[3] += cover;
        }
        const at = (y * this.width + x) * 4;
        for (let c = 0; c < 3 && sum[3] > 0; c++) rgba[at + c] = Math.min(255, Math.max(0, Math.round(sum[c] / sum[3])));
        rgba[at + 3] = Math.round((255 * sum[3]) / (FINE * FINE));
      }
    }
    return rgbaPng(this.width, this.height, rgba);
  }
}
