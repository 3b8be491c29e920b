//! The messages from a tracker and to it: the JSON of the WebTorrent protocol, as `crates/wire/src/tracker` describes it, is taken apart and put together
//! here. What to say, and what to believe, the wasm decides: `crates/worker/src/tracker.rs` has the same kinds.

import { fromText, toText } from './binary.js';

/** The longest message from a tracker that is read, in characters: one description and its envelope. */
const TEXT_MAX = 16 * 1024;

/** Number in the `swarmfetch` key: the meaning of its other members. */
const PROTOCOL = 1;

/** Bytes of an id. */
const ID_BYTES = 20;

/** The kinds of what is said, by number; those before are presence, by what happened. */
const EVENTS = ['started', 'stopped', 'completed'];
const [STOPPED, UPDATE] = [1, 3];
const [OFFER, ANSWER, CANDIDATES, REFUSED] = [4, 5, 6, 7];

/** What is heard, as the wasm wants it; with a version it is news, which is not the wasm's business. @typedef {{ kind: number, ours: boolean, directed: boolean, interval: number, ids: Uint8Array, text: string, version: number | undefined }} Heard */

/**
 * Reads a message from a tracker.
 * @param {string} said
 * @returns {Heard | undefined} nothing when it is none
 */
export function read(said) {
  try {
    if (said.length > TEXT_MAX) return undefined;
    const { info_hash, peer_id, offer_id, offer, answer, interval, 'min interval': least, complete, incomplete, 'failure reason': failure, swarmfetch } = JSON.parse(said);
    const ours = swarmfetch?.protocol === PROTOCOL;
    // Whatever else a protocol that is not known says, it may mean something else.
    const { directed, candidates, refused, version } = ours ? swarmfetch : {};
    const session = offer ?? answer;
    const ids = [info_hash, peer_id, offer_id].map((id) => (/^[\0-\xff]{20}$/.test(id) ? id : ''));
    return {
      kind: failure ? 0 : offer ? 2 : answer ? 3 : candidates ? 4 : refused ? 5 : 1,
      ours,
      directed,
      // The reference client takes either.
      interval: Math.max(interval ?? least, least ?? interval),
      ids: fromText(ids.join('')),
      version: interval === undefined ? version : undefined,
      text: `${session ? session.sdp : candidates ? candidates.join('\n') : (complete | 0) + (incomplete | 0)}`,
    };
  } catch {
    return undefined;
  }
}

/** Offers that wait for the presence that they go with. @type {object[]} */
const offers = [];

/** The swarm and this peer in it, once it has said that it is there. @type {Uint8Array | undefined} */
let presence;

/** The wasm that made them is gone: nobody would know their answers. */
export function forget() {
  offers.length = 0;
  presence = undefined;
}

/** The text that says once more that this peer is there, if it is, and what it knows. @param {number} version of the site */
export const again = (version) => presence && write(UPDATE, presence, '', true, version);

/**
 * The text of a message to a tracker.
 * @param {number} kind @param {Uint8Array} ids @param {string} text @param {boolean} ours candidates may follow @param {number | undefined} version the newest of the site that is known
 * @returns {string | undefined} nothing where it goes with the next
 */
export function write(kind, ids, text, ours, version) {
  const [info_hash, peer_id, offer_id, to_peer_id] = [0, 1, 2, 3].map((place) => toText(ids.subarray(place * ID_BYTES, (place + 1) * ID_BYTES)) || undefined);
  if (kind === OFFER) return void offers.push({ offer: { type: 'offer', sdp: text }, offer_id, to_peer_id });
  const made = kind < OFFER ? offers.splice(0) : [];
  if (kind < OFFER) presence = kind === STOPPED ? undefined : ids;
  return JSON.stringify({
    action: 'announce',
    info_hash,
    peer_id,
    to_peer_id,
    offer_id,
    event: EVENTS[kind],
    // Nobody is ever complete in a site's swarm; one byte left says so. `wt-tracker` sends no offer on without a whole `numwant`.
    ...(kind < OFFER && { left: 1 }),
    ...(made.length > 0 && { numwant: made.length, offers: made }),
    ...(kind === ANSWER && { answer: { type: 'answer', sdp: text } }),
    ...(ours && {
      swarmfetch: { protocol: PROTOCOL, ...(kind < OFFER && { version }), ...(kind === CANDIDATES && { candidates: text.split('\n') }), ...(kind === REFUSED && { refused: true }) },
    }),
  });
}
