//! Views from the sea: a light on its headland, or a harbour under its hills, at one of four times of day.
import { fractal, hash32, noise2, Stream } from './random.mjs';
import { rgbPng } from './png.mjs';

const WIDTH = 640;
const HEIGHT = 400;

/** @typedef {number[]} Rgb */

/** Sky top and foot, sea, the nearest land, the light of windows and lamp. */
const HOURS = [
  { name: 'dawn', top: [72, 98, 140], foot: [246, 196, 160], sea: [104, 120, 144], land: [52, 56, 66], lamp: true },
  { name: 'noon', top: [84, 142, 196], foot: [206, 226, 236], sea: [58, 108, 138], land: [70, 92, 62], lamp: false },
  { name: 'grey', top: [134, 146, 156], foot: [202, 206, 204], sea: [86, 102, 110], land: [66, 74, 66], lamp: false },
  { name: 'dusk', top: [38, 46, 84], foot: [232, 140, 96], sea: [60, 64, 96], land: [30, 32, 44], lamp: true },
  { name: 'night', top: [10, 16, 34], foot: [38, 54, 84], sea: [18, 28, 48], land: [10, 13, 20], lamp: true },
];

/** A mix of two colours. @param {Rgb} a @param {Rgb} b @returns {Rgb} */
function mix(a, b, /** @type {number} */ t) {
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
}

/** 0 below `low`, 1 above `high`, smooth between. */
function ramp(/** @type {number} */ low, /** @type {number} */ high, /** @type {number} */ x) {
  const t = Math.min(1, Math.max(0, (x - low) / (high - low)));
  return t * t * (3 - 2 * t);
}

/** A picture being painted. */
class Canvas {
  constructor() {
    this.rgb = new Uint8Array(WIDTH * HEIGHT * 3);
  }

  /** Lays a colour over a pixel. @param {Rgb} colour @param {number} cover 0 to 1 */
  lay(/** @type {number} */ x, /** @type {number} */ y, colour, cover) {
    if (cover <= 0) return;
    const at = (y * WIDTH + x) * 3;
    for (let c = 0; c < 3; c++) this.rgb[at + c] = Math.round(this.rgb[at + c] * (1 - cover) + Math.min(255, Math.max(0, colour[c])) * cover);
  }

  /** Lays a colour over every pixel in a box by a cover function. @param {Rgb} colour @param {(x: number, y: number) => number} cover */
  fill(/** @type {number} */ x0, /** @type {number} */ y0, /** @type {number} */ x1, /** @type {number} */ y1, colour, cover) {
    for (let y = Math.max(0, Math.floor(y0)); y < Math.min(HEIGHT, y1); y++) {
      for (let x = Math.max(0, Math.floor(x0)); x < Math.min(WIDTH, x1); x++) this.lay(x, y, colour, cover(x, y));
    }
  }
}

/** @typedef {ReturnType<typeof scene>} Scene */

/** What all views share: hour, horizon, weather. */
function scene(/** @type {string} */ name) {
  const s = new Stream(`view ${name}`);
  return { name, s, hour: s.pick(HOURS), horizon: s.int(225, 262), cloud: s.between(0.35, 0.7), swell: s.between(0.6, 1.6), sun: s.int(60, WIDTH - 60) };
}

/**
 * A light seen from the sea, as a PNG file.
 * @param {import('./world.mjs').Light} light
 */
export function drawLight(light) {
  const view = scene(light.name);
  const canvas = new Canvas();
  paintSky(canvas, view);
  paintHills(canvas, view, [0.55, 0.3]);
  paintSea(canvas, view);
  const side = view.s.chance(0.5) ? 1 : -1;
  const crest = paintHeadland(canvas, view, side);
  const x = side > 0 ? view.s.int(390, 520) : view.s.int(120, 250);
  paintTower(canvas, view, x, crest(x) + 3, 60 + light.tower * 2.6, light.bands);
  return { hour: view.hour.name, png: rgbPng(WIDTH, HEIGHT, canvas.rgb) };
}

/**
 * A harbour seen from its roads, as a PNG file.
 * @param {import('./world.mjs').Harbour} harbour
 */
