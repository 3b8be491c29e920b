//! F28, must show d: the browser is killed while it stores what it loads. Started again on the same profile it serves no byte that is not verified.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { assets, wiki } from './sites.mjs';
import { Stage } from './stage.mjs';
import { Visitor, openPlainBrowser } from './visitors.mjs';

/** How often the browser is killed, for each site; `make deaths` does it more often. */
const KILLS = Number(process.env.SWARMFETCH_KILLS ?? 3);
/** `SWARMFETCH_SEED` replays the choice of moments. */
const SEED = Number(process.env.SWARMFETCH_SEED ?? Date.now() % 1e9);
/** The latest moment after the click, in milliseconds: a page and its parts are loaded and stored by then. */
const MOMENT_MS_MAX = 900;

for (const [name, make] of /** @type {const} */ ([['the wiki', wiki], ['a folder of assets', assets]])) {
  describe(`a browser killed while it stores ${name}, seed ${SEED}`, () => {
    it('serves nothing false afterwards', { timeout: 60_000 + 30_000 * KILLS }, async (t) => {
      const stage = await Stage.open(make());
      const profile = mkdtempSync(join(tmpdir(), 'swarmfetch-profile-'));
      /** @type {Awaited<ReturnType<typeof openPlainBrowser>> | undefined} */ let browser;
      let state = SEED;
      const below = (/** @type {number} */ n) => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 12) % n;
      let held = 0;
      try {
        for (let kill = 0; kill <= KILLS; kill++) {
          browser = await openPlainBrowser({ profile });
          const context = /** @type {import('playwright-core').BrowserContext} */ (browser.browser.contexts()[0]);
          const visitor = new Visitor(`after ${kill} kills`, stage.proxy.origin, context, context.pages()[0] ?? (await context.newPage()));
          for (const path of stage.site.pages.slice(0, 4)) stage.same(path, await visitor.open(path));
          await visitor.controlled();
          held = Math.max(held, (await visitor.stats()).requests.cache);
          if (kill === KILLS) break;
          // What is stored is thrown away, so that there is something to store again; every second time it is not.
          if (kill % 2 === 0) await visitor.page.evaluate(async () => {
            for (const name of await caches.keys()) await caches.delete(name);
          });
          const loading = visitor.open(/** @type {string} */ (stage.site.pages[1 + below(stage.site.pages.length - 1)]));
          loading.catch(() => {});
          await new Promise((resolve) => setTimeout(resolve, below(MOMENT_MS_MAX)));
          await browser.kill();
          await loading.catch(() => {});
        }
        assert(held > 0, 'nothing ever came from the store');
        t.diagnostic(`${KILLS} kills; ${held} answers from the store`);
      } finally {
        await browser?.close();
        await stage.close();
        rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
      }
    });
  });
}
