//! The links that this page hosts, by the worker's numbers.

import { openLink } from './link.js';

/** Links at one time. The worker wants far fewer; a browser gives out 500. */
const LINKS_MAX = 64;

/**
 * @typedef {object} Links
 * @property {(message: import('../protocol.js').FromWorker) => void} receive
 * @property {() => number[]} open numbers of the open ones
 * @property {() => void} announce says of each open link that it is open
 * @property {(why: import('../protocol.js').ClosedWhy) => void} close closes all
 */

/**
 * @param {Pick<import('./link.js').LinkEvents, 'post' | 'full'>} events
 * @returns {Links}
 */
export function openLinks(events) {
  /** @type {Map<number, import('./link.js').Link>} */
  const links = new Map();
  const later = afterArrivals();

  /** @param {Extract<import('../protocol.js').FromWorker, { op: 'open' }>} request */
  const dial = (request) => {
    const { link } = request;
    // A number that is in use again is a new worker's: it has forgotten the old link.
    links.get(link)?.close();
    try {
      if (links.size >= LINKS_MAX) throw new RangeError();
      const gone = () => links.delete(link);
      links.set(link, openLink(request, { ...events, later, gone }));
    } catch {
      events.post({ op: 'closed', link, why: 'broken' });
    }
  };

  const opened = () => [...links].filter(([, link]) => link.isOpen());

  return {
    receive(message) {
      if (message.op === 'open') dial(message);
      else if ('link' in message) links.get(message.link)?.receive(message);
    },
    open: () => opened().map(([number]) => number),
    announce: () => opened().forEach(([, link]) => link.announce()),
    close: (why) => links.forEach((link) => link.close(why)),
  };
}

/**
 * A caller-back after the events that already stand in the queue. Not a timer: a hidden page's timers wait a second.
 * @returns {(flush: () => void) => void}
 */
function afterArrivals() {
  const { port1, port2 } = new MessageChannel();
  /** @type {(() => void)[]} */
  let flushes = [];
  port1.onmessage = () => {
    const due = flushes;
    flushes = [];
    for (const flush of due) flush();
  };
  return (flush) => {
    if (flushes.push(flush) === 1) port2.postMessage(null);
  };
}