export function drawHarbour(harbour) {
  const view = scene(harbour.name);
  const canvas = new Canvas();
  paintSky(canvas, view);
  paintHills(canvas, view, [0.7, 0.45, 0.15]);
  paintSea(canvas, view);
  paintHouses(canvas, view, Math.min(26, 5 + Math.round(harbour.island.once / 45)));
  paintPier(canvas, view, harbour.pier);
  return { hour: view.hour.name, png: rgbPng(WIDTH, HEIGHT, canvas.rgb) };
}

function paintSky(/** @type {Canvas} */ canvas, /** @type {Scene} */ { name, hour, horizon, cloud, sun }) {
  const noise = noise2(`sky ${name}`);
  const bright = hour.name === 'night' ? [120, 132, 160] : mix(hour.foot, [255, 252, 244], 0.6);
  for (let y = 0; y < horizon; y++) {
    const sky = mix(hour.top, hour.foot, ramp(0, 1, y / horizon) ** 1.3);
    for (let x = 0; x < WIDTH; x++) {
      const glow = Math.exp(-Math.hypot((x - sun) / 150, (y - horizon) / 80)) * (hour.name === 'night' ? 0.15 : 0.6);
      const mass = fractal(noise, x / 170, (y / 52) * (1 + y / 300), 5);
      const veil = ramp(1 - cloud, 1.05 - cloud + 0.25, mass) * 0.75;
      canvas.lay(x, y, mix(mix(sky, bright, glow), mix(hour.foot, bright, 0.35), veil), 1);
    }
  }
  if (hour.name === 'night') {
    const s = new Stream(`stars ${name}`);
    for (let i = 0; i < 260; i++) canvas.lay(s.int(0, WIDTH - 1), s.int(0, horizon - 30), [236, 238, 250], s.between(0.1, 0.8));
  }
}

/** Ranges behind one another, paler with distance. */
function paintHills(/** @type {Canvas} */ canvas, /** @type {Scene} */ { name, hour, horizon }, /** @type {number[]} */ haze) {
  haze.forEach((far, i) => {
    const noise = noise2(`hills ${i} ${name}`);
    const colour = mix(hour.land, hour.foot, far);
    for (let x = 0; x < WIDTH; x++) {
      const top = horizon - 8 - Math.max(0, fractal(noise, x / (180 - i * 30), 1.5, 5) - 0.32) * (150 - i * 18);
      for (let y = Math.max(0, Math.floor(top)); y < horizon; y++) canvas.lay(x, y, mix(colour, hour.foot, ((y - top) / 90) * 0.25), Math.min(1, y + 1 - top));
    }
  });
}

function paintSea(/** @type {Canvas} */ canvas, /** @type {Scene} */ { name, hour, horizon, swell, sun }) {
  const noise = noise2(`sea ${name}`);
  for (let y = horizon; y < HEIGHT; y++) {
    const near = (y - horizon) / (HEIGHT - horizon);
    const scale = 5 + near * 46;
    for (let x = 0; x < WIDTH; x++) {
      const wave = fractal(noise, (x - WIDTH / 2) / scale / 1.9 + 90, 60 / (near + 0.06) + y / 40, 3) - 0.5;
      const glitter = Math.max(0, wave - 0.08) * Math.exp(-Math.abs(x - sun) / (40 + near * 90)) * 3.2;
      const base = mix(mix(hour.sea, hour.foot, 0.45 * (1 - near)), [0, 0, 0], near * 0.18);
      canvas.lay(x, y, mix(mix(base, hour.foot, Math.max(-0.4, wave * 0.55 * swell)), hour.foot, Math.min(0.8, glitter)), 1);
    }
  }
}

