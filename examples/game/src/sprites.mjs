//! What floats, swims, flies and stands in the game, as transparent pictures. Facing right; the waterline is near the lower edge.
import { fractal, noise2, Stream } from '../../wiki/src/random.mjs';
import { mix, ramp } from './passages.mjs';
import { box, ellipse, polygon, Sheet, stroke } from './sheet.mjs';

/** @typedef {import('./passages.mjs').Passage} Passage */

/** How many pictures make a movement. */
export const FRAMES = 4;

/** The lamp tender, rolling a little in each of its frames. */
export function drawBoat(/** @type {number} */ frame) {
  const sheet = new Sheet(128, 96), roll = Math.sin((frame / 6) * Math.PI * 2) * 2;
  const lift = (/** @type {number[][]} */ points) => points.map(([x, y]) => [x, y + ((x - 60) / 60) * roll]);
  sheet.fill(ellipse(60, 86, 56, 6), [220, 236, 244], 0.35);
  sheet.fill(polygon(lift([[8, 60], [118, 54], [104, 84], [22, 86]])), (_, y) => mix([150, 44, 38], [70, 18, 22], (y - 56) / 30));
  sheet.fill(polygon(lift([[6, 56], [122, 48], [117, 57], [9, 64]])), [240, 232, 214]);
  sheet.fill(polygon(lift([[28, 34], [64, 34], [66, 58], [26, 60]])), (x) => mix([246, 240, 224], [190, 180, 168], (x - 28) / 40));
  sheet.fill(polygon(lift([[24, 30], [68, 29], [66, 36], [26, 37]])), [52, 62, 84]);
  for (const x of [33, 45, 56]) sheet.fill(polygon(lift([[x, 41], [x + 7, 41], [x + 7, 48], [x, 48]])), [255, 214, 130]);
  sheet.fill(polygon(lift([[42, 14], [52, 14], [54, 31], [40, 31]])), (_, y) => (y > 18 && y < 23 ? [230, 190, 80] : [44, 48, 62]));
  sheet.fill(stroke(92, 54 + roll / 2, 92, 16 + roll / 2, 2.6), [84, 66, 48]);
  sheet.fill(stroke(92, 20 + roll / 2, 110, 50 + roll, 1), [84, 66, 48]);
  sheet.fill(ellipse(92, 15 + roll / 2, 6, 7), [255, 236, 170]).fill(ellipse(92, 15 + roll / 2, 3, 4), [255, 252, 232]);
  for (let i = 0; i < 3; i++) sheet.fill(ellipse(36 - i * 11 - frame, 10 - i * 3 + (frame % 3), 5 + i * 2, 4 + i), [210, 214, 220], 0.34 - i * 0.09);
  for (let x = 6; x < 122; x += 4) sheet.fill(ellipse(x, 86 + Math.sin(x * 0.7 + frame * 1.05) * 2, 5, 2.4), [236, 244, 248], 0.55);
  return sheet.png();
}

/** A rock of the passage's stone. @param {Passage} passage */
export function drawRock(passage, /** @type {string} */ name) {
  const s = new Stream(`rock ${passage.slug} ${name}`), grain = noise2(`stone ${passage.slug} ${name}`);
  const width = s.int(84, 132), height = s.int(70, 120), sheet = new Sheet(width, height);
  const points = [[4, height - 8]];
  for (let i = 1; i < 9; i++) points.push([(width * i) / 9, height - 12 - (height - 22) * Math.sin((Math.PI * i) / 9) ** 0.7 * s.between(0.55, 1)]);
  points.push([width - 4, height - 8]);
  const stone = mix(passage.land, [126, 116, 106], 0.42);
  sheet.fill(ellipse(width / 2, height - 7, width / 2 - 1, 6), [226, 238, 244], 0.5);
  sheet.fill(polygon(points), (x, y) => {
    const rough = fractal(grain, x / 15, y / 22, 4);
    const lit = mix(stone, passage.cloud, ramp(0.35, 0.75, rough) * 0.5 * (1 - (x / width) * 0.5));
    return mix(lit, [8, 12, 20], ramp(0.4, 1, y / height) * 0.5 + ramp(0.5, 0.3, rough) * 0.35);
  });
  for (let i = 0; i < 14; i++) sheet.fill(ellipse(6 + s.next() * (width - 12), height - 8 + s.between(-3, 4), s.between(4, 11), s.between(1.5, 3)), [240, 246, 248], 0.6);
  return sheet.png();
}

