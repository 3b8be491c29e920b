//! Long files from other visitors come as a stream: the first bytes when a segment is here, and to their end whoever goes meanwhile.
//!
//! That nothing comes which the page does not read cannot be shown in Chromium: it takes some 56 MB of a worker's stream ahead of its reader.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { pass, refuseContent } from './proxy.mjs';
import { configure, long } from './sites.mjs';
import { Stage } from './stage.mjs';

const MIB = 1024 * 1024;
/** Not a whole number of segments, nor of groups. */
const BYTES = 12 * MIB + 12_345;
/** What each message of a newcomer's links takes, in ms: so that the file takes many seconds. */
const MESSAGE_MS = 40;
/** Upper bound of what has come when the first bytes are read, in bytes: the first segment, and those that are wanted with it. */
const FIRST_MAX = 7 * MIB;
/** Longest wait for a worker to hold it, in fetches. */
const FETCHES_MAX = 40;

describe('a long file that others hold', () => {
  /** @type {Stage} */ let stage;
  /** @type {Buffer} */ let bytes;
  /** @type {string} */ let hash;
  /** @type {import('./visitors.mjs').Visitor} */ let holder;

  before(async () => {
    const site = long(BYTES);
    bytes = readFileSync(join(site.folder, 'long.bin'));
    hash = createHash('sha256').update(bytes).digest('hex');
    // Others are slower than this origin: its owner has them waited for.
    const { config } = configure(site, { more: '[[rule]]\nglob = "/long.bin"\nmode = "savings"' });
    stage = await Stage.open(site, { config, walk: false });
  });
  after(() => stage?.close());

  beforeEach(async () => {
    stage.proxy.rule = pass;
    if (holder) return;
    holder = await stage.settle('holder');
    await holder.open('/');
    await held(holder);
  });

  /** Fetches it until the store answers. @param {import('./visitors.mjs').Visitor} visitor */
  async function held(visitor) {
    for (let n = 0; n < FETCHES_MAX; n++) {
      const { requests } = await visitor.stats();
      const got = await visitor.fetch('/long.bin');
      assert('body' in got, JSON.stringify(got));
      assert.equal(got.body, hash);
      if ((await visitor.stats()).requests.cache > requests.cache) return;
    }
    throw new Error(`${visitor.name} does not come to hold the file`);
  }

  /** @param {string} name */
  async function newcomer(name) {
    const visitor = await stage.arrive(name);
    await visitor.page.addInitScript((messageMs) => {
      const { set } = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(RTCDataChannel.prototype, 'onmessage'));
      Object.defineProperty(RTCDataChannel.prototype, 'onmessage', {
        set(heard) {
          let turn = Promise.resolve();
          const later = (/** @type {MessageEvent} */ event) => (turn = turn.then(() => new Promise((resolve) => setTimeout(resolve, messageMs))).then(() => heard(event)));
          set?.call(this, later);
        },
      });
    }, MESSAGE_MS);
    await visitor.open('/');
    await visitor.controlled();
    await visitor.open('/');
    await visitor.linked(1);
    return visitor;
  }

  /** Begins to read: the head, and the first bytes. @param {import('./visitors.mjs').Visitor} visitor */
  const begins = (visitor) =>
    visitor.page.evaluate(async () => {
      const response = await fetch('/long.bin');
      const reader = response.body.getReader();
      const { value } = await reader.read();
      Object.assign(window, { reading: { reader, first: value } });
      return { status: response.status, length: Number(response.headers.get('content-length')) };
    });

  /** Waits until the store has so many of the file's segments. @param {import('./visitors.mjs').Visitor} visitor @param {(count: number) => boolean} enough */
  async function segments(visitor, enough) {
    const count = () =>
      visitor.page.evaluate(async () => {
        const caught = await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)));
        return caught.flat().filter((url) => /\/c\/[0-9a-f]{64}\/\d{8}\/\d+$/.test(url)).length;
      });
    while (!enough(await count())) await new Promise((resolve) => setTimeout(resolve, 100));
  }

  /** Waits until nothing comes any more, and tells what came. @param {import('./visitors.mjs').Visitor} visitor */
  async function rests(visitor) {
    for (let last = -1; ; ) {
      const { wire, bytes: sums } = await visitor.stats();
      if (wire === last) return sums.peers;
      last = wire;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  it('begins with its first segment, and is then held', { timeout: 120_000 }, async (t) => {
    const visitor = await newcomer('reader');
    const before = await visitor.stats();
    const mark = stage.proxy.log.length;
    stage.proxy.rule = refuseContent;
    assert.deepEqual(await begins(visitor), { status: 200, length: BYTES });
    const here = (await visitor.stats()).bytes.peers - before.bytes.peers;
    t.diagnostic(`${here} bytes of ${BYTES} are here at the first`);
    assert(here < FIRST_MAX, `${here} bytes`);
    assert.deepEqual(await visitor.readOn(), { length: BYTES, hash });
    assert.deepEqual(stage.proxy.since(mark, { content: true }).filter(({ status }) => status < 300), []);
    const { requests, bytes: sums } = await visitor.stats();
    assert.equal(requests.peers, before.requests.peers + 1);
    assert.equal(sums.peers - before.bytes.peers, BYTES);
    await held(visitor);
    await visitor.leave();
  });

  /** The rest comes, and no more than that. @param {import('./visitors.mjs').Visitor} visitor */
  async function completes(visitor) {
    const before = await visitor.stats();
    assert.equal((/** @type {any} */ (await visitor.fetch('/long.bin'))).body, hash);
    const { bytes: sums } = await visitor.stats();
    assert(sums.cache - before.bytes.cache >= MIB, JSON.stringify(sums));
    assert.equal(sums.cache + sums.peers + sums.origin - before.bytes.cache - before.bytes.peers - before.bytes.origin, BYTES);
    await held(visitor);
  }

  it('stops coming when the page cancels, and what came is kept and made whole later', { timeout: 60_000 }, async () => {
    const visitor = await newcomer('canceller');
    await begins(visitor);
    await segments(visitor, (count) => count > 0);
    await visitor.page.evaluate(() => /** @type {any} */ (window).reading.reader.cancel());
    assert((await rests(visitor)) < FIRST_MAX);
    await completes(visitor);
    await visitor.leave();
  });

  it('breaks off when the worker is stopped over it, and what came is kept and made whole later', { timeout: 60_000 }, async () => {
    const visitor = await newcomer('stopped');
    await begins(visitor);
    await segments(visitor, (count) => count > 0);
    await visitor.stopWorker();
    await visitor.linked(1);
    // As with any answer that a worker makes.
    await assert.rejects(visitor.readOn());
    await completes(visitor);
    await visitor.leave();
  });

  for (const [what, rule] of /** @type {[string, () => import('./proxy.mjs').Rule][]} */ ([
    ['by range', () => pass],
    ['from all of it where the origin knows no ranges', () => ({ path }, answer) => (path === '/long.bin' && answer.status === 206 ? { status: 200, body: bytes } : undefined)],
    ['from all of it where the origin gives ranges of something else', () => ({ path }, answer) => (path === '/long.bin' && answer.status === 206 ? { status: 206, headers: answer.headers, body: Buffer.alloc(answer.body.length, 7) } : undefined)],
  ])) {
    it(`goes on from the origin when who held it is gone, ${what}`, { timeout: 60_000 }, async () => {
      const visitor = await newcomer(`left, ${what}`);
      await begins(visitor);
      stage.proxy.rule = rule();
      await holder.leave();
      holder = /** @type {any} */ (undefined);
      assert.deepEqual(await visitor.readOn(), { length: BYTES, hash });
      const { bytes: sums } = await visitor.stats();
      assert(sums.origin > 0 && sums.peers >= MIB && sums.peers + sums.origin >= BYTES, JSON.stringify(sums));
      await held(visitor);
      // It is the only one now.
      holder = visitor;
    });
  }
});
