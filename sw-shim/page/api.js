//! `window.swarmfetch`: what the page's own scripts may ask the worker. Never throws, and its promises are never rejected.

import { wake } from '../bridge/wake.js';

/** How long a call waits for the worker, in ms. */
const CALL_MS_MAX = 5_000;

/**
 * @param {Promise<boolean>} ready
 * @param {() => ServiceWorker | null} worker
 */
export function makeApi(ready, worker) {
  /**
   * @param {import('../protocol.js').CallName} what
   * @returns {Promise<import('../protocol.js').CallAnswer | undefined>} undefined when nobody answers
   */
  const call = async (what) => {
    /** @type {Promise<undefined>} */
    const late = new Promise((resolve) => setTimeout(resolve, CALL_MS_MAX));
    await Promise.race([ready, late]);
    return Promise.race([ask(worker(), what), late]);
  };
  const done = async (/** @type {import('../protocol.js').CallName} */ what) => (await call(what)) !== undefined;

  return Object.freeze({
    /** True when the worker has answered, false when there is none on this page. */
    ready,
    stats: async () => (await call('stats'))?.ok ?? nothing(),
    /** These four: true when it is done, false when there is no worker to do it. */
    pause: () => done('pause'),
    resume: () => done('resume'),
    optOut: () => done('optOut'),
    optIn: () => done('optIn'),
  });
}

/**
 * @param {ServiceWorker | null} worker
 * @param {import('../protocol.js').CallName} what
 * @returns {Promise<import('../protocol.js').CallAnswer | undefined>}
 */
function ask(worker, what) {
  return new Promise((resolve) => {
    if (worker === null) return resolve(undefined);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      port1.close();
      resolve(data);
    };
    wake(worker, { swarmfetch: 'call', what }, [port2]);
  });
}

/** What a page without a worker has had from the swarm. */
function nothing() {
  const sources = { cache: 0, peers: 0, mirrors: 0, origin: 0 };
  return {
    version: null,
    peers: 0,
    bytes: sources,
    requests: { ...sources, passed: 0 },
    uploaded: 0,
    rejected: 0,
    wire: 0,
  };
}
