//! The bridge: the page's part in the swarm. A service worker has no WebRTC, so a page holds the links and moves their frames.
//!
//! It decides nothing: which links there are and what runs over them is the worker's business. It is there from the page's load to `pagehide`; an open
//! connection would keep the page out of the back/forward cache, so it closes there and begins anew in `pageshow`.
//! Called by `page.js`.

import { holdHostLock } from './bridge/host-lock.js';
import { openLinks } from './bridge/links.js';
import { openSession } from './bridge/session.js';
import { wake } from './bridge/wake.js';

/** A worker is stopped after 30 s without an event, and its tracker socket and links' state with it. In ms. */
const ALIVE_MS = 20_000;
/** A page that comes back asks for the host lock so much later, in ms: the one that it replaces gives it back at the same time, and would be put out of the back/forward
 * cache for still holding what another asks for. */
const BACK_MS = 100;

/**
 * @typedef {object} BridgeEvents
 * @property {string} lock the name of the host lock, one per site
 * @property {() => Pick<import('./protocol.js').Hello, 'url' | 'stray' | 'resources'>} about what the hello says of the document
 * @property {(answered: boolean) => void} heard the worker has answered, or never will
 */

/**
 * @param {BridgeEvents} events
 * @returns {{ follow(worker: ServiceWorker | null): void, hello(): void, loaded(url: string, resources: string[]): void, ahead(urls: string[], soon: boolean): void }}
 *   tells which worker to talk to; says hello again; tells what the document has got past the worker since; and which links may be followed next
 */
export function openBridge(events) {
  const rtc = typeof RTCPeerConnection === 'function';
  /** @type {ServiceWorker | null} */
  let worker = null;
  let host = false;
  let decided = false;
  let running = false;
  let alive = 0;
  let back = 0;
  let release = () => {};

  const session = openSession({
    greeting: () => ({ host, rtc, links: links.open(), ...events.about() }),
    greeted: () => links.announce(),
    receive: (message) => links.receive(message),
    welcomed: () => events.heard(true),
    unheard: () => events.heard(false),
    wanted: () => host,
  });
  const links = openLinks({ post: session.post, full: session.full });

  /** A hello goes out only when everything that it says is known. */
  const follow = () => {
    if (running && decided) session.follow(worker);
  };

  const stayAlive = () => {
    if (session.isOn()) wake(worker, { swarmfetch: 'alive' });
  };

  const start = () => {
    if (running) return;
    running = true;
    if (!rtc) {
      decided = true;
      return follow();
    }
    release = holdHostLock(events.lock, (held) => {
      host = held;
      decided = true;
      if (host) alive = setInterval(stayAlive, ALIVE_MS);
      follow();
    });
  };

  const stop = () => {
    clearTimeout(back);
    if (!running) return;
    links.close('hidden');
    session.stop();
    running = host = decided = false;
    clearInterval(alive);
    release();
  };

  // Chromium says `resume` to a page that comes back, and then `pageshow`.
  const restart = () => {
    clearTimeout(back);
    back = setTimeout(start, BACK_MS);
  };

  addEventListener('pagehide', stop);
  addEventListener('pageshow', ({ persisted }) => persisted && restart());
  // A frozen page moves no frames; its neighbours and the other tabs should know.
  document.addEventListener('freeze', stop);
  document.addEventListener('resume', restart);
  start();

  return {
    follow(next) {
      worker = next;
      // Unregistered, by the site or its owner: the swarm ends on this page.
      if (worker === null) links.close('hidden');
      follow();
    },
    hello() {
      if (running && decided) session.hello();
    },
    loaded: (url, resources) => session.post({ op: 'loaded', url, resources }),
    ahead: (urls, soon) => session.post({ op: 'ahead', urls, soon }),
  };
}
