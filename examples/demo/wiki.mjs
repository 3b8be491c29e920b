//! The wiki's part of the demonstration: three visitors who click around, the last of them while the origin sends nothing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pass, refuseContent } from '../../tests/browser/proxy.mjs';
import { Visitor } from '../../tests/browser/visitors.mjs';
import { writeSite } from '../wiki/generate.mjs';
import { routes } from './routes.mjs';

/** How long a visitor looks at a page, in milliseconds. */
const LOOK_MS = 350;

/** What plain visits do that the visitors do. */
export const same = 'the same clicks as plain visits';

/** How a person goes on. */
export const invitation = 'in a browser and click around. Anna, Ben and Clara stay.';

/** @param {string} folder */
export function compose(folder) {
  console.log('Composing the wiki (half a minute the first time) …');
  const { pages, files, bytes } = writeSite(folder);
  console.log(`${pages} pages, ${files} files, ${(bytes / 1e6).toFixed(1)} MB`);
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

/**
 * First the same clicks are made without a worker, to know what plain visits cost; then with it; then the origin stops sending content for the third visitor.
 * @param {import('../demo.mjs').Scene} scene
 */
export async function show({ folder, browser, proxy, board, sent, mark, redraw }) {
  const [annas, bens, claras] = routes((path) => readFileSync(join(folder, path.endsWith('/') ? `${path}index.html` : path), 'utf8'));

  board.say('Plain visits first: the same clicks without a worker.');
  for (const [name, route] of /** @type {[string, string[]][]} */ ([['anna', annas], ['ben', bens], ['clara', claras]])) {
    const visitor = await Visitor.arrive(browser, proxy.origin, { name, workers: false });
    await visitor.open('/');
    await walk(visitor, route);
    await visitor.leave();
  }
  board.plain = sent();
  mark();

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
    redraw();
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
  const before = sent();
  proxy.rule = refuseContent;
  const walked = await clicks(clara, claras);
  proxy.rule = pass;
  redraw();
  const after = sent();
  board.say(`Clara got ${walked.pages} pages with ${walked.parts} parts, ${walked.fromWorker} of them from the worker and none from the origin (${after.bytes - before.bytes} bytes of content).`);
}
