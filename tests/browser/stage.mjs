//! A site, its origin, the counting proxy before it and a browser: what every test here begins with and takes down again.
import assert from 'node:assert/strict';
import { Origin } from './origin.mjs';
import { CountingProxy } from './proxy.mjs';
import { Visitor, openBrowser } from './visitors.mjs';

/** @typedef {import('./visitors.mjs').Got} Got */

export class Stage {
  /** What a plain visit gets: path of a page to its answers by URL. @type {Map<string, Map<string, Got>>} */ plain = new Map();
  /** @type {Visitor[]} */ #visitors = [];

  /**
   * @param {import('./sites.mjs').Site} site
   * @param {Origin} origin
   * @param {CountingProxy} proxy
   * @param {import('playwright-core').Browser} browser
   */
  constructor(site, origin, proxy, browser) {
    this.site = site;
    this.origin = origin;
    this.proxy = proxy;
    this.browser = browser;
  }

  /**
   * @param {import('./sites.mjs').Site} site
   * @param {{config?: string, walk?: boolean}} [options] `walk: false` leaves out the plain walk
   */
  static async open(site, { config, walk = true } = {}) {
    const origin = await Origin.start(site.folder, { config });
    const proxy = await new CountingProxy(origin.port).listen();
    proxy.contents.add(site.folder);
    const stage = new Stage(site, origin, proxy, await openBrowser());
    if (walk) await stage.walkPlainly();
    return stage;
  }

  /** Walks through the site without a worker and keeps what came. */
  async walkPlainly() {
    const visitor = await this.arrive('plain', { workers: false });
    for (const [i, path] of this.site.pages.entries()) {
      const got = await (i === 0 ? visitor.open(path) : visitor.follow(path));
      this.plain.set(path, new Map(got.map((one) => [one.url, one])));
    }
    await visitor.leave();
  }

  /** @param {{workers?: boolean}} [options] */
  async arrive(/** @type {string} */ name, options = {}) {
    const visitor = await Visitor.arrive(this.browser, this.proxy.origin, { name, ...options });
    this.#visitors.push(visitor);
    return visitor;
  }

  /** A visitor whose worker is installed and who has looked at the first page. */
  async settle(/** @type {string} */ name) {
    const visitor = await this.arrive(name);
    await visitor.open(this.site.pages[0]);
    await visitor.controlled();
    return visitor;
  }

  /** Two visitors who hold every page of the walk and are linked with each other. */
  async populate() {
    const visitors = [await this.settle('first'), await this.settle('second')];
    await Promise.all(visitors.map((visitor) => visitor.linked(1)));
    for (const visitor of visitors) for (const path of this.site.pages.slice(1)) this.same(path, await visitor.follow(path));
    await Promise.all(visitors.map((visitor) => visitor.linked(1)));
    return visitors;
  }

  /** Fails unless a page and all its parts came as on the plain visit. @param {Got[]} got */
  same(/** @type {string} */ path, got) {
    const expected = this.plain.get(path);
    assert(expected, `${path} is not part of the walk`);
    const seen = new Set();
    for (const one of got) {
      const plain = expected.get(one.url);
      // What the swarm's own scripts get is not the site's content.
      if (isOwn(one.url)) continue;
      assert(plain, `${path} asked for ${one.url}, which a plain visit does not`);
      seen.add(one.url);
      for (const what of /** @type {const} */ (['status', 'statusText', 'headers', 'body'])) {
        assert.deepEqual(one[what], plain[what], `${what} of ${one.url} on ${path}, answered by the ${one.worker ? 'worker' : 'network'}`);
      }
    }
    for (const url of expected.keys()) assert(seen.has(url) || isOwn(url), `${path} did not get ${url}`);
  }

  async close() {
    await this.browser.close();
    await this.proxy.close();
    const code = await this.origin.stop();
    this.site.remove();
    return code;
  }
}

/** Is this one of the swarm's own two scripts or something of its manifest? */
export function isOwn(/** @type {string} */ url) {
  return /^\/(swarmfetch(-sw)?\.js$|\.well-known\/swarmfetch\/)/.test(new URL(url).pathname);
}
