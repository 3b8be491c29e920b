//! What the origin has promised so far: which versions are known, which page uses which, and when to ask again. What is to be believed the wasm decides;
//! here is what waits for the origin and the store, and what survives the worker.

import { fromText, toText } from './binary.js';
import * as core from './door.js';
import { isHosted, join, sayVersion, visitorsThere } from './exchange.js';
import { cacheRead, cacheWrite, clientIds, files, get, goAway, isSigned, wallSecs, within } from './platform.js';
import { missing, prove } from './proofs.js';
import { signed } from './respond.js';

/** How long each file of a new version may take, in ms. Nobody waits for it that long. */
const FILE_MS = 10_000;
/** How long one node may take to come from the origin, in ms: a page waits for it. */
const NODE_MS = 1_500;
/** How long a page may wait for the head when the last answer is older than the owner's freshness, in ms (DESIGN, "Freshness"). */
const HEAD_WAIT_MS = 300;
/** What the origin is given for each head, in ms, when many visitors hear of a version at once. */
const ASK_MS = 10;
/** Time between head requests that something suspicious caused, in seconds. */
const SUSPICION_SECS = 5;
/** Freshness before a policy is known, in seconds. */
const FRESHNESS_SECS = 60;
/** Longest head, in bytes, and longest pack; the wasm knows the limits of the rest. */
const HEAD_BYTES_MAX = 4096;
/** A node of the tree, in bytes. */
const NODE_BYTES_MAX = 4096;
/** Nodes on one path: a site that needs more is not one that this release can publish. */
const PATH_NODES_MAX = 16;
/** Clients whose version is remembered; the oldest are forgotten first and then passed through. */
const PINS_MAX = 256;
/** Pins that are never thought of as a closed client's. */
const PINS_YOUNG = 16;
/** Steps from a head to its version: three files, and signatures under keys and head, each of which may have to be checked again. */
const STEPS_MAX = 8;
/** Length of a public key, in bytes. */
const KEY_BYTES = 32;
/** Versions kept for pages that started with them. */
const EDITIONS_MAX = 8;
/** How long after an event counters and pins are written, in ms. */
const SAVE_MS = 250;
/** How long a visitor goes by one name among its peers, in seconds; a worker that starts later draws another. Long enough for a visit, too short to be
 * known by. */
const PEER_SECS = 3600;
/** What the wasm says of a head that is no newer version. */
const [FORGED, UNCHECKED] = [-1, -2];
/** The form of the saved state; another release's is not read. */
const SPEC = 2;

/**
 * One version: its signed bytes, and what they say.
 * @typedef {object} Edition
 * @property {Uint8Array<ArrayBuffer>} head
 * @property {Uint8Array<ArrayBuffer>} record
 * @property {Uint8Array<ArrayBuffer>} policy
 * @property {number} version
 * @property {number} expires seconds since 1970
 * @property {string} root of its tree
 * @property {number} freshness in seconds
 * @property {number} cacheBytes what the store may hold
 * @property {number} uploadBytes what may be sent to peers in a day
 * @property {string[]} trackers WebSocket addresses
 * @property {string[]} ice servers
 */

/** What a version says of a URL. @typedef {{ name: import('./store.js').Name, text: boolean, savings: boolean, patches: string[], outboard: string, headers: [string, string][], needs: { name: string, text: boolean }[] }} Label */

/** Which version a client uses; null: its document is not one of ours, everything is passed through. @typedef {number | null} Pin */

/** @typedef {'cache' | 'peers' | 'mirrors' | 'origin'} From */

/** Everything that must survive, but the versions. */
export const state = {
  /** Seconds since 1970 of the last head request. */
  checked: 0,
  /** By client id, oldest first. @type {Map<string, Pin>} */
  pins: new Map(),
  /** Of pages and players, whether the worker makes the parts that they play; see `players.js`. @type {Map<string, boolean>} */
  players: new Map(),
  /** Bytes (decoded, delivered to pages) and requests by where they came from; see `stats()`. */
  bytes: { cache: 0, peers: 0, mirrors: 0, origin: 0 },
  requests: { cache: 0, peers: 0, mirrors: 0, origin: 0, passed: 0 },
  /** Bytes uploaded, answers of peers that were false, bytes that crossed links: before this worker. */
  sums: [0, 0, 0],
  optedOut: false,
  /** For this worker's life. */
  paused: false,
  /** The owner has switched the swarm off: for this worker's life, which is to be its last. */
  off: false,
  /** The day whose upload budget is being spent, in days since 1970. */
  day: -1,
  /** When the name that peers know was drawn, in seconds since 1970. */
  drawn: wallSecs(),
};

