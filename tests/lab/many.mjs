//! Several visitors, each behind a NAT and a line of its own, bring one long file to another who comes after them: how much of the lines that takes.
//!
//!   make lab MANY='--rounds 2'                  or, after `make build`: node tests/lab/many.mjs [--rounds 5] [--only near,far] [--mib 32]
//!
//! Two settings:
//!
//! - near: four who can send 2 MB/s each, beside a reader with a fast line. One of the four also falls silent when a quarter of the file is here, or sends what
//!   proves to be wrong from the first byte on.
//! - far: three who can send 20 Mbit/s each, and a reader who can receive 50, every two of them 40 ms apart.
//!
//! What comes must be right, and all of it from the others, or it fails; times are told and decide nothing. Beside it, the same file from an origin without limits
//! over the reader's line, by TCP. Everything stands in target/bench/many-*.json. Needs what `lab.mjs` needs, but no relay.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench } from '../bench/frame.mjs';
import { FILE, fetchParts, hold, inTime, partsHash } from '../bench/pairs/pair.mjs';
import { long } from '../browser/sites.mjs';
import { leave, playEach, settle } from './cases.mjs';
import { Stand } from './stand.mjs';

/** @typedef {import('./stand.mjs').Line} Line */

const READER = 'reader';
const MB = 1e6;

/** Of each byte on a line, what is content: the rest is SCTP's, DTLS', UDP's and IP's in packets of 1,256 bytes. */
const CONTENT_SHARE = 0.92;
const SEEDERS_MB_PER_S = 2;

/** What one of them does in an arm. @typedef {'stalls' | 'lies'} Fault */

/** @type {Record<string, { words: string, seeders: string[], apartMs: number, sends: Line, receives: Line, arms: Record<string, { words: string, fault?: Fault, plain?: boolean, least?: number }> }>} */
const SETTINGS = {
  near: {
    words: `four who send ${SEEDERS_MB_PER_S} MB/s each`, seeders: ['ann', 'bob', 'cas', 'dan'], apartMs: 4,
    sends: { upMbit: (8 * SEEDERS_MB_PER_S) / CONTENT_SHARE }, receives: {},
    arms: {
      four: { words: 'four visitors', least: 0.9 * 4 * SEEDERS_MB_PER_S },
      stalls: { words: 'one falls silent', fault: 'stalls', least: 0.9 * 3 * SEEDERS_MB_PER_S },
      lies: { words: 'one lies', fault: 'lies', least: 0.9 * 3 * SEEDERS_MB_PER_S },
    },
  },
  far: {
    words: 'three who send 20 Mbit/s each, to one who receives 50', seeders: ['ann', 'bob', 'cas'], apartMs: 40,
    sends: { upMbit: 20, downMbit: 50 }, receives: { upMbit: 20, downMbit: 50 },
    arms: {
      origin: { words: 'the origin, by TCP', plain: true },
      three: { words: 'three visitors', least: (0.85 * 50) / 8 },
    },
  },
};

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, mib: { type: 'string', default: '32' }, only: { type: 'string', default: Object.keys(SETTINGS).join() } } });
const bytes = Number(values.mib) * 1024 * 1024;

/** Has every long message that the page sends be wrong in one bit, whatever sends it. Runs in the page before its scripts. */
function lie() {
  const { send } = RTCDataChannel.prototype;
  RTCDataChannel.prototype.send = function (/** @type {any} */ message) {
    if (message instanceof ArrayBuffer && message.byteLength > 4096) new Uint8Array(message)[message.byteLength >> 1] ^= 1;
    send.call(this, message);
  };
}

/** A visitor who holds the file. @param {Stand} stand @param {string} host @param {Fault} [fault] */
async function seeder(stand, host, fault) {
  const { visitor } = await settle(stand, host, { script: fault === 'lies' ? lie : undefined });
  await visitor.until('a version', ({ version }) => version > 0);
  await hold(visitor);
  return visitor;
}

