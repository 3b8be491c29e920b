//! A tab that was just opened, before its page could say hello: where the origin fails, it has from others what its first script asks for.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { hold } from '../bench/pairs/pair.mjs';
import { LINE, files } from './sites.mjs';
import { Stage } from './stage.mjs';

const TAB = '/tab.html';
/** Its first script asks for what its address names, once. */
const ASKS = `<!doctype html><title>Tab</title><link rel="icon" href="data:,">${LINE}<script>
window.got = fetch(location.hash.slice(1)).then(async (answer) => ({ status: answer.status, bytes: [...new Uint8Array(await answer.arrayBuffer())] }));
</script>
`;

describe('a new tab asks before it has said hello', () => {
  for (const [n, awake] of [false, true].entries()) {
    it(`for what the origin refuses and another visitor holds, the worker ${awake ? 'awake' : 'stopped'}`, { timeout: 60_000 }, async () => {
      const site = files(2, 20_000);
      writeFileSync(join(site.folder, TAB), ASKS);
      const path = `/${n}.bin`;
      const stage = await Stage.open(site, { walk: false });
      try {
        const holder = await stage.settle('holder');
        await hold(holder, path);
        const visitor = await stage.arrive('comes');
        await visitor.open('/');
        await visitor.controlled();
        await visitor.until('a version', ({ version }) => version > 0);
        await hold(visitor, TAB);
        await visitor.page.goto('about:blank');
        if (!awake) await visitor.stopWorker();
        stage.proxy.rule = (asked) => (asked.path === path ? { status: 503, body: 'refused\n' } : undefined);
        const page = await visitor.context.newPage();
        await page.goto(`${visitor.origin}${TAB}#${path}`);
        const got = await page.evaluate(() => /** @type {any} */ (window).got);
        assert.equal(got.status, 200);
        assert.deepEqual(Buffer.from(got.bytes), readFileSync(join(site.folder, path)));
      } finally {
        await stage.close();
      }
    });
  }
});
