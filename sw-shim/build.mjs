//! Builds the two scripts that a site serves, into `target/worker/`: `swarmfetch.js` (the page's) and `swarmfetch-sw.js` (the worker's); and the two that take
//! their places when the swarm is switched off, `retired.js` and `retired-sw.js`.
//! `node build.mjs [OUT]`, after `wasm-bindgen --target web` has put the worker's wasm into `OUT/pkg`; `node build.mjs --page [OUT]` builds the page's
//! alone, which needs no wasm. `make size` says what they weigh and whether they may.

import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import binaryen from 'binaryen';
import { build } from 'esbuild';
import { minify } from 'terser';
import { OURS } from './names.mjs';
import { ravel } from './ravel.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values, positionals } = parseArgs({ options: { page: { type: 'boolean', default: false } }, allowPositionals: true });
const out = resolve(positionals[0] ?? join(here, '../target/worker'));

/** What `publish` replaces by the owner's settings as JSON. */
const PAGE_TOKEN = '/*SWARMFETCH-PAGE*/null';
/** What `publish` replaces by the site's id, root key and rules as JSON. */
const WORKER_TOKEN = '/*SWARMFETCH-SITE*/null';
/** What every browser with the features we need understands. */
const WASM_FEATURES = ['bulk-memory', 'mutable-globals', 'multivalue', 'nontrapping-float-to-int', 'reference-types', 'sign-ext'];

/**
 * Small, tried again until nothing gives. Nothing lies below 1 KiB: there rustc puts the far end of the stack. What has one caller stays a function
 * unless it is tiny: inlined, the code is shorter, but less alike and so larger when compressed.
 */
const WASM_PASSES = ['-Oz', '--low-memory-unused', '--converge', '--one-caller-inline-max-function-size=10'];

/** The module that wasm-bindgen's glue is to the wasm, and the one that binaryen makes of all of them. */
const GLUE_MODULE = './swarmfetch_worker_bg.js';
const MODULE = 'a';
/** All that is called or read from outside. What else wasm-bindgen exports is for values of JavaScript, of which none crosses. */
const EXPORTS = ['memory', 'call', 'lend', '__wbindgen_malloc'];

/**
 * Bundles and minifies one entry. Twice, because what esbuild leaves, terser makes smaller: it puts what is used once into its place.
 * @param {string} entry
 * @param {...string} last identifiers whose one place is behind all of the code: a compressor does better where what is unlike stays apart
 * @returns {Promise<string>}
 */
async function bundle(entry, ...last) {
  const { outputFiles } = await build({
    entryPoints: [join(here, entry)],
    // What the wasm's glue imports, and the glue itself; its loader by URL is not used.
    alias: {
      'swarmfetch-wasm': join(out, 'pkg/glue.js'),
      'swarmfetch-acts': join(here, 'boot/acts.js'),
    },
    define: { 'import.meta.url': 'undefined' },
    bundle: true,
    minify: true,
    write: false,
    logLevel: 'error',
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
  });
  const given = last.join();
  // Told that it is a module, terser knows that all of it is strict, and leaves out to say so. No function of ours is called with `new` or asks for `this`.
  const { code } = await minify(`((${given}) => {${outputFiles[0].text}})(${given})`, {
    ecma: 2020,
    module: true,
    compress: { passes: 3, unsafe_arrows: true },
    // All names in the list, also where the browser happens to have them elsewhere: a test sees to it that it does not here.
    mangle: { properties: { builtins: true, regex: new RegExp(`^(${OURS[entry]?.join('|')})$`) } },
  });
  if (code === undefined) throw new Error('terser gave nothing');
  return `'use strict';${code}`;
}

/**
 * Puts something in the one place of an identifier.
 * @param {string} text
 * @param {string} identifier
 * @param {string} what
 * @returns {string}
 */
function filled(text, identifier, what) {
  const parts = text.split(identifier);
  if (parts.length !== 2) throw new Error(`${identifier} stands ${parts.length - 1} times in the bundle, not once`);
  return parts.join(what);
}

/**
 * Puts a token in the place of an identifier; a minifier drops comments, so it goes in afterwards. In parentheses, because the JSON that
 * replaces it begins with a brace.
 * @param {string} text
 * @param {string} identifier
 * @param {string} token
 */
function withToken(text, identifier, token) {
  return filled(text, identifier, `(${token})`);
}

async function buildPage() {
  const text = withToken(await bundle('page.js'), '__SWARMFETCH_PAGE__', PAGE_TOKEN) + '\n';
  await writeFile(join(out, 'swarmfetch.js'), text);
}

/** What stands in the place of the two once the owner has switched the swarm off. */
async function buildRetired() {
  await writeFile(join(out, 'retired.js'), (await bundle('retired.js')) + '\n');
  await writeFile(join(out, 'retired-sw.js'), withToken(await bundle('retired-sw.js'), '__SWARMFETCH_SITE__', WORKER_TOKEN) + '\n');
}

