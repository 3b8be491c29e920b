//! The worker's end of the bridge: keeps each page's port, hands what pages say to the wasm and what it says to pages. The messages: `protocol.js`.

/** @typedef {import('swarmfetch-wasm').Shell} Shell */
/** @typedef {{ client: string, number: number, port: MessagePort, epoch: number, handled: number }} Page */

/** Pages by client id. @type {Map<string, Page>} */
const byClient = new Map();
/** Pages by the number that the wasm knows. @type {Map<number, Page>} */
const byNumber = new Map();
let last = 0;

/** Calls into the wasm, if it runs. @type {<T>(call: (shell: Shell) => T) => T | undefined} */
let guarded = () => undefined;

/** Says how to call into the wasm. @param {<T>(call: (shell: Shell) => T) => T | undefined} how */
export function attach(how) {
  guarded = how;
}

/**
 * Something came by `ServiceWorker.postMessage`.
 * @param {import('../protocol.js').PageCall} told
 * @param {Client} client
 * @param {MessagePort | undefined} port
 * @returns {Promise<unknown> | undefined} what the event waits for
 */
export function called(told, client, port) {
  if (told.swarmfetch === 'hello' && port) return greeted(told, client, port);
  if (told.swarmfetch === 'alive' && !byClient.has(client.id)) client.postMessage({ swarmfetch: 'wake' });
  if (told.swarmfetch === 'call' && port) {
    return Promise.resolve(guarded((shell) => shell.call(told.what))).then((json) => port.postMessage({ ok: typeof json === 'string' ? JSON.parse(json) : undefined }));
  }
  return undefined;
}

/** @param {import('../protocol.js').Hello} hello @param {Client} client @param {MessagePort} port */
function greeted(hello, client, port) {
  let page = byClient.get(client.id);
  if (page) {
    page.port.onmessage = null;
    page.port.close();
    Object.assign(page, { port, epoch: hello.epoch, handled: 0 });
  } else {
    page = { client: client.id, number: ++last, port, epoch: hello.epoch, handled: 0 };
    byClient.set(page.client, page);
    byNumber.set(page.number, page);
  }
  const known = page;
  port.postMessage({ op: 'welcome', epoch: hello.epoch, ...alive() });
  const resources = Array.isArray(hello.resources) ? hello.resources.filter((url) => typeof url === 'string') : undefined;
  const links = Uint32Array.from(hello.links);
  const lost = Uint32Array.from(hello.lost);
  // What an earlier worker saved comes first, by what name the peers know this visitor for one; meanwhile the port keeps what the page says.
  return Promise.resolve(guarded((shell) => shell.ready())).then(() => {
    if (known.port !== port) return;
    port.onmessage = ({ data }) => heard(known, data);
    return guarded((shell) => shell.hello(known.number, known.client, hello.host && hello.rtc, links, lost, hello.url, resources));
  });
}

/** The name of a lock that this worker holds as long as it lives. @type {string | undefined} */
let life;

/** Takes the lock, once; where there are no locks, pages notice a death by silence. @returns {{ life?: string }} */
function alive() {
  if (life === undefined && navigator.locks) {
    const name = `swarmfetch-worker-${crypto.randomUUID()}`;
    navigator.locks.request(name, () => new Promise(() => {})).catch(() => {});
    life = name;
  }
  return life === undefined ? {} : { life };
}

/** @param {Page} page @param {import('../protocol.js').FromPage} message */
function heard(page, message) {
  guarded((shell) => {
    switch (message.op) {
      case 'frames':
        for (const frame of message.data) shell.frame(message.link, new Uint8Array(frame));
        break;
      case 'drained':
        shell.drained(message.link, message.bytes);
        break;
      case 'local':
        shell.local(message.link, message.kind === 'offer', message.sdp);
        break;
      case 'candidate':
        shell.candidate(message.link, message.candidate ?? undefined);
        break;
      case 'opened':
        shell.opened(page.number, message.link, message.max);
        break;
      case 'closed':
        shell.closed(message.link);
        break;
      case 'bye':
        byClient.delete(page.client);
        byNumber.delete(page.number);
        shell.gone(page.number);
    }
  });
  page.handled += 1;
  page.port.postMessage({ op: 'ack', n: page.handled });
}

/** @param {number} number @param {import('../protocol.js').FromWorker} message @param {Transferable[]} [transfer] */
const tell = (number, message, transfer = []) => byNumber.get(number)?.port.postMessage(message, transfer);

/** @param {number} page @param {number} link @param {string | undefined} sdp of the offer to answer @param {string[]} urls of ICE servers */
export function pageOpen(page, link, sdp, urls) {
  const ice = urls.length > 0 ? [{ urls }] : [];
  tell(page, sdp === undefined ? { op: 'open', link, role: 'offer', ice } : { op: 'open', link, role: 'answer', sdp, ice });
}

/** @param {number} page @param {number} link @param {string} sdp */
export const pageRemote = (page, link, sdp) => tell(page, { op: 'remote', link, sdp });

/** @param {number} page @param {number} link @param {string | undefined} candidate */
export const pageCandidate = (page, link, candidate) => tell(page, { op: 'candidate', link, candidate: candidate ?? null });

/** @param {number} page @param {number} link @param {Uint8Array<ArrayBuffer>[]} frames each with a buffer of its own */
export function pageFrames(page, link, frames) {
  const data = frames.map((frame) => frame.buffer);
  tell(page, { op: 'frames', link, data }, data);
}

/** @param {number} page @param {number} link */
export const pageClose = (page, link) => tell(page, { op: 'close', link });
