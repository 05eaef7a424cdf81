import fc from 'fast-check';
import { candidateScores, sampleToken, temperature, topP } from '../../../models/generate/logits';
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
