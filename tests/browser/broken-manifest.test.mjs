//! Must show f: whatever is wrong with head, record, keys, policy or nodes, the site works as a plain site; for visitors who come new and for
//! those who already have the worker.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { MANIFEST, failManifest, objectKind, pass, tamper } from './proxy.mjs';
import { configure, wiki } from './sites.mjs';
import { Stage } from './stage.mjs';

const HEAD = `${MANIFEST}head`;
const OBJECTS = `${MANIFEST}o/`;

/** Flips one bit in the middle. @param {Buffer} body */
const flip = (body) => {
  const other = Buffer.from(body);
  if (other.length > 0) other[other.length >> 1] ^= 1;
  return other;
};

/** Objects of a kind, in the manifest. */
const kind = (/** @type {string} */ wanted) => (/** @type {string} */ path, /** @type {Buffer} */ body) => path.startsWith(OBJECTS) && objectKind(body) === wanted;
const isHead = (/** @type {string} */ path) => path === HEAD;

describe('with a broken manifest', () => {
  /** @type {Stage} */ let stage;
  /** @type {import('node:crypto').KeyObject} */ let key;

  /** The head with a changed payload under a good signature, or another's. @param {(payload: string) => string} change @param {import('node:crypto').KeyObject} [by] */
  const resigned = (change, by) => (/** @type {Buffer} */ head) => Buffer.from(head.toString().replace(/^payload (.*)$([^]*?)^sig (\S+) .*$/m, (_, payload, between, id) => {
    const text = Buffer.from(change(Buffer.from(payload, 'base64').toString()));
    return `payload ${text.toString('base64')}${between}sig ${id} ${sign(null, text, by ?? key).toString('base64')}`;
  }));

  /** @type {[string, import('./proxy.mjs').Rule | (() => import('./proxy.mjs').Rule)][]} */
  const defects = [
    ['everything under /.well-known/swarmfetch/ answers 500', failManifest],
    ['everything under /.well-known/swarmfetch/ is missing', ({ path }) => (path.startsWith(MANIFEST) ? { status: 404, body: 'not found\n' } : undefined)],
    ['everything under /.well-known/swarmfetch/ closes the socket', ({ path }) => (path.startsWith(MANIFEST) ? { close: true } : undefined)],
    ['the head has one bit flipped', tamper(isHead, flip)],
    ['the head is empty', tamper(isHead, () => Buffer.alloc(0))],
    ['the head is endless', tamper(isHead, (head) => Buffer.concat([head, Buffer.alloc(8 << 20, 0x20)]))],
    ['the head is a page of HTML', tamper(isHead, () => Buffer.from('<!doctype html><title>Sign in</title>'))],
    ['the head is signed by another key under the name of the true one', tamper(isHead, (head) => resigned((payload) => payload, generateKeyPairSync('ed25519').privateKey)(head))],
    ['the head has expired', tamper(isHead, resigned((payload) => payload.replace(/^expires \d+$/m, 'expires 1000000000')))],
    ['the head names another site', tamper(isHead, resigned((payload) => payload.replace(/^site .*$/m, `site ${'ab'.repeat(16)}`)))],
    ['the head names a record that is not there', tamper(isHead, resigned((payload) => payload.replace(/^record \S+/m, `record ${'cd'.repeat(32)}`).replace(/^version (\d+)$/m, (_, n) => `version ${Number(n) + 1}`)))],
    ['the record has one bit flipped', tamper(kind('record'), flip)],
    ['the keys have one bit flipped', tamper(kind('keys'), flip)],
    ['the policy has one bit flipped', tamper(kind('policy'), flip)],
    ['the nodes have one bit flipped', tamper(kind('other'), flip)],
    ['the nodes are cut short', tamper(kind('other'), (body) => body.subarray(0, body.length >> 1))],
  ];

  before(async () => {
    const site = wiki();
    const { config, privateKey } = configure(site, { share: ['/index.html', '/wiki.css', '/search.js', '/images/**', '/islands/**', '/lights/**'], privately: ['/desk/**'], more: 'freshness = "1s"' });
    key = privateKey;
    site.pages = ['/', '/lights/', '/islands/', site.pages[2]];
    stage = await Stage.open(site, { config });
  });
  after(() => stage?.close());

  /** A visitor who comes while it is broken. */
  async function comesNew() {
    const visitor = await stage.settle('new');
    for (const path of stage.site.pages.slice(1)) stage.same(path, await visitor.follow(path));
    assert.equal((await visitor.stats())?.bytes?.peers ?? 0, 0);
    await visitor.leave();
  }

  /** A visitor who has the worker and the version from before. */
  async function goesOn(/** @type {import('./visitors.mjs').Visitor} */ visitor) {
    // Older than `freshness`, and nothing in memory: what is stored has to be looked at again too.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await visitor.stopWorker();
    for (const path of stage.site.pages.slice(1)) stage.same(path, await visitor.follow(path));
    await visitor.leave();
  }

  for (const [name, rule] of defects) {
    it(`the site is plain for the new and goes on for those who know it when ${name}`, { timeout: 60_000 }, async () => {
      const known = await stage.settle('known');
      stage.same('/lights/', await known.follow('/lights/'));
      /** Who met the defect. @type {Set<string | undefined>} */
      const met = new Set();
      stage.proxy.rule = (asked, answer) => {
        const instead = /** @type {import('./proxy.mjs').Rule} */ (rule)(asked, answer);
        if (instead) met.add(asked.visitor);
        return instead;
      };
      try {
        await Promise.all([comesNew(), goesOn(known)]);
      } finally {
        stage.proxy.rule = pass;
      }
      assert(met.has('new'), 'the new visitor never met the defect');
      if (isHeadDefect(name)) assert(met.has('known'), 'the known visitor never met the defect');
    });
  }
});

/** A visitor who holds the version need not ask for its objects again; the head is asked for whatever they hold. */
function isHeadDefect(/** @type {string} */ name) {
  return /head|everything/.test(name);
}
