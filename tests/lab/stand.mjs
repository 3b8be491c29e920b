//! What a case of the lab stands on: an origin, visitors' browsers at hosts of their own behind their NATs, a relay if it is wanted, and what the site looks
//! like without us.
import { once } from 'node:events';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, executablePath } from '../browser/chromium.mjs';
import { configure } from '../browser/sites.mjs';
import { Stage } from '../browser/stage.mjs';
import { Visitor, openBrowser } from '../browser/visitors.mjs';
import { Network } from './network.mjs';
import { steps, watchLinks, watchSockets } from './steps.mjs';

/** @typedef {import('./network.mjs').Nat} Nat */
/** @typedef {import('./steps.mjs').Watched} Watched */
/** @typedef {import('./steps.mjs').WatchedSocket} WatchedSocket */

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** The relay's port, user and password; every page gets to know them, as with any TURN server that pages use. */
const RELAY = { port: 3478, username: 'lab', credential: 'relayed' };

/** How long the relay may take to listen, in ms. */
const PATIENCE_MS = 10_000;

/** Switches of the tests' browser that visitors do not have: here they hide their local addresses and have a network that is not the loopback interface. */
const NOT_HERE = ['--disable-features=WebRtcHideLocalIpsWithMdns', '--allow-loopback-in-peer-connection'];

/** What a visitor's line does beside taking its time. @typedef {Omit<import('./network.mjs').Plan, 'name' | 'nat' | 'delayMs'>} Line */

/**
 * @typedef {object} Setting
 * @property {Record<string, Nat>} visitors the hosts of visitors, by name, with the NAT that each is behind
 * @property {number} [apartMs] how far every host is from every other, there and back; 40, if it is not said
 * @property {Line} [line] what else the visitors' lines do
 * @property {Record<string, Line>} [lines] what those of some do, by name
 * @property {Line & { apartMs?: number }} [origin] the origin's line, and how far it is from every visitor, there and back; like the others, if it is not said
 * @property {string} [more] of the site's configuration
 * @property {boolean} [relay] there is a TURN server, which the site names
 */

/** A visitor of the lab: its links and its worker's sockets are watched. */
export class Watcher {
  /** @type {Promise<import('playwright-core').Worker>} */ #worker;

  /** @param {Visitor} visitor */
  constructor(visitor) {
    this.visitor = visitor;
    this.#worker = new Promise((resolve, reject) => visitor.context.once('serviceworker', (worker) => worker.evaluate(watchSockets).then(() => resolve(worker), reject)));
    this.#worker.catch(() => {});
  }

  /** The connections of the page that is open. @returns {Promise<Watched[]>} */
  async links() {
    return this.visitor.page.evaluate(() => /** @type {any} */ (window).lab.links);
  }

  /** @returns {Promise<WatchedSocket[]>} */
  async sockets() {
    return (await this.#worker).evaluate(() => /** @type {any} */ (globalThis).lab.sockets);
  }

  /** Waits until the page's links are so many, and what carries them is known. @returns {Promise<Watched[]>} */
  async linked(/** @type {number} */ peers) {
    await this.visitor.linked(peers);
    await this.visitor.page.waitForFunction((count) => /** @type {any} */ (window).lab.links.filter((/** @type {Watched} */ link) => link.types).length >= count, peers);
    return (await this.links()).filter(({ types }) => types);
  }

  /** Waits until it has tried to link and given up each time. */
  async failed() {
    await this.visitor.page.waitForFunction(() => {
      /** @type {Watched[]} */
      const links = /** @type {any} */ (window).lab.links;
      return links.length > 0 && links.every(({ closed }) => closed);
    });
    return this.links();
  }

  /** What the set-up of its links took. */
  async steps() {
    const [socket] = await this.sockets();
    if (!socket) throw new Error(`${this.visitor.name} opened no socket that was seen`);
    return steps(await this.links(), socket);
  }
}

export class Stand {
  /** @type {Map<string, import('playwright-core').Browser>} */ #browsers = new Map();
  /** @type {Map<number, (answer: any) => void>} */ #asked = new Map();
  #number = 0;

  /**
   * @param {Network} network
   * @param {import('../browser/sites.mjs').Site} site
   */
  constructor(network, site) {
    this.network = network;
    this.site = site;
    this.origin = `http://${network.host('origin').address}`;
  }

