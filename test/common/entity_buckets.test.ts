import * as fc from 'fast-check';
import { BucketTails, evidenceOf, NO_EVIDENCE, scoreOf, surpriseOf, surpriseOfAll, together, type BucketEvidence } from '../../common';

const surprises = fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { maxLength: 40 });
const bucketOf = (found: readonly number[]): BucketEvidence => found.map(evidenceOf).reduce(together, NO_EVIDENCE);

/** An exponential surprise: what the score of a normal event is. */
const random = (() => {
  let state = 7;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
})();
const normal = () => -Math.log(1 - random() * 0.999_999);
const normalBucket = () => bucketOf(Array.from({ length: 1 + Math.floor(random() * 12) }, normal));
const tails = BucketTails.fit(Array.from({ length: 3_000 }, normalBucket))!;

describe.each([
  ['that the model knows', tails],
  ['of a model that does not know', BucketTails.fromJSON(undefined)],
])("an entity's bucket, %s", (_, known) => {
  it('is the same in whatever order its events came, and however they were cut into parts', () => {
    fc.assert(
      fc.property(surprises, fc.integer({ min: 0, max: 40 }), (found, cut) => {
        const whole = known.surprise(bucketOf(found));
        expect(known.surprise(bucketOf([...found].reverse()))).toBeCloseTo(whole, 9);
        expect(known.surprise(together(bucketOf(found.slice(cut)), bucketOf(found.slice(0, cut))))).toBeCloseTo(whole, 9);
      })
    );
  });

  it('never falls when one more event comes, or one is odder', () => {
    fc.assert(
      fc.property(surprises, fc.double({ min: 0, max: 30, noNaN: true }), fc.nat(), (found, more, which) => {
        const before = known.surprise(bucketOf(found));
        expect(known.surprise(bucketOf([...found, more]))).toBeGreaterThanOrEqual(before - 1e-9);
        const odder = found.map((surprise, i) => (i === which % Math.max(1, found.length) ? surprise + more : surprise));
        expect(known.surprise(bucketOf(odder))).toBeGreaterThanOrEqual(before - 1e-9);
      })
    );
  });
});

describe('what is known of normal buckets', () => {
  it('makes scores rates', () => {
    const scores = Array.from({ length: 20_000 }, () => scoreOf(tails.surprise(normalBucket())));
    for (const level of [90, 95, 99]) {
      const share = scores.filter((score) => score >= level).length / scores.length;
      expect(share).toBeGreaterThan((1 - level / 100) / 1.6);
      expect(share).toBeLessThan((1 - level / 100) * 1.6);
    }
  });

  it('counts several middling events for more than one, and what is odd about one of them once', () => {
    const middling = tails.surprise(bucketOf(Array.from({ length: 40 }, () => 3)));
    expect(middling).toBeGreaterThan(tails.surprise(bucketOf([3])) + 0.5);
    expect(bucketOf([20]).breadth).toBe(bucketOf([3]).breadth);
  });

  it('comes back from the card as it was', () => {
    const again = BucketTails.fromJSON(JSON.parse(JSON.stringify(tails.toJSON())));
    for (const found of [[1], [4, 4, 4], [12], [0.1, 25]]) expect(again.surprise(bucketOf(found))).toBeCloseTo(tails.surprise(bucketOf(found)), 4);
  });

  it('is not told from a handful of buckets', () => {
    expect(BucketTails.fit(Array.from({ length: 19 }, normalBucket))).toBeUndefined();
  });
});

describe('a bucket as a whole', () => {
  it.each([1, 10, 100])('scores 99 or more about one time in a hundred, of %d normal entities', (entities) => {
    const scores = Array.from({ length: 4_000 }, () => {
      const odds = Array.from({ length: entities }, () => 1 / (1 - random() * 0.999_999)).reduce((sum, one) => sum + one, 0);
      return scoreOf(surpriseOfAll(odds, entities));
    });
    const share = scores.filter((score) => score >= 99).length / scores.length;
    expect(share).toBeGreaterThan(0.005);
    expect(share).toBeLessThan(0.02);
  });

  it('rises with each of its entities', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 1, maxLength: 50 }), fc.double({ min: 0, max: 10, noNaN: true }), (levels, more) => {
        const of = (some: number[]) => surpriseOfAll(some.reduce((sum, level) => sum + Math.exp(level), 0), some.length);
        expect(of([levels[0] + more, ...levels.slice(1)])).toBeGreaterThanOrEqual(of(levels) - 1e-9);
      })
    );
  });
});

it('scores and surprises are two names of one thing', () => {
  for (const score of [0, 50, 95, 99.9, 99.9999]) expect(scoreOf(surpriseOf(score))).toBeCloseTo(score, 9);
});
