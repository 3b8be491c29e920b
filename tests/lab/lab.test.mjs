//! The small case of the lab: visitors behind NATs of their own, 40 ms apart, carry a site to each other. `make lab` has the large ones, and the figures.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { wiki } from '../browser/sites.mjs';
import { gather, readFromOthers } from './cases.mjs';
import { reasonToSkip } from './network.mjs';
import { Stand } from './stand.mjs';

/** Pages that are read: few, for time. */
const PAGES = 4;

/** @typedef {import('./network.mjs').Nat} Nat */
/** @typedef {import('./steps.mjs').Watched} Watched */

/** Both ends are known by their router's address: from STUN, or from what came from there. @param {Watched} link */
const isDirect = ({ types }) => [types?.local, types?.remote].every((type) => type === 'srflx' || type === 'prflx');
/** @param {Watched} link */
const isRelayed = ({ types }) => types?.local === 'relay' || types?.remote === 'relay';

/** @type {[string, { nat: Nat, relay: boolean }, (link: Watched) => boolean][]} */
const CASES = [
  ['find each other by STUN behind NATs that keep a port for all', { nat: 'independent', relay: false }, isDirect],
  ['find each other by a relay behind NATs that draw a port for each', { nat: 'symmetric', relay: true }, isRelayed],
];

const skip = reasonToSkip(['turnserver']);

describe('two visitors 40 ms apart', () => {
  /** @type {import('../browser/sites.mjs').Site} */ let site;
  before(() => {
    if (skip) return;
    site = wiki();
    site.pages.splice(PAGES);
  });
  after(() => site?.remove());

  for (const [what, { nat, relay }, holds] of CASES) {
    it(`${what}, and one reads from the other when the origin sends nothing`, { skip, timeout: 180_000 }, async (t) => {
      const stand = await Stand.open(site, { visitors: { ann: nat, bob: nat }, relay });
      try {
        await stand.look('bob');
        const { links, peers } = await readFromOthers(stand, await gather(stand, ['ann', 'bob']));
        t.diagnostic(`${peers} bytes over ${JSON.stringify(links.map(({ types }) => types))}`);
        for (const link of links) assert(holds(link), JSON.stringify(link));
      } finally {
        await stand.close();
      }
    });
  }
});
