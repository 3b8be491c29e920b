//! The counting proxy: stands between visitors and the origin, writes down what passes, and can be told to lie or to refuse.
//!
//! It forwards requests and WebSocket upgrades with their Host unchanged and keeps whole bodies in memory: a witness for tests and the demo,
//! not a proxy for anything else.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join, relative } from 'node:path';
import zlib from 'node:zlib';
import { SLICE_BYTES } from './bottleneck.mjs';

/** The folder below which everything of the swarm's own stands. */
export const MANIFEST = '/.well-known/swarmfetch/';

/**
 * One answered request.
 * @typedef {object} Passed
 * @property {number} at milliseconds since the proxy started
 * @property {string} method
 * @property {string} path path and query as sent
 * @property {[string, string][]} headers request headers as sent, names in their own spelling
 * @property {string} requestBody SHA-256 of the request's body, in hex
 * @property {number} requestLength length of the request's body in bytes
 * @property {string | undefined} visitor value of the cookie `visitor`
 * @property {number} status what the visitor got: 0 for a closed socket, 101 for an upgrade
 * @property {number} bytes length of the decoded body that the visitor got
 * @property {number} sent bytes of the body that left for the visitor, as encoded
 * @property {string | undefined} file the site's file that this answer carried, whole or in part, or would have but for a rule
 *
 * What the origin answered.
 * @typedef {{status: number, message: string, headers: [string, string][], wire: Buffer, body: Buffer}} Answer
 *
 * What the visitor gets instead: undefined lets the answer pass. `short` bytes fewer than its Content-Length says come, and the socket is closed; `late`: only
 * after so many milliseconds, or when the promise is kept; `times`: the body so often, as fast as the visitor takes it, and without a length.
 * @typedef {{close: true} | {status: number, headers?: [string, string][], body: Buffer | string, short?: number, late?: number | Promise<unknown>, times?: number} | undefined} Instead
 *
 * @typedef {(asked: {method: string, path: string, file: string | undefined, visitor: string | undefined}, answer: Answer) => Instead} Rule
 */

/** Lets everything pass. @type {Rule} */
export const pass = () => undefined;

/** What still answers when content is refused: the manifest, as long as no content stands in it. @param {Parameters<Rule>[0]} asked */
const isManifestOnly = ({ path, file }) => file === undefined && path.startsWith(MANIFEST);

/** Closes the socket on everything but head, record, keys, policy, nodes and outboards. @type {Rule} */
export const closeOnContent = (asked) => (isManifestOnly(asked) ? undefined : { close: true });

/** Answers 503 for everything but head, record, keys, policy, nodes and outboards. @type {Rule} */
export const refuseContent = (asked) => (isManifestOnly(asked) ? undefined : { status: 503, body: 'refused\n' });

/** Answers 500 for everything of the swarm's own. @type {Rule} */
export const failManifest = ({ path }) => (path.startsWith(MANIFEST) ? { status: 500, body: 'broken\n' } : undefined);

/**
 * Gives other bytes for the chosen paths, with the origin's status and headers.
 * @param {(path: string, body: Buffer) => boolean} chosen
 * @param {(body: Buffer) => Buffer} change
 * @returns {Rule}
 */
export function tamper(chosen, change) {
  return ({ path }, answer) => {
    if (answer.status !== 200 || !chosen(path, answer.body)) return undefined;
    return { status: 200, headers: answer.headers.filter(([name]) => !/^content-(length|encoding)$|^transfer-encoding$|^etag$/i.test(name)), body: change(answer.body) };
  };
}

/** What kind of object of the manifest this is, by its first bytes; content and outboards are not told apart. */
export function objectKind(/** @type {Buffer} */ body) {
  if (body[1] !== 1) return 'other';
  return /** @type {Record<string, string>} */ ({ R: 'record', K: 'keys', P: 'policy' })[String.fromCharCode(body[0])] ?? 'other';
}

/** Files that belong to the swarm or its owner and not to the site's content. */
const NOT_CONTENT = /^(?:_headers|_redirects|swarmfetch\.js|swarmfetch-sw\.js|swarmfetch\.toml|.*\.pem)$/;

/** Everything that counts as content: by its bytes, under whatever URL, and by its own URL. */
class Contents {
  /** @type {Map<string, string>} */ #byHash = new Map();
  /** @type {Map<string, string>} */ #byPath = new Map();
  /** @type {Map<string, Buffer>} */ #bytes = new Map();

