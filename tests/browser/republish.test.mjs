//! Must show g: what the owner changes is seen within the freshness period, and no page is put together from two versions.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { versionOf } from './origin.mjs';
import { LINE, configure } from './sites.mjs';
import { Stage } from './stage.mjs';

/** Seconds; the default is a minute. */
const FRESHNESS = 2;

/** Seconds between editions under reading visitors: long enough that all have the last one whole, since what nobody holds only the origin can give,
 * and that gives the newest. */
const EDITION_EVERY = 3 * FRESHNESS;

/** Pages that may be of the edition before while the head, and what it names, are on their way: no page waits longer than 300 ms for them. */
const LATE_PAGES_MAX = 20;

/** How long `serve` may take to notice a change, in milliseconds. */
const NOTICE_MS_MAX = 15_000;

/** Five files that each name their edition. */
function write(/** @type {string} */ folder, /** @type {number} */ edition) {
  const page = (/** @type {string} */ title) => `<!doctype html><title>${title}</title><link rel="stylesheet" href="/style.css">${LINE}
<h1 data-edition="${edition}">Edition ${edition}</h1><a href="/">Start</a> <a href="/page.html">Page</a><script src="/script.js"></script>\n`;
  writeFileSync(join(folder, 'style.css'), `:root { --edition: ${edition}; }\n`);
  writeFileSync(join(folder, 'data.json'), `{"edition":${edition},"text":"${'of no weight '.repeat(300)}"}\n`);
  writeFileSync(join(folder, 'script.js'), `window.edition = ${edition};\nwindow.loaded = fetch('/data.json').then((answer) => answer.json()).then((data) => (window.data = data.edition));\n`);
  writeFileSync(join(folder, 'index.html'), page('Start'));
  writeFileSync(join(folder, 'page.html'), page('Page'));
}

/** What a loaded page is made of: the edition of its document, style, script and data. @param {import('./visitors.mjs').Visitor} visitor @returns {Promise<number[]>} */
async function editions(visitor) {
  return visitor.page.evaluate(() => [
    Number(document.querySelector('h1')?.dataset.edition), Number(getComputedStyle(document.documentElement).getPropertyValue('--edition')),
    /** @type {any} */ (window).edition, /** @type {any} */ (window).data,
  ]);
}

describe('a page that is published again', () => {
  /** @type {Stage} */ let stage;
  let folder = '';
  let edition = 1;
  /** The version that the origin's head names. */
  const version = async () => versionOf(await (await fetch(`http://127.0.0.1:${stage.origin.port}/.well-known/swarmfetch/head`)).text());
  /** Writes the next edition and waits until `serve` has published it. */
  const next = async () => {
    const before = await version();
    write(folder, (edition += 1));
    const deadline = performance.now() + NOTICE_MS_MAX;
    while ((await version()) <= before) {
      assert(performance.now() < deadline, `serve has not published edition ${edition}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  /** Goes to a page when the freshness period is over: it is new, or whole of the edition before if the head was late, and then one soon after is new. */
  const followToNewest = async (/** @type {import('./visitors.mjs').Visitor} */ visitor, /** @type {string} */ path) => {
    for (let late = 0; ; late++) {
      await visitor.follow(path);
      const made = await editions(visitor);
      if (made.every((one) => one === edition)) return;
      const where = `${path} for the ${visitor.name} visitor`;
      assert.deepEqual(made, Array(4).fill(edition - 1), where);
      assert(late < LATE_PAGES_MAX, `${where} stays as it was`);
    }
  };
  const settled = () => new Promise((resolve) => setTimeout(resolve, FRESHNESS * 1000 + 300));

  before(async () => {
    const base = mkdtempSync(join(tmpdir(), 'swarmfetch-editions-'));
    folder = join(base, 'site');
    mkdirSync(folder);
    write(folder, edition);
    const site = { name: 'editions', folder, pages: ['/', '/page.html'], remove: () => rmSync(base, { recursive: true, force: true }) };
    const { config } = configure(site, { more: `freshness = "${FRESHNESS}s"` });
    stage = await Stage.open(site, { config, walk: false });
  });
  after(() => stage?.close());

  it('is seen by every visitor once the freshness period is over', { timeout: 60_000 }, async () => {
    const visitors = [await stage.settle('first'), await stage.settle('second')];
    for (const visitor of visitors) {
      await visitor.follow('/page.html');
      assert.deepEqual(await editions(visitor), Array(4).fill(edition));
    }
    for (let round = 0; round < 2; round++) {
      await next();
      await settled();
      for (const visitor of visitors) {
        for (const path of ['/', '/page.html']) await followToNewest(visitor, path);
      }
    }
    for (const visitor of visitors) await visitor.leave();
  });

  it('does not change under a document that is open', { timeout: 60_000 }, async () => {
    const visitor = await stage.settle('reader');
    await visitor.follow('/');
    await visitor.follow('/page.html');
    const began = edition;
    await next();
    await settled();
    const again = await visitor.page.evaluate(async () => (await (await fetch('/data.json')).json()).edition);
    assert.equal(again, began, 'the open document got the data of another edition');
    await followToNewest(visitor, '/');
    await visitor.leave();
  });

  it('is never a mixture, while editions follow one another under reading visitors', { timeout: 90_000 }, async (t) => {
    const visitors = [await stage.settle('first'), await stage.settle('second')];
    for (const visitor of visitors) for (const path of ['/page.html', '/', '/page.html']) await visitor.follow(path);
    let reading = true;
    const publishing = (async () => {
      while (reading) {
        await next();
        await new Promise((resolve) => setTimeout(resolve, EDITION_EVERY * 1000));
      }
    })();
    const seen = new Set();
    try {
      await Promise.all(visitors.map(async (visitor) => {
        for (let load = 0; load < 40; load++) {
          await visitor.follow(load % 2 ? '/page.html' : '/');
          const made = await editions(visitor);
          assert(made.every((one) => one === made[0]), `load ${load} of the ${visitor.name} visitor is made of editions ${made.join(', ')}`);
          seen.add(made[0]);
          await new Promise((resolve) => setTimeout(resolve, 150));
        }
      }));
    } finally {
      reading = false;
      await publishing;
    }
    t.diagnostic(`${seen.size} editions were seen`);
    assert(seen.size >= 3, `only editions ${[...seen].join(', ')} were seen`);
    for (const visitor of visitors) await visitor.leave();
  });
});
