//! Must show b: with a willing origin, what both others hold comes from them, nearly once, and `stats()` tells it as the proxy saw it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SITES } from './sites.mjs';
import { Stage } from './stage.mjs';

/** The most that the origin may send of labelled content that both others hold, and that may come twice, as shares of its size. */
const ORIGIN_SHARE_MAX = 0.15;
const TWICE_SHARE_MAX = 0.1;
/** How far `stats()` may be from what the proxy and the page saw, as a share. */
const STATS_SHARE_MAX = 0.05;

describe('with a willing origin', () => {
  for (const { name, make, skip } of SITES) {
    it(`the third visitor of ${name} is served by the others`, { skip, timeout: 180_000 }, async (t) => {
      const stage = await Stage.open(make());
      try {
        await stage.populate();
        const third = await stage.settle('third');
        await third.linked(2);
        const pages = stage.site.pages.slice(1);
        const size = stage.labelled(pages, stage.site.pages.slice(0, 1));
        const mark = stage.proxy.log.length;
        const before = await third.stats();
        let delivered = 0;
        /** What the browser may have answered from its own memory instead of asking the worker again, in bytes. */
        let kept = 0;
        const seen = new Set();
        for (const path of pages) {
          const got = await third.follow(path);
          stage.same(path, got);
          for (const one of got.filter(({ worker }) => worker)) {
            delivered += one.length;
            if (seen.has(one.url) && one.headers.some(([header, value]) => header === 'cache-control' && /max-age=[1-9]/.test(value))) kept += one.length;
            seen.add(one.url);
          }
        }
        const stats = await third.stats();
        const gained = (/** @type {string} */ source) => stats.bytes[source] - before.bytes[source];
        const origin = stage.proxy.since(mark, { content: true }).reduce((sum, passed) => sum + passed.bytes, 0);
        const share = (/** @type {number} */ bytes) => `${bytes} bytes, ${((100 * bytes) / size).toFixed(1)} %`;
        const twice = Math.max(0, origin + gained('peers') - size);
        t.diagnostic(`labelled ${size} bytes; origin ${share(origin)}; peers ${share(gained('peers'))}; twice ${share(twice)}; delivered ${delivered}; stats ${JSON.stringify(stats)}`);
        assert(origin <= size * ORIGIN_SHARE_MAX, `the origin sent ${share(origin)}`);
        assert(twice <= size * TWICE_SHARE_MAX, `${share(twice)} came twice`);
        assert(Math.abs(gained('origin') - origin) <= size * STATS_SHARE_MAX, `stats() counts ${gained('origin')} from the origin, the proxy ${origin}`);
        const told = gained('cache') + gained('peers') + gained('mirrors') + gained('origin');
        const slack = delivered * STATS_SHARE_MAX;
        assert(told >= delivered - kept - slack && told <= delivered + slack, `stats() counts ${told} in all, the page got ${delivered}, of which the browser may have kept ${kept}`);
      } finally {
        await stage.close();
      }
    });
  }
});