/** The keys object. @type {Uint8Array<ArrayBuffer>} */
let keys = new Uint8Array();
/** Oldest first. @type {Edition[]} */
let editions = [];
/** @type {Promise<void> | undefined} */
let loading;
/** @type {Promise<void> | undefined} */
let refreshing;
/** The timer of `poll`. @type {number | undefined} */
let polling;
/** The origin is about to be asked because of a hint. */
let hinted = false;
/** Until when hints are not believed, in seconds since 1970. */
let doubtedUntil = 0;
/** The newest signed version that the origin was asked for and did not give: an origin behind a cache may come later than its readers. */
let unconfirmed = 0;
/** How long pages wait for the head that is on its way, on the clock of `performance`. */
let awaitedUntil = 0;
/** The write under way, or the last one. @type {Promise<unknown>} */
let saving = Promise.resolve();
/** The write that has not begun. @type {Promise<unknown> | undefined} */
let queued;
let saveTimer = false;
/** What was left of the upload budget when it was written last. @type {number | undefined} */
let savedLeft;
/** Nodes that the origin was asked for. @type {Map<string, Promise<boolean>>} */
const nodes = new Map();
/** Signatures being checked. @type {Set<Promise<void>>} */
const checks = new Set();

/** A version, or the newest one, unless it ran out. @param {number} [version] */
export function edition(version) {
  const found = version === undefined ? editions.at(-1) : editions.find((it) => it.version === version);
  return found && found.expires >= wallSecs() ? found : undefined;
}

/** @param {string} client @param {Pin} to */
export function pin(client, to) {
  if (client === '') return;
  state.pins.delete(client);
  state.pins.set(client, to);
  const [oldest] = state.pins.keys();
  if (state.pins.size > PINS_MAX && oldest !== undefined) state.pins.delete(oldest);
}

/** @param {From} from @param {number} bytes @param {number} [requests] */
export function count(from, bytes, requests = 1) {
  state.bytes[from] += bytes;
  state.requests[from] += requests;
}

/** Sums since the install: those of earlier workers and of this one. */
export function sums() {
  return state.sums.map((sum, at) => sum + (core.sum(at) ?? 0));
}

// ---- what a URL is

/**
 * What is known at once of a URL: null that it is not labelled, a hash that this node of the tree is needed first.
 * @param {number} version @param {string} path @param {string | undefined} query @param {boolean} needs whether what the document will need is asked for
 * @returns {Label | string | null}
 */
export function known(version, path, query, needs = false) {
  const found = core.lookup(version, path, query, needs);
  if (found === undefined) return null;
  const [name = '', flags, outboard = '', ...rest] = found.split('\n');
  if (flags === undefined) return name;
  const [text, ...patches] = flags.split(' ');
  const end = rest.indexOf('');
  return {
    name,
    text: Number(text) % 2 === 1,
    savings: Number(text) > 1,
    patches,
    outboard,
    headers: rest.slice(0, end).map(signed),
    needs: rest.slice(end + 1).map((line) => ({ name: line.slice(1), text: line[0] === '1' })),
  };
}

/** How a URL of this site is written for the wasm. @param {string} path @param {string | undefined} query */
export const address = (path, query) => (query === undefined ? path : `${path}?${query}`);

/** Looks a URL up; what the tree says of it comes from the store, from peers or from the origin. @param {Edition} of @param {string} path @param {string | undefined} query @param {boolean} needs @param {() => void} unsaid called when peers did not say it */
export async function lookup(of, path, query, needs, unsaid) {
  let asked = false;
  for (let n = 0; n < PATH_NODES_MAX; n++) {
    const found = known(of.version, path, query, needs);
    if (typeof found !== 'string') return found;
    if (await graft(of, found)) continue;
    if (!asked) {
      asked = true;
      await prove(of, [address(path, query)], needs);
      continue;
    }
    unsaid();
    if (!(await node(of, found))) return null;
  }
  return null;
}

/** A node from the origin, once for all who need it. @param {Edition} of @param {string} hash @returns {Promise<boolean>} */
function node(of, hash) {
  const asked = nodes.get(hash) ?? graft(of, hash, () => get(`${files}o/${hash}`, NODE_BYTES_MAX, NODE_MS, false)).finally(() => nodes.delete(hash));
  nodes.set(hash, asked);
  return asked;
}

