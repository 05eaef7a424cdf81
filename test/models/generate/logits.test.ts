import fc from 'fast-check';
import { candidateScores, keepHabit, sampleToken, temperature, topP } from '../../../models/generate/logits';
import { seededRandom } from '../../../models/generate/entity_writer';

const frequencies = (logits: number[], draws = 20_000) => {
  const random = seededRandom(1, 'frequencies');
  const counts = logits.map(() => 0);
  for (let i = 0; i < draws; i++) counts[sampleToken({ lo: 0, logits: Float32Array.from(logits) }, random)]++;
  return counts.map((count) => count / draws);
};

describe('sampleToken', () => {
  it('draws tokens as often as the softmax says', () => {
    const [a, b, c] = frequencies([Math.log(0.7), Math.log(0.2), Math.log(0.1)]);
    expect(a).toBeCloseTo(0.7, 1);
    expect(b).toBeCloseTo(0.2, 1);
    expect(c).toBeCloseTo(0.1, 1);
  });

  it('never draws what a processor ruled out, and says when nothing is left', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 30 }), fc.infiniteStream(fc.boolean()), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (row, allowed, draw) => {
        const mask = Uint8Array.from(row, () => Number(allowed.next().value));
        const scores = candidateScores(Float32Array.from([9, ...row, 9]), { lo: 1, hi: 1 + row.length, mask });
        if (mask.every((bit) => bit === 0)) expect(() => sampleToken(scores, () => draw)).toThrow('no candidate');
        else expect(mask[sampleToken(scores, () => draw) - 1]).toBe(1);
      })
    );
  });
});

describe('processors', () => {
  it('temperature divides the logits', () => {
    const scores = { lo: 0, logits: Float32Array.from([1, 2, -Infinity]) };
    temperature(0.5)(scores);
    expect([...scores.logits]).toEqual([2, 4, -Infinity]);
  });

  it('top-p keeps the smallest set of the most probable tokens that reaches the mass', () => {
    const scores = { lo: 0, logits: Float32Array.from([Math.log(0.5), Math.log(0.3), Math.log(0.15), Math.log(0.05)]) };
    topP(0.75)(scores);
    expect([...scores.logits].map(Number.isFinite)).toEqual([true, true, false, false]);
  });
});

describe('habits', () => {
  const shareOf = (logits: Float32Array, chosen: number[]): number => {
    const weights = Array.from(logits, Math.exp);
    return chosen.reduce((sum, i) => sum + weights[i], 0) / weights.reduce((sum, weight) => sum + weight, 0);
  };

  it('multiply the odds of what is not familiar, and tell how probable that was', () => {
    const scores = { lo: 5, logits: Float32Array.from([1, 2, 0.5, -1]) };
    const before = shareOf(scores.logits, [1, 3]);
    const heard: number[] = [];
    keepHabit({ lo: 5, hi: 9, habit: { familiar: Uint8Array.of(1, 0, 1, 0), odds: 0.25 } }, (fresh) => heard.push(fresh))(scores);
    const after = shareOf(scores.logits, [1, 3]);
    expect(after / (1 - after)).toBeCloseTo((0.25 * before) / (1 - before), 5);
    expect(heard).toHaveLength(1);
    expect(heard[0]).toBeCloseTo(before, 6);
  });

  it('leave alone what has none, and say nothing where there is no choice between familiar and new', () => {
    const scores = { lo: 0, logits: Float32Array.from([1, -Infinity]) };
    const heard: number[] = [];
    keepHabit({ lo: 0, hi: 2 })(scores);
    keepHabit({ lo: 0, hi: 2, habit: { familiar: Uint8Array.of(1, 0), odds: 1 } }, (fresh) => heard.push(fresh))(scores);
    expect([...scores.logits]).toEqual([1, -Infinity]);
    expect(heard).toEqual([]);
  });
});
