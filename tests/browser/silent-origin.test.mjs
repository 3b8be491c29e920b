//! Must show a: after two visitors have browsed, the third gets every page from them while the origin sends no content.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { closeOnContent, pass, refuseContent } from './proxy.mjs';
import { SITES } from './sites.mjs';
import { Stage } from './stage.mjs';

for (const { name, make, skip } of SITES) {
  describe(`a silent origin of ${name}`, { skip }, () => {
    /** @type {Stage} */ let stage;
    before(async () => {
      stage = await Stage.open(make());
      await stage.populate();
    });
    after(() => stage?.close());

    for (const [how, rule] of /** @type {const} */ ([['closes the socket', closeOnContent], ['answers 503', refuseContent]])) {
      it(`that ${how} is not missed by the third visitor`, { timeout: 120_000 }, async (t) => {
        const third = await stage.settle(`third, ${how}`);
        await third.linked(2);
        const before = await third.stats();
        stage.proxy.rule = rule;
        try {
          for (const path of stage.site.pages.slice(1)) {
            const began = performance.now();
            stage.same(path, await third.follow(path));
            t.diagnostic(`${path} in ${Math.round(performance.now() - began)} ms`);
          }
          const stats = await third.stats();
          assert.equal(stats.bytes.origin, before.bytes.origin, 'bytes from an origin that sends none');
          assert(stats.bytes.peers > before.bytes.peers, 'nothing came from peers');
        } finally {
          stage.proxy.rule = pass;
        }
        await third.leave();
      });
    }
  });
}
