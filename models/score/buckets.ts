import { BUCKET_SPANS, BucketTails, evidenceOf, NO_EVIDENCE, spanSeconds, together, type BucketEvidence, type BucketTailsJson } from '../../common';

/** An event, and -ln of the share of normal ones that are at least as odd. */
export interface SurprisingAt {
  entity: string;
  /** ms */
  time: number;
  surprise: number;
}

/** What each entity's events in each bucket come to. `span` in ms. */
export function evidenceByBucket(events: readonly SurprisingAt[], span: number): Map<string, BucketEvidence> {
  const buckets = new Map<string, BucketEvidence>();
  for (const { entity, time, surprise } of events) {
    const key = `${Math.floor(time / span)} ${entity}`;
    buckets.set(key, together(buckets.get(key) ?? NO_EVIDENCE, evidenceOf(surprise)));
  }
  return buckets;
}

/** What is usual in buckets of each length, as far as held-out normal events tell. */
export function bucketsOf(events: readonly SurprisingAt[]): Record<string, BucketTailsJson> {
  return Object.fromEntries(
    BUCKET_SPANS.flatMap((span) => {
      const tails = BucketTails.fit([...evidenceByBucket(events, spanSeconds(span) * 1000).values()])?.toJSON();
      return tails ? [[span, tails]] : [];
    })
  );
}
