//! What page and worker say to each other. Types only; read by both sides, run by none.
//!
//! Four ways lead across:
//!  1. `ServiceWorker.postMessage` (`PageCall`) wakes a worker and hands it a port: the only way that is sure to arrive.
//!  2. The port of a hello carries one *epoch*: the time between one hello of a page and its next. Link traffic runs here.
//!     A port dies silently with its worker, so the worker counts back what it has handled (`ack`) and names a lock (`life`).
//!  3. `Client.postMessage` (`WorkerCall`) asks a page for a hello.
//!  4. The port of a call carries one `CallAnswer`.
//!
//! Units: sizes in bytes, times in milliseconds. `link` is a positive integer that the worker chose.

/**
 * Says that this page is there and which port to use from now on. The worker answers with `welcome` and lets go of the
 * page's earlier port; what it has not read there by then is lost.
 * @typedef {object} Hello
 * @property {'hello'} swarmfetch
 * @property {number} epoch grows with every hello of this page
 * @property {boolean} again this page has said hello before
 * @property {boolean} host this page holds the lock and can dial
 * @property {boolean} rtc the browser has WebRTC at all
 * @property {string} url the document's address, without its fragment
 * @property {boolean} stray no worker answers this page, and it was not a hard reload, which asks for that
 * @property {string[]} [resources] addresses of the same origin that the document has loaded; in the first hello after the load event
 * @property {number[]} links links that are open, each followed on the new port by its `opened`
 * @property {number[]} lost those among them with frames that the worker has not acknowledged: their frames may have a gap
 */

/**
 * A sign of life, so that a worker with links is not stopped for idleness. No port.
 * @typedef {object} Alive
 * @property {'alive'} swarmfetch
 */

/**
 * One call of `window.swarmfetch`; answered on the port that comes with it.
 * @typedef {object} Call
 * @property {'call'} swarmfetch
 * @property {CallName} what
 */

/** @typedef {'stats' | 'pause' | 'resume' | 'optOut' | 'optIn'} CallName */
/** @typedef {Hello | Alive | Call} PageCall */
/** @typedef {{ ok: unknown }} CallAnswer what `stats` asks for; undefined from the others, when they are done */

/**
 * Asks a page for a hello: said by a restarted worker to pages that it finds, and to an `alive` from a page it does not know.
 * @typedef {object} WorkerCall
 * @property {'wake'} swarmfetch
 */

/** @typedef {{ urls: string[] }} IceServer ICE servers as the policy names them: a URL, and for `turn:` user name and credential behind it, a space before each */

/**
 * Worker to page, on the port.
 * @typedef {{ op: 'welcome', epoch: number, life?: string }
 *   | { op: 'ack', n: number }
 *   | { op: 'ping', n: number }
 *   | { op: 'open', link: number, role: 'offer', ice: IceServer[] }
 *   | { op: 'open', link: number, role: 'answer', sdp: string, ice: IceServer[] }
 *   | { op: 'remote', link: number, sdp: string }
 *   | { op: 'candidate', link: number, candidate: string | null }
 *   | { op: 'frames', link: number, data: ArrayBuffer[] }
 *   | { op: 'close', link: number }} FromWorker
 *
 * - `welcome`: answers a hello. `life` names a Web Lock that this worker, and no other, holds as long as it lives: its death gives the lock free,
 *   which is how a page learns of it at once.
 * - `ack`: how many messages of this port the worker has handled so far.
 * - `remote`: the answer to a link that was opened with the role `offer`.
 * - `candidate`: an RTCIceCandidateInit as JSON; null says that there are no more.
 */

/**
 * Page to worker, on the port.
 * @typedef {{ op: 'pong', n: number }
 *   | { op: 'local', link: number, kind: 'offer' | 'answer', sdp: string }
 *   | { op: 'candidate', link: number, candidate: string }
 *   | { op: 'candidate', link: number, candidate: null, sdp: string }
 *   | { op: 'opened', link: number, max: number }
 *   | { op: 'closed', link: number, why: ClosedWhy }
 *   | { op: 'frames', link: number, data: ArrayBuffer[] }
 *   | { op: 'drained', link: number, bytes: number }
 *   | { op: 'loaded', url: string, resources: string[] }
 *   | { op: 'ahead', urls: string[], soon: boolean }
 *   | { op: 'bye' }} FromPage
 *
 * - `candidate` null: gathering is over; `sdp` is the description with every candidate in it, for peers that cannot trickle.
 * - `opened`: frames may go; `max` is the largest message the other end takes, in bytes (may be Infinity).
 * - `drained`: so many bytes have left the send buffer since the last one.
 * - `loaded`: what was under way when the hello named the `resources`, and has come since.
 * - `ahead`: the document's links that came in view; `soon`: the one that is about to be followed.
 * - `bye`: the page leaves; the last message of its port. Its links are closed.
 */

/**
 * Why a link ended. Not said for links that the worker closed.
 * - `remote`: the other end closed it
 * - `failed`: the connection broke or never came up
 * - `refused`: the browser would not take a description
 * - `broken`: the browser would not make, open or send
 * - `overflow`: the worker sent more than the send queue holds
 * - `flood`: the other end sent more than the worker takes
 * - `hidden`: the page leaves
 * @typedef {'remote' | 'failed' | 'refused' | 'broken' | 'overflow' | 'flood' | 'hidden'} ClosedWhy
 */

export {};
