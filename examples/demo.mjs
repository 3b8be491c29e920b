//! The demonstration behind `make demo`: the example wiki, three headless visitors who click around, and a table of where their bytes came from.
//!
//!   node examples/demo.mjs [--once] [--port 8080]
//!
//! It builds nothing: the binary is the release build (or `SWARMFETCH_BIN`), the browser Debian's Chromium, driven as in `tests/browser`. First the
//! same clicks are made without a worker, to know what plain visits cost; then with it; then the origin stops sending content for the third visitor.
//! Afterwards it keeps serving until Ctrl-C; `--once` ends after the round, with 1 if any page came wrong. Not on a terminal it prints plain lines.
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Origin } from '../tests/browser/origin.mjs';
import { CountingProxy, pass, refuseContent } from '../tests/browser/proxy.mjs';
import { Visitor, openBrowser } from '../tests/browser/visitors.mjs';
import { Board } from './demo/board.mjs';
import { routes } from './demo/routes.mjs';
import { writeSite } from './wiki/generate.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const WIKI = join(HERE, 'wiki');

/** How long a visitor looks at a page, in milliseconds. */
const LOOK_MS = 350;
/** How often the table is drawn again while nobody clicks, in milliseconds. */
const REDRAW_MS = 1_000;

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false }, port: { type: 'string', default: '8080' } } });

/** Makes the site and its signing key where they are missing. @returns {string} the site's folder */
function prepare() {
  const folder = join(WIKI, 'site');
  console.log('Composing the wiki (half a minute the first time) …');
  const { pages, files, bytes } = writeSite(folder);
  console.log(`${pages} pages, ${files} files, ${(bytes / 1e6).toFixed(1)} MB`);
  const key = join(WIKI, 'swarmfetch-key.pem');
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

/**
 * Walks one visitor along a route; answers with how many pages and parts came, and throws where one did not.
 * @param {Visitor} visitor
 * @param {string[]} route
 * @param {(path: string) => Promise<void>} [shown]
 */
async function walk(visitor, route, shown = async () => {}) {
  let parts = 0, fromWorker = 0;
  for (const path of route) {
    const got = (await visitor.follow(path)).filter((one) => one.kind !== 'other' && !one.url.endsWith('/swarmfetch.js'));
    const bad = got.find((one) => one.status !== 200 && one.status !== 304);
    if (bad) throw new Error(`${visitor.name} got ${bad.status || bad.body} for ${bad.url}`);
    parts += got.length;
    fromWorker += got.filter((one) => one.worker).length;
    await shown(path);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return { pages: route.length, parts, fromWorker };
}

/** What the origin sent of the site's content since a mark. @param {CountingProxy} proxy */
function sent(proxy, mark = 0) {
  const content = proxy.since(mark, { content: true }).filter(({ status, bytes }) => status !== 0 && status !== 503 && bytes > 0);
  return { bytes: content.reduce((sum, { bytes }) => sum + bytes, 0), requests: content.length };
}

async function main() {
  const folder = prepare();
  const origin = await Origin.start(folder, { config: join(WIKI, 'swarmfetch.toml') });
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

  const board = new Board(process.stdout);
  try {
    const [annas, bens, claras] = routes((path) => readFileSync(join(folder, path.endsWith('/') ? `${path}index.html` : path), 'utf8'));

    board.say('Plain visits first: the same clicks without a worker.');
    for (const [name, route] of /** @type {[string, string[]][]} */ ([['anna', annas], ['ben', bens], ['clara', claras]])) {
      const visitor = await Visitor.arrive(browser, proxy.origin, { name, workers: false });
      await visitor.open('/');
      await walk(visitor, route);
      await visitor.leave();
    }
    board.plain = sent(proxy);
    const mark = proxy.log.length;
    const redraw = async () => board.show(sent(proxy, mark));

    /** @returns {Promise<Visitor>} */
    const arrive = async (/** @type {string} */ name) => {
      const visitor = await Visitor.arrive(browser, proxy.origin, { name });
      await visitor.open('/');
      await visitor.controlled();
      board.add(visitor);
      return visitor;
    };
    const clicks = (/** @type {Visitor} */ visitor, /** @type {string[]} */ route) => walk(visitor, route, async (path) => {
      await board.clicked(visitor, path);
      await redraw();
    });

    board.say('Anna arrives and looks around; Ben comes a little later.');
    const anna = await arrive('anna');
    const half = annas.length >> 1;
    await clicks(anna, annas.slice(0, half));
    const walking = clicks(anna, annas.slice(half));
    const ben = await arrive('ben');
    await Promise.all([walking, clicks(ben, bens)]);

    board.say('Clara arrives. From now on the origin refuses to send content.');
    const clara = await arrive('clara');
    await clara.linked(2);
    await board.clicked(clara, '/');
    const before = sent(proxy, mark);
    proxy.rule = refuseContent;
    const walked = await clicks(clara, claras);
    proxy.rule = pass;
    await redraw();
    const after = sent(proxy, mark);
    board.say(`Clara got ${walked.pages} pages with ${walked.parts} parts, ${walked.fromWorker} of them from the worker and none from the origin (${after.bytes - before.bytes} bytes of content).`);
    board.say(board.verdict(after));
    if (values.once) {
      await end();
      return 0;
    }
    board.say(`Now you: open ${proxy.origin}/ in a browser and click around. Anna, Ben and Clara stay. Ctrl-C ends it.`);
    for (;;) {
      await board.refresh();
      await redraw();
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
