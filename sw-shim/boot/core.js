//! The wasm: its start, and the one way into it. What a call has the browser do is noted meanwhile (`acts.js`) and done when the call has returned.

import { initSync } from 'swarmfetch-wasm';
import * as core from './door.js';
import { expectHello, expectNone, flush, reset, sleep, todo } from './exchange.js';
import { canDeflate, randomBytes, wakePages } from './platform.js';
import { site } from './settings.js';
import { unravel } from './unravel.js';

/** Bytes of randomness that the wasm wants: a peer id and a seed. */
const RANDOM_BYTES = 28;

/** How many traps of the wasm one worker outlives. Each costs a start; after as many again, something here will go on trapping. */
const TRAPS_MAX = 3;

/** Can it be called? Undefined: not started; false: cannot run here, or has failed too often. @type {boolean | undefined} */
let runs;
let traps = 0;
/** What calls noted is being done. */
let settling = false;

/** Starts the wasm, once, and once more after each of a few traps; says whether it can be called. */
export function start() {
  if (runs !== undefined) return runs;
  runs = false;
  if (site === null) return false;
  try {
    initSync(new WebAssembly.Module(unravel(__SWARMFETCH_WASM__, __SWARMFETCH_READER__)));
    runs = core.of(site.site, site.root, site.floor, randomBytes(RANDOM_BYTES), canDeflate());
  } catch {
    // For example a Content-Security-Policy without 'wasm-unsafe-eval' on this script.
  }
  if (runs) void expectPages();
  return runs;
}

/** Links may have outlived an earlier worker: their page says so in its hello. */
async function expectPages() {
  expectHello(true);
  if ((await wakePages()) === 0) expectNone();
}

/**
 * Calls into the wasm, and does what it noted.
 * @template T
 * @param {() => T} call
 * @returns {T | undefined}
 */
export function enter(call) {
  const value = attempt(call);
  settle();
  return value;
}

/**
 * After a trap what waits goes to the origin, and all is as if the browser had stopped the worker: the next call begins with what was saved.
 * @template T
 * @param {() => T} call
 * @returns {T | undefined}
 */
function attempt(call) {
  if (!start()) return undefined;
  try {
    return call();
  } catch (error) {
    // The glue would not take an argument: the call was not made.
    if (error instanceof TypeError) return undefined;
    runs = ++traps > TRAPS_MAX ? false : undefined;
    reset();
    return undefined;
  }
}

/** Does what was noted, and what that leads to. */
function settle() {
  if (settling) return;
  settling = true;
  try {
    for (let next = todo.shift(); next; next = todo.shift()) next();
    flush();
  } catch {
    // One thing that the browser would not do. The rest is done after the next call; the machines' deadlines see to this one.
  } finally {
    settling = false;
  }
  sleep(attempt(() => core.next()));
}
