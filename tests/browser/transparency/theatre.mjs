//! Runs cases of TRANSPARENCY's table: the same page without us and with us, and compares all that can be seen of it.
//!
//! A case names the files of its folder and a function that runs in its page and tells what it saw. What is compared is that, the console, errors, reports,
//! and what the origin was asked. `shows` says what arm A must have seen, so that a case that stopped happening does not pass for equal.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Origin } from '../origin.mjs';
import { openBrowser } from '../visitors.mjs';
import { Arm, labelled } from './arms.mjs';
import { build } from './site.mjs';

/** @typedef {string | Buffer | ((path: string) => string | Buffer)} Content */

/**
 * @typedef {object} Case
 * @property {string} name begins with its number in the table
 * @property {Record<string, Content>} [files] by path in the case's folder: shared when right in it, not when deeper
 * @property {Record<string, Record<string, string>>} [headers] the owner's, by path in the folder
 * @property {string} [html] the page's body
 * @property {string[]} [unlabelled] files right in the folder that the publisher leaves out all the same, or that are asked for past the worker
 * @property {Record<string, import('./front.mjs').Answer>} [origin] answers by path in the folder; `elsewhere:` and `upgrade:` before a path
 * @property {(given: {elsewhere: string}) => unknown} [page] runs in the page; `witness` is there (`in-page.js`)
 * @property {(stage: import('./arms.mjs').Drive) => Promise<unknown>} [drive]
 *   instead: runs here, with a tab that shows nothing yet
 * @property {import('./arms.mjs').Kind[]} [arms] all four unless it says why not
 * @property {boolean} [network] every request goes to the origin, in every arm as in A
 * @property {string[]} [shared] URLs in the folder that are labelled beside the files' own, such as one with a query that a page names
 * @property {boolean} [conditional] whether the browser's own cache makes a request a conditional one is not compared: it holds what came through it
 * @property {boolean} [uncounted] how often the origin is asked for labelled files is a matter of moments
 * @property {boolean} [alone] with visitors of its own
 * @property {string} [initScript] for those: runs first in every page
 * @property {(seen: any, kind: import('./arms.mjs').Kind) => void} [forgive] takes out what the table lets differ, from both sides
 * @property {(seen: any, all: any) => void} [shows] what arm A must have seen
 * @property {(seen: any, kind: import('./arms.mjs').Kind) => void} [also] what each arm must have seen, where that is not the same as A
 * @property {string} [at] its folder, given by its place
 */

/** Headers of a response that two answers of one server differ in, or that belong to the connection. */
const NOT_COMPARED = /^(date|age|connection|keep-alive|transfer-encoding)$/;

/** One theme's cases, each a test. @param {Case[]} cases */
export function theatre(/** @type {string} */ title, cases) {
  for (const [n, one] of cases.entries()) one.at = `${/^X\d+/.exec(one.name)?.[0].toLowerCase()}-${n}`;

  describe(title, () => {
    /** @type {import('playwright-core').Browser} */ let browser;
    /** @type {Origin} */ let origin;
    /** @type {Map<string, Promise<Arm>>} */ const arms = new Map();
    let remove = () => {};

    before(async () => {
      const { site, config } = build(cases);
      remove = site.remove;
      origin = await Origin.start(site.folder, { config });
      browser = await openBrowser();
    });
    after(async () => {
      for (const arm of arms.values()) await (await arm.catch(() => undefined))?.close();
      await browser?.close();
      await origin?.stop();
      remove();
    });

    /** The arm that this case runs in, opened when the first needs it. */
    const armOf = (/** @type {import('./arms.mjs').Kind} */ kind, /** @type {Case} */ one) => {
      const name = one.alone ? `${kind} ${one.at}` : kind;
      const inIt = one.alone ? [one] : cases.filter((other) => !other.alone && kinds(other).includes(kind));
      if (!arms.has(name)) arms.set(name, Arm.open(kind, browser, origin.port, inIt, one.initScript));
      return /** @type {Promise<Arm>} */ (arms.get(name));
    };

    for (const one of cases) {
      it(one.name, { timeout: 120_000 }, async () => {
        const runs = await Promise.all(kinds(one).map(async (kind) => ({ kind, ...(await (await armOf(kind, one)).run(one)) })));
        if (one.alone) for (const kind of kinds(one)) await (await armOf(kind, one)).close(), arms.delete(`${kind} ${one.at}`);
        const [plain, ...ours] = runs;
        one.shows?.(plain.seen, plain);
        for (const run of runs) one.also?.(run.seen, run.kind);
        for (const run of ours) same(one, plain, run);
      });
    }
  });
}

/** @param {Case} one @returns {import('./arms.mjs').Kind[]} */
const kinds = ({ arms = ['A', 'B', 'C', 'D'] }) => arms;

