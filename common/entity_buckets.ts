import { z } from 'zod';
import { Tail } from './tail';

/** Lengths of a bucket that scores can be told for. */
export const BUCKET_SPANS = ['5m', '15m', '1h', '1d'] as const;

/** What is less odd than one event in e does not count towards breadth, and no event counts as more than one there. */
const BREADTH_FROM = 1;
/**
 * Say of the breadth beside the oddest event. Measured (docs/scoring.md): an event's score already adds up what its entity did in ten minutes,
 * so that each event of a burst says what the oddest has said; with a larger say, long working hours outrank short attacks.
 */
const BREADTH_SHARE = 0.02;
/** Of a model that does not know what is usual: as many events as a bucket may have had, each by itself as rare as its score says. */
const EVENTS_ASSUMED = 10;
/** Fewer buckets do not tell what is usual. */
const MIN_BUCKETS = 20;
const POINTS = 60;

/** What the events of one entity in one bucket come to. Their order does not matter, and one more, or one odder, never makes it less. */
export interface BucketEvidence {
  /** Surprise of the oddest event, nats. */
  strongest: number;
  /** How many events were out of the ordinary: each from 0 to 1. So several are odder than one, and bulk counts by how much it is, not by how odd. */
  breadth: number;
}

export const NO_EVIDENCE: BucketEvidence = { strongest: 0, breadth: 0 };

/** What one event adds, by its surprise: -ln of the share of normal events that are at least as odd. */
export function evidenceOf(surprise: number): BucketEvidence {
  return { strongest: surprise, breadth: Math.min(1, Math.max(0, surprise - BREADTH_FROM)) };
}

export function together(a: BucketEvidence, b: BucketEvidence): BucketEvidence {
  return { strongest: Math.max(a.strongest, b.strongest), breadth: a.breadth + b.breadth };
}

/** Surprise, nats, of a score of 0-100, and back. */
export const surpriseOf = (score: number): number => -Math.log(Math.max(1e-15, 1 - score / 100));
export const scoreOf = (surprise: number): number => 100 * -Math.expm1(-surprise);

const tailSchema = z.object({ values: z.array(z.number()), logs: z.array(z.number()), excess: z.number() });
export const bucketTailsSchema = z.object({ strongest: tailSchema, breadth: tailSchema, combined: tailSchema });
export type BucketTailsJson = z.infer<typeof bucketTailsSchema>;

/** How rarely an entity's bucket is as odd as that, learned from the buckets of held-out normal events. Buckets without any event are none. */
export class BucketTails {
  private constructor(private readonly tails?: { strongest: Tail; breadth: Tail; combined: Tail }) {}

  /** Undefined: too few to tell. */
  static fit(buckets: readonly BucketEvidence[]): BucketTails | undefined {
    if (buckets.length < MIN_BUCKETS) return undefined;
    const strongest = Tail.fit(buckets.map((bucket) => bucket.strongest), POINTS);
    const breadth = Tail.fit(buckets.map((bucket) => bucket.breadth), POINTS);
    return new BucketTails({ strongest, breadth, combined: Tail.fit(buckets.map((bucket) => combine(strongest.surprise(bucket.strongest), breadth.surprise(bucket.breadth))), POINTS) });
  }

  /** -ln of the share of normal entities' buckets that are at least as odd, nats. */
  surprise({ strongest, breadth }: BucketEvidence): number {
    if (this.tails === undefined) return Math.max(0, strongest - Math.log(EVENTS_ASSUMED));
    return this.tails.combined.surprise(combine(this.tails.strongest.surprise(strongest), this.tails.breadth.surprise(breadth)));
  }

  toJSON(): BucketTailsJson | undefined {
    return this.tails && { strongest: this.tails.strongest.toJSON(), breadth: this.tails.breadth.toJSON(), combined: this.tails.combined.toJSON() };
  }

  /** Without: those of a model that does not know. */
  static fromJSON(json: BucketTailsJson | undefined): BucketTails {
    return new BucketTails(json && { strongest: Tail.fromJSON(json.strongest), breadth: Tail.fromJSON(json.breadth), combined: Tail.fromJSON(json.combined) });
  }
}

/** Mean of two odds, weighted, as in the harmonic mean p-value: high where one of them is, whatever they have to do with each other. */
const combine = (strongest: number, breadth: number): number => Math.log((1 - BREADTH_SHARE) * Math.exp(strongest) + BREADTH_SHARE * Math.exp(breadth));

/**
 * How rarely a bucket is as odd as its entities make it, before any bucket was seen: the harmonic mean of their p-values (Wilson, PNAS 2019), which many
 * normal entities do not raise and which holds although entities depend on each other. ln n is what the mean of n normal ones comes to.
 *
 * @param odds sum over entities of 1 / p
 * @param entities that had events in the bucket
 * @returns nats
 */
export function surpriseOfAll(odds: number, entities: number): number {
  return entities === 0 ? 0 : Math.log(Math.max(1, odds / entities - Math.log(entities)));
}
