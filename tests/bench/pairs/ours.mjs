//! Two visitors of a site: one holds the file, the other one's page fetches it, and has it from the first, verified and stored on the way.
import assert from 'node:assert/strict';
import { refuseContent } from '../../browser/proxy.mjs';
import { fetchParts, hold, inTime, partsHash, watchTasks } from './pair.mjs';

/** A visitor with a worker, which has served its page. @param {import('./pair.mjs').Stage} stage @param {string} name */
async function settled(stage, name) {
  const visitor = await stage.arrive(name);
  await watchTasks(visitor);
  await visitor.open('/');
  await visitor.controlled();
  await visitor.until('a version', ({ version }) => version > 0);
  await visitor.open('/');
  return visitor;
}

/**
 * @param {import('./pair.mjs').Stage} stage
 * @param {{ bytes: number }} options
 * @returns {Promise<import('./pair.mjs').Pair>}
 */
export async function ours(stage, { bytes }) {
  const sender = await settled(stage, 'our sender');
  await hold(sender);
  const receiver = await settled(stage, 'our receiver');
  await Promise.all([sender, receiver].map((visitor) => visitor.linked(1)));
  const before = await receiver.stats();
  stage.proxy.rule = refuseContent;

  const check = async () => {
    const hash = await partsHash(receiver);
    const { bytes: sums } = await receiver.stats();
    assert.equal(sums.peers - before.bytes.peers, bytes, 'not all of it came from the other visitor');
    return hash;
  };
  return { sender, receiver, flow: () => inTime('our fetch', fetchParts(receiver)), check };
}