  /** @param {import('../browser/sites.mjs').Site} site @param {Setting} setting */
  static async open(site, { visitors, apartMs = 40, line, lines = {}, origin: { apartMs: originMs = apartMs, ...originLine } = {}, relay = false, more = '' }) {
    const delayMs = apartMs / 4;
    /** @type {Stand | undefined} */
    let stand;
    /** @type {Network | undefined} */
    let network;
    try {
      const hosts = Object.entries(visitors).map(([name, nat]) => ({ ...line, ...lines[name], name, nat, delayMs }));
      network = await Network.open([{ ...originLine, name: 'origin', delayMs: originMs / 2 - delayMs }, ...(relay ? [{ name: 'relay', delayMs }] : []), ...hosts]);
      stand = new Stand(network, site);
      await Promise.all([stand.#serve(relay, more), relay && stand.#relay(), ...Object.keys(visitors).map((name) => stand?.#browse(name))]);
      return stand;
    } catch (error) {
      await (stand ? stand.close() : network?.close());
      throw error;
    }
  }

  /** Goes through the site without a worker and keeps what came, to compare with. @param {string} host */
  async look(host) {
    /** @type {any} */
    const none = {};
    this.stage = new Stage(this.site, none, /** @type {any} */ ({ origin: this.origin }), this.#browser(host));
    await this.stage.walkPlainly();
  }

  /** A visitor at a host. @param {string} host @param {{ workers?: boolean }} [options] */
  async arrive(host, options = {}) {
    const visitor = await Visitor.arrive(this.#browser(host), this.origin, { name: host, ...options });
    await visitor.context.addInitScript(watchLinks);
    return new Watcher(visitor);
  }

  /** What the origin does with requests. @param {'pass' | 'refuseContent'} rule */
  async rule(rule) {
    await this.#ask({ rule });
  }

  /** The origin's requests so far, and the content that it sent since a mark. @returns {Promise<{ mark: number, paths: string[], bytes: number }>} */
  async sent(since = 0) {
    return this.#ask({ since });
  }

  /** Counts the content that the origin sends from now on, in bytes. Of what was cancelled nobody knows how much had left: it counts no further than the line carried anything. */
  async counting() {
    const [{ mark }, left] = [await this.sent(), this.network.sentBytes('origin')];
    return async () => Math.min((await this.sent(mark)).bytes, this.network.sentBytes('origin') - left);
  }

  async close() {
    await Promise.all([...this.#browsers.values()].map((browser) => browser.close()));
    await this.network.close();
  }

  #browser(/** @type {string} */ host) {
    const browser = this.#browsers.get(host);
    if (!browser) throw new Error(`no browser at ${host}`);
    return browser;
  }

  async #browse(/** @type {string} */ host) {
    const { namespace } = this.network.host(host);
    const args = [...chromium.args.filter((arg) => !NOT_HERE.includes(arg)), `--unsafely-treat-insecure-origin-as-secure=${this.origin}`];
    const env = { ...process.env, SWARMFETCH_LAB_NAMESPACE: namespace, SWARMFETCH_LAB_BROWSER: executablePath };
    this.#browsers.set(host, await openBrowser({ executablePath: `${HERE}in-namespace.sh`, args, env }));
  }

  /** @param {boolean} relay @param {string} more of the configuration */
  async #serve(relay, more) {
    const { port, username, credential } = RELAY;
    const ice = relay ? `ice = [{ url = "turn:${this.network.host('relay').address}:${port}", username = "${username}", credential = "${credential}" }]` : '';
    const { config } = configure(this.site, { more: `${ice}\n${more}` });
    const { address } = this.network.host('origin');
    const child = this.network.spawn('origin', [process.execPath, `${HERE}origin-host.mjs`, this.site.folder, config, address], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.child = child;
    const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the origin ended with ${code}`)));
    ended.catch(() => {});
    await Promise.race([once(child, 'message'), ended]);
    child.on('message', (/** @type {any} */ answer) => {
      this.#asked.get(answer.id)?.(answer);
      this.#asked.delete(answer.id);
    });
  }

  /** Debian's coturn, for UDP and with one user. */
  async #relay() {
    const { port, username, credential } = RELAY;
    const { address } = this.network.host('relay');
    // What it writes goes with the site.
    const folder = dirname(this.site.folder);
    const options = ['-n', '--no-cli', '--no-tls', '--no-dtls', '--no-tcp', '--lt-cred-mech', '--realm=lab', `--user=${username}:${credential}`, `--listening-ip=${address}`, `--relay-ip=${address}`, `--listening-port=${port}`, '--verbose', '--log-file=stdout', '--simple-log', `--pidfile=${folder}/relay.pid`, `--userdb=${folder}/relay.users`];
    const child = this.network.spawn('relay', ['turnserver', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const listens = new Promise((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (text) => {
          said = (said + text).slice(-20_000);
          if (said.includes('UDP listener opened on')) resolve(undefined);
        });
      }
    });
    /** @type {NodeJS.Timeout | undefined} */
    let late;
    const failed = new Promise((_, reject) => {
      late = setTimeout(reject, PATIENCE_MS, new Error('it is late'));
      child.once('exit', (code) => reject(new Error(`it ended with ${code}`))).once('error', reject);
    });
    await Promise.race([listens, failed]).catch((error) => Promise.reject(new Error(`no relay: ${error.message}\n${said}`)));
    clearTimeout(late);
    failed.catch(() => {});
  }

  /** @param {object} what @returns {Promise<any>} */
  #ask(what) {
    const id = ++this.#number;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.child?.send({ id, ...what });
    });
  }
}
