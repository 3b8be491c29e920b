//! A static host as an owner may have one: `publish --out` is deployed to it by writing into its folder, and the tracker runs elsewhere.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { dirname, join, normalize } from 'node:path';
import { createInterface } from 'node:readline';
import { binary, versionOf } from './origin.mjs';
import { configure } from './sites.mjs';

const TYPES = /** @type {Record<string, string>} */ ({ html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8', json: 'application/json', svg: 'image/svg+xml', png: 'image/png' });

/** Files without an ending, and endings that are not in the list. */
const UNKNOWN = 'application/octet-stream';

/** A published site, the host that serves it, and its tracker. */
export class StaticHost {
  /** Paths that were asked for, in order. @type {string[]} */ asked = [];

  /**
   * @param {import('./sites.mjs').Site} site
   * @param {http.Server} server
   * @param {import('node:child_process').ChildProcess} tracker
   * @param {string} config
   */
  constructor(site, server, tracker, config) {
    this.site = site;
    this.server = server;
    this.tracker = tracker;
    this.config = config;
    this.origin = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
    this.out = join(dirname(site.folder), 'out');
    server.on('request', (request, response) => this.#answer(request, response));
  }

  /** Publishes the site and serves it. @param {import('./sites.mjs').Site} site @param {string} more of the configuration */
  static async open(site, more = '') {
    const server = http.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const tracker = spawn(binary(), ['tracker', '--listen', '127.0.0.1:0', '--origin', `http://127.0.0.1:${port}`], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface(/** @type {import('node:stream').Readable} */ (tracker.stdout)), 'line');
    const address = /ws:\S+(?=,)/.exec(line)?.[0];
    assert(address, `the tracker said: ${line}`);
    const { config } = configure(site, { more: `trackers = ["${address}"]\n${more}` });
    const host = new StaticHost(site, server, tracker, config);
    host.run('publish');
    return host;
  }

  /** Runs a command of the owner's on the deployed copy; what it says. @param {...string} command */
  run(...command) {
    const cache = dirname(this.site.folder);
    const words = [command[0], '--config', this.config, '--out', this.out, ...command.slice(1)];
    return execFileSync(binary(), words, { encoding: 'utf8', env: { ...process.env, HOME: cache, XDG_CACHE_HOME: join(cache, 'cache') } });
  }

  /** The version that the deployed head names. */
  version() {
    return versionOf(readFileSync(join(this.out, '.well-known/swarmfetch/head'), 'utf8'));
  }

  /** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
  #answer(request, response) {
    const { pathname } = new URL(request.url ?? '/', this.origin);
    this.asked.push(pathname);
    const name = normalize(decodeURIComponent(pathname)).replace(/\/$/, '/index.html');
    try {
      const body = readFileSync(join(this.out, name));
      response.writeHead(200, { 'content-type': TYPES[name.split('.').at(-1) ?? ''] ?? UNKNOWN, 'content-length': body.length }).end(request.method === 'HEAD' ? undefined : body);
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
    }
  }

  async close() {
    const ended = once(this.tracker, 'exit');
    this.tracker.kill();
    await ended;
    this.server.closeAllConnections();
    this.server.close();
    this.site.remove();
  }
}
