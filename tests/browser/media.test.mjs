//! Long media files: a player begins and seeks with parts from other visitors, while the origin sends no content.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { media } from './sites.mjs';
import { Stage } from './stage.mjs';
import { pass, refuseContent } from './proxy.mjs';

const MIB = 1024 * 1024;
/** A minute and more of sound, in bytes; not a whole number of segments, nor of groups. */
const BYTES = 12 * MIB + 12_344;
/** Upper bound of what four parts of 1 to 100,000 bytes take on links, in bytes: eleven groups with their proofs, and what is said besides. */
const PARTS_WIRE_MAX = 250_000;
/** Longest wait for a worker to hold it, in fetches. */
const FETCHES_MAX = 40;
/** Seconds into the sound that a visitor seeks, there and back. */
const SEEKS = [50, 5, 65, 30];

describe('a long sound', () => {
  /** @type {Stage} */ let stage;
  /** @type {import('./visitors.mjs').Visitor} */ let holder;
  /** @type {Buffer} */ let bytes;

  before(async () => {
    const site = media(BYTES);
    bytes = readFileSync(join(site.folder, 'sound.wav'));
    stage = await Stage.open(site, { walk: false });
    holder = await stage.settle('holder');
    await holder.open('/');
    await holder.fetch('/sound.wav');
    await held(holder);
  });
  after(() => stage?.close());

  /** Fetches it until the store answers. @param {import('./visitors.mjs').Visitor} visitor */
  async function held(visitor) {
    for (let n = 0; n < FETCHES_MAX; n++) {
      const { requests } = await visitor.stats();
      const got = await visitor.fetch('/sound.wav');
      assert('body' in got, JSON.stringify(got));
      assert.equal(got.body, createHash('sha256').update(bytes).digest('hex'));
      if ((await visitor.stats()).requests.cache > requests.cache) return;
    }
    throw new Error(`${visitor.name} does not come to hold the sound`);
  }

  /** A visitor who is linked with the holder and holds nothing of the sound. @param {string} name */
  async function newcomer(name) {
    const visitor = await stage.settle(name);
    await visitor.open('/');
    await visitor.linked(1);
    return visitor;
  }

  /** Has the page's player begin, and then seek. @param {import('./visitors.mjs').Visitor} visitor @param {number[]} places */
  async function plays(visitor, places) {
    const duration = await visitor.page.evaluate(async () => {
      const player = /** @type {HTMLAudioElement} */ (document.querySelector('audio'));
      player.muted = true;
      player.src = '/sound.wav';
      await new Promise((resolve, reject) => {
        player.oncanplay = resolve;
        player.onerror = () => reject(new Error(player.error?.message));
      });
      return player.duration;
    });
    return { seen: await seeks(visitor, places), duration };
  }

  /** Has the player play on for a moment at each of these places, and tells where it was. @param {import('./visitors.mjs').Visitor} visitor @param {number[]} places in seconds */
  const seeks = (visitor, places) =>
    visitor.page.evaluate(async (seconds) => {
      const player = /** @type {HTMLAudioElement} */ (document.querySelector('audio'));
      const once = (/** @type {string} */ what) =>
        new Promise((resolve, reject) => {
          player.addEventListener(what, resolve, { once: true });
          player.onerror = () => reject(new Error(player.error?.message));
        });
      const seen = [];
      for (const place of seconds) {
        const sought = once('seeked');
        player.currentTime = place;
        await sought;
        const goes = once('timeupdate');
        await player.play();
        await goes;
        player.pause();
        seen.push(Math.floor(player.currentTime));
      }
      return seen;
    }, places);

  it('plays and seeks from another visitor alone', { timeout: 120_000 }, async (t) => {
    const visitor = await newcomer('listener');
    const before = await visitor.stats();
    const mark = stage.proxy.log.length;
    stage.proxy.rule = refuseContent;
    const { seen, duration } = await plays(visitor, SEEKS);
    const after = await visitor.stats();
    assert.deepEqual(stage.proxy.since(mark, { content: true }).filter(({ bytes: sent }) => sent > 0), [], 'the origin sent content');
    stage.proxy.rule = pass;
    t.diagnostic(`${after.requests.peers - before.requests.peers} parts, ${after.bytes.peers - before.bytes.peers} bytes from peers`);
    assert.deepEqual(seen, SEEKS);
    assert.equal(Math.round(duration), Math.round((BYTES - 44) / 176_400));
    assert(after.bytes.peers - before.bytes.peers > 0);
    assert.equal(after.bytes.origin, before.bytes.origin);
    // Whoever listens comes to hold all of it, and passes it on.
    await held(visitor);
    await visitor.leave();
  });

  it('gives each part that a script asks for, byte for byte, and no more than that crosses the link', { timeout: 60_000 }, async (t) => {
    const visitor = await newcomer('reader');
    const before = await visitor.stats();
    stage.proxy.rule = refuseContent;
    for (const [first, last] of [[5 * MIB - 3, 5 * MIB + 2], [0, 0], [BYTES - 1, BYTES - 1], [2 * MIB, 2 * MIB + 99_999]]) {
      const got = await visitor.fetch('/sound.wav', { headers: { range: `bytes=${first}-${last}` } });
      assert('body' in got, JSON.stringify(got));
      assert.deepEqual([got.status, got.body], [206, createHash('sha256').update(bytes.subarray(first, last + 1)).digest('hex')]);
      assert.equal(got.headers.find(([name]) => name === 'content-range')?.[1], `bytes ${first}-${last}/${BYTES}`);
    }
    stage.proxy.rule = pass;
    const after = await visitor.stats();
    assert.equal(after.requests.peers - before.requests.peers, 4);
    const crossed = after.wire - before.wire;
    t.diagnostic(`${crossed} bytes crossed links`);
    assert(crossed < PARTS_WIRE_MAX, `${crossed} bytes crossed links`);
    await visitor.leave();
  });

  it('goes on over a stop of the worker', { timeout: 60_000 }, async () => {
    const visitor = await newcomer('steadfast');
    assert.deepEqual((await plays(visitor, [40])).seen, [40]);
    await visitor.stopWorker();
    assert.deepEqual(await seeks(visitor, [10, 60]), [10, 60]);
    await visitor.leave();
  });

  it('goes on from the network on a page that began to play before the worker was there', { timeout: 60_000 }, async () => {
    const visitor = await stage.arrive('early');
    await visitor.open('/');
    assert.deepEqual((await plays(visitor, [40])).seen, [40]);
    await visitor.controlled();
    await visitor.linked(1);
    const { bytes: before } = await visitor.stats();
    assert.deepEqual(await seeks(visitor, [10, 60]), [10, 60]);
    assert.equal((await visitor.stats()).bytes.peers, before.peers);
    await visitor.leave();
  });

  it('goes on from the origin when those who hold it are gone, and comes from it where nobody ever held it', { timeout: 60_000 }, async () => {
    const visitor = await newcomer('left');
    const before = await visitor.stats();
    assert.deepEqual((await plays(visitor, [40])).seen, [40]);
    assert((await visitor.stats()).bytes.peers > before.bytes.peers);
    await holder.leave();
    await visitor.until('no links', ({ peers }) => peers === 0);
    assert.deepEqual(await seeks(visitor, [10, 60]), [10, 60]);
    await visitor.leave();
    const alone = await stage.settle('alone');
    await alone.open('/');
    assert.deepEqual((await plays(alone, [20])).seen, [20]);
  });
});
