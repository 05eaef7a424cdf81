import type { Client } from '@elastic/elasticsearch';
import { callElasticsearch } from '../elasticsearch';

/** Entities of one bucket that are told apart. */
const MAX_ENTITIES = 10_000;

export interface Recount {
  index: string;
  jobId: string;
  /** Starts of buckets, ms. */
  starts: readonly number[];
  spanSeconds: number;
}

/** What the records of a bucket come to, those that a rule hides left out. */
export interface RecordsOfBucket {
  records: number;
  entities: Record<string, { maxScore: number; records: number }>;
}

/** Counts the records of one bucket as they stand in the index. */
export async function recordsOfBucket(client: Client, { index, jobId, spanSeconds }: Omit<Recount, 'starts'>, start: number, signal?: AbortSignal): Promise<RecordsOfBucket> {
  const answer = await callElasticsearch(
    (transport) =>
      client.search<unknown, { entities: { buckets: Array<{ key: string; doc_count: number; score: { value: number | null } }> } }>(
        {
          index,
          size: 0,
          track_total_hits: true,
          query: {
            bool: {
              filter: [{ term: { job_id: jobId } }, { term: { result_type: 'record' } }, { range: { timestamp: { gte: start, lt: start + spanSeconds * 1000, format: 'epoch_millis' } } }],
              must_not: [{ exists: { field: 'lyrebird.ignored_by' } }],
            },
          },
          aggs: { entities: { terms: { field: 'lyrebird.entity', size: MAX_ENTITIES }, aggs: { score: { max: { field: 'record_score' } } } } },
        },
        transport
      ),
    { doing: 'count the anomalies of a bucket', signal }
  );
  const total = answer.hits.total;
  return {
    records: typeof total === 'number' ? total : (total?.value ?? 0),
    entities: Object.fromEntries((answer.aggregations?.entities.buckets ?? []).map(({ key, doc_count, score }) => [key, { maxScore: score.value ?? 0, records: doc_count }])),
  };
}

/** Brings buckets and influencers in line with their records after some were hidden or shown; the initial scores stay. */
export async function recountBuckets(client: Client, recount: Recount, signal?: AbortSignal): Promise<void> {
  const { index, jobId, starts } = recount;
  for (const start of starts) {
    const { records, entities } = await recordsOfBucket(client, recount, start, signal);
    const found = await callElasticsearch(
      (transport) =>
        client.search<{ result_type: string; influencer_field_value?: string; lyrebird: { rest_score?: number } }>(
          {
            index,
            size: MAX_ENTITIES,
            _source: ['result_type', 'influencer_field_value', 'lyrebird.rest_score'],
            query: { bool: { filter: [{ term: { job_id: jobId } }, { terms: { result_type: ['bucket', 'influencer'] } }, { term: { timestamp: new Date(start).toISOString() } }] } },
          },
          transport
        ),
      { doing: 'read a bucket', signal }
    );
    const operations = found.hits.hits.flatMap(({ _id, _source }) => {
      const own = _source!.result_type === 'influencer' ? (Object.hasOwn(entities, _source!.influencer_field_value!) ? entities[_source!.influencer_field_value!] : { maxScore: 0, records: 0 }) : undefined;
      const doc = own
        ? { influencer_score: own.maxScore, lyrebird: { records: own.records } }
        : { anomaly_score: Math.max(_source!.lyrebird.rest_score ?? 0, ...Object.values(entities).map(({ maxScore }) => maxScore)), lyrebird: { records } };
      return [{ update: { _index: index, _id: _id!, retry_on_conflict: 3 } }, { doc }];
    });
    if (operations.length > 0) await callElasticsearch((transport) => client.bulk({ operations, refresh: true }, transport), { doing: 'change a bucket', signal });
  }
}

