import type { EncodedEvent, Span } from '../codec/types';

/** One thing that an event says, and how surprising it was. */
export interface FieldMeasure {
  path: string;
  actual: string;
  reason: Span['reason'];
  /** -ln p, nats: over all its tokens, or of the one that says "never seen" where that is rare. */
  surprisal: number;
  /** Token of the event that was the most surprising of them. */
  token: number;
  /** Not so for the consequence of another, larger surprise with the same cause, and for what is new to the model alone: explained, but not added. */
  counted: boolean;
}

export interface EventMeasure {
  fields: FieldMeasure[];
  /** Sum over what counts, nats. */
  total: number;
  /** -ln p of the whole event, nats: all tokens, whatever they are consequences of. */
  nats: number;
}

/** Above this a field's escape token is rare (less than one value in ten is new). */
const RARE_ESCAPE_NATS = Math.log(10);

/**
 * Sums token log-probabilities by what they say. One unseen value makes all that depends on it unlikely: of the spans with
 * the same cause only the most surprising counts.
 *
 * @param logProbabilities ln p of each token of the event
 * @param isNews asked once for each unseen value and broken rule; what is no news any more does not count
 */
export function measureEvent(event: EncodedEvent, logProbabilities: ArrayLike<number>, isNews: (span: Span) => boolean = () => true): EventMeasure {
  const fields: FieldMeasure[] = [];
  const largest = new Map<string, FieldMeasure>();
  for (const span of event.spans) {
    // Where new values are rare, that one is new is the surprise: how it is spelled, in letters the model seldom wrote, says more
    // of its length than of its rarity. Where they are the rule (free text, file names), the spelling is what there is to read.
    const escaped = span.reason !== 'unlikely' && -logProbabilities[span.from] > RARE_ESCAPE_NATS;
    const to = escaped ? span.from + 1 : span.to;
    let surprisal = 0;
    let token = span.from;
    for (let i = span.from; i < to; i++) {
      surprisal -= logProbabilities[i];
      if (logProbabilities[i] < logProbabilities[token]) token = i;
    }
    const measure: FieldMeasure = { path: span.path, actual: span.actual, reason: span.reason, surprisal, token, counted: span.reason === 'unlikely' || isNews(span) };
    fields.push(measure);
    if (span.cause === undefined || !measure.counted) continue;
    const before = largest.get(span.cause);
    if (before !== undefined && before.surprisal >= surprisal) measure.counted = false;
    else {
      if (before !== undefined) before.counted = false;
      largest.set(span.cause, measure);
    }
  }
  let nats = 0;
  for (let i = 0; i < logProbabilities.length; i++) nats -= logProbabilities[i];
  return { fields, total: fields.reduce((sum, field) => sum + (field.counted ? field.surprisal : 0), 0), nats };
}
