//! The arms: A no worker, B a worker and nobody else, C a worker that holds all that the case names, D a worker that holds nothing and a visitor who holds it
//! all. Each has an origin's front, a tracker, and a visitor of its own; a tab that stays open holds the links while cases come and go in others.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { binary } from '../origin.mjs';
import { PATIENCE_MS, Visitor } from '../visitors.mjs';
import { Front } from './front.mjs';

/** @typedef {'A' | 'B' | 'C' | 'D'} Kind */

/**
 * What a case that drives its own tab has.
 * @typedef {object} Drive
 * @property {import('playwright-core').Page} tab shows nothing yet
 * @property {string} url of the case's page
 * @property {Arm} arm
 * @property {Front} front
 * @property {import('playwright-core').BrowserContext} context the visitor's
 * @property {() => void} begin what the origin was asked before is not compared
 */

const IN_PAGE = readFileSync(new URL('in-page.js', import.meta.url), 'utf8');

/** How often a file is fetched until the worker holds it. */
const WARMINGS_MAX = 50;

/** A tracker for one arm: in arms of one visitor nobody else may be met. */
async function startTracker() {
  const child = spawn(binary(), ['tracker', '--listen', '127.0.0.1:0', '--origin', '*'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const port = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      const found = /tracker on ws:\/\/127\.0\.0\.1:(\d+)/.exec((text += chunk));
      if (found) resolve(Number(found[1]));
    });
    child.once('exit', () => reject(new Error(`the tracker ended: ${text}`)));
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return { port, stop: () => (child.kill(), ended) };
}

export class Arm {
  /** @type {(() => Promise<unknown>)[]} */ #closers = [];
  /** @type {Front} */ front;
  /** The tab that stays open. @type {Visitor} */ visitor;

  /** @param {Kind} kind @param {string} host */
  constructor(kind, host) {
    this.kind = kind;
    this.host = host;
  }

  /**
   * @param {Kind} kind
   * @param {import('playwright-core').Browser} browser
   * @param {number} originPort
   * @param {import('./theatre.mjs').Case[]} cases those that will run in it
   * @param {string} [initScript] runs first in every page
   * @param {string} [host] the page in the tab that stays open
   */
  static async open(kind, browser, originPort, cases, initScript = '', host = '/host/') {
    const arm = new Arm(kind, host);
    try {
      const tracker = kind === 'A' ? undefined : await startTracker();
      if (tracker) arm.#closers.push(tracker.stop);
      const answers = new Map(cases.flatMap((one) => Object.entries(one.origin ?? {}).map(([path, answer]) => [placed(one.at, path), answer])));
      // In D whatever a page gets of these it got from the peer, however late; the peer itself is let through first.
      const refused = new Set(kind === 'D' ? cases.filter((one) => !one.network).flatMap(labelled) : []);
      let refusing = false;
      arm.front = await new Front({ originPort, trackerPort: tracker?.port, worker: kind !== 'A', answers: new Map(answers), refuses: (path) => refusing && refused.has(path) }).listen();
      arm.#closers.push(() => arm.front.close());
      if (kind === 'D') {
        const seeder = await arm.#settle(browser, 'seeder', initScript);
        await arm.warm(seeder, cases.flatMap(labelled));
      }
      arm.visitor = await arm.#settle(browser, 'visitor', initScript);
      if (kind === 'D') await arm.visitor.linked(1);
      refusing = true;
      return arm;
    } catch (error) {
      await arm.close();
      throw error;
    }
  }

