//! What pages say is not trusted, and what a trap takes with it is gone: the worker's modules around the real wasm.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fromText } from '../../sw-shim/boot/binary.js';
import { boot } from './worker.mjs';

const core = await boot('core.js');
const { called } = await boot('pages.js');
const exchange = await boot('exchange.js');
const tracker = await boot('tracker.js');

assert(core.start(), 'the wasm does not run');

it('a want that only peers could answer is called late when the machine would have the origin asked', async () => {
  const { late, outcome } = exchange.want({ name: `${'00'.repeat(32)}/10`, text: false, urgent: false, version: 1 });
  await late;
  // There is nobody who could still bring it.
  assert.equal(await outcome, undefined);
});

it('no text of a page is parsed before it is known to be short', async () => {
  const { port1, port2 } = new MessageChannel();
  const replies = [];
  const heard = new Promise((resolve) => {
    port1.onmessage = ({ data }) => {
      replies.push(data.op);
      if (data.op === 'ack' && data.n === 4) resolve(undefined);
    };
  });
  await called({ swarmfetch: 'hello', epoch: 1, host: false, rtc: false, url: 'https://site.example/', links: [], lost: [] }, { id: 'a', postMessage: () => {} }, port2);
  const parsed = [];
  const { parse } = JSON;
  JSON.parse = (text) => (parsed.push(String(text).length), parse(text));
  try {
    const long = JSON.stringify({ candidate: 'x'.repeat(70_000) });
    for (const candidate of [long, ' '.repeat(1 << 20) + '{"candidate":""}', '{"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host"}', null]) port1.postMessage({ op: 'candidate', link: 1, candidate });
    await heard;
  } finally {
    JSON.parse = parse;
    port1.close();
  }
  assert.deepEqual(parsed.filter((length) => length > 65_536), []);
  assert(parsed.length > 0, 'nothing was parsed at all');
  assert.equal(replies[0], 'welcome');
});

it('offers of a wasm that is gone are not made by the next one', () => {
  const ids = fromText('h'.repeat(20) + 'p'.repeat(20) + 'o'.repeat(20));
  assert.equal(tracker.write(4, ids, 'v=0', true), undefined);
  exchange.reset();
  const said = JSON.parse(tracker.write(0, ids, '', true));
  assert.equal(said.offers, undefined);
});
