//! The sites that the tests visit: a small wiki, a folder of binary assets, and Debian's Python documentation where it is installed.
//! None of them is in the repository; each is made in a folder of its own and thrown away.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSite as writeGame } from '../../examples/game/generate.mjs';
import { writeSite } from '../../examples/wiki/generate.mjs';
import { Stream } from '../../examples/wiki/src/random.mjs';

/** The registration line. */
export const LINE = '<script async src="/swarmfetch.js"></script>';

/** Where Debian's packages python3.11-doc and debian-reference-en keep their pages. */
const PYTHON_DOC = '/usr/share/doc/python3.11/html';
const REFERENCE = '/usr/share/debian-reference';

/**
 * A site in a folder of its own.
 * @typedef {object} Site
 * @property {string} name
 * @property {string} folder
 * @property {string[]} pages a walk through it, beginning with the page that visitors arrive at
 * @property {() => void} remove
 */

/** A site that is filled by this, which answers with its walk. @param {(folder: string) => string[]} fill @returns {Site} */
export function make(/** @type {string} */ name, fill) {
  const base = mkdtempSync(join(tmpdir(), `swarmfetch-${name}-`));
  const folder = join(base, 'site');
  mkdirSync(folder);
  return { name, folder, pages: fill(folder), remove: () => rmSync(base, { recursive: true, force: true }) };
}

/** Five articles of each kind of the example wiki. */
export function wiki() {
  return make('wiki', (folder) => {
    writeSite(folder, 5);
    const articles = ['islands', 'lights', 'harbours', 'wrecks', 'passages', 'keepers'].map((kind) => readdirSync(join(folder, kind)).filter((file) => file !== 'index.html').sort().map((file) => `/${kind}/${file}`));
    return ['/', '/lights/', ...articles[1].slice(0, 3), '/islands/', ...articles[0].slice(0, 2), ...articles[2].slice(0, 2), articles[3][0], articles[4][0], articles[5][0]];
  });
}

/** Where the game is kept from run to run: drawing it takes a while. */
const GAMES = fileURLToPath(new URL('../../target/sites/', import.meta.url));

/** So many passages of the example game, which steers by itself. */
export function game(passages = 2) {
  return make('game', (folder) => {
    const kept = join(GAMES, `game-${passages}`);
    writeGame(kept, passages);
    cpSync(kept, folder, { recursive: true });
    return ['/?auto'];
  });
}

/** Sizes around the borders of chunk, group, whole-answer limit and segment, in bytes. */
const SIZES = [1, 1023, 1024, 1025, 16_383, 16_384, 16_385, 65_536, 100_000, 262_143, 262_144, 262_145, 600_000, 1_048_576, 1_048_577, 2_500_000];

/** Binary files of telling sizes under one page that loads all of them. */
export function assets() {
  return make('assets', (folder) => {
    const names = [];
    for (const [i, size] of SIZES.entries()) {
      const name = `data/${String(i).padStart(2, '0')}-${size}.${['bin', 'wasm', 'woff2', 'mp4'][i % 4]}`;
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      const s = new Stream(name);
      // The first half of them does not compress; the others do, as mesh or table data does.
      writeFileSync(join(folder, name), Uint8Array.from({ length: size }, (_, at) => (i % 2 ? (at >> 5) & 0xff : s.int(0, 255))));
      names.push(name);
    }
    writeFileSync(join(folder, 'data/empty.txt'), '');
    writeFileSync(join(folder, 'data/pack.json'), JSON.stringify(names));
    const load = `const names = ${JSON.stringify([...names, 'data/empty.txt', 'data/pack.json'])};
window.loaded = Promise.all(names.map(async (name) => [name, (await (await fetch('/' + name)).arrayBuffer()).byteLength]));
window.loaded.then((sizes) => { document.querySelector('output').textContent = sizes.length + ' files'; });`;
    writeFileSync(join(folder, 'load.js'), load);
    writeFileSync(join(folder, 'index.html'), `<!doctype html><title>Assets</title>${LINE}<h1>Assets</h1><output></output><a href="/play.html">Play</a>\n`);
    writeFileSync(join(folder, 'play.html'), `<!doctype html><title>Play</title>${LINE}<h1>Play</h1><output></output><script src="/load.js"></script>\n`);
    writeFileSync(join(folder, '_headers'), '/data/*\n  X-Asset: yes\n  Cache-Control: public, max-age=0, must-revalidate\n');
    return ['/', '/play.html'];
  });
}

