import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parameterSpecs, type AdamWOptions, type GptConfig, type TrainingBatches, type Weights } from '../../../../models/gpt';

/** What make_golden.py wrote, and the weights and batches that it drew, drawn again. */
export interface Golden {
  madeWith: string;
  optimizer: AdamWOptions;
  cases: Record<string, GoldenCase>;
}
interface ParameterSample {
  name: string;
  norm: number;
  samples: number[];
}
export interface GoldenCase {
  config: GptConfig & { batch: number; steps: number };
  losses: number[];
  gradientNorms: number[];
  /** Of the first step. */
  gradients: ParameterSample[];
  /** Weights after the last step. */
  final: ParameterSample[];
}

export const golden: Golden = JSON.parse(readFileSync(join(__dirname, 'golden.json'), 'utf8'));

/** mulberry32, public domain, by Tommy Ettinger. */
function mulberry32(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function goldenWeights(config: GptConfig): Weights {
  return Object.fromEntries(
    parameterSpecs(config).map(({ name, dims }, i) => {
      const uniform = mulberry32(1000 + i);
      const data = new Float32Array(dims.reduce((a, b) => a * b, 1)).map(() => (uniform() * 2 - 1) * 0.125);
      return [name, { dims, data }];
    })
  );
}

export function goldenBatches({ config }: GoldenCase): TrainingBatches {
  const { steps, context, batch, vocabulary, side: own, former } = config;
  const sizes = former ? [...own, vocabulary] : own;
  const n = steps * context * batch;
  const draw = (seed: number, size: number) => {
    const uniform = mulberry32(seed);
    return new Int32Array(n).map(() => Math.floor(uniform() * size));
  };
  const tokens = draw(1, vocabulary);
  const noise = draw(2, 3);
  const targets = tokens.map((token, i) => (3 * token + noise[i]) % vocabulary);
  const kind = mulberry32(3);
  const weights = new Float32Array(n).map(() => {
    const u = kind();
    return u < 0.1 ? 0 : u < 0.2 ? 0.5 : 1;
  });
  const side = new Int32Array(n * sizes.length);
  sizes.forEach((size, s) => draw(4 + s, size).forEach((id, i) => (side[i * sizes.length + s] = id)));
  const learningRates = new Float32Array(steps).map((_, k) => 3e-3 * Math.min(1, (k + 1) / 5));
  return { steps, tokens, side, targets, weights, learningRates };
}

/** Largest difference at the sampled places, relative to the root mean square of the whole tensor. */
export function sampleError(index: number, expected: ParameterSample, data: Float32Array): number {
  const uniform = mulberry32(5000 + index);
  const rms = expected.norm / Math.sqrt(data.length);
  let worst = 0;
  for (const value of expected.samples) worst = Math.max(worst, Math.abs(data[Math.floor(uniform() * data.length)] - value));
  return worst / rms;
}

export const norm = (data: Float32Array) => Math.sqrt(data.reduce((sum, x) => sum + x * x, 0));
