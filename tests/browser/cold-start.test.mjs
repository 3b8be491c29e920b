//! Must show d: a stopped worker answers a page that it holds without the origin hearing of it, in a browser with the features that users have.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Origin } from './origin.mjs';
import { CountingProxy } from './proxy.mjs';
import { SITES } from './sites.mjs';
import { Visitor, openPlainBrowser } from './visitors.mjs';

describe('a stopped worker', () => {
  for (const { name, make, skip } of SITES) {
    it(`answers a page of ${name} that it holds, and the origin gets no GET for it`, { skip, timeout: 60_000 }, async (t) => {
      const site = make();
      const origin = await Origin.start(site.folder);
      const proxy = await new CountingProxy(origin.port).listen();
      proxy.contents.add(site.folder);
      const { browser, close } = await openPlainBrowser();
      try {
        const context = browser.contexts()[0];
        const visitor = new Visitor('cold', proxy.origin, context, context.pages()[0] ?? (await context.newPage()));
        await visitor.open(site.pages[0]);
        await visitor.controlled();
        const held = site.pages[1];
        const first = await visitor.follow(held);
        assert(first.some((one) => one.worker), 'the worker did not answer the first visit');
        await visitor.follow(site.pages[0]);
        for (let round = 1; round <= 4; round++) {
          await visitor.stopWorker();
          const mark = proxy.log.length;
          const got = await visitor.open(held);
          const document = got.find((one) => one.kind === 'document');
          assert.equal(document?.worker, true, 'the document did not come from the worker');
          const asked = proxy.since(mark).filter(({ path }) => path === held);
          assert.deepEqual(asked.map(({ method, path }) => `${method} ${path}`), [], `round ${round}`);
          t.diagnostic(`round ${round}: the origin was asked for ${proxy.since(mark).map(({ path }) => path).join(' ') || 'nothing'}`);
          await visitor.follow(site.pages[0]);
        }
      } finally {
        await close();
        await proxy.close();
        await origin.stop();
        site.remove();
      }
    });
  }
});
