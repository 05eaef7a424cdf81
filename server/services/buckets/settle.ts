import type { Client } from '@elastic/elasticsearch';
import { callElasticsearch, changeDocuments, type BulkWriter } from '../../elasticsearch';
import { anomalyId } from '../anomaly_documents';
import type { Normaliser } from './normaliser';
import { at, type JobBuckets } from './places';

const PAGE = 1_000;

interface Sum {
  value: number;
}
interface Found {
  key: { start: number };
  odds: Sum;
  entities: Sum;
  initialOdds: Sum;
  initialEntities: Sum;
  events: Sum;
  records: Sum;
}

export interface Settled {
  jobBuckets: JobBuckets;
  modelId: string;
  normaliser: Normaliser;
  /** Buckets whose events still come in order: their initial scores are made now. Those of others stay as they are. */
  inOrder: ReadonlySet<number>;
  signal?: AbortSignal;
}

/** Writes what buckets come to as a whole, from the influencers that stand in the index. A bucket without any is removed. */
export async function settleBuckets(client: Client, writer: BulkWriter, starts: readonly number[], { jobBuckets, modelId, normaliser, inOrder, signal }: Settled): Promise<void> {
  if (starts.length === 0) return;
  const { index, jobId, spanSeconds } = jobBuckets;
  const found = await sumsOf(client, jobBuckets, starts, signal);
  const id = (start: number) => anomalyId('bucket', jobId, start);
  const { docs } = await callElasticsearch(
    (transport) => client.mget<{ initial_anomaly_score?: number }>({ index, ids: starts.map(id), _source_includes: ['initial_anomaly_score'] }, transport),
    { doing: 'read buckets', signal }
  );
  const before = new Map(docs.flatMap((doc) => ('_source' in doc && doc._source ? [[doc._id, doc._source.initial_anomaly_score] as const] : [])));
  const gone: string[] = [];
  for (const start of starts) {
    const sums = found.get(start);
    if (sums === undefined) {
      if (before.has(id(start))) gone.push(id(start));
      continue;
    }
    const { level, score } = normaliser.ofBucket(sums.odds.value, sums.entities.value);
    const kept = inOrder.has(start) ? undefined : before.get(id(start));
    await writer.add({
      type: 'index',
      index,
      id: id(start),
      document: {
        job_id: jobId,
        result_type: 'bucket',
        timestamp: new Date(start).toISOString(),
        bucket_span: spanSeconds,
        anomaly_score: score,
        initial_anomaly_score: kept ?? normaliser.ofBucket(sums.initialOdds.value, sums.initialEntities.value).score,
        event_count: sums.events.value,
        lyrebird: { model_id: modelId, records: sums.records.value, entities: sums.entities.value, level },
      },
    });
  }
  await writer.flush();
  await changeDocuments(client, gone.map((_id) => ({ delete: { _index: index, _id } })), { doing: 'remove empty buckets', signal, fine: [404] });
}

async function sumsOf(client: Client, { index, jobId }: JobBuckets, starts: readonly number[], signal: AbortSignal | undefined): Promise<Map<number, Found>> {
  const found = new Map<number, Found>();
  let after: Found['key'] | undefined;
  do {
    const sum = (field: string) => ({ sum: { field } });
    const answer = await callElasticsearch(
      (transport) =>
        client.search<unknown, { buckets: { buckets: Found[]; after_key?: Found['key'] } }>(
          {
            index,
            size: 0,
            track_total_hits: false,
            query: { bool: { filter: [{ term: { job_id: jobId } }, { term: { result_type: 'influencer' } }, at(starts)] } },
            aggs: {
              buckets: {
                composite: { size: PAGE, ...(after && { after }), sources: [{ start: { terms: { field: 'timestamp' } } }] },
                aggs: {
                  odds: sum('lyrebird.odds'),
                  entities: { value_count: { field: 'lyrebird.odds' } },
                  initialOdds: sum('lyrebird.initial_odds'),
                  initialEntities: { value_count: { field: 'lyrebird.initial_odds' } },
                  events: sum('event_count'),
                  records: sum('lyrebird.records'),
                },
              },
            },
          },
          transport
        ),
      { doing: 'add up buckets', signal }
    );
    const { buckets, after_key } = answer.aggregations!.buckets;
    for (const bucket of buckets) found.set(bucket.key.start, bucket);
    after = buckets.length < PAGE ? undefined : after_key;
  } while (after !== undefined);
  return found;
}