/** Has the tree know all that a document needs, from the origin where nobody else has said it. @param {Edition} of @param {string} url its path and query */
export async function knowNeeds(of, url) {
  await prove(of, [url], true);
  for (let n = 0; n < PATH_NODES_MAX; n++) {
    const all = await Promise.all(missing(of, [url], true).map(async (hash) => (await graft(of, hash)) || node(of, hash)));
    if (all.length === 0 || all.includes(false)) return;
  }
}

/** A part of the tree, from the store or else from elsewhere. @param {Edition} of @param {string} hash @param {() => Promise<Uint8Array<ArrayBuffer> | undefined>} [fetched] */
async function graft(of, hash, fetched) {
  const take = (/** @type {Uint8Array | undefined} */ bytes) => bytes !== undefined && core.graft(of.version, hash, bytes);
  if (!fetched) return take(await cacheRead(`n/${hash}`));
  const bytes = await fetched();
  if (!bytes || !take(bytes)) return false;
  await cacheWrite(`n/${hash}`, bytes);
  return true;
}

// ---- newer versions

/** Seconds until the head may be asked for again; a clock that stepped back counts as long ago. */
export function staleInSecs() {
  const age = wallSecs() - state.checked;
  return age < 0 ? 0 : Math.max((editions.at(-1)?.freshness ?? FRESHNESS_SECS) - age, 0);
}

/** Asks the origin for its head when the last answer is too old; a page waits for it only briefly. */
export async function freshen() {
  // Also when it was asked for just now, by whatever: who comes while the answer is on its way is not given the version before it.
  if (refreshing || staleInSecs() === 0) await within(refresh(), awaitedUntil - performance.now());
}

/** The origin gave other bytes than promised: is there a newer version? */
export async function suspect() {
  if (refreshing || wallSecs() - state.checked >= SUSPICION_SECS) await within(refresh(), 2 * HEAD_WAIT_MS);
}

/** Asks for the head as soon as the last answer is too old, and again as long as a page is open: what has happened to the site is not only for who asks it for something. */
export function poll() {
  const ask = async () => {
    polling = undefined;
    if (staleInSecs() === 0) await refresh();
    if (isHosted() && !state.off) poll();
  };
  polling ??= setTimeout(ask, staleInSecs() * 1000 + SAVE_MS);
}

/**
 * There is said to be a newer version. The origin is asked before it would be; all who hear of it do so, one after the other.
 * @param {number} version @param {number} others how many may hear of it at the same time
 * @param {boolean} [proved] whether it was signed; who only says so is not believed again for a while when it is not so, and of one that is signed it is waited until
 *   the origin knows it
 */
export function hint(version, others, proved = false) {
  const isNew = () => version > (editions.at(-1)?.version ?? 0);
  if (!isNew() || hinted || (wallSecs() < doubtedUntil && (!proved || version <= unconfirmed))) return;
  hinted = true;
  const ask = async () => {
    hinted = false;
    if (isNew()) await refresh();
    if (!isNew()) return;
    doubtedUntil = wallSecs() + staleInSecs();
    if (proved) unconfirmed = version;
  };
  setTimeout(ask, Math.random() * Math.min(others * ASK_MS, staleInSecs() * 1000));
}

/** One head request, shared by all who ask while it runs. */
export async function refresh() {
  if (!refreshing && !state.off) {
    awaitedUntil = performance.now() + HEAD_WAIT_MS;
    refreshing = renew()
      .catch(() => {})
      .finally(() => (refreshing = undefined));
  }
  await refreshing;
}

async function renew() {
  state.checked = wallSecs();
  const since = performance.now();
  const head = await get(`${files}head`, HEAD_BYTES_MAX, FILE_MS, true);
  // What peers are measured against, before the origin has answered anything else.
  if (head) core.originTook(performance.now() - since);
  if (head && (await adopt(head))) {
    await forgetOld();
    announce();
    const newest = edition();
    if (newest) sayVersion(newest.version);
    // Pages may have said hello before there was a version to join for.
    join();
  }
  await save();
}

/**
 * Takes a head: verified, then everything below it, then believed.
 * @param {Uint8Array<ArrayBuffer>} head
 * @param {{ record: Uint8Array<ArrayBuffer>, policy: Uint8Array<ArrayBuffer> } | undefined} [at] what is at hand; the newest version's unless given
 * @param {boolean} [asking] whether the origin may be asked for the rest
 */
