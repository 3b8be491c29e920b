//! T1, T2, T8, T21, T22: peers that lie. Pages come as the origin gives them, and a liar is asked once.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { HABITS, lie } from './hostile/liar.js';
import { wiki } from './sites.mjs';
import { Stage } from './stage.mjs';

/** @typedef {import('./hostile/liar.js').Habit} Habit */
/** @typedef {import('./visitors.mjs').Visitor} Visitor */

/** Pages that a reader of a liar's reads. */
const PAGES = 4;
/** Habits for which the machine cannot know whether a slow or busy neighbour is behind them: the link may live. @type {Habit[]} */
const DOUBTFUL = ['cutShort', 'refuses', 'silent', 'trickle', 'drips'];
/** Bytes that a flood may get rid of before its link is gone: what stood in the sender's own buffer and in the network, and what the reader took. */
const FLOOD_BYTES_MAX = 16 * 1024 * 1024;

/** A visitor of this habit who holds these pages. @param {Stage} stage @param {Habit} habit @param {string[]} pages */
async function resident(stage, habit, pages) {
  const visitor = await stage.arrive(habit);
  await visitor.context.addInitScript(lie, habit);
  // What a page gets before it has a worker, and then leaves, is not stored.
  await visitor.open(stage.site.pages[0]);
  await visitor.controlled();
  for (const path of pages) stage.same(path, await visitor.open(path));
  return visitor;
}

/** Waits until the reader has a link to each of these liars, or has had it: who looks ahead asks as soon as a link opens, and closes it over the first lie. @param {Visitor} reader @param {Visitor[]} liars */
async function met(reader, liars) {
  await reader.until('every link', async ({ peers }) => {
    const told = await Promise.all(liars.map(({ page }) => page.evaluate(() => /** @type {any} */ (window).lies)));
    return peers + told.filter(({ habit, told }) => told > 0 && !DOUBTFUL.includes(habit)).length >= liars.length;
  });
}

describe('a peer that', () => {
  /** @type {Stage} */ let stage;
  /** @type {Visitor} */ let liar;
  before(async () => {
    stage = await Stage.open(wiki());
    liar = await resident(stage, 'honest', stage.site.pages.slice(0, PAGES + 1));
  });
  after(() => stage?.close());

  const lies = () => liar.page.evaluate(() => /** @type {any} */ (window).lies);

  for (const [habit, words] of /** @type {[Habit, string][]} */ ([['honest', 'tells the truth'], ...Object.entries(HABITS)])) {
    it(words, { timeout: 90_000 }, async (t) => {
      // A worker that has just started has met nobody: it may meet as many strangers as it likes for now.
      await liar.stopWorker();
      await liar.page.evaluate((now) => Object.assign(/** @type {any} */ (window).lies, { habit: now, told: 0, asked: 0, pushed: 0 }), habit);
      const reader = await stage.settle(`reader of one who ${words}`);
      t.after(() => reader.leave());
      await met(reader, [liar]);
      for (const path of stage.site.pages.slice(1, PAGES)) stage.same(path, await reader.follow(path));
      const soon = await lies();
      stage.same(/** @type {string} */ (stage.site.pages[PAGES]), await reader.follow(/** @type {string} */ (stage.site.pages[PAGES])));
      const late = await lies();
      const { bytes, rejected, peers } = await reader.stats();
      t.diagnostic(`told ${late.told} lies, asked ${late.asked} times; the reader rejected ${rejected}, has ${peers} peers, took ${bytes.peers} bytes from peers and ${bytes.origin} from the origin`);
      if (habit === 'honest') {
        assert(bytes.peers > 0 && late.asked >= PAGES, 'a peer that does not lie is asked again and again');
      } else {
        assert(late.told > 0, 'no lie was told');
        assert.deepEqual(reader.complaints, []);
      }
      if (habit !== 'honest' && !DOUBTFUL.includes(habit)) {
        assert.equal(late.asked, soon.asked, 'asked again after the lie');
        assert.equal(peers, 0, 'the liar is still linked');
      }
      if (habit === 'flood') assert(late.pushed < FLOOD_BYTES_MAX, `${late.pushed} bytes went out before the link was gone`);
    });
  }
});

describe('three liars and an honest peer', () => {
  /** @type {Stage} */ let stage;
  before(async () => {
    stage = await Stage.open(wiki());
  });
  after(() => stage?.close());

  it('give the reader every page', { timeout: 120_000 }, async (t) => {
    const peers = [];
    // Nobody meets anybody while they fill their stores: they would find each other out.
    stage.proxy.sockets = 'refuse';
    for (const habit of /** @type {Habit[]} */ (['firstByte', 'otherObject', 'wrongId', 'honest'])) {
      peers.push(await resident(stage, habit, stage.site.pages));
    }
    stage.proxy.sockets = 'pass';
    for (const peer of peers) {
      // A new worker asks for the tracker at once, one that was refused later and later.
      await peer.stopWorker();
      await peer.open('/');
    }
    const reader = await stage.settle('reader');
    await met(reader, peers);
    await stage.walkSilently(reader);
    const { bytes, rejected } = await reader.stats();
    const told = await Promise.all(peers.map(async (peer) => `${peer.name}: ${await peer.page.evaluate(() => /** @type {any} */ (window).lies.told)}`));
    t.diagnostic(`${rejected} lies were rejected; ${bytes.peers} bytes came from peers; lies told by ${told.join(', ')}`);
    assert(bytes.peers > 0, 'the honest one gave nothing');
    assert.deepEqual(reader.complaints, []);
  });
});
