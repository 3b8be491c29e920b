//! The site that is read: an encyclopaedia of so many pages, each with pictures of its own and links to others, drawn by Zipf's law.
//!
//! Documents have 5 to 80 KB, pictures 10 to 200, both evenly on a logarithmic scale. A link stands in every half kilobyte of text and leads to the n-th page in
//! proportion to 1/n, so a reader who follows any link of a page reads by Zipf's law, too, and pages have neighbours, as real ones have. Drawn once for each number
//! of pages, and the same on every machine.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rgbPng } from '../../../examples/wiki/src/png.mjs';
import { Stream } from '../../../examples/wiki/src/random.mjs';
import { LINE } from '../../browser/sites.mjs';

const KEPT = fileURLToPath(new URL('../../../target/sites/', import.meta.url));

/** In bytes: smallest and largest. */
const DOCUMENT = [5_000, 80_000];
const PICTURE = [10_000, 200_000];
/** Pictures of a page, at most. */
const PICTURES_MAX = 4;
/** A link in so many bytes of text. */
const LINK_EVERY = 500;
/** Changed whenever what is drawn changes. */
const EDITION = 1;

/** What every page loads beside. */
const COMMON = ['/style.css', '/site.js'];

/**
 * One page.
 * @typedef {object} Page
 * @property {string} path
 * @property {string[]} parts all that a visit asks for, the document first
 * @property {string[]} links where its anchors lead, in their order
 */

/**
 * @typedef {object} Library
 * @property {string} name
 * @property {string} folder to be copied, not written to
 * @property {string[]} pages where a visit begins
 * @property {Map<string, Page>} contents by path
 * @property {Map<string, number>} bytes of each file, by path
 */

/** @param {Stream} s @param {number[]} range */
const size = (s, [least = 0, most = 0]) => Math.round(least * (most / least) ** s.next());

/** Draws ranks by Zipf's law with exponent 1. @param {number} count */
function zipf(count) {
  /** @type {number[]} */
  const sums = [];
  for (let rank = 1; rank <= count; rank++) sums.push((sums.at(-1) ?? 0) + 1 / rank);
  return (/** @type {Stream} */ s) => {
    const at = s.next() * (sums.at(-1) ?? 0);
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {number} */ (sums[middle]) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

const SYLLABLES = 'ba de fi go ku la me ni po ru sa te vi wo xa ze bri cla dro fle gri plo sta tri'.split(' ');

/** Some thousand words, common ones more often. */
function vocabulary() {
  const s = new Stream('words');
  const words = Array.from({ length: 4000 }, () => Array.from({ length: s.int(1, 4) }, () => s.pick(SYLLABLES)).join(''));
  const draw = zipf(words.length);
  return (/** @type {Stream} */ from) => /** @type {string} */ (words[draw(from)]);
}

/** Noise that no compression makes smaller. @param {Stream} s @param {number} bytes */
function picture(s, bytes) {
  const side = Math.max(8, Math.round(Math.sqrt(bytes / 3)));
  return { side, png: rgbPng(side, side, Uint8Array.from({ length: 3 * side * side }, () => s.state ^ (s.next() * 256))) };
}

/**
 * @param {number} count of pages
 * @returns {Library}
 */
export function library(count) {
  const folder = join(KEPT, `reading-${count}-${EDITION}`);
  const index = `${folder}.json`;
  if (!existsSync(index)) {
    rmSync(folder, { recursive: true, force: true });
    const { pages, bytes } = write(folder, count);
    writeFileSync(index, JSON.stringify({ pages, bytes: [...bytes] }));
  }
  /** @type {{ pages: Page[], bytes: [string, number][] }} */
  const { pages, bytes } = JSON.parse(readFileSync(index, 'utf8'));
  return { name: 'reading', folder, pages: ['/'], contents: new Map(pages.map((page) => [page.path, page])), bytes: new Map(bytes) };
}

/** @param {string} folder @param {number} count */
function write(folder, count) {
  /** @type {Map<string, number>} */
  const bytes = new Map();
  const put = (/** @type {string} */ path, /** @type {string | Buffer} */ body) => {
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, body);
    bytes.set(path, Buffer.byteLength(body));
  };
  put('/style.css', `body { max-width: 50rem; margin: 2rem auto; font: 1rem/1.5 serif }\nimg { float: right; margin: 1rem; max-width: 20rem; height: auto }\n${'/* in the long run */\n'.repeat(200)}`);
  put('/site.js', `document.documentElement.dataset.read = 'yes';\n${'// in the long run\n'.repeat(400)}`);
  writeFileSync(join(folder, '_headers'), '/*\n  Cache-Control: max-age=600\n');
  const word = vocabulary();
  const rank = zipf(count);
  const pathOf = (/** @type {number} */ n) => `/read/${n}.html`;
  /** @type {Page[]} */
  const pages = [];
  for (let n = -1; n < count; n++) {
    const path = n < 0 ? '/' : pathOf(n);
    const s = new Stream(`page ${n}`);
    const wanted = size(s, DOCUMENT);
    const images = Array.from({ length: s.int(0, PICTURES_MAX) }, (_, i) => `/images/${n < 0 ? 'front' : n}-${i}.png`);
    const tags = images.map((image) => {
      const drawn = picture(s, size(s, PICTURE));
      put(image, drawn.png);
      return `<img src="${image}" width="${drawn.side}" height="${drawn.side}" alt="">`;
    });
    const links = [];
    let text = '';
    while (text.length < wanted) {
      let paragraph = '';
      while (paragraph.length < LINK_EVERY) paragraph += `${word(s)} `;
      let to = rank(s);
      while (to === n) to = rank(s);
      links.push(pathOf(to));
      text += `<p>${paragraph}<a href="${pathOf(to)}">${word(s)}</a>.</p>\n`;
      if (s.chance(0.2) || text.length >= wanted) text += tags.shift() ?? '';
    }
    text += tags.join('');
    put(path, `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${word(s)}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css"><script defer src="/site.js"></script>${LINE}</head><body><h1>${word(s)}</h1>\n${text}</body></html>\n`);
    pages.push({ path, parts: [path, ...COMMON, ...images], links });
  }
  return { pages, bytes };
}