  /** @param {string} folder */
  add(folder) {
    for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
      const full = join(entry.parentPath ?? entry.path, entry.name);
      const file = relative(folder, full);
      if (entry.isDirectory() || file.split('/').some((part) => part.startsWith('.')) || NOT_CONTENT.test(file)) continue;
      const bytes = readFileSync(full);
      this.#bytes.set(file, bytes);
      if (bytes.length > 0) this.#byHash.set(sha256(bytes), file);
      this.#byPath.set(encodeURI(`/${file}`), file);
      if (/(^|\/)index\.html$/.test(file)) this.#byPath.set(encodeURI(`/${file.slice(0, -'index.html'.length)}`), file);
    }
  }

  /** The file that an answer to this path carries, whole or in part. @param {Buffer} body @returns {string | undefined} */
  named(/** @type {string} */ path, body) {
    const own = this.#byPath.get(path.split('?', 1)[0]);
    if (own !== undefined) return own;
    const whole = this.#byHash.get(sha256(body));
    if (whole !== undefined || body.length < PART_BYTES_MIN) return whole;
    // A run of content inside something else, such as a slice with its proof.
    const probe = body.subarray(body.length - PART_BYTES_MIN);
    for (const [file, bytes] of this.#bytes) if (bytes.length >= PART_BYTES_MIN && bytes.includes(probe)) return file;
    return undefined;
  }

  /** @returns {number} the length of a file in bytes */
  size(/** @type {string} */ file) {
    return this.#bytes.get(file)?.length ?? 0;
  }
}

/** Shorter runs of bytes are not taken for a part of a file: a hash or a short text may stand in one by chance. */
const PART_BYTES_MIN = 512;

