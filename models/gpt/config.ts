import { z } from 'zod';
import type { GptConfig, Weights } from './types';
import { seededNormal } from './random';

export const gptConfigSchema = z
  .object({
    layers: z.number().int().positive(),
    heads: z.number().int().positive(),
    width: z.number().int().positive(),
    context: z.number().int().min(2),
    vocabulary: z.number().int().min(2).max(65_535),
    side: z.array(z.number().int().positive()),
    skip: z.number().int().nonnegative(),
    former: z.boolean().default(false),
    activation: z.enum(['relu2', 'gelu']),
  })
  .refine((config) => config.width % config.heads === 0, { message: 'width must be a multiple of heads', path: ['width'] });

/**
 * `small` learns in minutes on two cores and is the default; `medium` takes some four times as long per token; `large` is
 * meant for a GPU; `tiny` for tests.
 */
export const SIZES = {
  tiny: { layers: 2, heads: 2, width: 64, context: 128, skip: 32, activation: 'relu2' },
  small: { layers: 4, heads: 4, width: 128, context: 256, skip: 64, activation: 'relu2' },
  medium: { layers: 6, heads: 6, width: 192, context: 512, skip: 64, activation: 'relu2' },
  large: { layers: 6, heads: 6, width: 384, context: 512, skip: 128, activation: 'relu2' },
} as const satisfies Record<string, Omit<GptConfig, 'vocabulary' | 'side' | 'former'>>;
export type GptSize = keyof typeof SIZES;

export function gptConfig(size: GptSize, data: { vocabulary: number; side: number[]; former?: boolean }): GptConfig {
  return { ...SIZES[size], former: false, ...data };
}

export interface ParameterSpec {
  name: string;
  dims: number[];
  /** Standard deviation of the initial values; 0 starts at zero. */
  deviation: number;
  /**
   * Weight decay is for matrices that multiply activations (the tied head among them). Tables that are only looked up (positions,
   * side channels) are left alone: decay would shrink the rows of rare values, which seldom get a gradient to answer it.
   */
  decay: boolean;
}

export const layerParameter = (layer: number, part: 'query' | 'key' | 'value' | 'output' | 'expand' | 'contract') => `layer${layer}.${part}`;

/** Channels are looked up in one table: the rows of channel c start at the sum of the sizes before it. */
export function sideOffsets(side: number[]): { offsets: number[]; total: number } {
  let total = 0;
  const offsets = side.map((size) => (total += size) - size);
  return { offsets, total };
}

/** Values beside each token in the arrays that a model reads: the side channels, then the former token. */
export const channelCount = ({ side, former }: Pick<GptConfig, 'side' | 'former'>): number => side.length + (former ? 1 : 0);

/** All parameters in the order in which they are stored. Shapes: V vocabulary, T context, d width, S all side sizes, K skip. */
export function parameterSpecs(config: GptConfig): ParameterSpec[] {
  const { layers, width: d, vocabulary, context, skip } = config;
  const side = sideOffsets(config.side).total;
  const deviation = 0.02;
  // Branches that are added to the residual stream start small, by its depth (GPT-2).
  const residual = deviation / Math.sqrt(2 * layers);
  const specs: ParameterSpec[] = [
    { name: 'token', dims: [vocabulary, d], deviation, decay: true },
    { name: 'position', dims: [context, d], deviation, decay: false },
  ];
  if (side > 0) specs.push({ name: 'side', dims: [side, d], deviation, decay: false });
  for (let l = 0; l < layers; l++) {
    for (const part of ['query', 'key', 'value'] as const) {
      specs.push({ name: layerParameter(l, part), dims: [d, d], deviation: 1 / Math.sqrt(d) / 2, decay: true });
    }
    specs.push({ name: layerParameter(l, 'output'), dims: [d, d], deviation: residual, decay: true });
    specs.push({ name: layerParameter(l, 'expand'), dims: [d, 4 * d], deviation: 1 / Math.sqrt(d) / 2, decay: true });
    specs.push({ name: layerParameter(l, 'contract'), dims: [4 * d, d], deviation: residual, decay: true });
  }
  if (side > 0 && skip > 0) {
    specs.push({ name: 'skip.side', dims: [side, skip], deviation: 0.5, decay: false });
    specs.push({ name: 'skip.output', dims: [skip, d], deviation: 0, decay: true });
  }
  if (config.former) {
    specs.push({ name: 'former.input', dims: [d, d], deviation: 1 / Math.sqrt(d) / 2, decay: true });
    if (side > 0 && skip > 0) specs.push({ name: 'former.skip', dims: [d, skip], deviation: 1 / Math.sqrt(d), decay: true });
    specs.push({ name: 'former.output', dims: [d, d], deviation: 0, decay: true });
  }
  return specs;
}

export const elements = (dims: number[]) => dims.reduce((product, size) => product * size, 1);

export function parameterCount(config: GptConfig): number {
  return parameterSpecs(config).reduce((sum, { dims }) => sum + elements(dims), 0);
}

/** The same config and seed give the same weights on every machine. */
export function initWeights(config: GptConfig, seed: number): Weights {
  const normal = seededNormal(seed);
  const weights: Weights = {};
  for (const { name, dims, deviation } of parameterSpecs(config)) {
    const data = new Float32Array(elements(dims));
    if (deviation > 0) for (let i = 0; i < data.length; i++) data[i] = normal() * deviation;
    weights[name] = { dims, data };
  }
  return weights;
}

/** All zero, in the shapes of the parameters: moments before the first step. */
export const zeroWeights = (config: GptConfig): Weights => zeroTensors(parameterSpecs(config));

/** The same for what is trained instead of the parameters. */
export function zeroTensors(specs: readonly ParameterSpec[]): Weights {
  return Object.fromEntries(specs.map(({ name, dims }) => [name, { dims, data: new Float32Array(elements(dims)) }]));
}
