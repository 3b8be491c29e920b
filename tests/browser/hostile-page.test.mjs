//! T11: a page is an untrusted pipe. Whatever its scripts say to the worker, visitors go on reading from each other.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { wiki } from './sites.mjs';
import { Stage } from './stage.mjs';

/** Messages of a hostile page; the other half goes by `ServiceWorker.postMessage`. */
const MESSAGES = 4_000;

/** `SWARMFETCH_SEED` replays a run; the seed stands in every failure. */
const SEED = Number(process.env.SWARMFETCH_SEED ?? Date.now() % 1e9);

/** Says nonsense of every kind; runs in the page. */
async function rave(/** @type {[number, number]} */ [seed, count]) {
  let state = seed;
  // The low bits of such a generator hardly change.
  const below = (/** @type {number} */ n) => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 12) % n;
  /** @template T @param {T[]} all */
  const one = (all) => /** @type {T} */ (all[below(all.length)]);
  const frame = () => Uint8Array.from({ length: below(60) }, () => below(256)).buffer;
  const value = () => one([null, undefined, NaN, -1, 0, 1, 2 ** 32 + 5, 1e308, 10n, '', 'x', 'x'.repeat(100_000), true, [], [1, 'a'], {}, { length: 1e9 }, frame(), [frame(), null, 7, frame()], new Date()]);
  const op = () => one([...['frames', 'drained', 'local', 'candidate', 'opened', 'closed', 'pong', 'open', '__proto__', ''], value()]);
  const message = () => one([value(), { op: op(), link: value(), data: value(), bytes: value(), kind: value(), sdp: value(), candidate: value(), max: value() }]);
  const call = () => one([value(), { swarmfetch: one(['hello', 'alive', 'call', value()]), what: one(['stats', 'toString', value()]), epoch: value(), host: value(), rtc: value(), links: value(), lost: value(), url: value(), resources: value() }]);
  const worker = /** @type {ServiceWorker} */ (navigator.serviceWorker.controller);
  /** @type {MessagePort | undefined} */
  let port;
  for (let n = 0; n < count; n++) {
    if (n % 100 === 0) {
      const channel = new MessageChannel();
      port = channel.port1;
      worker.postMessage({ swarmfetch: 'hello', epoch: n, again: false, host: below(2) === 0, rtc: true, links: [], lost: [], url: location.href }, [channel.port2]);
      await new Promise((resolve) => /** @type {MessagePort} */ (port).addEventListener('message', resolve, { once: true }) ?? /** @type {MessagePort} */ (port).start());
    }
    port?.postMessage(message());
    if (below(2) === 0) worker.postMessage(call(), below(2) === 0 ? [new MessageChannel().port1] : []);
  }
}

describe(`a hostile page, seed ${SEED}`, () => {
  /** @type {Stage} */ let stage;
  before(async () => {
    stage = await Stage.open(wiki());
  });
  after(() => stage?.close());

  it('may say what it likes: its visitor reads on from the others, and nobody is given anything false', { timeout: 180_000 }, async () => {
    const others = await stage.populate();
    const third = await stage.settle('third');
    await third.linked(2);
    await third.page.evaluate(rave, /** @type {[number, number]} */ ([SEED, MESSAGES]));
    // The next page is an honest one.
    stage.same(stage.site.pages[0], await third.open(stage.site.pages[0]));
    await third.linked(1);
    await stage.walkSilently(third);
    assert((await third.stats()).bytes.peers > 0);
    for (const visitor of others) assert.equal((await visitor.stats()).rejected, 0, `${visitor.name} was told something false`);
  });
});
