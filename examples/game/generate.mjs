//! Writes the example game: a voyage of eight passages, some 500 files, of which a few megabytes are needed before the first can be sailed.
//!
//!   node examples/game/generate.mjs [--out DIR] [--only N]
//!
//! `--out` is `site/` beside this file unless given. `--only N` keeps the first N passages (tests use it for speed). The same arguments give the same
//! bytes: a second run rewrites nothing that is right already.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeFolder } from '../folder.mjs';
import { course } from './src/courses.mjs';
import { PASSAGES, REACHES, REACH_LENGTH } from './src/passages.mjs';
import { drawIsles, drawSea, drawSky, drawTitle } from './src/scenery.mjs';
import { COMMON_EFFECTS, effect, music, weather } from './src/sounds.mjs';
import { drawBoat, drawCompany, drawCreature, drawGull, drawLighthouse, drawPickup, drawRock, FRAMES } from './src/sprites.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));

const ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#141c38"/><path d="M0 22q8-5 16 0t16 0v10H0z" fill="#2c4a7c"/><path d="m6 18 21-1-4 8H9z" fill="#a8322c"/><circle cx="21" cy="9" r="4" fill="#ffe9a8"/><path d="M20.3 9h1.4v9h-1.4z" fill="#6b5138"/></svg>\n';

/** @typedef {Map<string, () => string | Buffer>} Files path to what makes the file */

/** Numbered pictures of a movement. @returns {string[]} their paths @param {Files} out @param {(frame: number) => Buffer} draw */
function frames(out, /** @type {string} */ stem, draw, count = FRAMES) {
  return Array.from({ length: count }, (_, frame) => {
    out.set(`${stem}-${frame}.png`, () => draw(frame));
    return `${stem}-${frame}.png`;
  });
}

/** What every passage needs. @param {Files} out */
function common(out) {
  const at = (/** @type {string} */ path, /** @type {() => Buffer} */ make) => (out.set(path, make), path);
  return {
    title: at('assets/common/title.png', () => drawTitle(PASSAGES[0])),
    sprites: {
      boat: frames(out, 'assets/common/boat', drawBoat, 6),
      ...Object.fromEntries(['oil', 'mail', 'lantern'].map((kind) => [kind, frames(out, `assets/common/${kind}`, (frame) => drawPickup(kind, frame))])),
      gull: frames(out, 'assets/common/gull', drawGull),
    },
    sounds: Object.fromEntries(COMMON_EFFECTS.map((name) => [name, at(`assets/common/${name}.wav`, () => effect(name))])),
  };
}

/** One reach of a passage: what the game reads to sail it. @param {Files} out @param {import('./src/passages.mjs').Passage} passage */
function reach(out, passage, /** @type {number} */ number, /** @type {number} */ hard) {
  const folder = `assets/${passage.slug}/${number}`;
  const at = (/** @type {string} */ name, /** @type {() => Buffer | string} */ make) => (out.set(`${folder}/${name}`, make), `${folder}/${name}`);
  return {
    sky: at('sky.png', () => drawSky(passage, number)),
    isles: at('isles.png', () => drawIsles(passage, number)),
    sea: at('sea.png', () => drawSea(passage, number)),
    course: at('course.json', () => `${JSON.stringify(course(passage, number, hard))}\n`),
    sprites: {
      'rock-0': [at('rock-0.png', () => drawRock(passage, `${number} a`))],
      'rock-1': [at('rock-1.png', () => drawRock(passage, `${number} b`))],
      wreck: [at('wreck.png', () => drawCompany(passage, 'wreck', String(number)))],
    },
    sounds: {
      weather: at('weather.wav', () => weather(passage, number)),
      [number % 2 ? 'gull' : 'buoy']: at(`${number % 2 ? 'gull' : 'buoy'}.wav`, () => effect(number % 2 ? 'gull' : 'buoy', 0.9 + number * 0.05)),
    },
  };
}

/**
 * Every file of the site.
 * @param {number} only
 * @returns {Files}
 */
export function files(only) {
  /** @type {Files} */
  const out = new Map();
  for (const entry of readdirSync(join(HERE, 'static'), { withFileTypes: true, recursive: true })) {
    const file = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile()) out.set(file.slice(join(HERE, 'static').length + 1), () => readFileSync(file));
  }
  out.set('assets/icon.svg', () => ICON);
  const passages = PASSAGES.slice(0, only).map((passage, i) => {
    const folder = `assets/${passage.slug}`;
    const reaches = Array.from({ length: REACHES }, (_, number) => reach(out, passage, number, i / (PASSAGES.length - 1)));
    out.set(`${folder}/ground.wav`, () => music(passage, 'ground'));
    out.set(`${folder}/tune.wav`, () => music(passage, 'tune'));
    for (const lit of [false, true]) out.set(`${folder}/${lit ? 'lit' : 'dark'}.png`, () => drawLighthouse(passage, lit));
    const sprites = {
      dark: [`${folder}/dark.png`], lit: [`${folder}/lit.png`],
      creature: frames(out, `${folder}/creature`, (frame) => drawCreature(passage, frame)),
      buoy: frames(out, `${folder}/buoy`, () => drawCompany(passage, 'buoy'), 1),
    };
    const voice = `${folder}/${passage.creature}.wav`;
    out.set(voice, () => effect(passage.creature, 0.85 + i * 0.05));
    const { name, light, story, dark, creature, far } = passage;
    const told = { name, light, story, dark, creature, fog: far, ground: `${folder}/ground.wav`, tune: `${folder}/tune.wav`, voice, sprites, reaches };
    out.set(`${folder}/passage.json`, () => `${JSON.stringify(told)}\n`);
    return { name, path: `${folder}/passage.json` };
  });
  const shared = common(out);
  out.set('assets/game.json', () => `${JSON.stringify({ reach: REACH_LENGTH, ...shared, passages })}\n`);
  return out;
}

/** Writes the site into a folder and removes what is not part of it. @param {string} folder */
export function writeSite(folder, only = Infinity) {
  return writeFolder(folder, files(only), { sources: [join(HERE, 'src'), join(HERE, '../wiki/src')], drawn: /\.(png|wav)$/ });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { out: { type: 'string' }, only: { type: 'string' } } });
  const folder = values.out ?? join(HERE, 'site');
  const { files: count, bytes } = writeSite(folder, values.only ? Number(values.only) : Infinity);
  console.log(`${folder}: ${count} files, ${(bytes / 1e6).toFixed(1)} MB`);
}