/** What is gathered: a barrel of oil, a mail bag, a lantern. */
export function drawPickup(/** @type {string} */ kind, /** @type {number} */ frame) {
  const sheet = new Sheet(56, 56), bob = Math.sin((frame / FRAMES) * Math.PI * 2) * 2;
  sheet.fill(ellipse(28, 49, 22, 4), [226, 238, 244], 0.5);
  if (kind === 'oil') {
    sheet.fill(ellipse(28, 30 + bob, 26, 24), [255, 206, 110], 0.16);
    sheet.fill(polygon([[14, 14 + bob], [42, 14 + bob], [46, 31 + bob], [42, 48 + bob], [14, 48 + bob], [10, 31 + bob]]), (x) => mix([206, 132, 62], [96, 50, 26], Math.abs(x - 22) / 24));
    for (const y of [18, 43]) sheet.fill(box(12, y + bob, 32, 3), [64, 64, 72]);
    sheet.fill(ellipse(28, 14 + bob, 14, 4), [226, 160, 88]).fill(ellipse(33, 14 + bob, 3, 1.4), [60, 36, 24]);
    sheet.fill(polygon([[28, 24 + bob], [33, 33 + bob], [28, 38 + bob], [23, 33 + bob]]), [255, 224, 130]);
  } else if (kind === 'mail') {
    sheet.fill(polygon([[12, 22 + bob], [44, 20 + bob], [48, 47 + bob], [9, 48 + bob]]), (_, y) => mix([232, 214, 176], [168, 142, 102], (y - 20) / 28));
    sheet.fill(polygon([[12, 22 + bob], [44, 20 + bob], [28, 36 + bob]]), [206, 182, 138]).fill(ellipse(28, 36 + bob, 4, 4), [180, 40, 36]);
  } else {
    sheet.fill(ellipse(28, 28 + bob, 27, 26), [255, 220, 130], 0.2);
    sheet.fill(stroke(20, 10 + bob, 36, 10 + bob, 3), [70, 70, 80]).fill(box(18, 13 + bob, 20, 4), [70, 70, 80]).fill(box(16, 44 + bob, 24, 5), [70, 70, 80]);
    sheet.fill(box(19, 17 + bob, 18, 27), [255, 226, 140], 0.85).fill(ellipse(28, 33 + bob, 4 + frame % 2, 8), [255, 250, 220]);
    for (const x of [18, 27, 36]) sheet.fill(box(x, 17 + bob, 2, 27), [70, 70, 80]);
  }
  return sheet.png();
}

