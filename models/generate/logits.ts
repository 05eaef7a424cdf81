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

/** The grammar: only candidates keep their logits. `row` is [V]; the answer is a copy of the candidates' part of it. */
export function candidateScores(row: Float32Array, candidates: Candidates): TokenScores {
  const logits = row.slice(candidates.lo, candidates.hi);
  const { mask } = candidates;
  if (mask !== undefined) for (let i = 0; i < logits.length; i++) if (mask[i] === 0) logits[i] = -Infinity;
  return { lo: candidates.lo, logits };
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
    const weights = softmax(logits);
    const order = Array.from(weights.keys()).sort((a, b) => weights[b] - weights[a]);
    let sum = 0;
    for (const i of order) {
      if (sum >= mass) logits[i] = -Infinity;
      sum += weights[i];
    }
  };
}

/** Draws a token. Throws when nothing is left to draw. */
export function sampleToken(scores: TokenScores, random: () => number): number {
  const weights = softmax(scores.logits);
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

function softmax(logits: Float32Array): Float64Array {
  let largest = -Infinity;
  for (const logit of logits) if (logit > largest) largest = logit;
  const weights = new Float64Array(logits.length);
  if (largest === -Infinity) return weights;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += weights[i] = Math.exp(logits[i] - largest);
  for (let i = 0; i < logits.length; i++) weights[i] /= sum;
  return weights;
}