/** The near headland; answers with the height of its crest at each place. */
function paintHeadland(/** @type {Canvas} */ canvas, /** @type {Scene} */ { name, hour, horizon }, /** @type {number} */ side) {
  const outline = noise2(`headland ${name}`), stone = noise2(`stone ${name}`);
  const crest = (/** @type {number} */ x) => {
    const inland = side > 0 ? x / WIDTH : 1 - x / WIDTH;
    return horizon + 46 - ramp(0.16, 0.62, inland) * 92 - fractal(outline, x / 74, 2.5, 5) * 34;
  };
  for (let x = 0; x < WIDTH; x++) {
    const inland = side > 0 ? x / WIDTH : 1 - x / WIDTH;
    const top = crest(x);
    const foot = horizon + 12 + ramp(0.1, 0.9, inland) * 92 + fractal(outline, x / 22, 9.5, 3) * 12;
    for (let y = Math.max(0, Math.floor(top)); y < Math.min(HEIGHT, foot); y++) {
      const depth = (y - top) / Math.max(1, foot - top);
      const turf = 1 - ramp(0.05, 0.32, depth + (fractal(stone, x / 16, y / 9, 3) - 0.5) * 0.3);
      const face = mix(mix(hour.land, [96, 88, 78], 0.35), [0, 0, 0], 0.35 * fractal(stone, x / 9, y / 34, 4));
      const green = mix(hour.land, [86, 110, 58], hour.name === 'night' ? 0.06 : 0.4);
      canvas.lay(x, y, mix(mix(face, green, turf), hour.foot, 0.1), Math.min(1, y + 1 - top));
      if (foot - y < 3 && inland > 0.15) canvas.lay(x, y, [232, 238, 240], hour.name === 'night' ? 0.12 : 0.45);
    }
  }
  return crest;
}

/** A tapering tower in its bands, with gallery, lantern and, in the dark, its beam. */
function paintTower(/** @type {Canvas} */ canvas, /** @type {Scene} */ view, /** @type {number} */ x, /** @type {number} */ foot, /** @type {number} */ tall, /** @type {string} */ bands) {
  const { hour } = view;
  const head = foot - tall;
  const dim = hour.name === 'night' ? 0.62 : hour.name === 'dusk' ? 0.4 : hour.name === 'noon' ? 0 : 0.2;
  const shade = (/** @type {Rgb} */ colour) => mix(colour, hour.land, dim);
  const white = [240, 238, 230], red = [176, 44, 36], black = [34, 34, 38], stone = [150, 140, 124];
  if (hour.lamp) paintBeam(canvas, view, x, head - 9);
  // Keepers' house beside the tower.
  canvas.fill(x + 10, foot - 16, x + 58, foot + 4, shade(white), () => 1);
  canvas.fill(x + 8, foot - 26, x + 60, foot - 16, shade([92, 92, 98]), (px, py) => ((px - x - 8) > (foot - 16 - py) && (x + 60 - px) > (foot - 16 - py) ? 1 : 0));
  for (const wx of [18, 32, 46]) canvas.fill(x + wx, foot - 11, x + wx + 5, foot - 4, hour.lamp ? [255, 214, 130] : [60, 66, 74], () => 1);
  for (let y = Math.floor(head); y < foot + 4; y++) {
    const up = (foot - y) / tall;
    const half = 11 - up * 4.5;
    let colour = bands === 'natural stone' ? stone : white;
    if (bands === 'white with one red band' && up > 0.42 && up < 0.62) colour = red;
    if (bands === 'white with two black bands' && ((up > 0.22 && up < 0.38) || (up > 0.6 && up < 0.76))) colour = black;
    if (bands === 'red and white bands' && Math.floor(up * 5) % 2 === 1) colour = red;
    if (bands === 'black and white bands' && Math.floor(up * 6) % 2 === 1) colour = black;
    for (let px = Math.floor(x - half - 1); px <= Math.ceil(x + half + 1); px++) {
      const cover = Math.min(1, Math.max(0, half + 0.5 - Math.abs(px - x)));
      const round = 1 - 0.42 * Math.max(0, (px - x) / half) - 0.1 * Math.max(0, (x - px) / half);
      canvas.lay(px, Math.max(0, y), mix([0, 0, 0], shade(colour), round), cover);
    }
  }
  canvas.fill(x - 11, head - 2, x + 12, head + 1, shade(black), () => 1);
  canvas.fill(x - 6, head - 16, x + 7, head - 2, hour.lamp ? [255, 238, 178] : shade([170, 190, 198]), () => 1);
  for (const bar of [-6, -1, 4]) canvas.fill(x + bar, head - 16, x + bar + 1, head - 2, shade(black), () => 0.8);
  canvas.fill(x - 8, head - 24, x + 9, head - 16, shade(bands.includes('red') ? red : black), (px, py) => (Math.abs(px - x) < py - (head - 25) ? 1 : 0));
}

