//! What a link's set-up takes, step by step, from the events of the browser itself: the page's `RTCPeerConnection` and the worker's socket to the tracker.
//!
//! Both are watched from inside, by a class put in place of the browser's that only writes down moments. Page and worker are on one machine, so their wall
//! clocks are one. The steps follow each other and add up to the whole.

/** The steps, in their order; each ends with the event behind it. */
export const STEPS = /** @type {const} */ ({
  socket: 'the socket to the tracker is open: TCP and its upgrade',
  announce: 'the tracker has answered how many others there are',
  offer: 'both descriptions are known: the offer made, carried, answered, and carried back',
  ICE: 'a way through both NATs is found',
  DTLS: 'the connection is encrypted',
  SCTP: 'the channel is open',
});

/** @typedef {keyof typeof STEPS} Step */

/**
 * What a page saw of one connection; moments in ms of the wall clock.
 * @typedef {object} Watched
 * @property {boolean} [offered] it made the offer
 * @property {number} [made]
 * @property {number} [described] when both descriptions were known
 * @property {number} [connected] ICE
 * @property {number} [encrypted] DTLS
 * @property {number} [opened] the channel
 * @property {boolean} [closed] it was given up, or is over
 * @property {{ local: string, remote: string }} [types] of the two candidates that carry it
 */

/** What a worker saw of its socket. @typedef {{ made: number, opened?: number, answered?: number }} WatchedSocket */

/** Watches connections; runs in the page before its scripts. */
export function watchLinks() {
  const now = () => performance.timeOrigin + performance.now();
  /** @type {Watched[]} */
  const links = [];
  Object.defineProperty(window, 'lab', { value: { links } });
  const described = (/** @type {RTCPeerConnection} */ connection, /** @type {Watched} */ link) => {
    const sctp = connection.sctp;
    if (!sctp || link.described !== undefined || connection.signalingState !== 'stable') return;
    link.described = now();
    const { transport } = sctp;
    const encrypted = () => {
      if (transport.state === 'connected') link.encrypted ??= now();
    };
    transport.addEventListener('statechange', encrypted);
    encrypted();
  };
  window.RTCPeerConnection = class extends RTCPeerConnection {
    /** @type {Watched} */ #link = { made: now() };

    constructor(/** @type {RTCConfiguration} */ configuration) {
      super(configuration);
      links.push(this.#link);
      this.addEventListener('iceconnectionstatechange', () => {
        if (/^(connected|completed)$/.test(this.iceConnectionState)) this.#link.connected ??= now();
      });
    }

    /** @override @param {string} label @param {RTCDataChannelInit} [options] */
    createDataChannel(label, options) {
      const channel = super.createDataChannel(label, options);
      channel.addEventListener('open', async () => {
        this.#link.opened = now();
        const stats = await this.getStats();
        const all = [...stats.values()];
        const transport = all.find(({ type }) => type === 'transport');
        const pair = stats.get(transport?.selectedCandidatePairId);
        if (pair) this.#link.types = { local: stats.get(pair.localCandidateId)?.candidateType, remote: stats.get(pair.remoteCandidateId)?.candidateType };
      });
      return channel;
    }

    /** @override */
    close() {
      super.close();
      this.#link.closed = true;
    }

    /** @override */
    async setLocalDescription(/** @type {any} */ description) {
      await super.setLocalDescription(description);
      if (this.localDescription?.type === 'offer') this.#link.offered = true;
      described(this, this.#link);
    }

    /** @override */
    async setRemoteDescription(/** @type {any} */ description) {
      await super.setRemoteDescription(description);
      described(this, this.#link);
    }
  };
}

/** Watches sockets; runs in a worker that has just begun: it opens its socket after it has fetched what it believes, several round trips later. */
export function watchSockets() {
  const now = () => performance.timeOrigin + performance.now();
  /** @type {WatchedSocket[]} */
  const sockets = [];
  Object.assign(globalThis, { lab: { sockets } });
  globalThis.WebSocket = class extends WebSocket {
    constructor(/** @type {string} */ url) {
      super(url);
      /** @type {WatchedSocket} */
      const socket = { made: now() };
      sockets.push(socket);
      this.addEventListener('open', () => (socket.opened ??= now()));
      this.addEventListener('message', () => (socket.answered ??= now()));
    }
  };
}

/**
 * The steps of the links that a visitor's first page made by itself: those who came before it are offered to at once.
 * @param {Watched[]} links @param {WatchedSocket} socket
 * @returns {(Record<Step, number> & { total: number })[]} in ms
 */
export function steps(links, { made, opened, answered }) {
  return links.flatMap((link) => {
    const { offered, described, connected, encrypted, opened: open } = link;
    if (!offered || open === undefined || opened === undefined || answered === undefined) return [];
    if (described === undefined || connected === undefined || encrypted === undefined) throw new Error(`a link opened without all of its steps: ${JSON.stringify(link)}`);
    return [{ socket: opened - made, announce: answered - opened, offer: described - answered, ICE: connected - described, DTLS: encrypted - connected, SCTP: open - encrypted, total: open - made }];
  });
}
