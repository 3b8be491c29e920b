//! The site that the cases are about: a folder for each case, one page in it, and the files that it names.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Stream } from '../../../examples/wiki/src/random.mjs';
import { LINE, configure } from '../sites.mjs';

/** Which files are shared: those right in a case's folder. What stands deeper is nobody's but the origin's. */
const SHARE = ['/*/*'];

/** Bytes that do not compress, different for each path. @returns {(path: string) => Buffer} */
export const noise = (/** @type {number} */ length) => (path) => {
  const stream = new Stream(path);
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) bytes[at] = stream.int(0, 255);
  return bytes;
};

/** Text that the host compresses on its way, different for each path. @returns {(path: string) => string} */
export const words = (/** @type {number} */ length) => (path) => `${path} ${'a light on every island, and a keeper for every light. '.repeat(Math.ceil(length / 55))}`.slice(0, length);

/** A page with the registration line. An icon of its own, so that the browser asks for none. */
export const page = (/** @type {string} */ body, head = '') => `<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">${head}${LINE}<body>${body}</body></html>\n`;

/**
 * Writes the site; answers with its folder and configuration.
 * @param {import('./theatre.mjs').Case[]} cases
 */
export function build(cases) {
  const base = mkdtempSync(join(tmpdir(), 'swarmfetch-transparency-'));
  const folder = join(base, 'site');
  let headers = '';
  const put = (/** @type {string} */ path, /** @type {import('./theatre.mjs').Content} */ content) => {
    const full = join(folder, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, typeof content === 'function' ? content(path) : content);
  };
  put('host/index.html', page('<h1>The tab that stays open</h1>'));
  // Without an extension, so that a path without one may be ours for all that the synchronous rules know.
  put('host/nameless', 'nameless');
  for (const { at, files = {}, headers: wanted = {}, html = '' } of cases) {
    put(`${at}/index.html`, page(`<h1>${at}</h1>${html}`));
    for (const [path, content] of Object.entries(files)) put(`${at}/${path}`, content);
    for (const [path, pairs] of Object.entries(wanted)) headers += `/${at}/${path}\n${Object.entries(pairs).map(([name, value]) => `  ${name}: ${value}\n`).join('')}`;
  }
  writeFileSync(join(folder, '_headers'), headers);
  const site = { name: 'transparency', folder, pages: [], remove: () => rmSync(base, { recursive: true, force: true }) };
  return { site, config: configure(site, { share: SHARE }).config };
}