function sha256(/** @type {Buffer} */ bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** @param {string[]} raw @returns {[string, string][]} */
function pairs(raw) {
  /** @type {[string, string][]} */
  const out = [];
  for (let i = 0; i < raw.length; i += 2) out.push([raw[i], raw[i + 1]]);
  return out;
}

/** @param {Buffer} wire */
function decode(wire, encoding = '') {
  if (wire.length === 0) return wire;
  if (encoding === 'gzip') return zlib.gunzipSync(wire);
  if (encoding === 'br') return zlib.brotliDecompressSync(wire);
  if (encoding === 'zstd' && 'zstdDecompressSync' in zlib) return /** @type {any} */ (zlib).zstdDecompressSync(wire);
  if (encoding === 'deflate') return zlib.inflateSync(wire);
  if (encoding === '' || encoding === 'identity') return wire;
  throw new Error(`the proxy cannot read the encoding ${encoding}`);
}

async function readAll(/** @type {AsyncIterable<Buffer>} */ stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

export class CountingProxy {
  /** @type {Passed[]} */ log = [];
  /** @type {Rule} */ rule = pass;
  /**
   * What becomes of WebSockets: they pass, are refused, get no answer, or open and then stay mute in both directions. `sever` ends those that are open.
   * @type {'pass' | 'refuse' | 'hang' | 'mute'}
   */
  sockets = 'pass';
  /** How far away WebSockets' other end seems, one way, in milliseconds. */
  socketsMs = 0;
  /** How far away the origin seems to requests, there and back, in milliseconds. */
  awayMs = 0;
  contents = new Contents();
  /** The line that all answers have to pass; WebSockets go beside it. @type {import('./bottleneck.mjs').Bottleneck | undefined} */ bottleneck;
  /** Called with each answered request. @type {(passed: Passed) => void} */ heard = () => {};
  #started = performance.now();
  #agent = new http.Agent({ keepAlive: true });
  /** @type {Set<net.Socket>} */ #sockets = new Set();
  /** @type {Set<net.Socket>} */ #upgraded = new Set();

  /** @param {number} originPort */
  constructor(originPort) {
    this.originPort = originPort;
    this.server = http.createServer((request, response) => this.#forward(request, response).catch(() => request.destroy()));
    this.server.on('upgrade', (request, socket, head) => this.#upgrade(request, /** @type {net.Socket} */ (socket), head));
    this.server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
    });
    this.server.keepAliveTimeout = 30_000;
  }

  /** @returns {Promise<this>} */
  async listen(port = 0, address = '127.0.0.1') {
    await new Promise((resolve, reject) => this.server.once('error', reject).listen(port, address, () => resolve(undefined)));
    return this;
  }

  get port() {
    return /** @type {net.AddressInfo} */ (this.server.address()).port;
  }

  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ends the WebSockets that are open. */
  sever() {
    for (const socket of this.#upgraded) socket.destroy();
  }

  async close() {
    for (const socket of this.#sockets) socket.destroy();
    this.#agent.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Requests since a mark (a length of the log), those answered with content only when asked so. */
  since(mark = 0, { content = false } = {}) {
    return this.log.slice(mark).filter((passed) => !content || passed.file !== undefined);
  }

  /** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
  async #forward(request, response) {
    const requestBody = await readAll(request);
    const headers = pairs(request.rawHeaders);
    const passed = this.#note(request, headers, requestBody);
    /** @type {Answer} */
    let answer;
    try {
      answer = await this.#ask(request, requestBody);
    } catch (error) {
      passed.status = 0;
      this.heard(passed);
      request.socket.destroy();
      return;
    }
    if (this.awayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.awayMs));
    passed.file = this.contents.named(passed.path, answer.body);
    const instead = this.rule(passed, answer);
    if (instead && 'close' in instead) {
      this.heard(passed);
      request.socket.destroy();
      return;
    }
    const given = instead ? { headers: [['Content-Type', 'text/plain']], ...instead, body: Buffer.from(instead.body) } : undefined;
    if (given?.late) await (typeof given.late === 'number' ? new Promise((resolve) => setTimeout(resolve, Number(given.late))) : given.late);
    passed.status = given?.status ?? answer.status;
    passed.bytes = (given?.body ?? answer.body).length;
    this.heard(passed);
    const length = given || passed.method === 'HEAD' || answer.status === 304 || answer.status === 204 ? [] : [['Content-Length', String(answer.wire.length)]];
    const kept = (given?.headers ?? answer.headers).filter(([name]) => !/^(connection|keep-alive|transfer-encoding)$/i.test(name) && !(length.length > 0 && /^content-length$/i.test(name)));
    response.writeHead(passed.status, given ? undefined : answer.message, [...kept, ...(given && !given.times ? [['Content-Length', String(given.body.length)]] : length)].flat());
    if (given?.times) return this.#repeat(response, passed, given.body, given.times);
    if (given?.short) return void response.write(given.body.subarray(0, -given.short), () => request.socket.destroy());
    const body = passed.method === 'HEAD' ? Buffer.alloc(0) : given?.body ?? answer.wire;
    for (let at = 0; this.bottleneck && at < body.length; at += SLICE_BYTES) {
      const slice = body.subarray(at, at + SLICE_BYTES);
      await this.bottleneck.pass(slice.length);
      // Cancelled: what has not left is not sent.
      if (response.destroyed) return;
      response.write(slice);
      passed.sent += slice.length;
    }
    if (!this.bottleneck) passed.sent = body.length;
    response.end(this.bottleneck ? undefined : body);
  }

  /** @param {http.ServerResponse} response @param {Passed} passed @param {Buffer} body @param {number} times */
  async #repeat(response, passed, body, times) {
    const closed = new Promise((resolve) => response.once('close', resolve));
    for (let n = 0; n < times && !response.destroyed; n++) {
      passed.sent += body.length;
      if (!response.write(body)) await Promise.race([closed, new Promise((resolve) => response.once('drain', resolve))]);
    }
    response.end();
  }

  /** @param {http.IncomingMessage} request @param {Buffer} body @returns {Promise<Answer>} */
  #ask(request, body) {
    return new Promise((resolve, reject) => {
      const onward = http.request({ host: '127.0.0.1', port: this.originPort, method: request.method, path: request.url, agent: this.#agent, setHost: false, headers: /** @type {any} */ (request.rawHeaders) }, async (incoming) => {
        try {
          const wire = await readAll(incoming);
          resolve({ status: incoming.statusCode ?? 0, message: incoming.statusMessage ?? '', headers: pairs(incoming.rawHeaders), wire, body: decode(wire, incoming.headers['content-encoding']) });
        } catch (error) {
          reject(error);
        }
      });
      onward.on('error', reject);
      onward.end(body.length > 0 ? body : undefined);
    });
  }

  /** @param {http.IncomingMessage} request @param {[string, string][]} headers @param {Buffer} body @returns {Passed} */
  #note(request, headers, body) {
    const passed = {
      at: Math.round(performance.now() - this.#started), method: request.method ?? '', path: request.url ?? '', headers,
      requestBody: sha256(body), requestLength: body.length, visitor: /(?:^|;\s*)visitor=([^;]*)/.exec(request.headers.cookie ?? '')?.[1],
      status: 0, bytes: 0, sent: 0, file: undefined,
    };
    this.log.push(passed);
    return passed;
  }

  /** @param {http.IncomingMessage} request @param {net.Socket} socket @param {Buffer} head */
  #upgrade(request, socket, head) {
    const headers = pairs(request.rawHeaders);
    const passed = this.#note(request, headers, Buffer.alloc(0));
    passed.status = 101;
    this.heard(passed);
    if (this.sockets === 'refuse') return void socket.destroy();
    this.#upgraded.add(socket);
    socket.on('close', () => this.#upgraded.delete(socket));
    if (this.sockets === 'hang') return;
    const mute = this.sockets === 'mute';
    const ms = this.socketsMs;
    // Timers of one length keep their order.
    const carry = (/** @type {net.Socket} */ from, /** @type {net.Socket} */ to) => (ms === 0 ? from.pipe(to) : from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), ms)));
    const onward = net.connect(this.originPort, '127.0.0.1');
    onward.once('connect', async () => {
      // TCP's own round trip, and the request's way.
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, 3 * ms));
      onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`);
      if (head.length > 0) onward.write(head);
      if (mute) onward.once('data', (handshake) => socket.write(handshake));
      else {
        carry(socket, onward);
        carry(onward, socket);
      }
    });
    const end = () => {
      socket.destroy();
      onward.destroy();
    };
    for (const side of [socket, onward]) side.on('error', end).on('close', end);
  }
}
