import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { ANOMALIES_INDEX_PREFIX, type PluginJob } from '../../common';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { hostApart, type PluginHost } from './support/plugin_host';
import { addSignIns, fillSignIns, valuesOf } from './support/sign_ins';

jest.setTimeout(300_000);

let elasticsearch: TestElasticsearch;
let dataDir: string;
let host: PluginHost;
let model: string;

const start = () => hostApart({ elasticsearch: { url: elasticsearch.url }, config: { node: { embedded: { dataDir } }, limits: { scoreBatch: 40 } } });
const named = (name: string) => `${elasticsearch.prefix}${name}`;

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
  dataDir = await mkdtemp(path.join(tmpdir(), 'lyrebird-node-'));
  await fillSignIns(elasticsearch.client, named('sign-ins'), 600);
  host = await start();
  const trained = await host.run('/train', { source: { index: named('sign-ins') }, options: { size: 'tiny', minutes: 5, max_steps: 20, holdout: 0.3 } });
  expect(trained).toMatchObject({ state: 'completed' });
  model = trained.model_id!;
});

afterAll(async () => {
  await host?.close();
  if (dataDir) await rm(dataDir, { recursive: true, force: true });
});

const MINUTE = 60_000;
/** Adds `count` events that are named after `name` and happened from `time` (ms) on, one a millisecond. */
const add = (index: string, name: string, count: number, time: number) =>
  addSignIns(elasticsearch.client, index, Array.from({ length: count }, (_, n) => ({ id: `${name}-${n}`, time: time + n })), named('sign-ins'));
const names = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}-${n}`);

const scoring = (index: string, check_window = '10m', source: object = {}) =>
  host.start('/score', { model_id: model, source: { index, ...source }, min_record_score: 0, datafeed: { frequency: '1s', query_delay: '0s', delayed_data_check_config: { check_window } } });
/** Waits until the job waits, having read so many events in all. */
const hasRead = (id: string, events: number) => host.follow(id, ({ stage, counts }) => stage === 'waiting' && counts.read >= events);

/** Each event has one record, and is counted in one bucket. */
async function expectOnce(job: PluginJob, events: string[]): Promise<void> {
  expect(job.error).toBeUndefined();
  const index = `${ANOMALIES_INDEX_PREFIX}${job.id}`;
  expect(await valuesOf(elasticsearch.client, index, 'lyrebird.event.id', { term: { result_type: 'record' } })).toEqual([...events].sort());
  const counted = await valuesOf(elasticsearch.client, index, 'event_count', { term: { result_type: 'bucket' } });
  expect(counted.reduce<number>((sum, count) => sum + Number(count), 0)).toBe(events.length);
  expect(job.counts).toMatchObject({ read: events.length, scored: events.length, records: events.length, refused: 0 });
}

test('what was there is caught up with, then what comes in is scored, in and out of order, until a person stops it', async () => {
  const index = named('live');
  const now = Date.now();
  await fillSignIns(elasticsearch.client, index, 0);
  await add(index, 'old', 100, now - 300 * MINUTE);
  await add(index, 'recent', 10, now - 3 * MINUTE);
  const id = await scoring(index);
  const caughtUp = await hasRead(id, 110);
  expect(caughtUp).toMatchObject({ state: 'running', progress: 1, datafeed: { real_time_running: true, behind: 0, late_documents: 0, missed_documents: 0 } });
  expect(caughtUp.datafeed!.latest_record_timestamp).toBe(new Date(now - 3 * MINUTE + 9).toISOString());

  await add(index, 'new', 50, Date.now() - 100);
  expect(await hasRead(id, 160)).toMatchObject({ datafeed: { late_documents: 0 } });
  // Between those that were read, at the time of one of them, and more than are read at once.
  await add(index, 'late', 60, now - 3 * MINUTE - 20);
  expect(await hasRead(id, 220)).toMatchObject({ datafeed: { late_documents: 60, missed_documents: 0 } });
  await add(index, 'newer', 5, Date.now() - 100);
  await hasRead(id, 225);

  expect(await host.cancel(id)).toMatchObject({ body: { state: 'cancelled' } });
  await expectOnce(await host.job(id), [...names('old', 100), ...names('recent', 10), ...names('new', 50), ...names('late', 60), ...names('newer', 5)]);
});

test('events that come when nobody remembers their time any more are counted as missed', async () => {
  const index = named('missed');
  await fillSignIns(elasticsearch.client, index, 0);
  await add(index, 'first', 5, Date.now() - 1_000);
  const id = await scoring(index, '2s');
  const { datafeed } = await hasRead(id, 5);
  const began = Date.parse(datafeed!.search_interval_end!);
  await host.follow(id, (job) => Date.parse(job.datafeed!.search_interval_end!) > began + 5_000);
  // What follows the newest event is no late event, however long it took to come.
  await add(index, 'slow', 5, began);
  expect(await hasRead(id, 10)).toMatchObject({ datafeed: { missed_documents: 0, late_documents: 0 } });
  await add(index, 'lost', 3, began - 10);
  const missed = await host.follow(id, (job) => job.datafeed!.missed_documents > 0);
  expect(missed.datafeed).toMatchObject({ missed_documents: 3, late_documents: 0 });
  // They are told once.
  const looked = missed.datafeed!.search_interval_end!;
  const later = await host.follow(id, (job) => job.datafeed!.search_interval_end! > looked);
  expect(later.datafeed).toMatchObject({ missed_documents: 3 });
  await host.cancel(id);
  await expectOnce(await host.job(id), [...names('first', 5), ...names('slow', 5)]);
});

test('killed and resumed, it finds what came and what came late meanwhile, and counts nothing twice', async () => {
  const index = named('killed');
  const now = Date.now();
  await fillSignIns(elasticsearch.client, index, 0);
  await add(index, 'before', 120, now - 2 * MINUTE);
  const id = await scoring(index);
  await host.follow(id, ({ counts }) => counts.read >= 40);
  await host.kill();
  await add(index, 'meanwhile', 30, Date.now() - 50);
  await add(index, 'late', 30, now - 2 * MINUTE);
  host = await start();
  expect(await host.job(id)).toMatchObject({ state: 'interrupted' });
  expect((await host.ask('POST', `/jobs/${id}/resume`)).status).toBe(200);
  await hasRead(id, 180);
  await host.killNode();
  await add(index, 'after', 20, Date.now());
  expect(await hasRead(id, 200)).toMatchObject({ state: 'running' });
  await host.cancel(id);
  await expectOnce(await host.job(id), [...names('before', 120), ...names('meanwhile', 30), ...names('late', 30), ...names('after', 20)]);
});

test('it ends by itself when the source does; what cannot be looked for is refused', async () => {
  const index = named('ending');
  const now = Date.now();
  await fillSignIns(elasticsearch.client, index, 0);
  await add(index, 'in', 5, now - 5_000);
  await add(index, 'out', 5, now + MINUTE);
  const ended = await host.follow(await scoring(index, '10m', { to: new Date(now + 2_000).toISOString() }));
  expect(ended).toMatchObject({ state: 'completed' });
  await expectOnce(ended, names('in', 5));

  await elasticsearch.client.indices.create({ index: named('by-number'), mappings: { properties: { '@timestamp': { type: 'long' }, user: { properties: { name: { type: 'keyword' } } } } } });
  expect(await host.follow(await scoring(named('by-number')))).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_NO_TIME_FIELD', message: expect.stringContaining('long') } });
  expect(await host.ask('POST', '/score', { model_id: model, source: { index }, datafeed: { frequency: '0s' } })).toMatchObject({ status: 400, body: { message: expect.stringContaining('frequency') } });
});
