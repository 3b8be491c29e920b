//! The demonstration behind `make demo`: an example site, headless visitors, and a table of where their bytes came from; then an address to open.
//!
//!   node examples/demo.mjs [wiki|game] [--once] [--port 8080]
//!
//! It builds nothing: the binary is the release build (or `SWARMFETCH_BIN`), the browser Debian's Chromium, driven as in `tests/browser`. What the visitors do
//! is the example's own: `demo/wiki.mjs`, `demo/game.mjs`. Afterwards it keeps serving until Ctrl-C; `--once` ends after the round, with 1 if anything came
//! wrong. Not on a terminal it prints plain lines.
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Origin } from '../tests/browser/origin.mjs';
import { CountingProxy } from '../tests/browser/proxy.mjs';
import { openBrowser } from '../tests/browser/visitors.mjs';
import { Board } from './demo/board.mjs';
import * as game from './demo/game.mjs';
import * as wiki from './demo/wiki.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));

/** How often the table is drawn again when the round is over, in milliseconds. */
const REDRAW_MS = 1_000;

/**
 * What an example's round is played on.
 * @typedef {object} Scene
 * @property {string} folder the site
 * @property {import('playwright-core').Browser} browser
 * @property {CountingProxy} proxy
 * @property {Board} board
 * @property {() => import('./demo/board.mjs').Sent} sent what the origin sent of the site's content since the mark
 * @property {() => void} mark what was sent until now no longer counts
 * @property {() => void} redraw
 */

/** @type {Record<string, {same: string, invitation: string, compose: (folder: string) => void, show: (scene: Scene) => Promise<void>}>} */
const EXAMPLES = { wiki, game };

const { values, positionals } = parseArgs({ allowPositionals: true, options: { once: { type: 'boolean', default: false }, port: { type: 'string', default: '8080' } } });
const name = positionals[0] ?? 'wiki';
if (!Object.hasOwn(EXAMPLES, name) || positionals.length > 1) {
  console.error(`there is no such example; there are: ${Object.keys(EXAMPLES).join(', ')}`);
  process.exit(2);
}
const example = EXAMPLES[name];

/** Makes the site and its signing key where they are missing. @returns {string} the site's folder */
function prepare() {
  const folder = join(HERE, name, 'site');
  example.compose(folder);
  const key = join(HERE, name, 'swarmfetch-key.pem');
  if (!existsSync(key)) writeFileSync(key, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return folder;
}

/** Listens on the wanted port, or on any when that is taken. @param {CountingProxy} proxy */
async function listen(proxy, /** @type {number} */ port) {
  try {
    return await proxy.listen(port);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EADDRINUSE') throw error;
    return proxy.listen(0);
  }
}

async function main() {
  const folder = prepare();
  const origin = await Origin.start(folder, { config: join(HERE, name, 'swarmfetch.toml') });
  const proxy = await listen(new CountingProxy(origin.port), Number(values.port));
  proxy.contents.add(folder);
  const browser = await openBrowser();
  const end = async () => {
    await browser.close();
    await proxy.close();
    await origin.stop();
  };
  process.once('SIGINT', () => end().then(() => process.exit(0)));
  process.once('SIGTERM', () => end().then(() => process.exit(0)));

  const board = new Board(process.stdout, example.same);
  let from = 0;
  const sent = () => {
    const content = proxy.since(from, { content: true }).filter(({ status, bytes }) => status !== 0 && status !== 503 && bytes > 0);
    return { bytes: content.reduce((sum, { bytes }) => sum + bytes, 0), requests: content.length };
  };
  const redraw = () => board.show(sent());
  try {
    await example.show({ folder, browser, proxy, board, sent, mark: () => void (from = proxy.log.length), redraw });
    board.say(board.verdict(sent()));
    if (values.once) {
      await end();
      return 0;
    }
    board.say(`Now you: open ${proxy.origin}/ ${example.invitation} Ctrl-C ends it.`);
    for (;;) {
      await board.refresh();
      redraw();
      await new Promise((resolve) => setTimeout(resolve, REDRAW_MS));
    }
  } catch (error) {
    board.say(`The demonstration failed: ${/** @type {Error} */ (error).message}`);
    board.say(origin.output.trim().split('\n').slice(-5).join('\n'));
    await end();
    return 1;
  }
}

process.exitCode = await main();