/** Fails unless an arm saw what A saw. @param {Case} one @param {any} plain @param {any} run */
function same(one, plain, run) {
  const arm = `arm ${run.kind}`;
  const [theirs, ours] = [plain.seen, run.seen].map((seen) => structuredClone(seen));
  one.forgive?.(theirs, 'A');
  one.forgive?.(ours, run.kind);
  alike(theirs, ours);
  const different = [...differences(theirs, ours, 'seen'), ...differences(plain.said, run.said, 'said')];
  assert(different.length === 0, `${arm}: without us, and with us\n  ${different.join('\n  ')}`);

  const share = new Set(one.network ? [] : labelled(one));
  const mayStay = (/** @type {any} */ { method, path, where }) => where === '' && method === 'GET' && share.has(path);
  const asked = (/** @type {any} */ { log }) => log.filter((/** @type {any} */ line) => !mayStay(line)).map(one.conditional ? unconditional : lineOf);
  const [more, fewer] = apart(asked(run), asked(plain));
  assert(more.length + fewer.length === 0, `${arm}: with us the origin was asked\n  ${more.join('\n  ')}\nin place of\n  ${fewer.join('\n  ')}`);
  const shared = (/** @type {any} */ { log }) => log.filter(mayStay).map(refetched);
  if (run.kind === 'B' && !one.uncounted) {
    const [excess, rest] = apart(shared(run), shared(plain));
    assert(excess.length === 0, `${arm}: the origin was asked for labelled files more often or otherwise, with us\n  ${excess.join('\n  ')}\nwithout us\n  ${rest.join('\n  ')}`);
  }
  // D's origin refuses them: what came did not come from there.
  if (run.kind === 'C' && !one.uncounted) assert.deepEqual(shared(run), [], `${arm}: the origin was asked for what is held`);
  if (run.kind === 'D' && shared(plain).length > 0) assert(run.from.peers > 0, `${arm}: nothing came from the peer: ${JSON.stringify(run.from)}`);
}

/** Where two values of plain data differ, a line each. @returns {string[]} */
function differences(/** @type {any} */ theirs, /** @type {any} */ ours, /** @type {string} */ where) {
  if (theirs === ours) return [];
  if ([theirs, ours].some((side) => typeof side !== 'object' || side === null)) return [`${where}: ${JSON.stringify(theirs)} | ${JSON.stringify(ours)}`];
  return [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].flatMap((key) => differences(theirs[key], ours[key], `${where}.${key}`));
}

/** What each of two lists has beyond the other, whatever their order. @param {string[]} ours @param {string[]} theirs */
function apart(ours, theirs) {
  const fewer = [...theirs];
  const more = ours.filter((line) => !fewer.includes(line) || fewer.splice(fewer.indexOf(line), 1).length === 0);
  return [more, fewer];
}

/** Takes out what may differ between two answers of one server, and between a body that travelled compressed and one that did not (X2, X4). */
function alike(/** @type {any} */ theirs, /** @type {any} */ ours) {
  if (typeof theirs !== 'object' || typeof ours !== 'object' || theirs === null || ours === null) return;
  if (Array.isArray(theirs.headers) && Array.isArray(ours.headers)) {
    const has = (/** @type {any} */ { headers }, /** @type {string} */ name) => headers.some((/** @type {string[]} */ pair) => pair[0] === name);
    const travelled = has(theirs, 'content-encoding') && !has(ours, 'content-encoding') && !has(ours, 'content-length');
    for (const side of [theirs, ours]) side.headers = Object.fromEntries(side.headers.filter((/** @type {string[]} */ [name]) => !NOT_COMPARED.test(name) && !(travelled && /^content-(encoding|length)$/.test(name))));
  }
  for (const key of Object.keys(theirs)) alike(theirs[key], ours[key]);
}

/** The same but for what the browser's own cache adds. */
const unconditional = (/** @type {import('./front.mjs').Asked} */ line) => lineOf({ ...line, headers: line.headers.filter(([name]) => !/^If-(None-Match|Modified-Since)$/.test(name)) });

/**
 * The same of a request that a worker repeats: the browser names no destination (DESIGN, fact 7); of a navigation it leaves out who began it as well, and the
 * hints about itself.
 * @param {import('./front.mjs').Asked} line
 */
function refetched(line) {
  const navigation = line.headers.some((pair) => pair.join() === 'Sec-Fetch-Mode,navigate');
  const lost = navigation ? /^(sec-fetch-(dest|site|user)|sec-ch-ua)/i : /^sec-fetch-dest$/i;
  return lineOf({ ...line, headers: line.headers.filter(([name]) => !lost.test(name)) });
}

/** A request as one line: what is compared. The order of headers is not: Chromium's own changes with a redirect, and with a worker anywhere. @param {import('./front.mjs').Asked} line */
function lineOf({ where, method, path, headers, body, length }) {
  return [where, method, path, length > 0 ? `${length} bytes: ${body}` : '', ...headers.map(([name, value]) => `${name}: ${value}`).sort()].join(' | ');
}