async function adopt(head, at = editions.at(-1), asking = true) {
  const nothing = new Uint8Array();
  const have = { keys, record: at?.record ?? nothing, policy: at?.policy ?? nothing };
  for (let step = 0; step < STEPS_MAX; step++) {
    const lines = core.adopt(head, have.keys, have.record, have.policy, wallSecs())?.split('\n');
    if (!lines) return false;
    const [what = '', name = ''] = lines;
    if (what === 'off') return void (await switchOff());
    if (what === 'signatures') {
      await checked();
      continue;
    }
    if (what !== 'keys' && what !== 'record' && what !== 'policy') return took(head, have, lines, asking);
    if (!asking) return false;
    const bytes = await object(name);
    if (!bytes) return false;
    have[what] = bytes;
  }
  return false;
}

/** The owner wants no swarm any more: from here on all is as if there had been none. */
async function switchOff() {
  state.off = true;
  dropAll();
  join();
  await goAway();
}

/** Knows no version any more. */
function dropAll() {
  for (const { version } of editions) core.forget(version);
  editions = [];
}

/** An object of the manifest from the origin; whether it is that the wasm says. @param {string} name */
function object(name) {
  const [hash, len] = name.split('/');
  return get(`${files}o/${hash}`, Number(len), FILE_MS, false);
}

/**
 * @param {Uint8Array<ArrayBuffer>} head
 * @param {{ keys: Uint8Array<ArrayBuffer>, record: Uint8Array<ArrayBuffer>, policy: Uint8Array<ArrayBuffer> }} have
 * @param {string[]} lines as `Site::adopt` writes them
 * @param {boolean} asking
 */
async function took(head, have, lines, asking) {
  const [version, expires, root = '', pack = '', freshness, cacheBytes, uploadBytes, stun, ...addresses] = lines;
  const end = addresses.indexOf('');
  const here = new URL(files);
  /** @type {Edition} */
  const taken = {
    head,
    record: have.record,
    policy: have.policy,
    version: Number(version),
    expires: Number(expires),
    root,
    freshness: Number(freshness),
    cacheBytes: Number(cacheBytes),
    uploadBytes: Number(uploadBytes),
    // A path is one on this origin.
    trackers: addresses.slice(0, end).map((it) => (it.startsWith('/') ? `${here.origin.replace(/^http/, 'ws')}${it}` : it)),
    // The one beside the site first.
    ice: [...(stun ? [`stun:${here.hostname}:${stun}`] : []), ...addresses.slice(end + 1).filter((it) => it !== '')],
  };
  // With other keys, pages that began under the last ones go on as if there were no worker: who signed for them may be the one who was to go.
  if (toText(keys) !== toText(have.keys)) dropAll();
  keys = have.keys;
  editions = [...editions.filter((it) => it.version !== taken.version), taken];
  if (pack !== '' && !(await graft(taken, root)) && asking) await graft(taken, root, () => object(pack));
  return true;
}

/** Lets go of pins of closed clients and of versions that nobody uses. */
async function forgetOld() {
  const alive = await clientIds();
  if (!alive) return;
  // A client that is just being made is not listed yet: the youngest pins stay.
  for (const id of [...state.pins.keys()].slice(0, -PINS_YOUNG)) if (!alive.includes(id)) state.pins.delete(id);
  const used = new Set(state.pins.values());
  const newest = editions.at(-1);
  const kept = editions.filter((it) => it === newest || used.has(it.version)).slice(-EDITIONS_MAX);
  for (const { version } of editions.filter((it) => !kept.includes(it))) core.forget(version);
  editions = kept;
}

/** Tells neighbours of the newest head. */
export function announce() {
  const newest = edition();
  if (newest) core.announce(newest.head, newest.record);
}

/**
 * A neighbour told of a head: believed only when it is signed; then the origin is asked.
 * @param {number} link @param {Uint8Array} head @param {Uint8Array} record
 */
export async function headHeard(link, head, record) {
  const ask = () => core.news(head, record, wallSecs());
  let news = ask();
  if (news === UNCHECKED) {
    await checked();
    news = ask();
  }
  if (news === FORGED) core.linkLied(link);
  else if (news !== undefined) hint(news, visitorsThere(), true);
  else poll();
}

/** All signatures that are being checked, those too that are only noted yet. */
async function checked() {
  await undefined;
  await Promise.all(checks);
}

/** Checks a signature for the wasm. @param {number} number @param {Uint8Array<ArrayBuffer>} claim key and signature @param {Uint8Array<ArrayBuffer>} message */
export function check(number, claim, message) {
  const done = isSigned(claim.subarray(0, KEY_BYTES), claim.subarray(KEY_BYTES), message).then((good) => {
    // Not after the wasm that asked was lost.
    if (checks.delete(done)) core.checked(number, good);
  });
  checks.add(done);
}

