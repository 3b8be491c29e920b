//! The tracker's messages as the shim reads and writes them, against those that the wire room wrote (the fuzzer's seeds).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { fromText } from '../../sw-shim/boot/binary.js';
import { again, forget, read, write } from '../../sw-shim/boot/tracker.js';

const seed = (/** @type {string} */ name) => readFileSync(new URL(`../fuzz/corpus/tracker/seed-${name}`, import.meta.url), 'utf8');
const HASH = '\xe9'.repeat(20);
const PEER = '-WW0205-\xff\0\x80"\\\n123456';
const OFFER = 'o'.repeat(20);
const { sdp } = JSON.parse(seed('answer')).answer;
const [IDS, ALL] = [fromText(HASH + PEER + OFFER), fromText(HASH + PEER + OFFER + PEER)];

it('reads what a tracker says', () => {
  const ids = IDS;
  assert.deepEqual(read(seed('announced')), { kind: 1, ours: true, directed: undefined, interval: 120, ids: fromText(HASH), text: '4', version: undefined });
  assert.deepEqual(read(seed('introduction')), { kind: 2, ours: true, directed: true, interval: NaN, ids, text: sdp, version: undefined });
  assert.deepEqual(read(seed('introduction').replace('"offer":', '"answer":')), { kind: 3, ours: true, directed: true, interval: NaN, ids, text: sdp, version: undefined });
  const [line] = JSON.parse(seed('signal')).swarmfetch.candidates;
  assert.deepEqual(read(seed('signal')), { kind: 4, ours: true, directed: undefined, interval: NaN, ids, text: `${line}\n`, version: undefined });
  assert.equal(read(seed('refused'))?.kind, 5);
  assert.equal(read(seed('failure'))?.kind, 0);
  assert.equal(read('{"interval":30,"min interval":60}')?.interval, 60);
  assert.equal(read('{"min interval":60}')?.interval, 60);
});

it('reads nothing of a protocol that it does not know', () => {
  const heard = read(seed('refused').replace('"protocol":1', '"protocol":2'));
  assert.deepEqual([heard?.kind, heard?.ours], [1, false]);
});

it('leaves out ids that are none, and takes nothing that is no message', () => {
  for (const id of [null, 7, 'x'.repeat(19), 'x'.repeat(21), `${'x'.repeat(19)}\u0100`, ['x'], { length: 20 }]) {
    assert.equal(read(JSON.stringify({ info_hash: HASH, peer_id: id, offer_id: OFFER, offer: {} }))?.ids.length, 40, JSON.stringify(id));
  }
  for (const text of ['', 'null', '{', '"', '{"swarmfetch":{"protocol":1,"candidates":7}}', seed('introduction') + ' '.repeat(16_384)]) assert.equal(read(text), undefined, text);
});

it('says what a tracker reads', () => {
  const said = (/** @type {Parameters<typeof write>} */ ...what) => JSON.parse(write(...what) ?? 'null');
  assert.deepEqual(said(5, fromText(HASH + PEER + OFFER + PEER), sdp, true), { ...JSON.parse(seed('answer')), answer: { type: 'answer', sdp } });
  const [line] = JSON.parse(seed('signal')).swarmfetch.candidates;
  assert.deepEqual(said(6, ALL, `${line}\n`, true), JSON.parse(seed('signal')));
  assert.deepEqual(said(7, IDS, '', true), JSON.parse(seed('refused')));
  assert.equal(said(5, ALL, sdp, false).swarmfetch, undefined);
});

it('offers go with the presence that follows', () => {
  assert.equal(write(4, ALL, sdp, true), undefined);
  const announce = JSON.parse(seed('announce'));
  assert.deepEqual(JSON.parse(write(0, fromText(HASH + PEER), '', true, 1_800_000_000) ?? ''), { ...announce, left: 1 });
  const { offers, event, numwant } = JSON.parse(write(3, fromText(HASH + PEER), '', true) ?? '');
  assert.deepEqual([offers, event, numwant], [undefined, undefined, undefined]);
});

it('tells news of a version from the answer to an announce, and says what it knows itself', () => {
  assert.deepEqual(read(seed('news')), { kind: 1, ours: true, directed: undefined, interval: NaN, ids: fromText(HASH), text: '3', version: 1_800_000_000 });
  assert.equal(read(seed('news').replace('"incomplete"', '"interval":120,"incomplete"'))?.version, undefined);
  assert.equal(read(seed('news').replace('"protocol":1', '"protocol":2'))?.version, undefined);
  forget();
  assert.equal(again(7), undefined, 'who is not there says nothing');
  const started = JSON.parse(write(0, IDS.subarray(0, 40), '', true, 6) ?? '');
  assert.deepEqual([started.event, started.swarmfetch], ['started', { protocol: 1, version: 6 }]);
  const { event, info_hash, peer_id, swarmfetch } = JSON.parse(again(7) ?? '');
  assert.deepEqual([event, info_hash, peer_id, swarmfetch], [undefined, HASH, PEER, { protocol: 1, version: 7 }]);
  write(1, IDS.subarray(0, 40), '', true, 7);
  assert.equal(again(8), undefined, 'nor who has left');
});