  /** A visitor in a tab that is the worker's from its start. */
  async #settle(/** @type {import('playwright-core').Browser} */ browser, /** @type {string} */ name, /** @type {string} */ initScript) {
    const visitor = await Visitor.arrive(browser, this.front.origin, { name });
    this.#closers.push(() => visitor.leave());
    await visitor.context.addInitScript({ content: IN_PAGE + initScript });
    await visitor.open(this.host);
    if (this.kind === 'A') return visitor;
    await visitor.controlled();
    await visitor.until('a version', ({ version }) => version > 0);
    await visitor.open(this.host);
    return visitor;
  }

  /** Lets a visitor's worker fetch files until it answers them without the origin. The browser's own cache is emptied then: it is as cold as in the other arms. */
  async warm(/** @type {Visitor} */ visitor, /** @type {string[]} */ paths) {
    this.front.passing = true;
    for (let left = paths, n = 0; left.length > 0; n++) {
      if (n === WARMINGS_MAX) throw new Error(`${left} are not held after ${n} fetches`);
      const mark = this.front.log.length;
      await visitor.page.evaluate((urls) => Promise.all(urls.map(async (url) => (await fetch(url)).arrayBuffer())).then(() => undefined), left);
      left = left.filter((path) => this.front.log.slice(mark).some((asked) => asked.path === path));
    }
    this.front.passing = false;
    const control = await visitor.context.newCDPSession(visitor.page);
    await control.send('Network.clearBrowserCache');
    await control.detach();
  }

  /**
   * Runs one case. Everything that it saw, and what the origin was asked meanwhile.
   * @param {import('./theatre.mjs').Case} one
   */
  async run(one) {
    if (this.kind === 'C') await this.warm(this.visitor, labelled(one));
    const tab = await this.visitor.context.newPage();
    tab.setDefaultTimeout(PATIENCE_MS);
    /** @type {string[]} */
    const said = [];
    tab.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
    tab.on('pageerror', (error) => said.push(`page error: ${error.message}`));
    const before = await this.#counted();
    const url = `${this.front.origin}/${one.at}/`;
    let mark = this.front.log.length;
    const begin = () => void (mark = this.front.log.length);
    if (!one.drive) await tab.goto(url, { waitUntil: 'load' }).then(begin);
    const seen = one.drive
      ? await one.drive({ tab, url, arm: this, front: this.front, context: this.visitor.context, begin })
      : await tab.evaluate(/** @type {any} */ (one.page), { elsewhere: this.front.elsewhere });
    const troubles = await tab.evaluate(() => /** @type {any} */ (window).witness?.troubles ?? []);
    await tab.close();
    const log = this.front.since(mark);
    const after = await this.#counted();
    return this.#placeless({ seen, said: [...said, ...troubles], log, from: Object.fromEntries(Object.entries(after).map(([what, count]) => [what, count - (before[what] ?? 0)])) });
  }

  /** How many requests were answered from where. @returns {Promise<Record<string, number>>} */
  async #counted() {
    return this.kind === 'A' ? {} : (await this.visitor.stats()).requests;
  }

  /** The same without the arm's own addresses. @template T @param {T} value @returns {T} */
  #placeless(value) {
    let text = JSON.stringify(value);
    for (const [address, name] of [[this.front.origin, 'http://site'], [this.front.elsewhere, 'http://elsewhere']]) text = text.replaceAll(address, name).replaceAll(address.slice('http://'.length), name.slice('http://'.length));
    return JSON.parse(text);
  }

  async close() {
    for (const close of this.#closers.reverse()) await close();
  }
}

/** Where a case's own answer stands: in its folder, or on the other origin, or at an upgrade. */
function placed(/** @type {string} */ at, /** @type {string} */ path) {
  const [, where = '', rest = ''] = /** @type {RegExpExecArray} */ (/^(elsewhere:|upgrade:)?(.*)$/.exec(path));
  return `${where.slice(0, -1)}/${at}/${rest}`;
}

/** The paths of a case's labelled files, as they are asked for. @param {import('./theatre.mjs').Case} one */
export function labelled({ at, files = {}, unlabelled = [], shared = [] }) {
  const own = Object.keys(files).filter((path) => !path.includes('/') && path !== 'index.html' && !unlabelled.includes(path));
  return ['', ...own.map(encodeURI), ...shared].map((path) => `/${at}/${path}`);
}
