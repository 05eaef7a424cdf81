import { epsilonOf, logErfc, noiseMultiplierFor } from '../../../models/train/privacy/accountant';

/** Published by TensorFlow Privacy (compute_dp_sgd_privacy_test.py): examples, batch, noise, epochs, delta, epsilon. */
test.each([
  [60_000, 150, 1.3, 15, 1e-5, 0.7242234026109595],
  [100_000, 100, 1.0, 30, 1e-7, 1.4154988495444845],
])('of %d examples in batches of %d with noise %d, %d epochs spend at delta %d epsilon %d', (examples, batch, noiseMultiplier, epochs, delta, epsilon) => {
  const steps = Math.ceil((epochs * examples) / batch);
  expect(epsilonOf({ sampleRate: batch / examples, noiseMultiplier }, steps, delta)).toBeCloseTo(epsilon, 6);
});

test('fractional orders: the epsilon and the noise published by Opacus (accountants_test.py)', () => {
  const steps = Math.floor(90 / 0.04);
  expect(epsilonOf({ sampleRate: 0.04, noiseMultiplier: 1.5 }, steps, 1e-5)).toBeCloseTo(7.32911117143, 6);
  expect(Math.abs(noiseMultiplierFor(8, { delta: 1e-5, sampleRate: 0.04, steps }) - 1.425307617)).toBeLessThan(0.01);
});

test('orders that are nearly whole agree with the whole ones', () => {
  // The two formulas are different series for the same moment.
  const at = (noiseMultiplier: number) => epsilonOf({ sampleRate: 0.01, noiseMultiplier }, 1000, 1e-5);
  expect(at(0.8)).toBeGreaterThan(at(0.8001));
  expect(at(0.8) / at(0.8001)).toBeLessThan(1.001);
});

test('more steps, a larger share, less noise and a smaller delta spend more; without a step nothing is spent', () => {
  const usual = { sampleRate: 0.01, noiseMultiplier: 1 };
  const epsilon = epsilonOf(usual, 500, 1e-5);
  expect(epsilonOf(usual, 501, 1e-5)).toBeGreaterThan(epsilon);
  expect(epsilonOf({ ...usual, sampleRate: 0.011 }, 500, 1e-5)).toBeGreaterThan(epsilon);
  expect(epsilonOf({ ...usual, noiseMultiplier: 0.95 }, 500, 1e-5)).toBeGreaterThan(epsilon);
  expect(epsilonOf(usual, 500, 1e-6)).toBeGreaterThan(epsilon);
  expect(epsilonOf(usual, 0, 1e-5)).toBe(0);
  expect(epsilonOf({ ...usual, noiseMultiplier: 0 }, 1, 1e-5)).toBe(Infinity);
});

test('all examples in every step: the Gaussian mechanism itself', () => {
  // Its Rényi divergence is order / (2 sigma^2); the best order for one step with sigma 5 lies near 1 + 5 sqrt(2 ln(1 / delta)).
  const [sigma, delta] = [5, 1e-5];
  const order = 24;
  const bound = order / (2 * sigma ** 2) - (Math.log(delta) + Math.log(order)) / (order - 1) + Math.log1p(-1 / order);
  const epsilon = epsilonOf({ sampleRate: 1, noiseMultiplier: sigma }, 1, delta);
  expect(epsilon).toBeLessThanOrEqual(bound);
  expect(epsilon).toBeGreaterThan(0.9 * bound);
});

/** Of Python: math.log(math.erfc(x)). */
test.each([
  [-3, 0.6931361352504468],
  [-0.5, 0.41903914777555956],
  [0.5, -0.7350111298370844],
  [1.99, -5.320852015139977],
  [2.01, -5.409215264190247],
  [5, -27.200889545537436],
  [20, -403.56934333410425],
])('ln erfc(%d)', (x, expected) => {
  expect(Math.abs(logErfc(x) - expected)).toBeLessThan(1e-12 * Math.max(1, Math.abs(expected)));
});
