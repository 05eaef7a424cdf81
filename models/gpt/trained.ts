import type { Differentiable, Value } from '../graph';
import type { Named } from './adamw';
import { parameterSpecs, type ParameterSpec } from './config';
import type { GptConfig } from './types';

/** The model's parameters as the forward pass of a training uses them. */
export interface ModelParameters {
  /** What is looked up by row, the matrix of the tied head among it. */
  table(name: string): Value;
  /** [N, I] -> [N, O] */
  linear(name: string, input: Value): Value;
  /** max(x W, 0)^2, [N, I] -> [N, O] */
  linearRelu2(name: string, input: Value): Value;
}

/**
 * What a training trains: all parameters, or something small beside frozen ones. Weights, moments and checkpoints of the training have
 * the names and shapes of `specs`.
 */
export interface Trained {
  readonly specs: ParameterSpec[];
  /** Makes the model's parameters of the trained values in a graph. */
  bind(m: Differentiable, values: Named): ModelParameters;
}

/** Every parameter is trained as it is. */
export function allParameters(config: GptConfig): Trained {
  return {
    specs: parameterSpecs(config),
    bind: (m, values) => ({
      table: (name) => values[name],
      linear: (name, input) => m.linear(input, values[name]),
      linearRelu2: (name, input) => m.linearRelu2(input, values[name]),
    }),
  };
}
