//! Makes of a wasm module the text that `boot/unravel.js` reads.
//!
//! In wasm as it is, opcodes, locals, offsets and constants alternate, and a compressor sees little of the regularities that each of them has. In the text
//! each is a strand of its own, one character a number: numbers behind an opcode by the opcode, and what is pushed by who consumes it. The same brotli
//! makes a sixth less of it. Alignments are left out: they are hints. `unravel.wat` puts the strands together again; it says how characters stand for
//! numbers. What it gives is compared here with what was taken apart.

import { readFile } from 'node:fs/promises';
import binaryen from 'binaryen';
import { unravel } from './boot/unravel.js';
import { ordered } from './order.mjs';
import { paired } from './pairs.mjs';

/**
 * Strands that no opcode names: the bytes before the first function and after the last; what each character of the code's opcodes stands for, an opcode or
 * the first of two such characters, and the second of them, one more than it is; the code's opcodes; functions' locals.
 */
const BEFORE = 0;
const AFTER = 1;
const FIRST = 5;
const OPCODES = 6;
const LOCALS = 7;
const SECOND = 8;

/** Of the offsets, those of opcodes that all read or write four bytes or eight: multiples of four, with few exceptions. */
const FOURS = [0x10a, 0x10d];

/** Groups of strands: offsets by their opcode, constants and the reading of locals by the opcode that consumes them; neighbours share one. */
const OFFSETS = 0x100;
const CONSTANTS = 0x110;
const READS = 0x170;
const STRANDS = 0x1d0;

/** How many further operands stand at most between one and its consumer; more are not looked over. */
const OPERANDS_MAX = 2;

/** What the memory of `unravel.wat` has room for, in characters and opcodes. */
const TEXT_MAX = 0x80000;
const OPCODES_MAX = 0x40000;

/** The character of zero is the first from which no number is a line break or a quotation mark, and one only is a backslash. */
const ZERO = 35;

const CODE_SECTION = 10;
const OP = { end: 0x0b, brTable: 0x0e, callIndirect: 0x11, selectTyped: 0x1c, localGet: 0x20, i32Const: 0x41, i64Const: 0x42, f32Const: 0x43, f64Const: 0x44, refNull: 0xd0, more: 0xfc };

/** One instruction, and the numbers behind it. @typedef {{ op: number, numbers: number[] }} Instruction */
/** One function: how many locals of which types, and its code. @typedef {{ locals: number[], code: Instruction[] }} Body */
/** What stands around the code, without custom sections. @typedef {{ before: number[], bodies: Body[], after: number[] }} Module */

/**
 * @param {Uint8Array} wasm
 * @returns {Promise<{ text: string, reader: string }>}
 */
export async function ravel(wasm) {
  const module = ordered(parse(wasm));
  const text = strandsOf(module).join('\uffff');
  if (text.length > TEXT_MAX) throw new Error('the wasm is too large for the memory of unravel.wat');
  const reader = Buffer.from(await assemble()).toString('latin1');
  const again = unravel(text, reader);
  if (JSON.stringify(parse(again)) !== JSON.stringify(module) || !WebAssembly.validate(again)) throw new Error('the wasm does not come back from its strands');
  return { text, reader };
}

