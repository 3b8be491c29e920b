//! Transparency, X60: real sites with a worker and nobody else load as without, and cost the origin nothing more. How long they take is told and decides
//! nothing: other programs run on the machine.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Origin } from '../origin.mjs';
import { SITES } from '../sites.mjs';
import { openBrowser } from '../visitors.mjs';
import { Arm } from './arms.mjs';

/** Visits a site's pages; answers with what came, how long each page took in ms, and what the origin was asked for. @param {Arm} arm @param {string[]} pages */
async function walk(arm, pages) {
  const { visitor, front } = arm;
  const mark = front.log.length;
  /** @type {Map<string, string>} */
  const came = new Map();
  /** @type {Set<string>} */
  const loaded = new Set();
  const times = [];
  for (const path of pages) {
    const started = performance.now();
    for (const { url, status, length, body, kind } of await visitor.open(path)) {
      const { pathname } = new URL(url);
      if (kind === 'other' || pathname.startsWith('/swarmfetch')) continue;
      loaded.add(pathname);
      // The browser's own cache asks whether its copy still holds: the page has it.
      if (status !== 304) came.set(pathname, `${status} ${length} ${body}`);
    }
    times.push(performance.now() - started);
  }
  return { came, loaded, times, asked: front.since(mark).map(({ method, path }) => `${method} ${path}`) };
}

const middle = (/** @type {number[]} */ times, /** @type {number} */ share) => [...times].sort((a, b) => a - b)[Math.min(Math.floor(times.length * share), times.length - 1)];

describe('transparency: real sites', () => {
  for (const { name, make, skip } of SITES) {
    it(`X60 ${name} loads with a worker and no swarm as without`, { skip, timeout: 120_000 }, async (t) => {
      const site = make();
      const origin = await Origin.start(site.folder);
      const browser = await openBrowser();
      /** @type {Arm[]} */
      const arms = [];
      try {
        for (const kind of /** @type {const} */ (['A', 'B'])) arms.push(await Arm.open(kind, browser, origin.port, [], '', site.pages[0]));
        const [plain, ours] = [await walk(arms[0], site.pages), await walk(arms[1], site.pages)];
        for (const [path, what] of plain.came) assert.equal(ours.came.get(path) ?? what, what, path);
        assert.deepEqual([...ours.loaded].sort(), [...plain.loaded].sort(), 'what was loaded');
        const left = [...plain.asked];
        const more = ours.asked.filter((line) => !left.includes(line) || left.splice(left.indexOf(line), 1).length === 0);
        assert.deepEqual(more, [], 'asked with us only');
        assert(plain.loaded.size >= site.pages.length, 'nothing was compared');
        for (const [what, share] of /** @type {const} */ ([['p50', 0.5], ['p95', 0.95]])) {
          const [without, within] = [middle(plain.times, share), middle(ours.times, share)];
          t.diagnostic(`${what} of ${site.pages.length} pages: ${without.toFixed(0)} ms without us, ${within.toFixed(0)} ms with, ratio ${(within / without).toFixed(2)}`);
        }
      } finally {
        for (const arm of arms) await arm.close();
        await browser.close();
        await origin.stop();
        site.remove();
      }
    });
  }
});
