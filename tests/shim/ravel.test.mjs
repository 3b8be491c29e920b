//! The worker's wasm as text and back: `sw-shim/ravel.mjs` and `sw-shim/unravel.wat`. The build compares what comes back with what went in; here it also runs,
//! and has what the worker's own happens not to have.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { unravel } from '../../sw-shim/boot/unravel.js';
import { ravel } from '../../sw-shim/ravel.mjs';

const { default: binaryen } = await import(createRequire(new URL('../../sw-shim/ravel.mjs', import.meta.url)).resolve('binaryen'));

/** Numbers around what a character, a LEB128 of so many bytes, and the reader's parts hold. */
const EDGES = [0, 1, 63, 64, 127, 128, 0x1fff, 0x2000, 0x2001, 0x7fff, 0x8000, 0x9fff, 0xa000, 0xafff, 0xb000, 0xffffff, 0x1000000, 0x7fffffff];

/** @param {string} wat */
async function again(wat) {
  const module = binaryen.parseText(wat);
  const { BulkMemory, NontrappingFPToInt, ReferenceTypes } = binaryen.Features;
  module.setFeatures(BulkMemory | NontrappingFPToInt | ReferenceTypes);
  const { text, reader } = await ravel(module.emitBinary());
  module.dispose();
  return new WebAssembly.Instance(new WebAssembly.Module(unravel(text, reader))).exports;
}

describe('out of its strands a module does the same', () => {
  it('with numbers of every size', async () => {
    const values = EDGES.flatMap((value) => [value, -value - 1]);
    const functions = values.map((value, at) => `(func (export "i${at}") (result i32) (i32.const ${value})) (func (export "l${at}") (result i64) (i64.const ${value}))`);
    const exports = /** @type {Record<string, () => number | bigint>} */ (await again(`(module ${functions.join('')})`));
    for (const [at, value] of values.entries()) {
      assert.equal(exports[`i${at}`]?.(), value);
      assert.equal(exports[`l${at}`]?.(), BigInt(value));
    }
  });

  it('with constants of 64 bits', async () => {
    const exports = /** @type {Record<string, () => number | bigint>} */ (
      await again(`(module (func (export "least") (result i64) (i64.const -9223372036854775808)) (func (export "most") (result i64) (i64.const 0x7fffffffffffffff))
        (func (export "third") (result f64) (f64.const 0.3333333333333333)))`)
    );
    assert.equal(exports.least?.(), -(2n ** 63n));
    assert.equal(exports.most?.(), 2n ** 63n - 1n);
    assert.equal(exports.third?.(), 1 / 3);
  });

  it('with accesses far away, whatever they say of alignment', async () => {
    const offsets = EDGES.filter((offset) => offset < 0x10000);
    const accesses = offsets.map((offset, at) => `(i64.store offset=${offset} align=1 (local.get 0) (i64.const ${at + 1})) (local.set 1 (i64.load offset=${offset} (local.get 0)))`);
    const exports = /** @type {{ last: (at: number) => bigint }} */ (/** @type {unknown} */ (
      await again(`(module (memory 2) (func (export "last") (param i32) (result i64) (local i64) ${accesses.join('')} (local.get 1)))`)
    ));
    assert.equal(exports.last(8), BigInt(offsets.length));
  });

  it('with jump tables, tables, choices, and instructions of two opcodes', async () => {
    const exports = /** @type {{ place: (at: number) => number, call: (at: number) => number, copied: () => number }} */ (/** @type {unknown} */ (
      await again(`(module (memory 1) (data (i32.const 0) "\\01\\02\\03\\04!\\22\\5c\\0d\\0a\\ff") (table 2 2 funcref) (elem (i32.const 0) $one $two) (type $number (func (result i32)))
        (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
        (func (export "place") (param i32) (result i32)
          (block $c (block $b (block $a (br_table $a $b $c (local.get 0))) (return (i32.const 10))) (return (i32.const 20))) (i32.const 30))
        (func (export "call") (param i32) (result i32) (call_indirect (type $number) (local.get 0)))
        (func (export "copied") (result i32) (local funcref)
          (local.set 0 (select (result funcref) (ref.null func) (ref.func $one) (i32.const 0)))
          (memory.copy (i32.const 16) (i32.const 0) (i32.const 10)) (memory.fill (i32.const 16) (i32.const 7) (i32.const 1))
          (drop (i32.trunc_sat_f64_u (f64.const 1.5)))
          (i32.add (i32.load8_u (i32.const 16)) (i32.load8_u (i32.const 25)))))`)
    ));
    assert.deepEqual([0, 1, 2, 3].map(exports.place), [10, 20, 30, 30]);
    assert.deepEqual([0, 1].map(exports.call), [1, 2]);
    assert.equal(exports.copied(), 7 + 255);
  });
});
