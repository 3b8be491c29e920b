//! The lab's network does what it says, before browsers are judged in it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Network, reasonToSkip } from './network.mjs';

const DATAGRAMS = fileURLToPath(new URL('./datagrams.mjs', import.meta.url));
const PORT = 4000;
/** Long enough for a datagram that comes, on a busy machine, in ms: one that must not come is not waited for but outrun by a later one that may. */
const PATIENCE_MS = 10_000;

/** A host's program, and what it heard. */
class Peer {
  /** @type {{ text: string, address: string, port: number }[]} */ heard = [];

  /** @param {Network} network @param {string} name */
  constructor(network, name, echo = false) {
    this.address = network.host(name).address;
    this.child = network.spawn(name, [process.execPath, DATAGRAMS, ...(echo ? ['--echo'] : [])], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.ready = once(this.child, 'message').then(() => this.child.on('message', (/** @type {any} */ heard) => this.heard.push(heard)));
  }

  /** @param {Peer | { address: string, port: number }} to */
  say(/** @type {string} */ text, to) {
    this.child.send({ text, address: to.address, port: 'port' in to ? to.port : PORT });
  }

  /** @returns {Promise<{ text: string, address: string, port: number }>} */
  async hears(/** @type {string} */ beginning) {
    const deadline = performance.now() + PATIENCE_MS;
    while (performance.now() < deadline) {
      const found = this.heard.find(({ text }) => text.startsWith(beginning));
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`nothing heard that begins with ${beginning}, but ${JSON.stringify(this.heard)}`);
  }

  /** The address and port that a public host sees it from. @param {Peer} other */
  async seenBy(other) {
    const text = `seen by ${other.address}`;
    this.say(text, other);
    const [, address = '', port] = / from (.*):(\d+)$/.exec((await this.hears(text)).text) ?? [];
    return { address, port: Number(port) };
  }
}

const skip = reasonToSkip();

describe('the lab\'s network', { timeout: 60_000 }, () => {
  /** @type {Network} */ let network;
  /** @type {Peer} */ let one;
  /** @type {Peer} */ let two;
  /** @type {Peer} */ let same;
  /** @type {Peer} */ let other;
  /** @type {Peer} */ let fickle;
  /** @type {Peer} */ let thin;
  /** @type {Peer} */ let deaf;
  before(async () => {
    if (skip) return;
    const line = { delayMs: 10 };
    network = await Network.open([{ name: 'one', ...line }, { name: 'two', ...line }, { name: 'same', nat: 'independent', ...line }, { name: 'other', nat: 'independent', ...line }, { name: 'fickle', nat: 'symmetric', ...line }, { name: 'thin', upMbit: 0.8 }, { name: 'deaf', loss: 1 }]);
    [one, two] = [new Peer(network, 'one', true), new Peer(network, 'two', true)];
    [same, other, fickle] = [new Peer(network, 'same'), new Peer(network, 'other'), new Peer(network, 'fickle')];
    [thin, deaf] = [new Peer(network, 'thin'), new Peer(network, 'deaf')];
    await Promise.all([one, two, same, other, fickle, thin, deaf].map((peer) => peer.ready));
  });
  after(() => network?.close());

  it('keeps two hosts of 10 ms at least 40 ms apart', { skip }, async () => {
    const began = performance.now();
    one.say('far', two);
    await one.hears('far from');
    assert(performance.now() - began >= 40);
  });

  it('lets no more through than a line\'s rate', { skip }, async () => {
    const began = performance.now();
    // 1,028 bytes with their headers; 100,000 a second.
    for (let n = 0; n < 20; n++) thin.say(`thin ${n} ${'x'.repeat(1000 - `thin ${n} `.length)}`, one);
    await one.hears('thin 19');
    assert(performance.now() - began >= (20 * 1028) / 100);
  });

  it('loses what a line loses', { skip }, async () => {
    one.say('lost', deaf);
    deaf.say('lost too', one);
    // By now both would be there.
    await two.seenBy(one);
    assert.deepEqual([deaf.heard, one.heard.filter(({ text }) => text.startsWith('lost'))], [[], []]);
  });

  it('shows an independent NAT\'s host from one port to everybody', { skip }, async () => {
    assert.deepEqual(await same.seenBy(one), { address: same.address, port: PORT });
    assert.deepEqual(await same.seenBy(two), { address: same.address, port: PORT });
  });

  it('shows a symmetric NAT\'s host from another port to each', { skip }, async () => {
    const [first, second] = [await fickle.seenBy(one), await fickle.seenBy(two)];
    assert.deepEqual([first.address, second.address], [fickle.address, fickle.address]);
    assert.notEqual(first.port, second.port);
    assert.notEqual(first.port, PORT);
  });

  it('lets in what was asked for, and nothing else', { skip }, async () => {
    await other.seenBy(one);
    // Its port is open to the first host. The second's datagram, which nobody asked for, came there before the first's.
    two.say('unasked', other);
    await two.seenBy(one);
    one.say('asked', other);
    await other.hears('asked');
    assert.deepEqual(other.heard.filter(({ text }) => text === 'unasked'), []);
  });

  it('lets two independent NATs open to each other, whoever comes first', { skip }, async () => {
    // The first datagram is dropped at the other's router, which has not sent yet; it must not spoil the port for what follows.
    same.say('too early', other);
    await same.seenBy(one);
    other.say('through', same);
    assert.deepEqual({ ...(await same.hears('through')) }, { text: 'through', address: other.address, port: PORT });
    same.say('and back', other);
    await other.hears('and back');
  });

  it('leaves nothing behind', { skip }, async () => {
    const names = () => execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).split('\n').filter((line) => line.startsWith(`swl${process.pid}-`));
    assert(names().length > 0);
    await network.close();
    assert.deepEqual(names(), []);
    assert.match(network.counts.at(-1) ?? '', /stray/);
  });
});
