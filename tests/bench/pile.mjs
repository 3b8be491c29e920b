//! A made pile of files like those of a site, the same for the same seed: pages, styles, scripts, pictures, and some long files.
//!
//! By bytes 4 % pages, 3 % styles, 20 % scripts and 50 % pictures; the rest are downloads of up to 160 MB. Pictures and downloads are noise, as compressed
//! bytes are. Called by publish.mjs.
import { createCipheriv } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const KB = 1000;
/** What share of all bytes each kind has, and how long its files are, in bytes. */
const KINDS = [
  { folder: 'pages', end: 'html', share: 0.04, from: 4 * KB, to: 60 * KB },
  { folder: 'css', end: 'css', share: 0.03, from: 5 * KB, to: 150 * KB },
  { folder: 'js', end: 'js', share: 0.2, from: 5 * KB, to: 400 * KB },
  { folder: 'img', end: 'jpg', share: 0.5, from: 10 * KB, to: 500 * KB },
  { folder: 'files', end: 'zip', share: 0.23, from: 16_000 * KB, to: 160_000 * KB },
];
/** Files in one folder at most. */
const FOLDER_MAX = 250;
const WORDS = 'the of and a to in is was for on as by with at from that it an are which be this or were had not but one their has all its new first two other when after also some who can there than between over through under may these into such only'.split(' ');

/** Bytes that look random and are the same each time. @param {number} seed @returns {(count: number) => Buffer} */
function noise(seed) {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed);
  const stream = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  return (count) => stream.update(Buffer.alloc(count));
}

/** Text of words. @param {(count: number) => Buffer} draw @param {number} bytes */
function prose(draw, bytes) {
  const words = [...draw(Math.ceil(bytes / 4))].map((byte) => WORDS[byte % WORDS.length]);
  return words.join(' ').slice(0, bytes);
}

/** @param {(count: number) => Buffer} draw @param {number} bytes @param {number} place */
function page(draw, bytes, place) {
  const links = Array.from({ length: 30 }, (_, n) => `<li class="see"><a href="../${Math.floor((place + n) / FOLDER_MAX)}/${place + n}.html" title="Page ${place + n}">Page ${place + n}</a></li>`);
  const head = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Page ${place}</title><link rel="stylesheet" href="/css/0/${place % 20}.css"><script async src="/swarmfetch.js"></script><script src="/js/0/${place % 20}.js" defer></script></head><body><ul>${links.join('\n')}</ul>`;
  const parts = [head];
  for (let length = head.length, n = 0; length < bytes; n++) {
    const part = `<p class="text" id="p${n}">${prose(draw, 400)} <em>${n}</em> – <a href="#p${n}">¶</a></p>${n % 8 === 0 ? `<img src="/img/0/${(place + n) % 100}.jpg" alt="A picture" width="640" height="480">` : ''}\n`;
    parts.push(part);
    length += part.length;
  }
  return `${parts.join('')}</body></html>\n`;
}

/** @param {(count: number) => Buffer} draw @param {number} bytes */
function style(draw, bytes) {
  const rules = [];
  for (let length = 0, n = 0; length < bytes; n++) {
    const colour = draw(3).toString('hex');
    const rule = `.c${n} .part > a:hover { color: #${colour}; margin: 0 ${n % 40}px; border: 1px solid #${colour}; font: 1rem/1.5 sans-serif; transition: opacity 0.3s }\n${n % 50 === 0 ? `.b${n} { background: url("/img/0/${n % 100}.jpg") no-repeat }\n` : ''}`;
    rules.push(rule);
    length += rule.length;
  }
  return rules.join('');
}

/** @param {(count: number) => Buffer} draw @param {number} bytes @param {string} end @param {number} place */
function content(draw, bytes, end, place) {
  if (end === 'html') return page(draw, bytes, place);
  if (end === 'css') return style(draw, bytes);
  if (end === 'js') return `// ${place}\n${prose(draw, bytes)}\n`;
  return draw(bytes);
}

/**
 * Writes about so many bytes of files; their names and lengths.
 * @param {string} folder
 * @param {{ bytes: number, seed: number, without?: string[] }} setting kinds that are left out, by their folders' names: the others stay as they are
 */
export function pile(folder, { bytes, seed, without = [] }) {
  /** @type {{ name: string, bytes: number }[]} */
  const files = [];
  for (const [nth, { folder: kind, end, share, from, to }] of KINDS.entries()) {
    const draw = noise(seed * KINDS.length + nth);
    const longest = Math.max(from, Math.min(to, bytes * share));
    for (let left = bytes * share, place = 0; left > 0; place++) {
      // Most are short: evenly spread by logarithm.
      const length = Math.round(from * (longest / from) ** (draw(4).readUInt32LE() / 2 ** 32));
      left -= length;
      if (without.includes(kind)) continue;
      const name = `${kind}/${Math.floor(place / FOLDER_MAX)}/${place}.${end}`;
      const body = content(draw, length, end, place);
      mkdirSync(join(folder, dirname(name)), { recursive: true });
      writeFileSync(join(folder, name), body);
      files.push({ name, bytes: Buffer.byteLength(body) });
    }
  }
  return files;
}
