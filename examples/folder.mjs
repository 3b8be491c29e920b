//! Keeps a generated site's folder equal to what its generator makes: called by the generators of the wiki and of the game.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Paths of all files below a folder. @returns {string[]} */
function standing(/** @type {string} */ folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true }).filter((e) => e.isFile()).map((e) => relative(folder, join(e.parentPath ?? e.path, e.name)));
}

/**
 * Writes a site into a folder and removes what is not part of it; what swarmfetch itself published there stays.
 * @param {string} folder
 * @param {Map<string, () => string | Buffer>} wanted path to a function that makes the file
 * @param {{sources: string[], drawn: RegExp}} options the folders that the generator's sources are in, and the files that are slow to make: those that stand
 *   are kept as long as the sources are the same
 */
export function writeFolder(folder, wanted, { sources, drawn }) {
  const hash = createHash('sha256');
  for (const source of sources) for (const file of standing(source).sort()) hash.update(readFileSync(join(source, file)));
  const stamp = `${process.version} ${hash.digest('hex')}\n`;
  const stampFile = `${folder.replace(/\/+$/, '')}.stamp`;
  const fresh = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
  for (const path of standing(folder)) {
    if (!wanted.has(path) && !path.startsWith('.well-known') && !/^swarmfetch(-sw)?\.js$/.test(path)) rmSync(join(folder, path));
  }
  let pages = 0, bytes = 0;
  for (const [path, make] of wanted) {
    const target = join(folder, path);
    if (fresh && drawn.test(path) && existsSync(target)) {
      bytes += statSync(target).size;
      continue;
    }
    const body = Buffer.from(make());
    mkdirSync(dirname(target), { recursive: true });
    if (!existsSync(target) || !readFileSync(target).equals(body)) writeFileSync(target, body);
    bytes += body.length;
    if (path.endsWith('.html')) pages += 1;
  }
  writeFileSync(stampFile, stamp);
  return { pages, files: wanted.size, bytes };
}