function paintBeam(/** @type {Canvas} */ canvas, /** @type {Scene} */ { hour, s }, /** @type {number} */ x, /** @type {number} */ y) {
  const tilt = s.between(-0.05, 0.05);
  const strength = hour.name === 'night' ? 0.5 : 0.28;
  canvas.fill(0, 0, WIDTH, HEIGHT, [255, 244, 200], (px, py) => {
    const along = Math.abs(px - x), across = Math.abs(py - y - (px - x) * tilt);
    const halo = Math.exp(-Math.hypot(px - x, py - y) / 16) * 0.8;
    return Math.min(0.9, halo + strength * ramp(0, 1, 1 - across / (2 + along * 0.075)) * Math.exp(-along / 260));
  });
}

/** A row of houses along the shore, gables and all. */
function paintHouses(/** @type {Canvas} */ canvas, /** @type {Scene} */ { hour, horizon, s, name }, /** @type {number} */ count) {
  const shoreline = noise2(`shore ${name}`);
  const bank = (/** @type {number} */ x) => horizon + 2 - fractal(shoreline, x / 90, 4, 4) * 26;
  for (let x = 0; x < WIDTH; x++) {
    for (let y = Math.floor(bank(x)); y < horizon + 14; y++) canvas.lay(x, y, mix(hour.land, [104, 112, 76], hour.name === 'night' ? 0.06 : 0.35 - (y - bank(x)) / 120), 1);
  }
  const walls = [[232, 228, 216], [214, 208, 190], [196, 120, 96], [176, 184, 188], [222, 196, 140]];
  const dim = hour.name === 'night' ? 0.7 : hour.name === 'dusk' ? 0.5 : 0.12;
  for (let i = 0; i < count; i++) {
    const w = s.int(20, 42), h = s.int(12, 22), x = s.int(20, WIDTH - 70), y = bank(x + w / 2) + s.int(2, 9);
    canvas.fill(x, y - h, x + w, y + 6, mix(s.pick(walls), hour.land, dim), () => 1);
    const roof = mix(s.pick([[84, 84, 92], [120, 74, 60], [70, 76, 84]]), hour.land, dim);
    canvas.fill(x - 2, y - h - 10, x + w + 2, y - h, roof, (px, py) => (px - x + 2 > (y - h - py) * 0.7 && x + w + 2 - px > (y - h - py) * 0.7 ? 1 : 0));
    canvas.fill(x + w * 0.7, y - h - 15, x + w * 0.7 + 5, y - h - 6, roof, () => 1);
    for (let wx = x + 4; wx < x + w - 5; wx += 9) canvas.fill(wx, y - h + 5, wx + 4, y - h + 10, hour.lamp && s.chance(0.6) ? [255, 210, 120] : [52, 58, 68], () => 1);
  }
}

/** The pier, with a few boats lying to it. */
function paintPier(/** @type {Canvas} */ canvas, /** @type {Scene} */ { hour, horizon, s }, /** @type {number} */ metres) {
  const from = s.chance(0.5) ? 0 : WIDTH - metres * 2, y = horizon + 26;
  canvas.fill(from, y, from + metres * 2, y + 15, mix(hour.land, [132, 126, 116], 0.4), () => 1);
  canvas.fill(from, y, from + metres * 2, y + 2, mix(hour.land, [190, 184, 170], 0.5), () => 1);
  for (let i = 0; i < 2 + (hash32(String(metres)) % 4); i++) {
    const x = s.int(60, WIDTH - 120), by = horizon + s.int(44, 120), size = 0.55 + (by - horizon) / 130;
    const hull = mix(s.pick([[44, 60, 96], [150, 46, 40], [40, 84, 70], [230, 228, 220]]), hour.land, hour.name === 'night' ? 0.7 : 0.2);
    canvas.fill(x, by - 9 * size, x + 62 * size, by + 6 * size, hull, (px, py) => (px - x > (py - by + 9 * size) * 0.6 && x + 62 * size - px > (py - by + 9 * size) * 0.9 ? 1 : 0));
    canvas.fill(x + 12 * size, by - 24 * size, x + 30 * size, by - 8 * size, mix([236, 234, 226], hour.land, hour.name === 'night' ? 0.7 : 0.2), () => 1);
    canvas.fill(x + 36 * size, by - 46 * size, x + 36 * size + 2, by - 8 * size, mix([90, 76, 60], hour.land, 0.3), () => 1);
  }
}
