//! A site, its origin, the counting proxy before it and a browser: what every test here begins with and takes down again.
import assert from 'node:assert/strict';
import { Origin } from './origin.mjs';
import { CountingProxy, pass, refuseContent } from './proxy.mjs';
import { Visitor, openBrowser } from './visitors.mjs';

/** @typedef {import('./visitors.mjs').Got} Got */

export class Stage {
  /** What a plain visit to a page asks for: path of the page to URLs. @type {Map<string, Set<string>>} */ parts = new Map();
  /** What a plain fetch of each of them gives. @type {Map<string, import('./visitors.mjs').Fetched>} */ plain = new Map();
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
    try {
      if (walk) await stage.walkPlainly();
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  /** Walks through the site without a worker and keeps what came. */
  async walkPlainly() {
    const visitor = await this.arrive('plain', { workers: false });
    for (const [i, path] of this.site.pages.entries()) {
      const got = await (i === 0 ? visitor.open(path) : visitor.follow(path));
      const urls = got.filter(isContent).map((one) => one.url);
      this.parts.set(path, new Set(urls));
      for (const url of urls) if (!this.plain.has(url)) this.plain.set(url, await visitor.fetch(url, { cache: 'no-store' }));
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

  /** The rest of the walk, while the origin sends no content; every page comes all the same. */
  async walkSilently(/** @type {Visitor} */ visitor) {
    this.proxy.rule = refuseContent;
    try {
      for (const path of this.site.pages.slice(1)) this.same(path, await visitor.follow(path));
    } finally {
      this.proxy.rule = pass;
    }
  }

  /** Fails unless a page and all its parts came as on the plain visit. @param {Got[]} got */
  same(/** @type {string} */ path, got) {
    const missing = new Set(this.parts.get(path));
    for (const one of got.filter(isContent)) {
      const plain = this.plain.get(one.url);
      // Whether a picture that another page had is asked for again is the browser's choice.
      assert(plain, `${path} asked for ${one.url}, which no plain visit does`);
      missing.delete(one.url);
      assert(one.status !== 0, `${one.url} on ${path} failed: ${one.body}`);
      // The browser's own cache asked whether its copy still holds: it does, and the page has a plain answer.
      if (!one.worker && one.status === 304) continue;
      assert(!('error' in plain), `${one.url} cannot be fetched plainly`);
      // After asking again the browser shows the headers of the 304; what the network answered is the origin's own affair anyway.
      for (const what of one.worker ? /** @type {const} */ (['status', 'statusText', 'headers', 'body']) : /** @type {const} */ (['status', 'body'])) {
        assert.deepEqual(one[what], plain[what], `${what} of ${one.url} on ${path}, answered by the ${one.worker ? 'worker' : 'network'}`);
      }
    }
    assert.deepEqual([...missing], [], `${path} came without some of its parts`);
  }

  /** The bytes of a page and its parts that none of the earlier pages had. @param {Iterable<string>} paths @param {Iterable<string>} before */
  labelled(paths, before = []) {
    const had = new Set([...before].flatMap((path) => [...(this.parts.get(path) ?? [])]));
    const urls = new Set([...paths].flatMap((path) => [...(this.parts.get(path) ?? [])]).filter((url) => !had.has(url)));
    return [...urls].reduce((sum, url) => sum + /** @type {any} */ (this.plain.get(url)).length, 0);
  }

  async close() {
    await this.browser.close();
    await this.proxy.close();
    const code = await this.origin.stop();
    this.site.remove();
    return code;
  }
}

/** Not the swarm's own scripts and manifest, nor the icon, which the browser asks for when it likes. @param {Got} got */
function isContent({ url, kind }) {
  return kind !== 'other' && !/^\/(swarmfetch(-sw)?\.js$|\.well-known\/swarmfetch\/)/.test(new URL(url).pathname);
}
