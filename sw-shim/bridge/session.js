//! The conversation with the worker: hellos, epochs, and noticing that nobody listens any more.
//!
//! A worker dies at will and its ports with it, without a sign on them. So the page waits for a lock that the worker holds while it lives, the worker
//! acknowledges what it has handled, and a page that has waited too long says hello to a (then newly started) worker with a new port. What was
//! under way on the old one is lost; the swarm asks for it again. This file knows nothing of links.

import { wake } from './wake.js';
import { watchWorkerLife } from './worker-life.js';

/** A message unanswered for so long, in ms, means that the worker is gone: a live one acknowledges in a few. */
const LATE_MS = 1_000;
/** Time, in ms, for an answer that stands in this page's queue behind a long task: it is then read before the verdict. */
const SECOND_LOOK_MS = 50;
/** After so long a silence, in ms, a frame is not entrusted to the old port: it would be lost with it. */
const QUIET_MS = 15_000;
/** An epoch that lasted so long, in ms, was a healthy one: the next hello need not wait. */
const HEALTHY_MS = 1_000;
/** The pause before waking a worker that has died young once more, in ms; it doubles with every early death. */
const PAUSE_MS_MIN = 250;
/** The longest pause, in ms: a start costs some 20 ms of a processor. */
const PAUSE_MS_MAX = 5_000;
/**
 * So many hellos without any welcome, and the worker is taken for one that does not speak with us. Each waits twice as long as
 * the one before, half a minute in all: a worker may be slow to start on a busy machine.
 */
const HELLOS_UNANSWERED_MAX = 5;
/** Bytes posted and not acknowledged. A worker that stalls must not make the page hold whatever the peers send. */
const UNACKED_BYTES_MAX = 8 * 1024 * 1024;

/** @typedef {Omit<import('../protocol.js').Hello, 'swarmfetch' | 'epoch' | 'again' | 'lost'>} Greeting */

/**
 * @typedef {object} SessionEvents
 * @property {() => Greeting} greeting the part of the hello that is others' business
 * @property {(message: import('../protocol.js').FromWorker) => void} receive a message that is not the session's own business
 * @property {() => void} greeted a hello is out, the new port takes messages: say what the worker must know
 * @property {() => void} welcomed the worker has answered
 * @property {() => void} unheard no hello was ever answered: this worker is none of ours
 * @property {() => boolean} wanted whether a lost port is worth waking the worker for
 */

/**
 * @typedef {object} Session
 * @property {(worker: ServiceWorker | null) => void} follow the worker to talk to; null when there is none
 * @property {() => void} hello starts a new epoch at once
 * @property {(message: import('../protocol.js').FromPage, transfer?: Transferable[], bytes?: number) => void} post
 * @property {() => boolean} isOn whether the worker has answered this epoch's hello
 * @property {() => boolean} full whether too much waits for an acknowledgement
 * @property {() => void} stop says bye; a hello starts it again
 */

/**
 * @param {SessionEvents} events
 * @returns {Session}
 */
