//! What an arm's visitors see as the origin: a server that passes requests on as they stream, writes down what was asked, and lets a case answer itself.
//!
//! Each arm has one, so that logs do not mix, with another server beside it that stands for somebody else's origin. Not for faults or counted content:
//! that is `../proxy.mjs`.
import { createHash } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';

/**
 * One request as it was sent.
 * @typedef {object} Asked
 * @property {string} where '' for the site, 'elsewhere' for the other origin
 * @property {string} method
 * @property {string} path path and query as sent
 * @property {[string, string][]} headers
 * @property {string} body the request's, where it is short, else its SHA-256 in hex
 * @property {number} length of the request's body in bytes
 * @property {number} sent bytes of the answer's body that the connection has taken so far
 * @property {'open' | 'whole' | 'broken'} state of the answer
 *
 * Answers a request. `pass` asks the real origin, with other headers or another status where told; `asked` is its line in the log.
 * @typedef {(request: http.IncomingMessage & {bytes: Buffer}, response: http.ServerResponse, pass: (change?: {status?: number, headers?: Record<string, string>}) => void, asked: Asked) => unknown} Answer
 */

/** Paths of the swarm itself, asked when the worker likes; of the icon, asked when the browser likes; and of the tab that stays open. */
const NO_CASE = /^\/(swarmfetch\.js|swarmfetch-sw\.js|\.well-known\/swarmfetch\/|favicon\.ico|host\/)/;

/** Bodies up to this length are written down, in bytes: reports name addresses, which differ between arms. */
const SHORT = 4096;

export class Front {
  /** @type {Asked[]} */ log = [];
  /** Leaves out the cases' own answers, while a visitor is given what is to be held. */ passing = false;
  /** Called with each line when its answer has ended. @type {Set<() => void>} */ #watchers = new Set();
  /** @type {Set<net.Socket>} */ #sockets = new Set();
  #agent = new http.Agent({ keepAlive: true });

