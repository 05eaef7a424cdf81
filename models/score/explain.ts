import type { Codec } from '../codec/types';

const TYPICAL = 3;
/** A value may be a whole file; what nobody reads to its end is not sent with every event that could have had it. */
const MOST_CHARACTERS = 1_000;

/** A value as it is shown: cut, with its length, when it is very long. */
export function shown(value: string): string {
  return value.length <= MOST_CHARACTERS ? value : `${value.slice(0, MOST_CHARACTERS)}… (${value.length} characters)`;
}

/**
 * The most probable values of a field where something else was seen.
 *
 * @param token what was seen; only what could have stood in its place is considered
 * @param logits [V] of the position at which the field's value was to come
 */
export function typicalValues(codec: Codec, field: number, token: number, logits: Float32Array): Array<{ value: string; probability: number }> {
  const { lo, hi } = codec.alternatives(token);
  let largest = -Infinity;
  for (let token = lo; token < hi; token++) largest = Math.max(largest, logits[token]);
  let sum = 0;
  for (let token = lo; token < hi; token++) sum += Math.exp(logits[token] - largest);
  const best: Array<{ token: number; logit: number }> = [];
  for (let token = lo; token < hi; token++) {
    if (best.length === TYPICAL && logits[token] <= best[TYPICAL - 1].logit) continue;
    best.push({ token, logit: logits[token] });
    best.sort((a, b) => b.logit - a.logit);
    if (best.length > TYPICAL) best.pop();
  }
  return best.map(({ token, logit }) => ({ value: shown(codec.describeToken(field, token)), probability: Math.exp(logit - largest) / sum }));
}
