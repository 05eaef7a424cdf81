import type { Codec } from '../codec/types';

const TYPICAL = 3;

/**
 * The most probable values of a field where something else was seen.
 *
 * @param logits [V] of the position at which the field's value was to come
 */
export function typicalValues(codec: Codec, field: number, logits: Float32Array): Array<{ value: string; probability: number }> {
  let largest = -Infinity;
  for (const logit of logits) if (logit > largest) largest = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  const best: Array<{ token: number; logit: number }> = [];
  for (let token = 0; token < logits.length; token++) {
    if (best.length === TYPICAL && logits[token] <= best[TYPICAL - 1].logit) continue;
    best.push({ token, logit: logits[token] });
    best.sort((a, b) => b.logit - a.logit);
    if (best.length > TYPICAL) best.pop();
  }
  return best.map(({ token, logit }) => ({ value: codec.describeToken(field, token), probability: Math.exp(logit - largest) / sum }));
}