/** @param {string} name */
async function play(name) {
  const { words, seeders, apartMs, sends, receives, arms } = SETTINGS[name] ?? assert.fail(`no setting ${name}: there are ${Object.keys(SETTINGS).join(', ')}`);
  console.log(`\n${name}: ${words}; every two hosts ${apartMs} ms apart`);
  const site = long(bytes);
  const hash = createHash('sha256').update(readFileSync(join(site.folder, FILE))).digest('hex');
  const lines = Object.fromEntries([...seeders.map((host) => [host, sends]), [READER, receives]]);
  const visitors = Object.fromEntries(Object.keys(lines).map((host) => [host, /** @type {const} */ ('independent')]));
  const stand = await Stand.open(site, { visitors, apartMs, lines, more: 'upload_mb_per_day = 100000' });
  try {
    /** Those who are there, by host, and what is wrong with them. @type {Map<string, { visitor: import('../browser/visitors.mjs').Visitor, fault?: Fault }>} */
    const here = new Map();
    /** Has each host's visitor be as this arm has it. @param {Fault} [fault] of the last one */
    const gather = async (fault) => {
      for (const host of seeders) {
        const own = host === seeders.at(-1) ? fault : undefined;
        const known = here.get(host);
        if (known && known.fault === own) continue;
        await known?.visitor.leave();
        here.set(host, { visitor: await seeder(stand, host, own), ...(own && { fault: own }) });
      }
    };
    const bench = new Bench(`many-${name}`, Object.fromEntries(Object.entries(arms).map(([arm, { words }]) => [arm, words])), [
      { name: 'speed', head: 'MB/s', digits: 2 },
    ]);
    await bench.run({ rounds: Number(values.rounds) }, async (arm) => {
      const { fault, plain = false } = arms[arm] ?? {};
      await stand.rule('pass');
      await gather(fault);
      const reader = await settle(stand, READER, { workers: !plain });
      const last = seeders.at(-1) ?? '';
      try {
        if (!plain) {
          await reader.linked(seeders.length);
          await stand.rule('refuseContent');
        }
        const before = plain ? undefined : await reader.visitor.stats();
        const flowing = inTime(`the ${arm} flow`, fetchParts(reader.visitor));
        if (fault === 'stalls') {
          await reader.visitor.page.waitForFunction((quarter) => /** @type {any} */ (window).parts?.reduce((/** @type {number} */ sum, /** @type {Uint8Array} */ { length }) => sum + length, 0) >= quarter, bytes / 4);
          stand.network.signal(last, 'SIGSTOP');
        }
        const ms = await flowing;
        assert.equal(await partsHash(reader.visitor), hash, 'other bytes came');
        /** @type {import('../bench/frame.mjs').Samples} */
        const samples = { speed: [bytes / MB / (ms / 1000)] };
        if (before) {
          const after = await reader.visitor.stats();
          assert.equal(after.bytes.peers - before.bytes.peers, bytes, 'not all of it came from the others');
        }
        return samples;
      } finally {
        if (fault === 'stalls') {
          stand.network.signal(last, 'SIGCONT');
          // Its links are dead, and it may not know.
          await here.get(last)?.visitor.leave();
          here.delete(last);
        }
        await reader.visitor.leave();
      }
    });
    console.log(`\n${(bytes / MB).toFixed(1)} MB that do not compress. All of it was right, and what visitors brought came from them alone.`);
    bench.tell({ ...SETTINGS[name], bytes });
    for (const [arm, { words, least }] of Object.entries(arms)) {
      if (least === undefined) continue;
      const { value } = bench.figure(arm, { name: 'speed', head: '' });
      console.log(`${words}: ${value.toFixed(2)} MB/s, of ${least.toFixed(2)} that it must be: ${value >= least ? 'kept' : 'missed'}.`);
    }
  } finally {
    await leave(stand);
    site.remove();
  }
}

await playEach(values.only, play);
