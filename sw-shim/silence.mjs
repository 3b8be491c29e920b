//! Takes out of the wasm what only a panic would say. A panic is a bug, and in the worker it is a trap: the shim catches it and everything passes
//! through from then on. Nobody reads its message, yet messages, places and the code that writes them are a twentieth of what every new visitor loads.
//! Not a matter of trust in the code: every check stays, what it ends in becomes a bare `unreachable`.

import binaryen from 'binaryen';

/** Where panics go, and what formats their arguments (`Debug` is for nothing else here). The names are Rust's own. */
const PANICS =
  /\b(panicking|panic_\w+|expect_failed|unwrap_failed|slice_error_fail\w*|slice_\w+_fail|len_mismatch_fail|capacity_overflow|handle_error|handle_alloc_error|rust_begin_unwind)\b|fmt::Debug>::fmt|fmt::builders::/;

/** Bytes of one place in the source: address and length of the file's name, line, column. */
const PLACE_BYTES = 16;

/** Longest name of a source file that is taken for one, in bytes, and the last line and column: the rest is data that only looks like a place. */
const NAME_BYTES_MAX = 300;
const LINE_MAX = 100_000;
const COLUMN_MAX = 1000;

/**
 * @param {Uint8Array} wasm with its name section
 * @returns {Uint8Array}
 */
export function silence(wasm) {
  const module = binaryen.readBinary(wasm);
  let traps = 0;
  for (let at = module.getNumFunctions() - 1; at >= 0; at--) {
    const { name, module: imported, params, results } = binaryen.getFunctionInfo(module.getFunctionByIndex(at));
    if (imported || !PANICS.test(name)) continue;
    module.removeFunction(name);
    module.addFunction(name, params, results, [], module.unreachable());
    traps += 1;
  }
  if (traps === 0) throw new Error('the wasm names no function that panics: has its name section been removed?');
  const silent = module.emitBinary();
  module.dispose();
  for (const segment of dataSegments(silent)) blankPlaces(segment);
  return silent;
}

/**
 * Fills places and the names of their files with zeros, which take no room.
 * @param {{ address: number, bytes: Uint8Array }} segment
 */
function blankPlaces({ address, bytes }) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  /** @type {[number, number][]} */
  const names = [];
  for (let at = -address & 3; at + PLACE_BYTES <= bytes.length; at += 4) {
    const name = view.getUint32(at, true) - address;
    const [length, line, column] = [4, 8, 12].map((skip) => view.getUint32(at + skip, true));
    if (length > NAME_BYTES_MAX || line > LINE_MAX || column > COLUMN_MAX || name < 0 || name + length > bytes.length) continue;
    if (!/^[ -~]+\.rs$/.test(Buffer.from(bytes.subarray(name, name + length)).toString('latin1'))) continue;
    bytes.fill(0, at, at + PLACE_BYTES);
    names.push([name, name + length]);
  }
  for (const [start, end] of names) bytes.fill(0, start, end);
}

/**
 * The active data segments, as views into the module.
 * @param {Uint8Array} wasm
 * @returns {{ address: number, bytes: Uint8Array }[]}
 */
function dataSegments(wasm) {
  const DATA_SECTION = 11;
  const I32_CONST = 0x41;
  let at = 8;
  const leb = (signed = false) => {
    let value = 0;
    let shift = 0;
    let byte;
    do {
      byte = wasm[at++];
      value |= (byte & 127) << shift;
      shift += 7;
    } while (byte & 128);
    return signed && shift < 32 && byte & 64 ? value | (-1 << shift) : value >>> 0;
  };
  const segments = [];
  while (at < wasm.length) {
    const section = wasm[at++];
    const end = leb() + at;
    if (section === DATA_SECTION) {
      for (let left = leb(); left > 0; left--) {
        if (leb() !== 0 || wasm[at++] !== I32_CONST) throw new Error('a data segment of a kind that rustc does not make');
        const address = leb(true);
        at += 1; // `end` of the address
        const length = leb();
        segments.push({ address, bytes: wasm.subarray(at, at + length) });
        at += length;
      }
    }
    at = end;
  }
  return segments;
}
