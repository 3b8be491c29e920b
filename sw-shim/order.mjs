//! The order of a wasm module's functions. Which number one has makes no difference to what it does; but where those of one type stand together, and in
//! each type those that are alike, the list of types is a few runs, and a compressor finds the like of most code just before it.

const SECTION = { import: 2, function: 3, export: 7, start: 8, element: 9 };
const OP = { call: 0x10, refFunc: 0xd2 };
/** What an export is, and the first byte of elements that are functions in a table at a constant place. */
const FUNCTION = 0;
const PLAIN = 0;
/** So many opcodes in a row count as something in common. */
const RUN = 4;
/** A wasm module's first two fields, in bytes. */
const HEADER_BYTES = 8;

/** @typedef {import('./ravel.mjs').Module} Module */

/**
 * @param {Module} module
 * @returns {Module}
 */
export function ordered({ before, bodies, after }) {
  const sections = sectionsOf(before);
  const types = numbers(sections.find(({ id }) => id === SECTION.function)?.bytes ?? [0]);
  const imported = bodies.length > 0 ? importsOf(sections.find(({ id }) => id === SECTION.import)?.bytes ?? [0]) : 0;
  const opcodes = bodies.map(({ code }) => String.fromCharCode(...code.map(({ op }) => op)));
  const order = chained(opcodes, types);

  const places = new Map(order.map((old, place) => [old + imported, place + imported]));
  /** @param {number} index */
  const moved = (index) => places.get(index) ?? index;
  const rewritten = sections.map(({ id, bytes }) => {
    if (id === SECTION.function) return section(id, vector(order.map((old) => types[old])));
    if (id === SECTION.export) return section(id, exportsMoved(bytes, moved));
    if (id === SECTION.element) return section(id, elementsMoved(bytes, moved));
    if (id === SECTION.start) throw new Error('a start function has no new number here');
    return section(id, bytes);
  });
  const calls = [OP.call, OP.refFunc];
  return {
    before: [...before.slice(0, HEADER_BYTES), ...rewritten.flat(), ...before.slice(HEADER_BYTES + sections.reduce((sum, { size }) => sum + size, 0))],
    bodies: order.map((old) => ({ ...bodies[old], code: bodies[old].code.map((it) => (calls.includes(it.op) ? { op: it.op, numbers: it.numbers.map(moved) } : it)) })),
    after,
  };
}

/**
 * Type after type, from the shortest function of each on, always that which has most in common with the one before.
 * @param {string[]} opcodes of each function
 * @param {number[]} types
 */
function chained(opcodes, types) {
  const runs = opcodes.map((code) => new Set(Array.from({ length: Math.max(code.length - RUN + 1, 0) }, (_, at) => code.slice(at, at + RUN))));
  /** @param {number} a @param {number} b */
  const likeness = (a, b) => [...runs[a]].filter((run) => runs[b].has(run)).length / Math.sqrt(runs[a].size * runs[b].size + 1);
  const left = new Set([...opcodes.keys()].sort((a, b) => types[a] - types[b] || opcodes[a].length - opcodes[b].length || a - b));
  /** @type {number[]} */
  const order = [];
  while (left.size > 0) {
    const last = order.at(-1);
    let [next] = left;
    if (last !== undefined && types[last] === types[next]) {
      const alike = [...left].filter((other) => types[other] === types[last]).map((other) => ({ other, likeness: likeness(last, other) }));
      next = alike.reduce((best, it) => (it.likeness > best.likeness ? it : best)).other;
    }
    left.delete(next);
    order.push(next);
  }
  return order;
}

/** Reads LEB128 numbers and bytes. @param {number[]} bytes @param {number} [at] */
function reader(bytes, at = 0) {
  const it = {
    at,
    number() {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[it.at++];
        value |= (byte & 127) << shift;
        if (byte < 128) return value;
      }
    },
    /** @param {number} count */
    bytes: (count) => bytes.slice(it.at, (it.at += count)),
  };
  return it;
}

/** @param {number} number @returns {number[]} */
const leb = (number) => (number < 128 ? [number] : [(number & 127) | 128, ...leb(number >> 7)]);

/** @param {number} id @param {number[]} bytes */
const section = (id, bytes) => [id, ...leb(bytes.length), ...bytes];

/** @param {number[]} items */
const vector = (items) => [...leb(items.length), ...items.flatMap(leb)];

/** The sections in front of the code's, whose length is not known here. @param {number[]} before */
function sectionsOf(before) {
  const from = reader(before, HEADER_BYTES);
  /** @type {{ id: number, bytes: number[], size: number }[]} */
  const sections = [];
  for (let last = 0; before[from.at] > last && before[from.at] < 10; ) {
    const start = from.at;
    last = from.bytes(1)[0];
    const bytes = from.bytes(from.number());
    sections.push({ id: last, bytes, size: from.at - start });
  }
  return sections;
}

/** @param {number[]} bytes */
function numbers(bytes) {
  const from = reader(bytes);
  return Array.from({ length: from.number() }, () => from.number());
}

/** How many functions are imported; nothing else is. @param {number[]} bytes */
function importsOf(bytes) {
  const from = reader(bytes);
  const count = from.number();
  for (let left = count; left > 0; left--) {
    for (let name = 0; name < 2; name++) from.bytes(from.number());
    if (from.bytes(1)[0] !== FUNCTION) throw new Error('something else than a function is imported');
    from.number();
  }
  return count;
}

/** @param {number[]} bytes @param {(index: number) => number} moved */
function exportsMoved(bytes, moved) {
  const from = reader(bytes);
  const count = from.number();
  const all = Array.from({ length: count }, () => {
    const name = from.bytes(from.number());
    const [kind] = from.bytes(1);
    const index = from.number();
    return [...leb(name.length), ...name, kind, ...leb(kind === FUNCTION ? moved(index) : index)];
  });
  return [...leb(count), ...all.flat()];
}

/** @param {number[]} bytes @param {(index: number) => number} moved */
function elementsMoved(bytes, moved) {
  const from = reader(bytes);
  const [count, kind, op] = [from.number(), from.number(), from.bytes(1)[0]];
  const place = from.number();
  const [end] = from.bytes(1);
  if (count !== 1 || kind !== PLAIN) throw new Error('elements of a kind that is not known here');
  return [count, kind, op, ...leb(place), end, ...vector(numbers(bytes.slice(from.at)).map(moved))];
}
