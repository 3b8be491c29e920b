//! The frame of every measurement with browsers: arms in turn, medians with intervals, what the machine did meanwhile, a table and JSON.
//!
//! Machines are shared and noisy, so nothing is a figure by itself: arms are played in the same run, in rounds, in another order each round, and each is told
//! beside the first. A round is one draw: what lies within it shares the machine's mood. So intervals come from drawing rounds with replacement (the
//! bootstrap of Efron 1979, percentiles, by whole rounds), the same rounds for both arms that are compared. One round alone has its samples drawn instead.
//! Nothing here fails for being slow.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

const RESULTS = fileURLToPath(new URL('../../target/bench/', import.meta.url));

/** Drawings of an interval. */
const DRAWS = 2000;
/** What an interval covers. */
const COVERED = 0.95;

/**
 * What is measured, and how it is told.
 * @typedef {object} Figure
 * @property {string} name a name of `Samples`
 * @property {string} head the column's heading, with its unit
 * @property {number} [share] the quantile: the median, if it is not said
 * @property {number} [digits]
 * @property {'ratio' | 'difference'} [beside] how arms are told beside the first; not at all, if it is not said
 */

/** What one arm gave in one round. @typedef {Record<string, number[]>} Samples */

/** A figure with its interval. @typedef {{ value: number, low: number, high: number }} Estimate */

/** One arm in one round. @typedef {{ arm: string, round: number, load: number, secs: number, samples: Samples }} Play */

/** The quantile of a list, a value that occurs (nearest rank). @param {number[]} list @param {number} share */
export function quantile(list, share) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** Numbers from 0 to 1 that are the same in each run: mulberry32. @param {number} seed */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A quantile of an arm's samples, beside that of another where one is given.
 * @param {number[][]} rounds an arm's samples, for each round
 * @param {number} share
 * @param {number[][]} [base] those of the arm to compare with, for the same rounds
 * @param {'ratio' | 'difference'} [beside]
 * @returns {Estimate}
 */
export function estimate(rounds, share, base, beside = 'ratio') {
  const draw = random(1);
  const any = (/** @type {number} */ count) => Math.floor(draw() * count);
  const redrawn = (/** @type {number[]} */ list) => list.map(() => /** @type {number} */ (list[any(list.length)]));
  const of = (/** @type {number[][]} */ own, /** @type {number[][] | undefined} */ other) => {
    const value = quantile(own.flat(), share);
    if (!other) return value;
    const against = quantile(other.flat(), share);
    return beside === 'ratio' ? value / against : value - against;
  };
  const values = Array.from({ length: DRAWS }, () => {
    if (rounds.length === 1) return of(rounds.map(redrawn), base?.map(redrawn));
    const drawn = rounds.map(() => any(rounds.length));
    const pick = (/** @type {number[][]} */ list) => drawn.map((round) => list[round] ?? []);
    return of(pick(rounds), base && pick(base));
  });
  return { value: of(rounds, base), low: quantile(values, (1 - COVERED) / 2), high: quantile(values, (1 + COVERED) / 2) };
}

/** One measurement. */
export class Bench {
  /**
   * @param {string} name of the file in target/bench
   * @param {Record<string, string>} arms in words, by name; the first is what the others are told beside
   * @param {Figure[]} figures
   */
  constructor(name, arms, figures) {
    this.name = name;
    this.arms = arms;
    this.figures = figures;
    /** @type {Play[]} */
    this.plays = [];
  }

  /**
   * Plays all arms, round after round; no round begins after so many minutes.
   * @param {{ rounds: number, minutes?: number }} limits
   * @param {(arm: string, round: number) => Promise<Samples>} play
   */
  async run({ rounds, minutes = Infinity }, play) {
    const began = performance.now();
    const names = Object.keys(this.arms);
    for (let round = 0; round < rounds && performance.now() - began < minutes * 60_000; round++) {
      for (let turn = 0; turn < names.length; turn++) {
        const arm = /** @type {string} */ (names[(turn + round) % names.length]);
        const [load = 0] = loadavg();
        const start = performance.now();
        const samples = await play(arm, round);
        const secs = (performance.now() - start) / 1000;
        this.plays.push({ arm, round, load, secs, samples });
        console.log(`round ${round + 1} of ${rounds}, ${arm}: ${secs.toFixed(0)} s, load ${load.toFixed(1)}`);
      }
    }
  }

  /** An arm's samples of a figure, for each round. @param {string} arm @param {string} figure @returns {number[][]} */
  samples(arm, figure) {
    return this.plays.filter((play) => play.arm === arm).sort((a, b) => a.round - b.round).map(({ samples }) => samples[figure] ?? []);
  }

  /** @param {string} arm @param {Figure} figure */
  figure(arm, { name, share = 0.5, beside }) {
    const [first] = Object.keys(this.arms);
    const own = this.samples(arm, name);
    const against = beside && first !== undefined && arm !== first ? estimate(own, share, this.samples(first, name), beside) : undefined;
    return { ...estimate(own, share), against };
  }

  /** Prints the table, and writes everything to target/bench. @param {object} [setting] */
  tell(setting = {}) {
    const rows = Object.keys(this.arms).map((arm) => ({ arm, figures: this.figures.map((figure) => ({ head: figure.head, ...this.figure(arm, figure) })) }));
    const heads = ['', ...this.figures.map(({ head }) => head)];
    const lines = rows.map(({ arm, figures }) => [/** @type {string} */ (this.arms[arm]), ...figures.map((of, n) => cell(of, /** @type {Figure} */ (this.figures[n])))]);
    const widths = heads.map((_, column) => Math.max(...[heads, ...lines].map((line) => (line[column] ?? '').length)));
    const [first] = Object.values(this.arms);
    console.log(`\nIn brackets ${COVERED * 100} % intervals over rounds; × and + are against ${first}.\n`);
    for (const line of [heads, ...lines]) console.log(line.map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart((widths[column] ?? 0) + 3))).join(''));
    const loads = this.plays.map(({ load }) => load);
    console.log(`\n${cpus().length} cores; load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}.`);
    mkdirSync(RESULTS, { recursive: true });
    const all = { when: new Date().toISOString(), cores: cpus().length, node: process.version, setting, rows, plays: this.plays };
    writeFileSync(`${RESULTS}${this.name}.json`, `${JSON.stringify(all, null, 1)}\n`);
    console.log(`Everything: target/bench/${this.name}.json`);
  }
}

/** @param {Estimate & { against: Estimate | undefined }} of @param {Figure} figure */
function cell({ value, low, high, against }, { digits = 0, beside }) {
  const range = (/** @type {Estimate} */ one, /** @type {number} */ places) => (one.low === one.high ? '' : ` [${one.low.toFixed(places)}, ${one.high.toFixed(places)}]`);
  const own = `${value.toFixed(digits)}${range({ value, low, high }, digits)}`;
  if (Number.isNaN(value)) return '-';
  if (!against) return own;
  if (beside === 'ratio') return `${own} ×${against.value.toFixed(2)}${range(against, 2)}`;
  return `${own} ${against.value < 0 ? '' : '+'}${against.value.toFixed(digits)}${range(against, digits)}`;
}
