import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { ANOMALIES_INDEX_PREFIX } from '../../common';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { hostApart, type PluginHost } from './support/plugin_host';
import { fillSignIns, valuesOf } from './support/sign_ins';

const EVENTS = 1_500;

let elasticsearch: TestElasticsearch;
let dataDir: string;
let host: PluginHost;
let index: string;
let model: string;

/** Small batches: there is always something in the middle. */
const start = () => hostApart({ elasticsearch: { url: elasticsearch.url }, config: { node: { embedded: { dataDir } }, limits: { bulkBytes: 65_536, scoreBatch: 50 } } });

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
  dataDir = await mkdtemp(path.join(tmpdir(), 'lyrebird-node-'));
  index = `${elasticsearch.prefix}sign-ins`;
  await fillSignIns(elasticsearch.client, index, EVENTS);
  host = await start();
  const trained = await host.run('/train', { source: { index }, options: { size: 'tiny', minutes: 0.05 } });
  expect(trained).toMatchObject({ state: 'completed' });
  model = trained.model_id!;
}, 180_000);

afterAll(async () => {
  await host?.close();
  if (dataDir) await rm(dataDir, { recursive: true, force: true });
}, 60_000);

async function killAndStartAgain(id: string): Promise<void> {
  await host.kill();
  host = await start();
  expect(await host.job(id)).toMatchObject({ state: 'interrupted', error: { hint: expect.stringContaining('Resume') } });
}

test('scoring that the server died in goes on, and every event has one record and one place in the timeline', async () => {
  const id = await host.start('/score', { model_id: model, source: { index }, min_record_score: 0 });
  const half = await host.follow(id, ({ counts }) => counts.scored >= 300);
  expect(half).toMatchObject({ state: 'running' });
  await killAndStartAgain(id);
  const last = await host.resume(id);
  expect(last.error).toBeUndefined();
  expect(last).toMatchObject({ state: 'completed', counts: { read: EVENTS, scored: EVENTS, records: EVENTS, refused: 0 } });
  const results = `${ANOMALIES_INDEX_PREFIX}${id}`;
  const everyEvent = Array.from({ length: EVENTS }, (_, n) => `e${n}`).sort();
  expect(await valuesOf(elasticsearch.client, results, 'lyrebird.event.id', { term: { result_type: 'record' } })).toEqual(everyEvent);
  const counted = await valuesOf(elasticsearch.client, results, 'event_count', { term: { result_type: 'bucket' } });
  expect(counted.reduce<number>((sum, count) => sum + Number(count), 0)).toBe(EVENTS);
}, 90_000);

test('generation that the server died in goes on, and every event is there once', async () => {
  const target_index = `${elasticsearch.prefix}synthetic`;
  const count = 2_000;
  const id = await host.start('/generate', { model_id: model, target_index, options: { count, seed: 3 } });
  const half = await host.follow(id, ({ counts }) => counts.written >= 300);
  expect(half).toMatchObject({ state: 'running' });
  await killAndStartAgain(id);
  const last = await host.resume(id);
  expect(last.error).toBeUndefined();
  const { generated, written, duplicate, refused } = last.counts;
  expect({ state: last.state, generated, there: written + duplicate, refused }).toEqual({ state: 'completed', generated: count, there: count, refused: 0 });
  expect(duplicate).toBeGreaterThanOrEqual(300);
  expect(await valuesOf(elasticsearch.client, target_index, 'lyrebird.seq')).toEqual(Array.from({ length: count }, (_, n) => n));
}, 90_000);

test('reading logs for a training that the server died in starts afresh and trains on each event once', async () => {
  const id = await host.start('/train', { source: { index }, options: { size: 'tiny', minutes: 0.05 } });
  await host.follow(id, ({ stage }) => stage === 'prepare' || stage === 'codec');
  await killAndStartAgain(id);
  const last = await host.resume(id);
  expect(last.error).toBeUndefined();
  expect(last).toMatchObject({ state: 'completed', counts: { read: EVENTS } });
  const { body: card } = await host.ask<{ events: { train: number; heldout: number } }>('GET', `/models/${last.model_id}`);
  expect(card.events.train + card.events.heldout).toBe(EVENTS);
}, 90_000);
