import fc from 'fast-check';
import { Bins, fitBins } from '../../../models/codec/kinds/bins';
import { seeded } from './samples';

/** Share of values up to a limit. */
const below = (values: readonly number[], limit: number): number => values.filter((value) => value <= limit).length / values.length;

test('what is drawn from the bins, each as often as it was seen, has the distribution of the values, tails among it', () => {
  const random = seeded(4);
  // Exponential: the longest of many delays is far from almost all of those of the last bin.
  const values = Array.from({ length: 20_000 }, () => Math.round(-Math.log(1 - random()) * 10_000));
  const spec = fitBins(values, 32);
  const bins = new Bins(spec);
  const drawn = values.map((value) => bins.draw(bins.find(value), random));
  const sorted = [...values].sort((a, b) => a - b);
  for (const share of [0.1, 0.5, 0.9, 0.97, 0.99, 0.995, 0.999]) {
    const limit = sorted[Math.floor(share * sorted.length)];
    expect(Math.abs(below(drawn, limit) - share)).toBeLessThan(0.006);
  }
  const mean = (of: readonly number[]) => of.reduce((a, b) => a + b, 0) / of.length;
  expect(mean(drawn) / mean(values)).toBeGreaterThan(0.98);
  expect(mean(drawn) / mean(values)).toBeLessThan(1.02);
});

test('a value stays in its bin, and within bounds that reach into it', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 20 }), fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (values, count, seed, a, b) => {
      const bins = new Bins(fitBins(values, count));
      const random = seeded(seed);
      for (const value of values.slice(0, 20)) {
        const bin = bins.find(value);
        const [lo, hi] = bins.range(bin);
        expect(value).toBeGreaterThanOrEqual(lo);
        expect(value).toBeLessThanOrEqual(hi);
        const drawn = bins.draw(bin, random);
        expect(drawn).toBeGreaterThanOrEqual(lo);
        expect(drawn).toBeLessThanOrEqual(hi);
        const within = { lo: lo + Math.min(a, b) * (hi - lo), hi: lo + Math.max(a, b) * (hi - lo) };
        if (bins.mask(within)[bin] === 0) continue;
        const bounded = bins.draw(bin, random, within);
        expect(bounded).toBeGreaterThanOrEqual(within.lo);
        expect(bounded).toBeLessThanOrEqual(within.hi);
      }
    })
  );
});
