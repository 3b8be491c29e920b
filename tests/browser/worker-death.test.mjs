//! Must show e: the browser stops workers at will; no page notices, neither those who read nor those who pass on.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Stream } from '../../examples/wiki/src/random.mjs';
import { pass, refuseContent } from './proxy.mjs';
import { SITES } from './sites.mjs';
import { Stage } from './stage.mjs';

/** Milliseconds between two stops, at least and at most: often enough that most pages meet one. */
const STOP_EVERY_MS = [150, 900];

/** `SWARMFETCH_SEED` replays a run; the seed stands in every failure. */
const SEED = process.env.SWARMFETCH_SEED ?? String(Date.now());

/** Stops one of the visitors' workers after another until told to end. @param {import('./visitors.mjs').Visitor[]} visitors */
function stopAtRandom(visitors, /** @type {Stream} */ chance) {
  let going = true, stops = 0;
  const loop = (async () => {
    while (going) {
      await new Promise((resolve) => setTimeout(resolve, chance.between(STOP_EVERY_MS[0], STOP_EVERY_MS[1])));
      // A page between two documents cannot be asked; the next one can.
      if (going) await chance.pick(visitors).stopWorker().then(() => (stops += 1), () => {});
    }
  })();
  return async () => {
    going = false;
    await loop;
    return stops;
  };
}

for (const { name, make, skip } of SITES) {
  describe(`workers of ${name} stopped at random, seed ${SEED}`, { skip }, () => {
    /** @type {Stage} */ let stage;
    before(async () => {
      stage = await Stage.open(make());
    });
    after(() => stage?.close());

    it('three visitors who browse at once get every page', { timeout: 180_000 }, async (t) => {
      const chance = new Stream(`${SEED} browse ${name}`);
      const visitors = [await stage.settle('first'), await stage.settle('second'), await stage.settle('third')];
      const end = stopAtRandom(visitors, chance);
      try {
        await Promise.all(visitors.map(async (visitor, i) => {
          const s = new Stream(`${SEED} ${i}`);
          for (const path of s.shuffle(stage.site.pages)) stage.same(path, await visitor.follow(path));
        }));
      } finally {
        t.diagnostic(`${await end()} stops`);
      }
      for (const visitor of visitors) await visitor.leave();
    });

    it('the third gets what the others hold from a silent origin, all workers having been stopped between pages', { timeout: 180_000 }, async () => {
      const visitors = await stage.populate();
      const third = await stage.settle('last');
      await third.linked(2);
      const chance = new Stream(`${SEED} silent ${name}`);
      stage.proxy.rule = refuseContent;
      try {
        for (const path of stage.site.pages.slice(1)) {
          stage.same(path, await third.follow(path));
          await new Promise((resolve) => setTimeout(resolve, chance.between(0, 200)));
          await chance.pick([...visitors, third]).stopWorker();
        }
      } finally {
        stage.proxy.rule = pass;
      }
      const stats = await third.stats();
      assert(stats.bytes.peers > 0);
    });
  });
}
