import type { z } from 'zod';
import { ANOMALIES_INDEX_PREFIX, startScoreSchema, type LogHit, type ModelCard, type Skipped, type Source } from '../../common';
import { pseudonymisedHit, type EventPseudonymiser } from '../../common/pseudonyms';
import type { LyrebirdConfig } from '../config';
import { BulkWriter, ensureIndex } from '../elasticsearch';
import type { ActiveJob } from '../jobs';
import type { NodeClient } from '../node';
import { anomalyId, ANOMALIES_MAPPING, bucketDocuments, recordOf, type Bucket, type ScoringRun } from './anomaly_documents';
import type { ModelPseudonyms } from '../pseudonyms';
import { collectIdentifiers } from './identifiers_service';
import { assertModelReadable } from './permissions';
import { PointInTime, type SearchHit, type SortValues } from './point_in_time';
import { readEvents } from './read_events';

const SPAN_SECONDS = { '5m': 300, '15m': 900, '1h': 3_600, '1d': 86_400 } as const;
const TOP_FIELDS = 5;
const MAX_SAMPLES = 5;

/** Everything up to and with `cursor` is scored and written. */
interface ScoreCheckpoint {
  cursor: SortValues;
  /** Where the last batch began: a resumed run reads it again to give the node the entities' context. Absent: at the start. */
  warmUp?: SortValues;
  /** Buckets that later events may still fall into. */
  open: Bucket[];
  /** Runs so far: each has a session of its own on the node. */
  runs: number;
}

export interface ScoreContext {
  node: NodeClient;
  limits: LyrebirdConfig['limits'];
  pseudonyms: ModelPseudonyms;
}

/**
 * The work of a scoring job: events in time order through the node's scorer into `lyrebird-anomalies-<job>`. The checkpoint is
 * stored after a batch's documents are; a run that was killed in between writes the same documents under the same ids again.
 * A model that learned pseudonyms is sent pseudonyms, and they are what the documents hold.
 */
export async function score(context: ScoreContext, job: ActiveJob): Promise<void> {
  const { client, signal } = job;
  const params = startScoreSchema.parse(job.job.params);
  const card = await context.node.model(params.model_id, signal);
  await assertModelReadable(client, card);
  const source = { ...params.source, time_field: params.source.time_field ?? card.time_field };
  const pseudonymiser = await context.pseudonyms.forModel(client, card, signal);
  if (!pseudonymiser) return scoreEvents(context, job, { params, card, source });
  // Names that appear for the first time in these logs may be mentioned before they act.
  const view = await PointInTime.open({ client, index: source.index, signal });
  try {
    const { pageSize, slices } = context.limits;
    const known = pseudonymiser.collected().length;
    await collectIdentifiers(pseudonymiser, { client, source, pageSize, slices, view, signal });
    await context.pseudonyms.keep(client, card.id, pseudonymiser, known, signal);
    await scoreEvents(context, job, { params, card, source, view, pseudonymiser });
  } finally {
    await view.close();
  }
}

interface Scoring {
  params: z.output<typeof startScoreSchema>;
  card: ModelCard;
  source: Source;
  view?: PointInTime;
  pseudonymiser?: EventPseudonymiser;
}