// ---- what survives the worker

/** Reads what an earlier worker saved, once. @returns {Promise<boolean>} whether there is something to answer from */
export async function load() {
  /** @type {Promise<void> | undefined} */
  let read;
  // Again when the wasm was lost over it.
  while (read === undefined || read !== loading) await (read = loading ??= restore().catch(() => {}));
  return edition() !== undefined;
}

/** As before anything was read: the wasm that knew the versions is gone. */
export function forget() {
  loading = undefined;
  editions = [];
  checks.clear();
  state.day = -1;
  state.pins.clear();
  state.players.clear();
  state.sums = [0, 0, 0];
  for (const counts of [state.bytes, state.requests]) for (const from of Object.keys(counts)) Object.assign(counts, { [from]: 0 });
}

async function restore() {
  const bytes = await cacheRead('state');
  const saved = bytes && JSON.parse(new TextDecoder().decode(bytes));
  if (saved?.spec !== SPEC) return;
  const now = wallSecs();
  state.optedOut = saved.optedOut === true;
  state.checked = Math.min(number(saved.checked), now);
  for (const [id, to] of saved.pins) pin(String(id), to === null ? null : number(to));
  for (const [of, made] of saved.players ?? []) state.players.set(String(of), made === true);
  for (const from of /** @type {const} */ (['cache', 'peers', 'mirrors', 'origin', 'passed'])) {
    if (from !== 'passed') state.bytes[from] += number(saved.bytes[from]);
    state.requests[from] += number(saved.requests[from]);
  }
  state.sums = state.sums.map((sum, at) => sum + number(saved.sums[at]));
  const drawn = number(saved.drawn);
  if (drawn <= now && drawn > now - PEER_SECS && core.rename(fromText(saved.peer))) state.drawn = drawn;
  if (saved.day > 0) {
    state.day = saved.day;
    core.uploadBudget(number(saved.uploadLeft));
  }
  if (saved.originMs > 0) core.originTook(saved.originMs);
  keys = fromText(saved.keys);
  // Signed bytes: each version proves itself again.
  for (const { head, record, policy } of saved.editions) await adopt(fromText(head), { record: fromText(record), policy: fromText(policy) }, false);
}

/** Writes what must survive. Several calls at once share the next write. */
export function save() {
  queued ??= saving = saving
    .then(() => {
      queued = undefined;
      return write();
    })
    .catch(() => {});
  return queued;
}

async function write() {
  // Nothing that is still to be read is written over.
  await load();
  const read = loading;
  const [peer, originMs, uploadLeft, added] = [core.peer(), core.originMs(), core.uploadLeft(), sums()];
  // Nor when the wasm was lost over it, and all that was read with it.
  if (!peer || loading !== read) return;
  savedLeft = uploadLeft;
  const saved = {
    spec: SPEC,
    optedOut: state.optedOut,
    checked: state.checked,
    pins: [...state.pins],
    players: [...state.players],
    bytes: state.bytes,
    requests: state.requests,
    sums: added,
    drawn: state.drawn,
    peer: toText(peer),
    originMs,
    day: state.day,
    uploadLeft,
    keys: toText(keys),
    editions: editions.map(({ head, record, policy }) => ({ head: toText(head), record: toText(record), policy: toText(policy) })),
  };
  await cacheWrite('state', new TextEncoder().encode(JSON.stringify(saved)));
}

/** Writes it soon, once for many events. */
export function saveSoon() {
  if (saveTimer) return;
  saveTimer = true;
  setTimeout(() => {
    saveTimer = false;
    void save();
  }, SAVE_MS);
}

/** Writes it soon if more was uploaded since: nothing else happens in a worker that only serves. */
export function saveUploads() {
  if (core.uploadLeft() !== savedLeft) saveSoon();
}

/** Pages can write to the store: what should be a count is one. @param {unknown} value */
const number = (value) => (typeof value === 'number' && value >= 0 ? value : 0);

// ---- the visitor

/** One call of `window.swarmfetch`. @param {import('../protocol.js').CallName} what */
export async function call(what) {
  await load();
  if (what === 'stats') return stats();
  if (what === 'pause' || what === 'resume') state.paused = what === 'pause';
  else if (what === 'optOut' || what === 'optIn') state.optedOut = what === 'optOut';
  else return undefined;
  join();
  await save();
  return undefined;
}

function stats() {
  const [uploaded, rejected, wire] = sums();
  const { bytes, requests } = state;
  return { version: edition()?.version ?? 0, peers: core.peers() ?? 0, bytes, requests, uploaded, rejected, wire };
}
