import type { Client, estypes } from '@elastic/elasticsearch';
import { ANOMALIES_INDEX_PATTERN, LyrebirdError, type Anomalies, type AnomaliesQuery, type AnomalyRecord } from '../../common';
import { callElasticsearch } from '../elasticsearch';

const MAX_WINDOW = 10_000;
const MAX_ENTITIES = 50;
/** Steps of the timeline, milliseconds; the smallest that needs no more than MAX_STEPS. */
const INTERVALS = [5, 15, 60, 180, 720, 1_440, 10_080].map((minutes) => minutes * 60_000);
const MAX_STEPS = 400;

type Query = estypes.QueryDslQueryContainer;
interface Max {
  value: number | null;
}
interface TimelineAggregations {
  timeline: { buckets: Array<{ key: number; doc_count: number; score: Max; records?: Max; events?: Max }> };
}

/** Records that match, a timeline of the highest scores, and the entities behind them. */
export async function findAnomalies(client: Client, query: AnomaliesQuery, entityNames: readonly string[] = []): Promise<Anomalies> {
  const { size, page, order } = query;
  const score = scoreField(query);
  const sort = query.sort === 'timestamp' ? 'timestamp' : score;
  if (size * (page + 1) > MAX_WINDOW) {
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `Page ${page} of ${size} records is beyond the first ${MAX_WINDOW}.`, 'Narrow the time range or raise min_score.');
  }
  const scope = scopeOf(query);
  const filter: Query[] = [
    ...scope,
    { term: { result_type: 'record' } },
    ignoredOr(query),
    { range: { [scoreField(query)]: { gte: query.min_score } } },
    // An entity may have several names: its own, and its pseudonym.
    ...(query.entity === undefined ? [] : [{ terms: { 'lyrebird.entity': [query.entity, ...entityNames] } }]),
  ];
  const answer = await search<{
    entities: { buckets: Array<{ key: string; doc_count: number; score: Max }> };
  }>(client, {
    query: { bool: { filter } },
    size,
    from: page * size,
    track_total_hits: true,
    sort: [
      { [sort]: { order, unmapped_type: sort === 'timestamp' ? 'date' : 'double' } },
      // Many scores round to 100: of those, the least probable first.
      { probability: { order: order === 'desc' ? 'asc' : 'desc', unmapped_type: 'double' } },
      { timestamp: { order: 'desc', unmapped_type: 'date' } },
    ],
    aggs: {
      entities: {
        terms: { field: 'lyrebird.entity', size: MAX_ENTITIES, order: [{ score: 'desc' }, { _key: 'asc' }] },
        aggs: { score: { max: { field: score } } },
      },
    },
  });
  const total = answer.hits.total;
  return {
    total: typeof total === 'number' ? total : (total?.value ?? 0),
    records: answer.hits.hits.map(({ _id, _source }) => ({ ...(_source as AnomalyRecord), _id: _id! })),
    timeline: await timeline(client, query, scope, filter),
    entities: (answer.aggregations?.entities.buckets ?? []).map(({ key, doc_count, score }) => ({ name: key, max_score: score.value ?? 0, records: doc_count })),
  };
}

const scoreField = ({ ignored }: AnomaliesQuery): string => (ignored === 'only' ? 'lyrebird.hidden_score' : 'record_score');

function ignoredOr({ ignored }: AnomaliesQuery): Query {
  const hidden = { exists: { field: 'lyrebird.ignored_by' } };
  return ignored === 'only' ? hidden : { bool: { must_not: [hidden] } };
}

function scopeOf({ job_id, model_id, from, to }: AnomaliesQuery): Query[] {
  return [
    ...(job_id === undefined ? [] : [{ term: { job_id } }]),
    ...(model_id === undefined ? [] : [{ term: { 'lyrebird.model_id': model_id } }]),
    ...(from || to ? [{ range: { timestamp: { gte: from, lt: to } } }] : []),
  ];
}

/** Of all events by their buckets; of one entity by its records, which are all that is kept per entity. */
async function timeline(client: Client, query: AnomaliesQuery, scope: Query[], recordFilter: Query[]): Promise<Anomalies['timeline']> {
  const ofEntity = query.entity !== undefined;
  const filter = ofEntity ? recordFilter : [...scope, { term: { result_type: 'bucket' } }];
  const range = await search<{ from: Max; to: Max; span: Max }>(client, {
    query: { bool: { filter } },
    size: 0,
    aggs: { from: { min: { field: 'timestamp' } }, to: { max: { field: 'timestamp' } }, span: { max: { field: 'bucket_span' } } },
  });
  const { from, to, span } = range.aggregations ?? {};
  if (typeof from?.value !== 'number' || typeof to?.value !== 'number') return [];
  const smallest = Math.max((span?.value ?? 0) * 1000, (to.value - from.value) / MAX_STEPS);
  const interval = INTERVALS.find((step) => step >= smallest) ?? INTERVALS[INTERVALS.length - 1];
  const answer = await search<TimelineAggregations>(client, {
    query: { bool: { filter } },
    size: 0,
    aggs: {
      timeline: {
        date_histogram: { field: 'timestamp', fixed_interval: `${interval / 60_000}m`, min_doc_count: 1 },
        aggs: ofEntity
          ? { score: { max: { field: scoreField(query) } } }
          : { score: { max: { field: 'anomaly_score' } }, records: { sum: { field: 'lyrebird.records' } }, events: { sum: { field: 'event_count' } } },
      },
    },
  });
  return (answer.aggregations?.timeline.buckets ?? []).map(({ key, doc_count, score, records, events }) => ({
    timestamp: new Date(key).toISOString(),
    max_score: score.value ?? 0,
    records: ofEntity ? doc_count : (records?.value ?? 0),
    events: ofEntity ? doc_count : (events?.value ?? 0),
  }));
}

/** LYREBIRD_NOT_FOUND when there is no such record. */
export async function getRecord(client: Client, id: string): Promise<AnomalyRecord> {
  const answer = await search(client, { query: { bool: { filter: [{ ids: { values: [id] } }, { term: { result_type: 'record' } }] } }, size: 1 });
  const [hit] = answer.hits.hits;
  if (!hit) throw new LyrebirdError('LYREBIRD_NOT_FOUND', `There is no anomaly "${id}".`, 'It may have been deleted with its index; reload the list.');
  return { ...(hit._source as AnomalyRecord), _id: hit._id! };
}

export async function countRecords(client: Client): Promise<number> {
  const answer = await search(client, { query: { bool: { filter: [{ term: { result_type: 'record' } }], must_not: [{ exists: { field: 'lyrebird.ignored_by' } }] } }, size: 0, track_total_hits: true });
  const total = answer.hits.total;
  return typeof total === 'number' ? total : (total?.value ?? 0);
}

function search<A = unknown>(client: Client, request: estypes.SearchRequest): Promise<estypes.SearchResponse<unknown, A>> {
  return callElasticsearch(
    (transport) => client.search<unknown, A>({ index: ANOMALIES_INDEX_PATTERN, ignore_unavailable: true, allow_no_indices: true, ...request }, transport),
    { doing: 'read the anomalies' }
  );
}
