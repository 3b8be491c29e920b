//! The characters of a wasm module's opcodes. `ravel.mjs` writes them, `unravel.wat` reads them.
//!
//! A compressor foretells a character from the one or two before it, and brotli does not even look at which those are: it has a few classes of characters,
//! made for text, and keeps statistics for each. So what often follows each other becomes one character, which lets it look back further; and characters
//! are dealt out so that the classes say most about what comes next.

/** How many pairs become one. With fewer brotli sees less, with more what is rare takes two bytes. */
const PAIRS = 45;
/** From here on a character takes two bytes. */
const ASCII = 128;
/** Stands for nothing: in a literal it takes two. */
const BACKSLASH = 0x5c;

/** How often two symbols are tried in each other's place. */
const TRIES = 60_000;
/** By about how much that may be for the worse at first, in bits; less and less later. Never for the worse, it would end too soon. */
const WORSE_BITS = 480;

/** Of brotli's tables for text: the class of the character before, and the one of that before it. @type {[RegExp, number][]} */
const CLASSES = [
  [/[%]/, 1],
  [/[']/, 2],
  [/[(<[{]/, 3],
  [/[)>\]}]/, 4],
  [/[,:;]/, 5],
  [/[.]/, 6],
  [/[=]/, 7],
  [/[0-9]/, 8],
  [/[AEIOU]/, 9],
  [/[A-Z]/, 10],
  [/[aeiou]/, 11],
  [/[a-z]/, 12],
  [/[!-~]/, 13],
];
/** @type {[RegExp, number][]} */
const CLASSES_BEFORE = [
  [/[0-9A-Z]/, 1],
  [/[a-z]/, 2],
  [/[!-~]/, 3],
];

/** What a character stands for: an opcode, or what two others stand for; or nothing. @typedef {{ op?: number, first?: number, second?: number }} Symbol */

/**
 * @param {number[]} ops opcodes, one after the other
 * @param {number} zero the lowest character
 * @returns {{ text: number[], symbols: Symbol[] }} characters from `zero` on, and what each stands for
 */
export function paired(ops, zero) {
  const { symbols, text } = merged(ops);
  const places = dealt(text, symbols.length, zero);
  const placed = Array.from({ length: Math.max(-1, ...places) + 1 }, () => /** @type {Symbol} */ ({}));
  for (const [symbol, { op, first = 0, second = 0 }] of symbols.entries()) placed[places[symbol]] = op === undefined ? { first: places[first], second: places[second] } : { op };
  return { text: text.map((symbol) => places[symbol]), symbols: placed };
}

/** Makes one of the most frequent pair, again and again. @param {number[]} ops */
function merged(ops) {
  const opcodes = [...new Set(ops)].sort((a, b) => a - b);
  /** @type {Symbol[]} */
  const symbols = opcodes.map((op) => ({ op }));
  let text = ops.map((op) => opcodes.indexOf(op));
  for (let left = PAIRS; left > 0; left--) {
    /** @type {Map<number, number>} */
    const times = new Map();
    for (let at = 1; at < text.length; at++) {
      const pair = text[at - 1] * 0x10000 + text[at];
      times.set(pair, (times.get(pair) ?? 0) + 1);
    }
    const [pair, most] = [...times].reduce((best, it) => (it[1] > best[1] ? it : best), [0, 1]);
    if (most < 2) break;
    const [first, second] = [Math.floor(pair / 0x10000), pair % 0x10000];
    /** @type {number[]} */
    const shorter = [];
    for (let at = 0; at < text.length; at++) {
      const both = text[at] === first && text[at + 1] === second;
      shorter.push(both ? symbols.length : text[at]);
      if (both) at++;
    }
    symbols.push({ first, second });
    text = shorter;
  }
  return { symbols, text };
}

/**
 * The place of each symbol, counted from `zero`: the rarest have no room in ASCII, and the others the places where they cost least.
 * @param {number[]} text
 * @param {number} count of symbols
 * @param {number} zero
 */
function dealt(text, count, zero) {
  const times = /** @type {number[]} */ (Array(count).fill(0));
  for (const symbol of text) times[symbol]++;
  const frequent = [...times.keys()].sort((a, b) => times[b] - times[a] || a - b);
  const free = Array.from({ length: count + 1 }, (_, at) => at).filter((at) => at + zero !== BACKSLASH);
  const ranks = /** @type {number[]} */ (Array(count));
  for (const [rank, symbol] of frequent.entries()) ranks[symbol] = rank;
  const inAscii = Math.min(count, free.filter((at) => at + zero < ASCII).length);
  const order = cheapest(text.map((symbol) => ranks[symbol]), inAscii, (rank) => classesOf((free[rank] ?? 0) + zero));
  return ranks.map((rank) => free[order[rank] ?? rank] ?? 0);
}

/** @param {number} code @returns {[number, number]} */
function classesOf(code) {
  const char = String.fromCharCode(code);
  const of = (/** @type {[RegExp, number][]} */ classes) => classes.find(([pattern]) => pattern.test(char))?.[1] ?? 0;
  return [of(CLASSES), of(CLASSES_BEFORE)];
}

/**
 * Which place each symbol has, for the first of them, so that what follows a class of places is foretold best: two by two, by chance, at first also for the
 * worse.
 * @param {number[]} text
 * @param {number} count of symbols that may change places
 * @param {(place: number) => [number, number]} classesAt
 */
function cheapest(text, count, classesAt) {
  const places = Array.from({ length: count }, (_, at) => at);
  const classes = Array.from({ length: text.reduce((most, symbol) => Math.max(most, symbol + 1), count) }, (_, at) => classesAt(at));
  const bits = statistics(text, classes);
  const chance = random();
  for (let left = TRIES; left > 0 && count > 1; left--) {
    const [a, b] = [Math.floor(chance() * count), Math.floor(chance() * count)];
    if (classes[a].join() === classes[b].join()) continue;
    const more = bits.swapped(a, b);
    if (more < 0 || chance() < Math.exp(-more / ((WORSE_BITS * left) / TRIES))) [places[a], places[b]] = [places[b], places[a]];
    else bits.swapped(a, b);
  }
  return places;
}

/**
 * How many bits a text has when each character is foretold from the classes of the two before it.
 * @param {number[]} text
 * @param {[number, number][]} classes of each symbol; changed here
 */
function statistics(text, classes) {
  const symbols = classes.length;
  /** Three in a row, and how often. @type {Map<number, { a: number, b: number, c: number, times: number }>} */
  const threes = new Map();
  for (let at = 2; at < text.length; at++) {
    const [a, b, c] = text.slice(at - 2, at + 1);
    const key = (a * symbols + b) * symbols + c;
    const it = threes.get(key);
    if (it) it.times++;
    else threes.set(key, { a, b, c, times: 1 });
  }
  const having = classes.map((_, symbol) => [...threes.values()].filter(({ a, b }) => a === symbol || b === symbol));
  const contexts = 4 * 16;
  const [counts, sums] = [new Uint32Array(contexts * symbols), new Uint32Array(contexts)];
  const weights = Float64Array.from({ length: text.length + 1 }, (_, n) => (n > 0 ? n * Math.log2(n) : 0));
  /** @param {{ a: number, b: number, c: number, times: number }} three @param {number} sign */
  const add = ({ a, b, c, times }, sign) => {
    const context = classes[b][0] * 4 + classes[a][1];
    const [count, sum] = [counts[context * symbols + c], sums[context]];
    counts[context * symbols + c] += sign * times;
    sums[context] += sign * times;
    return weights[sum + sign * times] - weights[sum] - weights[count + sign * times] + weights[count];
  };
  for (const three of threes.values()) add(three, 1);
  return {
    /** Has two symbols change places; by how many bits that is more. @param {number} one @param {number} other */
    swapped(one, other) {
      const touched = [...having[one], ...having[other].filter(({ a, b }) => a !== one && b !== one)];
      let more = 0;
      for (const three of touched) more += add(three, -1);
      [classes[one], classes[other]] = [classes[other], classes[one]];
      for (const three of touched) more += add(three, 1);
      return more;
    },
  };
}

/** The same numbers each time, from 0 to below 1: a build gives the same bytes again. */
function random() {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) / 0x1000000;
  };
}
