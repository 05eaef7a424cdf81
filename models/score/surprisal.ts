import type { EncodedEvent, Span } from '../codec/types';

/** One thing that an event says, and how surprising it was. */
export interface FieldMeasure {
  path: string;
  actual: string;
  reason: Span['reason'];
  /** -ln p, nats: over all its tokens, or of the token that says "unseen" or "deviates". */
  surprisal: number;
  /** Token of the event that was the most surprising of them. */
  token: number;
  /** A consequence of another, larger surprise with the same cause: explained, but not added again. */
  counted: boolean;
}

export interface EventMeasure {
  fields: FieldMeasure[];
  /** Sum over what counts, nats. */
  total: number;
}

/**
 * Sums token log-probabilities by what they say. One unseen value makes all that depends on it unlikely: of the spans with
 * the same cause only the most surprising counts.
 *
 * @param logProbabilities ln p of each token of the event
 */
export function measureEvent(event: EncodedEvent, logProbabilities: ArrayLike<number>): EventMeasure {
  const fields: FieldMeasure[] = [];
  const largest = new Map<string, FieldMeasure>();
  for (const span of event.spans) {
    // Of what was never seen, that it was never seen is the surprise; how it is spelled says more of its length than of its rarity.
    const to = span.reason === 'unlikely' ? span.to : span.from + 1;
    let surprisal = 0;
    let token = span.from;
    for (let i = span.from; i < to; i++) {
      surprisal -= logProbabilities[i];
      if (logProbabilities[i] < logProbabilities[token]) token = i;
    }
    const measure: FieldMeasure = { path: span.path, actual: span.actual, reason: span.reason, surprisal, token, counted: true };
    fields.push(measure);
    if (span.cause === undefined) continue;
    const before = largest.get(span.cause);
    if (before !== undefined && before.surprisal >= surprisal) measure.counted = false;
    else {
      if (before !== undefined) before.counted = false;
      largest.set(span.cause, measure);
    }
  }
  return { fields, total: fields.reduce((sum, field) => sum + (field.counted ? field.surprisal : 0), 0) };
}
