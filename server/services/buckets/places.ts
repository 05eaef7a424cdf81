import type { estypes } from '@elastic/elasticsearch';

/** More stretches are asked for as one: what lies between them is read in vain, but a query has only so many clauses. */
const MAX_STRETCHES = 500;

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

/** Records in the buckets, by the stretches that these make up; maybe some in others, too. */
export function within(starts: readonly number[], spanSeconds: number): estypes.QueryDslQueryContainer {
  const stretches: Array<{ gte: number; lt: number }> = [];
  for (const start of [...starts].sort((a, b) => a - b)) {
    const last = stretches.at(-1);
    if (last?.lt === start) last.lt += spanSeconds * 1000;
    else stretches.push({ gte: start, lt: start + spanSeconds * 1000 });
  }
  if (stretches.length > MAX_STRETCHES) stretches.splice(0, stretches.length, { gte: stretches[0].gte, lt: stretches.at(-1)!.lt });
  return { bool: { should: stretches.map((stretch) => ({ range: { timestamp: { ...stretch, format: 'epoch_millis' } } })), minimum_should_match: 1 } };
}

/** Results of the buckets themselves, which carry their starts. */
export const at = (starts: readonly number[]): estypes.QueryDslQueryContainer => ({ terms: { timestamp: starts.map((start) => new Date(start).toISOString()) } });