/** One page, and a file of many segments whose bytes do not compress. @param {number} bytes */
export function long(bytes) {
  return make('long', (folder) => {
    writeFileSync(join(folder, 'index.html'), `<!doctype html><title>Long</title><link rel="icon" href="data:,">${LINE}<h1>Long</h1>\n`);
    writeFileSync(join(folder, 'long.bin'), randomBytes(bytes));
    return ['/'];
  });
}

/** One page, and so many files of one length whose bytes do not compress. @param {number} count @param {number} bytes */
export function files(count, bytes) {
  return make('files', (folder) => {
    writeFileSync(join(folder, 'index.html'), `<!doctype html><title>Files</title><link rel="icon" href="data:,">${LINE}<h1>Files</h1>\n`);
    for (let n = 0; n < count; n++) writeFileSync(join(folder, `${n}.bin`), randomBytes(bytes));
    return ['/'];
  });
}

/** One page with a player, and a sound of so many bytes: noise in stereo, 16 bits at 44,100 Hz, which no compression makes smaller. @param {number} bytes */
export function media(bytes) {
  return make('media', (folder) => {
    writeFileSync(join(folder, 'index.html'), `<!doctype html><title>Sound</title><link rel="icon" href="data:,">${LINE}<audio></audio>\n`);
    const sound = randomBytes(bytes);
    const head = Buffer.alloc(44);
    head.write('RIFF', 0);
    head.writeUInt32LE(bytes - 8, 4);
    head.write('WAVEfmt ', 8);
    [[16, 4], [1, 2], [2, 2], [44_100, 4], [176_400, 4], [4, 2], [16, 2]].reduce((at, [value, size]) => head.writeUIntLE(value, at, size), 16);
    head.write('data', 36);
    head.writeUInt32LE(bytes - 44, 40);
    head.copy(sound);
    writeFileSync(join(folder, 'sound.wav'), sound);
    return ['/'];
  });
}

/** A copy of an installed site, with the registration line in each page. @param {string} source @param {string} folder */
function copyWithLine(source, folder) {
  // Links lead to other packages' files; what those are not installed for is missing here as it is there.
  cpSync(source, folder, { recursive: true, dereference: true, filter: (file) => existsSync(file) });
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.html')) continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const text = readFileSync(file, 'latin1');
    writeFileSync(file, text.replace('</head>', `${LINE}</head>`), 'latin1');
  }
}

/** Debian's reference: chapters of up to 400 KB in one page each. */
export function reference() {
  return make('reference', (folder) => {
    copyWithLine(REFERENCE, folder);
    return ['/index.en.html', '/pr01.en.html', ...Array.from({ length: 12 }, (_, n) => `/ch${String(n + 1).padStart(2, '0')}.en.html`), '/apa.en.html'];
  });
}

/** Debian's Python documentation, some 500 pages. */
export function python() {
  return make('python', (folder) => {
    copyWithLine(PYTHON_DOC, folder);
    return ['/', '/tutorial/index.html', '/tutorial/appetite.html', '/tutorial/introduction.html', '/library/index.html', '/library/functions.html', '/library/zlib.html', '/library/asyncio-task.html', '/c-api/intro.html', '/whatsnew/3.11.html'];
  });
}

/**
 * What people read, small pages and large, each with the reason to skip it here.
 * @type {Record<string, {make: () => Site, skip: string | false}>}
 */
export const REAL = {
  wiki: { make: wiki, skip: false },
  python: { make: python, skip: existsSync(join(PYTHON_DOC, 'index.html')) ? false : 'python3.11-doc is not installed' },
  reference: { make: reference, skip: existsSync(join(REFERENCE, 'ch01.en.html')) ? false : 'debian-reference-en is not installed' },
};

/**
 * The sites that most tests go through, each with the reason to skip it here.
 * @type {{name: string, make: () => Site, skip: string | false}[]}
 */
export const SITES = [
  { name: 'the wiki', make: wiki, skip: false },
  { name: 'a folder of assets', make: assets, skip: false },
  { name: "Debian's python3.11-doc", ...REAL.python },
];

/**
 * Writes a configuration and a key beside a site; answers with the configuration's path and the key.
 * @param {Site} site
 */
export function configure(site, { share = ['/**'], privately = /** @type {string[]} */ ([]), more = '' } = {}) {
  const { privateKey } = generateKeyPairSync('ed25519');
  const base = dirname(site.folder);
  writeFileSync(join(base, 'swarmfetch-key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const config = join(base, 'swarmfetch.toml');
  writeFileSync(config, `dir = "site"\nsite = "00112233445566778899aabbccddeeff"\nkey = "swarmfetch-key.pem"\nshare = ${JSON.stringify(share)}\nprivate = ${JSON.stringify(privately)}\n${more}\n`);
  return { config, privateKey };
}
