//! Players: media elements, which ask for a file part by part, and what they make of the answers.
//!
//! Chromium lets a page's players take parts of one URL from the network, or such as a worker has made, but not both (`ResourceMultiBufferDataProvider`, "mixing
//! constructed responses and native server responses"): the second kind is an error to the page. So whatever a URL's first part was on a page, the others are.

import { askOnce } from './early.js';
import { state } from './site.js';

/** URLs and pages remembered. */
const PLAYERS_MAX = 256;

/** Whether a player asks. @param {Request} request */
export const isPlayers = ({ destination }) => /^(audio|video)$/.test(destination);

/** @param {Request} request */
const isPart = (request) => isPlayers(request) && request.headers.has('range');

/** @param {string} client @param {Request} request */
const key = (client, request) => `${client} ${request.url}`;

/** @param {string} of @param {boolean} made */
function remember(of, made) {
  state.players.set(of, made);
  const [oldest] = state.players.keys();
  if (state.players.size > PLAYERS_MAX && oldest !== undefined) state.players.delete(oldest);
}

/** This page may have begun to play what this worker has not seen. @param {string} client */
export const beganWithout = (client) => remember(client, false);

/**
 * Whether this worker may answer, and does from now on. What is no player's may be answered either way.
 * @param {string} client @param {Request} request
 */
export function mayMake(client, request) {
  if (!isPart(request)) return true;
  // What another origin says without CORS is sealed: nothing can be made of it.
  if (request.mode === 'no-cors' && new URL(request.url).origin !== self.location.origin) return false;
  const made = state.players.get(client) ?? state.players.get(key(client, request)) ?? true;
  if (made) remember(key(client, request), made);
  return made;
}

/**
 * The answer in the form that goes with those before it.
 * @param {string} client @param {Request} request @param {Response | undefined} response nothing: the origin is to be asked, as if there were no worker
 * @returns {Promise<Response>}
 */
export async function fitting(client, request, response) {
  if (!isPart(request)) return response ?? askOnce(request);
  const made = state.players.get(key(client, request)) === true;
  if (!made) remember(key(client, request), made);
  const answer = response ?? (await askOnce(request));
  return made && /^(basic|cors)$/.test(answer.type) ? new Response(answer.body, answer) : answer;
}