async function scoreEvents({ node, limits }: ScoreContext, job: ActiveJob, { params, card, source, view, pseudonymiser }: Scoring): Promise<void> {
  const { signal, client } = job;
  const index = `${ANOMALIES_INDEX_PREFIX}${job.job.id}`;
  await ensureIndex(client, { index, mappings: ANOMALIES_MAPPING, settings: { number_of_shards: 1, auto_expand_replicas: '0-1' } }, { signal });
  job.update({ stage: 'scoring', model_id: params.model_id, target_index: index });

  const run: ScoringRun = {
    jobId: job.job.id,
    modelId: params.model_id,
    bucketSpan: SPAN_SECONDS[params.bucket_span],
    entityField: card.entity_fields[0] ?? 'entity',
  };
  let checkpoint = job.checkpoint as ScoreCheckpoint | undefined;
  const runs = (checkpoint?.runs ?? 0) + 1;
  const session = `${job.job.id}-${runs}`;
  const resumedAt = checkpoint?.cursor;
  const pages = readEvents({
    client,
    source,
    pageSize: Math.min(limits.pageSize, limits.scoreBatch),
    maxEvents: limits.maxEvents,
    order: { kind: 'time', after: checkpoint?.warmUp },
    view,
    signal,
  });
  const before = job.job.counts;
  const skippedBefore = job.job.skipped;
  const tally = { read: before.read, scored: before.scored, records: before.records, written: before.written };
  let skipped = skippedBefore;
  let refusals = job.job.refusals;
  let samples = job.job.refusal_samples ?? [];
  let refused = before.refused;
  let batchStart = checkpoint?.warmUp;
  let seen = 0;
  const started = Date.now();
  const toLogHit = (hit: SearchHit): LogHit =>
    pseudonymiser ? pseudonymisedHit(pseudonymiser, hit) : { _id: hit._id, _index: hit._index, _source: hit._source as LogHit['_source'] };

  for await (const page of pages) {
    seen += page.hits.length;
    if (page.failedShards > 0) skipped = add(skipped, { failed_shards: page.failedShards });
    const known = resumedAt ? page.hits.filter((hit) => !isAfter(hit.sort, resumedAt)) : [];
    if (known.length > 0) await node.score(params.model_id, known.map(toLogHit), { session, topFields: TOP_FIELDS, signal });
    const fresh = page.hits.slice(known.length);
    if (fresh.length === 0) continue;

    const answer = await node.score(params.model_id, fresh.map(toLogHit), { session, topFields: TOP_FIELDS, signal });
    const writer = new BulkWriter({ client, maxBytes: limits.bulkBytes, signal });
    const buckets = new Map((checkpoint?.open ?? []).map((bucket) => [bucket.start, structuredClone(bucket)]));
    let latest = -Infinity;
    for (const event of answer.events) {
      const time = Date.parse(event.timestamp);
      latest = Math.max(latest, time);
      const start = Math.floor(time / (run.bucketSpan * 1000)) * run.bucketSpan * 1000;
      const isRecord = event.score >= params.min_record_score;
      count(buckets, start, event.score, isRecord ? event.entity : undefined);
      if (!isRecord) continue;
      const hit = fresh[event.seq];
      const reference = { index: hit._index, id: hit._id };
      await writer.add({ type: 'index', index, id: anomalyId('record', run.jobId, hit._index, hit._id), document: recordOf(run, event, reference) });
      tally.records++;
    }
    for (const bucket of buckets.values()) {
      for (const { id, document } of bucketDocuments(run, bucket)) await writer.add({ type: 'index', index, id, document });
    }
    await writer.flush();

    tally.read += fresh.length;
    tally.scored += answer.events.length;
    tally.written += writer.counts.written;
    refused += writer.counts.refused;
    refusals = add(refusals, writer.counts.refusals);
    samples = [...samples, ...writer.samples].slice(0, MAX_SAMPLES);
    skipped = add(skipped, answer.skipped);
    // Times are in order up to the precision of the sort, so the bucket before the newest may still get an event.
    const oldest = latest - 2 * run.bucketSpan * 1000;
    checkpoint = { cursor: fresh[fresh.length - 1].sort, warmUp: batchStart, open: [...buckets.values()].filter(({ start }) => start >= oldest), runs };
    batchStart = fresh[fresh.length - 1].sort;
    const expected = Math.min(page.total, limits.maxEvents);
    await job.save(checkpoint, {
      counts: { ...job.job.counts, ...tally, refused },
      skipped,
      refusals,
      refusal_samples: samples,
      progress: Math.min(1, seen / expected),
      eta_seconds: Math.round(((Date.now() - started) / 1000 / seen) * Math.max(0, expected - seen)),
    });
  }
  await node.deleteSession(session).catch(() => undefined);
  await client.indices.refresh({ index }, { maxRetries: 0 }).catch(() => undefined);
}

function count(buckets: Map<number, Bucket>, start: number, score: number, entity: string | undefined): void {
  const bucket = buckets.get(start) ?? { start, events: 0, records: 0, maxScore: 0, entities: {} };
  buckets.set(start, bucket);
  bucket.events++;
  bucket.maxScore = Math.max(bucket.maxScore, score);
  if (entity === undefined) return;
  bucket.records++;
  const known = Object.hasOwn(bucket.entities, entity) ? bucket.entities[entity] : { maxScore: 0, records: 0 };
  bucket.entities[entity] = { maxScore: Math.max(known.maxScore, score), records: known.records + 1 };
}

/** Order of two hits' sort values: time, index, sequence number, shard. */
export function isAfter(a: SortValues, b: SortValues): boolean {
  for (let position = 0; position < Math.min(a.length, b.length, 3); position++) {
    if (a[position] === b[position]) continue;
    return (a[position] as number | string) > (b[position] as number | string);
  }
  return false;
}

function add(a: Skipped, b: Skipped): Skipped {
  const sum = { ...a };
  for (const [reason, number] of Object.entries(b)) sum[reason] = (sum[reason] ?? 0) + number;
  return sum;
}
