import { LyrebirdError, type Source } from '../../../common';
import type { EventPseudonymiser } from '../../../common/pseudonyms';
import type { LyrebirdConfig } from '../../config';
import type { ActiveJob } from '../../jobs';
import type { PointInTime, SortValues } from '../point_in_time';
import { readEvents } from '../read_events';
import { timeOf, type BatchProgress, type ScoringResults } from './scoring_results';
import type { ScoringSession } from './scoring_session';

export interface Look {
  job: ActiveJob;
  limits: LyrebirdConfig['limits'];
  results: ScoringResults;
  session: ScoringSession;
  source: Source;
  view?: PointInTime;
  pseudonymiser?: EventPseudonymiser;
  /** The session knows nothing yet: the events before the cursor are read again. */
  warmUp: boolean;
  /** Goes no further than all shards answer: somebody looks again later. Otherwise events of a shard that is gone for good are left out. */
  whole: boolean;
  /** Of `found` events, so many are done; how that changes what people see. */
  progress(done: number, found: number): BatchProgress;
}

/**
 * Scores what the source has after the cursor, in time order. Returns whether it has come to the end: a look reads a limited number of
 * events.
 */
export async function look({ job, limits, results, session, source, view, pseudonymiser, warmUp, whole, progress }: Look): Promise<boolean> {
  const resumedAt = results.cursor;
  const pages = readEvents({
    client: job.client,
    source,
    pageSize: Math.min(limits.pageSize, limits.scoreBatch),
    maxEvents: limits.maxEvents,
    order: { kind: 'time', after: warmUp ? results.warmUp : resumedAt },
    view,
    signal: job.signal,
  });
  let seen = 0;
  for await (const page of pages) {
    if (whole && page.failedShards > 0) {
      throw new LyrebirdError('LYREBIRD_ELASTICSEARCH_UNAVAILABLE', `${page.failedShards} shards of "${source.index}" do not answer.`, 'Check the health of the cluster; the job goes on by itself.');
    }
    seen += page.hits.length;
    // The last event itself comes once more where a merge has moved it in its shard.
    const known = resumedAt ? page.hits.filter((hit) => !isAfter(hit.sort, resumedAt)) : [];
    if (warmUp && known.length > 0) await session.score(known.map((hit) => results.toLogHit(hit, pseudonymiser)));
    const { seen: scored } = results;
    // What came between two looks may have been found late, and is after the cursor all the same.
    const fresh = page.hits.slice(known.length).filter((hit) => !scored?.has(hit, timeOf(hit)));
    if (fresh.length === 0) continue;
    const found = Math.min(page.total, limits.maxEvents);
    await results.take(session, fresh, { late: false, pseudonymiser, failedShards: page.failedShards, progress: () => progress(seen, found) });
  }
  return seen < limits.maxEvents;
}

/** Order of two hits' sort values: time, index, sequence number, shard. */
export function isAfter(a: SortValues, b: SortValues): boolean {
  for (let position = 0; position < Math.min(a.length, b.length, 3); position++) {
    if (a[position] === b[position]) continue;
    return (a[position] as number | string) > (b[position] as number | string);
  }
  return false;
}
