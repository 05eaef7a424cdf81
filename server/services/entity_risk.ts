import type { Client } from '@elastic/elasticsearch';
import type { EntityRisk, EntityRiskQuery } from '../../common';
import { influencersOf, scopeOf, searchAnomalies, steps } from './anomaly_search';

const HIGHEST = 10;

interface Influencer {
  job_id: string;
  timestamp: string;
  bucket_span: number;
  influencer_score: number;
  initial_influencer_score: number;
  event_count?: number;
  lyrebird: { records: number };
}

/** An entity's risk over time: its buckets' scores as they are now, and as they were when the events came. */
export async function entityRisk(client: Client, query: EntityRiskQuery, names: readonly string[] = []): Promise<EntityRisk> {
  const filter = [...scopeOf(query), ...influencersOf([query.entity, ...names])];
  const found = await steps(client, filter, { score: 'influencer_score', initial: 'initial_influencer_score', counted: true });
  if (found === undefined) return { interval: 3_600, risk: [], highest: [] };
  const answer = await searchAnomalies<unknown, Influencer>(client, {
    query: { bool: { filter } },
    size: HIGHEST,
    sort: [{ influencer_score: 'desc' }, { timestamp: 'desc' }],
  });
  return {
    interval: found.interval,
    risk: found.steps.map(({ timestamp, score, initial, events, records }) => ({ timestamp, score, initial_score: initial, events, records })),
    highest: answer.hits.hits.map(({ _source }) => {
      const { job_id, timestamp, bucket_span, influencer_score, initial_influencer_score, event_count, lyrebird } = _source!;
      return { job_id, timestamp, bucket_span, score: influencer_score, initial_score: initial_influencer_score, events: event_count ?? lyrebird.records, records: lyrebird.records };
    }),
  };
}
