//! One WebRTC link: a peer connection with one data channel, dialled as the worker says.
//!
//! Frames come in one by one and go on in batches: a hop to the worker costs more than the bytes of a small frame. The way out is `outbox.js`.

import { openOutbox } from './outbox.js';

/** A batch that is handed on without waiting for more, in bytes. */
const BATCH_BYTES = 256 * 1024;
/** A connection that is not open after so long, in ms, is given up: a worker that has died since will never do it. */
const SETUP_MS_MAX = 30_000;
/** Candidates taken for one link: 2,000 cost a page two seconds. */
const CANDIDATES_MAX = 64;
/** Characters of a description that is given to the browser; an honest one has 500 to 2,000. */
const SDP_CHARS_MAX = 16 * 1024;
/** What every SCTP end takes where the browser does not say, in bytes (RFC 8841, section 6). */
const SCTP_MESSAGE_BYTES_DEFAULT = 64 * 1024;

/**
 * @typedef {object} LinkEvents
 * @property {(message: import('../protocol.js').FromPage, transfer?: Transferable[], bytes?: number) => void} post
 * @property {() => boolean} full whether the worker is so far behind that nothing more may be handed on
 * @property {(flush: () => void) => void} later calls back after what has already arrived
 * @property {() => void} gone the link is closed
 */

/**
 * @typedef {object} Link
 * @property {(message: import('../protocol.js').FromWorker) => void} receive
 * @property {() => boolean} isOpen
 * @property {() => void} announce says that it is open, to a worker that may not know
 * @property {(why?: import('../protocol.js').ClosedWhy) => void} close without a reason nothing is said
 */

/**
 * Dials. Throws where the browser refuses a connection.
 * @param {Extract<import('../protocol.js').FromWorker, { op: 'open' }>} request
 * @param {LinkEvents} events
 * @returns {Link}
 */
export function openLink(request, events) {
  const { link } = request;
  const connection = new RTCPeerConnection({ iceServers: request.ice.flatMap(iceServers) });
  const channel = connection.createDataChannel('swarmfetch', { negotiated: true, id: 0 });
  channel.binaryType = 'arraybuffer';
  const outbox = openOutbox(channel, {
    drained: (bytes) => events.post({ op: 'drained', link, bytes }),
    failed: (why) => close(why),
  });
  let ended = false;

  /** @param {import('../protocol.js').ClosedWhy} [why] */
  const close = (why) => {
    if (ended) return;
    flush();
    ended = true;
    clearTimeout(setup);
    outbox.close();
    connection.close();
    events.gone();
    if (why !== undefined) events.post({ op: 'closed', link, why });
  };
  const setup = setTimeout(close, SETUP_MS_MAX, 'failed');

  // Descriptions and candidates, in the order in which they must reach the browser: it refuses a candidate that comes first.
  /** @type {(description: RTCSessionDescriptionInit | Promise<never>) => void} */
  let describe = () => {};
  /** @type {Promise<RTCSessionDescriptionInit>} */
  const description = new Promise((resolve) => (describe = resolve));
  let described = description.then((theirs) => connection.setRemoteDescription(theirs));
  let candidates = 0;

  /** @param {'offer' | 'answer'} type @param {string} sdp */
  const remote = (type, sdp) => describe(sdp.length > SDP_CHARS_MAX ? Promise.reject(new RangeError()) : { type, sdp });

  const local = async () => {
    await connection.setLocalDescription();
    const sdp = connection.localDescription?.sdp;
    if (!ended && sdp !== undefined) events.post({ op: 'local', link, kind: request.role, sdp });
  };

  /** @param {string | null} candidate */
  const add = (candidate) => {
    candidates += 1;
    if (candidates > CANDIDATES_MAX) return;
    described = described
      .then(() => connection.addIceCandidate(candidate === null ? undefined : JSON.parse(candidate)))
      .catch(() => {}); // A bad candidate does not spoil the others.
  };

  connection.onicecandidate = ({ candidate }) => {
    if (ended) return;
    if (candidate === null) {
      events.post({ op: 'candidate', link, candidate, sdp: connection.localDescription?.sdp ?? '' });
    } else if (candidate.candidate !== '') {
      // The empty one ends a generation; null ends them all.
      events.post({ op: 'candidate', link, candidate: JSON.stringify(candidate) });
    }
  };
  connection.onconnectionstatechange = () => {
    if (connection.connectionState === 'failed') close('failed');
  };

  const announce = () => {
    const max = connection.sctp?.maxMessageSize ?? SCTP_MESSAGE_BYTES_DEFAULT;
    events.post({ op: 'opened', link, max });
  };

  channel.onopen = () => {
    clearTimeout(setup);
    announce();
  };
  channel.onclose = () => close('remote');

  /** @type {ArrayBuffer[]} */
  let incoming = [];
  let incomingBytes = 0;

  channel.onmessage = ({ data }) => {
    if (ended) return;
    if (events.full()) return close('flood');
    if (incoming.length === 0) events.later(flush);
    // Text is no frame, and nor is this: the worker judges who sends such a thing.
    const frame = data instanceof ArrayBuffer ? data : new ArrayBuffer(0);
    incoming.push(frame);
    incomingBytes += frame.byteLength;
    if (incomingBytes >= BATCH_BYTES) flush();
  };

  const flush = () => {
    if (ended || incoming.length === 0) return;
    const data = incoming;
    const bytes = incomingBytes;
    incoming = [];
    incomingBytes = 0;
    events.post({ op: 'frames', link, data }, data, bytes);
  };

  if (request.role === 'answer') {
    described = described.then(local);
    described.catch(() => close('refused'));
    remote('offer', request.sdp);
  } else {
    described.catch(() => close('refused'));
    local().catch(() => close('broken'));
  }

  return {
    receive(message) {
      if (message.op === 'frames') outbox.send(message.data);
      else if (message.op === 'remote') remote('answer', message.sdp);
      else if (message.op === 'candidate') add(message.candidate);
      else if (message.op === 'close') close();
    },
    isOpen: () => channel.readyState === 'open',
    announce,
    close,
  };
}

/**
 * Behind the URL of a TURN server stand the user name and the credential that it asks for, as in the policy.
 * @param {import('../protocol.js').IceServer} lines
 * @returns {RTCIceServer[]}
 */
function iceServers({ urls }) {
  return urls.map((line) => {
    const [url = '', username = '', credential = ''] = line.split(' ');
    return { urls: url, username, credential };
  });
}
