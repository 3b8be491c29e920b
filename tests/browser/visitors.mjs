//! Real browsers and the visitors in them. A visitor is a browser context: its own storage, its own worker, its own links; contexts of one
//! browser process are as separate as people are, and cheaper.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as playwright } from 'playwright-core';
import { chromium, executablePath } from './chromium.mjs';

/** How long anything in a browser may take, in milliseconds. Twice `give_up` and more, for a busy machine. */
export const PATIENCE_MS = 30_000;

/** How long stopping a worker may take, in milliseconds. */
const STOP_MS_MAX = 5_000;

/** Headers that differ between two answers of one server, or that say how a body travelled. */
const NOT_COMPARED = /^(date|age|connection|keep-alive|transfer-encoding|content-length|content-encoding)$/;

/** A browser for many visitors. @param {import('playwright-core').LaunchOptions} [other] options that replace those of the tests */
export async function openBrowser(other) {
  return playwright.launch({ ...chromium, ...other });
}

/**
 * A browser as users have it: none of the features that a test tool switches off is switched off. One visitor, the default context.
 * @param {{profile?: string}} [options] a profile of the caller's, who removes it, in place of a fresh one
 * @returns {Promise<{browser: import('playwright-core').Browser, close: () => Promise<void>, kill: () => Promise<void>}>} `kill` ends all of its processes at once
 */
