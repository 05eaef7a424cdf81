import type { Ops, Value } from '../graph';
import type { ParameterSpec } from './config';
import type { AdamWOptions } from './types';

/** Values by parameter name. */
export type Named = Record<string, Value>;

/**
 * One step of AdamW (Loshchilov and Hutter, 2019; epsilon after the bias correction, as in PyTorch) with the gradient first
 * clipped to a global norm. The bias corrections depend on the step alone and come from the host as scalars:
 * correction1 = 1 / (1 - beta1^t), correction2 = 1 / sqrt(1 - beta2^t).
 */
export function adamW(
  ops: Ops,
  specs: ParameterSpec[],
  values: { weights: Named; moment1: Named; moment2: Named; gradients: Named; learningRate: Value; correction1: Value; correction2: Value },
  options: AdamWOptions
): { weights: Named; moment1: Named; moment2: Named; gradientNorm: Value } {
  const { beta1, beta2, epsilon, weightDecay, clip } = options;
  const { gradients, learningRate } = values;
  const gradientNorm = ops.sqrt(ops.sum(specs.map(({ name }) => ops.sumSquares(gradients[name]))));
  const clipFactor = ops.min(ops.div(ops.scalar(clip), ops.add(gradientNorm, ops.scalar(1e-6))), ops.scalar(1));
  // The clip factor goes into the scalars, so that no clipped gradient is ever written out.
  const gain1 = ops.scale(clipFactor, 1 - beta1);
  const gain2 = ops.scale(ops.mul(clipFactor, clipFactor), 1 - beta2);
  const rate = ops.mul(learningRate, values.correction1);
  const keep = ops.sub(ops.scalar(1), ops.scale(learningRate, weightDecay));

  const weights: Named = {};
  const moment1: Named = {};
  const moment2: Named = {};
  for (const { name, decay } of specs) {
    const gradient = gradients[name];
    const m = ops.add(ops.scale(values.moment1[name], beta1), ops.mul(gradient, gain1));
    const v = ops.add(ops.scale(values.moment2[name], beta2), ops.mul(ops.mul(gradient, gradient), gain2));
    const denominator = ops.add(ops.mul(ops.sqrt(v), values.correction2), ops.scalar(epsilon));
    const before = decay && weightDecay > 0 ? ops.mul(values.weights[name], keep) : values.weights[name];
    weights[name] = ops.sub(before, ops.mul(ops.div(m, denominator), rate));
    moment1[name] = m;
    moment2[name] = v;
  }
  return { weights, moment1, moment2, gradientNorm };
}