async function assemble() {
  const module = binaryen.parseText(await readFile(new URL('unravel.wat', import.meta.url), 'utf8'));
  binaryen.setOptimizeLevel(2);
  binaryen.setShrinkLevel(2);
  module.optimize();
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

/** @param {Module} module */
function strandsOf({ before, bodies, after }) {
  const strands = /** @type {string[]} */ (Array(STRANDS).fill(''));
  /** @param {number} strand @param {number} value */
  const put = (strand, value) => {
    let left = value;
    for (; left >= 0x8000 || left < -0x2000; left >>= 12) strands[strand] += character(0xa000 + (left & 0xfff));
    strands[strand] += character(left < 0 ? 0x7fff - left : left);
  };
  strands[BEFORE] = String.fromCharCode(...before);
  strands[AFTER] = String.fromCharCode(...after);

  const ops = bodies.flatMap(({ code }) => code.map(({ op }) => op));
  if (ops.length >= OPCODES_MAX) throw new Error('the wasm has more opcodes than the memory of unravel.wat has room for');
  const { text, symbols } = paired(ops, ZERO);
  for (const symbol of text) put(OPCODES, symbol);
  for (const { op = 0, first = op, second = -1 } of symbols) {
    put(FIRST, first);
    put(SECOND, second + 1);
  }

  let at = 0;
  for (const { locals, code } of bodies) {
    put(LOCALS, locals.length / 2);
    for (const number of locals) put(LOCALS, number);
    for (const { numbers } of code) {
      const strand = strandOf(ops, at++);
      for (const number of numbers) put(strand, FOURS.includes(strand) ? (number >>> 2) | (number << 30) : number);
    }
  }
  return strands;
}

/**
 * Where the numbers of an instruction stand.
 * @param {number[]} ops
 * @param {number} at
 */
function strandOf(ops, at) {
  const op = ops[at];
  if (isAccess(op)) return OFFSETS + (op >> 2);
  if (!isOperand(op)) return op;
  let operands = 0;
  while (operands < OPERANDS_MAX && isOperand(ops[at + 1 + operands])) operands++;
  return (op === OP.localGet ? READS : CONSTANTS) + 32 * operands + (ops[at + 1 + operands] >> 3);
}

/** @param {number} code */
function character(code) {
  return String.fromCharCode(code + ZERO);
}

/** Reads it or writes it memory? @param {number} op */
function isAccess(op) {
  return op >= 0x28 && op <= 0x3e;
}

/** @param {number} op */
function isOperand(op) {
  return op === OP.localGet || op === OP.i32Const;
}

/** Stand numbers behind it, of which none has more bits than a number here? @param {number} op */
function hasNumbers(op) {
  return (op >= 0x02 && op <= 0x04) || (op >= 0x0c && op <= 0x11 && op !== 0x0f) || op === OP.selectTyped || (op >= 0x20 && op <= 0x26) || (op >= 0x3f && op <= 0x41) || op >= OP.refNull;
}

/** How many numbers follow the first. @param {number} op @param {number} first */
function furtherNumbers(op, first) {
  if (op === OP.brTable) return first + 1;
  if (op === OP.selectTyped) return first;
  if (op === OP.callIndirect) return 1;
  if (op !== OP.more || first < 8) return 0;
  return first < 15 && first % 2 === 0 ? 2 : 1;
}

/**
 * @param {Uint8Array} wasm
 * @returns {Module}
 */
function parse(wasm) {
  let at = 8;
  /** A LEB128; its bits, and how many those are. */
  const leb = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return { value, bits: shift + 7 };
    }
  };
  const unsigned = () => leb().value >>> 0;
  const signed = () => {
    const { value, bits } = leb();
    return bits < 32 ? (value << (32 - bits)) >> (32 - bits) : value;
  };
  /** @returns {Instruction} */
  const instruction = () => {
    const op = wasm[at++];
    const start = at;
    if (op === OP.f32Const) throw new Error('unravel.wat does not know constants of 32 floating bits');
    if (op === OP.i64Const) while (wasm[at++] > 127);
    if (op === OP.f64Const) at += 8;
    if (at > start) return { op, numbers: [...wasm.subarray(start, at)] };
    if (isAccess(op)) unsigned();
    else if (!hasNumbers(op)) return { op, numbers: [] };
    const numbers = [op === OP.i32Const || op === OP.refNull || op <= 0x04 ? signed() : unsigned()];
    for (let left = furtherNumbers(op, numbers[0]); left > 0; left--) numbers.push(op === OP.selectTyped ? signed() : unsigned());
    return { op, numbers };
  };
  /** @returns {Body} */
  const body = () => {
    const end = unsigned() + at;
    /** @type {Body} */
    const { locals, code } = { locals: [], code: [] };
    for (let groups = unsigned(); groups > 0; groups--) locals.push(unsigned(), signed());
    while (at < end) code.push(instruction());
    return { locals, code };
  };

  /** @type {Module} */
  const { before, bodies, after } = { before: [...wasm.subarray(0, at)], bodies: [], after: [] };
  while (at < wasm.length) {
    const start = at;
    const id = wasm[at++];
    const end = unsigned() + at;
    if (id === CODE_SECTION) {
      const functions = unsigned();
      // The section's length, which comes out later, and how many functions there are, in four bytes each.
      before.push(id, 128, 128, 128, 0, ...[0, 7, 14, 21].map((shift) => ((functions >> shift) & 127) | (shift < 21 ? 128 : 0)));
      for (let left = functions; left > 0; left--) bodies.push(body());
    } else if (id !== 0) (bodies.length > 0 ? after : before).push(...wasm.subarray(start, end));
    at = end;
  }
  return { before, bodies, after };
}
