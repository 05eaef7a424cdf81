import { LyrebirdError } from '../../common';
import { parameterSpecs, type ParameterSpec } from './config';
import type { GptConfig, Weights } from './types';

/** Throws LYREBIRD_CORRUPT unless `weights` has every parameter of the config in its shape. `what` names them in the message. */
export function checkWeights(config: GptConfig, weights: Weights, what: string): void {
  checkTensors(parameterSpecs(config), weights, what);
}

/** The same for other sets of tensors, such as adapters. */
export function checkTensors(specs: readonly ParameterSpec[], weights: Weights, what: string): void {
  for (const { name, dims } of specs) {
    const found = weights[name];
    if (found === undefined || found.dims.join() !== dims.join()) {
      throw new LyrebirdError(
        'LYREBIRD_CORRUPT',
        `The ${what} have ${found ? `"${name}" with the shape [${found.dims.join(', ')}]` : `no "${name}"`}; the model needs [${dims.join(', ')}].`,
        'The file belongs to another model or is damaged: train the model again.'
      );
    }
  }
}