export async function openPlainBrowser({ profile: given } = {}) {
  const profile = given ?? mkdtempSync(join(tmpdir(), 'swarmfetch-profile-'));
  // A group of its own, to be killed as one.
  const child = spawn(executablePath, ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const killAll = () => process.kill(-(/** @type {number} */ (child.pid)), 'SIGKILL');
  process.once('exit', killAll);
  const ended = new Promise((resolve) => child.once('exit', resolve)).finally(() => process.off('exit', killAll));
  const address = await new Promise((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (chunk) => {
      text += chunk;
      const found = /DevTools listening on (ws:\S+)/.exec(text);
      if (found) resolve(found[1]);
    });
    child.once('exit', () => reject(new Error(`chromium ended: ${text}`)));
  });
  const browser = await playwright.connectOverCDP(address);
  return {
    browser,
    kill: async () => {
      killAll();
      await ended;
    },
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      // Closed as a user does it, it waits for its other processes, which write to the profile until they end.
      const control = await browser.newBrowserCDPSession();
      await control.send('Browser.close').catch(() => {});
      const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      await ended;
      clearTimeout(late);
      if (given === undefined) rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

/**
 * What a page got for one URL.
 * @typedef {object} Got
 * @property {string} url
 * @property {number} status 0 when it failed
 * @property {string} statusText
 * @property {[string, string][]} headers those that are compared, sorted
 * @property {string} body SHA-256 of the body in hex, or why there is none
 * @property {number} length of the body in bytes
 * @property {boolean} worker the worker answered
 * @property {string} kind document, image, ...
 */

/**
 * What `fetch` in a page gave.
 * @typedef {{status: number, statusText: string, type: string, url: string, redirected: boolean, headers: [string, string][], body: string, length: number} | {error: string}} Fetched
 */

/** @param {Iterable<[string, string]>} headers @returns {[string, string][]} */
function compared(headers) {
  return [...headers].map(([name, value]) => /** @type {[string, string]} */ ([name.toLowerCase(), value])).filter(([name]) => !NOT_COMPARED.test(name)).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** One visitor with one tab. */
export class Visitor {
  /** Everything that went wrong in the tab: console errors, page errors. @type {string[]} */ complaints = [];
  /** @type {import('playwright-core').Response[]} */ #responses = [];
  /** @type {import('playwright-core').Request[]} */ #failed = [];
  /** @type {Promise<import('playwright-core').CDPSession> | undefined} */ #control;

  /**
   * @param {string} name
   * @param {string} origin
   * @param {import('playwright-core').BrowserContext} context
   * @param {import('playwright-core').Page} page
   */
  constructor(name, origin, context, page) {
    this.name = name;
    this.origin = origin;
    this.context = context;
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('response', (response) => this.#responses.push(response));
    page.on('requestfailed', (request) => this.#failed.push(request));
    page.on('console', (message) => message.type() === 'error' && this.complaints.push(message.text()));
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  /**
   * @param {import('playwright-core').Browser} browser
   * @param {string} origin
   * @param {{name?: string, workers?: boolean}} [options] `workers: false` blocks service workers: the plain visit that others are compared with
   */
  static async arrive(browser, origin, { name = 'visitor', workers = true } = {}) {
    const context = await browser.newContext({ serviceWorkers: workers ? 'allow' : 'block' });
    await context.addCookies([{ name: 'visitor', value: name, url: origin }]);
    return new Visitor(name, origin, context, await context.newPage());
  }

  async leave() {
    await this.context.close();
  }

  /** Types an address. @returns {Promise<Got[]>} what the page and its parts got */
  async open(/** @type {string} */ path) {
    return this.#visit(path, () => this.page.goto(this.origin + path, { waitUntil: 'load' }));
  }

  /** Clicks the link to a page, or sets `location` where there is none. @returns {Promise<Got[]>} */
  async follow(/** @type {string} */ path) {
    return this.#visit(path, async () => {
      const target = this.origin + path;
      // Not `waitForURL`, which is content at once when the link leads to the page that is open.
      const arrived = this.page.waitForNavigation({ url: (url) => url.href.split('#')[0] === target, waitUntil: 'load' });
      arrived.catch(() => {});
      await this.page.evaluate((/** @type {string} */ wanted) => {
        const anchor = [...document.querySelectorAll('a')].find((a) => a.href === wanted);
        // After this task, so that the answer to this very call is not lost with the page.
        setTimeout(() => (anchor ? anchor.click() : location.assign(wanted)));
      }, target);
      await arrived;
    });
  }

  /** @param {() => Promise<unknown>} go @returns {Promise<Got[]>} */
  async #visit(/** @type {string} */ path, go) {
    const got = await this.during(async () => {
      try {
        await go();
        // A page may say by this promise when its scripts have fetched what they need.
        await within(PATIENCE_MS, this.page.evaluate(() => /** @type {any} */ (window).loaded), `${path} did not finish`);
      } catch (error) {
        const why = this.#failed.map((request) => `${request.url()}: ${request.failure()?.errorText}`).join('; ');
        throw new Error(`${this.name} could not load ${path}: ${/** @type {Error} */ (error).message.split('\n')[0]} ${why}`);
      }
    });
    return got.filter((one) => one.url.startsWith(this.origin));
  }

  /** What the tab gets while something is done with it. @param {() => Promise<unknown>} go @returns {Promise<Got[]>} */
  async during(go) {
    this.#responses = [];
    this.#failed = [];
    await go();
    const got = await Promise.all(this.#responses.map((response) => this.#read(response)));
    for (const request of this.#failed) got.push({ url: request.url(), status: 0, statusText: '', headers: [], body: request.failure()?.errorText ?? 'failed', length: 0, worker: false, kind: request.resourceType() });
    return got;
  }

  /** @param {import('playwright-core').Response} response @returns {Promise<Got>} */
  async #read(response) {
    const body = await response.body().catch((error) => /** @type {Error} */ (error));
    return {
      url: response.url(), status: response.status(), statusText: response.statusText(), worker: response.fromServiceWorker(), kind: response.request().resourceType(),
      headers: compared((await response.headersArray()).map(({ name, value }) => [name, value])),
      body: body instanceof Error ? `unreadable: ${body.message}` : createHash('sha256').update(body).digest('hex'),
      length: body instanceof Error ? 0 : body.length,
    };
  }

  /** `fetch` in the page. @param {RequestInit} [init] @returns {Promise<Fetched>} */
  async fetch(/** @type {string} */ path, init) {
    const got = await this.page.evaluate(async ([url, options]) => {
      try {
        const response = await fetch(/** @type {string} */ (url), /** @type {RequestInit} */ (options));
        const bytes = await response.arrayBuffer();
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
        return {
          status: response.status, statusText: response.statusText, type: response.type, url: response.url, redirected: response.redirected,
          headers: [...response.headers], body: [...digest].map((b) => b.toString(16).padStart(2, '0')).join(''), length: bytes.byteLength,
        };
      } catch (error) {
        return { error: /** @type {Error} */ (error).name };
      }
    }, /** @type {const} */ ([path, init]));
    return 'error' in got ? got : { ...got, headers: compared(/** @type {[string, string][]} */ (got.headers)) };
  }

  /** `await swarmfetch.stats()` in the page. @returns {Promise<any>} */
  async stats() {
    return this.page.evaluate(() => /** @type {any} */ (window).swarmfetch.stats());
  }

  /** Reads on what a page has begun, `window.reading` of a reader and its first bytes; its length and SHA-256 in hex. */
  async readOn() {
    return this.page.evaluate(async () => {
      const { reader, first } = /** @type {any} */ (window).reading;
      const parts = [first];
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        parts.push(value);
      }
      const all = await new Blob(parts).arrayBuffer();
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
      return { length: all.byteLength, hash: [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('') };
    });
  }

  /** Waits until the worker controls the page. */
  async controlled() {
    await this.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  }

  /** Waits until something holds of `stats()`, looking every so many milliseconds. @param {(stats: any) => boolean | Promise<boolean>} holds */
  async until(/** @type {string} */ what, holds, { patience = PATIENCE_MS, every = 100 } = {}) {
    const deadline = performance.now() + patience;
    let last;
    while (performance.now() < deadline) {
      last = await this.stats().catch((error) => error);
      if (!(last instanceof Error) && last && (await holds(last))) return last;
      await new Promise((resolve) => setTimeout(resolve, every));
    }
    throw new Error(`${this.name}: ${what} did not come about; stats were ${last instanceof Error ? last.message : JSON.stringify(last)}`);
  }

  /** Waits for so many open links. */
  async linked(/** @type {number} */ peers) {
    return this.until(`${peers} links`, (stats) => stats.peers >= peers);
  }

  /** Stops this visitor's worker as the browser does at will; also while the tab is between two documents. */
  async stopWorker() {
    await within(STOP_MS_MAX, this.#stop(), `${this.name}: the worker could not be stopped`);
  }

  async #stop() {
    // From a tab of its own: a page that is being left does not answer.
    this.#control ??= (async () => {
      const session = await this.context.newCDPSession(await this.context.newPage());
      await session.send('ServiceWorker.enable');
      return session;
    })();
    await (await this.#control).send('ServiceWorker.stopAllWorkers');
  }
}

/** Fails when something takes longer than it may. @template T @param {Promise<T>} work @returns {Promise<T>} */
async function within(/** @type {number} */ ms, work, /** @type {string} */ what) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`${what} within ${ms} ms`)), ms)));
  try {
    return await /** @type {Promise<T>} */ (Promise.race([work, late]));
  } finally {
    clearTimeout(timer);
  }
}
