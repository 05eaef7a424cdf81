import type { Client } from '@elastic/elasticsearch';
import { LyrebirdError, type Anomalies, type AnomaliesQuery, type AnomalyRecord } from '../../common';
import { influencersOf, scopeOf, searchAnomalies, steps, type Query, type Step, type Value } from './anomaly_search';

const MAX_WINDOW = 10_000;
const MAX_ENTITIES = 50;
/** An entity without any record is listed from this score on: several events, none of which stands out by itself. */
const LISTED_FROM = 95;


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
  const answer = await searchAnomalies(client, {
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
  });
  const total = answer.hits.total;
  return {
    total: typeof total === 'number' ? total : (total?.value ?? 0),
    records: answer.hits.hits.map(({ _id, _source }) => ({ ...(_source as AnomalyRecord), _id: _id! })),
    timeline: await timeline(client, query, scope, filter, entityNames),
    entities: await topEntities(client, query, scope, filter, entityNames),
  };
}

const scoreField = ({ ignored }: AnomaliesQuery): string => (ignored === 'only' ? 'lyrebird.hidden_score' : 'record_score');

function ignoredOr({ ignored }: AnomaliesQuery): Query {
  const hidden = { exists: { field: 'lyrebird.ignored_by' } };
  return ignored === 'only' ? hidden : { bool: { must_not: [hidden] } };
}

/** Of all events by their buckets, of one entity by its own; of what rules hide by the records, which are in no bucket. */
async function timeline(client: Client, query: AnomaliesQuery, scope: Query[], recordFilter: Query[], entityNames: readonly string[]): Promise<Anomalies['timeline']> {
  const { entity } = query;
  if (entity !== undefined && query.ignored === 'only') return (await steps(client, recordFilter, { score: scoreField(query) }))?.steps.map(toStep) ?? [];
  const found =
    entity === undefined
      ? await steps(client, [...scope, { term: { result_type: 'bucket' } }], { score: 'anomaly_score', counted: true })
      : await steps(client, [...scope, ...influencersOf([entity, ...entityNames])], { score: 'influencer_score', counted: true });
  return found?.steps.map(toStep) ?? [];
}

const toStep = ({ timestamp, score, records, events }: Step) => ({ timestamp, max_score: score, records, events });

/** Whose buckets score highest, by what is known now. */
async function topEntities(client: Client, query: AnomaliesQuery, scope: Query[], recordFilter: Query[], entityNames: readonly string[]): Promise<Anomalies['entities']> {
  const hidden = query.ignored === 'only';
  const listed: Query = { bool: { should: [{ range: { 'lyrebird.records': { gt: 0 } } }, { range: { influencer_score: { gte: LISTED_FROM } } }], minimum_should_match: 1 } };
  const filter = hidden ? recordFilter : [...scope, ...influencersOf(query.entity === undefined ? [] : [query.entity, ...entityNames]), listed, { range: { influencer_score: { gte: query.min_score } } }];
  const answer = await searchAnomalies<{ entities: { buckets: Array<{ key: string; doc_count: number; score: Value; records: Value }> } }>(client, {
    query: { bool: { filter } },
    size: 0,
    aggs: {
      entities: {
        terms: { field: 'lyrebird.entity', size: MAX_ENTITIES, order: [{ score: 'desc' }, { _key: 'asc' }] },
        aggs: { score: { max: { field: hidden ? scoreField(query) : 'influencer_score' } }, records: { sum: { field: 'lyrebird.records' } } },
      },
    },
  });
  return (answer.aggregations?.entities.buckets ?? []).map(({ key, doc_count, score, records }) => ({ name: key, max_score: score.value ?? 0, records: hidden ? doc_count : (records.value ?? 0) }));
}

/** LYREBIRD_NOT_FOUND when there is no such record. */
export async function getRecord(client: Client, id: string): Promise<AnomalyRecord> {
  const answer = await searchAnomalies(client, { query: { bool: { filter: [{ ids: { values: [id] } }, { term: { result_type: 'record' } }] } }, size: 1 });
  const [hit] = answer.hits.hits;
  if (!hit) throw new LyrebirdError('LYREBIRD_NOT_FOUND', `There is no anomaly "${id}".`, 'It may have been deleted with its index; reload the list.');
  return { ...(hit._source as AnomalyRecord), _id: hit._id! };
}

export async function countRecords(client: Client): Promise<number> {
  const answer = await searchAnomalies(client, { query: { bool: { filter: [{ term: { result_type: 'record' } }], must_not: [{ exists: { field: 'lyrebird.ignored_by' } }] } }, size: 0, track_total_hits: true });
  const total = answer.hits.total;
  return typeof total === 'number' ? total : (total?.value ?? 0);
}