/** @param {Passage} passage */
export function drawCreature(passage, /** @type {number} */ frame) {
  const sheet = new Sheet(150, 90), t = (frame / FRAMES) * Math.PI * 2, up = Math.sin(t) * 5;
  const body = mix(passage.land, { seal: [120, 116, 112], whale: [64, 84, 110], puffin: [30, 30, 38], serpent: [58, 110, 84] }[passage.creature] ?? [90, 90, 90], 0.75);
  const shade = (/** @type {number} */ _, /** @type {number} */ y) => mix(mix(body, [255, 255, 255], 0.3), mix(body, [0, 0, 0], 0.4), ramp(20, 84, y));
  if (passage.creature === 'whale') {
    sheet.fill(ellipse(76, 66 - up, 66, 30), shade).fill(ellipse(84, 84 - up, 50, 12), [206, 214, 220], 0.5);
    sheet.fill(polygon([[18, 62 - up], [2, 36 + up], [26, 44], [30, 58 - up]]), shade).fill(ellipse(122, 62 - up, 2.6, 2.6), [12, 12, 16]);
    for (let i = 0; i < 7; i++) sheet.fill(ellipse(104 + (i - 3) * (2 + frame), 26 - i * 2 + frame * 3, 3.4, 3.4), [236, 244, 250], 0.6);
  } else if (passage.creature === 'serpent') {
    for (let i = 4; i >= 0; i--) sheet.fill(ellipse(20 + i * 23, 70 + Math.sin(t + i) * 6, 16 - i * 0.5, 24), shade);
    sheet.fill(stroke(116, 66, 126, 26 + up, 15), shade).fill(ellipse(132, 24 + up, 15, 10), shade).fill(ellipse(136, 20 + up, 3, 3), [255, 226, 120]);
    sheet.fill(polygon([[120, 18 + up], [110, 4 + up], [128, 14 + up]]), [214, 110, 70]);
  } else if (passage.creature === 'puffin') {
    sheet.fill(ellipse(70, 62 + up, 26, 18), shade).fill(ellipse(78, 66 + up, 18, 13), [240, 240, 238]).fill(ellipse(96, 46 + up, 13, 13), shade).fill(ellipse(99, 47 + up, 9, 9), [240, 240, 238]);
    sheet.fill(polygon([[107, 40 + up], [124, 48 + up], [107, 55 + up]]), [236, 120, 44]).fill(ellipse(101, 44 + up, 2, 2), [20, 20, 24]);
    sheet.fill(polygon([[58, 58 + up], [30, 40 - up * 3], [74, 54 + up]]), mix(body, [0, 0, 0], 0.3));
  } else {
    sheet.fill(ellipse(64, 74 - up * 0.5, 50, 18), shade).fill(ellipse(104, 52 - up, 21, 22), shade).fill(ellipse(116, 58 - up, 10, 7), mix(body, [255, 255, 255], 0.5));
    sheet.fill(ellipse(110, 46 - up, 3.2, 3.6), [14, 14, 18]).fill(ellipse(122, 55 - up, 3, 2.2), [14, 14, 18]);
    for (const y of [58, 62]) sheet.fill(stroke(116, y - up, 134, y + 3 - up, 0.8), [240, 240, 240]);
  }
  for (let x = 14; x < 138; x += 8) sheet.fill(ellipse(x, 84 + Math.sin(x + frame) * 1.5, 7, 2.6), [236, 244, 248], 0.55);
  return sheet.png();
}

export function drawGull(/** @type {number} */ frame) {
  const sheet = new Sheet(64, 40), flap = Math.sin((frame / FRAMES) * Math.PI * 2) * 11;
  sheet.fill(polygon([[32, 20], [12, 14 - flap], [2, 18 - flap * 1.5], [26, 25]]), [216, 220, 226]).fill(polygon([[32, 20], [50, 13 - flap], [62, 17 - flap * 1.5], [38, 25]]), [236, 238, 242]);
  return sheet.fill(ellipse(33, 22, 11, 4.5), [250, 250, 250]).fill(ellipse(44, 20, 4, 3.6), [250, 250, 250]).fill(polygon([[47, 19], [53, 21], [47, 22]]), [240, 170, 60]).png();
}