export function openSession(events) {
  /** @type {ServiceWorker | null} */
  let worker = null;
  /** @type {MessagePort | null} */
  let port = null;
  /** The port of the epoch before, heard until the worker has welcomed the new one. @type {MessagePort | null} */
  let former = null;
  let epoch = 0;
  let welcomed = false;
  let suspected = false;
  let heardMs = 0;
  let greetedMs = 0;
  let pauseMs = 0;
  let unanswered = 0;
  /** Messages of this port that the worker has not acknowledged, oldest first. @type {{ ms: number, bytes: number, link: number }[]} */
  let unacked = [];
  let unackedBytes = 0;
  let acked = 0;
  let watch = 0;
  let pause = 0;
  let unwatch = () => {};

  const hello = () => {
    quiet();
    if (worker === null) return;
    const greeting = events.greeting();
    const lost = greeting.links.filter((link) => unacked.some((message) => message.link === link && message.bytes > 0));
    former?.close();
    former = port;
    const channel = new MessageChannel();
    port = channel.port1;
    listen(port);
    unacked = [];
    unackedBytes = acked = 0;
    welcomed = suspected = false;
    heardMs = greetedMs = performance.now();
    epoch += 1;
    unanswered += 1;
    wake(worker, { swarmfetch: 'hello', epoch, again: epoch > 1, lost, ...greeting }, [channel.port2]);
    events.greeted();
    look();
  };

  /** @param {MessagePort} heard */
  const listen = (heard) => {
    heard.onmessage = ({ data }) => {
      if (heard === port) {
        heardMs = performance.now();
        suspected = false;
        if (data.op === 'welcome') return welcome(data.life);
        if (data.op === 'ack') return acknowledge(data.n);
        if (data.op === 'ping') return post({ op: 'pong', n: data.n });
      }
      events.receive(data);
    };
  };

  /** @param {string | undefined} life */
  const welcome = (life) => {
    unwatch();
    if (life !== undefined) unwatch = watchWorkerLife(life, lose);
    welcomed = true;
    unanswered = 0;
    former?.close();
    former = null;
    events.welcomed();
  };

  /** @param {number} n */
  const acknowledge = (n) => {
    for (const message of unacked.splice(0, n - acked)) unackedBytes -= message.bytes;
    acked = Math.max(acked, n);
  };

  /** Looks when the oldest unanswered message would be late, and again as long as there is one. */
  const look = () => {
    if (watch === 0) watch = setTimeout(judge, LATE_MS);
  };

  const judge = () => {
    watch = 0;
    const oldestMs = welcomed ? unacked[0]?.ms : greetedMs;
    if (port === null || oldestMs === undefined) return;
    const patienceMs = welcomed ? LATE_MS : LATE_MS * 2 ** (unanswered - 1);
    const leftMs = oldestMs + patienceMs - performance.now();
    if (leftMs > 0) {
      watch = setTimeout(judge, leftMs);
    } else if (!suspected) {
      suspected = true;
      watch = setTimeout(judge, SECOND_LOOK_MS);
    } else {
      lose();
    }
  };

  /** Nobody listens on the port. A worker that has lived is woken at once, one that keeps dying after growing pauses. */
  const lose = () => {
    quiet();
    if (!welcomed) {
      if (unanswered < HELLOS_UNANSWERED_MAX) return hello();
      drop();
      return events.unheard();
    }
    if (!events.wanted()) return drop();
    if (performance.now() - greetedMs > HEALTHY_MS) pauseMs = 0;
    pause = setTimeout(hello, pauseMs);
    pauseMs = Math.min(Math.max(2 * pauseMs, PAUSE_MS_MIN), PAUSE_MS_MAX);
  };

  const quiet = () => {
    clearTimeout(watch);
    clearTimeout(pause);
    unwatch();
    watch = pause = 0;
  };

  const drop = () => {
    port?.close();
    former?.close();
    port = former = null;
    unacked = [];
    unackedBytes = 0;
  };

  /** @type {Session['post']} */
  const post = (message, transfer = [], bytes = 0) => {
    if (bytes > 0 && port !== null && pause === 0 && performance.now() - heardMs > QUIET_MS) hello();
    if (port === null) return;
    port.postMessage(message, transfer);
    unacked.push({ ms: performance.now(), bytes, link: 'link' in message ? message.link : 0 });
    unackedBytes += bytes;
    if (pause === 0) look();
  };

  return {
    follow(next) {
      worker = next;
      unanswered = pauseMs = 0;
      if (worker === null) {
        quiet();
        drop();
      } else {
        hello();
      }
    },
    hello,
    post,
    isOn: () => port !== null && welcomed,
    full: () => unackedBytes > UNACKED_BYTES_MAX,
    stop() {
      quiet();
      if (port !== null) post({ op: 'bye' });
      quiet();
      drop();
    },
  };
}
