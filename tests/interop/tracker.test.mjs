/**
 * Foreign WebTorrent clients against our tracker, over real sockets and real WebRTC.
 *
 * The clients are npm's `bittorrent-tracker`, the reference implementation, unchanged.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import Client from 'bittorrent-tracker';
import WebSocket from 'ws';

const BINARY = process.env.SWARMFETCH_BIN ?? fileURLToPath(new URL('../../target/release/swarmfetch', import.meta.url));

let server;
let address;
/** @type {Set<Client>} */
const clients = new Set();

before(async () => {
  server = spawn(BINARY, ['tracker', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(server.stdout), 'line');
  address = /ws:\/\/[^/]+\//.exec(line)[0];
});

after(async () => {
  for (const client of clients) client.destroy();
  server.kill();
  await once(server, 'exit');
});

/**
 * A client with a socket of its own: the library shares one between clients of the same address, while our tracker
 * takes one peer id for each socket.
 *
 * @param {Buffer} infoHash
 * @returns {Client}
 */
function join(infoHash) {
  const peerId = randomBytes(20);
  const announce = [address + peerId.toString('hex')];
  // Our own STUN responder, on the same port as the tracker; without a configuration the library would ask Google's.
  const rtcConfig = { iceServers: [{ urls: address.replace('ws://', 'stun:').replace(/\/$/, '') }] };
  const client = new Client({ infoHash, peerId, announce, port: 6881, rtcConfig });
  client.on('error', (error) => assert.fail(error));
  clients.add(client);
  return client;
}

test('two clients are introduced and talk to each other', async () => {
  const infoHash = randomBytes(20);
  const first = join(infoHash);
  first.start();
  const [alone] = await once(first, 'update');
  assert.equal(alone.complete, 0);
  assert.equal(alone.incomplete, 1);
  assert.equal(alone.interval, 120);

  const second = join(infoHash);
  const met = Promise.all([once(first, 'peer'), once(second, 'peer')]);
  second.start();
  const [[toSecond], [toFirst]] = await met;
  assert.equal(toSecond.id, second.peerId);
  assert.equal(toFirst.id, first.peerId);

  await Promise.all([toSecond, toFirst].map((peer) => peer.connected || once(peer, 'connect')));
  const heard = once(toFirst, 'data');
  toSecond.write('hello across');
  assert.equal(Buffer.from((await heard)[0]).toString(), 'hello across');
  for (const peer of [toSecond, toFirst]) peer.destroy();
});

test('counts follow completion and departure', async () => {
  const infoHash = randomBytes(20);
  const watcher = join(infoHash);
  watcher.start({ left: 10 });
  await once(watcher, 'update');
  const seed = join(infoHash);
  seed.start({ left: 10 });
  await once(seed, 'update');
  seed.complete({ left: 0 });
  const [complete] = await once(seed, 'update');
  assert.deepEqual([complete.complete, complete.incomplete], [1, 1]);

  watcher.scrape();
  const [scraped] = await once(watcher, 'scrape');
  assert.deepEqual([scraped.complete, scraped.incomplete, scraped.infoHash], [1, 1, infoHash.toString('hex')]);

  seed.stop();
  await once(seed, 'update');
  watcher.update();
  const [left] = await once(watcher, 'update');
  assert.deepEqual([left.complete, left.incomplete], [0, 1]);
});

test('many swarms are scraped at once', async () => {
  const [known, unknown] = [randomBytes(20), randomBytes(20)];
  const client = join(known);
  client.start();
  await once(client, 'update');
  const answers = [];
  client.on('scrape', (answer) => answers.push([answer.infoHash, answer.incomplete]));
  client.scrape({ infoHash: [known.toString('hex'), unknown.toString('hex')] });
  while (answers.length < 2) await once(client, 'scrape');
  assert.deepEqual(new Map(answers), new Map([[known.toString('hex'), 1], [unknown.toString('hex'), 0]]));
});

test('a message that is not understood is answered with a reason', async () => {
  const socket = new WebSocket(address);
  await once(socket, 'open');
  socket.send(JSON.stringify({ action: 'announce', info_hash: 'short', peer_id: 'x'.repeat(20) }));
  const [text] = await once(socket, 'message');
  assert.equal(JSON.parse(text)['failure reason'], 'invalid info_hash');
  socket.close();
});
