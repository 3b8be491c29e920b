//! Writes the example site: an encyclopaedia of an invented archipelago, some 350 pages with about 450 pictures.
//!
//!   node examples/wiki/generate.mjs [--out DIR] [--only N]
//!
//! `--out` is `site/` beside this file unless given. `--only N` keeps the first N articles of each kind (tests use it for speed); links to the
//! others then lead to the site's own 404 page. The same arguments give the same bytes: a second run rewrites nothing that is right already.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeFolder } from '../folder.mjs';
import { drawChart } from './src/chart.mjs';
import { drawRhythm, drawStream, drawTide } from './src/diagrams.mjs';
import { KINDS } from './src/layout.mjs';
import { articles, category, frontPage, plainPages } from './src/pages.mjs';
import { drawHarbour, drawLight } from './src/view.mjs';
import { makeWorld } from './src/world.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));

const ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#17527c"/><path d="M13 27 14.4 12h3.2L19 27z" fill="#fff"/><path d="M13.4 20h5.2l.4 4h-6z" fill="#c33"/><circle cx="16" cy="9" r="3" fill="#ffd75e"/><path d="M13 9 2 6v6zM19 9l11-3v6z" fill="#ffd75e" opacity=".55"/></svg>\n';

/**
 * Every file of the site: path to a function that makes it, so that files that stand already can be skipped where drawing is slow.
 * @param {number} only
 * @returns {Map<string, () => string | Buffer>}
 */
export function files(only) {
  const world = makeWorld();
  const all = articles(world);
  /** @type {Record<string, number>} */
  const taken = {};
  const kept = all.filter((a) => (taken[a.subject.kind] = (taken[a.subject.kind] ?? 0) + 1) <= only);
  /** @type {Map<string, () => string | Buffer>} */
  const out = new Map();
  for (const file of ['wiki.css', 'search.js', '_headers']) out.set(file, () => readFileSync(join(HERE, 'static', file)));
  out.set('images/icon.svg', () => ICON);
  out.set('index.html', () => frontPage(world));
  for (const kind of KINDS) out.set(`${kind.kind}/index.html`, () => category(world, kind));
  for (const [path, html] of plainPages()) out.set(path, () => html);
  for (const page of kept) {
    out.set(page.path, () => page.html);
    for (const [, image] of page.html.matchAll(/<img src="\/([^"]+)"/g)) out.set(image, () => draw(image, world));
  }
  for (const [, image] of frontPage(world).matchAll(/<img src="\/([^"]+)"/g)) out.set(image, () => draw(image, world));
  out.set('search-index.json', () => `${JSON.stringify(kept.map((a) => [a.subject.name, `/${a.path}`, a.summary]))}\n`);
  return out;
}

/** The picture behind an address such as images/lights/vatna-head.svg. @param {import('./src/world.mjs').World} world */
function draw(/** @type {string} */ image, world) {
  const [, kind, file] = image.split('/');
  const [slug, type] = file.split('.');
  const find = (/** @type {any[]} */ list) => list.find((thing) => thing.slug === slug);
  if (kind === 'islands') return drawChart(find(world.islands), world.lights.filter((l) => l.island.slug === slug));
  if (kind === 'lights') return type === 'svg' ? drawRhythm(find(world.lights)) : drawLight(find(world.lights)).png;
  if (kind === 'harbours') return type === 'svg' ? drawTide(find(world.harbours)) : drawHarbour(find(world.harbours)).png;
  return drawStream(find(world.passages));
}

/**
 * Writes the site into a folder and removes what is not part of it.
 * @param {string} folder
 */
export function writeSite(folder, only = Infinity) {
  return writeFolder(folder, files(only), { sources: [join(HERE, 'src')], drawn: /\.png$/ });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { out: { type: 'string' }, only: { type: 'string' } } });
  const folder = values.out ?? join(HERE, 'site');
  const { pages, files: count, bytes } = writeSite(folder, values.only ? Number(values.only) : Infinity);
  console.log(`${folder}: ${pages} pages, ${count} files, ${(bytes / 1e6).toFixed(1)} MB`);
}
