//! THREATS T8: whatever of the swarm's own files, or of a labelled one, has no end, is not read past what it may be. The page goes on as a plain one, what the origin
//! could send ends, and no process of the browser's grows by it.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { MANIFEST, objectKind, pass } from './proxy.mjs';
import { configure, wiki } from './sites.mjs';
import { Stage } from './stage.mjs';

const MIB = 1024 * 1024;
/** What an endless file of the swarm's could send. */
const ENDLESS = 400 * MIB;
/** What a labelled file could that a page reads to its end ... */
const READ = 1200 * MIB;
/** ... and what a process may grow by it. By a plain visit it grows by 200 to 450 MiB: whoever watches a browser by its tools has it keep what it loads. */
const READ_GROWN_MAX = 700 * MIB;
/** What may leave the proxy before the browser has said that it wants no more: buffers of the system and of the browser's network service. */
const SENT_MAX = 32 * MIB;
/** What one process of the browser's may grow by at its peak: pages come and go meanwhile, and its collector takes its time. */
const GROWN_MAX = 128 * MIB;

const HEAD = `${MANIFEST}head`;
const OBJECTS = `${MANIFEST}o/`;
const kind = (/** @type {string} */ wanted) => (/** @type {string} */ path, /** @type {Buffer} */ body) => path.startsWith(OBJECTS) && objectKind(body) === wanted;

/** The processes below this one whose program is a browser. @returns {number[]} */
function browserProcesses() {
  /** @type {Map<number, number>} */
  const parents = new Map();
  for (const name of readdirSync('/proc')) {
    try {
      if (/^\d+$/.test(name)) parents.set(Number(name), Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'latin1'))?.[1]));
    } catch {
      // Gone since.
    }
  }
  const isBelow = (/** @type {number} */ pid) => {
    for (let at = pid; at > 1; at = parents.get(at) ?? 0) if (at === process.pid) return pid !== process.pid;
    return false;
  };
  return [...parents.keys()].filter((pid) => isBelow(pid) && /chrom/.test(command(pid)));
}

/** @param {number} pid */
function command(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

/** A line of a process's status, in bytes; 0 when it is gone. @param {number} pid @param {'VmRSS' | 'VmHWM'} name */
function memory(pid, name) {
  try {
    return 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Watches how far each process of the browser's grows from now on, at its peak. */
function watchMemory() {
  const before = new Map(browserProcesses().map((pid) => [pid, memory(pid, 'VmRSS')]));
  // Peaks are counted from here.
  for (const pid of before.keys()) writeFileSync(`/proc/${pid}/clear_refs`, '5');
  // A process that has come since counts from nothing; it is as large as the smallest there was.
  return () => Math.max(...browserProcesses().map((pid) => memory(pid, 'VmHWM') - (before.get(pid) ?? Math.max(...before.values()))));
}

describe('what has no end', { skip: process.platform === 'linux' ? false : 'memory is read from /proc' }, () => {
  /** @type {Stage} */ let stage;
  const noise = Buffer.alloc(64 * 1024, 'no end ');

  before(async () => {
    const site = wiki();
    const { config } = configure(site, { more: 'freshness = "1s"' });
    site.pages = site.pages.slice(0, 3);
    stage = await Stage.open(site, { config });
  });
  after(() => stage?.close());

  /** Everything that this rule chooses has no end; counts what the visitors took of it. @param {(path: string, body: Buffer) => boolean} chosen */
  function endless(chosen, length = ENDLESS) {
    const met = { times: 0, sent: () => stage.proxy.since(mark).filter(({ bytes }) => bytes === noise.length).reduce((sum, { sent }) => sum + sent, 0) };
    const mark = stage.proxy.log.length;
    stage.proxy.rule = ({ path }, answer) => {
      if (answer.status !== 200 || !chosen(path, answer.body)) return undefined;
      met.times += 1;
      return { status: 200, headers: answer.headers.filter(([name]) => !/^content-(length|encoding)$|^transfer-encoding$/i.test(name)), body: noise, times: length / noise.length };
    };
    return met;
  }

  /** @type {[string, (path: string, body: Buffer) => boolean][]} */
  const files = [
    ['the head', (path) => path === HEAD],
    ['the record', kind('record')],
    ['the keys', kind('keys')],
    ['the policy', kind('policy')],
    ['what else there is', kind('other')],
  ];
  for (const [name, chosen] of files) {
    it(`pages come, and nothing grows, when ${name} has no end`, { timeout: 120_000 }, async (t) => {
      const visitor = await stage.arrive('new');
      await visitor.page.goto('about:blank');
      const grown = watchMemory();
      const met = endless(chosen);
      try {
        stage.same(stage.site.pages[0], await visitor.open(stage.site.pages[0]));
        await visitor.controlled();
        // Until it was met, and answered all the same.
        for (let round = 0; round < 20 && met.times === 0; round++) await visitor.page.evaluate(() => /** @type {any} */ (window).swarmfetch.stats());
        for (const path of stage.site.pages.slice(1)) stage.same(path, await visitor.follow(path));
        assert(met.times > 0, 'nobody asked for it');
      } finally {
        stage.proxy.rule = pass;
      }
      const [more, left] = [grown(), met.sent()];
      t.diagnostic(`asked ${met.times} times; ${(left / MIB).toFixed(1)} MiB left the origin, the largest growth of a process is ${(more / MIB).toFixed(1)} MiB`);
      assert(left < SENT_MAX * met.times, `${left} bytes were sent for ${met.times} requests`);
      assert(more < GROWN_MAX, `a process grew by ${more} bytes`);
      await visitor.leave();
    });
  }

  it('a page that reads on has all of a labelled file that has no end, and nothing is kept of it', { timeout: 120_000 }, async (t) => {
    const visitor = await stage.settle('reads');
    const [, document] = stage.site.pages;
    const grown = watchMemory();
    const met = endless((path) => path === document, READ);
    try {
      // As a stream it may be as long as it likes: the page takes it piece by piece.
      const length = await visitor.page.evaluate(async (path) => {
        const reader = (await fetch(path)).body.getReader();
        for (let sum = 0; ; ) {
          const { done, value } = await reader.read();
          if (done) return sum;
          sum += value.length;
        }
      }, document);
      assert.equal(length, READ);
      assert(met.times > 0);
    } finally {
      stage.proxy.rule = pass;
    }
    const more = grown();
    t.diagnostic(`the largest growth of a process is ${(more / MIB).toFixed(1)} MiB`);
    assert(more < READ_GROWN_MAX, `a process grew by ${more} bytes`);
    await visitor.leave();
  });
});
