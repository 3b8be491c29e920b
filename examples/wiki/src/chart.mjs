//! Nautical charts of single islands, in the colours of printed charts: buff land, green foreshore, blue shallows, white deep water,
//! soundings in metres and a magenta flare at each light.
import { fractal, noise2, Stream } from './random.mjs';
import { palettePng } from './png.mjs';

const WIDTH = 640;
const HEIGHT = 480;

const PALETTE = [
  [252, 252, 250], [222, 238, 247], [196, 225, 240], [163, 207, 228], // deep water, 20 m, 10 m, 5 m
  [183, 200, 142], [244, 227, 170], [237, 214, 146], [228, 199, 122], [216, 182, 101], // foreshore, land in four layers
  [92, 84, 62], [150, 124, 70], [120, 165, 190], [70, 78, 92], [190, 30, 140], [229, 140, 205], [205, 205, 198], // coast, contour, depth line, figures, flare, flare's edge, grid
];
const INK = { coast: 9, contour: 10, depth: 11, figure: 12, flare: 13, flareEdge: 14, grid: 15 };

/** The digits 0-9, three pixels by five, a row in each octal figure. */
const DIGITS = ['75557', '26227', '71747', '71717', '55711', '74717', '74757', '71122', '75757', '75717'];

/**
 * Height of the land (above 0) or depth of the sea (below) at a place on the island's own chart, in no particular unit.
 * @param {import('./world.mjs').Island} island
 */
export function relief(island) {
  const noise = noise2(`relief ${island.name}`);
  return (/** @type {number} */ u, /** @type {number} */ v) => {
    // u and v run from -1 to 1 over the chart's shorter side; the lobes give the outline, the noise its coast.
    let land = -0.5;
    for (const lobe of island.lobes) land = Math.max(land, 1 - Math.hypot(u - lobe.dx, (v - lobe.dy) * 1.15) / (lobe.r * 1.35));
    return land * 0.75 + (fractal(noise, u * 2.6 + 40, v * 2.6 + 40, 6) - 0.5) * 1.05;
  };
}

/**
 * Where the coast lies in a direction from the middle, in chart coordinates.
 * @param {(u: number, v: number) => number} height
 */
export function shore(height, /** @type {number} */ bearing) {
  const a = ((bearing - 90) * Math.PI) / 180;
  for (let r = 1; r > 0.04; r -= 0.01) {
    if (height(Math.cos(a) * r, Math.sin(a) * r * 0.9) > 0.02) return { u: Math.cos(a) * r, v: Math.sin(a) * r * 0.9 };
  }
  return { u: 0, v: 0 };
}

/**
 * The chart of an island as a PNG file.
 * @param {import('./world.mjs').Island} island
 * @param {{bearing: number}[]} lights
 */
export function drawChart(island, lights) {
  const height = relief(island);
  const field = new Float32Array(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) field[y * WIDTH + x] = height((x - WIDTH / 2) / (HEIGHT / 2), (y - HEIGHT / 2) / (HEIGHT / 2));
  }
  const pixels = new Uint8Array(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) for (let x = 0; x < WIDTH; x++) pixels[y * WIDTH + x] = tint(field, x, y);
  drawGrid(pixels, field);
  drawSoundings(pixels, field, new Stream(`soundings ${island.name}`));
  for (const light of lights) {
    const { u, v } = shore(height, light.bearing);
    drawFlare(pixels, Math.round(WIDTH / 2 + (u * HEIGHT) / 2), Math.round(HEIGHT / 2 + (v * HEIGHT) / 2));
  }
  return palettePng(WIDTH, HEIGHT, pixels, PALETTE);
}

/** The layer that a height falls into: its palette index, lines excepted. */
function layer(/** @type {number} */ h) {
  if (h < -0.42) return 0;
  if (h < -0.25) return 1;
  if (h < -0.13) return 2;
  if (h < -0.03) return 3;
  if (h < 0) return 4;
  return 5 + Math.min(3, Math.floor(h / 0.22));
}

/** Line colour where two layers meet, else the layer's own. */
function tint(/** @type {Float32Array} */ field, /** @type {number} */ x, /** @type {number} */ y) {
  const at = y * WIDTH + x;
  const here = layer(field[at]);
  const right = x + 1 < WIDTH ? layer(field[at + 1]) : here;
  const below = y + 1 < HEIGHT ? layer(field[at + WIDTH]) : here;
  const lowest = Math.min(here, right, below), highest = Math.max(here, right, below);
  if (lowest === highest) return here;
  if (lowest <= 4 && highest >= 5) return INK.coast;
  if (lowest >= 5) return INK.contour;
  return highest === 4 ? here : INK.depth;
}

/** Meridians and parallels, over water only, with the scale along the border. */
function drawGrid(/** @type {Uint8Array} */ pixels, /** @type {Float32Array} */ field) {
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const border = Math.min(x, y, WIDTH - 1 - x, HEIGHT - 1 - y);
      const along = x < 8 || x >= WIDTH - 8 ? y : x;
      if (border < 8) pixels[y * WIDTH + x] = border === 0 || border === 7 ? INK.figure : along % 40 < 20 && border > 2 && border < 6 ? INK.figure : 0;
      else if ((x % 160 === 0 || y % 160 === 80) && field[y * WIDTH + x] < -0.03) pixels[y * WIDTH + x] = INK.grid;
    }
  }
}

/** Depths in metres on a loose grid, as a survey's boats would have left them. */
function drawSoundings(/** @type {Uint8Array} */ pixels, /** @type {Float32Array} */ field, /** @type {Stream} */ s) {
  for (let y = 24; y < HEIGHT - 24; y += 21) {
    for (let x = 24; x < WIDTH - 30; x += 27) {
      const px = x + s.int(-8, 8), py = y + s.int(-6, 6);
      const h = field[py * WIDTH + px];
      if (h > -0.06 || field[py * WIDTH + px + 10] > -0.04) continue;
      drawNumber(pixels, px, py, Math.max(1, Math.round((-h) ** 1.4 * 110)));
    }
  }
}

function drawNumber(/** @type {Uint8Array} */ pixels, /** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ value) {
  for (const [i, digit] of [...String(value)].entries()) {
    const rows = DIGITS[Number(digit)];
    for (let r = 0; r < 5; r++) {
      for (let c = 0; c < 3; c++) if (Number(rows[r]) & (4 >> c)) pixels[(y + r) * WIDTH + x + i * 4 + c] = INK.figure;
    }
  }
}

/** The magenta drop of a light, lying to the south-east of its star. */
function drawFlare(/** @type {Uint8Array} */ pixels, /** @type {number} */ cx, /** @type {number} */ cy) {
  for (let dy = -6; dy < 24; dy++) {
    for (let dx = -6; dx < 24; dx++) {
      const x = cx + dx, y = cy + dy;
      if (x < 9 || y < 9 || x >= WIDTH - 9 || y >= HEIGHT - 9) continue;
      const along = (dx + dy) / Math.SQRT2, across = Math.abs(dx - dy) / Math.SQRT2;
      const drop = along > 3 && along < 26 ? 4.6 * Math.sin((Math.PI * (along - 3)) / 23) : 0;
      if (Math.hypot(dx, dy) < 2.6) pixels[y * WIDTH + x] = INK.figure;
      else if (across < drop - 1) pixels[y * WIDTH + x] = INK.flare;
      else if (across < drop) pixels[y * WIDTH + x] = INK.flareEdge;
    }
  }
}