  /**
   * @param {object} options
   * @param {number} options.originPort
   * @param {number} [options.trackerPort] none: there is no tracker
   * @param {boolean} options.worker false: the page script is empty, so that pages are the same to the byte and nothing comes of the line in them
   * @param {Map<string, Answer>} options.answers by path without query
   * @param {(path: string) => boolean} options.refuses answers 503 to a GET of these: whoever gets them got them from a peer
   */
  constructor({ originPort, trackerPort, worker, answers, refuses }) {
    Object.assign(this, { originPort, trackerPort, worker, answers, refuses });
    this.server = this.#serve('');
    this.other = this.#serve('elsewhere');
    this.server.on('upgrade', (request, socket, head) => this.#upgrade(request, /** @type {net.Socket} */ (socket), head));
  }

  #serve(/** @type {string} */ where) {
    const server = http.createServer((request, response) => this.#answer(where, /** @type {any} */ (request), response).catch(() => request.destroy()));
    server.keepAliveTimeout = 60_000;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {});
    });
    return server;
  }

  async listen() {
    for (const server of [this.server, this.other]) await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    return this;
  }

  get origin() {
    return `http://127.0.0.1:${/** @type {net.AddressInfo} */ (this.server.address()).port}`;
  }

  get elsewhere() {
    return `http://127.0.0.1:${/** @type {net.AddressInfo} */ (this.other.address()).port}`;
  }

  async close() {
    this.#agent.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([this.server, this.other].map((server) => new Promise((resolve) => server.close(resolve))));
  }

  /** What was asked since a mark (a length of the log), but for what belongs to no case. */
  since(/** @type {number} */ mark) {
    return this.log.slice(mark).filter(({ path }) => !NO_CASE.test(path));
  }

  /** Waits until something holds of what was asked and how far its answers have come. @template T @param {() => T} holds @returns {Promise<T>} */
  until(holds) {
    return new Promise((resolve) => {
      const look = () => {
        const held = holds();
        if (!held) return;
        this.#watchers.delete(look);
        resolve(held);
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** @param {http.IncomingMessage & {bytes: Buffer}} request @param {http.ServerResponse} response */
  async #answer(/** @type {string} */ where, request, response) {
    const raw = request.rawHeaders;
    /** @type {Asked} */
    const asked = {
      where, method: request.method ?? '', path: request.url ?? '', headers: raw.flatMap((name, at) => (at % 2 ? [] : [/** @type {[string, string]} */ ([name, raw[at + 1]])])),
      body: '', length: 0, sent: 0, state: 'open',
    };
    this.log.push(asked);
    this.#note(response, asked);
    const parts = [];
    for await (const part of request) parts.push(part);
    request.bytes = Buffer.concat(parts);
    asked.body = request.bytes.length <= SHORT ? request.bytes.toString('latin1') : createHash('sha256').update(request.bytes).digest('hex');
    asked.length = request.bytes.length;
    const path = asked.path.split('?', 1)[0];
    const pass = (/** @type {{status?: number, headers?: Record<string, string>}} */ change) => this.#pass(request, response, change);
    const answer = this.answers.get(where + path);
    if (path === '/swarmfetch.js' && !this.worker) response.writeHead(200, { 'content-type': 'text/javascript' }).end();
    else if (path === '/favicon.ico') response.writeHead(200, { 'content-type': 'image/svg+xml', 'cache-control': 'max-age=600' }).end('<svg xmlns="http://www.w3.org/2000/svg"/>');
    else if (where === '' && asked.method === 'GET' && this.refuses(asked.path)) response.writeHead(503).end();
    else if (answer && !this.passing) await answer(request, response, pass, asked);
    else if (where === '') pass();
    else response.writeHead(404).end();
  }

  /** Keeps the log's line up to date. @param {http.ServerResponse} response @param {Asked} asked */
  #note(response, asked) {
    const tell = () => [...this.#watchers].forEach((look) => look());
    const { write, end } = response;
    const count = (/** @type {unknown} */ chunk) => {
      if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) asked.sent += chunk.length;
      tell();
    };
    response.write = /** @type {any} */ ((/** @type {any[]} */ ...args) => (count(args[0]), write.apply(response, /** @type {any} */ (args))));
    response.end = /** @type {any} */ ((/** @type {any[]} */ ...args) => (count(args[0]), end.apply(response, /** @type {any} */ (args))));
    response.on('close', () => {
      asked.state = response.writableFinished ? 'whole' : 'broken';
      tell();
    });
  }

  /** @param {http.IncomingMessage & {bytes: Buffer}} request @param {http.ServerResponse} response @param {{status?: number, headers?: Record<string, string>}} [change] */
  #pass(request, response, { status, headers = {} } = {}) {
    const onward = http.request({ host: '127.0.0.1', port: this.originPort, method: request.method, path: request.url, agent: this.#agent, setHost: false, headers: /** @type {any} */ (request.rawHeaders) }, (incoming) => {
      const kept = incoming.rawHeaders.flatMap((name, at) => (at % 2 || /^(connection|keep-alive|transfer-encoding)$/i.test(name) ? [] : [name, incoming.rawHeaders[at + 1]]));
      response.writeHead(status ?? incoming.statusCode ?? 0, incoming.statusMessage, [...kept, ...Object.entries(headers).flat()]);
      incoming.pipe(response);
      incoming.on('error', () => response.destroy());
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    onward.end(request.bytes.length > 0 ? request.bytes : undefined);
  }

  /** To the tracker, or to a case's answer. @param {http.IncomingMessage} request @param {net.Socket} socket @param {Buffer} head */
  #upgrade(request, socket, head) {
    const answer = this.answers.get(`upgrade${request.url}`);
    if (answer) return void answer(/** @type {any} */ (request), /** @type {any} */ (socket), () => {}, /** @type {any} */ (undefined));
    if (this.trackerPort === undefined) return void socket.destroy();
    const onward = net.connect(this.trackerPort, '127.0.0.1', () => {
      const raw = request.rawHeaders;
      onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${raw.flatMap((name, at) => (at % 2 ? [] : [`${name}: ${raw[at + 1]}`])).join('\r\n')}\r\n\r\n`);
      if (head.length > 0) onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    const end = () => [socket, onward].forEach((side) => side.destroy());
    for (const side of [socket, onward]) side.on('error', end).on('close', end);
  }
}
