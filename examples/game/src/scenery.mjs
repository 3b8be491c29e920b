//! Backdrops: for each reach a strip of sky, one of islands before it, and one of sea. Strips of neighbouring reaches join without a seam, since all are
//! drawn in the coordinates of their passage.
import { fractal, noise2, Stream } from '../../wiki/src/random.mjs';
import { rgbaPng, rgbPng } from '../../wiki/src/png.mjs';
import { mix, ramp } from './passages.mjs';

/** @typedef {import('./passages.mjs').Passage} Passage */

/** Sizes in pixels; the game stretches the sea to twice its width. */
export const SKY = { width: 640, height: 170 };
export const ISLES = { width: 960, height: 120 };
export const SEA = { width: 800, height: 220 };

/** How strongly a sun or moon lights what is `d` pixels from it. */
const glow = (/** @type {number} */ d, /** @type {number} */ reach) => Math.exp(-d / reach);

/** Where the discs stand in the sky of their passage. */
const disc = (/** @type {Passage} */ { slug }) => {
  const s = new Stream(`disc ${slug}`);
  return { u: s.int(180, 460), v: s.int(34, 74), r: s.int(15, 22) };
};

/** @param {Passage} passage */
export function drawSky(passage, /** @type {number} */ reach) {
  const { width, height } = SKY;
  const clouds = noise2(`clouds ${passage.slug}`), s = new Stream(`stars ${passage.slug} ${reach}`);
  const rgb = new Uint8Array(width * height * 3);
  const aurora = passage.slug === 'hvitay' || passage.slug === 'skarvoe';
  // One in every other strip: never two in a view.
  const sun = disc(passage);
  for (let y = 0; y < height; y++) {
    const t = y / height;
    for (let x = 0; x < width; x++) {
      const u = reach * width + x;
      let colour = mix(passage.top, passage.foot, t ** 1.4);
      const d = Math.hypot(((u - sun.u + 5 * width) % (2 * width)) - width, (y - sun.v) * 1.05);
      colour = mix(colour, passage.disc, 0.55 * glow(d, 46) + 0.2 * glow(d, 140));
      if (aurora) {
        const curtain = fractal(clouds, u / 110 + fractal(clouds, u / 40, 3, 2) * 0.8, 2 + y / 400, 3);
        colour = mix(colour, passage.cloud, ramp(0.45, 0.75, curtain) * ramp(0, 0.35, t) * (1 - ramp(0.45, 0.95, t)) * 0.75);
      } else {
        const bank = fractal(clouds, u / 150, y / 34 + 9, 4);
        const lit = fractal(clouds, u / 150 + 0.12, y / 34 + 9.25, 2);
        colour = mix(colour, mix(passage.cloud, passage.land, ramp(0.4, 0.62, lit) * 0.35), ramp(0.72 - passage.cover * 0.4, 1 - passage.cover * 0.3, bank) * 0.8 * (0.4 + 0.6 * t));
      }
      const face = Math.min(1, Math.max(0, sun.r + 0.5 - d));
      if (face > 0) colour = mix(colour, passage.disc, face * (passage.cover > 0.75 ? 0.5 : 1));
      const star = passage.stars > 0 && s.next() < passage.stars * (1 - t) * 1.6 ? s.between(0.25, 1) : 0;
      if (star > 0) colour = mix(colour, [255, 252, 240], star);
      put(rgb, (y * width + x) * 3, colour);
    }
  }
  return rgbPng(width, height, rgb);
}

/** Two ridges of islands, with a few lit windows where it is dark. @param {Passage} passage */
export function drawIsles(passage, /** @type {number} */ reach) {
  const { width, height } = ISLES;
  const rgba = new Uint8Array(width * height * 4);
  const relief = noise2(`ridge ${passage.slug}`), turf = noise2(`turf ${passage.slug}`), s = new Stream(`windows ${passage.slug} ${reach}`);
  const ridges = [{ scale: 210, from: 0.42, tall: 178, haze: 0.62, off: 0 }, { scale: 120, from: 0.5, tall: 150, haze: 0.25, off: 31 }];
  for (let x = 0; x < width; x++) {
    const u = reach * width + x;
    for (const { scale, from, tall, haze, off } of ridges) {
      const crest = height - 6 - Math.max(0, fractal(relief, u / scale + off, off + 0.5, 5) - from) * tall * 2.1;
      for (let y = Math.max(0, Math.floor(crest)); y < height; y++) {
        const depth = (y - crest) / 40;
        const grain = fractal(turf, u / 9, y / 5 + off, 3);
        let colour = mix(mix(passage.land, passage.foot, haze), passage.cloud, 0.16 * (1 - Math.min(1, depth)) + (grain - 0.5) * 0.22);
        colour = mix(colour, passage.far, ramp(height - 16, height, y) * 0.7);
        const at = (y * width + x) * 4, cover = Math.min(1, y + 1 - crest);
        const under = rgba[at + 3] / 255;
        put(rgba, at, under > 0 ? mix([rgba[at], rgba[at + 1], rgba[at + 2]], colour, cover) : colour);
        rgba[at + 3] = Math.round(255 * Math.max(under, cover) * (1 - ramp(height - 5, height, y) * 0.6));
      }
    }
  }
  for (let i = 0; i < 26 && passage.dark > 0.1; i++) {
    const x = s.int(2, width - 3), y = s.int(height - 30, height - 12), at = (y * width + x) * 4;
    if (rgba[at + 3] < 250) continue;
    for (const [dx, dy] of [[0, 0], [1, 0], [0, 1], [1, 1]]) put(rgba, ((y + dy) * width + x + dx) * 4, [255, 214, 130]);
  }
  return rgbaPng(width, height, rgba);
}

