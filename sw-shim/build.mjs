//! Builds the two scripts that a site serves, into `target/worker/`: `swarmfetch.js` (the page's) and `swarmfetch-sw.js` (the worker's).
//! `node build.mjs [OUT]`. The sizes are limits of the product: past them the build fails.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, '../target/worker'));

/** The page script's size at most, in bytes: every visitor loads it on every page. */
const PAGE_BYTES_MAX = 10 * 1024;
/** What `publish` replaces by the owner's settings as JSON. */
const PAGE_TOKEN = '/*SWARMFETCH-PAGE*/null';

/**
 * Bundles and minifies one entry.
 * @param {string} entry
 * @returns {Promise<string>}
 */
async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [join(here, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
  });
  return outputFiles[0].text.trimEnd();
}

/**
 * Puts a token in the place of an identifier; a minifier drops comments, so it goes in afterwards. In parentheses, because the JSON that
 * replaces it begins with a brace.
 * @param {string} text
 * @param {string} identifier
 * @param {string} token
 * @returns {string}
 */
function withToken(text, identifier, token) {
  const parts = text.split(identifier);
  if (parts.length !== 2) throw new Error(`${identifier} stands ${parts.length - 1} times in the bundle, not once`);
  return parts.join(`(${token})`);
}

async function buildPage() {
  const text = withToken(await bundle('page.js'), '__SWARMFETCH_PAGE__', PAGE_TOKEN) + '\n';
  const bytes = Buffer.byteLength(text);
  if (bytes > PAGE_BYTES_MAX) throw new Error(`swarmfetch.js has ${bytes} bytes; ${PAGE_BYTES_MAX} are allowed`);
  await writeFile(join(out, 'swarmfetch.js'), text);
}

await mkdir(out, { recursive: true });
await buildPage();