/** Makes the wasm small, with its glue to fit, and returns it as `boot/unravel.js` wants it. */
async function strands() {
  const small = join(out, 'pkg/small.wasm');
  const features = WASM_FEATURES.map((name) => `--enable-${name}`);
  /** @param {string[]} args */
  const optimize = (args) => promisify(execFile)(process.execPath, [join(here, 'node_modules/binaryen/bin/wasm-opt'), ...features, ...args, '-o', small]);
  await writeFile(small, onlyNeeded(await readFile(join(out, 'pkg/swarmfetch_worker_bg.wasm'))));
  await optimize([...WASM_PASSES, small]);
  const { stdout } = await optimize(['--minify-imports-and-exports-and-modules', small]);
  const glue = await readFile(join(out, 'pkg/swarmfetch_worker.js'), 'utf8');
  await writeFile(join(out, 'pkg/glue.js'), renamed(glue, JSON.parse(stdout)));
  return ravel(await readFile(small));
}

/** The wasm with no other exports than are used. @param {Uint8Array} wasm */
function onlyNeeded(wasm) {
  const module = binaryen.readBinary(wasm);
  const names = Array.from({ length: module.getNumExports() }, (_, at) => binaryen.getExportInfo(module.getExportByIndex(at)).name);
  for (const name of names) if (!EXPORTS.includes(name)) module.removeExport(name);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

/**
 * The wasm's glue with the short names of what wasm and glue call of each other; the long ones have hashes in them.
 * @param {string} glue
 * @param {{ imports: [module: string, name: string, short: string][], exports: [name: string, short: string][] }} names
 */
function renamed(glue, { imports, exports }) {
  let text = glue;
  /** @param {RegExp} pattern @param {string} by */
  const replace = (pattern, by) => {
    if (!pattern.test(text)) throw new Error(`the glue has no ${pattern}`);
    text = text.replace(pattern, () => by);
  };
  // No values of JavaScript cross, so none needs a place, and nothing is to be done at the start.
  replace(/ +__wbindgen_init_externref_table: function\(\) \{[^}]+\},\n/, '');
  replace(/ +wasm\.__wbindgen_start\(\);\n/, '');
  // A view of the memory is soon made.
  replace(/let cachedUint8ArrayMemory0 = null;\n(function getUint8ArrayMemory0\(\) \{)[^]+?\n\}/, 'function getUint8ArrayMemory0() { return new Uint8Array(wasm.memory.buffer); }');
  replace(/ +cachedUint8ArrayMemory0 = null;\n/, '');
  /** @type {string[]} */
  const direct = [];
  for (const [module, name, short] of imports) {
    if (module === GLUE_MODULE) replace(new RegExp(`\\b${name}: function`), `${short}: function`);
    else direct.push(`${short}: ${new RegExp(`import \\* as (\\w+) from "${module}"`).exec(text)?.[1]}.${name}`);
  }
  for (const [name, short] of exports) replace(new RegExp(`\\bwasm\\.${name}\\b`, 'g'), `wasm.${short}`);
  const [missing] = /\bwasm\.\w{2,}/.exec(text) ?? [];
  if (missing) throw new Error(`the glue wants ${missing}, which is not among what is exported`);
  // It is given a module, and nothing else.
  replace(/if \(module !== undefined\) \{[^]+?\n {4}\}\n/, '');
  replace(/if \(!\(module instanceof WebAssembly.Module\)\) \{[^}]+\}/, '');
  // Once more after a trap: an instance of its own each time.
  replace(/(?<=function initSync\(module\) \{\s+)if \(wasm !== undefined\) return wasm;/, '');
  replace(/return \{\s+__proto__: null,\s+"\.\/swarmfetch_worker_bg\.js"[^}]+\}/, `return { ${MODULE}: { ...import0, ${direct.join(', ')} } }`);
  return text;
}

/** A literal, shorter than JSON's. A carriage return would be read as a line feed. @param {string} text */
function literal(text) {
  return `"${text.replace(/[\\"\n\r]/g, (c) => ({ '\n': '\\n', '\r': '\\r' })[c] ?? `\\${c}`)}"`;
}

async function buildWorker() {
  const { text, reader } = await strands();
  const bundled = withToken(await bundle('boot.js', '__SWARMFETCH_READER__', '__SWARMFETCH_WASM__'), '__SWARMFETCH_SITE__', WORKER_TOKEN);
  await writeFile(join(out, 'swarmfetch-sw.js'), filled(filled(bundled, '__SWARMFETCH_READER__', literal(reader)), '__SWARMFETCH_WASM__', literal(text)) + '\n');
}

await mkdir(out, { recursive: true });
await buildPage();
await buildRetired();
if (!values.page) await buildWorker();
