import type { Client, estypes } from '@elastic/elasticsearch';
import { ANOMALIES_INDEX_PATTERN, type AnomaliesQuery } from '../../common';
import { callElasticsearch } from '../elasticsearch';

/** Steps of a timeline, milliseconds; the smallest that needs no more than MAX_STEPS. */
const INTERVALS = [5, 15, 60, 180, 720, 1_440, 10_080].map((minutes) => minutes * 60_000);
const MAX_STEPS = 400;

export type Query = estypes.QueryDslQueryContainer;
export interface Value {
  value: number | null;
}

/** A stretch of time, with the highest scores in it. */
export interface Step {
  timestamp: string;
  score: number;
  initial: number;
  records: number;
  events: number;
}

export function scopeOf({ job_id, model_id, from, to }: Pick<AnomaliesQuery, 'job_id' | 'model_id' | 'from' | 'to'>): Query[] {
  return [
    ...(job_id === undefined ? [] : [{ term: { job_id } }]),
    ...(model_id === undefined ? [] : [{ term: { 'lyrebird.model_id': model_id } }]),
    ...(from || to ? [{ range: { timestamp: { gte: from, lt: to } } }] : []),
  ];
}

/** Entities' buckets; of those with these names, if any are given: an entity may have several, its own and its pseudonym. */
export const influencersOf = (names: readonly string[]): Query[] => [{ term: { result_type: 'influencer' } }, ...(names.length > 0 ? [{ terms: { 'lyrebird.entity': [...names] } }] : [])];

/** The highest scores over time, in steps that are buckets or, where the time is long, several. Undefined: nothing is there. */
export async function steps(client: Client, filter: Query[], fields: { score: string; initial?: string; counted?: boolean }): Promise<{ interval: number; steps: Step[] } | undefined> {
  const range = await searchAnomalies<{ from: Value; to: Value; span: Value }>(client, {
    query: { bool: { filter } },
    size: 0,
    aggs: { from: { min: { field: 'timestamp' } }, to: { max: { field: 'timestamp' } }, span: { max: { field: 'bucket_span' } } },
  });
  const { from, to, span } = range.aggregations ?? {};
  if (typeof from?.value !== 'number' || typeof to?.value !== 'number') return undefined;
  const smallest = Math.max((span?.value ?? 0) * 1000, (to.value - from.value) / MAX_STEPS);
  const interval = INTERVALS.find((step) => step >= smallest) ?? INTERVALS[INTERVALS.length - 1];
  const answer = await searchAnomalies<{ timeline: { buckets: Array<{ key: number; doc_count: number; score: Value; initial?: Value; records?: Value; events?: Value }> } }>(client, {
    query: { bool: { filter } },
    size: 0,
    aggs: {
      timeline: {
        date_histogram: { field: 'timestamp', fixed_interval: `${interval / 60_000}m`, min_doc_count: 1 },
        aggs: {
          score: { max: { field: fields.score } },
          ...(fields.initial && { initial: { max: { field: fields.initial } } }),
          ...(fields.counted && { records: { sum: { field: 'lyrebird.records' } }, events: { sum: { field: 'event_count' } } }),
        },
      },
    },
  });
  return {
    interval: interval / 1000,
    steps: (answer.aggregations?.timeline.buckets ?? []).map(({ key, doc_count, score, initial, records, events }) => ({
      timestamp: new Date(key).toISOString(),
      score: score.value ?? 0,
      initial: initial?.value ?? 0,
      records: records ? (records.value ?? 0) : doc_count,
      events: events ? (events.value ?? 0) : doc_count,
    })),
  };
}

export function searchAnomalies<A = unknown, D = unknown>(client: Client, request: estypes.SearchRequest): Promise<estypes.SearchResponse<D, A>> {
  return callElasticsearch(
    (transport) => client.search<D, A>({ index: ANOMALIES_INDEX_PATTERN, ignore_unavailable: true, allow_no_indices: true, ...request }, transport),
    { doing: 'read the anomalies' }
  );
}
