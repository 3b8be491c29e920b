//! F1, F5: at each step of a transfer the worker is stopped, or a page goes. What the page asked for comes as the origin gives it, and the next page does.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pass } from './proxy.mjs';
import { assets } from './sites.mjs';
import { Stage } from './stage.mjs';
import { RECEIVER, SENDER, holdInPage, holdInWorker } from './steps/hold.js';

/** @typedef {import('./visitors.mjs').Visitor} Visitor */

/** What is transferred: many frames, stored in two entries. */
const LENGTH = 600_000;
const PATH = `/data/12-${LENGTH}.bin`;

/** What the page before asked for, and ended with it. Without an answer of its own to the same request the new page is found to lack it. @param {import('./visitors.mjs').Got} got */
const leftBehind = ({ url, body }) => url.endsWith(PATH) && /^(net::ERR_ABORTED|unreadable)/.test(body);

/** @param {[string, string][]} headers */
const plainly = (headers) => headers.filter(([name]) => !/^content-(length|encoding)$/i.test(name));

describe('a transfer', () => {
  /** @type {Stage} */ let stage;
  /** @type {Visitor} */ let sender;
  before(async () => {
    stage = await Stage.open(assets());
    sender = await stage.arrive('sender');
    await sender.context.addInitScript(holdInPage);
    await sender.open('/');
    await sender.controlled();
    stage.same('/play.html', await sender.follow('/play.html'));
  });
  after(() => stage?.close());

  /** A reader who holds nothing of it, linked with the sender, who has met nobody. */
  async function reader() {
    await sender.page.evaluate(() => /** @type {any} */ (window).release());
    await sender.stopWorker();
    const visitor = await stage.settle('reader');
    await visitor.linked(1);
    return visitor;
  }

  /** Holds the reader's worker. @param {Visitor} visitor @param {keyof typeof RECEIVER} step */
  async function holdReceiver(visitor, step) {
    const [worker] = visitor.context.serviceWorkers();
    assert(worker, 'the reader has no worker');
    await worker.evaluate(holdInWorker, { step, path: PATH, length: LENGTH });
    return {
      reached: worker.evaluate(() => /** @type {any} */ (globalThis).held.reached),
      release: () => worker.evaluate(() => /** @type {any} */ (globalThis).held.release()).catch(() => {}),
    };
  }

  /** Holds the sender's page. @param {keyof typeof SENDER} step */
  async function holdSender(step) {
    const reached = sender.page.evaluate((at) => /** @type {any} */ (window).hold(at), step);
    // Asked in order: the page holds from here on.
    await sender.page.evaluate(() => {});
    return { reached, release: () => sender.page.evaluate(() => /** @type {any} */ (window).release()).catch(() => {}) };
  }

  /** Leaves for the page that loads the same and more; it stands before this is done. @param {Visitor} visitor */
  async function go(visitor) {
    const stands = visitor.page.waitForEvent('framenavigated');
    const visit = visitor.follow('/play.html');
    await Promise.race([stands, visit]);
    return { visit };
  }

  /** What happens at a step; at the sender's steps to the sender as well. @type {Record<string, { to: 'receiver' | 'sender', happen: (visitor: Visitor) => Promise<unknown> }>} */
  const HAPPENINGS = {
    'its worker is stopped': { to: 'receiver', happen: (visitor) => visitor.stopWorker() },
    'its page goes': { to: 'receiver', happen: go },
    "the sender's worker is stopped": { to: 'sender', happen: () => sender.stopWorker() },
    "the sender's page goes": { to: 'sender', happen: () => sender.open('/') },
  };

  /** @param {string} title @param {'receiver' | 'sender'} side @param {(visitor: Visitor) => Promise<{ reached: Promise<unknown>, release: () => Promise<unknown> }>} hold */
  function survives(title, side, hold) {
    for (const [what, { to, happen }] of Object.entries(HAPPENINGS)) {
      if (side === 'receiver' && to === 'sender') continue;
      it(`is survived by its page when ${what} and ${title}`, { timeout: 90_000 }, async (t) => {
        const visitor = await reader();
        t.after(() => visitor.leave());
        const plain = stage.plain.get(stage.proxy.origin + PATH);
        const held = await hold(visitor);
        // On a busy machine the origin is asked as well: it does not get there first.
        stage.proxy.rule = ({ path }, { status, headers, body }) => (path === PATH ? { status, headers: plainly(headers), body, late: held.reached } : undefined);
        t.after(() => (stage.proxy.rule = pass));
        // Nobody waits for it any more when the page has gone.
        const fetched = visitor.fetch(PATH).catch(() => plain);
        await held.reached;
        const { visit } = /** @type {{ visit?: ReturnType<Visitor['follow']> }} */ ((await happen(visitor)) ?? {});
        await held.release();
        assert.deepEqual(await fetched, plain);
        const got = await (visit ?? visitor.follow('/play.html'));
        stage.same('/play.html', got.filter((one) => !leftBehind(one)));
        assert.deepEqual(await visitor.fetch(PATH), plain);
        assert.deepEqual(visitor.complaints, []);
      });
    }
  }

  for (const step of /** @type {(keyof typeof RECEIVER)[]} */ (Object.keys(RECEIVER))) survives(RECEIVER[step], 'receiver', (visitor) => holdReceiver(visitor, step));
  for (const step of /** @type {(keyof typeof SENDER)[]} */ (Object.keys(SENDER))) survives(SENDER[step], 'sender', () => holdSender(step));
});
