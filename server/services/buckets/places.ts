import type { estypes } from '@elastic/elasticsearch';

/** A job's buckets in its index. */
export interface JobBuckets {
  index: string;
  jobId: string;
  spanSeconds: number;
}

/** One entity's bucket. */
export interface Place {
  /** ms */
  start: number;
  entity: string;
}

export const placeKey = ({ start, entity }: Place): string => `${start}\0${entity}`;

/** Records in the buckets, by the stretches that these make up. */
export function within(starts: readonly number[], spanSeconds: number): estypes.QueryDslQueryContainer {
  const stretches: Array<{ gte: number; lt: number }> = [];
  for (const start of [...starts].sort((a, b) => a - b)) {
    const last = stretches.at(-1);
    if (last?.lt === start) last.lt += spanSeconds * 1000;
    else stretches.push({ gte: start, lt: start + spanSeconds * 1000 });
  }
  return { bool: { should: stretches.map((stretch) => ({ range: { timestamp: { ...stretch, format: 'epoch_millis' } } })), minimum_should_match: 1 } };
}

/** Results of the buckets themselves, which carry their starts. */
export const at = (starts: readonly number[]): estypes.QueryDslQueryContainer => ({ terms: { timestamp: starts.map((start) => new Date(start).toISOString()) } });
