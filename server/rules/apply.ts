import type { Client, estypes } from '@elastic/elasticsearch';
import { ANOMALIES_INDEX_PATTERN, ANOMALIES_INDEX_PREFIX, LyrebirdError, type AnomalyRecord } from '../../common';
import { callElasticsearch, changeDocuments } from '../elasticsearch';
import { PointInTime, type SearchHit } from '../services/point_in_time';
import { ANOMALIES_MAPPING, hiddenBy, shownAgain } from '../services/anomaly_documents';
import { recountBuckets } from '../services/buckets';
import { eventsOf, type EventReference } from './events_of';
import { matches, needsEvent, type RuleInForce } from './match';

const PAGE = 500;
/** Of a preview. */
const MOST_LOOKED_AT = 20_000;

interface Found {
  id: string;
  index: string;
  record: Omit<AnomalyRecord, '_id'>;
}

export interface Applied {
  records: number;
  truncated: boolean;
}

/** How many records a rule would hide, of those looked at. Nothing is changed. */
export async function countMatching(client: Client, rule: RuleInForce, signal?: AbortSignal): Promise<Applied> {
  let records = 0;
  let looked = 0;
  for await (const { found, read } of matching(client, rule, signal)) {
    records += found.length;
    looked += read;
    if (looked >= MOST_LOOKED_AT) return { records, truncated: true };
  }
  return { records, truncated: false };
}

/** Hides the records that are there and match: they keep what the model said, and count in no bucket. May be repeated. */
export async function applyRule(client: Client, rule: RuleInForce, signal?: AbortSignal): Promise<number> {
  let records = 0;
  for await (const { found } of matching(client, rule, signal)) {
    await mark(client, found, ({ record }) => hiddenBy(rule.id, record), signal);
    records += found.length;
  }
  return records;
}

/** Shows the records again that a rule has hidden, in one index or in all; others in force may hide them once more. */
export async function unapplyRule(client: Client, rule: { id: string; index?: string }, others: readonly RuleInForce[], signal?: AbortSignal): Promise<number> {
  let records = 0;
  for await (const hits of pages(client, rule.index ?? ANOMALIES_INDEX_PATTERN, [{ term: { 'lyrebird.ignored_by': rule.id } }], signal)) {
    const found = hits.map(toFound);
    const eventAt = await eventsOf(client, others.some(needsEvent) ? found.map(referenceOf) : [], signal);
    const next = (one: Found) => others.find((other) => matches(other, one.record, eventAt(referenceOf(one))));
    await mark(client, found, (one) => {
      const other = next(one);
      const record = shownAgain(one.record);
      return other ? hiddenBy(other.id, record) : record;
    }, signal);
    records += found.length;
  }
  return records;
}

async function* matching(client: Client, rule: RuleInForce, signal: AbortSignal | undefined): AsyncGenerator<{ found: Found[]; read: number }> {
  const { scope } = rule;
  const index = scope.job_id === undefined ? ANOMALIES_INDEX_PATTERN : `${ANOMALIES_INDEX_PREFIX}${scope.job_id}`;
  const filter: estypes.QueryDslQueryContainer[] = [
    ...(scope.job_id === undefined ? [] : [{ term: { job_id: scope.job_id } }]),
    ...(scope.entity === undefined ? [] : [{ terms: { 'lyrebird.entity': rule.entities ?? [scope.entity] } }]),
    ...(scope.log_type === undefined ? [] : [{ term: { 'lyrebird.log_type': scope.log_type } }]),
    ...(scope.from === undefined && scope.to === undefined ? [] : [{ range: { timestamp: { gte: scope.from, lt: scope.to } } }]),
    { bool: { must_not: [{ exists: { field: 'lyrebird.ignored_by' } }] } },
  ];
  for await (const hits of pages(client, index, filter, signal)) {
    const all = hits.map(toFound);
    const eventAt = await eventsOf(client, needsEvent(rule) ? all.map(referenceOf) : [], signal);
    yield { found: all.filter((one) => matches(rule, one.record, eventAt(referenceOf(one)))), read: hits.length };
  }
}

const toFound = ({ _id, _index, _source }: SearchHit): Found => ({ id: _id, index: _index, record: _source as unknown as Omit<AnomalyRecord, '_id'> });
const referenceOf = ({ record }: Found): EventReference => record.lyrebird.event;

async function* pages(client: Client, index: string, filter: estypes.QueryDslQueryContainer[], signal: AbortSignal | undefined): AsyncGenerator<SearchHit[]> {
  // What a job has written a moment ago is meant, too.
  await callElasticsearch((transport) => client.indices.refresh({ index, ignore_unavailable: true, allow_no_indices: true }, transport), { doing: 'read the anomalies', signal });
  let view: PointInTime;
  try {
    view = await PointInTime.open({ client, index, signal });
  } catch (error) {
    // Nothing was scored yet.
    if (error instanceof LyrebirdError && error.code === 'LYREBIRD_NOT_FOUND') return;
    throw error;
  }
  try {
    let after;
    for (;;) {
      const { hits } = await view.page({ query: { bool: { filter: [{ term: { result_type: 'record' } }, ...filter] } }, sort: [{ _shard_doc: 'asc' }], size: PAGE, after });
      if (hits.length === 0) return;
      after = hits[hits.length - 1].sort;
      yield hits;
    }
  } finally {
    await view.close();
  }
}

/** Changes records, and the buckets that they are in. */
async function mark(client: Client, found: readonly Found[], change: (one: Found) => Omit<AnomalyRecord, '_id'>, signal: AbortSignal | undefined): Promise<void> {
  if (found.length === 0) return;
  for (const index of new Set(found.map((one) => one.index))) {
    // Indices of earlier versions do not know all fields.
    await callElasticsearch((transport) => client.indices.putMapping({ index, properties: ANOMALIES_MAPPING.properties }, transport), { doing: `prepare "${index}"`, signal });
  }
  const operations = found.flatMap((one) => [{ index: { _index: one.index, _id: one.id } }, change(one)]);
  await changeDocuments(client, operations, { doing: 'change the anomalies', signal, refresh: true });
  const buckets = new Map<string, { index: string; jobId: string; starts: Set<number>; spanSeconds: number }>();
  for (const { index, record } of found) {
    const known = buckets.get(index) ?? { index, jobId: record.job_id, starts: new Set<number>(), spanSeconds: record.bucket_span };
    buckets.set(index, known);
    const span = record.bucket_span * 1000;
    known.starts.add(Math.floor(Date.parse(record.timestamp) / span) * span);
  }
  for (const { index, jobId, starts, spanSeconds } of buckets.values()) await recountBuckets(client, { index, jobId, spanSeconds }, [...starts], signal);
}
