//! Must show f, the part that no clock decides: at a launch, with visitors who are all there for the first time, the game comes byte for byte and can be
//! played, however the worker is started, and who comes later takes from who came earlier. How fast is measured by `make bench`.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { launch } from './launch.mjs';
import { configure, game } from './sites.mjs';
import { Stage } from './stage.mjs';

/** How long a round of the game may take, in milliseconds. */
const END_MS = 120_000;

describe('at a launch of the game', () => {
  for (const start of ['load', 'early']) {
    it(`visitors who are there for the first time carry each other, with a worker started ${start === 'load' ? 'after the load' : 'early'}`, { timeout: 300_000 }, async (t) => {
      const site = game();
      const { config } = configure(site, { more: `start = "${start}"` });
      const stage = await Stage.open(site, { config, walk: false });
      try {
        const files = hashes(site.folder);
        /** @type {Map<string, Set<string>>} */
        const loaded = new Map();
        const play = async (/** @type {string[]} */ names, /** @type {number} */ speed) => {
          const { fared } = await launch(stage.browser, stage.proxy.origin, {
            names, overMs: 1_000, passages: 2, speed, endMs: END_MS,
            playing: async (visitor, played) => {
              loaded.set(visitor.name, same(visitor.name, await visitor.during(played), files));
            },
          });
          for (const { name, playable, over, failed, stats } of fared) {
            t.diagnostic(`${name}: playable after ${Math.round(playable ?? NaN)} ms; ${JSON.stringify(stats.bytes)}, uploaded ${stats.uploaded}`);
            assert(playable !== undefined, `the game of ${name} never became playable: ${failed}`);
            assert(over, `${name} did not get through the game: ${failed}`);
          }
          return fared;
        };

        await play(['first'], 12);
        // Slowly enough to meet the others before all is loaded.
        const later = await play(['second', 'third'], 5);

        for (const { name, stats } of later) assert(stats.bytes.peers > 0, `${name} had nothing from the others: ${JSON.stringify(stats)}`);
        const game = [...files.keys()].filter((path) => path.startsWith('/assets/') && path !== '/assets/icon.svg');
        for (const [name, urls] of loaded) assert.deepEqual(game.filter((path) => !urls.has(path)), [], `${name} played without some of the game`);
      } finally {
        await stage.close();
      }
    });
  }
});

/** SHA-256 of every file that a page may load, by its path in URLs. */
function hashes(/** @type {string} */ folder) {
  /** @type {Map<string, string>} */
  const out = new Map();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const file = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile()) out.set(`/${relative(folder, file)}`, createHash('sha256').update(readFileSync(file)).digest('hex'));
  }
  out.set('/', /** @type {string} */ (out.get('/index.html')));
  return out;
}

/** Fails unless all that a visitor got is what the files are; answers with what it was. @param {import('./visitors.mjs').Got[]} got @param {Map<string, string>} files */
function same(/** @type {string} */ name, got, files) {
  /** @type {Set<string>} */
  const paths = new Set();
  for (const { url, status, body } of got) {
    const { pathname } = new URL(url);
    if (/^\/(swarmfetch(-sw)?\.js|\.well-known\/)/.test(pathname)) continue;
    assert.equal(status, 200, `${name} got ${status} for ${pathname}: ${body}`);
    assert.equal(body, files.get(pathname), `${name} got other bytes for ${pathname}`);
    paths.add(pathname);
  }
  return paths;
}
