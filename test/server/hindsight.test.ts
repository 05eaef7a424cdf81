import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { ANOMALIES_INDEX_PREFIX, type AnomalyRecord } from '../../common';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { hostApart, type PluginHost } from './support/plugin_host';
import { fillSignIns } from './support/sign_ins';

jest.setTimeout(300_000);

interface Influencer {
  timestamp: string;
  event_count: number;
  influencer_score: number;
  initial_influencer_score: number;
  lyrebird: { records: number };
}

const BATCH = 10;
const BUCKET_MS = 300_000;
let elasticsearch: TestElasticsearch;
let dataDir: string;
let host: PluginHost;

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
  dataDir = await mkdtemp(path.join(tmpdir(), 'lyrebird-node-'));
  host = await hostApart({ elasticsearch: { url: elasticsearch.url }, config: { node: { embedded: { dataDir } }, limits: { scoreBatch: BATCH } } });
});

afterAll(async () => {
  await host?.close();
  if (dataDir) await rm(dataDir, { recursive: true, force: true });
});

test('an event that turns out to be a beginning is a record, also when what follows it comes in later batches', async () => {
  const { client, prefix } = elasticsearch;
  const [learned, attacked] = [`${prefix}sign-ins`, `${prefix}attacked`];
  await fillSignIns(client, learned, 900);
  const { model_id } = await host.run('/train', { source: { index: learned }, options: { size: 'tiny', minutes: 5, max_steps: 60, holdout: 0.3 } });

  // Everybody signs in as ever; then, minutes after she did and in the next bucket, Ada fails and fails from where nobody has been.
  const usual = 121;
  await fillSignIns(client, attacked, usual, learned);
  const began = Date.UTC(2026, 0, 1) + (usual - 1) * 600_000;
  const odd = Array.from({ length: 4 * BATCH }, (_, n) => ({
    '@timestamp': new Date(began + BUCKET_MS + n * 2_000).toISOString(),
    event: { dataset: learned, action: 'sign-in', outcome: 'failure' },
    user: { name: 'ada@example.com' },
    source: { ip: `198.51.100.${n}` },
  }));
  await client.bulk({ operations: odd.flatMap((event, n) => [{ create: { _index: attacked, _id: `odd${n}` } }, event]), refresh: true });
  const events = usual + odd.length;

  const job = await host.run('/score', { model_id, source: { index: attacked }, min_record_score: 90, bucket_span: '5m' });
  expect(job).toMatchObject({ state: 'completed', counts: { read: events, scored: events, refused: 0 } });
  const index = `${ANOMALIES_INDEX_PREFIX}${job.id}`;
  await client.indices.refresh({ index });
  const records = (await client.search<AnomalyRecord>({ index, size: 500, query: { term: { result_type: 'record' } } })).hits.hits.map(({ _source }) => _source!);
  // Each is there once, and counted once: on the job, and in its bucket.
  expect(new Set(records.map(({ lyrebird }) => lyrebird.event.id)).size).toBe(records.length);
  expect(job.counts.records).toBe(records.length);
  const buckets = (await client.search<{ anomaly_score: number; lyrebird: { records: number } }>({ index, size: 500, query: { term: { result_type: 'bucket' } } })).hits.hits.map(({ _source }) => _source!);
  expect(buckets.reduce((sum, bucket) => sum + bucket.lyrebird.records, 0)).toBe(records.length);

  expect(records.filter((record) => record.record_score < record.initial_record_score)).toEqual([]);
  const first = records.find(({ lyrebird }) => lyrebird.event.id === `e${usual - 1}`)!;
  expect(first.record_score).toBeGreaterThan(90);
  expect(first.initial_record_score).toBeLessThan(90);

  // Its bucket was over by then, and has risen with it; what could be said at first is kept.
  const influencers = (await client.search<Influencer>({ index, size: 500, query: { bool: { filter: [{ term: { result_type: 'influencer' } }, { term: { 'lyrebird.entity': 'ada' } }, { range: { timestamp: { gte: began } } }] } }, sort: [{ timestamp: 'asc' }] })).hits.hits.map(({ _source }) => _source!);
  expect(influencers.map(({ timestamp, event_count, lyrebird }) => [Date.parse(timestamp), event_count, lyrebird.records])).toEqual([
    [began, 1, 1],
    [began + BUCKET_MS, odd.length, records.filter(({ timestamp }) => Date.parse(timestamp) >= began + BUCKET_MS).length],
  ]);
  expect(influencers[0].influencer_score).toBeGreaterThan(influencers[0].initial_influencer_score + 5);
});
