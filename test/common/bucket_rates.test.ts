import * as fc from 'fast-check';
import { BucketRates, scoreOf, type BucketRatesJson } from '../../common';

const HOUR = 3_600_000;
const MONTH = 30 * 24 * HOUR;
const random = (() => {
  let state = 11;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
})();
/** Levels of normal buckets where the model's scale is right, or odder by a factor. */
const normal = (odder = 1) => Math.max(0, Math.log(odder) - Math.log(1 - random() * 0.999_999));

function seen(hours: number, perHour: number, level: () => number): BucketRates {
  const rates = new BucketRates(MONTH);
  for (let hour = 1; hour <= hours; hour++) for (let i = 0; i < perHour; i++) rates.add(hour * HOUR, level());
  return rates;
}

it('before anything is seen, the model alone says how rare a bucket is', () => {
  const rates = new BucketRates(MONTH);
  for (const level of [0, 1, Math.log(100), 12]) expect(rates.surprise(level)).toBeCloseTo(level, 9);
  rates.add(HOUR, 25);
  expect(scoreOf(rates.surprise(Math.log(100)))).toBeCloseTo(99, 1);
});

it('grows with the level, whatever was seen', () => {
  const levels = fc.array(fc.double({ min: 0, max: 45, noNaN: true }), { maxLength: 300 });
  fc.assert(
    fc.property(levels, fc.double({ min: 0, max: 45, noNaN: true }), fc.double({ min: 0, max: 10, noNaN: true }), (added, level, more) => {
      const rates = new BucketRates(MONTH);
      added.forEach((one, i) => rates.add((1 + i) * HOUR, one));
      expect(rates.surprise(level + more)).toBeGreaterThanOrEqual(rates.surprise(level) - 1e-9);
    })
  );
});

it('learns what 99 is where buckets are odder than the model thought, or less odd', () => {
  for (const odder of [3, 1 / 3]) {
    const rates = seen(24 * 14, 20, () => normal(odder));
    const share = Array.from({ length: 20_000 }, () => rates.surprise(normal(odder))).filter((surprise) => scoreOf(surprise) >= 99).length / 20_000;
    expect(share).toBeGreaterThan(0.006);
    expect(share).toBeLessThan(0.016);
  }
});

it('does not let an attack make itself usual', () => {
  const attack = 9;
  const before = scoreOf(seen(24 * 7, 20, normal).surprise(attack));
  // One bucket of twenty is the attacker's, for a week.
  const during = scoreOf(seen(24 * 7, 20, () => (random() < 0.05 ? attack : normal())).surprise(attack));
  expect(before).toBeGreaterThan(99.98);
  expect(during).toBeGreaterThan(99.97);
  // Nothing but attacks.
  expect(scoreOf(seen(24 * 7, 20, () => attack).surprise(attack))).toBeGreaterThan(99.9);
});

it('forgets what is older than its window, and says when scores have changed', () => {
  const rates = seen(24 * 14, 20, () => normal(4));
  const reference = rates.reference();
  expect(rates.differsFrom(reference)).toBe(false);
  for (let hour = 1; hour <= 24 * 120; hour += 4) for (let i = 0; i < 20; i++) rates.add(24 * 14 * HOUR + hour * HOUR, normal());
  expect(rates.differsFrom(reference)).toBe(true);
  expect(scoreOf(rates.surprise(Math.log(100)))).toBeGreaterThan(98.5);
});

it('goes on from what was stored as if it had never stopped, and stays small', () => {
  const levels = Array.from({ length: 5_000 }, () => normal(2));
  const whole = new BucketRates(MONTH);
  let parted = new BucketRates(MONTH);
  levels.forEach((level, i) => {
    whole.add((1 + i) * HOUR, level);
    parted.add((1 + i) * HOUR, level);
    if (i % 700 === 0) parted = new BucketRates(MONTH, JSON.parse(JSON.stringify(parted.toJSON())) as BucketRatesJson);
  });
  for (const level of [0.5, 2, 5, 9]) expect(parted.surprise(level)).toBeCloseTo(whole.surprise(level), 9);
  expect(JSON.stringify(whole.toJSON()).length).toBeLessThan(10_000);
});