/** @param {Passage} passage */
export function drawSea(passage, /** @type {number} */ reach) {
  const { width, height } = SEA;
  const rgb = new Uint8Array(width * height * 3);
  const swell = noise2(`swell ${passage.slug}`), ripple = noise2(`ripple ${passage.slug}`);
  for (let y = 0; y < height; y++) {
    const depth = y / height, long = 10 + 64 * depth, high = 1.6 + 11 * depth;
    for (let x = 0; x < width; x++) {
      const u = reach * width + x;
      const wave = fractal(swell, u / long, (y * 3) / high + u / 90, 3);
      const small = ripple(u / (long * 0.28), (y * 5) / high);
      let colour = mix(passage.far, passage.near, depth ** 0.75);
      colour = mix(colour, passage.land, ramp(0.5, 0.2, wave) * 0.3);
      colour = mix(colour, passage.foot, ramp(0.56, 0.78, wave * 0.7 + small * 0.3) * (0.55 - 0.3 * depth));
      colour = mix(colour, passage.disc, ramp(0.74, 0.9, wave * 0.5 + small * 0.5) * 0.5);
      put(rgb, (y * width + x) * 3, colour);
    }
  }
  return rgbPng(width, height, rgb);
}

/** The picture behind the title: the first passage from a height, with every light of the chain burning. @param {Passage} passage */
export function drawTitle(passage) {
  const width = 1280, height = 800, horizon = 430;
  const rgb = new Uint8Array(width * height * 3);
  const clouds = noise2('title clouds'), relief = noise2('title ridge'), swell = noise2('title swell'), s = new Stream('title stars');
  const lamps = Array.from({ length: 8 }, (_, i) => ({ x: 90 + i * 158 + s.int(-30, 30), y: horizon - 26 - s.int(0, 34) }));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const t = y / horizon, d = Math.hypot(x - 880, (y - 300) * 1.1);
      let colour;
      if (y < horizon) {
        colour = mix([14, 22, 54], passage.foot, t ** 2.2);
        colour = mix(colour, passage.disc, 0.7 * glow(d, 90) + 0.25 * glow(d, 300));
        colour = mix(colour, [232, 150, 128], ramp(0.48, 0.8, fractal(clouds, x / 260, y / 54, 4)) * 0.62 * t);
        if (s.next() < 0.0016 * (1 - t)) colour = mix(colour, [255, 252, 240], s.between(0.3, 1));
        for (const [scale, from, tall, haze, off] of [[300, 0.42, 330, 0.55, 0], [170, 0.5, 300, 0.2, 40]]) {
          const crest = horizon - 4 - Math.max(0, fractal(relief, x / scale + off, off + 0.5, 5) - from) * tall;
          if (y > crest) colour = mix(colour, mix([34, 34, 62], passage.foot, haze), Math.min(1, y - crest));
        }
      } else {
        const depth = (y - horizon) / (height - horizon), long = 12 + 110 * depth, high = 2 + 18 * depth;
        const wave = fractal(swell, x / long, ((y - horizon) * 3) / high, 3);
        colour = mix([190, 122, 112], [16, 24, 56], depth ** 0.6);
        colour = mix(colour, passage.disc, ramp(0.52, 0.72, wave) * glow(Math.abs(x - 880), 70 + 190 * depth) * 0.9);
        colour = mix(colour, [236, 150, 120], ramp(0.55, 0.8, wave) * 0.3 * (1 - depth));
      }
      for (const lamp of lamps) {
        const away = Math.hypot(x - lamp.x, y - lamp.y);
        if (away < 160) colour = mix(colour, [255, 232, 168], 0.9 * glow(away, 7) + 0.25 * glow(away, 34) + 0.3 * glow(Math.abs(y - lamp.y), 1.6) * glow(away, 60));
      }
      put(rgb, (y * width + x) * 3, colour);
    }
  }
  return rgbPng(width, height, rgb);
}

/** @param {Uint8Array} out @param {readonly number[]} colour */
function put(out, /** @type {number} */ at, colour) {
  for (let c = 0; c < 3; c++) out[at + c] = Math.min(255, Math.max(0, colour[c] + 0.5));
}
