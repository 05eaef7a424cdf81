import type { Candidates } from '../codec/types';

/**
 * One row's distribution over the tokens that may come next: `logits[i]` belongs to token `lo + i`; -Infinity is ruled out.
 * Processors change it in place, one after the other; then one token is drawn.
 */
export interface TokenScores {
  lo: number;
  logits: Float32Array;
}

export type LogitsProcessor = (scores: TokenScores) => void;

/** Drawing a token works on copies; they are made once and used again. */
export class SamplingBuffers {
  readonly logits: Float32Array;
  readonly weights: Float64Array;

  constructor(vocabulary: number) {
    this.logits = new Float32Array(vocabulary);
    this.weights = new Float64Array(vocabulary);
  }
}

/** The only candidate, where there is but one: most of what rules leave open is settled by what was chosen before. */
export function onlyCandidate({ lo, hi, mask }: Candidates): number | undefined {
  if (hi - lo === 1) return lo;
  if (mask === undefined) return undefined;
  const first = mask.indexOf(1);
  return first >= 0 && mask.indexOf(1, first + 1) === -1 ? lo + first : undefined;
}

/** The grammar: only candidates keep their logits. `row` is [V]; the answer is a copy of the candidates' part of it. */
export function candidateScores(row: Float32Array, candidates: Candidates, buffers?: SamplingBuffers): TokenScores {
  const { lo, hi, mask } = candidates;
  const logits = buffers ? buffers.logits.subarray(0, hi - lo) : new Float32Array(hi - lo);
  for (let i = 0; i < logits.length; i++) logits[i] = mask !== undefined && mask[i] === 0 ? -Infinity : row[lo + i];
  return { lo, logits };
}

/**
 * What an entity never did comes as seldom as it did: a model that is still learning whose values are whose spreads too much over what others
 * have. Where the event calls for a value that is new to the entity, one still comes. `observe` hears how probable the model has them.
 */
export function keepHabit({ habit }: Candidates, observe?: (fresh: number) => void): LogitsProcessor {
  return ({ logits }) => {
    if (!habit) return;
    const { familiar, odds } = habit;
    if (observe) {
      const weights = softmax(logits, new Float64Array(logits.length));
      let fresh = 0;
      for (let i = 0; i < weights.length; i++) if (familiar[i] !== 1) fresh += weights[i];
      if (fresh > 0 && fresh < 1) observe(fresh);
    }
    if (odds === 1) return;
    const shift = Math.log(odds);
    for (let i = 0; i < logits.length; i++) if (familiar[i] !== 1) logits[i] += shift;
  };
}

/** Above 1 flattens, below 1 sharpens. */
export function temperature(value: number): LogitsProcessor {
  return ({ logits }) => {
    if (value === 1) return;
    for (let i = 0; i < logits.length; i++) logits[i] /= value;
  };
}

/** Nucleus sampling (Holtzman et al. 2020): keeps the most probable tokens that together reach `mass`. */
export function topP(mass: number): LogitsProcessor {
  return ({ logits }) => {
    if (mass >= 1) return;
    const weights = softmax(logits, new Float64Array(logits.length));
    const order = Array.from(weights.keys()).sort((a, b) => weights[b] - weights[a]);
    let sum = 0;
    for (const i of order) {
      if (sum >= mass) logits[i] = -Infinity;
      sum += weights[i];
    }
  };
}

/** Draws a token. Throws when nothing is left to draw. */
export function sampleToken(scores: TokenScores, random: () => number, buffers?: SamplingBuffers): number {
  const weights = softmax(scores.logits, buffers ? buffers.weights.subarray(0, scores.logits.length) : new Float64Array(scores.logits.length));
  let rest = random();
  let last = -1;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    last = i;
    rest -= weights[i];
    if (rest < 0) return scores.lo + i;
  }
  if (last === -1) throw new Error(`no candidate token among ${scores.logits.length}`);
  return scores.lo + last;
}

function softmax(logits: Float32Array, weights: Float64Array): Float64Array {
  let largest = -Infinity;
  for (let i = 0; i < logits.length; i++) if (logits[i] > largest) largest = logits[i];
  weights.fill(0);
  if (largest === -Infinity) return weights;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += weights[i] = Math.exp(logits[i] - largest);
  for (let i = 0; i < logits.length; i++) weights[i] /= sum;
  return weights;
}
