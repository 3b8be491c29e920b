//! Content made of an earlier one that is held: only what differs comes, from peers or from the origin.

import * as core from './door.js';
import { keep, unwant, want } from './exchange.js';
import { files, inflate, within } from './platform.js';
import * as store from './store.js';

/** Digits of the earlier content's hash that a patch names. */
const DIGITS = 16;

/** How long a patch may take, in ms: then the whole is fetched. */
const PATCH_MS = 3_000;

/** What a patch unpacks to at most, in bytes, for content of that length: `patch_bytes_max` in `crates/content/src/delta.rs`. @param {number} len */
const unpackedMax = (len) => len + Math.floor(len / 4) + 1024;

/**
 * Makes content with the first of its patches whose earlier content is held. Nothing where none is, or something is not as it should be: then it is fetched as
 * a whole.
 * @param {Pick<import('./site.js').Label, 'name' | 'savings' | 'patches'>} label
 * @param {number} version
 * @param {boolean} [ahead] nobody waits for it yet: peers alone are asked
 * @returns {Promise<{ bytes: Uint8Array<ArrayBuffer>, source: 'peers' | 'origin', came: number } | undefined>} source: of the patch; came: how many bytes it has
 */
export async function patched({ name, savings, patches }, version, ahead = false) {
  const [old, patch] = patches.map((it) => [store.beginning(it.slice(0, DIGITS)), it.slice(DIGITS)]).find(([held]) => held) ?? [];
  if (!old || !patch) return undefined;
  const request = ahead ? undefined : new Request(`${files}o/${patch.split('/')[0]}`);
  const { number, outcome } = want({ name: patch, text: false, savings, urgent: !ahead, version, ...(request && { request }) });
  const [held, got] = await Promise.all([store.verified(old, 0, store.lengthOf(old)), within(outcome, PATCH_MS)]);
  unwant(number);
  if (!held || !got || !('bytes' in got)) return undefined;
  const unpacked = await inflate(got.bytes, unpackedMax(store.lengthOf(name)));
  const bytes = unpacked && core.patched(name, new Uint8Array(await held.arrayBuffer()), unpacked);
  if (!bytes) return undefined;
  keep(name, bytes).catch(() => {});
  return { bytes, source: got.source, came: got.bytes.length };
}