/** A bell buoy, or what is left of a ship: the company of a reach. @param {Passage} passage */
export function drawCompany(passage, /** @type {string} */ kind, seed = '') {
  const s = new Stream(`${kind} ${passage.slug} ${seed}`);
  if (kind === 'buoy') {
    const sheet = new Sheet(60, 110), lean = s.between(-4, 4), hull = s.pick([[196, 46, 40], [44, 120, 74], [226, 178, 52]]);
    sheet.fill(ellipse(30, 100, 26, 6), [226, 238, 244], 0.5).fill(polygon([[8, 84], [52, 84], [44, 104], [16, 104]]), (x) => mix(hull, [0, 0, 0], x / 110)).fill(ellipse(30, 84, 22, 5), mix(hull, [255, 255, 255], 0.3));
    for (const x of [16, 44]) sheet.fill(stroke(x, 82, 30 + lean, 26, 3), [70, 70, 80]);
    return sheet.fill(polygon([[22 + lean, 44], [38 + lean, 44], [42 + lean, 60], [18 + lean, 60]]), [206, 166, 80]).fill(ellipse(30 + lean, 22, 7, 8), hull).fill(ellipse(30 + lean, 21, 3, 4), [255, 240, 200]).png();
  }
  const sheet = new Sheet(190, 130), grain = noise2(`wreck ${passage.slug} ${seed}`), wood = mix(passage.land, [112, 84, 62], 0.6);
  const planks = (/** @type {number} */ x, /** @type {number} */ y) => mix(wood, [10, 10, 14], 0.7 * fractal(grain, x / 40, y / 5, 3) + 0.2 * Number(Math.floor(y) % 9 === 0));
  const tilt = s.int(-10, 10);
  sheet.fill(ellipse(95, 120, 86, 8), [226, 238, 244], 0.45).fill(polygon([[10, 88 + tilt], [60, 78], [150, 70 - tilt], [182, 56 - tilt], [164, 118], [30, 120]]), planks);
  for (let i = 0; i < 5; i++) sheet.fill(stroke(30 + i * 28, 104, 22 + i * 28, 74 + s.int(-14, 8), 4), mix(wood, [0, 0, 0], 0.3));
  sheet.fill(stroke(96, 80, 84 + tilt, 10, 5), wood).fill(stroke(70 + tilt, 30, 112 + tilt, 24, 3), wood).fill(polygon([[74 + tilt, 32], [106 + tilt, 28], [98, 60], [82, 54]]), [196, 188, 168], 0.7);
  return sheet.png();
}

/** The light at the end of the passage, dark or burning. @param {Passage} passage */
export function drawLighthouse(passage, /** @type {boolean} */ lit) {
  const sheet = new Sheet(220, 320), s = new Stream(`tower ${passage.slug}`), grain = noise2(`tower stone ${passage.slug}`);
  const bands = s.pick([[190, 46, 40], [40, 44, 56], [36, 84, 120]]), count = s.int(4, 6);
  const stone = mix(passage.land, [112, 106, 100], 0.45);
  sheet.fill(ellipse(110, 310, 106, 9), [226, 238, 244], 0.5);
  sheet.fill(polygon([[6, 312], [34, 276], [70, 256], [150, 252], [190, 278], [214, 312]]), (x, y) => mix(mix(stone, passage.cloud, 0.35 * (1 - x / 220)), [8, 10, 16], 0.6 * fractal(grain, x / 18, y / 14, 4) + ramp(260, 320, y) * 0.3));
  sheet.fill(box(136, 222, 56, 34), [226, 218, 202]).fill(polygon([[130, 224], [164, 200], [198, 224]]), [92, 74, 70]);
  for (const x of [145, 168]) sheet.fill(box(x, 232, 10, 11), lit ? [255, 214, 130] : [60, 64, 76]);
  sheet.fill(polygon([[74, 260], [128, 260], [118, 74], [84, 74]]), (x, y) => {
    const band = Math.floor(((y - 74) / 186) * count) % 2 === 1 ? bands : [240, 234, 222];
    return mix(mix(band, passage.land, 0.18), [6, 8, 18], 0.5 * ramp(92, 128, x) + 0.12 * ramp(86, 74, x));
  });
  sheet.fill(box(76, 68, 50, 7), [40, 42, 52]).fill(box(86, 40, 30, 29), lit ? [255, 240, 180] : [84, 100, 112]);
  for (const x of [86, 100, 114]) sheet.fill(box(x, 40, 2, 29), [40, 42, 52]);
  sheet.fill(polygon([[80, 41], [101, 20], [122, 41]]), bands).fill(stroke(101, 20, 101, 10, 2), [40, 42, 52]);
  if (lit) for (const [r, a] of [[70, 0.1], [44, 0.16], [24, 0.35]]) sheet.fill(ellipse(101, 54, r, r * 0.7), [255, 238, 176], a);
  return sheet.png();
}
