import fc from 'fast-check';
import { wilcoxonRankSum } from 'simple-statistics';
import { countValues, cramersV, kolmogorovSmirnov, normalisedWasserstein, roc, totalVariation, wasserstein } from '../../../models/evaluate/distances';
import { transitionDistance } from '../../../models/evaluate/sequence';

const sorted = (values: number[]) => Float64Array.from(values).sort();
const numbers = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 60 }).map(sorted);

describe('distances between samples', () => {
  it('are as worked out by hand', () => {
    expect(totalVariation(countValues(['a', 'a', 'b', 'c']), countValues(['a', 'b', 'b', 'd']))).toBeCloseTo(0.5, 12);
    expect(totalVariation(new Map([['a', 3], ['b', 1]]), new Map([['a', 30], ['b', 10]]))).toBe(0);
    expect(totalVariation(new Map([['a', 1]]), new Map([['b', 5]]))).toBe(1);
    expect(totalVariation(new Map(), new Map([['b', 5]]))).toBeNull();
    expect(kolmogorovSmirnov(sorted([1, 2, 3, 4]), sorted([3, 4, 5, 6]))).toBeCloseTo(0.5, 12);
    expect(kolmogorovSmirnov(sorted([1, 1, 1]), sorted([2, 2]))).toBe(1);
    // Each of three is moved by 5.
    expect(wasserstein(sorted([0, 1, 3]), sorted([5, 6, 8]))).toBeCloseTo(5, 12);
    expect(wasserstein(sorted([0, 10]), sorted([0, 0, 10, 10]))).toBeCloseTo(0, 12);
    expect(normalisedWasserstein(sorted([2, 2]), sorted([0, 4]))).toBeCloseTo(1, 12);
    expect(wasserstein(sorted([]), sorted([1]))).toBeNull();
  });

  it('are 0 for a sample and itself, symmetric, and never more than 1 where they are shares', () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        expect(kolmogorovSmirnov(a, a)).toBe(0);
        expect(wasserstein(a, a)).toBe(0);
        expect(totalVariation(countValues(a), countValues(a))).toBe(0);
        expect(wasserstein(a, b)).toBeCloseTo(wasserstein(b, a)!, 9);
        expect(kolmogorovSmirnov(a, b)).toBeCloseTo(kolmogorovSmirnov(b, a)!, 12);
        const variation = totalVariation(countValues(a), countValues(b))!;
        expect(variation).toBeGreaterThanOrEqual(kolmogorovSmirnov(a, b)! - 1e-12);
        expect(variation).toBeLessThanOrEqual(1 + 1e-12);
        // Kantorovich: no shift of the mean can be larger than the distance.
        const mean = (values: Float64Array) => values.reduce((x, y) => x + y, 0) / values.length;
        expect(wasserstein(a, b)!).toBeGreaterThanOrEqual(Math.abs(mean(a) - mean(b)) - 1e-9);
      })
    );
  });

  it('are the mean difference of the sorted values for samples of one size', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -99, max: 99 })), { minLength: 1, maxLength: 40 }), (pairs) => {
        const [a, b] = [sorted(pairs.map(([x]) => x)), sorted(pairs.map(([, y]) => y))];
        const expected = a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
        expect(wasserstein(a, b)).toBeCloseTo(expected, 9);
      })
    );
  });
});

describe("Cramér's V", () => {
  const table = (rows: number[][]) => new Map(rows.flatMap((row, a) => row.map((count, b) => [a * 10 + b, count] as const)).filter(([, count]) => count > 0));

  it('is 1 where one value follows from the other, 0 where nothing does, null for one value', () => {
    expect(cramersV(table([[50, 0, 0], [0, 30, 0], [0, 0, 20]]), 10)).toBeCloseTo(1, 6);
    expect(cramersV(table([[20, 40], [30, 60]]), 10)).toBe(0);
    expect(cramersV(table([[5, 5]]), 10)).toBeNull();
  });

  it('is as worked out by hand in between', () => {
    // n 100, chi squared 36, phi² .36 - 1/99; corrected sides 2 - 1/99.
    const expected = Math.sqrt((0.36 - 1 / 99) / (1 - 1 / 99));
    expect(cramersV(table([[40, 10], [10, 40]]), 10)).toBeCloseTo(expected, 12);
  });
});

describe('ROC', () => {
  it('agrees with the rank-sum statistic, ties counting half', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(scores, scores, (positives, negatives) => {
        const ranks = wilcoxonRankSum(positives, negatives);
        const n = positives.length;
        const expected = (ranks - (n * (n + 1)) / 2) / (n * negatives.length);
        const { auc, curve } = roc(positives, negatives);
        expect(auc).toBeCloseTo(expected, 9);
        expect(curve[0]).toEqual([0, 0]);
        expect(curve[curve.length - 1]).toEqual([1, 1]);
      })
    );
  });

  it('is 1 for a perfect score, 0 for its contrary, and unknown without one side', () => {
    expect(roc([3, 4], [1, 2]).auc).toBe(1);
    expect(roc([1, 2], [3, 4]).auc).toBe(0);
    expect(roc([], [1]).auc).toBeNull();
  });
});

describe('distance of transitions', () => {
  it('weighs what follows each action by how often the action comes', () => {
    // Width 4: 0 -> 1 (3 times), 0 -> 2 (once), 1 -> 0 (4 times).
    const reference = new Map([[1, 3], [2, 1], [4, 4]]);
    expect(transitionDistance(reference, reference, 4)).toBe(0);
    // After 0 always 2 (distance .75), after 1 as before.
    expect(transitionDistance(new Map([[2, 5], [4, 1]]), reference, 4)).toBeCloseTo(0.375, 12);
    // Action 1 never comes: counts 1.
    expect(transitionDistance(new Map([[1, 3], [2, 1]]), reference, 4)).toBeCloseTo(0.5, 12);
  });
});
