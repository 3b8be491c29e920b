//! What `make bench` says of its samples is right.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Bench, estimate, quantile } from './frame.mjs';

describe('a measurement', () => {
  it('tells quantiles that occur', () => {
    const list = Array.from({ length: 100 }, (_, n) => 100 - n);
    assert.deepEqual([0.5, 0.95, 1].map((share) => quantile(list, share)), [50, 95, 100]);
    assert.equal(quantile([7], 0.5), 7);
    assert.equal(quantile([], 0.5), NaN);
  });

  it('compares arms round by round: what a round does to both is no difference between them', () => {
    // The machine is ten times slower in every other round; the arm takes twice as long in each.
    const base = Array.from({ length: 10 }, (_, round) => [1, 2, 3].map((one) => one * (round % 2 ? 10 : 1)));
    const twice = base.map((samples) => samples.map((one) => 2 * one));
    assert.deepEqual(estimate(twice, 0.5, base), { value: 2, low: 2, high: 2 });
    const alone = estimate(twice, 0.5);
    assert(alone.low < alone.value / 2 || alone.high > alone.value * 2, 'the rounds themselves differ widely');
  });

  it('covers the truth with its intervals about as often as it says', () => {
    let state = 1;
    // A linear congruence is random enough in its high bits.
    const draw = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
    let covered = 0;
    for (let n = 0; n < 100; n++) {
      const rounds = Array.from({ length: 20 }, () => Array.from({ length: 5 }, draw));
      const { low, high } = estimate(rounds, 0.5);
      covered += low <= 0.5 && high >= 0.5 ? 1 : 0;
    }
    assert(covered >= 85, `${covered} of 100`);
  });

  it('says nothing sure of one round of equal samples, and something of one with several', () => {
    assert.deepEqual(estimate([[3, 3, 3]], 0.5), { value: 3, low: 3, high: 3 });
    const { low, high } = estimate([[1, 2, 3, 4, 5, 6, 7, 8, 9]], 0.5);
    assert(low < 5 && high > 5);
  });

  it('plays its arms in turn, and another first in each round', async () => {
    const bench = new Bench('of the frame', { plain: 'plain', swarm: 'with the swarm' }, [{ name: 'ms', head: 'ms', beside: 'difference' }]);
    /** @type {string[]} */
    const played = [];
    await bench.run({ rounds: 2 }, async (arm, round) => {
      played.push(`${arm} ${round}`);
      return { ms: arm === 'plain' ? [10 + round] : [30 + round] };
    });
    assert.deepEqual(played, ['plain 0', 'swarm 0', 'swarm 1', 'plain 1']);
    const { against } = bench.figure('swarm', { name: 'ms', head: 'ms', beside: 'difference' });
    assert.deepEqual(against, { value: 20, low: 20, high: 20 });
  });
});
