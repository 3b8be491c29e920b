//! What a run of readers came to: bytes beside what could have been had, times, links, and requests that a plain site would not have made.
import { oracle } from './oracle.mjs';

/** @typedef {import('./site.mjs').Library} Library */
/** @typedef {import('./reader.mjs').Click} Click */
/** @typedef {import('../../browser/visitors.mjs').Visitor} Visitor */
/** @typedef {import('../../browser/proxy.mjs').Passed} Passed */

/** What belongs to the swarm and not to the site. */
export const OWN = /^\/(swarmfetch(-sw)?\.js|\.well-known\/swarmfetch\/)/;
const HEAD = '/.well-known/swarmfetch/head';

/** @type {import('../frame.mjs').Figure[]} */
export const FIGURES = [
  { name: 'share', head: '% of what could be had', digits: 1 },
  { name: 'offload', head: '% not from the origin', digits: 1 },
  { name: 'bound', head: 'its bound', digits: 1 },
  { name: 'answered', head: 'ms to the first byte, p50', beside: 'ratio' },
  { name: 'parsed', head: 'ms to DOMContentLoaded, p50', beside: 'ratio' },
  { name: 'parsed', head: 'p95', share: 0.95, beside: 'ratio' },
  { name: 'loaded', head: 'ms to load, p50', beside: 'ratio' },
  { name: 'loaded', head: 'p95', share: 0.95, beside: 'ratio' },
  { name: 'linked', head: 'ms to the first link, p50' },
  { name: 'linked', head: 'p95', share: 0.95 },
  { name: 'unlinked', head: 'pages without', digits: 0 },
  { name: 'own', head: 'our requests a click', digits: 2 },
  { name: 'ownKb', head: 'KB', digits: 1 },
];

/** Of the first link of a page, in ms from the navigation's start: when its connection was made, and the steps behind that. */
export const STEPS = /** @type {const} */ (['made', 'described', 'ICE', 'DTLS', 'SCTP']);

export class Tally {
  /** @param {Library} library @param {string[]} names of the visitors, who are all there @param {{ log: Passed[] }} proxy */
  constructor(library, names, proxy) {
    this.library = library;
    this.names = names;
    this.proxy = proxy;
    this.mark = proxy.log.length;
  }

  /** @param {Click[]} clicks @param {Visitor[]} readers @returns {Promise<import('../frame.mjs').Samples>} */
  async count(clicks, readers) {
    const { asked, could } = oracle(this.library, this.names, clicks);
    const log = this.proxy.log.slice(this.mark);
    const content = log.filter(({ path, method }) => method === 'GET' && this.library.bytes.has(path));
    const origin = content.reduce((sum, { bytes }) => sum + bytes, 0);
    const own = log.filter(({ path }) => OWN.test(path) && path !== HEAD);
    const firsts = clicks.map(firstLink);
    const failed = readers.flatMap(({ complaints }) => complaints);
    if (failed.length > 0) console.log(`  said in consoles: ${[...new Set(failed)].slice(0, 5).join('; ')}`);
    return {
      share: [(100 * (asked - origin)) / could], offload: [(100 * (asked - origin)) / asked], bound: [(100 * could) / asked],
      answered: clicks.map(({ answered }) => answered), parsed: clicks.map(({ parsed }) => parsed), loaded: clicks.map(({ loaded }) => loaded),
      linked: firsts.flatMap((first) => first?.SCTP ?? []), unlinked: [firsts.filter((first) => !first).length],
      ...Object.fromEntries(STEPS.map((step) => [`to ${step}`, firsts.flatMap((first) => first?.[step] ?? [])])),
      own: [own.length / clicks.length], ownKb: [own.reduce((sum, { bytes }) => sum + bytes, 0) / 1000 / clicks.length],
      paths: /** @type {any} */ (content.map(({ visitor, path }) => `${visitor} ${path}`)),
    };
  }
}

/** The steps of the first link of a click's page, as far as one opened. @param {Click} click @returns {Record<typeof STEPS[number], number> | undefined} */
function firstLink({ at, began, links }) {
  const start = at + began;
  const opened = links.filter(({ opened }) => opened !== undefined).sort((a, b) => (a.opened ?? 0) - (b.opened ?? 0))[0];
  if (!opened) return undefined;
  const { made = NaN, described = NaN, connected = NaN, encrypted = NaN, opened: open = NaN } = opened;
  return { made: made - start, described: described - start, ICE: connected - start, DTLS: encrypted - start, SCTP: open - start };
}

/** Tells of the links' steps, and of requests for content that the plain arm did not make. @param {import('../frame.mjs').Bench} bench */
export function tellRun(bench) {
  for (const step of STEPS) {
    const [p50, p95] = [0.5, 0.95].map((share) => bench.figure('swarm', { name: `to ${step}`, head: '', share }).value);
    console.log(`first link, ${step}: ${p50?.toFixed(0)} ms, p95 ${p95?.toFixed(0)}`);
  }
  const [plain, swarm] = ['plain', 'swarm'].map((arm) => bench.samples(arm, 'paths'));
  swarm?.forEach((asked, round) => {
    const left = [.../** @type {any} */ (plain?.[round] ?? [])];
    const more = /** @type {any[]} */ (asked).filter((one) => {
      const at = left.indexOf(one);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
    console.log(`round ${round + 1}: ${asked.length} requests for content, ${plain?.[round]?.length} without us; ${more.length} that were not made without us${more.length > 0 ? `: ${more.slice(0, 5).join(', ')}` : ''}`);
  });
}
