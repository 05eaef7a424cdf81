/**
 * Rényi differential privacy of DP-SGD: Gaussian noise on the sum of clipped gradients of a Poisson sample of the examples.
 *
 * Mironov, "Rényi differential privacy", 2017; Mironov, Talwar and Zhang, "Rényi differential privacy of the sampled Gaussian mechanism",
 * 2019 (section 3.3 has the two formulas). From Rényi to (epsilon, delta): Balle et al., "Hypothesis testing interpretations and Rényi
 * differential privacy", 2020, theorem 21.
 */
export interface SampledGaussian {
  /** Probability of each example to be in a step's sample, 0-1. */
  sampleRate: number;
  /** Standard deviation of the noise in units of the clipping norm. */
  noiseMultiplier: number;
}

/** Orders at which the bound is evaluated; the best one counts. */
const ORDERS = [...Array.from({ length: 99 }, (_, i) => 1 + (i + 1) / 10), ...Array.from({ length: 52 }, (_, i) => 12 + i), 80, 128, 256, 512];

/** The epsilon that so many steps have spent at `delta`; 0 before the first. */
export function epsilonOf(mechanism: SampledGaussian, steps: number, delta: number): number {
  if (steps === 0) return 0;
  const { sampleRate, noiseMultiplier } = mechanism;
  if (noiseMultiplier === 0) return Infinity;
  const bounds = ORDERS.map((order) => {
    const rdp = steps * renyi(sampleRate, noiseMultiplier, order);
    return rdp - (Math.log(delta) + Math.log(order)) / (order - 1) + Math.log1p(-1 / order);
  });
  return Math.max(0, Math.min(...bounds.filter((bound) => !Number.isNaN(bound))));
}

/** The least noise with which so many steps spend at most `epsilon`, to a thousandth. */
export function noiseMultiplierFor(epsilon: number, options: { delta: number; sampleRate: number; steps: number }): number {
  const spends = (noiseMultiplier: number) => epsilonOf({ sampleRate: options.sampleRate, noiseMultiplier }, options.steps, options.delta);
  let [low, high] = [0, 1];
  while (spends(high) > epsilon) {
    low = high;
    high *= 2;
  }
  while (high - low > 1e-3) {
    const middle = (low + high) / 2;
    if (spends(middle) > epsilon) low = middle;
    else high = middle;
  }
  return high;
}

/** Rényi divergence of one step at an order above 1. */
function renyi(q: number, sigma: number, order: number): number {
  if (q === 0) return 0;
  if (q === 1) return order / (2 * sigma ** 2);
  return (Number.isInteger(order) ? logMomentInteger(q, sigma, order) : logMomentFractional(q, sigma, order)) / (order - 1);
}

function logMomentInteger(q: number, sigma: number, order: number): number {
  let sum = -Infinity;
  let logBinomial = 0;
  for (let i = 0; i <= order; i++) {
    sum = logAdd(sum, logBinomial + i * Math.log(q) + (order - i) * Math.log1p(-q) + (i * i - i) / (2 * sigma ** 2));
    logBinomial += Math.log((order - i) / (i + 1));
  }
  return sum;
}

/** Two series of alternating signs, one for each side of the point where the two densities cross. */
function logMomentFractional(q: number, sigma: number, order: number): number {
  const cross = sigma ** 2 * Math.log(1 / q - 1) + 0.5;
  const root = Math.SQRT2 * sigma;
  let [left, right] = [-Infinity, -Infinity];
  let logBinomial = 0;
  let sign = 1;
  for (let i = 0; ; i++) {
    const j = order - i;
    const a = logBinomial + i * Math.log(q) + j * Math.log1p(-q) + (i * i - i) / (2 * sigma ** 2) + Math.log(0.5) + logErfc((i - cross) / root);
    const b = logBinomial + j * Math.log(q) + i * Math.log1p(-q) + (j * j - j) / (2 * sigma ** 2) + Math.log(0.5) + logErfc((cross - j) / root);
    left = sign > 0 ? logAdd(left, a) : logSubtract(left, a);
    right = sign > 0 ? logAdd(right, b) : logSubtract(right, b);
    if (i > order && Math.max(a, b) < -30) return logAdd(left, right);
    logBinomial += Math.log(Math.abs(j) / (i + 1));
    if (j < 0) sign = -sign;
  }
}

function logAdd(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  return low === -Infinity ? high : high + Math.log1p(Math.exp(low - high));
}

function logSubtract(a: number, b: number): number {
  return b === -Infinity ? a : a + Math.log1p(-Math.exp(b - a));
}

/** ln erfc(x): a power series near 0, a continued fraction (Abramowitz and Stegun 7.1.14) further out. */
export function logErfc(x: number): number {
  if (x < 0) return Math.log(2 - Math.exp(logErfc(-x)));
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return Math.log(1 - (2 / Math.sqrt(Math.PI)) * sum);
  }
  let fraction = 0;
  for (let n = 200; n > 0; n--) fraction = n / 2 / (x + fraction);
  return -x * x - Math.log(Math.sqrt(Math.PI) * (x + fraction));
}
