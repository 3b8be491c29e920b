//! The worker's end of the bridge: keeps each page's port, and hands on what pages say. The messages: `protocol.js`.

import { loaded } from './adopt.js';
import { lookAgain, lookAhead, lookAway } from './ahead.js';
import * as core from './door.js';
import * as exchange from './exchange.js';
import { claimStray } from './platform.js';
import { announce, call, load, poll, refresh, saveSoon, saveUploads, staleInSecs } from './site.js';
import { list, parts } from './store.js';

/** @typedef {{ client: string, number: number, port: MessagePort, epoch: number, handled: number }} Page */

/** The longest description or candidate that is looked at, in characters. */
const TEXT_MAX = 65_536;

/** Pages by client id. @type {Map<string, Page>} */
const byClient = new Map();
/** Pages by the number that the wasm knows. @type {Map<number, Page>} */
const byNumber = new Map();
let last = 0;

/**
 * Something came by `ServiceWorker.postMessage`.
 * @param {import('../protocol.js').PageCall} told
 * @param {Client} client
 * @param {MessagePort | undefined} port
 * @returns {Promise<unknown> | undefined} what the event waits for
 */
export function called(told, client, port) {
  if (told.swarmfetch === 'hello' && port) return greeted(told, client, port);
  if (told.swarmfetch === 'alive') {
    if (!byClient.has(client.id)) return void client.postMessage({ swarmfetch: 'wake' });
    // A day may have begun.
    exchange.join();
    saveUploads();
    // No timer of an earlier worker is left.
    poll();
  }
  if (told.swarmfetch === 'call' && port) {
    return call(told.what).then((ok) => port.postMessage({ ok }));
  }
  return undefined;
}

/** @param {import('../protocol.js').Hello} hello @param {Client} client @param {MessagePort} port */
async function greeted(hello, client, port) {
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
  const { number } = page;
  const known = page;
  if (hello.stray === true) void claimStray(client.id);
  port.postMessage({ op: 'welcome', epoch: hello.epoch, ...alive() });
  // A gap in what this worker heard ends the link; a new worker's hello starts it afresh.
  for (const link of hello.lost) exchange.broken(number, link);
  // What an earlier worker saved comes first, by what name the peers know this visitor for one; meanwhile the port keeps what the page says.
  // Where that is lost, the origin says what to join for.
  if (!(await load()) && staleInSecs() === 0) void refresh();
  if (known.port !== port) return;
  port.onmessage = ({ data }) => heard(known, data);
  exchange.greeted(number, hello.host && hello.rtc, hello.links);
  const held = await list();
  core.held(held.join('\n'));
  for (const { name, n } of parts()) core.heldSegment(name, n);
  announce();
  poll();
  if (!Array.isArray(hello.resources)) return;
  await loaded(client.id, hello.url, hello.resources);
  exchange.join();
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

/**
 * Pages are not trusted: whatever is not what it should be is left out.
 * @param {Page} page
 * @param {import('../protocol.js').FromPage} message
 */
function heard(page, message) {
  try {
    act(page, message);
  } catch {
    // Not one of the bridge's.
  }
  page.handled += 1;
  page.port.postMessage({ op: 'ack', n: page.handled });
}

/** @param {Page} page @param {import('../protocol.js').FromPage} message */
function act({ client, number }, message) {
  const link = 'link' in message ? message.link >>> 0 : 0;
  switch (message.op) {
    case 'frames':
      for (const frame of message.data) if (frame instanceof ArrayBuffer) core.frame(link, new Uint8Array(frame));
      break;
    case 'drained':
      core.drained(link, message.bytes >>> 0);
      break;
    case 'local':
      if (isShort(message.sdp)) core.local(link, message.kind === 'offer', message.sdp);
      break;
    case 'candidate': {
      const text = message.candidate ?? '{"candidate":""}';
      const { candidate } = isShort(text) ? JSON.parse(text) : {};
      if (isShort(candidate)) core.candidate(link, candidate);
      break;
    }
    case 'opened':
      exchange.opened(number, link, message.max);
      lookAgain();
      break;
    case 'closed':
      exchange.closed(link);
      break;
    case 'loaded':
      loaded(client, message.url, message.resources).catch(() => {});
      break;
    case 'ahead':
      lookAhead(client, message.urls, message.soon).catch(() => {});
      break;
    case 'bye':
      byClient.delete(client);
      byNumber.delete(number);
      lookAway(client);
      exchange.gone(number);
      saveSoon();
  }
}

/** @param {unknown} text */
const isShort = (text) => typeof text === 'string' && text.length <= TEXT_MAX;

/**
 * Says something to a page, if it is there.
 * @param {number} number
 * @param {import('../protocol.js').FromWorker} message
 * @param {Transferable[]} [transfer]
 */
export const post = (number, message, transfer = []) => byNumber.get(number)?.port.postMessage(message, transfer);
